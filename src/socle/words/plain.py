"""Tokens and sentence ends by rule, for French and English, without any training.

For models whose training data hold tokens only, such as the CoNLL files of named entities.
Addresses and numbers stay whole, elisions (`l'`) and English clitics (`n't`, `'s`) are tokens of
their own, hyphens stay within words.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_ABBREVIATIONS = (
    r"mm?|mmes?|mlles?|[dpm]r|me|mgr|ste?|mrs|ms|prof|gen|rev|hon|jr|sr|vs|nos?|art|cf|fig|vol|"
    r"chap|éd|ed|al|env|max|min|tél|bd|av|pp?|etc|approx|dept|inc|ltd|corp|co|jan|feb|mar|apr|jun|"
    r"jul|aug|sept?|oct|nov|dec|janv|févr|avr|juil|déc|capt|lt|col|sgt|sen|gov|rep|messrs"
)
_CLOSING = frozenset("\"'”’»)]}")
_STRONG = frozenset(".!?…")
_ADDRESSES = r"(?:https?://|www\.)\S{0,2000}[\w/]|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}"
ADDRESS = re.compile(_ADDRESSES, re.IGNORECASE)
"""An address of the web or of mail."""
_TOKEN = re.compile(
    # Each alternative reads a bounded or once-read stretch, so that no text costs quadratic time.
    r"""
      ADDRESSES
    | \d+(?:[.,:/]\d+)*(?:[^\W\d_]|(?<=\d)-(?=[^\W\d_]))*
    | \b(?:[^\W\d_]\.){2,}
    | \b(?:ABBREVIATIONS)\.(?!\w)
    | \b(?-i:[A-ZÀ-Þ])\.(?=\s*\w)
    | \b(?:aujourd['’]hui|quelqu['’]une?s?|prud['’]hom\w+|presqu['’]île|entr['’]\w+|o['’]clock)\b
    | \b(?-i:[OD]['’][A-Z])\w+
    | n['’]t\b
    | \b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’](?=\w)
    | ['’](?:s|m|d|re|ve|ll)\b
    | [^\W_](?:\w(?!['’]t\b)){0,63}(?=n['’]t\b)
    | \w[\w\u0300-\u036f]*(?:-\w[\w\u0300-\u036f]*)*
    | \.{2,} | !{2,} | \?{2,} | -{2,}
    | \S
    """.replace("ABBREVIATIONS", _ABBREVIATIONS).replace("ADDRESSES", _ADDRESSES),
    re.VERBOSE | re.IGNORECASE,
)
_LATER = re.compile(r"\s*[^\W\d_]?")


class Cuts(NamedTuple):
    """Tokens of a text, as offsets, and whether a sentence ends behind each."""

    starts: list[int]
    ends: list[int]
    last: list[bool]


def plain_cuts(text: str, sentences: bool = True) -> Cuts:
    """Return the tokens of a text; the last of all ends a sentence, and if not asked no other."""
    spans = [match.span() for match in _TOKEN.finditer(text)]
    last = [False] * len(spans)
    strong = False
    for i, (start, end) in enumerate(spans[:-1] if sentences else []):
        token, following = text[start:end], spans[i + 1][0]
        # Closing signs behind an end belong to it.
        near = token == "»" or start == spans[i - 1][1]
        strong = _ends(token) or (strong and token in _CLOSING and near)
        blank = text[end:following]
        last[i] = blank.count("\n") > 1 or bool(strong and blank and _begins(text, spans, i + 1))
    if last:
        last[-1] = True
    return Cuts([start for start, _ in spans], [end for _, end in spans], last)


def _ends(token: str) -> bool:
    """Tell whether a token is a strong sign, rather than an abbreviation or a number."""
    return token[0] in _STRONG or token.lower() == "etc."


def _begins(text: str, spans: list[tuple[int, int]], at: int) -> bool:
    """Tell whether a token may begin a sentence: no small letter, and no sign that goes on."""
    first = text[spans[at][0]]
    if first in ",;:%" or (first in _CLOSING and first not in "\"'"):
        return False
    if not first.isalnum() and at + 1 < len(spans):
        first = text[spans[at + 1][0]]
    return not first.islower()
