"""Print read by the networks of PP-OCR that come with the package `rapidocr`; no download, ever.

Only the networks of that package are used. What surrounds them is ours, since pages of print need
less than pictures of streets: the network that finds lines sees a page at the resolution where its
print is just large enough, and blank paper not at all; the one that reads them knows Latin letters
only, and tells how sure it is of each.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from socle.errors import MissingExtraError
from socle.machine import physical_cores
from socle.pages import Picture, Word
from socle.pages.rows import rows_of
from socle.pictures.detecting import Detector, Strip, height_of_print
from socle.pictures.parting import Piece, Type, pieces, type_of
from socle.pictures.spelling import LineReader, Spelt, narrowed
from socle.pictures.turning import Turn, laid

_LETTER = 9.0
"""Pixels: height of small letters at which lines are found well."""
_SCALES = (0.2, 2.0)
_MOST_PIXELS = 3_000_000
"""Of what the network that finds lines sees: its memory grows with them."""
_USUAL_DPI = 110.0
"""Where print has no height of its own to go by, lines are sought at this resolution."""
_LEANS = 4.0
"""Degrees from which on a picture is levelled before lines are sought again."""
_SAMPLE = 6
"""Lines read first, to see whether the page stands on its head."""
_PLAIN = 0.85
"""Print that is read as surely as this stands upright."""
_LEAST = 0.5
"""Lines read less surely are no print."""
_BOX, _SIZE = 0.85, 0.75
"""Of the height of a found line: the box of a word in a text layer, and the size of its type."""
_LONE = 2.0
"""A tall strip of less than so many times the height of a line may be a lone letter."""
_TURNED_LESS = 0.02
"""Print that runs up or down must be read by so much more surely than level print."""
_MOST_THREADS = 4


@dataclass(frozen=True)
class _Sheet:
    """A picture whose print is level, the strips of print on it, and how it was turned."""

    picture: Picture
    strips: list[Strip]
    turn: Turn


@dataclass(frozen=True)
class _Line:
    """A strip, what it looks like, and what it says."""

    strip: Strip
    picture: Picture
    spelt: Spelt

    @cached_property
    def setting(self) -> Type:
        """How it is set; as lines usually are, where that is unclear."""
        high = self.picture.shape[0]
        usual = Type(0.5 * high, _BOX * high, _SIZE * high)
        return type_of(self.picture, self.spelt.text) or usual


class _Rapid:
    """PP-OCR on onnxruntime; its networks are loaded with the first picture."""

    name = "rapid"

    def words(self, picture: Picture, dpi: float) -> tuple[Word, ...]:
        """Return the words of a picture, boxes in its pixels, in reading order.

        The picture may be turned in any way; boxes are of the picture as it was given.

        Args:
            picture: greys or RGB.
            dpi: dots per inch, as far as they are known.

        Raises:
            MissingExtraError: the package `rapidocr` is not installed.
        """
        sheet = _levelled(self._detector, np.ascontiguousarray(picture), dpi)
        sheet = self._on_its_feet(sheet)
        placed: list[tuple[Word, Word]] = []
        for line in self._lines(sheet):
            parts = pieces(line.picture, line.spelt, line.setting.size)
            placed += [_word(line, piece, sheet.turn) for piece in parts]
        original = {id(level): word for level, word in placed}
        rows = rows_of([level for level, _ in placed])
        return tuple(original[id(word)] for row in rows for word in row.words)

    def _on_its_feet(self, sheet: _Sheet) -> _Sheet:
        """Return a sheet turned by half if its longest lines are read better that way."""
        sample = sorted(sheet.strips, key=lambda strip: -strip.long / strip.high)[:_SAMPLE]
        cuts = [strip.cut(sheet.picture) for strip in sample]
        sure = _confidence(self._reader.read(cuts))
        if not sample or sure > _PLAIN:
            return sheet
        turned = [np.ascontiguousarray(np.rot90(cut, 2)) for cut in cuts]
        return _half_turned(sheet) if _confidence(self._reader.read(turned)) > sure else sheet

    def _lines(self, sheet: _Sheet) -> list[_Line]:
        """Return the lines of a sheet that are print."""
        level = [strip.high for strip in sheet.strips if not strip.tall]
        usual = median(level) if level else 0.0
        tries: list[tuple[int, Strip]] = []
        for number, strip in enumerate(sheet.strips):
            # What stands on its end is a lone letter, or print that runs up or down the page.
            if not strip.tall or strip.high < _LONE * usual:
                tries.append((number, strip))
            if strip.tall:
                tries += [(number, strip.turned(90)), (number, strip.turned(-90))]
        cuts = [strip.cut(sheet.picture) for _, strip in tries]
        best: dict[int, _Line] = {}
        for (number, strip), cut, spelt in zip(tries, cuts, self._reader.read(cuts), strict=True):
            known = best.get(number)
            if known is None or spelt.confidence > known.spelt.confidence + _TURNED_LESS:
                best[number] = _Line(strip, cut, spelt)
        return [line for line in best.values() if line.spelt.confidence >= _LEAST]

    @cached_property
    def _networks(self) -> tuple[Path, Path]:
        """The networks that find and read lines."""
        found = importlib.util.find_spec("rapidocr")
        if found is None or found.origin is None or not importlib.util.find_spec("cv2"):
            raise MissingExtraError("rapidocr", "documents")
        folder = Path(found.origin).parent / "models"
        finds, reads = sorted(folder.glob("*_det_*.onnx")), sorted(folder.glob("*_rec_*.onnx"))
        if not finds or not reads:
            raise MissingExtraError("rapidocr>=3.10", "documents")
        return finds[-1], reads[-1]

    @cached_property
    def _detector(self) -> Detector:
        return Detector(_session(str(self._networks[0])))

    @cached_property
    def _reader(self) -> LineReader:
        network, signs = narrowed(self._networks[1])
        return LineReader(_session(network), signs)


OPTION = _Rapid()


def _session(network: str | bytes) -> Any:
    """Return a session that leaves neighbours their cores, and gives memory back after each run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(_MOST_THREADS, physical_cores())
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])


