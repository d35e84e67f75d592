"""Machine-readable zones among the words of a page: where they stand, what they say, repair.

An engine drops or adds fillers in long runs and takes O for 0 as often as not. What the layout
settles (widths, letters or digits by position) is put right; beyond that, one character may be
replaced, and only if no other replacement makes the check digits agree.
"""

from __future__ import annotations

import itertools
import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from socle.checks.mrz import (
    ALPHABET,
    FILLER,
    Digit,
    Format,
    Zone,
    failing,
    format_of,
    formats,
    number_of,
)
from socle.pages import Page, Word
from socle.pages.rows import Row, around
from socle.readings import Box, Source

Place = tuple[int, int]
_NOWHERE: tuple[Place, ...] = ()
_SLACK = 4
"""Characters that a line may be too long or too short by; runs of fillers are misread so."""
_FAR = 4.0
"""Heights between two lines of a zone, middle to middle, at most."""
_DOUBT = 0.99
"""A character that the engine was surer of than this is not replaced."""
_OVERSURE = frozenset("O0")
"""Except these: in OCR-B they differ by a hair, and engines are sure of the wrong one."""
_CLEAR = 0.9
"""Of several replacements, that of the one character less sure than this is taken."""


@dataclass(frozen=True)
class Strip:
    """A line of print that may belong to a zone.

    Attributes:
        text: in the alphabet of the zone.
        sure: probability of each character; empty where the engine does not tell.
        box: in the page's unit.
    """

    text: str
    sure: tuple[float, ...]
    box: Box


@dataclass(frozen=True)
class Sighting:
    """A zone as it was read.

    Attributes:
        sure: for each line the probability of each character; empty lines where it is unknown.
        page: from 1.
        boxes: of its lines, in fractions of the page.
        words: the words of the page that the zone is made of.
        source: where the words come from.
        replaced: characters that were replaced for the check digits to agree.
        stretched: lines whose run of fillers was made longer or shorter.
    """

    zone: Zone
    sure: tuple[tuple[float, ...], ...]
    page: int
    boxes: tuple[Box, ...]
    words: frozenset[Word] = frozenset()
    source: Source = "ocr"
    replaced: tuple[Place, ...] = ()
    stretched: tuple[int, ...] = ()

    def doubt(self, places: Collection[Place]) -> float | None:
        """Return the least probability among characters, None where it is unknown."""
        told = [
            self.sure[line][column] if column < len(self.sure[line]) else None
            for line, column in places
        ]
        known = [one for one in told if one is not None]
        return min(known) if known and len(known) == len(told) else None


def sightings(page: Page, lines: Sequence[Row], printed: Collection[str] = ()) -> list[Sighting]:
    """Return the zones on a page, the best first.

    Args:
        page: where the zone is looked for.
        lines: its rows of print.
        printed: numbers that stand elsewhere on the paper, without spaces, in capitals: a second
            source, under which two replacements are allowed.
    """
    strips = [(strip, row) for row in lines if (strip := strip_of(row.words))]
    found = []
    for count in (3, 2, 1):
        for i in range(len(strips) - count + 1):
            group = strips[i : i + count]
            if not _stacked([strip for strip, _ in group]):
                continue
            best = _read([strip for strip, _ in group], page, printed)
            if best:
                words = frozenset(word for _, row in group for word in row.words)
                found.append(replace(best, words=words))
    return sorted(_apart(found), key=lambda one: len(failing(one.zone)))


def strip_of(words: Sequence[Word]) -> Strip | None:
    """Return the words of a row as a line of a zone, None if they cannot be one."""
    kept = [word for word in words if _likely(word.text)]
    text, sure = "", []
    told = all(len(word.characters) == len(word.text) for word in kept)
    for word in kept:
        for at, character in enumerate(word.text):
            folded = _fold(character)
            text += folded
            sure += [word.characters[at]] * len(folded) if told else []
    widths = [one.width for one in formats().values()]
    if not min(widths) - _SLACK <= len(text) <= max(widths) + _SLACK or FILLER not in text:
        return None
    return Strip(text, tuple(sure), around(word.box for word in kept))


