"""The upper layers of a base move until texts that share labels stand close together.

For few labels: every pair of texts teaches, where a head would see each text once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from socle.bases import Base, Kind
from socle.gradients import GradientStrategy, finished, key_of
from socle.learning import (
    Adaptation,
    Fit,
    Fitting,
    apart_of,
    course_of,
    known_at,
    not_of_family,
    of_other_kind,
    present,
)
from socle.metrics.calibration import fit_temperature
from socle.tasks import Family, Task
from socle.training.encoding import FULL

if TYPE_CHECKING:
    from socle.training.contrasting import Contrast
    from socle.training.finetuning import Move

_FEWEST = 8
_FEW = 200
"""Up to here no text can be spared: what is held out is learnt from as well, by another run."""


class Contrastive(GradientStrategy):
    """The option."""

    families: tuple[Family, ...] = ("texts",)
    paced = False

    def kinds(self, task: Task) -> tuple[Kind, ...]:
        """Return encoders."""
        return ("encoder",)

    def move(self) -> Move:
        """Return which weights move, and how fast."""
        from socle.training.contrasting import RATE, upper_layers
        from socle.training.finetuning import Move

        return Move(self.name, upper_layers, rate=RATE)

    def suits(self, base: Base | None, task: Task, n: int) -> str | None:
        """Return why not: it needs an encoder, labels of whole texts, and eight of them."""
        return (
            not_of_family(self.families, task)
            or of_other_kind(base, self.kinds(task))
            or (None if n >= _FEWEST else f"{n} examples are too few to hold some out")
        )

    def fit(self, fitting: Fitting) -> Fit:
        """Tune the upper layers on all pairs, and fit a head on what they give."""
        from socle.training.contrasting import Contrast

        contrast = Contrast(course_of(fitting), self.move())
        n = len(fitting.train)
        if fitting.apart is None and n <= _FEW:
            return _fit_twice(fitting, contrast)
        rows = apart_of(fitting)
        tuned = contrast.learn(np.setdiff1d(np.arange(n), rows))
        return finished(fitting, contrast.outcome(tuned, rows))


def _fit_twice(fitting: Fitting, contrast: Contrast) -> Fit:
    """Learn without some rows, to know the scale of the scores, and then from all.

    So few rows cannot tell whether int8 answers as well: full precision does.
    """
    everything = np.arange(len(fitting.train))
    rows = _spared(fitting)
    first = contrast.learn(np.setdiff1d(everything, rows))
    scores = first.head.scores(first.features[rows])
    targets = fitting.task.encode([fitting.train.examples[i] for i in rows])
    factor = np.float32(fit_temperature(scores, targets))
    held_out = known_at(rows, scores * factor, len(everything))
    tuned = contrast.learn(everything, first.measured["precision"])
    outcome = contrast.outcome(tuned, rows)
    tensors = dict(outcome.changed)
    asked = fitting.recipe.engine
    facts: dict[str, Any] = {
        "engine": FULL if asked == "auto" else asked,
        "compiled": key_of(present(fitting), tensors),
        **outcome.measured,
    }
    tensors |= {"head.weight": tuned.head.weight * factor, "head.bias": tuned.head.bias * factor}
    return Fit(Adaptation(tensors, facts), held_out)


def _spared(fitting: Fitting) -> NDArray[np.int64]:
    """Return rows to learn without: a third to two fifths of them, in whole folds."""
    if not fitting.folds:
        return apart_of(fitting)
    return np.sort(np.concatenate(fitting.folds[: max(1, len(fitting.folds) // 2)]))


OPTION = Contrastive("contrastive", rank=35)
