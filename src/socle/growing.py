"""Learning curves: what 8, 16, 32 ... rows of each label taught, and what more would bring.

Every size is drawn a few times, each label as often as the others as far as its rows go; a class
with fewer gives all it has, and the largest size is the whole training set. Every fit is measured
on the same test set, which no fit sees.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.bases import Located
from socle.data.dataset import Dataset
from socle.data.splitting import folds, labels_of
from socle.errors import RowsError
from socle.events import Finished, Listener, Started, Stepped, duration, silent
from socle.heads.pooled import kept_head
from socle.learning import Adaptation, Fitting
from socle.metrics.curves import Outlook, Point, outlook
from socle.recipe import Recipe
from socle.strategies import Strategy
from socle.tasks import Task
from socle.training.encoding import FULL, TextEncoder, layers_read
from socle.training.features import Features

METRIC = "accuracy"
_FIRST = 8
_DRAWS = {"quick": 3, "normal": 4, "thorough": 5}
_JOB = "Learning curve"
_FOLDS = 3
_NEAR = 0.75
"""A size that has more than this share of all rows tells nothing that the whole does not."""


@dataclass(frozen=True)
class Size:
    """One size of the curve."""

    per_label: int
    n: int
    draws: int


@dataclass
class _Course:
    """One entrant on its way from size to size."""

    strategy: Strategy
    located: Located | None
    points: list[Point] = field(default_factory=list)
    seconds: float = 0.0
    """What the last fit took, for so many `rows`."""
    rows: int = 0
    thinned: int = 0
    """Rows of the first size that was drawn once for want of time; 0 if none was."""
    left_out: list[int] = field(default_factory=list)
    """Rows of the sizes that were left out for want of time."""

    def expected(self, n: int) -> float:
        """Return the seconds that a fit on `n` rows may take, from the last one's."""
        return self.seconds * n / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class _Field:
    """What all fits share."""

    task: Task
    train: Dataset[Any]
    test: Dataset[Any]
    recipe: Recipe
    seconds: float | None = None
    listen: Listener = silent
    read: dict[str, dict[int, Features]] = field(default_factory=dict)
    """Base -> layer -> vectors of the test texts."""


def grow(
    task: Task,
    train: Dataset[Any],
    test: Dataset[Any],
    entrants: Sequence[tuple[Strategy, Located | None]],
    recipe: Recipe,
    *,
    seconds: float | None = None,
    listen: Listener = silent,
) -> dict[str, Any]:
    """Return learning curves with their forecasts, as plain values for JSON.

    Args:
        task: what is learnt.
        train: rows to draw from.
        test: rows to measure on, the same for every fit.
        entrants: strategies, each with its base if it needs one; cheap ones.
        recipe: its effort says how often a size is drawn, its seed what is drawn.
        seconds: what it may take; when they run out, larger sizes are drawn once, then left out.
        listen: hears of progress.
    """
    courses = _courses(_Field(task, train, test, recipe, seconds, listen), entrants)
    found = [(course, outlook(course.points, recipe.seed)) for course in courses]
    return {
        "metric": METRIC,
        "candidates": [_candidate(course, seen) for course, seen in found],
        "text": _text(found, seconds),
    }


def measured_points(
    task: Task,
    train: Dataset[Any],
    test: Dataset[Any],
    entrants: Sequence[tuple[Strategy, Located | None]],
    recipe: Recipe,
) -> list[list[Point]]:
    """Return the points of each entrant's curve, every draw of them, for those who study curves."""
    return [course.points for course in _courses(_Field(task, train, test, recipe), entrants)]


def _courses(common: _Field, entrants: Sequence[tuple[Strategy, Located | None]]) -> list[_Course]:
    """Fit every entrant on every draw of every size, from small to large."""
    began = time.perf_counter()
    plan = sizes(common.train, _DRAWS[common.recipe.effort])
    courses = [_Course(strategy, located) for strategy, located in entrants]
    common.listen(Started(_JOB, len(courses) * sum(size.draws for size in plan)))
    done = 0
    for size in plan:
        for course in courses:
            left = None
            if common.seconds is not None:
                left = common.seconds - (time.perf_counter() - began)
            values = []
            for draw in range(_affordable(course, size, left)):
                drawn = _drawn(common.train, size, draw, common.recipe.seed)
                values.append(_value(common, course, drawn))
                done += 1
                common.listen(Stepped(_JOB, done, f"{course.strategy.name}, {size.n} rows"))
            if values:
                course.points.append(Point(size.per_label, size.n, tuple(values)))
    common.listen(Finished(_JOB, time.perf_counter() - began))
    return courses


def sizes(train: Dataset[Any], draws: int) -> list[Size]:
    """Return the sizes of a curve: doubled from 8 rows a label, and last all rows, drawn once.

    Small sizes are drawn `draws` times; those above a quarter of all rows twice, for their draws
    are largely the same rows.
    """
    members = list(_members(train).values())
    whole, most = len(train), max((len(rows) for rows in members), default=0)
    found, per_label = [], _FIRST
    while per_label < most:
        n = len(draw_rows(train, per_label, np.random.default_rng(0)))
        if n > _NEAR * whole:
            break
        found.append(Size(per_label, n, draws if n <= whole / 4 else min(draws, 2)))
        per_label *= 2
    return [*found, Size(most, whole, 1)]


