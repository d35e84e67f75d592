"""`Finding` and `Findings`: what a check of a data set has found, in words and in rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from socle.data.dataset import Dataset

Severity = Literal["error", "warning", "note"]
Rows = tuple[str, ...]
_ORDER: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """One kind of trouble, with all the rows that it is about."""

    kind: str
    severity: Severity
    message: str
    rows: tuple[Rows, ...] = ()
    """Origins such as `reviews.csv:41`; those that belong together (the same text) in one tuple."""
    hint: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return `{"kind", "severity", "message", "rows", "hint"}`."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "message": self.message,
            "rows": [list(rows) for rows in self.rows],
            "hint": self.hint,
        }


@dataclass(frozen=True)
class Findings:
    """What a check has found, the worst first."""

    n: int
    """Rows of the training data."""
    n_test: int
    labels: dict[str, int]
    """Label -> rows of the training data that carry it, the commonest first."""
    found: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        """Whether there is an error among them."""
        return any(finding.severity == "error" for finding in self.found)

    def to_json(self) -> dict[str, Any]:
        """Return `{"n", "n_test", "labels", "findings"}`."""
        return {
            "n": self.n,
            "n_test": self.n_test,
            "labels": self.labels,
            "findings": [finding.to_json() for finding in self.found],
        }


def worst_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with the errors first, then the warnings; equals as they came."""
    return tuple(sorted(found, key=lambda finding: _ORDER.index(finding.severity)))


def origins(dataset: Dataset[Any], groups: Iterable[Sequence[int]]) -> tuple[Rows, ...]:
    """Return where the rows of each group stand, such as `reviews.csv:41`."""
    return tuple(
        tuple(dataset.examples[i].origin or f"{dataset.name}:{i + 1}" for i in group)
        for group in groups
    )


def many(n: int, thing: str) -> str:
    """Return a number of things in words, as in `3 rows`."""
    return f"{n} {thing}{'' if n == 1 else 's'}"


def some(items: Sequence[str], shown: int = 5) -> str:
    """Return the first items of a list in words."""
    return ", ".join(items[:shown]) + (", ..." if len(items) > shown else "")
