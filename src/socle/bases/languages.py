"""Guess whether texts are English, from the little words that every sentence is held together by.

No list of languages is needed for the choice of a base: only English, surely, or anything else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_ENGLISH_WORDS = """
the and of to that with you your this these those have has had are were been is was be not but from
they their them what which who how why when where will would can could should my his her its it i'm
it's don't can't for by about just all if than then there into our out up an at as or so i we he she
"""
_OTHER_WORDS = """
le la les des du de un une est et pour pas que qui dans sur ce cette ces au aux avec vous nous je tu
il elle ne sont par mais ou où être fait très comme tout sa ses mon ma mes si leur en à ça
el los las del una por con como pero está muy es su sus lo
gli dei della di che è non sono questo più anche nel alla
os das dos um uma não é na mais
der das und nicht ist ein eine ich sie mit den von zu auf für dem
het een niet ik dat op te zijn voor
"""
"""French, Spanish, Italian, Portuguese, German, Dutch, a line or two each. Words that English also
has (on, no, per, die, van) are left out, whatever they mean there."""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_OTHERS = frozenset(_OTHER_WORDS.split())
_BOTH = _ENGLISH & _OTHERS
_CITATION = re.compile(r"\bet al\b")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu)['’](?!t$|s$|m$|re$|ve$|ll$|d$)")
_TEXTS = 400
_CHARACTERS = 600
_SHARE = 0.9


def looks_english(texts: Sequence[str]) -> bool:
    """Say whether nearly all of the texts are English.

    Up to 400 of them, evenly spaced, are looked at. A text speaks for the language of which it
    has more little words; one without any is not counted. Nine in ten must speak for English.

    Args:
        texts: any number; none at all, or none that speaks, is not English.
    """
    step = max(1, len(texts) // _TEXTS)
    votes = [_vote(text[:_CHARACTERS]) for text in texts[::step]]
    for_english, against = votes.count(1), votes.count(-1)
    return for_english > 0 and for_english >= _SHARE * (for_english + against)


def _vote(text: str) -> int:
    """Return 1 for English, -1 for another language, 0 when the text does not say."""
    letters = [c for c in text if c.isalpha()]
    if letters and sum(c > "\u024f" for c in letters) > len(letters) / 5:
        return -1
    words = [word.replace("’", "'") for word in _WORD.findall(_CITATION.sub("", text.lower()))]
    english = sum(word in _ENGLISH and word not in _BOTH for word in words)
    others = sum((word in _OTHERS and word not in _BOTH) or _elided(word) for word in words)
    return (english > others) - (english < others)


def _elided(word: str) -> bool:
    return _ELISION.match(word) is not None
