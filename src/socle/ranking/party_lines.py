"""Lines of print that may name or place a party, each with what stands around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from socle.ranking.addresses import country_in, has_form, has_street, town_in
from socle.ranking.labels import folded, key, meaning
from socle.ranking.sheet import Cell, Sheet
from socle.readings import Box

ROLES = ("supplier", "receiver")
CLASSES = (*("none", "supplier_name", "supplier_address", "receiver_name", "receiver_address"),)
_PARTED = re.compile(r"\s+[-–—|•·●*]+\s+|\s*[|•·●]+\s*|\s-\s?(?=\d{4,5}\s)")
_COMMA = re.compile(r",(?!\s*[A-Z]{2}[ .]+\d{5}\b)\s*")
"""Between parts of an address; a state and its number stay with their town."""
_CONTACT = re.compile(r"@|www\.|https?:|\.(?:com|fr|de|net|org|eu|ch|co\.uk)\b")
_NUMBERED = re.compile(
    r"(?i)siret|siren|\brcs\b|\btva\b|\bvat\b|ust|iban|\bbic\b|\bgst\b|\bape\b|"
    r"hrb|capital|steuer|handelsregister|\btel|t[ée]l|fax|phone|fon\b"
)
_MONEY = re.compile(r"\d[.,]\d\d(?!\d)|%")
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\b(?:19|20)\d\d\b")
_SALUTED = r"mr\.?|mrs\.?|ms\.?|mme|madame|monsieur|herrn?|frau|familie"
SALUTATION = re.compile(rf"(?i)(?:m\.?|dr\.?|{_SALUTED})(?: (?:et|und|and) (?:{_SALUTED}))?")
"""All of a line that only greets whom the next line names."""
_TITLE = re.compile(rf"(?i)^(?:m\.|dr\.?|{_SALUTED}|attn\.?|z\. ?hd\.?)(?!\w)")
_HINTS = ("supplier", "receiver", "ship_to", "bank", "contact", "title_invoice", "title_credit")
_NEAR_LINES = 8
_LABEL_WORDS, _LABEL_LETTERS = 4, 6
"""Words of a label that stands close behind a town, at most, and letters, at least."""
CONTENT = 20
_GAP = 2.2
"""Lines of a block stand less than this many heights apart."""


@dataclass(eq=False)
class Piece:
    """A part of a cell that may be one line of an address.

    Attributes:
        up, down: the lines above and below in the same block.
    """

    cell: Cell
    start: int
    end: int
    label: str = ""
    up: Piece | None = field(default=None, repr=False)
    down: Piece | None = field(default=None, repr=False)
    order: int = 0

    @cached_property
    def text(self) -> str:
        """The words."""
        return self.cell.text[self.start : self.end]

    @cached_property
    def box(self) -> Box:
        """Where it stands."""
        return self.cell.box_of(self.start, self.end)

    @cached_property
    def content(self) -> NDArray[np.float32]:
        """What the words look like, (CONTENT,)."""
        return _content(self.text)

    def chain(self, step: str, most: int) -> list[Piece]:
        """Return the next lines of the block, `up` or `down`."""
        found: list[Piece] = []
        at: Piece | None = getattr(self, step)
        while at is not None and len(found) < most:
            found.append(at)
            at = getattr(at, step)
        return found


@dataclass(frozen=True)
class Spot:
    """A name or an address.

    Attributes:
        text: as printed, lines joined by commas in addresses, by spaces in names.
        raw: lines as printed.
        lines: that hold it.
        score: log of the odds.
    """

    text: str
    raw: str
    lines: tuple[Piece, ...]
    score: float


def pieces(sheet: Sheet) -> list[Piece]:
    """Return the lines of the first two pages and the last, in reading order, put into blocks."""
    chosen = {0, 1, len(sheet.rows) - 1}
    found: list[Piece] = []
    heads: dict[int, Piece] = {}
    for cell in sheet.cells:
        if cell.page not in chosen:
            continue
        parts = _parts(cell)
        for part in parts:
            part.order = len(found)
            found.append(part)
        for one, two in pairwise(parts):
            one.down, two.up = two, one
        if parts:
            heads[cell.number] = parts[0]
            above = _upward(sheet, cell, heads)
            if above is not None:
                above.down, parts[0].up = parts[0], above
    return found


def _parts(cell: Cell) -> list[Piece]:
    text = cell.text
    if not any(char.isalpha() for char in text) and not re.search(r"\d{4}", text):
        return []
    start, label = 0, ""
    mark = text.find(":")
    if 0 < mark < 34 and set(meaning(text[:mark])) & {"supplier", "receiver", "ship_to"}:
        start, label = mark + 1, text[:mark]
    spans: list[tuple[int, int]] = []
    for gap in [*_PARTED.finditer(text, start), None]:
        end = len(text) if gap is None else gap.start()
        spans += _commas(text, start, end)
        start = len(text) if gap is None else gap.end()
    found = []
    for low, high in spans:
        said = text[low:high]
        low += len(said) - len(said.lstrip(" ,;:"))
        high -= len(said) - len(said.rstrip(" ,;:"))
        high -= _label_behind(text[low:high])
        if high - low >= 2:
            found.append(Piece(cell, low, high, label))
    return found


def _label_behind(text: str) -> int:
    """Return how many signs of a town's line are the label of what stands right of it."""
    if town_in(text) is None:
        return 0
    words = list(re.finditer(r"\S+", text))
    for word in words[-_LABEL_WORDS:]:
        said = text[word.start() :]
        known = max(meaning(said).values(), default=0.0) == 1.0
        if known and len(key(said)) >= _LABEL_LETTERS and town_in(text[: word.start()]):
            return len(text) - len(text[: word.start()].rstrip(" ,;:"))
    return 0


