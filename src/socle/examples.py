"""The plain values that tasks, strategies and readers exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Example(Generic[T_co]):
    """One item: a text, what is expected of it if known, and where it comes from."""

    text: str
    target: T_co | None = None
    origin: str = ""
    """File and line, as in `reviews.csv:41`."""
    group: str | None = None
    """Examples of one group never stand on both sides of a split."""


@dataclass(frozen=True)
class Prediction(Generic[T_co]):
    """An answer, of the same type as the target of an example."""

    target: T_co
    """None where the model abstained."""
    probability: float
    """Calibrated probability of the answer, in 0..1; for several labels, of the least sure one."""
    alternatives: tuple[tuple[str, float], ...] = ()
    """Labels with their probabilities, best first."""
