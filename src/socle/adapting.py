"""From rows to an adapted model, with its rivals measured beside it.

One split, made once. Every candidate is compared on training examples that it did not see; the
choice is made there; the test set is opened once, at the end, for all of them.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle import carding, plugins
from socle.bases import Base, Located, fetching, finding
from socle.choosing import Held, Measured, choose, judge
from socle.data.dataset import Dataset
from socle.data.reading import columns_alike, read_rows, read_table
from socle.data.splitting import folds, split
from socle.errors import MissingBaseError, RowsError, UsageError
from socle.evaluating import measured, refuse_unknown_labels
from socle.events import Finished, Listener, Noted, Scored, Started, duration, silent
from socle.metrics.labels import right
from socle.model import AdaptedModel, refuse_foreign
from socle.recipe import Recipe
from socle.report import Candidate
from socle.strategies import Fit, Fitting, Strategy
from socle.tasks import Task
from socle.training.encoding import FULL, TextEncoder

_FEWEST = 10
_RIVALS = ("majority", "classical")
_LADDER = ("majority", "classical", "head", "partial", "lora", "full")
_PROBE_TEXTS = 48
_TRAIN_TO_READ = 3.5
"""A training pass costs about this many reading passes (forward, backward, optimiser, torch)."""


@dataclass(frozen=True)
class _Stage:
    """What all candidates share."""

    task: Task
    train: Dataset[Any]
    test: Dataset[Any]
    recipe: Recipe
    located: Located | None
    folds: tuple[NDArray[np.int64], ...]
    listen: Listener
    run_folder: Path | None
    notes: tuple[str, ...]


@dataclass
class _Entry:
    """A candidate on its way through the contest."""

    strategy: Strategy
    fit: Fit | None = None
    held: Held | None = None
    skipped: str = ""
    seconds: float = 0.0


def adapt(
    data: Any,
    *,
    test: Any = None,
    recipe: Recipe | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    listen: Listener = silent,
) -> AdaptedModel:
    """Adapt a base to labelled rows, and measure it beside its rivals.

    Args:
        data: a path, a data frame (pandas, polars, pyarrow), or a list of dictionaries.
        test: rows never learnt from; a share of `data` is set apart when None.
        recipe: the choices; all derived when None.
        out: where the model is saved; nowhere when None.
        resume: go on with a run to the same `out` that was interrupted.
        listen: hears of progress.

    Returns:
        The model; `model.report` holds the table of candidates and the verdict.

    Raises:
        InputError: the rows cannot be used.
        MissingBaseError: the base is not on this machine and could not be fetched.
        RecipeError: a setting is unknown or out of range.
        ResourceError: the model cannot be written.
    """
    began = time.perf_counter()
    recipe = recipe or Recipe()
    if out is not None:
        refuse_foreign(Path(out))
    names = _names(recipe)
    stage = _stage(data, test, recipe, listen, _run_folder(out))
    if stage.run_folder and not resume:
        shutil.rmtree(stage.run_folder, ignore_errors=True)
    entries = [_entered(stage, name) for name in names]
    _climb(stage, entries)
    chosen = _chosen(stage, entries)
    if recipe.strategy == "auto":
        chosen.fit = _refitted(stage, chosen)
    model = _measured_model(stage, entries, chosen, began)
    if out is not None:
        model = replace(model, report={"model": str(out), **model.report})
        model.save(out)
        if stage.run_folder:
            shutil.rmtree(stage.run_folder, ignore_errors=True)
    return model


def _run_folder(out: str | Path | None) -> Path | None:
    return None if out is None else Path(out).with_name(f".{Path(out).name}.run")


def _names(recipe: Recipe) -> Sequence[str]:
    if recipe.strategy == "auto":
        return (*_LADDER, "scratch") if recipe.effort == "thorough" else _LADDER
    plugins.load("strategies", recipe.strategy)
    return [*(name for name in _RIVALS if name != recipe.strategy), recipe.strategy]


def _stage(
    data: Any, test: Any, recipe: Recipe, listen: Listener, run_folder: Path | None
) -> _Stage:
    kind = plugins.load("tasks", recipe.task)
    table, columns = read_rows(data, recipe.text_column, recipe.label_column, recipe.group_column)
    whole: Dataset[Any] = kind.examples(table, columns)
    task = kind.learn(whole)
    if len(whole) < _FEWEST:
        raise RowsError(
            f"{whole.name} has {len(whole)} labelled rows; at least {_FEWEST} are needed to learn "
            "and to measure.",
            "Label more texts; some 20 for each label are a good start.",
        )
    if test is None:
        train, held = split(whole, recipe.test_share, recipe.seed)
        listen(Noted(f"{len(held)} of {len(whole)} rows are set apart for the test"))
    else:
        other = read_table(test)
        train, held = whole, kind.examples(other, columns_alike(other, columns))
        refuse_unknown_labels(task, held)
    notes = (*whole.notes, *(held.notes if test is not None else ()))
    for note in notes:
        listen(Noted(note))
    k = 5 if len(train) >= 50 else 3
    located = _located(recipe, train, listen)
    parts = tuple(folds(train, k, recipe.seed))
    return _Stage(task, train, held, recipe, located, parts, listen, run_folder, notes)


def _located(recipe: Recipe, train: Dataset[Any], listen: Listener) -> Located | None:
    if recipe.strategy != "auto" and not plugins.load("strategies", recipe.strategy).needs_base:
        return None
    if recipe.base is not None:
        return finding.find(recipe.base)
    name = finding.default_for(train.texts)
    try:
        return finding.find(name)
    except MissingBaseError:
        listen(Noted(f"The base {name} is not on this machine yet: fetching it, once"))
        return fetching.fetch(name, listen)


def _entered(stage: _Stage, name: str) -> _Entry:
    strategy: Strategy = plugins.load("strategies", name)
    base: Base | None = stage.located.base if stage.located else None
    reason = strategy.suits(base, stage.task, len(stage.train))
    if reason and name == stage.recipe.strategy:
        raise UsageError(
            f"The strategy {name!r} does not suit: {reason}.",
            "Choose another with --strategy, or leave the choice to `--strategy auto`.",
        )
    return _Entry(strategy, skipped=reason or "")


def _climb(stage: _Stage, entries: list[_Entry]) -> None:
    """Fit from cheap to dear, leaving out what the time budget does not allow."""
    auto = stage.recipe.strategy == "auto"
    limit = time.perf_counter() + stage.recipe.seconds
    each = 0.0
    for entry in sorted(entries, key=lambda e: e.strategy.rank):
        if entry.skipped:
            continue
        moves = entry.strategy.rank >= 30
        if auto and moves:
            # Chosen, it is fitted twice: without a fold to be compared, then on all.
            each = each or _seconds_to_train(stage)
            cost = 2 * each
            left = limit - time.perf_counter()
            if cost > left:
                entry.skipped = (
                    f"it would take about {duration(cost)}, and effort {stage.recipe.effort!r} has "
                    f"{duration(max(0.0, left))} left"
                )
                continue
        began = time.perf_counter()
        stage.listen(Noted(f"Trying {entry.strategy.name}"))
        apart = stage.folds[0] if auto and moves else None
        entry.fit = _fit(stage, entry.strategy, apart)
        entry.seconds = time.perf_counter() - began
        entry.held = _held(stage, entry)
        if entry.held:
            stage.listen(Scored(entry.strategy.name, {"accuracy": entry.held.accuracy}))


def _seconds_to_train(stage: _Stage) -> float:
    """Estimate one fine-tuning run from the time that a few texts take to be read."""
    from socle.training.finetuning import epochs_for

    if stage.located is None:
        return 0.0
    encoder = TextEncoder(stage.located, stage.recipe, FULL, (-1,))
    step = max(1, len(stage.train) // _PROBE_TEXTS)
    texts = stage.train.texts[::step]
    began = time.perf_counter()
    encoder.fresh(texts)
    each = (time.perf_counter() - began) / len(texts)
    return each * len(stage.train) * _TRAIN_TO_READ * epochs_for(stage.recipe, len(stage.train))


def _fit(stage: _Stage, strategy: Strategy, apart: NDArray[np.int64] | None = None) -> Fit:
    return strategy.fit(
        Fitting(
            stage.task,
            stage.train,
            stage.recipe,
            stage.located if strategy.needs_base else None,
            stage.listen,
            stage.run_folder,
            stage.folds,
            apart,
        )
    )


def _held(stage: _Stage, entry: _Entry) -> Held | None:
    scores = entry.fit.held_out if entry.fit else None
    if scores is None:
        return None
    rows = np.flatnonzero(~np.isnan(scores).any(axis=1))
    task = stage.task
    answers = task.decide(task.probabilities(scores[rows]))
    gold = task.encode([stage.train.examples[i] for i in rows])
    return Held(entry.strategy.name, entry.strategy.rank, rows, right(gold, answers))


def _chosen(stage: _Stage, entries: list[_Entry]) -> _Entry:
    by_name = {entry.strategy.name: entry for entry in entries}
    if stage.recipe.strategy != "auto":
        return by_name[stage.recipe.strategy]
    name = choose([e.held for e in entries if e.held and e.strategy.name != "majority"])
    stage.listen(Noted(f"Chosen on training examples that it had not seen: {name}"))
    return by_name[name]


def _refitted(stage: _Stage, chosen: _Entry) -> Fit | None:
    """Fit a gradient strategy again with the fold that it was compared on."""
    if chosen.strategy.rank < 30:
        return chosen.fit
    began = time.perf_counter()
    fit = _fit(stage, chosen.strategy)
    chosen.seconds += time.perf_counter() - began
    return fit


def _measured_model(
    stage: _Stage, entries: list[_Entry], chosen: _Entry, began: float
) -> AdaptedModel:
    results, candidates = [], []
    stage.listen(Started("Opening the test set", None))
    for entry in sorted(entries, key=lambda e: e.strategy.rank):
        strategy, base = entry.strategy, None
        if strategy.needs_base and stage.located:
            base = stage.located.base.name
        if entry.fit is None:
            candidates.append(Candidate(strategy.name, base, skipped=entry.skipped))
            continue
        predictor = strategy.restore(entry.fit.adaptation, stage.task, stage.located, stage.recipe)
        found, good = measured(stage.task, predictor, stage.test, strategy.name, base)
        validated = entry.held.accuracy if entry.held else None
        candidates.append(Candidate(strategy.name, base, validated, found, seconds=entry.seconds))
        results.append(Measured(found, good, strategy.rank))
    stage.listen(Finished("Opening the test set", 0.0))
    report = _report(stage, candidates, results, chosen, time.perf_counter() - began)
    located = stage.located if chosen.strategy.needs_base else None
    if chosen.fit is None:
        raise ValueError("the chosen candidate was not fitted")
    return AdaptedModel(
        task=stage.task,
        strategy=chosen.strategy.name,
        adaptation=chosen.fit.adaptation,
        recipe=replace(stage.recipe, base=located.base.name if located else None),
        located=located,
        report=report,
        card=carding.card(report, located.base if located else None),
    )


def _report(
    stage: _Stage,
    candidates: list[Candidate],
    results: list[Measured],
    chosen: _Entry,
    seconds: float,
) -> dict[str, Any]:
    name = chosen.strategy.name
    own = next(c for c in candidates if c.strategy == name)
    if own.report is None:
        raise ValueError("the chosen candidate was not measured")
    facts = chosen.fit.adaptation.facts if chosen.fit else {}
    kept = ("engine", "int8", "precision", "tokens_per_second", "steps", "strength", "layers")
    return {
        "task": stage.task.name,
        "base": own.base,
        "strategy": name,
        "n_train": len(stage.train),
        "n_test": len(stage.test),
        "metrics": dict(own.report.metrics),
        "intervals": dict(own.report.intervals),
        "rivals": {
            c.strategy: dict(c.report.metrics)
            for c in candidates
            if c.report and c.strategy != name
        },
        "verdict": judge(results, name).to_json(),
        "seconds": {"total": round(seconds, 2), "train": round(own.seconds, 2)},
        "candidates": [c.to_json() for c in candidates],
        "labels": own.report.to_json()["labels"],
        "data": {"train": stage.train.fingerprint, "test": stage.test.fingerprint},
        "learnt": {key: facts[key] for key in kept if key in facts},
        "notes": list(stage.notes),
    }
