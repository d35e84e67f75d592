"""RapidOCR: the small PP-OCR models that come inside its wheel, on ONNX Runtime.

Its detector finds the lines of print; they are recognised here, for the probability and the place
of every character, which its own output does not give. Nothing is ever downloaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.errors import MissingExtraError, ResourceError
from socle.machine import physical_cores
from socle.pages import Picture, Word
from socle.pages.print import Line, decoded, words_of

_LONGEST_SIDE = 2600
"""Pixels; larger pictures are read smaller. The default of the library loses small print."""
_DETECTED_SIDE = 1280
"""Lines of print are looked for in a picture of this size at most."""
_HEIGHT = 48
_STEP = 32
"""Widths of line pictures are rounded up to a multiple, so that alike ones are read together."""
_WIDEST = 3200
_TOGETHER = 6
_LEAST = 0.5
"""Mean probability of its characters below which a line is noise."""


@dataclass(frozen=True)
class _Crop:
    """A line of print, turned upright: its corners in the picture and its pixels."""

    corners: NDArray[np.float32]
    pixels: NDArray[np.uint8]


class Rapid:
    """The option. Models are loaded at the first picture, and stay."""

    name = "rapid"

    def words(self, picture: Picture, dpi: float) -> tuple[Word, ...]:
        """Return the words of a picture, see `socle.ocr.Recogniser`."""
        found: list[Word] = []
        for crop, line in self.lines(picture):
            found += words_of(line, crop)
        return tuple(found)

    def lines(self, picture: Picture) -> list[tuple[NDArray[np.float32], Line]]:
        """Return the lines of print: corners in pixels of the picture, clockwise from the upper
        left one, (4, 2), and what was read.
        """
        colours = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
        colours = np.ascontiguousarray(colours[:, :, ::-1])  # the models were trained on BGR
        crops = [_crop(colours, corners) for corners in self._detected(colours)]
        read = self._recognised([crop.pixels for crop in crops])
        return [
            (crop.corners, line)
            for crop, line in zip(crops, read, strict=True)
            if line.text.strip() and line.confidence >= _LEAST
        ]

    def _detected(self, picture: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        found = self._detector(picture, use_det=True, use_cls=False, use_rec=False)
        boxes = getattr(found, "boxes", None)
        if boxes is None:
            return []
        return sorted(
            (np.asarray(box, dtype=np.float32) for box in boxes),
            key=lambda box: (float(box[:, 1].mean()), float(box[:, 0].min())),
        )

    def _recognised(self, lines: list[NDArray[np.uint8]]) -> list[Line]:
        sized = [_sized(line) for line in lines]
        order = sorted(range(len(sized)), key=lambda i: sized[i].shape[2])
        found: dict[int, Line] = {}
        name = self._recogniser.get_inputs()[0].name
        at = 0
        while at < len(order):
            width = sized[order[at]].shape[2]
            chosen = [i for i in order[at : at + _TOGETHER] if sized[i].shape[2] == width]
            batch = np.stack([sized[i] for i in chosen])
            (scores,) = self._recogniser.run(None, {name: batch})
            for row, i in enumerate(chosen):
                share = min(1.0, _width(lines[i]) / width)
                found[i] = decoded(scores[row], self._alphabet, share)
            at += len(chosen)
        return [found[i] for i in range(len(lines))]

    @cached_property
    def _detector(self) -> Any:
        rapidocr = _library("rapidocr")
        import logging

        logging.getLogger("RapidOCR").setLevel(logging.ERROR)
        return rapidocr.RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.max_side_len": _LONGEST_SIDE,
                "Det.limit_side_len": _DETECTED_SIDE,
                "Det.limit_type": "max",
                "EngineConfig.onnxruntime.intra_op_num_threads": physical_cores(),
            }
        )

    @cached_property
    def _recogniser(self) -> Any:
        onnxruntime = _library("onnxruntime")
        folder = Path(_library("rapidocr").__file__).parent / "models"
        found = sorted(folder.glob("*_rec_*.onnx"))
        if not found:
            raise ResourceError(
                f"There is no model that reads print in {folder}.",
                'Install the package anew: pip install --force-reinstall "rapidocr>=3.10"',
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = physical_cores()
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False
        return onnxruntime.InferenceSession(found[-1], options, ["CPUExecutionProvider"])

    @cached_property
    def _alphabet(self) -> list[str]:
        facts = self._recogniser.get_modelmeta().custom_metadata_map
        return ["", *facts["character"].splitlines(), " "]


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtraError(name, "documents") from error


def _crop(picture: NDArray[np.uint8], corners: NDArray[np.float32]) -> _Crop:
    """Return the line between four corners; one that stands upright is laid down."""
    cv2 = _library("cv2")
    wide = max(np.linalg.norm(corners[0] - corners[1]), np.linalg.norm(corners[2] - corners[3]))
    high = max(np.linalg.norm(corners[0] - corners[3]), np.linalg.norm(corners[1] - corners[2]))
    if high >= 1.5 * wide:
        corners = np.roll(corners, -1, axis=0)
        wide, high = high, wide
    width, height = max(1, round(float(wide))), max(1, round(float(high)))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    turn = cv2.getPerspectiveTransform(corners, target)
    pixels = cv2.warpPerspective(
        picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return _Crop(corners, pixels)


def _width(line: NDArray[np.uint8]) -> int:
    high, wide = int(line.shape[0]), int(line.shape[1])
    return min(_WIDEST, max(1, -(-wide * _HEIGHT // high)))


def _sized(line: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return a line picture at the height of the model, (3, height, width), from -1 to 1."""
    cv2 = _library("cv2")
    width = _width(line)
    padded = max(320, -(-width // _STEP) * _STEP)
    small = cv2.resize(line, (width, _HEIGHT)).astype(np.float32)
    out = np.zeros((3, _HEIGHT, padded), dtype=np.float32)
    out[:, :, :width] = (small / 127.5 - 1).transpose(2, 0, 1)
    return out


OPTION = Rapid()
