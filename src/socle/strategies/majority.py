"""Always the most frequent label: what any model must beat.

Words get the most frequent class of every column, and hang on the word before them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from socle.bases import Located
from socle.events import Listener, silent
from socle.examples import Read, Sentence
from socle.learning import Adaptation, Fit, Fitting, Predictor, fit_without
from socle.metrics.labels import indicators
from socle.recipe import Recipe
from socle.strategies import WithoutBase
from socle.tasks import Task, WordTask
from socle.words.columns import Scored


class Frequencies:
    """The same scores for every text."""

    def __init__(self, scores: NDArray[np.floating]) -> None:
        self._scores = scores

    def scores(self, inputs: Sequence[Read], listen: Listener = silent) -> NDArray[np.floating]:
        """Return the log-frequencies of the labels, shape (n, labels)."""
        return np.tile(self._scores, (len(inputs), 1))


class WordFrequencies:
    """The same scores for every word, and a chain for a tree."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        self._tensors = tensors

    def scores(self, inputs: Sequence[Sentence], listen: Listener = silent) -> list[Scored]:
        """Return the log-frequencies of the classes of every column, for every word."""
        found = []
        for one in inputs:
            n = len(one.words)
            tables = {k: np.tile(row, (n, 1)) for k, row in self._tensors.items()}
            if "deprel" in tables:
                tables |= {"head": np.arange(n, dtype=np.float32), "arc": np.zeros(n, np.float32)}
            found.append(Scored(one, tables))
        return found


class Majority(WithoutBase):
    """The option."""

    name = "majority"
    rank = 0

    def fit(self, fitting: Fitting) -> Fit:
        """Count the labels; what is held out is counted without its own fold."""
        if fitting.task.family == "words":
            task_ = cast(WordTask, fitting.task)
            held = fit_without(fitting, lambda some: WordFrequencies(_of_words(task_, some)))
            tensors = _of_words(task_, fitting.task.encode(fitting.train.examples))
            return Fit(Adaptation(tensors), held)
        task, table = fitting.task, _table(fitting)
        held_out = np.zeros(table.shape)
        for fold in fitting.folds:
            rest = np.delete(table, fold, axis=0)
            held_out[fold] = _log_frequencies(rest, task.several)
        own = {"scores": _log_frequencies(table, task.several)}
        return Fit(Adaptation(own), held_out if fitting.folds else None)

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return the frequencies."""
        if task.family == "words":
            return WordFrequencies(adaptation.tensors)
        return Frequencies(adaptation.tensors["scores"])


def _of_words(task: WordTask, sentences: Sequence[Sentence]) -> dict[str, NDArray[np.float32]]:
    found = {}
    targets = [task.targets(one) for one in sentences]
    sizes = {name: len(values) for name, values in task.classes.items()}
    if task.relations:
        sizes["deprel"] = len(task.relations)
    for name, n in sizes.items():
        seen = np.concatenate([np.zeros(0, np.int64), *(one[name] for one in targets)])
        counts = np.bincount(seen[seen >= 0], minlength=n) + 0.5
        found[name] = np.log(counts / counts.sum()).astype(np.float32)
    return found


def _table(fitting: Fitting) -> NDArray[np.int64]:
    targets = fitting.task.encode(fitting.train.examples)
    return indicators(targets, len(fitting.task.labels))


def _log_frequencies(table: NDArray[np.int64], several: bool) -> NDArray[np.float64]:
    share = (table.sum(0) + 0.5) / (len(table) + 1.0)
    return np.asarray(np.log(share / (1 - share)) if several else np.log(share))


OPTION = Majority()
