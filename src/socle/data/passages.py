"""Two entities in a text: read from marks, shown to an encoder, told to a counter of words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from socle.errors import RowsError
from socle.examples import Passage, Span
from socle.formats import Cell

Place = tuple[int, int]
"""First character of a stretch of text, and the one behind its last."""

_TAG = re.compile(r"<(/?)(e[12])>")
_OFFSETS = re.compile(r"\s*[\[(]?\s*(\d{1,9})\s*[,;:\s-]\s*(\d{1,9})\s*[\])]?\s*")
_SIGNS = ("@", "#")
_WORD = re.compile(r"\w+")
_MARK = "Mark both, as in: The <e1>author</e1> uses a <e2>disassembler</e2>."
_COUNT = "Count characters from 0; the second number is the one behind the last character."

_FIRST, _SECOND, _BETWEEN, _BETWEEN_TURNED = "αωβγ"
"""Letters before words of the entities and between them: one letter leaves most room to the word in
a counter of character n-grams, and one of another script leaves n-grams that no text has."""
_ENDINGS = (2, 3, 4)
_STEM = 5
_NEAR = 3
"""Words looked at on either side."""
_SHORT = 4
"""Words between the entities that make a feature as a whole."""
_FAR = 12


def unmarked(marked: str) -> tuple[str, tuple[Place, Place]]:
    """Return a text without its marks `<e1>..</e1>` and `<e2>..</e2>`, and where the two stood.

    Blanks just inside the marks belong to no entity.

    Raises:
        RowsError: a mark is missing, comes twice or in the wrong order, or holds nothing.
    """
    parts: list[str] = []
    ends: dict[str, int] = {}
    at = length = 0
    for tag in _TAG.finditer(marked):
        parts.append(marked[at : tag.start()])
        length += tag.start() - at
        at = tag.end()
        if tag[0] in ends:
            raise RowsError(f"The mark {tag[0]} comes twice.", _MARK)
        ends[tag[0]] = length
    text = "".join([*parts, marked[at:]])
    missing = [mark for mark in ("<e1>", "</e1>", "<e2>", "</e2>") if mark not in ends]
    if missing:
        raise RowsError(f"The mark {missing[0]} is missing.", _MARK)
    for entity in ("e1", "e2"):
        if ends[f"<{entity}>"] > ends[f"</{entity}>"]:
            raise RowsError(f"The mark </{entity}> stands before <{entity}>.", _MARK)
    first, second = (_trimmed(text, ends[f"<{e}>"], ends[f"</{e}>"]) for e in ("e1", "e2"))
    refuse_places(text, (first, second))
    return text, (first, second)


def marked(text: str, places: Sequence[Place]) -> str:
    """Return a text with the marks that `unmarked` takes out."""
    ends = [(end, 0, -start, f"</e{i}>") for i, (start, end) in enumerate(places, start=1)]
    starts = [(start, 1, -end, f"<e{i}>") for i, (start, end) in enumerate(places, start=1)]
    parts, at = [], 0
    for where, _, _, mark in sorted(ends + starts):
        parts += [text[at:where], mark]
        at = where
    return "".join([*parts, text[at:]])


def place_in(name: str, cell: Cell) -> Place:
    """Return a stretch that a cell of a table gives as two numbers.

    Raises:
        RowsError: it gives something else.
    """
    written = cell if isinstance(cell, str) else ",".join(cell or ())
    match = _OFFSETS.fullmatch(written)
    if match is None:
        raise RowsError(
            f"{name} is {written!r}, where two numbers are expected.",
            "Write the first character and the one behind the last, counted from 0: [4, 11].",
        )
    return int(match[1]), int(match[2])


def refuse_places(text: str, places: Sequence[Place]) -> None:
    """Refuse stretches that hold nothing, reach beyond the text, or are one and the same.

    Raises:
        RowsError: naming the entity.
    """
    for name, (start, end) in zip(("e1", "e2"), places, strict=True):
        if start > end:
            raise RowsError(f"{name} [{start}, {end}] ends before it begins.", _COUNT)
        if start < 0 or end > len(text):
            raise RowsError(
                f"{name} [{start}, {end}] reaches beyond the text of {len(text)} characters.",
                _COUNT,
            )
        if not text[start:end].strip():
            raise RowsError(f"{name} [{start}, {end}] holds no word.", _MARK)
    if places[0] == places[1]:
        raise RowsError("e1 and e2 are the same stretch of the text.", _MARK)


def passage(text: str, places: Sequence[Place]) -> Passage:
    """Return a text whose entities stand between signs: `@ author @ uses a # disassembler #`.

    Ordinary signs tell an encoder more than marks that it never saw (the entity marker with
    punctuation of Zhou and Chen 2021). Its stretches are the text, the first and the second entity,
    without the signs.
    """
    # At one place, what ends comes before what begins, and inner marks stand inside outer ones.
    marks: list[tuple[int, bool, int, int]] = []
    for number, (start, end) in enumerate(places):
        marks += [(start, True, -end, number), (end, False, -start, number)]
    marks.sort(key=lambda mark: mark[:3])
    parts: list[str] = []
    begins, ends = [0, 0], [0, 0]
    at = length = 0
    for where, opens, _, number in marks:
        before = text[at:where] + (f"{_SIGNS[number]} " if opens else "")
        length += len(before)
        (begins if opens else ends)[number] = length
        parts.append(before if opens else f"{before} {_SIGNS[number]}")
        length += 0 if opens else 2
        at = where
    shown = "".join([*parts, text[at:]])
    return Passage(shown, ((0, len(shown)), *zip(begins, ends, strict=True)))


def pairs(text: str, spans: Sequence[Span]) -> list[Passage]:
    """Return a passage for every two of the entities found in a text, the earlier one first."""
    places = sorted({(span.start, span.end) for span in spans})
    return [passage(text, pair) for pair in combinations(places, 2)]


def pseudo_words(given: Passage) -> str:
    """Return a passage as words that say which part they stand in, for models that count words."""
    return " ".join(_pseudo_words(_parts(given)))


def _trimmed(text: str, start: int, end: int) -> Place:
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())


@dataclass(frozen=True)
class _Parts:
    """The words of a passage, in lower case, by where they stand."""

    first: list[str]
    second: list[str]
    before: list[str]
    between: list[str]
    after: list[str]
    in_order: bool
    """Whether the first entity comes first."""


def _parts(given: Passage) -> _Parts:
    one, two = given.spans[1:3]
    words = [(m.start(), m.end(), m[0].lower()) for m in _WORD.finditer(given.text)]
    first, second = ([w for a, b, w in words if start < b and a < end] for start, end in (one, two))
    left, right = sorted((one, two))
    return _Parts(
        first,
        second,
        [w for _, b, w in words if b <= left[0]],
        [w for a, b, w in words if a >= left[1] and b <= right[0]],
        [w for a, _, w in words if a >= max(left[1], right[1])],
        one <= two,
    )


def _pseudo_words(parts: _Parts) -> Iterator[str]:
    between = parts.between
    yield from (f"{_FIRST}{word}" for word in parts.first)
    yield from (f"{_SECOND}{word}" for word in parts.second)
    heads = [words[-1] if words else "" for words in (parts.first, parts.second)]
    for number, head in enumerate(heads, start=1):
        yield from (f"s{number}{length}_{head[-length:]}" for length in _ENDINGS)
    # Neighbours become pairs of words in the counter: the words between in their order, the heads.
    inside = _BETWEEN if parts.in_order else _BETWEEN_TURNED
    yield from (f"{inside}{word}" for word in between)
    yield from (f"h{number}_{head}" for number, head in enumerate(heads, start=1))
    yield from (f"t_{word[:_STEM]}" for word in between if len(word) > 3)
    yield from (f"l{at}_{word}" for at, word in enumerate(reversed(parts.before[-_NEAR:]), 1))
    yield from (f"r{at}_{word}" for at, word in enumerate(parts.after[:_NEAR], 1))
    if len(between) <= _SHORT:
        yield "_".join(["p", *between])
    if between:
        yield from (f"f_{between[0]}", f"z_{between[-1]}")
    yield f"d{int(parts.in_order)}_{min(len(between), _FAR) // 2}"
