"""What was measured, as plain values that print, serialise and compare."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class LabelRow:
    """One line of the per-label table."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Report:
    """A measured claim about one model."""

    strategy: str
    base: str | None
    n: int
    """Examples that it was measured on."""
    metrics: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    """95 % intervals, by metric."""
    labels: Sequence[LabelRow] = ()
    data: str = ""
    """Fingerprint of the examples."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    speed: float = 0.0
    """Documents per second while it was measured."""
    notes: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Candidate:
    """One line of the table that an adaptation prints."""

    strategy: str
    base: str | None
    validated: float | None = None
    """Accuracy on training examples that it had not seen."""
    report: Report | None = None
    skipped: str = ""
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        found: dict[str, Any] = {"strategy": self.strategy, "base": self.base}
        if self.skipped:
            return found | {"skipped": self.skipped}
        found |= {"validated": self.validated, "seconds": round(self.seconds, 3)}
        if self.report:
            found["metrics"] = dict(self.report.metrics)
            found["interval"] = self.report.intervals.get("accuracy")
            found["documents_per_second"] = round(self.report.speed, 1)
        return found


@dataclass(frozen=True)
class Verdict:
    """Which candidate to use, in names and in a sentence."""

    winner: str
    """The candidate with the best accuracy."""
    cheapest_equivalent: str
    """The cheapest one that is not significantly worse."""
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return dataclasses.asdict(self)
