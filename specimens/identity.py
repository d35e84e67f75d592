"""Identity papers of invented persons: zones with right check digits, and pictures of cards.

    from specimens.identity import paper, picture
    one = paper(random.Random(0))
    image = picture(one, random.Random(0))

All persons, numbers and pictures are invented; the issuing state is UTO, the specimen state of
ICAO Doc 9303, unless a format demands another.
"""

from __future__ import annotations

import random
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from socle.checks.mrz import FILLER, Span, Zone, check_digit, formats

KINDS = ("TD3", "TD1", "TD2", "MRV-A", "MRV-B", "FRA-ID")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SIGNS = _LETTERS + "0123456789"
_WRITTEN = {"Ü": "UE", "Ö": "OE", "Ä": "AE", "Ø": "OE", "Ñ": "N"}
_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_LABELS: dict[str, list[str]] = _TOLD["labels"]
_TITLES: dict[str, list[str]] = _TOLD["titles"]
_MONTHS = ["JAN", "FEV", "MAR", "AVR", "MAI", "JUN", "JUL", "AOU", "SEP", "OCT", "NOV", "DEC"]


@dataclass(frozen=True)
class Paper:
    """A made-up paper.

    Attributes:
        kind: layout of the zone, see `socle.checks.mrz`.
        truth: canonical names to values; names as the zone spells them.
        printed: canonical names to texts, as they stand in print.
    """

    kind: str
    lines: tuple[str, ...]
    truth: dict[str, str]
    printed: dict[str, str] = field(default_factory=dict)


def paper(draw: random.Random, kind: str = "", today: date | None = None) -> Paper:
    """Return a paper of an invented person.

    Args:
        draw: source of chance.
        kind: one of `KINDS`; drawn if empty.
        today: papers are issued within the ten years before this day.
    """
    today = today or date.today()
    kind = kind or draw.choice(KINDS)
    birth = today - timedelta(days=draw.randrange(2 * 365, 90 * 365))
    issue = today - timedelta(days=draw.randrange(1, 9 * 365))
    expiry = date(issue.year + 10, issue.month, min(issue.day, 28))
    surname = " ".join(draw.sample(_TOLD["surnames"], draw.choice((1, 1, 1, 2))))
    given = " ".join(draw.sample(_TOLD["given_names"], draw.choice((1, 2, 2, 3))))
    state = "FRA" if kind == "FRA-ID" else "UTO"
    truth = {
        "document_type": {"TD3": "P", "MRV-A": "V", "MRV-B": "V", "FRA-ID": "ID"}.get(kind, "I"),
        "issuing_state": state,
        "nationality": state if state == "FRA" else draw.choice(_TOLD["nations"]),
        "surname": written(surname),
        "given_names": written(given),
        "birth_date": birth.isoformat(),
        "sex": draw.choice("MFX") if kind != "FRA-ID" else draw.choice("MF"),
        "expiry_date": expiry.isoformat(),
        "document_number": _number(draw, kind, issue),
        "optional_data": draw.choice(("", "", "".join(draw.choices(_SIGNS, k=6)))),
    }
    if kind == "FRA-ID":
        del truth["expiry_date"], truth["optional_data"]
        truth["issue_date"] = issue.isoformat()[:7]
    lines = _lines(kind, truth, draw)
    printed = truth | {"surname": surname, "given_names": given}
    printed |= {"birth_place": draw.choice(_TOLD["places"])}
    if kind == "FRA-ID":
        del printed["issue_date"]  # stands on the back
    else:
        printed["issue_date"] = issue.isoformat()
    del printed["document_type"], printed["issuing_state"]
    printed.pop("optional_data", None)
    shape = draw.randrange(4)
    for name in [name for name in printed if name.endswith("_date")]:
        printed[name] = _day(printed[name], shape)
    return Paper(kind, lines, _cut(kind, {k: v for k, v in truth.items() if v}, lines), printed)


def label_of(name: str, draw: random.Random) -> str:
    """Return one of the labels that a field may have."""
    return draw.choice(_LABELS[name])


def title_of(kind: str, draw: random.Random) -> str:
    """Return one of the titles that a paper may have."""
    return draw.choice(_TITLES[kind])


def written(name: str) -> str:
    """Return a printed name as a zone spells it, with spaces for fillers."""
    spelt = "".join(_WRITTEN.get(c, c) for c in name.upper()).replace("'", "")
    plain = unicodedata.normalize("NFD", spelt.replace("-", " "))
    return "".join(c for c in plain if not unicodedata.combining(c))


