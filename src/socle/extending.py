"""Teaching a model one more label, without losing those that it knows.

What a model reads from a text stays as it is; only the linear layer on it is fitted again, over the
old labels and the new. What stands for the old ones is, first, rows of them where they are given,
else what the model remembers of them (`heads.memory`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle import carding, plugins
from socle.data.dataset import Dataset
from socle.data.findings import some
from socle.data.reading import columns_alike, read_rows, read_table
from socle.data.splitting import folds, split
from socle.errors import ModelError, RowsError, UsageError
from socle.evaluating import measured, refuse_unknown_labels, unknown_labels
from socle.events import Listener, Noted, silent
from socle.heads.memory import Memory
from socle.learning import Adaptation, Fitting, Predictor
from socle.licensing import combine
from socle.metrics.labels import per_label
from socle.metrics.retention import Kept, Retention, table
from socle.model import AdaptedModel, load, refuse_foreign
from socle.recipe import Recipe
from socle.report import Candidate, Verdict
from socle.tasks import Task
from socle.training.widening import from_memory, from_rows

_FEWEST = 5
_HEADS = ("", "head.")
"""What stands before `weight` and `bias` among the tensors: a head's own, or a changed base's."""


@dataclass(frozen=True)
class _Stage:
    """What is learnt, from which rows, and measured on which."""

    model: AdaptedModel
    task: Task
    """With the new labels."""
    train: Dataset[Any]
    test: Dataset[Any]
    with_old: bool
    """Whether rows of the old labels were given."""
    seed: int
    notes: tuple[str, ...]
    licence: str | None
    """Of old rows and new; unknown where that of either is."""

    @property
    def new_labels(self) -> list[str]:
        """The labels that the model does not know."""
        return [label for label in self.task.labels if label not in self.model.task.labels]

    @property
    def columns(self) -> NDArray[np.int64]:
        """The number of each old label among all."""
        return np.array([self.task.labels.index(label) for label in self.model.task.labels])


def extend(
    model: AdaptedModel | str | Path,
    data: Any,
    *,
    old: Any = None,
    test: Any = None,
    recipe: Recipe | None = None,
    out: str | Path | None = None,
    listen: Listener = silent,
) -> AdaptedModel:
    """Return a model that knows the labels of another, and those of new rows.

    Args:
        model: what is extended; it is left as it is.
        data: rows of the new labels, and of old ones too if there are: a path, a data frame, or
            a list of dictionaries.
        old: rows that the model learnt from. They stand for the old labels; without them its
            memory does, if it has one.
        test: rows never learnt from, of old and new labels; shares of `data` and `old` if None.
        recipe: seed, test share and columns; everything else is as the model's own.
        out: where the model is saved; nowhere when None.
        listen: hears of progress.

    Returns:
        The model; `model.report["old_labels"]` says how each old label did before and does after.

    Raises:
        InputError: the rows cannot be used, or bring no new label.
        ModelError: the model cannot be read, or remembers nothing of its labels.
        UsageError: a model of this kind cannot be extended.
    """
    began = time.perf_counter()
    if out is not None:
        refuse_foreign(Path(out))
    ready = model if isinstance(model, AdaptedModel) else load(model, listen)
    stage = _stage(ready, data, old, test, recipe or Recipe())
    for note in stage.notes:
        listen(Noted(note))
    listen(Noted(f"Adding {', '.join(map(repr, stage.new_labels))}"))
    adaptation = _learnt(stage, listen)
    found = replace(ready, task=stage.task, adaptation=adaptation)
    report = _report(stage, found, time.perf_counter() - began)
    place = found.located
    base = place.base if place else None
    report["licence"] = combine(base, stage.licence).to_json()
    sha256 = place.sha256 if place else None
    card = carding.card(report, base, recipe=found.recipe, sha256=sha256)
    card += _card_of_labels(report)
    found = replace(found, report=report, card=card)
    if out is not None:
        found = replace(found, report={"model": str(out), **report})
        found.save(out)
    return found


def _stage(model: AdaptedModel, data: Any, old: Any, test: Any, recipe: Recipe) -> _Stage:
    if model.task.family != "texts" or model.task.stretches != 1:
        said = f"A label can be added to whole texts only; this model is for {model.task.name}."
        raise UsageError(said, "Run `socle adapt` on all rows together, of old labels and new.")
    if model.task.several:
        raise UsageError(
            "This model gives several labels to a text: its old rows do not say whether the new "
            "label is theirs too, so nothing can stand for them.",
            "Label the old rows for the new label as well, and run `socle adapt` on all of them.",
        )
    kind = plugins.load("tasks", model.task.name)
    rows, columns = read_rows(data, recipe.text_column, recipe.label_column, recipe.group_column)
    fresh: Dataset[Any] = kind.examples(rows, columns)
    _refuse_several(fresh)
    labels = sorted(set(model.task.labels) | set(_added(model, fresh)))
    task: Task = kind.from_json({**model.task.to_json(), "labels": labels})
    parts = [fresh]
    if old is not None:
        other = read_table(old)
        parts.append(kind.examples(other, columns_alike(other, columns)))
        _refuse_several(parts[1])
        refuse_unknown_labels(task, parts[1])
    notes = [note for part in parts for note in part.notes]
    if test is not None:
        other = read_table(test)
        held = kind.examples(other, columns_alike(other, columns))
        refuse_unknown_labels(task, held)
        notes += held.notes
    else:
        cut = [split(part, recipe.test_share, recipe.seed) for part in parts]
        parts, held = [kept for kept, _ in cut], _together([apart for _, apart in cut])
        notes += _said_of_test(model, held, old is not None)
    train = _together(parts)
    if old is not None:
        _refuse_missing(task, train)
    licence = _licence(model, recipe)
    return _Stage(model, task, train, held, old is not None, recipe.seed, tuple(notes), licence)


def _licence(model: AdaptedModel, recipe: Recipe) -> str | None:
    before, now = (model.report.get("data") or {}).get("licence"), recipe.data_licence
    if before is None or now is None:
        return None
    return now if before == now else f"({before}) AND ({now})"


def _added(model: AdaptedModel, fresh: Dataset[Any]) -> list[str]:
    """Return the labels of the rows that the model does not know, sorted.

    Raises:
        RowsError: there is none, or one has hardly any row.
    """
    added = sorted(unknown_labels(model.task, fresh))
    if not added:
        raise RowsError(
            f"There is nothing to add: {fresh.name} has rows of known labels only "
            f"({some(list(map(repr, model.task.labels)))}).",
            "Give rows of the new label. To learn more of known ones, run `socle adapt` on all "
            "rows together.",
        )
    for label in added:
        n = sum(example.target == label for example in fresh)
        if n < _FEWEST:
            raise RowsError(
                f"{fresh.name} has {n} rows of {label!r}; at least {_FEWEST} are needed to learn "
                "and to measure.",
                "Label more texts; some 20 are a good start.",
            )
    return added


def _refuse_several(rows: Dataset[Any]) -> None:
    if any(isinstance(example.target, tuple) for example in rows):
        raise RowsError(
            f"{rows.name} gives several labels to a row, and the model knows one for each text.",
            "Give one label for each row, without `|`.",
        )


def _refuse_missing(task: Task, train: Dataset[Any]) -> None:
    there = {example.target for example in train}
    missing = [repr(label) for label in task.labels if label not in there]
    if missing:
        raise RowsError(
            f"The old rows have none of {some(missing)}: the model would forget them.",
            "Give with --old rows of every label that it shall keep.",
        )


def _said_of_test(model: AdaptedModel, held: Dataset[Any], with_old: bool) -> list[str]:
    known = sum(example.target in model.task.labels for example in held)
    if not known:
        return [
            "No test row has an old label, so what the model keeps of them was not measured: give "
            "rows that it never saw with --test"
        ]
    if with_old:
        return [
            "Test rows of the old labels were set apart from --old: if the model learnt from them, "
            "its figures from before flatter it; give rows that it never saw with --test"
        ]
    return []


def _together(parts: Sequence[Dataset[Any]]) -> Dataset[Any]:
    rows = tuple(example for part in parts for example in part)
    return Dataset(rows, " + ".join(part.name for part in parts))


def _learnt(stage: _Stage, listen: Listener) -> Adaptation:
    model = stage.model
    where = next((p for p in _HEADS if f"{p}weight" in model.adaptation.tensors), None)
    if model.located is None:
        return _refitted_whole(stage, listen)
    if where is None:
        raise UsageError(
            f"The strategy {model.strategy!r} has no linear head that could take another label.",
            "Run `socle adapt` on all rows, of old labels and new.",
        )
    return _with_head(stage, where, listen)


def _refitted_whole(stage: _Stage, listen: Listener) -> Adaptation:
    """Return what a strategy without a base learns from all rows."""
    model = stage.model
    if not stage.with_old:
        raise ModelError(
            f"A model of the strategy {model.strategy!r} is fitted on all its rows at once: the "
            "new ones are not enough.",
            "Give the rows that it learnt from with --old FILE.",
        )
    fitting = Fitting(
        stage.task, stage.train, model.recipe, listen=listen, folds=_folds(stage.train, stage.seed)
    )
    adaptation: Adaptation = plugins.load("strategies", model.strategy).fit(fitting).adaptation
    return adaptation


def _memory(model: AdaptedModel) -> Memory:
    memory = Memory.from_tensors(model.adaptation.tensors)
    if memory is None:
        raise ModelError(
            "The model remembers nothing of the rows of its labels, and new rows alone would make "
            "it forget them.",
            "Give the rows that it learnt from with --old FILE.",
        )
    return memory


def _with_head(stage: _Stage, where: str, listen: Listener) -> Adaptation:
    """Return the adaptation with a head over all labels, and with a memory of all of them.

    `where` is what stands before the names of the head's tensors.
    """
    model, n_labels = stage.model, len(stage.task.labels)
    remembered = None if stage.with_old else _memory(model).placed(stage.columns, n_labels)
    features = _reader(model, where).scores(stage.train.texts, listen).astype(np.float32)
    targets = stage.task.encode(stage.train.examples)
    parts = _folds(stage.train, stage.seed)
    if remembered is None:
        found = from_rows(features, targets, n_labels, parts)
    else:
        found = from_memory(features, targets, remembered, parts, stage.seed)
    own = model.adaptation
    head = {f"{where}weight": found.head.weight, f"{where}bias": found.head.bias}
    facts = {
        **own.facts,
        "strength": found.strength,
        "added": [*own.facts.get("added", ()), *stage.new_labels],
    }
    facts.pop("log_loss_by_strength", None)
    return Adaptation({**own.tensors, **head, **found.memory.tensors()}, facts)


def _reader(model: AdaptedModel, where: str) -> Predictor:
    """Return what gives the vectors under a model's head: the model with a head that lets them by.

    So they are read by the engine that will answer, and a strategy needs no second way in.
    """
    width = model.adaptation.tensors[f"{where}weight"].shape[0]
    tensors = {
        **model.adaptation.tensors,
        f"{where}weight": np.eye(width, dtype=np.float32),
        f"{where}bias": np.zeros(width, dtype=np.float32),
    }
    bare = replace(model, adaptation=Adaptation(tensors, model.adaptation.facts))
    return bare.predictor()


def _folds(rows: Dataset[Any], seed: int) -> tuple[NDArray[np.int64], ...]:
    for k in (5, 3, 2):
        if len(rows) >= 10 * k or k == 2:
            try:
                return tuple(folds(rows, k, seed))
            except RowsError:
                continue
    return tuple(np.array_split(np.random.default_rng(seed).permutation(len(rows)), 2))


def _report(stage: _Stage, found: AdaptedModel, seconds: float) -> dict[str, Any]:
    """Return the report of an adaptation, and what became of old and new labels."""
    predictor = found.predictor()
    name, base = found.strategy, found.base_name
    report = measured(stage.task, predictor, stage.test, name, base).report
    rows = report.to_json()["labels"]
    added = [row for row in rows if row["label"] in stage.new_labels]
    old = _retention(stage, found)
    own = Candidate(name, base, None, report, seconds=seconds)
    facts = found.adaptation.facts
    kept = ("engine", "layers", "strength", "added")
    return {
        "task": stage.task.name,
        "base": base,
        "strategy": name,
        "n_train": len(stage.train),
        "n_test": len(stage.test),
        "metrics": dict(report.metrics),
        "intervals": dict(report.intervals),
        "rivals": {},
        "old_labels": old.to_json() if old else None,
        "new_labels": added,
        "kept_by": "rows" if stage.with_old else "memory",
        "verdict": Verdict(name, name, _said(old, added)).to_json(),
        "seconds": {"total": round(seconds, 2)},
        "candidates": [own.to_json()],
        "labels": rows,
        "data": {
            "name": stage.train.name,
            "train": stage.train.fingerprint,
            "test": stage.test.fingerprint,
            "licence": stage.licence,
        },
        "learnt": {key: facts[key] for key in kept if key in facts},
        "notes": list(stage.notes),
    }


def _retention(stage: _Stage, after: AdaptedModel) -> Retention | None:
    """Return what became of the old labels; None without test rows of any."""
    known = stage.model.task.labels
    rows = [example for example in stage.test if example.target in known]
    if not rows:
        return None
    f1 = []
    for model in (stage.model, after):
        scores = model.predictor().scores([example.text for example in rows])
        answers = model.task.decide(model.task.probabilities(scores))
        scored = per_label(model.task.encode(rows), answers, model.task.labels)
        f1.append({row.label: row for row in scored})
    before, now = f1
    kept = [Kept(name, row.f1, now[name].f1, row.support) for name, row in before.items()]
    return Retention(len(rows), tuple(one for one in kept if one.support))


def _said(old: Retention | None, added: Sequence[dict[str, Any]]) -> str:
    new = " ".join(
        f"New label {row['label']!r}: F1 {row['f1']:.3f} on {row['support']} test rows."
        for row in added
    )
    if old is not None:
        return f"{old.text()} {new}"
    return (
        f"{new} The old labels were not measured, for no test row has one; without such rows the "
        "new label's F1 flatters too."
    )


def _card_of_labels(report: dict[str, Any]) -> str:
    names = ", ".join(row["label"] for row in report["new_labels"])
    by = "rows of them" if report["kept_by"] == "rows" else "what it remembered of them"
    lines = ["", "## Added", "", f"Added to a model: {names}. Its labels were kept by {by}."]
    if report["old_labels"]:
        lines += ["", *table([Kept(**row) for row in report["old_labels"]["labels"]])]
    return "\n".join(lines) + "\n"
