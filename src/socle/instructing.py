"""A model from instructions alone: labels by name, no labelled row, nothing measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from socle import carding, contest, plugins
from socle.data.dataset import Dataset
from socle.errors import UsageError
from socle.events import Listener, Noted, silent
from socle.examples import Example
from socle.learning import Fitting
from socle.licensing import combine
from socle.model import AdaptedModel, refuse_foreign
from socle.recipe import Recipe
from socle.strategies import Strategy
from socle.tasks import Task

_UNMEASURED = (
    "Nothing was measured: there are no labelled rows. Label some and run `socle evaluate`, or "
    "`socle compare`, which may find that a cheaper way is as good."
)


def instruct(
    labels: Sequence[str],
    *,
    texts: Sequence[str] = (),
    recipe: Recipe | None = None,
    out: str | Path | None = None,
    listen: Listener = silent,
) -> AdaptedModel:
    """Return a zero-shot model for labels of which only the names are known.

    Args:
        labels: their names; of entities for the task labelling. What they mean, and how the model
            is to say them, may stand in the wording that the recipe names.
        texts: unlabelled texts like those to come: how likely each label is anyway is estimated on
            them, which matters more than the size of the model.
        recipe: the choices; its task is classification by default.
        out: where the model is saved; nowhere when None.
        listen: hears of progress.

    Raises:
        UsageError: the labels, or the task, cannot be asked for.
        BaseError: the base is unknown, missing or damaged.
        PromptError: the wording cannot be used.
    """
    recipe = replace(recipe or Recipe(), strategy="zero-shot")
    recipe = replace(recipe, task=recipe.task or "classification")
    if out is not None:
        refuse_foreign(Path(out))
    task: Task = plugins.load("tasks", str(recipe.task)).named(_checked(labels))
    train: Dataset[Any] = Dataset(tuple(Example(text) for text in texts))
    strategy: Strategy = plugins.load("strategies", "zero-shot")
    stage = contest.Stage(task, train, train, recipe, ())
    needed = [] if recipe.base else ["zero-shot"]
    (place,) = contest.places(recipe.base, needed, stage, listen)
    if reason := strategy.suits(place.base, task, len(train)):
        raise UsageError(f"Zero-shot does not suit: {reason}.", "Choose another base or task.")
    if not texts:
        said = "No texts are given: scores are corrected on empty ones only (see --unlabelled)"
        listen(Noted(said))
    fit = strategy.fit(Fitting(task, train, recipe, place, listen))
    recipe = replace(recipe, base=place.base.name)
    model = AdaptedModel(task, "zero-shot", fit.adaptation, recipe, place)
    report = _report(model, len(texts))
    told = carding.card(report, place.base, recipe=recipe, sha256=place.sha256)
    if out is not None:
        report = {"model": str(out), **report}
    model = replace(model, report=report, card=told)
    if out is not None:
        model.save(out)
    return model


def _report(model: AdaptedModel, texts: int) -> dict[str, Any]:
    base = model.located.base if model.located else None
    return {
        "task": model.task.name,
        "base": model.base_name,
        "strategy": model.strategy,
        "n_train": 0,
        "n_test": 0,
        "unlabelled": texts,
        "metrics": {},
        "rivals": {},
        "verdict": {"text": _UNMEASURED},
        "candidates": [],
        "labels": [{"label": label} for label in model.task.labels],
        "seconds": {},
        "licence": combine(base, None).to_json(),
    }


def _checked(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the labels without the blanks around them.

    Raises:
        UsageError: fewer than two, an empty one, or one twice.
    """
    found = tuple(label.strip() for label in labels)
    empty = [number for number, label in enumerate(found, start=1) if not label]
    if empty:
        raise UsageError(f"Label {empty[0]} of {len(found)} is empty.", "Leave no comma too many.")
    twice = next((label for label in found if found.count(label) > 1), None)
    if twice is not None:
        raise UsageError(f"The label {twice!r} is named twice.", "Name every label once.")
    if not found:
        raise UsageError("There are no labels.", 'Name them: --labels "positive,negative"')
    return found
