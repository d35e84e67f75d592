"""Always the most frequent label: what any model must beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from socle.bases import Base, Located
from socle.events import Listener, silent
from socle.metrics.labels import indicators
from socle.recipe import Recipe
from socle.strategies import Adaptation, Fit, Fitting, Predictor
from socle.tasks import Task


class Frequencies:
    """The same scores for every text."""

    def __init__(self, scores: NDArray[np.floating]) -> None:
        self._scores = scores

    def scores(self, texts: Sequence[str], listen: Listener = silent) -> NDArray[np.floating]:
        """Return the log-frequencies of the labels, shape (n, labels)."""
        return np.tile(self._scores, (len(texts), 1))


class Majority:
    """The option."""

    name = "majority"
    rank = 0
    needs_base = False

    def suits(self, base: Base | None, task: Task, n: int) -> str | None:
        """Return None: it can always count."""
        return None

    def fit(self, fitting: Fitting) -> Fit:
        """Count the labels; what is held out is counted without its own fold."""
        task, table = fitting.task, _table(fitting)
        held_out = np.zeros(table.shape)
        for fold in fitting.folds:
            rest = np.delete(table, fold, axis=0)
            held_out[fold] = _log_frequencies(rest, task.several)
        tensors = {"scores": _log_frequencies(table, task.several)}
        return Fit(Adaptation(tensors), held_out if fitting.folds else None)

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return the frequencies."""
        return Frequencies(adaptation.tensors["scores"])


def _table(fitting: Fitting) -> NDArray[np.int64]:
    targets = fitting.task.encode(fitting.train.examples)
    return indicators(targets, len(fitting.task.labels))


def _log_frequencies(table: NDArray[np.int64], several: bool) -> NDArray[np.float64]:
    share = (table.sum(0) + 0.5) / (len(table) + 1.0)
    return np.asarray(np.log(share / (1 - share)) if several else np.log(share))


OPTION = Majority()
