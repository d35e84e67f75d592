"""Print read by the program Tesseract, where it is installed: fast on clean scans, blind to photos.

It is a program of its own. Guarded processes may start none (see `socle.confining`): there it says
that it is absent, and whoever wants it asks for it outside of the guard.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from socle.errors import MissingExtraError, ResourceError
from socle.machine import physical_cores
from socle.pages import Picture, Word

_PROGRAM = "tesseract"
_LANGUAGES = ("fra", "eng", "deu")
_PATIENCE = 60.0
"""Seconds for one page: on some it never ends."""
_WORD = "5"
"""The level of a row that tells of a word."""
_LEAST = 10.0
"""Percent: what is less sure is dirt."""
_SIZE = 1.25
"""Type is so many times as large as the box around its letters."""


class _Tesseract:
    """Tesseract 4 or later, with the languages among French, English and German that it has."""

    name = "tesseract"

    @property
    def present(self) -> bool:
        """Whether the program is installed and may be started."""
        try:
            return bool(self._languages)
        except (MissingExtraError, ResourceError):
            return False

    def words(self, picture: Picture, dpi: float) -> tuple[Word, ...]:
        """Return the words of a picture that stands upright, boxes in its pixels.

        Args:
            picture: greys or RGB.
            dpi: dots per inch, as far as they are known.

        Raises:
            MissingExtraError: the program is not installed.
            ResourceError: it may not be started, failed, or took more than a minute.
        """
        options = ["-l", "+".join(self._languages), "--dpi", str(max(70, round(dpi)))]
        told = self._run(["stdin", "stdout", *options, "--psm", "3", "tsv"], _bitmap(picture))
        return tuple(_words(told))

    @cached_property
    def _program(self) -> str:
        found = shutil.which(_PROGRAM)
        if found is None:
            raise MissingExtraError("tesseract (a program of your system)", "documents")
        return found

    @cached_property
    def _languages(self) -> tuple[str, ...]:
        known = self._run(["--list-langs"]).split()
        languages = tuple(name for name in _LANGUAGES if name in known)
        if not languages:
            raise MissingExtraError("tesseract-ocr-fra (of your system)", "documents")
        return languages

    def _run(self, arguments: list[str], given: bytes = b"") -> str:
        # Its threads fight each other for cores that others use as well.
        environment = {**os.environ, "OMP_THREAD_LIMIT": str(min(2, physical_cores()))}
        try:
            done = subprocess.run(
                [self._program, *arguments],
                input=given,
                capture_output=True,
                check=True,
                timeout=_PATIENCE,
                env=environment,
            )
        except subprocess.TimeoutExpired as error:
            raise ResourceError(
                f"Tesseract took more than {_PATIENCE:g} seconds for one page.",
                "Use the engine rapid for this file.",
            ) from error
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode(errors="replace").strip().splitlines()
            raise ResourceError(
                f"Tesseract failed: {said[-1] if said else error.returncode}",
                "Check its installation with: tesseract --list-langs",
            ) from error
        except OSError as error:
            raise ResourceError(
                f"Tesseract cannot be started: {error}", "Use the engine rapid."
            ) from error
        return done.stdout.decode("utf-8", "replace")


OPTION = _Tesseract()


def _bitmap(picture: Picture) -> bytes:
    """Return a picture as PNM, which needs no library and no compression."""
    high, wide = picture.shape[:2]
    kind = b"P5" if picture.ndim == 2 else b"P6"
    return b"%s %d %d 255\n" % (kind, wide, high) + np.ascontiguousarray(picture).tobytes()


def _words(told: str) -> Iterator[Word]:
    rows = csv.DictReader(io.StringIO(told), delimiter="\t", quoting=csv.QUOTE_NONE)
    for row in rows:
        text = (row["text"] or "").strip()
        sure = float(row["conf"])
        if row["level"] != _WORD or not text or sure < _LEAST:
            continue
        left, top, wide, high = (float(row[name]) for name in ("left", "top", "width", "height"))
        yield Word(text, (left, top, left + wide, top + high), sure / 100, _SIZE * high)