def corrupted(lines: Sequence[str], draw: random.Random, errors: int, pool: str) -> tuple[str, ...]:
    """Return lines in which so many characters were taken for others.

    Args:
        lines: of a zone.
        draw: source of chance.
        errors: how many characters.
        pool: `plain`: O0 I1 Z2 S5 B8 QD; `blind`: also G6 L1 K<, which check digits cannot tell
            apart; `any`: any character for any other, and one line may lose or gain a filler.
    """
    pairs = _PAIRS["plain"] if pool == "plain" else _PAIRS["plain"] | _PAIRS["blind"]
    grid = [list(line) for line in lines]
    places = [(i, j) for i, line in enumerate(grid) for j, c in enumerate(line) if c in pairs]
    if pool == "any":
        places = [(i, j) for i, line in enumerate(grid) for j in range(len(line))]
    for i, j in draw.sample(places, min(errors, len(places))):
        others = pairs.get(grid[i][j], "")
        if pool == "any" and (not others or draw.random() < 0.5):
            others = (_SIGNS + FILLER).replace(grid[i][j], "")
        grid[i][j] = draw.choice(others)
    done = ["".join(line) for line in grid]
    if pool == "any" and draw.random() < 0.2:
        at = draw.randrange(len(done))
        run = done[at].find(FILLER * 2)
        if run >= 0:
            change = draw.choice((FILLER * 3, FILLER))
            done[at] = done[at][:run] + change + done[at][run + 2 :]
    return tuple(done)


_PAIRS = {
    "plain": {
        "O": "0", "0": "O", "I": "1", "1": "I", "Z": "2", "2": "Z", "S": "5", "5": "S", "B": "8",
        "8": "B", "Q": "D", "D": "Q",
    },
    "blind": {"G": "6", "6": "G", "L": "1", "K": "<", "<": "K"},
}  # fmt: skip


def picture(one: Paper, draw: random.Random) -> Image.Image:
    """Return a picture of the paper as a scan or a photo shows it, in colours."""
    wide, high = (1000, 704) if one.kind in ("TD3", "MRV-A") else (1000, 690)
    card = Image.new("RGB", (wide, high), _pale(draw))
    pen = ImageDraw.Draw(card)
    for _ in range(draw.randrange(6, 20)):
        x, y, size = draw.randrange(wide), draw.randrange(high), draw.randrange(100, 500)
        pen.arc((x, y, x + size, y + size), 0, 360, fill=_pale(draw, 190), width=1)
    title = "RÉPUBLIQUE FRANÇAISE" if one.kind == "FRA-ID" else "UTOPIA"
    pen.text((50, 24), f"{title}   {draw.choice(_TITLES[one.kind])}", (30, 30, 90), _sans(32))
    pen.rectangle((50, 100, 280, 400), fill=(185, 185, 185))
    _print_fields(pen, one, draw)
    _print_zone(pen, one, wide, high)
    return degraded(card, draw)


def degraded(card: Image.Image, draw: random.Random) -> Image.Image:
    """Return a picture turned, blurred, unevenly lit and noisy, by chance."""
    edge = draw.randrange(0, 60)
    frame = Image.new("RGB", (card.width + 2 * edge, card.height + 2 * edge), (120, 120, 120))
    frame.paste(card, (edge, edge))
    turned = frame.rotate(
        draw.uniform(-3, 3), Image.Resampling.BICUBIC, True, fillcolor=(120, 120, 120)
    )
    zoom = draw.uniform(0.7, 1.3)
    turned = turned.resize((int(turned.width * zoom), int(turned.height * zoom)))
    turned = turned.filter(ImageFilter.GaussianBlur(draw.uniform(0, 1.4 * zoom)))
    pixels = np.asarray(turned, dtype=np.float32)
    chance = np.random.default_rng(draw.randrange(2**32))
    light = np.linspace(draw.uniform(0.8, 1), draw.uniform(0.8, 1), pixels.shape[1])
    noise = chance.normal(0, draw.uniform(0, 14), pixels.shape)
    return Image.fromarray(np.clip(pixels * light[None, :, None] + noise, 0, 255).astype(np.uint8))


def _print_fields(pen: ImageDraw.ImageDraw, one: Paper, draw: random.Random) -> None:
    names = [name for name in _LABELS if name in one.printed]
    across, x, y = draw.random() < 0.4, 320, 92
    step = 50 if not across else 62
    for i, name in enumerate(names):
        left = x + (330 if across and i % 2 else 0)
        label = draw.choice(_LABELS[name])
        if across:
            label = min(_LABELS[name], key=len)
        pen.text((left, y), label, (90, 90, 110), _sans(16))
        pen.text((left, y + 19), one.printed[name], (15, 15, 15), _sans(22))
        y += step if not across or i % 2 else 0


