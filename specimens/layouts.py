"""The choices that make a layout: each follows from its number and the name of the choice."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
FAMILIES = 400
"""Layouts that are drawn where none is asked for."""


@dataclass(frozen=True)
class Layout:
    """One family of pages; any number from 0 names one.

    Choices are independent of each other: two layouts may share the place of a block and differ
    in everything else. The same name always gives the same choice.
    """

    number: int

    def choose(self, name: str, options: Sequence[T]) -> T:
        """Return one of the options, each as likely."""
        return options[self._dice(name).randrange(len(options))]

    def chance(self, name: str, share: float) -> bool:
        """Return True for this share of all layouts."""
        return self._dice(name).random() < share

    def between(self, name: str, low: float, high: float) -> float:
        """Return a number of this range."""
        return self._dice(name).uniform(low, high)

    def shuffled(self, name: str, options: Sequence[T]) -> list[T]:
        """Return the options in an order of this layout's own."""
        mixed = list(options)
        self._dice(name).shuffle(mixed)
        return mixed

    @property
    def receipt(self) -> bool:
        """Whether this is a till slip and no invoice."""
        return self.number % 6 == 5

    def _dice(self, name: str) -> random.Random:
        return random.Random(f"{self.number}/{name}")
