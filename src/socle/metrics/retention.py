"""What became of the labels that a model knew, once it had learnt more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Kept:
    """The F1 of one old label, on the same rows of old labels."""

    label: str
    before: float
    after: float
    support: int


@dataclass(frozen=True)
class Retention:
    """Every old label that the test rows have."""

    n: int
    """Rows of old labels."""
    labels: tuple[Kept, ...]

    @property
    def before(self) -> float:
        """Macro-F1 of the model as it was."""
        return float(np.mean([kept.before for kept in self.labels]))

    @property
    def after(self) -> float:
        """Macro-F1 of the model as it is now."""
        return float(np.mean([kept.after for kept in self.labels]))

    def text(self) -> str:
        """Return macro-F1 before and after, and the label that lost most, in a sentence."""
        said = f"Old labels: macro-F1 {self.before:.3f} before, {self.after:.3f} after"
        worst = min(self.labels, key=lambda kept: kept.after - kept.before)
        if worst.after < worst.before:
            said += (
                f"; {worst.label!r} lost most, {worst.before:.3f} to {worst.after:.3f} on "
                f"{worst.support} rows"
            )
        return f"{said}."

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "n": self.n,
            "macro_f1": {"before": self.before, "after": self.after},
            "labels": [asdict(kept) for kept in self.labels],
        }


def table(old: Sequence[Kept]) -> list[str]:
    """Return the lines of a Markdown table of old labels."""
    lines = ["| old label | F1 before | F1 after | examples |", "| --- | --- | --- | --- |"]
    rows = (f"| {k.label} | {k.before:.3f} | {k.after:.3f} | {k.support} |" for k in old)
    return [*lines, *rows]
