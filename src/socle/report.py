"""What was measured, as plain values that print, serialise and compare."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
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
    raw: Mapping[str, float] = field(default_factory=dict)
    """Scores of the CoNLL 2018 shared task on the raw text of a treebank; empty for other data."""

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
            # One metric has an interval: that by which candidates are compared.
            found["interval"] = next(iter(self.report.intervals.values()), None)
            found["documents_per_second"] = round(self.report.speed, 1)
        return found


@dataclass(frozen=True)
class Pair:
    """Two candidates on the same examples; `difference` is `a` less `b`."""

    a: str
    b: str
    metric: str
    difference: float
    interval: tuple[float, float]
    """95 %, of the difference."""
    p: float
    p_adjusted: float | None
    """By Holm's method for all comparisons with the best; None where there was one question."""
    test: str
    order: float | None = None
    """Almost stochastic order over seeds, 0 (`a` is better at every quantile) to 1; None if seeds
    are too few."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Detectable:
    """The smallest difference in accuracy that a test set can detect; None when it detects none."""

    difference: float | None
    disagreement: float
    power: float
    alpha: float
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Transfer:
    """What a base's training was worth, against a rival that does not have it."""

    candidate: str
    against: str
    difference: float
    interval: tuple[float, float]
    p: float
    sign: str
    """positive, null or negative."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Verdict:
    """Which candidate to use, in names and in a sentence."""

    winner: str
    """The candidate with the best accuracy."""
    cheapest_equivalent: str
    """The cheapest one that is not significantly worse."""
    text: str
    kind: str = "clear"
    """clear, tie, nothing_learnt or too_few."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Comparison:
    """Candidates on one split, and which one to use."""

    facts: Mapping[str, Any]
    """What `socle compare --json` prints."""
    models: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    """Every candidate that answered, by name: called, it gives the model."""

    @property
    def text(self) -> str:
        """The verdict, in a sentence."""
        return str(self.facts["verdict"]["text"])

    @property
    def recommended(self) -> str:
        """Name of the cheapest candidate that is not significantly worse than the best."""
        return str(self.facts["verdict"]["cheapest_equivalent"])

    def model(self, name: str | None = None) -> Any:
        """Return a candidate as a model, ready to predict and to be saved.

        Args:
            name: as in the table; the recommended one when None.

        Raises:
            KeyError: no candidate of that name was fitted.
        """
        return self.models[name or self.recommended]()

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return dict(self.facts)
