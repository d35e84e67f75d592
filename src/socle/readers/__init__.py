"""Kinds of documents, each with a reader that turns pages into fields.

To add a kind is to add a file here, or an entry point of the group `socle.readers` in an outside
package: an object that has what `Reader` asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from socle.pages import Document
from socle.readings import Reading


@dataclass(frozen=True)
class Settings:
    """What the user chose.

    Attributes:
        today: dates in two digits and expiry are judged by it.
        ranker: folder of a ranker that `--correct` wrote; None for the one that comes with Socle.
    """

    today: date = field(default_factory=date.today)
    ranker: Path | None = None


class Reader(Protocol):
    """One kind of document."""

    name: str
    """As the user types it behind `--as`."""
    about: str
    """One sentence for lists and help."""

    def suits(self, document: Document) -> float:
        """Return how much the document looks like this kind, 0 to 1; cheap."""
        ...

    def read(self, document: Document, settings: Settings) -> Reading:
        """Return what stands in the document.

        Raises:
            InputError: the document holds nothing that this kind could read.
        """
        ...
