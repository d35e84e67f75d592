"""Measure a model on labelled examples."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle import plugins
from socle.data.dataset import Dataset
from socle.data.reading import read_rows
from socle.errors import RowsError
from socle.events import Listener, silent
from socle.metrics.labels import right
from socle.metrics.significance import wilson
from socle.model import AdaptedModel, load
from socle.report import LabelRow, Report
from socle.strategies import Predictor
from socle.tasks import Task

_SHOWN = 5


@dataclass(frozen=True)
class Answers:
    """What was expected of some examples, and what was answered."""

    gold: NDArray[np.int64]
    """Targets as numbers: (n,), or (n, labels) for several."""
    probabilities: NDArray[np.float64]
    """Shape (n, labels)."""
    chosen: NDArray[np.int64]
    """The answers, shaped as `gold`."""

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which examples were answered wholly right, (n,)."""
        return right(self.gold, self.chosen)

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of each answer, (n,); for several labels, of the least sure one."""
        if self.chosen.ndim == 1:
            return np.asarray(self.probabilities.max(axis=1))
        sure = np.where(self.chosen == 1, self.probabilities, 1 - self.probabilities)
        return np.asarray(sure.min(axis=1))


@dataclass(frozen=True)
class Measurement(Answers):
    """A predictor's answers to a data set, and what they are worth."""

    report: Report


def evaluate(
    model: AdaptedModel | str,
    data: Any,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    listen: Listener = silent,
) -> Report:
    """Return how well a model answers on labelled rows.

    Args:
        model: a model, or the folder of a saved one.
        data: a path, a data frame, or a list of dictionaries.
        text_column: name of the column of texts; guessed if None.
        label_column: name of the column of labels; guessed if None.
        listen: hears of progress.

    Raises:
        SocleError: the model or the rows cannot be used.
    """
    ready = model if isinstance(model, AdaptedModel) else load(model)
    kind = plugins.load("tasks", ready.task.name)
    dataset = kind.examples(*read_rows(data, text_column, label_column))
    notes = list(dataset.notes)
    strange = unknown_labels(ready.task, dataset)
    if strange:
        notes.append(
            f"{len(strange)} labels that training never saw count as errors: "
            + ", ".join(sorted(strange)[:_SHOWN])
        )
    predictor = ready.predictor()
    found = measured(ready.task, predictor, dataset, ready.strategy, ready.base_name, listen)
    return replace(found.report, notes=notes)


def measured(
    task: Task,
    predictor: Predictor,
    dataset: Dataset[Any],
    strategy: str,
    base: str | None,
    listen: Listener = silent,
) -> Measurement:
    """Return what a predictor answers to a data set, and how good that is."""
    began = time.perf_counter()
    probabilities = task.probabilities(predictor.scores(dataset.texts, listen))
    seconds = time.perf_counter() - began
    gold = task.encode(dataset.examples)
    metrics, rows = task.score(gold, probabilities)
    answers = task.decide(probabilities)
    good = right(gold, answers)
    report = Report(
        strategy=strategy,
        base=base,
        n=len(dataset),
        metrics=metrics,
        intervals={"accuracy": wilson(int(good.sum()), len(good))},
        labels=[LabelRow(**asdict(row)) for row in rows],
        data=dataset.fingerprint,
        seconds={"predict": round(seconds, 3)},
        speed=len(dataset) / seconds if seconds else 0.0,
    )
    return Measurement(gold, probabilities, answers, report)


def unknown_labels(task: Task, dataset: Dataset[Any]) -> dict[str, str]:
    """Return the labels of the data that the task does not know -> where each occurs first."""
    known = set(task.labels)
    found: dict[str, str] = {}
    for example in dataset:
        targets = example.target if isinstance(example.target, tuple) else (example.target,)
        for label in targets:
            if label and label not in known:
                found.setdefault(label, example.origin)
    return found


def refuse_unknown_labels(task: Task, test: Dataset[Any]) -> None:
    """Refuse a test set with labels that no training example has.

    Raises:
        RowsError: naming the labels and where they stand.
    """
    strange = unknown_labels(task, test)
    if strange:
        shown = [f"{label!r} ({origin})" for label, origin in sorted(strange.items())[:_SHOWN]]
        raise RowsError(
            f"{test.name} has {len(strange)} labels that no training example has: "
            + ", ".join(shown),
            "Correct the labels, or add training examples of them; "
            "`socle check` lists every such row.",
        )