def draw_rows(train: Dataset[Any], per_label: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return rows of the data, sorted, with `per_label` of each label or all that it has.

    Where a row may carry several labels, the rarest is drawn first, and what its rows bring of the
    others counts for these; rows without any label are drawn as if that were a label too.
    """
    members = _members(train)
    labels = [labels_of(example.target) for example in train]
    chosen: set[int] = set()
    count = dict.fromkeys(members, 0)
    for label in sorted(members, key=lambda label: (len(members[label]), label)):
        for row in rng.permutation(members[label]).tolist():
            if count[label] >= per_label:
                break
            if row not in chosen:
                chosen.add(row)
                for own in labels[row] or ("",):
                    count[own] += 1
    return np.array(sorted(chosen), dtype=np.int64)


def _members(train: Dataset[Any]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, example in enumerate(train):
        for label in labels_of(example.target) or ("",):
            found.setdefault(label, []).append(row)
    return found


def _drawn(train: Dataset[Any], size: Size, draw: int, seed: int) -> Dataset[Any]:
    if size.n == len(train):
        return train
    rng = np.random.default_rng([seed, size.per_label, draw])
    return train.subset(draw_rows(train, size.per_label, rng).tolist())


def _affordable(course: _Course, size: Size, left: float | None) -> int:
    """Return how often a size can be drawn in the seconds left, and note what is given up."""
    if left is None:
        return size.draws
    expected = course.expected(size.n)
    if course.left_out or left <= 0 or expected > left:
        course.left_out.append(size.n)
        return 0
    if size.draws * expected > left / 2 and size.draws > 1:
        course.thinned = course.thinned or size.n
        return 1
    return size.draws


def _value(common: _Field, course: _Course, drawn: Dataset[Any]) -> float:
    began = time.perf_counter()
    task, parts = common.task, _folds(drawn, common.recipe.seed)
    # No trial of int8: it would read texts to choose an engine that nobody will run.
    recipe = replace(common.recipe, engine=FULL)
    fit = course.strategy.fit(Fitting(task, drawn, recipe, course.located, folds=parts))
    course.seconds, course.rows = time.perf_counter() - began, len(drawn)
    scores = _scores(common, course, fit.adaptation)
    metrics, _ = task.score(task.encode(common.test.examples), task.probabilities(scores))
    return metrics[METRIC]


def _folds(drawn: Dataset[Any], seed: int) -> tuple[NDArray[np.int64], ...]:
    for k in (_FOLDS, 2):
        try:
            return tuple(folds(drawn, k, seed))
        except RowsError:
            continue
    # All are near duplicates of each other: better torn apart than no strength chosen at all.
    return tuple(np.array_split(np.random.default_rng(seed).permutation(len(drawn)), 2))


def _scores(common: _Field, course: _Course, learnt: Adaptation) -> NDArray[np.floating]:
    """Return the scores of the test texts; a head on a frozen base gets vectors read once."""
    layers = learnt.facts.get("layers")
    located = course.located
    if course.strategy.name != "head" or located is None or not layers:
        recipe = replace(common.recipe, engine=FULL)
        predictor = course.strategy.restore(learnt, common.task, located, recipe)
        return np.asarray(predictor.scores(common.task.inputs(common.test.examples)))
    if located.sha256 not in common.read:
        there = layers_read(located)
        encoder = TextEncoder(located, common.recipe, FULL, there)
        parts = np.split(
            encoder.features(common.task.inputs(common.test.examples)), len(there), axis=1
        )
        common.read[located.sha256] = dict(zip(there, parts, strict=True))
    vectors = [common.read[located.sha256][layer] for layer in layers]
    head = kept_head(learnt.tensors, learnt.facts)
    return head.scores(np.concatenate(vectors, axis=1))


def _candidate(course: _Course, seen: Outlook) -> dict[str, Any]:
    points = [
        {
            "per_label": point.per_label,
            "n": point.n,
            "mean": point.mean,
            "deviation": point.deviation,
            "draws": len(point.values),
        }
        for point in course.points
    ]
    forecast = [
        {"n": one.n, "mean": one.mean, "low": one.low, "high": one.high} for one in seen.forecasts
    ]
    return {
        "name": course.strategy.name,
        "points": points,
        "forecast": forecast,
        "text": f"{course.strategy.name}: {seen.text()}",
    }


def _text(found: Sequence[tuple[_Course, Outlook]], seconds: float | None) -> str:
    said = [f"`{course.strategy.name}`: {seen.text()}" for course, seen in found]
    if any(seen.forecasts for _, seen in found):
        said.append(
            "A forecast assumes more rows like these, and holds for measurements on this test set."
        )
    if seconds is not None:
        said += [_given_up(course, seconds) for course, _ in found]
    return " ".join(part for part in said if part)


def _given_up(course: _Course, seconds: float) -> str:
    parts = []
    if course.thinned:
        parts.append(f"sizes from {course.thinned:,} rows were drawn once")
    if course.left_out:
        parts.append(f"those of {', '.join(f'{n:,}' for n in course.left_out)} rows were left out")
    if not parts:
        return ""
    return f"In {duration(seconds)}, `{course.strategy.name}`: {' and '.join(parts)}."
