"""Rows of headings: which columns a table of lines has, by the words above them."""

from __future__ import annotations

import itertools
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from socle.pages import Word
from socle.pages.rows import Row, around
from socle.readings import Box
from socle.values.amounts import parse_amount
from socle.values.folding import unaccented

_LONGEST = 4
"""Words of a heading that are looked up together."""
_NEAR = 1.7
"""Rows of one heading follow each other within this many heights of print."""
_CARRIED = 4
"""Words of the name of a sum that may say that it goes on."""
_WITHIN = re.compile(r"(?<=[^\W\d_])[0158](?=[^\W\d_])|(?<=[^\W\d_]{2})[01](?!\w)")
_MISREAD = str.maketrans("0158", "olsb")
_MONEY = frozenset({"amount", "gross_amount", "unit_price", "quantity"})
_TEXT = frozenset({"description", "product_code", "position"})


@dataclass(frozen=True)
class Heading:
    """What stands above a column.

    Attributes:
        kinds: what it may mean, the likeliest first; empty where the words are unknown.
        stacked: for headings of several lines that each name a kind, those kinds from the top.
        words: of headings of one line.
    """

    text: str
    box: Box
    kinds: tuple[str, ...]
    stacked: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Header:
    """The headings of a table, from left to right, and which rows of the page they take."""

    headings: tuple[Heading, ...]
    first: int
    last: int

    @property
    def kinds(self) -> frozenset[str]:
        """All kinds that its headings may mean."""
        return frozenset(kind for heading in self.headings for kind in heading.kinds)


@dataclass(frozen=True)
class Lexicon:
    """Words of tables; see `columns.toml`."""

    headings: dict[str, tuple[str, ...]]
    additions: frozenset[str]
    sums: tuple[str, ...]
    partial: tuple[str, ...]
    final: frozenset[str]
    carried: frozenset[str]
    codes: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """Return the words of tables."""
    with Path(__file__).with_name("columns.toml").open("rb") as file:
        read = tomllib.load(file)
    kinds: dict[str, tuple[str, ...]] = {}
    for kind, texts in read["headings"].items():
        for text in texts:
            known = kinds.get(key(text), ())
            kinds[key(text)] = known if kind in known else (*known, kind)
    additions = frozenset(key(text) for text in read["additions"]["words"])
    codes = frozenset(key(text) for text in read["codes"]["words"])
    sums, partial = read["sums"]["words"], read["sums"]["partial"]
    final, carried = (frozenset(read["sums"][name]) for name in ("final", "carried"))
    return Lexicon(kinds, additions, tuple(sums), tuple(partial), final, carried, codes)


def key(text: str) -> str:
    """Return a text as it is looked up: small letters without accents, digits, `%` and `#`."""
    split = unicodedata.normalize("NFKD", _letters(text).casefold())
    return "".join(char for char in split if char.isalnum() or char in "%#")


def plain(text: str) -> str:
    """Return a text in small letters without accents, with one space for each run of marks."""
    split = unaccented(_letters(text).casefold())
    kept = (c if c.isalnum() or c == "@" else " " for c in split)
    return " ".join("".join(kept).split())


def _letters(text: str) -> str:
    """Return a text in which digits within words are the letters that OCR took for them."""
    return _WITHIN.sub(lambda found: found.group().translate(_MISREAD), text)


@cache
def meaning(said: str) -> tuple[str, ...]:
    """Return what a heading means, by its key; one sign of six or more may be misread."""
    known = lexicon().headings
    if said in known or len(said) < 6:
        return known.get(said, ())
    for word, kinds in known.items():
        if abs(len(word) - len(said)) <= 1 and _one_off(word, said):
            return kinds
    return ()


def _one_off(one: str, two: str) -> bool:
    """Return whether two words differ in one sign that was changed, added or lost."""
    if len(one) > len(two):
        one, two = two, one
    same = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), len(one))
    if len(one) == len(two):
        return one[same + 1 :] == two[same + 1 :]
    return one[same:] == two[same + 1 :]


def is_sum(text: str, words: Sequence[str] | None = None) -> bool:
    """Return whether a text begins as rows of sums do."""
    said = plain(text)
    for word in lexicon().sums if words is None else words:
        stem = word.rstrip("*")
        if said == stem.rstrip() or (word.endswith("*") and said.startswith(stem)):
            return True
    return False