def repair(
    zone: Zone, sure: Sequence[Sequence[float]], printed: Collection[str]
) -> tuple[Zone, tuple[Place, ...]]:
    """Return the zone with all check digits in agreement and the places that were replaced.

    One replacement at most, and only if it is unique: the only one that does, or the only one at
    a character that the engine doubted. Two if the number then equals a printed one. The zone
    comes back as it was, with no places, where none of this holds.
    """
    wrong = failing(zone)
    if not wrong:
        return zone, ()
    options = list(_options(zone, sure, wrong))
    if number_of(zone)[0] in printed:  # the number is as it should be
        settled = set(zone.format.parts["document_number"].places())
        options = [option for option in options if option[0] not in settled]
    single = [
        (fixed, (place,))
        for place, character in options
        if not failing(fixed := _with(zone, {place: character}))
    ]
    known = [one for one in single if number_of(one[0])[0] in printed]
    if len(known) == 1:
        return known[0]
    if len(single) == 1:
        return single[0]
    if single:
        unsure = [one for one in single if _sureness(sure, one[1][0]) < _CLEAR]
        return unsure[0] if len(unsure) == 1 else (zone, ())
    double = [
        (fixed, (first[0], second[0]))
        for first, second in itertools.combinations(options, 2)
        if first[0] != second[0]
        and number_of(fixed := _with(zone, dict((first, second))))[0] in printed
        and not failing(fixed)
    ]
    return double[0] if len(double) == 1 else (zone, ())


def typed(text: str, line: int, layout: Format) -> str:
    """Return a line with letters where only letters may stand, digits where only digits may."""
    tables, alphabets = _tables(), layout.alphabets
    done = []
    for column, character in enumerate(text):
        holds = alphabets.get((line, column), "any")
        done.append(character if holds == "any" else tables[holds].get(character, character))
    return "".join(done)


def fitted(strip: Strip, width: int) -> Strip | None:
    """Return a line of the right width, its longest run of fillers made longer or shorter.

    None if it is too far off, or has no run of fillers to give or take.
    """
    missing = width - len(strip.text)
    if not missing:
        return strip
    runs = [match.span() for match in re.finditer(f"{FILLER}+", strip.text)]
    start, stop = max(runs, key=lambda run: run[1] - run[0])
    if abs(missing) > _SLACK or stop - start < 2 or stop - start + missing < 1:
        return None
    text = strip.text[:start] + FILLER * (stop - start + missing) + strip.text[stop:]
    sure = strip.sure
    if sure:
        least = min(sure[start:stop])
        sure = sure[:start] + (least,) * (stop - start + missing) + sure[stop:]
    return Strip(text, sure, strip.box)


def renamed(seen: Sighting, names: Mapping[str, str]) -> Sighting | None:
    """Return a sighting with other names in its zone, None if the zone has no room for them.

    Args:
        seen: what was read.
        names: `surname` and `given_names`, with spaces.
    """
    layout = seen.zone.format
    texts = {name: text.replace(" ", FILLER) for name, text in names.items()}
    texts["names"] = FILLER * 2 if texts["given_names"] else ""
    texts["names"] = texts["names"].join((texts["surname"], texts["given_names"]))
    if layout.name == "FRA-ID":
        texts["given_names"] = names["given_names"].replace(" ", FILLER * 2)
    spans = {name: span for name, span in layout.parts.items() if name in texts}
    if any(span.stop - span.start < len(texts[name]) for name, span in spans.items()):
        return None
    lines, sure = list(seen.zone.lines), list(seen.sure)
    for name, span in spans.items():
        line = lines[span.line]
        text = texts[name].ljust(span.stop - span.start, FILLER)
        lines[span.line] = line[: span.start] + text + line[span.stop :]
        if sure[span.line]:
            least = min(sure[span.line][span.start : span.stop])
            kept = sure[span.line]
            width = span.stop - span.start
            sure[span.line] = kept[: span.start] + (least,) * width + kept[span.stop :]
    return replace(seen, zone=Zone(layout, tuple(lines)), sure=tuple(sure))