def _print_zone(pen: ImageDraw.ImageDraw, one: Paper, wide: int, high: int) -> None:
    step = 48
    top = high - 30 - step * len(one.lines)
    pen.rectangle((0, top - 20, wide, high), fill=(245, 245, 245))
    font = _ocr_b(34)
    pitch = (wide - 80) / len(one.lines[0])
    for row, line in enumerate(one.lines):
        for column, character in enumerate(line):
            spot = (40 + pitch * (column + 0.5), top + step * row + step / 2)
            pen.text(spot, character, (15, 15, 15), font, anchor="mm")


@cache
def _ocr_b(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return OCR-B (Debian's fonts-ocr-b) or, where it is not installed, a fixed-width font."""
    return _font(("OCRB.otf", "OCRB.ttf", "ocrb10.otf", "DejaVuSansMono.ttf"), size)


@cache
def _sans(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return _font(("DejaVuSans.ttf", "LiberationSans-Regular.ttf"), size)


def _font(names: Sequence[str], size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in names:
        for folder in _font_folders():
            for path in folder.rglob(name):
                return ImageFont.truetype(str(path), size)
    return ImageFont.load_default(size)


@cache
def _font_folders() -> tuple[Path, ...]:
    import importlib.util

    folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts"]
    found = importlib.util.find_spec("matplotlib")
    if found and found.origin:
        folders.append(Path(found.origin).parent / "mpl-data" / "fonts" / "ttf")
    return tuple(folder for folder in folders if folder.is_dir())


def _pale(draw: random.Random, least: int = 215) -> tuple[int, int, int]:
    return draw.randrange(least, 250), draw.randrange(least, 250), draw.randrange(least, 250)


def _day(iso: str, shape: int) -> str:
    if len(iso) == 7:
        return iso
    day = date.fromisoformat(iso)
    return (
        day.strftime("%d.%m.%Y"),
        day.strftime("%d/%m/%Y"),
        day.strftime("%d %m %Y"),
        f"{day:%d} {_MONTHS[day.month - 1]} {day:%Y}",
    )[shape]


def _number(draw: random.Random, kind: str, issue: date) -> str:
    if kind == "FRA-ID":
        return f"{issue:%y%m}{draw.randrange(1, 96):02}{draw.randrange(10**6):06}"
    if draw.random() < 0.3:
        return f"{draw.randrange(10, 99)}{''.join(draw.choices(_LETTERS, k=2))}" + "".join(
            draw.choices("0123456789", k=5)
        )
    return "".join(draw.choices(_SIGNS, k=draw.choice((8, 9, 9, 9))))


def _lines(kind: str, truth: dict[str, str], draw: random.Random) -> tuple[str, ...]:
    layout = formats()[kind]
    grid = [[FILLER] * layout.width for _ in range(layout.lines)]
    zone = {**truth, "names": f"{truth['surname']}<<{truth['given_names']}"}
    if kind == "FRA-ID":
        zone["office"] = f"{draw.randrange(1, 96):03}{draw.randrange(1, 999):03}"
        zone["given_names"] = truth["given_names"].replace(" ", "<<")
    for name, span in layout.parts.items():
        text = zone.get(name, "")
        if name.endswith("_date"):
            text = text.replace("-", "")[2:]
        if name == "sex" and text == "X":
            text = FILLER
        _put(grid, span, text.replace(" ", FILLER))
    for digit in layout.digits:
        covered = "".join(span.of(tuple("".join(line) for line in grid)) for span in digit.over)
        text = FILLER if digit.filler and not covered.strip(FILLER) else check_digit(covered)
        _put(grid, digit.at, text)
    return tuple("".join(line) for line in grid)


def _put(grid: list[list[str]], span: Span, text: str) -> None:
    for (line, column), character in zip(span.places(), text, strict=False):
        grid[line][column] = character


def _cut(kind: str, truth: dict[str, str], lines: tuple[str, ...]) -> dict[str, str]:
    """Return the truth with names as far as the zone has room for them."""
    from socle.checks.mrz import values_of

    said = values_of(Zone(formats()[kind], lines), date.today())
    return truth | {name: said[name] for name in ("surname", "given_names") if name in said}