def is_partial(text: str) -> bool:
    """Return whether a text begins a sum after which more lines may follow."""
    words = plain(text).split()
    if lexicon().carried & set(words[:_CARRIED]):
        return True
    of_section = len(words) > 1 and words[0] in ("total", "summe") and words[1].isalpha()
    return is_sum(text, lexicon().partial) or (of_section and words[1] not in lexicon().final)


def is_sum_row(row: Row) -> bool:
    """Return whether some cell of a row begins as rows of sums do."""
    return is_sum(row.text.lstrip("*-: ")) or any(is_sum(cell.text) for cell in row.cells)


def headers(rows: Sequence[Row]) -> list[Header]:
    """Return the headers of tables on a page, from the top.

    A header has headings of two kinds or more, one of them for text and one for numbers, or three
    of any; most of its words are known, and it holds no amounts.
    """
    found: list[Header] = []
    for place, row in enumerate(rows):
        if found and place <= found[-1].last:
            continue
        if _score(row) < 2:
            continue
        first, last = _band(rows, place)
        header = Header(_headings(rows[first : last + 1]), first, last)
        if _is_header(header):
            found.append(header)
    return found


def _is_header(header: Header) -> bool:
    known = [heading for heading in header.headings if heading.kinds]
    if len(known) < 2 or len(known) < 0.5 * len(header.headings):
        return False
    kinds = header.kinds
    return bool(kinds & _MONEY) and (bool(kinds & _TEXT) or len(known) >= 3)


def _score(row: Row) -> int:
    """Return how many headings a row may hold; 0 where it holds something else."""
    if _has_values(row) or len(row.words) > 30:
        return 0
    pieces = _pieces(row)
    known = [(kinds, words) for kinds, words in pieces if kinds]
    explained = sum(len(words) for _, words in known)
    explained += sum(
        key(w.text) in lexicon().additions or not key(w.text)
        for kinds, words in pieces
        if not kinds
        for w in words
    )
    if len(known) < 2 or explained < 0.5 * len(row.words):
        return 0
    return len({kinds[0] for kinds, _ in known})


def _has_values(row: Row) -> bool:
    """Return whether a row holds amounts: digits that a heading has no use for."""
    digits = sum(any(c.isdigit() for c in word.text) for word in row.words)
    return digits > 0 and (digits > 1 or parse_amount(row.words[-1].text) is not None)


def _pieces(row: Row) -> list[tuple[tuple[str, ...], list[Word]]]:
    """Return the words of a row as headings, each with the kinds that it may mean."""
    pieces: list[tuple[tuple[str, ...], list[Word]]] = []
    words = list(row.words)
    at = 0
    while at < len(words):
        for count in range(min(_LONGEST, len(words) - at), 0, -1):
            part = words[at : at + count]
            kinds = meaning(key("".join(word.text for word in part)))
            if kinds and _close(part):
                pieces.append((kinds, part))
                break
        else:
            count, part = 1, words[at : at + 1]
            pieces.append(((), part))
        at += count
    return pieces


def _close(words: Sequence[Word], gap: float = 0.75) -> bool:
    pairs = itertools.pairwise(words)
    return all(b.box[0] - a.box[2] < gap * (a.box[3] - a.box[1]) for a, b in pairs)


def _band(rows: Sequence[Row], place: int) -> tuple[int, int]:
    """Return the first and last row of a header of which one row is known."""
    first = last = place
    while first > 0 and (
        _belongs(rows[first - 1], rows[first])
        or _hangs_over(rows[first - 1], rows[first : last + 1])
    ):
        first -= 1
    while last + 1 < len(rows) and _belongs(rows[last + 1], rows[last]):
        last += 1
    return first, last


def _belongs(row: Row, neighbour: Row) -> bool:
    """Return whether a row goes on with the headings of its neighbour."""
    high = max(row.box[3] - row.box[1], neighbour.box[3] - neighbour.box[1])
    if abs(row.box[1] - neighbour.box[1]) > _NEAR * high or _has_values(row):
        return False
    words = lexicon()
    known = sum(len(part) for kinds, part in _pieces(row) if kinds)
    known += sum(
        key(word.text) in words.additions
        for kinds, part in _pieces(row)
        if not kinds
        for word in part
    )
    return known >= 0.5 * len(row.words)


