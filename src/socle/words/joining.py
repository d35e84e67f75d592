"""From tokens to the text that they make up, and where each token stands in a text.

The rules of `joined` are few: they serve data that come without their text. Where the text is
known, `placed` finds the tokens in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Place = tuple[int, int]
"""First character of a token, and the one behind its last."""

_CLOSING = re.compile(r"[.!?…]+|[,;:)\]}%’”]|''")
_OPENING = re.compile(r"[(\[{“‘¿¡]|``")
_ELIDED = re.compile(
    r"(?:[cdjlmnst]|(?:jus|lors|puis|quoi|quel|pres)?qu|entr|aujourd)['’]", re.IGNORECASE
)
"""French words that lost their last vowel: the next word follows without a space."""
_CLITIC = re.compile(
    r"(?:n['’]t|['’](?:s|m|re|ve|ll|d))"
    r"|-(?:t-)?(?:je|tu|ils?|elles?|on|nous|vous|ce|moi|toi|l[ea]s?|lui|leur|y|en|là|ci|mêmes?)",
    re.IGNORECASE,
)
"""English and French words that lean on the one before."""
_QUOTES = ('"', "'")


def joined(tokens: Sequence[str]) -> tuple[str, list[Place]]:
    """Return a natural text of tokens, and where each stands: `text[start:end]` is the token.

    No space stands before `, . ; : ! ? ) ] } %` and the like, after an opening bracket and a French
    elision (`l'`), before English clitics (`'s`, `n't`) and French ones (`-t-il`). Straight quotes
    open and close in turn. Everything else is parted by one space.
    """
    parts: list[str] = []
    places: list[Place] = []
    at, glued = 0, True
    # An odd apostrophe is hardly a quote: it stays apart.
    quoting = _QUOTES if tokens.count("'") % 2 == 0 else _QUOTES[:1]
    opened: set[str] = set()
    for token in tokens:
        closes = token in opened
        if not glued and not closes and not _leans_left(token):
            parts.append(" ")
            at += 1
        parts.append(token)
        places.append((at, at + len(token)))
        at += len(token)
        opens = token in quoting and not closes
        if token in quoting:
            opened ^= {token}
        glued = opens or bool(_OPENING.fullmatch(token) or _ELIDED.fullmatch(token))
    return "".join(parts), places


def _leans_left(token: str) -> bool:
    return bool(_CLOSING.fullmatch(token) or _CLITIC.fullmatch(token))


def placed(text: str, tokens: Sequence[str]) -> list[Place] | None:
    """Return where tokens stand in a text, in order; None if they are not all of it.

    Only whitespace may stand between them, before the first and behind the last.
    """
    places: list[Place] = []
    at = 0
    for token in tokens:
        while not text.startswith(token, at):
            if at >= len(text) or not text[at].isspace():
                return None
            at += 1
        places.append((at, at + len(token)))
        at += len(token)
    return None if text[at:].strip() else places