def _commas(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the parts between commas of a line that holds a whole address."""
    part = text[start:end]
    if part.count(",") < 1 or not (town_in(part) or has_street(part)) or len(part) > 160:
        return [(start, end)]
    spans, at = [], start
    for found in _COMMA.finditer(part):
        spans.append((at, start + found.start()))
        at = start + found.end()
    return [*spans, (at, end)]


def _upward(sheet: Sheet, cell: Cell, heads: dict[int, Piece]) -> Piece | None:
    """Return the last line of the cell above in the same block: near, and aligned."""
    unit = sheet.units[cell.page]
    for distance, other in sheet.above(cell, cell.box):
        if distance > _GAP * max(1.0, cell.size / unit):
            return None
        head = heads.get(other.number)
        if head is None or not _aligned(cell.box, other.box, unit):
            continue
        while head.down is not None and head.down.cell is other:
            head = head.down
        return head if head.down is None else None
    return None


def _aligned(one: Box, two: Box, unit: float) -> bool:
    middle = abs(one[0] + one[2] - two[0] - two[2]) / 2
    sides = min(abs(one[0] - two[0]), abs(one[2] - two[2]))
    return sides < 1.0 * unit or middle < 1.2 * unit


def _content(text: str) -> NDArray[np.float32]:
    letters = sum(char.isalpha() for char in text)
    digits = sum(char.isdigit() for char in text)
    upper = sum(char.isupper() for char in text)
    words = text.split()
    known = meaning(text)
    hint = max(known.values(), default=0.0)
    titles = max(known.get("title_invoice", 0.0), known.get("title_credit", 0.0))
    capital = sum(word[0].isupper() for word in words)
    values = (
        letters / max(1, len(text)),
        digits / max(1, len(text)),
        upper / max(1, letters),
        min(1.0, len(words) / 8),
        min(1.5, len(text) / 40),
        has_form(text),
        has_street(text),
        town_in(text) is not None,
        country_in(text) is not None,
        bool(_CONTACT.search(text)),
        bool(_NUMBERED.search(text)),
        hint,
        titles,
        text.endswith(":") or ":" in text,
        bool(_MONEY.search(text)),
        bool(_DATE.search(text)),
        text[:1].isdigit(),
        text[-1:].isdigit(),
        capital / max(1, len(words)),
        bool(_TITLE.search(text)),
    )
    return np.array(values, dtype=np.float32)


def features(sheet: Sheet, found: Sequence[Piece]) -> NDArray[np.float32]:
    """Return what a ranking knows of each line, (lines, features)."""
    if not found:
        return np.zeros((0, len(_around(Piece(_NOWHERE, 0, 1)))), dtype=np.float32)
    context = _Context(sheet, found)
    return np.stack([np.concatenate([_around(piece), context.of(piece)]) for piece in found])


_NOWHERE = Cell((), 0, 0, 0)


def _around(piece: Piece) -> NDArray[np.float32]:
    """Return the content of a line, of two above and three below."""
    none = np.zeros(CONTENT, dtype=np.float32)
    up = [one.content for one in piece.chain("up", 2)]
    down = [one.content for one in piece.chain("down", 3)]
    return np.concatenate(
        [piece.content, *up, *[none] * (2 - len(up)), *down, *[none] * (3 - len(down))]
    )


class _Context:
    """What a line's place on the page, its block and the rest of the document say of it."""

    def __init__(self, sheet: Sheet, found: Sequence[Piece]) -> None:
        self._sheet = sheet
        self._count = len(found)
        self._times: dict[str, int] = {}
        for piece in found:
            said = key(piece.text)
            self._times[said] = self._times.get(said, 0) + 1
        sizes = sorted({round(piece.cell.size, 2) for piece in found if piece.cell.page == 0})
        self._sizes = {size: place / max(1, len(sizes) - 1) for place, size in enumerate(sizes)}
        self._towns = [piece.order for piece in found if piece.content[7] > 0]
        self._hosts = hosts_of(found)

    def of(self, piece: Piece) -> NDArray[np.float32]:
        """Return the features of a line that are not its words."""
        sheet, page = self._sheet, self._sheet.pages[piece.cell.page]
        left, top, right, bottom = page.fraction(piece.box)
        up, down = piece.chain("up", _NEAR_LINES), piece.chain("down", _NEAR_LINES)
        block = [*reversed(up), piece, *down]
        earlier = sum(order < piece.order for order in self._towns)
        values = [
            left,
            (left + right) / 2,
            right,
            (top + bottom) / 2,
            piece.cell.page == 0,
            piece.cell.page == len(sheet.pages) - 1,
            piece.cell.size / sheet.units[piece.cell.page] - 1.0,
            self._sizes.get(round(piece.cell.size, 2), 0.0) if piece.cell.page == 0 else 0.0,
            min(1.0, piece.order / 10),
            min(1.0, piece.order / 40),
            piece.order / max(1, self._count),
            len(up) / _NEAR_LINES,
            len(down) / _NEAR_LINES,
            min(4, earlier) / 4,
            min(4, len(self._towns) - earlier) / 4,
            min(3, self._times.get(key(piece.text), 1) - 1) / 3,
            hosted(piece.text, self._hosts),
            max((hosted(one.text, self._hosts) for one in block), default=0.0),
            max((float(one.content[9]) for one in block), default=0.0),
            max((float(one.content[10]) for one in block), default=0.0),
            piece.start > 0,
            piece.end < len(piece.cell.text),
            piece.cell.column > 0,
            len(sheet.rows[piece.cell.page][piece.cell.row]) > piece.cell.column + 1,
            gap(piece, piece.up),
            gap(piece.down, piece),
            *_tightest(block),
        ]
        values += _steps(down, 7) + _steps(up, 7) + _steps(up, 5) + _steps(down, 8)
        return np.array(values + self._hints(piece, up), dtype=np.float32)

    def _hints(self, piece: Piece, up: Sequence[Piece]) -> list[float]:
        """Return what labels above in the block, just above it, and to the left say."""
        beside = next(self._sheet.before(piece.cell), None)
        texts = [(piece.label, 1.0)]
        texts += [(one.text, 0.9**place) for place, one in enumerate(up)]
        texts += [(up[-1].label, 0.5)] if up else []
        top = up[-1] if up else piece
        for distance, other in self._sheet.above(top.cell, top.box):
            if distance > 3.5:
                break
            texts.append((other.text, 0.8 ** (len(up) + 1) / (1 + 0.2 * distance)))
            break
        found = dict.fromkeys(_HINTS, 0.0)
        for text, weight in texts:
            for name, quality in meaning(text).items():
                if name in found and quality > 0.6:
                    found[name] = max(found[name], quality * weight)
        left = dict.fromkeys(_HINTS[:3], 0.0)
        if beside is not None:
            for name, quality in meaning(beside.text).items():
                if name in left:
                    left[name] = quality
        return [*found.values(), *left.values()]


def _steps(lines: Sequence[Piece], place: int) -> list[float]:
    """Return how far the next line with a mark of content is: 1 for the next one, 0 for none."""
    for far, one in enumerate(lines[:4]):
        if one.content[place] > 0:
            return [float(far == step) for step in range(4)]
    return [0.0] * 4


def gap(low: Piece | None, high: Piece | None) -> float:
    """Return how far a line stands below another, in heights of print up to 3; 3 for none."""
    if low is None or high is None:
        return 3.0
    return min(3.0, max(0.0, low.box[1] - high.box[3]) / max(high.cell.size, 1e-6))


def _tightest(block: Sequence[Piece]) -> tuple[float, float]:
    """Return the least and the widest gap between lines of a block."""
    gaps = [gap(low, high) for high, low in pairwise(block)]
    return (min(gaps), max(gaps)) if gaps else (3.0, 3.0)


def hosted(text: str, hosts: Sequence[str]) -> float:
    """Return how much of a text is in the name of a host or mailbox of the document, 0 to 1."""
    said = "".join(char for char in folded(text) if char.isalnum())
    if len(said) < 4 or _CONTACT.search(text):
        return 0.0
    return max((_shared(host, said) for host in hosts), default=0.0)


def hosts_of(found: Sequence[Piece]) -> list[str]:
    """Return the names of hosts and mailboxes that lines print, letters and digits alone."""
    hosts = set()
    for piece in found:
        for match in re.finditer(r"(?:@|www\.|https?://(?:www\.)?)([\w-]{3,})", piece.text):
            hosts.add("".join(char for char in folded(match.group(1)) if char.isalnum()))
    return [host for host in hosts if len(host) >= 4]


def _shared(host: str, said: str) -> float:
    """Return the share of a host's name that starts a text or stands in it."""
    if host in said or said in host:
        return 1.0
    common = 0
    while common < min(len(host), len(said)) and host[common] == said[common]:
        common += 1
    return common / len(host) if common >= 4 else 0.0


def clean(text: str) -> str:
    """Return a text without marks and spaces around it, words one space apart."""
    return " ".join(text.split()).strip(" ,;:|-–")


def is_label(line: Piece) -> bool:
    """Return whether a line is a label or an address of the net, and no name."""
    known = meaning(line.text)
    return (bool(known) and max(known.values()) == 1.0) or line.content[9] > 0