def _hangs_over(row: Row, below: Sequence[Row]) -> bool:
    """Return whether all words of a row stand over words of the header that goes on below it."""
    high = max(row.box[3] - row.box[1], below[0].box[3] - below[0].box[1])
    if below[0].box[1] - row.box[1] > _NEAR * high or _has_values(row):
        return False
    spans = [(word.box[0] - high, word.box[2] + high) for one in below for word in one.words]
    return len(row.words) <= 8 and all(
        any(a <= word.box[0] and word.box[2] <= b for a, b in spans) for word in row.words
    )


def _headings(rows: Sequence[Row]) -> tuple[Heading, ...]:
    """Return the headings of some rows: what overlaps from row to row is one."""
    groups: list[list[list[Word]]] = []
    for row in rows:
        for _, words in _pieces(row):
            box = around(word.box for word in words)
            over = [group for group in groups if _overlap(group, box)]
            if not over:
                groups.append([words])
                continue
            over[0].append(words)
            for other in over[1:]:
                over[0].extend(other)
                groups.remove(other)
    made = [_heading(group) for group in _neighboured(groups)]
    return tuple(sorted(made, key=lambda heading: heading.box[0]))


def _neighboured(groups: list[list[list[Word]]]) -> list[list[list[Word]]]:
    """Give words that mean nothing by themselves to the heading that they stand close to."""
    kept: list[list[list[Word]]] = []
    for group in sorted(groups, key=lambda group: min(words[0].box[0] for words in group)):
        before = kept[-1] if kept else None
        side = next(
            (
                (left, right)
                for left in before or []
                for right in group
                if _level(left, right) and _close([left[-1], right[0]], 0.5)
            ),
            None,
        )
        means = [_means(one) for one in (before or [], group)]
        if side is None or (all(means) and side[0][-1].text[-1:] not in ",&"):
            kept.append(group)
            continue
        left, right = side
        others = [words for words in group if words is not right]
        before = [left + right if words is left else words for words in before or []]
        kept[-1] = before + others
    return kept


def _level(left: list[Word], right: list[Word]) -> bool:
    a, b = left[-1].box, right[0].box
    return abs(a[1] - b[1]) < 0.5 * (a[3] - a[1])


def _means(group: list[list[Word]]) -> bool:
    return any(meaning(key("".join(word.text for word in words))) for words in group)


def _overlap(group: list[list[Word]], box: Box) -> bool:
    own = around(word.box for words in group for word in words)
    if any(abs(words[0].box[1] - box[1]) < 0.5 * (box[3] - box[1]) for words in group):
        return False  # two pieces of the same row stand side by side
    shared = min(own[2], box[2]) - max(own[0], box[0])
    return shared > 0.3 * min(own[2] - own[0], box[2] - box[0])


def _heading(group: list[list[Word]]) -> Heading:
    lines = sorted(group, key=lambda words: words[0].box[1])
    texts = [" ".join(word.text for word in words) for words in lines]
    box = around(word.box for words in lines for word in words)
    single = [kinds_of(text) for text in texts]
    stacked = tuple(kinds[0] if kinds else "" for kinds in single)
    several = len(stacked) > 1 and len({kind for kind in stacked if kind}) > 1
    text = " ".join(texts)
    words = tuple(lines[0]) if len(lines) == 1 else ()
    return Heading(text, box, kinds_of(text), stacked if several else (), words)


def variants(header: Header) -> list[Header]:
    """Return a header, and those in which one heading of two kinds stands for two columns."""
    found = [header]
    known = lexicon().headings
    for place, heading in enumerate(header.headings):
        for cut in range(1, len(heading.words)):
            sides = heading.words[:cut], heading.words[cut:]
            texts = [" ".join(word.text for word in side) for side in sides]
            if not all(key(text) in known for text in texts):
                continue
            parts = [
                Heading(text, around(w.box for w in side), known[key(text)], (), side)
                for text, side in zip(texts, sides, strict=True)
            ]
            headings = (*header.headings[:place], *parts, *header.headings[place + 1 :])
            found.append(Header(headings, header.first, header.last))
    return found


def kinds_of(text: str) -> tuple[str, ...]:
    """Return what a heading may mean: by all of its words, else by the longest part known."""
    known = lexicon().headings
    whole = meaning(key(text))
    if whole:
        return whole
    words = [word for word in text.replace("-", "- ").split() if key(word)]
    best: tuple[str, ...] = ()
    longest = 0
    for start in range(len(words)):
        for end in range(min(len(words), start + _LONGEST), start, -1):
            part = key("".join(words[start:end]))
            if part in known and len(part) > longest:
                best, longest = known[part], len(part)
    return best
