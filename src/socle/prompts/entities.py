"""Entities as JSON: what a model may answer, and where in the text that is which it quoted.

A model quotes words, it does not count characters. A quotation that does not stand in the text is
refused, with the reason, and never guessed at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from socle.examples import Span

_SHOWN = 80
_DECODER = json.JSONDecoder()
_NOTHING = re.compile(r"\[\s*\]")


@dataclass(frozen=True)
class Refused:
    """A part of an answer that gave no span."""

    text: str
    """What was quoted, or the beginning of what could not be read."""
    label: str
    """As it was answered; empty where none was."""
    reason: str


@dataclass(frozen=True)
class _Quote:
    place: int
    """Number in the answer."""
    text: str
    label: str


def schema(labels: Sequence[str], words: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the JSON schema of an answer: `{"entities": [{"text": ..., "label": ...}]}`.

    Args:
        labels: of the entities.
        words: label -> what the model answers for it, if not itself (`Wording.words`).
    """
    names = [(words or {}).get(label, label) for label in labels]
    entity = {
        "type": "object",
        "properties": {
            "text": {"type": "string", "minLength": 1},
            "label": {"type": "string", "enum": names},
        },
        "required": ["text", "label"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"entities": {"type": "array", "items": entity}},
        "required": ["entities"],
        "additionalProperties": False,
    }


def answer_of(text: str, spans: Sequence[Span], words: Mapping[str, str] | None = None) -> str:
    """Return the right answer for a text as JSON, in the order of the text, to be shown."""
    entities = [
        {"text": text[s.start : s.end], "label": (words or {}).get(s.label, s.label)}
        for s in sorted(spans, key=lambda span: (span.start, -span.end))
    ]
    return json.dumps({"entities": entities}, ensure_ascii=False)


def found(
    text: str, answer: str, labels: Sequence[str], words: Mapping[str, str] | None = None
) -> tuple[list[Span], list[Refused]]:
    """Return the spans that an answer quotes, in the order of the text, and what was refused.

    A quotation is looked for as it is, as whole words if possible; then with its blanks left
    out. One that stands there again is the next occurrence. Where two overlap, the longer stands.

    Args:
        text: the document as the user gave it; offsets are characters of it.
        answer: of a model; JSON, with chatter around it or cut off at the end.
        labels: of the entities.
        words: label -> what the model answers for it, if not itself.
    """
    quotes, refused = _read(answer, _names(labels, words or {}))
    squeezed = _Squeezed(text)
    taken: list[Span] = []
    for quote in sorted(quotes, key=lambda one: (-len(one.text), one.place)):
        place, reason = _place(squeezed, quote.text, taken)
        if place is None:
            refused.append(Refused(quote.text, quote.label, reason))
        else:
            taken.append(Span(*place, quote.label))
    return sorted(taken, key=lambda span: span.start), refused


class _Squeezed:
    """A text, itself without blanks, and where each of its signs stood."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places = [i for i, sign in enumerate(text) if not sign.isspace()]
        self.signs = "".join(text[i] for i in self.places)

    def exact(self, quote: str) -> list[tuple[int, int]]:
        return [(m.start(), m.start() + len(quote)) for m in _all(quote, self.text)]

    def loose(self, quote: str) -> list[tuple[int, int]]:
        bare = "".join(quote.split())
        begins = [m.start() for m in _all(bare, self.signs)] if bare else []
        return [(self.places[i], self.places[i + len(bare) - 1] + 1) for i in begins]

    def whole(self, place: tuple[int, int]) -> bool:
        """Tell whether a stretch neither begins nor ends within a word."""
        start, end = place
        text = self.text
        cut_before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
        cut_behind = end < len(text) and text[end - 1].isalnum() and text[end].isalnum()
        return not (cut_before or cut_behind)


def _all(what: str, text: str) -> Iterator[re.Match[str]]:
    """Find all occurrences, those that overlap included."""
    return re.finditer(f"(?={re.escape(what)})", text)


def _place(
    text: _Squeezed, quote: str, taken: Sequence[Span]
) -> tuple[tuple[int, int] | None, str]:
    """Return where a quotation stands, apart from what is taken, or why it stands nowhere."""
    exact = text.exact(quote)
    everywhere = exact + [place for place in text.loose(quote) if place not in exact]
    if not everywhere:
        return None, "does not stand in the text"
    whole = [place for place in everywhere if text.whole(place)]
    candidates = whole or everywhere
    for start, end in candidates:
        if all(end <= span.start or start >= span.end for span in taken):
            return (start, end), ""
    if any((span.start, span.end) in candidates for span in taken):
        return None, "does not stand in the text once more"
    return None, "overlaps a longer one"


def _names(labels: Sequence[str], words: Mapping[str, str]) -> dict[str, str]:
    """Return what may be answered -> label; case does not count where it leaves no doubt."""
    exact = {words.get(label, label): label for label in labels}
    loose: dict[str, list[str]] = {}
    for word, label in exact.items():
        loose.setdefault(_like(word), []).append(label)
    return {name: own[0] for name, own in loose.items() if len(own) == 1} | exact


def _like(word: str) -> str:
    """Return a word as it is compared; the sign in front keeps it apart from exact ones."""
    return "\0" + word.strip().casefold()


def _read(answer: str, names: Mapping[str, str]) -> tuple[list[_Quote], list[Refused]]:
    quotes: list[_Quote] = []
    refused: list[Refused] = []
    for item in _items(answer):
        if isinstance(item, Refused):
            refused.append(item)
            continue
        quote, label = item.get("text"), item.get("label")
        if not isinstance(quote, str) or not isinstance(label, str):
            shown = json.dumps(item, ensure_ascii=False)[:_SHOWN]
            refused.append(Refused(shown, "", "has no text and label"))
        elif not quote.strip():
            refused.append(Refused(quote, label, "quotes nothing"))
        elif label not in names and _like(label) not in names:
            refused.append(Refused(quote, label, "has an unknown label"))
        else:
            known = names[label] if label in names else names[_like(label)]
            quotes.append(_Quote(len(quotes), quote.strip(), known))
    return quotes, refused


def _items(answer: str) -> Iterator[dict[str, Any] | Refused]:
    """Yield the entities of an answer, and what of it cannot be read.

    An object that is whole is taken as such; of one that is not, those within it that are.
    """
    at, seen = 0, _NOTHING.search(answer) is not None
    while (begin := answer.find("{", at)) >= 0:
        seen = True
        try:
            value, at = _DECODER.raw_decode(answer, begin)
        except (ValueError, RecursionError):
            at = begin + 1
            inner = answer.find("{", at)
            piece = answer[begin : inner if inner >= 0 else None]
            # What only stood around entities is not missed.
            if inner < 0 or '"entities"' not in piece:
                yield Refused(piece.strip()[:_SHOWN], "", "is no whole JSON object")
            continue
        yield from _entities(value)
    if not seen and answer.strip():
        yield Refused(answer.strip()[:_SHOWN], "", "holds no JSON")


def _entities(value: dict[str, Any]) -> Iterator[dict[str, Any] | Refused]:
    """Yield the entities in an object: those of its list, or itself."""
    inside = value.get("entities")
    for item in inside if isinstance(inside, list) else [value]:
        if isinstance(item, dict):
            yield item
        else:
            shown = json.dumps(item, ensure_ascii=False)[:_SHOWN]
            yield Refused(shown, "", "is no object with text and label")
