"""Entities marked within their text, for the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable

from socle.examples import Span

# A terminal obeys these instead of showing them.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Return a text that a terminal shows and does not obey; lines and tabs stay."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


def entities_text(text: str, spans: Iterable[Span]) -> str:
    """Return a text with its entities in brackets: `in [Paris LOC] today`.

    Entities within others are marked within them. Of two that cross, the second is left out, and
    so is one that covers no character. To a console of rich, print it with `markup=False`.
    """
    pieces: list[str] = []
    open_: list[Span] = []
    position = 0
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        start, end = max(span.start, 0), min(span.end, len(text))
        position = _close(text, position, start, open_, pieces)
        if start >= end or (open_ and open_[-1].end < end):
            continue
        pieces += [visible(text[position:start]), "["]
        position = start
        open_.append(Span(start, end, span.label))
    _close(text, position, len(text), open_, pieces)
    return "".join(pieces)


def _close(text: str, position: int, until: int, open_: list[Span], pieces: list[str]) -> int:
    """Close the entities that end by `until`; return how far the text is written."""
    while open_ and open_[-1].end <= until:
        span = open_.pop()
        pieces.append(f"{visible(text[position : span.end])} {visible(span.label)}]")
        position = span.end
    if not open_ and until == len(text):
        pieces.append(visible(text[position:]))
        position = until
    return position
