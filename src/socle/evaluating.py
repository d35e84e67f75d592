"""Measure a model on labelled examples."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from socle import plugins
from socle.data.dataset import Dataset
from socle.data.reading import read_table
from socle.errors import RowsError
from socle.events import Listener, silent
from socle.learning import Predictor
from socle.metrics import arcs, resampling
from socle.metrics.labels import right
from socle.metrics.significance import Paired, paired, wilson
from socle.model import AdaptedModel, load
from socle.report import LabelRow, Report
from socle.tasks import CountedTask, Task, WordTask
from socle.words.treebanks import paragraphs

_SHOWN = 5
_COUNTS = 3 * len(arcs.NAMES)
_DRAWS = 2_000
"""Of the bootstrap for one interval."""


@dataclass(frozen=True)
class Counted:
    """Answers that are no labels of texts, as counts that add up to a metric."""

    metric: str
    statistics: NDArray[np.float64]
    """Shape (n, k)."""
    finish: resampling.Finish
    """Turns sums, (draws, k), into values of the metric, (draws,)."""
    right: NDArray[np.bool_]
    """Which examples are wholly right, (n,)."""


@dataclass(frozen=True)
class Answers:
    """What was expected of some examples, and what was answered."""

    gold: Any
    """Targets as numbers: (n,), or (n, labels) for several; sentences for a task of words."""
    probabilities: Any
    """Shape (n, labels)."""
    chosen: Any
    """The answers, shaped as `gold`."""
    counted: Counted | None = field(default=None, kw_only=True)
    """Of answers that are not labels of whole texts: how good they are. None for those."""

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which examples were answered wholly right, (n,)."""
        return self.counted.right if self.counted else right(self.gold, self.chosen)

    @property
    def metric(self) -> str:
        """The metric by which these answers are compared with others."""
        return self.counted.metric if self.counted else "accuracy"

    @property
    def value(self) -> float:
        """The value of that metric; 0 without examples."""
        if not len(self.right):
            return 0.0
        stats, finish = self.units()
        return float(finish(stats.sum(axis=0, keepdims=True).astype(np.float64))[0])

    def units(self) -> tuple[NDArray[Any], resampling.Finish]:
        """Return statistics by example, and what turns their sums into the metric."""
        if self.counted:
            return self.counted.statistics, self.counted.finish
        return resampling.accuracy_statistics(self.right), resampling.accuracy

    def interval(self, groups: NDArray[np.int64] | None = None) -> tuple[float, float]:
        """Return the 95 % interval of the metric: Wilson's for accuracy, else the bootstrap's."""
        if not self.counted:
            return wilson(int(self.right.sum()), len(self.right))
        if len(self.right) < 2:
            return 0.0, 1.0
        found = resampling.bootstrap(*self.units(), groups=groups, draws=_DRAWS)
        return found.low, found.high

    def at(self, rows: NDArray[np.int64]) -> Answers:
        """Return the answers to some examples, enough of them to be compared."""
        if self.counted:
            few = replace(
                self.counted,
                statistics=self.counted.statistics[rows],
                right=self.counted.right[rows],
            )
            return Answers((), (), (), counted=few)
        return Answers(self.gold[rows], self.probabilities[rows], self.chosen[rows])

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of each answer, (n,); for several labels, of the least sure one."""
        if self.chosen.ndim == 1:
            return np.asarray(self.probabilities.max(axis=1))
        sure = np.where(self.chosen == 1, self.probabilities, 1 - self.probabilities)
        return np.asarray(sure.min(axis=1))


def compared(
    a: Answers, b: Answers, groups: NDArray[np.int64] | None = None
) -> Paired | resampling.Difference:
    """Return how two sets of answers to the same examples differ.

    Accuracy is compared by McNemar's test, other metrics by the paired bootstrap over examples.
    Examples of one group are right or wrong together more often than others, which McNemar's test
    does not know: there groups are resampled as wholes.
    """
    grouped = groups is not None and len(np.unique(groups)) > 1
    if a.counted is None and not grouped:
        return paired(a.right, b.right)
    (first, finish), (second, _) = a.units(), b.units()
    return resampling.paired_bootstrap(first, second, finish, groups=groups if grouped else None)


def counted(task: CountedTask, statistics: NDArray[np.float64]) -> Answers:
    """Return answers that are known by their statistics alone: trees, tags, texts."""

    def finish(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = task.values(sums)[task.primary]
        return found

    own = Counted(task.primary, statistics, finish, task.whole(statistics))
    return Answers((), (), (), counted=own)


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
    ready = model if isinstance(model, AdaptedModel) else load(model, listen)
    kind = plugins.load("tasks", ready.task.name)
    table = read_table(data)
    dataset = kind.examples(table, kind.columns(table, text_column, label_column, None))
    notes = [*dataset.notes, *noted_strange(ready.task, dataset)]
    predictor = ready.predictor()
    found = measured(ready.task, predictor, dataset, ready.strategy, ready.base_name, listen)
    return replace(found.report, notes=notes, raw=on_raw_text(ready, dataset, listen))


def on_raw_text(
    model: AdaptedModel, dataset: Dataset[Any], listen: Listener = silent
) -> dict[str, float]:
    """Return scores of a treebank whose text the model cuts into words itself.

    Empty for data that are no treebank.
    """
    task = model.task
    if task.family != "words" or "tag" in cast(WordTask, task).classes:
        return {}
    gold = task.encode(dataset.examples)
    said = [one for found in model.predict(paragraphs(gold), listen) for one in found.target]
    found = arcs.scores(gold, said)
    known = {"tokens", "sentences", "words", *task.values(np.zeros((1, _COUNTS)))}
    return {name: value for name, value in found.items() if name in known}


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
    inputs = task.inputs(dataset.examples)
    probabilities = task.probabilities(predictor.scores(inputs, listen))
    seconds = time.perf_counter() - began
    gold = task.encode(dataset.examples)
    metrics, rows = task.score(gold, probabilities)
    answers = task.decide(probabilities)
    found = Answers(gold, probabilities, answers)
    if task.family != "texts":
        own = task.statistics(gold, answers)
        found = replace(found, counted=counted(cast(CountedTask, task), own).counted)
    report = Report(
        strategy=strategy,
        base=base,
        n=len(dataset),
        metrics=metrics,
        intervals={found.metric: found.interval()},
        labels=[LabelRow(**asdict(row)) for row in rows],
        data=dataset.fingerprint,
        seconds={"predict": round(seconds, 3)},
        speed=len(dataset) / seconds if seconds else 0.0,
    )
    return Measurement(gold, probabilities, answers, report, counted=found.counted)


def noted_strange(task: Task, dataset: Dataset[Any]) -> list[str]:
    """Return a note on what the data has and training never saw, if anything."""
    strange = unknown_labels(task, dataset)
    if not strange:
        return []
    shown = ", ".join(sorted(strange)[:_SHOWN])
    return [f"{len(strange)} labels that training never saw count as errors: {shown}"]


def unknown_labels(task: Task, dataset: Dataset[Any]) -> dict[str, str]:
    """Return the labels of the data that the task does not know -> where each occurs first."""
    known = set(task.labels)
    found: dict[str, str] = {}
    if task.family == "words":
        for example in dataset:
            (sentence,) = task.encode([example])
            for name in cast(WordTask, task).strange(sentence):
                found.setdefault(name, example.origin)
    if task.family != "texts":
        return found
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
