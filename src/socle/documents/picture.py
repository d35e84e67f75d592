"""Pictures by Pillow: PNG, JPEG, TIFF of several pages and WebP, upright and in RGB or greys."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from socle.documents import Given
from socle.errors import MissingExtraError, UnreadableError
from socle.pages import Document, Page, Picture

if TYPE_CHECKING:
    from PIL import Image

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0", "image/tiff"),
    (b"MM\0+", "image/tiff"),
)
_FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/tiff": "TIFF",
    "image/webp": "WEBP",
}
_LIKELY_DPI = (50.0, 1300.0)
"""What a file says beyond these is a default of some program (1, 72 000) and no resolution."""
_USUAL_DPI = 200.0
_TURNED = (5, 6, 7, 8)
"""Orientations of EXIF that lay a picture on its side."""


class _Picture:
    """Pictures of pages."""

    name = "picture"

    def suits(self, content: bytes) -> tuple[float, str]:
        """Return 1 for what begins like one of the formats."""
        for magic, media in _MAGIC:
            if content.startswith(magic):
                return 1.0, media
        webp = content.startswith(b"RIFF") and content[8:12] == b"WEBP"
        return float(webp), "image/webp"

    def open(self, given: Given, media: str) -> Document:
        """Return one page for each picture in the file, without words."""
        name, limits = given.path.name, given.limits
        if media == "image/webp":
            _refuse_large(given, *_webp_size(given.content))
        with _understood(name), _image(given.content, media) as image:
            count = getattr(image, "n_frames", 1) if media == "image/tiff" else 1
            if count > limits.pages:
                raise UnreadableError(
                    f"{name} holds {count} pictures; at most {limits.pages} are read.",
                    "Split it, or raise the limit if you trust it.",
                )
            pages = tuple(self._page(image, i, given, media, count) for i in range(count))
        # What is cut off shows itself here; of many pictures each is decoded when it is asked for.
        if count == 1 and pages[0].render:
            pages[0].render(pages[0].dpi)
        return Document(given.path, media, pages)

    def _page(self, image: Any, index: int, given: Given, media: str, count: int) -> Page:
        if index:
            image.seek(index)
        wide, high = image.size
        _refuse_large(given, wide, high)
        if image.getexif().get(0x0112) in _TURNED:
            wide, high = high, wide
        own = _dpi(image.info.get("dpi"))
        render = _Render(given, media, index, own, kept=count == 1)
        return Page(index + 1, float(wide), float(high), render=render, dpi=own)


OPTION = _Picture()


@dataclass(frozen=True)
class _Render:
    """Decodes one picture when it is asked to."""

    given: Given
    media: str
    index: int
    dpi: float
    kept: bool

    def __call__(self, dpi: float) -> Picture:
        """Return the picture at so many dots per inch, or what the limit of pixels leaves.

        Raises:
            UnreadableError: it is damaged or cut off.
        """
        picture = self._once if self.kept else self._decoded()
        if abs(dpi / self.dpi - 1) < 0.01:
            return picture
        from PIL import Image

        high, wide = picture.shape[:2]
        most = self.given.limits.pixels
        scale = min(dpi / self.dpi, math.sqrt(most / (wide * high)))
        size = (max(1, int(wide * scale)), max(1, int(high * scale)))
        if size[0] * size[1] > most:
            return picture
        resized = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
        return np.asarray(resized, dtype=np.uint8)

    @cached_property
    def _once(self) -> Picture:
        return self._decoded()

    def _decoded(self) -> Picture:
        from PIL import ImageOps

        given = self.given
        with _understood(given.path.name), _image(given.content, self.media) as image:
            if self.index:
                image.seek(self.index)
            _refuse_large(given, *image.size)
            image.load()
            upright = ImageOps.exif_transpose(image) if image.getexif().get(0x0112) else image
            return _plain(upright)


def _image(content: bytes, media: str) -> Any:
    """Return the picture of Pillow, of which only the head was read."""
    from PIL import Image

    return Image.open(io.BytesIO(content), formats=[_FORMATS[media]])


@contextmanager
def _understood(name: str) -> Iterator[None]:
    """Turn what Pillow says into errors for users; pixels are counted by us."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise MissingExtraError("pillow", "documents") from error
    pillows_own, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (UnreadableError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise UnreadableError(f"{name} is a damaged picture.", "Get it again.") from error
    except Exception as error:
        cut = "truncated" in str(error).lower() or isinstance(error, EOFError)
        what = "is cut off" if cut else f"is a damaged picture ({error})"
        raise UnreadableError(f"{name} {what}.", "Download or copy it again.") from error
    finally:
        Image.MAX_IMAGE_PIXELS = pillows_own


def _plain(image: Image.Image) -> Picture:
    """Return greys or RGB of 8 bits; what is transparent lies on white."""
    from PIL import Image

    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _eight_bits(np.asarray(image), image.mode)
    if image.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in image.info:
        clear = image.convert("RGBA")
        paper = Image.new("RGBA", clear.size, "white")
        return np.asarray(Image.alpha_composite(paper, clear).convert("RGB"), dtype=np.uint8)
    grey = image.mode in ("1", "L")
    return np.asarray(image.convert("L" if grey else "RGB"), dtype=np.uint8)


def _eight_bits(picture: Any, mode: str) -> Picture:
    """Return greys of 16 bits, whole numbers or fractions in 8 bits."""
    values = picture.astype(np.float32)
    top = float(np.nanmax(values, initial=0.0))
    most = 65535.0 if mode != "F" or top > 255 else (255.0 if top > 1 else 1.0)
    if mode == "I" and top <= 255:
        most = 255.0
    scaled = np.nan_to_num(values) * (255.0 / most)
    return np.asarray(np.clip(scaled, 0, 255), dtype=np.uint8)


def _dpi(told: Any) -> float:
    try:
        low = min(float(side) for side in told)
    except (TypeError, ValueError, ZeroDivisionError):
        return _USUAL_DPI
    return low if _LIKELY_DPI[0] <= low <= _LIKELY_DPI[1] else _USUAL_DPI


def _refuse_large(given: Given, wide: int, high: int) -> None:
    most = given.limits.pixels
    if wide * high > most:
        raise UnreadableError(
            f"{given.path.name} has {wide} x {high} = {wide * high / 1e6:.0f} million pixels; at "
            f"most {most / 1e6:g} million are read.",
            "Save it at a lower resolution, or raise the limit if you trust it.",
        )


def _webp_size(content: bytes) -> tuple[int, int]:
    """Return width and height, which Pillow tells only after it has made room for them.

    Source: RFC 9649, sections 2.5 to 2.7.
    """
    kind = content[12:16]
    if kind == b"VP8X":
        wide, high = content[24:27], content[27:30]
        return 1 + int.from_bytes(wide, "little"), 1 + int.from_bytes(high, "little")
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    wide, high = content[26:28], content[28:30]
    return int.from_bytes(wide, "little") & 0x3FFF, int.from_bytes(high, "little") & 0x3FFF
