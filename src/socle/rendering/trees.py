"""Trees of dependencies: drawn in the terminal, a word a line, and as SVG, arcs over the words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from socle.examples import Sentence, Word
from socle.rendering.entities import visible
from socle.rendering.markup import Markup
from socle.rendering.placing import Box, text_width
from socle.rendering.svg import Drawing

_COLUMNS = 100
"""Characters of a line of the terminal."""
_FORM, _LABEL = 24, 16
"""Longest word and longest label before they are cut."""
_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_BOX = {
    0: " ",
    _LEFT | _RIGHT: "─",
    _RIGHT: "─",
    _UP | _DOWN: "│",
    _DOWN | _RIGHT: "╭",
    _UP | _RIGHT: "╰",
    _UP | _DOWN | _RIGHT: "├",
    _UP | _LEFT | _RIGHT: "┴",
    _DOWN | _LEFT | _RIGHT: "┬",
    _UP | _DOWN | _LEFT | _RIGHT: "┼",
}


def tree_text(sentence: Sentence) -> str:
    """Return a tree drawn with box characters, a word a line: arcs, word, UPOS, relation.

    The arc of a word comes from the left, out of the vertical line of its head. Where two arcs
    must cross, the vertical one is seen. A sentence without a tree is drawn without arcs.
    """
    words = sentence.words
    if not words:
        return ""
    forms = [_fitted(word.form, _FORM) for word in words]
    tags = [_fitted(word.upos, _LABEL) for word in words]
    labels = [_fitted(word.deprel, _LABEL) for word in words]
    widths = [max(map(cell_len, column)) for column in (forms, tags, labels)]
    arcs = _arcs_text(words, _COLUMNS - sum(widths) - 5)
    return "\n".join(
        f"{arc}{set_cell_size(form, widths[0])}  {set_cell_size(tag, widths[1])}  {label}".rstrip()
        for arc, form, tag, label in zip(arcs, forms, tags, labels, strict=True)
    )


def _fitted(text: str, width: int) -> str:
    shown = " ".join(visible(text).split()) or "_"
    return shown if cell_len(shown) <= width else f"{set_cell_size(shown, width - 1).rstrip()}…"


def _heads(words: Sequence[Word]) -> list[int | None]:
    """Return the head of each word, all counted from 0; a root is its own, None is unknown."""
    return [
        None
        if word.head is None or not 0 <= word.head <= len(words)
        else number
        if word.head == 0
        else word.head - 1
        for number, word in enumerate(words)
    ]


@dataclass(frozen=True)
class _Stem:
    """The vertical line of a word that has dependents."""

    column: int
    first: int
    """Line of its upper end."""
    last: int


def _stems(heads: Sequence[int | None]) -> tuple[dict[int, _Stem], list[int]]:
    """Return the stem of each word that has one, and the words that hang below a root.

    A stem stands right of its head's, and beside no stem of the same lines. Where no arcs cross,
    its column is the depth in the tree.
    """
    dependents: dict[int, list[int]] = {}
    for number, head in enumerate(heads):
        if head is not None and head != number:
            dependents.setdefault(head, []).append(number)
    stems: dict[int, _Stem] = {}
    taken: dict[int, list[_Stem]] = {}
    reached = [number for number, head in enumerate(heads) if head == number]
    # The list grows while it is walked: level after level. What hangs in a circle is never met.
    for number in reached:
        below = dependents.get(number, [])
        reached += below
        if not below:
            continue
        head = heads[number]
        column = 0 if head is None or head == number else stems[head].column + 1
        first, last = min(*below, number), max(*below, number)
        while any(s.first <= last and first <= s.last for s in taken.get(column, [])):
            column += 1
        stems[number] = _Stem(column, first, last)
        taken.setdefault(column, []).append(stems[number])
    return stems, reached


def _arcs_text(words: Sequence[Word], width: int) -> list[str]:
    heads = _heads(words)
    stems, reached = _stems(heads)
    if not reached:
        return [""] * len(words)
    deepest = max((stem.column for stem in stems.values()), default=0)
    step = 2 if 2 * deepest + 3 <= width else 1
    # The first place is for the lines that lead to roots, the last one leads to the words.
    grid = [[0] * (step * deepest + 3) for _ in words]
    for number in reached:
        head = heads[number]
        begin = 0 if head is None or head == number else 1 + step * stems[head].column
        grid[number][begin] |= _RIGHT
        for place in range(begin + 1, len(grid[number])):
            grid[number][place] |= _LEFT | _RIGHT
    for number, stem in stems.items():
        for line in range(stem.first, stem.last + 1):
            ends = (_UP if line > stem.first else 0) | (_DOWN if line < stem.last else 0)
            joined = line == number or heads[line] == number
            place = 1 + step * stem.column
            grid[line][place] = ends | (grid[line][place] if joined else 0)
    return ["".join(_BOX[cell] for cell in line) + " " for line in grid]


_SIZE = 15.0
"""Height of the letters of words, in pixels."""
_SMALL = 11.0
_LEVEL = 24.0
"""Height of one level of arcs."""
_PORT = 8.0
"""Between two arcs that leave the same word."""
_BEND = 9.0
_MARGIN = 16.0
_STYLE = """<style>
.socle-tree { --paper: #fdfcf9; --ink: #1b1b1a; --muted: #5d5c58; --arc: #0b68a3;
  font: 15px "Helvetica Neue", Helvetica, Arial, "Liberation Sans", "Noto Sans", sans-serif; }
