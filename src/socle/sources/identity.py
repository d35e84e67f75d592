"""All that an identity paper says, gathered from its pages: zone, print, bar code, titles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from socle.pages import Document
from socle.pages.rows import Row, rows
from socle.sources import aamva
from socle.sources.mrz import Sighting, sightings, strip_of
from socle.sources.printed import Printed, printed, titles
from socle.values.names import compact

_LEAST = 4
"""Letters or digits of a scrap of print that is taken for a value without its label."""
_AMERICAN = re.compile(r"\b(?:USA|DOB|DLN?|DRIVER LICENSE)\b")


@dataclass(frozen=True)
class Evidence:
    """What stands on a paper.

    Attributes:
        zone: the best machine-readable zone, None if there is none.
        printed: values that stand by labels.
        card: the bar code of a licence of the United States or Canada.
        code_page: number of the page that bears it.
        kinds: kinds of papers that the text names.
        text: words outside of the zone.
        scraps: cells and single words outside of the zone, letters and digits only.
        words: the single words among them.
        ocr: whether any page was recognised from a picture.
    """

    zone: Sighting | None
    printed: dict[str, Printed] = field(default_factory=dict)
    card: aamva.Card | None = None
    code_page: int | None = None
    kinds: tuple[str, ...] = ()
    text: str = ""
    scraps: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    ocr: bool = False

    @cached_property
    def american(self) -> bool:
        """Whether dates in numbers are printed month first."""
        if self.card:
            return self.card.values.get("issuing_state") == "USA"
        return "driving_licence" in self.kinds and bool(_AMERICAN.search(self.text))


def gather(document: Document) -> Evidence:
    """Return what stands on all pages, front and back alike."""
    zone: Sighting | None = None
    lines = {page.number: rows(page) for page in document.pages}
    for page in document.pages:
        # Numbers in print may decide how a zone is repaired; the zone's own words may not.
        rest = [row for row in lines[page.number] if not strip_of(row.words)]
        found = sightings(page, lines[page.number], _scraps(rest))
        if found and (zone is None or len(found[0].zone.lines) > len(zone.zone.lines)):
            zone = found[0]
    apart = zone.words if zone else frozenset()
    values: dict[str, Printed] = {}
    scraps: set[str] = set()
    text = []
    for page in document.pages:
        rest = [row for row in lines[page.number] if not apart.intersection(row.words)]
        values = printed(page, rest) | values
        scraps |= _scraps(rest)
        text += [row.text for row in rest]
    card, number = _card(document)
    said = " ".join(text)
    return Evidence(
        zone=zone,
        printed=values,
        card=card,
        code_page=number,
        kinds=tuple(titles(said)),
        text=said,
        scraps=frozenset(scraps),
        words=frozenset(compact(word) for word in said.split()),
        ocr=any(page.source == "ocr" for page in document.pages),
    )


def _card(document: Document) -> tuple[aamva.Card | None, int | None]:
    for page in document.pages:
        for code in page.codes:
            card = aamva.parse(code.content) if code.symbology.upper() == "PDF417" else None
            if card:
                return card, page.number
    return None, None


def _scraps(lines: Sequence[Row]) -> set[str]:
    cells = {compact(cell.text) for row in lines for cell in row.cells}
    singles = {compact(word.text) for row in lines for word in row.words}
    return {scrap for scrap in cells | singles if len(scrap) >= _LEAST}
