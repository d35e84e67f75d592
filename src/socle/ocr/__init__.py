"""Engines that read print from pictures, one a file."""

from __future__ import annotations

from typing import Protocol

from socle.pages import Picture, Word


class Recogniser(Protocol):
    """One engine, loaded and warm."""

    name: str

    def words(self, picture: Picture, dpi: float) -> tuple[Word, ...]:
        """Return the words of a picture, boxes in its pixels, in reading order.

        Args:
            picture: greys or RGB.
            dpi: dots per inch, as far as they are known.
        """
        ...