@media (prefers-color-scheme: dark) {
  .socle-tree { --paper: #15171a; --ink: #ecebe7; --muted: #a5a6a4; --arc: #62b5ee; }
}
.socle-tree .paper { fill: var(--paper); }
.socle-tree .word { fill: var(--ink); }
.socle-tree .upos { fill: var(--muted); font-size: 11px; }
.socle-tree .arc { fill: none; stroke: var(--arc); stroke-width: 1.4px; }
.socle-tree .head { fill: var(--arc); }
.socle-tree .label { fill: var(--ink); font-size: 11px; stroke: var(--paper); stroke-width: 5px;
  stroke-linejoin: round; paint-order: stroke; }
</style>"""


@dataclass(frozen=True)
class _Arc:
    """A line from a head to its dependent; a root's line comes from above."""

    head: int
    dependent: int
    label: str

    @property
    def ends(self) -> tuple[int, int]:
        """The left word and the right one."""
        return min(self.head, self.dependent), max(self.head, self.dependent)

    @property
    def length(self) -> int:
        """How many words it leads on; 0 for a root."""
        return abs(self.head - self.dependent)


def tree_svg(sentence: Sentence) -> Markup:
    """Return a tree as an SVG that stands for itself: arcs over the words, UPOS below them.

    It is as wide as the sentence needs, and dark where the reader's screen is. It can be saved as
    a file, and put into a page.
    """
    words = sentence.words
    heads = _heads(words)
    arcs = [
        _Arc(head, number, "" if words[number].deprel == "_" else words[number].deprel)
        for number, head in enumerate(heads)
        if head is not None
    ]
    levels = _levels(arcs)
    places = _places(words, arcs)
    width = 2 * _MARGIN + (places[-1] + _half(words[-1], len(words) - 1, arcs) if words else 0)
    base = _MARGIN + _LEVEL * max(levels.values(), default=0) + 12
    drawing = Drawing(width, base + 52, rigid=True, pieces=[_STYLE])
    drawing.rectangle(Box(0, 0, width, base + 52), "paper")
    ports = _ports(arcs)
    for arc in sorted(arcs, key=lambda arc: -levels[arc]):
        start, end = (places[n] + ports.get((arc, n), 0.0) for n in (arc.head, arc.dependent))
        _draw_arc(
            drawing, arc, (start + _MARGIN, end + _MARGIN), (base, base - _LEVEL * levels[arc])
        )
    for word, place in zip(words, places, strict=True):
        drawing.text((place + _MARGIN, base + 20), word.form, "word", "middle")
        drawing.text((place + _MARGIN, base + 38), _known(word.upos), "upos", "middle")
    shape = hashlib.sha256(repr(sentence).encode("utf-8", "replace")).hexdigest()[:8]
    told = "; ".join(_told(words, arc) for arc in arcs)
    drawn = drawing.svg(f"tree-{shape}", f"Tree of: {sentence.text}", told or "No tree is known.")
    opening = "<svg xmlns='http://www.w3.org/2000/svg' class='socle-tree' "
    return Markup(drawn.replace("<svg ", opening, 1))


def _known(column: str) -> str:
    return "" if column == "_" else column


def _told(words: Sequence[Word], arc: _Arc) -> str:
    if not arc.length:
        return f"{words[arc.dependent].form} is the root"
    return f"{words[arc.head].form} → {words[arc.dependent].form} ({arc.label})"


def _levels(arcs: Sequence[_Arc]) -> dict[_Arc, int]:
    """Return how high each arc runs: above all within it, beside none that it overlaps."""
    found: dict[_Arc, int] = {}
    inner = [arc for arc in arcs if arc.length]
    for arc in sorted(inner, key=lambda arc: arc.length):
        left, right = arc.ends
        level = 1
        for other, height in sorted(found.items(), key=lambda item: item[1]):
            begin, end = other.ends
            within = left <= begin and end <= right
            if begin < right and left < end and (height == level or (within and height > level)):
                level = height + 1
        found[arc] = level
    top = max(found.values(), default=0) + 1
    return found | {arc: top for arc in arcs if not arc.length}


def _sides(arcs: Sequence[_Arc]) -> dict[int, list[_Arc]]:
    """Return for each word its arcs as they stand from left to right.

    To the left lead first the short ones, so that no arc crosses a longer one of the same word.
    """
    found: dict[int, list[_Arc]] = {}
    for arc in arcs:
        for number in {arc.head, arc.dependent}:
            found.setdefault(number, []).append(arc)

    def position(arc: _Arc, number: int) -> float:
        if not arc.length:
            return 0.0
        return (-1.0 if number == arc.ends[1] else 1.0) / arc.length

    return {n: sorted(own, key=lambda arc: position(arc, n)) for n, own in found.items()}


def _ports(arcs: Sequence[_Arc]) -> dict[tuple[_Arc, int], float]:
    """Return where each arc ends at each of its words, in pixels from the word's middle."""
    return {
        (arc, number): _PORT * (place - (len(own) - 1) / 2)
        for number, own in _sides(arcs).items()
        for place, arc in enumerate(own)
    }


def _half(word: Word, number: int, arcs: Sequence[_Arc]) -> float:
    """Return half of the room that a word needs."""
    ends = sum(number in arc.ends for arc in arcs)
    texts = max(text_width(word.form, _SIZE), text_width(_known(word.upos), _SMALL))
    return max(texts, ends * _PORT) / 2


def _places(words: Sequence[Word], arcs: Sequence[_Arc]) -> list[float]:
    """Return the middle of each word: neither words nor labels of arcs touch each other."""
    halves = [_half(word, number, arcs) for number, word in enumerate(words)]
    ports = _ports(arcs)
    found: list[float] = []
    for number, half in enumerate(halves):
        least = found[-1] + halves[number - 1] + half + 14 if found else half
        for arc in arcs:
            left, right = arc.ends
            if right == number != left:
                room = text_width(arc.label, _SMALL) + 2 * _BEND + 4
                least = max(least, found[left] + ports[arc, left] - ports[arc, right] + room)
        found.append(least)
    return found


def _draw_arc(
    drawing: Drawing, arc: _Arc, across: tuple[float, float], down: tuple[float, float]
) -> None:
    """Draw an arc from the head's place to the dependent's, an arrowhead there, its label on it."""
    (start, end), (base, top) = across, down
    if arc.length:
        bend = _BEND if end > start else -_BEND
        line = (
            f"M{start:.1f} {base:.1f} V{top + _BEND:.1f} Q{start:.1f} {top:.1f} "
            f"{start + bend:.1f} {top:.1f} H{end - bend:.1f} Q{end:.1f} {top:.1f} "
            f"{end:.1f} {top + _BEND:.1f} V{base - 5:.1f}"
        )
        label = ((start + end) / 2, top + 4)
    else:
        line = f"M{end:.1f} {top + 8:.1f} V{base - 5:.1f}"
        label = (end, top + 4)
    drawing.pieces.append(f"<path class='arc' d='{line}'/>")
    tip = f"M{end:.1f} {base + 1:.1f} l-3.5 -7 h7 Z"
    drawing.pieces.append(f"<path class='head' d='{tip}'/>")
    drawing.text(label, arc.label, "label", "middle")