def _read(strips: list[Strip], page: Page, printed: Collection[str]) -> Sighting | None:
    """Return the zone that lines of print make up under the layout that suits them best."""
    read = []
    for layout in formats().values():
        if layout.lines != len(strips):
            continue
        fits = [fitted(strip, layout.width) for strip in strips]
        lines = [strip for strip in fits if strip]
        if len(lines) != len(strips):
            continue
        texts = tuple(typed(strip.text, i, layout) for i, strip in enumerate(lines))
        if format_of(texts) is not layout:
            continue
        sure = tuple(strip.sure for strip in lines)
        if page.source == "text":  # nobody recognised anything: what stands there, stands there
            sure = tuple((1.0,) * layout.width for _ in lines)
        zone, places = Zone(layout, texts), _NOWHERE
        if page.source != "text":
            zone, places = repair(zone, sure, printed)
        stretched = tuple(i for i, s in enumerate(strips) if len(s.text) != layout.width)
        boxes = tuple(page.fraction(strip.box) for strip in lines)
        source: Source = "text" if page.source == "text" else "ocr"
        seen = Sighting(zone, sure, page.number, boxes, source=source)
        read.append(replace(seen, replaced=places, stretched=stretched))
    return min(read, key=lambda one: (len(failing(one.zone)), len(one.stretched)), default=None)


def _stacked(strips: list[Strip]) -> bool:
    for above, below in itertools.pairwise(strips):
        high = max(above.box[3] - above.box[1], below.box[3] - below.box[1])
        drop = (below.box[1] + below.box[3] - above.box[1] - above.box[3]) / 2
        shared = min(above.box[2], below.box[2]) - max(above.box[0], below.box[0])
        if drop > _FAR * high or shared < 0.6 * (above.box[2] - above.box[0]):
            return False
    return True


def _apart(found: list[Sighting]) -> list[Sighting]:
    """Keep, of zones that share words, the one with the most agreeing check digits."""
    kept: list[Sighting] = []
    for one in sorted(found, key=lambda s: (len(failing(s.zone)), -len(s.boxes))):
        if not any(one.words & other.words for other in kept):
            kept.append(one)
    return kept


def _likely(text: str) -> bool:
    """Return whether a word may be a piece of a zone: no small letters to speak of."""
    small = sum(c.islower() and c.isascii() for c in text)
    return small * 4 <= len(text) and any(_fold(c) for c in text)


def _fold(character: str) -> str:
    # Full-width letters first: engines that know Chinese mix them in.
    character = unicodedata.normalize("NFKC", character).upper()
    character = _tables()["lookalikes"].get(character, character)
    return "".join(c for c in character if c in ALPHABET)


def _options(
    zone: Zone, sure: Sequence[Sequence[float]], wrong: Sequence[Digit]
) -> Iterator[tuple[Place, str]]:
    """Yield places under failing check digits and what could stand there instead."""
    tables, alphabets = _tables(), zone.format.alphabets
    single = [digit for digit in wrong if digit.name != "composite"] or list(wrong)
    places = {
        place for digit in single for span in (*digit.over, digit.at) for place in span.places()
    }
    for line, column in sorted(places):
        character, sureness = zone.lines[line][column], _sureness(sure, (line, column))
        holds = alphabets.get((line, column), "any")
        if sureness >= _DOUBT and character not in _OVERSURE and not _unknown(sure):
            continue
        others = tables["either"].get(character, "") if holds == "any" else ""
        if sureness >= _DOUBT and not _unknown(sure):
            others = "".join(other for other in others if other in _OVERSURE)
        if holds != "letters" and not _unknown(sure) and sureness < _CLEAR:
            others += tables["doubtful"].get(character, "")
        yield from (((line, column), other) for other in others)


def _sureness(sure: Sequence[Sequence[float]], place: Place) -> float:
    line, column = place
    return sure[line][column] if column < len(sure[line]) else 1.0


def _unknown(sure: Sequence[Sequence[float]]) -> bool:
    return not any(sure)


def _with(zone: Zone, changes: Mapping[Place, str]) -> Zone:
    lines = [list(line) for line in zone.lines]
    for (line, column), character in changes.items():
        lines[line][column] = character
    return Zone(zone.format, tuple("".join(line) for line in lines))


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    text = Path(__file__).with_name("confusions.toml").read_text(encoding="utf-8")
    told: dict[str, dict[str, str]] = tomllib.loads(text)
    return told