def _levelled(detector: Detector, picture: Picture, dpi: float) -> _Sheet:
    """Return a picture turned so that its lines are level; it may stand on its head."""
    high, wide = picture.shape[:2]
    scale = _scale(picture, dpi)
    strips = detector.strips(picture, scale)
    degrees = _lean(strips)
    turn = Turn.by(degrees, wide, high)
    if degrees:
        picture = turn.picture(picture)
        strips = detector.strips(picture, scale)
    return _Sheet(picture, strips, turn)


def _scale(picture: Picture, dpi: float) -> float:
    """Return by how much a picture is made smaller for the network that finds lines."""
    high, wide = picture.shape[:2]
    letter = height_of_print(picture)
    scale = _LETTER / letter if letter else _USUAL_DPI / max(dpi, 1.0)
    scale = min(max(scale, _SCALES[0]), _SCALES[1])
    return min(scale, math.sqrt(_MOST_PIXELS / (high * wide)))


def _lean(strips: Sequence[Strip]) -> float:
    """Return by how many degrees (clockwise) a picture must be turned to make its lines level."""
    clear = [strip for strip in strips if strip.tall or strip.long > 1.5 * strip.high]
    if not clear:
        return 0.0
    length = np.array([max(strip.long, strip.high) for strip in clear])
    tall = np.array([strip.tall for strip in clear])
    lies = float(length[tall].sum()) > float(length[~tall].sum())
    angles = np.array([strip.angle for strip in clear])[tall == lies]
    order = np.argsort(angles)
    total = np.cumsum(length[tall == lies][order])
    lean = float(angles[order][np.searchsorted(total, total[-1] / 2)])
    lean = lean if abs(lean) > _LEANS else 0.0
    return (-90.0 if lies else 0.0) - lean


def _half_turned(sheet: _Sheet) -> _Sheet:
    """Return a sheet turned by half a circle, with its strips."""
    high, wide = sheet.picture.shape[:2]
    half = Turn.by(180, wide, high)
    strips = [replace(strip, x=wide - strip.x, y=high - strip.y) for strip in sheet.strips]
    return _Sheet(half.picture(sheet.picture), strips, sheet.turn.then_half())


def _confidence(spelt: Sequence[Spelt]) -> float:
    return median(line.confidence for line in spelt) if spelt else 0.0


def _word(line: _Line, piece: Piece, turn: Turn) -> tuple[Word, Word]:
    """Return a word as it lies on the level sheet and as it lies in the picture."""
    strip, cut = line.strip, line.picture
    along = ((piece.left + piece.right) / 2 - 0.5) * strip.long
    share = strip.high / cut.shape[0]
    setting = line.setting
    across = setting.middle * share - 0.5 * strip.high
    cos, sin = math.cos(math.radians(strip.angle)), math.sin(math.radians(strip.angle))
    x, y = strip.x + cos * along - sin * across, strip.y + sin * along + cos * across
    long, high = (piece.right - piece.left) * strip.long, setting.high * share
    level = Word(
        piece.text,
        laid(x, y, long, high, strip.angle),
        round(float(np.mean(piece.sure)), 4),
        setting.size * share,
        tuple(round(odds, 4) for odds in piece.sure),
    )
    lies = laid(*turn.back(x, y), long, high, strip.angle - turn.degrees)
    return level, replace(level, box=lies)
