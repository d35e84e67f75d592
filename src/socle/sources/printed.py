"""The printed part of identity papers: values that stand by labels, without any template.

A value stands behind its label, to the right of it, or under it; labels come in two languages,
side by side or one above the other. Driving licences number their fields instead.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from socle.pages import Page, Word
from socle.pages.rows import Row, around
from socle.readings import Box
from socle.sources.second_source import printed_dates, sex_of, states_of
from socle.values.names import compact

_LONGEST = 7
"""Words that a label has at most."""
_FUZZY = 8
"""Letters from which on a label may be misread in one place."""
_DROP = 3.2
"""Heights from a label to the value under it, middle to middle, at most."""
_GAP = 2.5
"""Heights between two words of one value, at most."""
_SPLIT = re.compile(r"[^\s/:]+|/")
_NUMBERED = re.compile(r"^(1|2|3|4[a-d]|5|8|9)[.,:]$|^(4[a-d])$", re.IGNORECASE)


@dataclass(frozen=True)
class Printed:
    """A value that stands by a label.

    Attributes:
        text: as printed, one space between words.
        sure: least probability among its characters, as far as the engine tells; None if not.
        box: in fractions of the page.
    """

    text: str
    sure: float | None
    page: int
    box: Box


@dataclass
class _Label:
    """A label and the words behind it in the same cell."""

    name: str
    words: list[Word]
    behind: list[tuple[str, Word]] = field(default_factory=list)

    @property
    def box(self) -> Box:
        return around(word.box for word in self.words)


def printed(page: Page, lines: Sequence[Row]) -> dict[str, Printed]:
    """Return the values by their labels; the first that fits its field wins.

    Args:
        page: where they stand.
        lines: its rows of print, without those of a machine-readable zone.
    """
    found = _numbered(page, lines)
    taken = {id(w) for row in lines for label in labels_of(row) for w in label.words}
    for i, row in enumerate(lines):
        labels = labels_of(row)
        for label, after in zip(labels, [*labels, None][1:], strict=True):
            if label.name == "other" or label.name in found:
                continue
            limit = after.box[0] if after else float("inf")
            for text, words in _places(label, limit, row, lines[i + 1 : i + 4], taken):
                kept = fitting(label.name, text)
                if kept:
                    found[label.name] = _printed(kept, words, page)
                    break
    return found


def titles(text: str) -> list[str]:
    """Return the kinds of paper that a text names, most telling first."""
    plain = compact(text)
    told = _told()["titles"]
    return [kind for kind, names in told.items() if any(compact(n) in plain for n in names)]


def fitting(name: str, text: str) -> str:
    """Return what of a printed text can be the value of a field; empty if nothing can."""
    text = " ".join(text.strip(" .,;:-*").split())
    if name.endswith("_date"):
        found = printed_dates(text)
        return text if found else ""
    if name in ("document_number", "optional_data"):
        joined = re.sub(r"[\s\-./]", "", text)
        number = joined.isalnum() and joined.isascii() and any(c.isdigit() for c in joined)
        return text if number and 5 <= len(joined) <= 22 else ""
    if name == "sex":
        return text if sex_of(text) else ""
    if name in ("nationality", "issuing_state") and states_of(text):
        return text
    letters = sum(c.isalpha() for c in text)
    if name == "address":
        return text if letters >= 3 else ""
    return text if letters >= 2 and letters >= 0.6 * len(text.replace(" ", "")) else ""


def labels_of(row: Row) -> list[_Label]:
    """Return the labels of a row from left to right; neighbours with one meaning are one."""
    found: list[_Label] = []
    for cell in row.cells:
        tokens = [(t, word) for word in cell.words for t in _SPLIT.findall(word.text)]
        at, slashed = 0, False
        inside: list[_Label] = []
        while at < len(tokens):
            size, name = _label_at(tokens, at)
            if size:
                words = [word for text, word in tokens[at : at + size] if text != "/"]
                if inside and inside[-1].name == name and not inside[-1].behind:
                    inside[-1].words += words
                else:
                    inside.append(_Label(name, words))
                at += size
                slashed = False
                continue
            text, word = tokens[at]
            if text == "/":
                slashed = True
            elif inside and slashed and not inside[-1].behind:
                inside[-1].words.append(word)  # the label in a language that is not listed
            elif inside:
                inside[-1].behind.append((text, word))
            at += 1
        found += inside
    return found


def _label_at(tokens: Sequence[tuple[str, Word]], at: int) -> tuple[int, str]:
    """Return how many tokens from here on are a label, and its field; 0 if they are none."""
    if tokens[at][0] == "/":
        return 0, ""
    for size in range(min(_LONGEST, len(tokens) - at), 0, -1):
        part = [text for text, _ in tokens[at : at + size]]
        if "/" in part:
            continue
        name = _meaning(compact("".join(part)))
        # Words in small print between values ("au", "n") are labels only at a cell's beginning.
        if name and (at == 0 or len("".join(part)) > 2):
            return size, name
    return 0, ""


def _places(
    label: _Label, limit: float, row: Row, below: Sequence[Row], taken: Collection[int]
) -> Iterator[tuple[str, list[Word]]]:
    """Yield texts that may be the value of a label, most likely first."""
    if label.behind:
        yield " ".join(text for text, _ in label.behind), [word for _, word in label.behind]
    left, top, right, bottom = label.box
    high = bottom - top
    limit -= high  # values start a little left of their labels now and then
    for under in below:
        near = [w for w in under.words if left - 2 * high <= w.box[0] < min(limit, right + high)]
        if not near:
            continue
        drop = (near[0].box[1] + near[0].box[3] - top - bottom) / 2
        if drop > _DROP * high:
            break
        start = under.words.index(near[0])
        words = _run([w for w in under.words[start:] if w.box[0] < limit])
        meanings = {one.name for one in labels_of(under) if set(one.words) & set(words)}
        if not meanings:
            yield " ".join(word.text for word in words), words
            break
        if meanings != {label.name}:
            break
    beside = [w for w in row.words if w.box[0] >= right and w.box[0] < limit]
    beside = [w for w in beside if id(w) not in taken]
    if beside:
        words = _run(beside)
        yield " ".join(word.text for word in words), words


def _run(words: list[Word]) -> list[Word]:
    """Return the first words that no wide gap parts."""
    kept = words[:1]
    for word in words[1:]:
        if word.box[0] - kept[-1].box[2] > _GAP * (word.box[3] - word.box[1]):
            break
        kept.append(word)
    return kept


def _numbered(page: Page, lines: Sequence[Row]) -> dict[str, Printed]:
    """Return the numbered fields of a driving licence; nothing unless several are there."""
    told: Mapping[str, str] = _told()["licence"]
    found: dict[str, Printed] = {}
    seen: set[str] = set()
    for row in lines:
        marks = [i for i, word in enumerate(row.words) if _NUMBERED.match(word.text)]
        for i, stop in zip(marks, [*marks, len(row.words)][1:], strict=True):
            number = row.words[i].text.strip(".,:").lower()
            words = list(row.words[i + 1 : stop])
            text = " ".join(word.text for word in words)
            name = told.get(number, "other")
            kept = fitting(name, text) if words and name != "other" else ""
            seen.add(number)
            if not kept or name in found:
                continue
            found[name] = _printed(kept, words, page)
            if number == "3":
                place = text[printed_dates(text)[-1].end :].strip(" ,()-")
                if fitting("birth_place", place):
                    found["birth_place"] = _printed(place, words, page)
    # Any list is numbered; a licence has dates where dates must be.
    dated = {"birth_date", "issue_date", "expiry_date"} & set(found)
    return found if len(seen) >= 4 and len(dated) >= 2 else {}


def _printed(text: str, words: Sequence[Word], page: Page) -> Printed:
    told = [p for word in words for p in (word.characters or (word.confidence,))]
    sure = min(told, default=None) if page.source == "ocr" else 1.0
    return Printed(text, sure, page.number, page.fraction(around(word.box for word in words)))


@cache
def _meaning(plain: str) -> str:
    known = _labels()
    if plain in known:
        return known[plain]
    if len(plain) < _FUZZY:
        return ""
    one_off = (len(plain) - 1) / len(plain) - 0.001
    near = get_close_matches(plain, [one for one in known if len(one) >= _FUZZY], 1, one_off)
    return known[near[0]] if near else ""


@cache
def _labels() -> Mapping[str, str]:
    told = _told()
    return {
        compact(label): name
        for name, labels in told.items()
        if isinstance(labels, list)
        for label in labels
    }


@cache
def _told() -> Mapping[str, Any]:
    text = Path(__file__).with_name("printed.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
