"""What lines of print say, letter by letter, by a network that reads along a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.pages import Picture
from socle.pages.letters import plain

HIGH = 48
"""Pixels that a line is high as the network sees it."""
_COLUMN = 8
"""Pixels of a line that become one column of its answer."""
_NARROWEST = 96
"""Pixels: the network reads a lone letter badly if it sees nothing beside it."""
_WIDEST = 3200
_AT_ONCE = 4096
"""Pixels of all lines that are read at a time, side by side: memory grows with them."""
_LETTERS = (
    "".join(map(chr, range(0x21, 0x7F)))
    + "".join(chr(c) for c in range(0xA1, 0x180) if chr(c) not in "\xadĸŉſĿŀĲĳŦŧŊŋĦħĈĉĜĝĤĥĴĵŜŝŬŭ")
    + "ȘșȚțƒẞ€₤–—‘’“”„‚‹›…•†‡‰™℮№−≤≥√→←☐☑☒✓✔✗✘□■●○▪▶"
    + "！＃％＆（）＋，－．／０１２３４５６７８９：；＝？＠￥"
)
"""What is expected in papers of Europe and America. The network knows 18,000 signs of the whole
world, and takes the Greek or Cyrillic twin of a letter, or a sign of Chinese for `<`, if allowed.
"""
_DASHES = str.maketrans({"—": "-", "–": "-", "‘": "'", "’": "'", "‚": ","})


@dataclass(frozen=True)
class Spelt:
    """What one line says.

    Attributes:
        text: with spaces where the network saw some.
        sure: the probability of each letter.
        places: where the middle of each letter lies along the line, 0 to 1.
    """

    text: str
    sure: tuple[float, ...]
    places: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """The mean probability of a letter; 0 of an empty line."""
        return float(np.mean(self.sure)) if self.sure else 0.0


class LineReader:
    """Reads lines of print.

    Args:
        session: of onnxruntime, with a network of the kind CTC as PP-OCR has it:
            (lines, 3, 48, width) in BGR from -1 to 1 -> (lines, columns, signs).
        signs: what its answers mean; the first is none.
    """

    def __init__(self, session: Any, signs: Sequence[str]) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._signs = [plain(sign) if sign.strip() else sign for sign in signs]

    def read(self, lines: Sequence[Picture]) -> list[Spelt]:
        """Return what lines (greys or RGB, each level and closely cut) say, in their order."""
        wide = [_width(line) for line in lines]
        order = sorted(range(len(lines)), key=wide.__getitem__)
        spelt: dict[int, Spelt] = {}
        while order:
            batch = [order.pop(0)]
            while order and wide[order[0]] * (len(batch) + 1) <= _AT_ONCE:
                batch.append(order.pop(0))
            broad = max(_NARROWEST, *(wide[i] for i in batch))
            given = np.zeros((len(batch), 3, HIGH, broad), np.float32)
            for row, i in enumerate(batch):
                given[row, :, :, : wide[i]] = _seen(lines[i], wide[i])
            answers = self._session.run(None, {self._input: given})[0]
            for row, i in enumerate(batch):
                spelt[i] = self._spelt(answers[row], wide[i])
        return [spelt[i] for i in range(len(lines))]

    def _spelt(self, answer: NDArray[np.float32], wide: int) -> Spelt:
        """Return the letters of one line: runs of the same sign are one letter."""
        best = answer.argmax(axis=1)
        odds = answer[np.arange(len(best)), best]
        ends = np.flatnonzero(np.diff(best)) + 1
        text, sure, places = "", [], []
        for run in np.split(np.arange(len(best)), ends):
            sign = int(best[run[0]])
            if not sign:
                continue
            said = self._signs[sign]
            middle = (float(run[0] + run[-1]) / 2 + 0.5) * _COLUMN / wide
            text += said
            sure += [float(odds[run].max())] * len(said)
            places += [min(middle, 1.0)] * len(said)
        return Spelt(text, tuple(sure), tuple(places))


def narrowed(path: Path) -> tuple[bytes, list[str]]:
    """Return a network that reads lines, with only the signs that we expect, and these.

    Its last step gives each of 18,000 signs its odds; without most of them it is faster, and
    cannot take one for its twin.

    Args:
        path: an ONNX file of PP-OCR that holds its own table of signs.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    table = {entry.key: entry.value for entry in model.metadata_props}["character"].splitlines()
    signs = ["", *table, " "]
    kept = [i for i, sign in enumerate(signs) if i == 0 or sign == " " or sign in _LETTERS]
    by_name = {weight.name: weight for weight in model.graph.initializer}
    steps = {name: node for node in model.graph.node for name in node.output}
    node = steps[model.graph.output[0].name]
    while node.op_type != "MatMul":
        for name in node.input:
            if name in by_name:
                _keep(by_name[name], kept, numpy_helper)
        node = next(steps[name] for name in node.input if name in steps)
    _keep(by_name[node.input[1]], kept, numpy_helper)
    del model.graph.value_info[:]
    model.graph.output[0].type.tensor_type.ClearField("shape")
    return model.SerializeToString(), [signs[i] for i in kept]


def _keep(weight: Any, kept: Sequence[int], helper: Any) -> None:
    """Let a weight have only these of its last dimension."""
    whole = helper.to_array(weight)
    weight.CopyFrom(helper.from_array(np.ascontiguousarray(whole[..., list(kept)]), weight.name))


def _width(line: Picture) -> int:
    high, wide = line.shape[:2]
    return int(np.clip(np.ceil(HIGH * wide / max(high, 1)), 8, _WIDEST))


def _seen(line: Picture, wide: int) -> NDArray[np.float32]:
    """Return a line as the network sees it, (3, 48, wide)."""
    import cv2

    way = cv2.INTER_AREA if line.shape[0] > 1.5 * HIGH else cv2.INTER_LINEAR
    seen = np.asarray(cv2.resize(line, (wide, HIGH), interpolation=way), dtype=np.float32)
    seen = (
        np.repeat(seen[None], 3, axis=0) if seen.ndim == 2 else seen[:, :, ::-1].transpose(2, 0, 1)
    )
    return np.asarray(seen * (2 / 255) - 1, dtype=np.float32)
