"""A linear head on a frozen base: features once, strength by cross-validation, seconds to train.

The last layer of a base serves what it was pretrained for; the one below often tells more about a
new task (sentiment above all), so the folds choose among the last ones, and the last two side by
side. Vectors are brought to length 1: what a text is about stands in their direction.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.bases import Base, Kind, Located
from socle.events import Finished, Started, Stepped
from socle.heads.memory import Memory
from socle.heads.pooled import unit_length
from socle.learning import (
    Adaptation,
    Fit,
    Fitting,
    Predictor,
    apart_of,
    course_of,
    not_of_family,
    of_other_kind,
    present,
)
from socle.recipe import Recipe
from socle.tasks import Family, Task
from socle.training.encoding import (
    FULL,
    INT8,
    TextEncoder,
    Trial,
    encoder_of,
    layers_read,
    sharing_of,
    trial,
    windower_for,
)
from socle.training.features import Features
from socle.training.headed import HeadOnBase
from socle.training.logistic import Fitted, fit_logistic, fit_once
from socle.training.wordmodel import WordModel

_TRIAL_TEXTS = 512
_COMPARED = 60_000
"""Rows times labels on which layers are compared at most."""
_FEWEST_COMPARED = 2000


class Head:
    """The option."""

    name = "head"
    rank = 20
    needs_base = True
    usual_base: str | None = None
    moves = False
    families: tuple[Family, ...] = ("texts", "words")

    def kinds(self, task: Task) -> tuple[Kind, ...]:
        """Return encoders."""
        return ("encoder",)

    def suits(self, base: Base | None, task: Task, n: int) -> str | None:
        """Return why not: the base must be an encoder."""
        return not_of_family(self.families, task) or of_other_kind(base, self.kinds(task))

    def fit(self, fitting: Fitting) -> Fit:
        """Read the texts once, fit by folds, and find out whether int8 may answer."""
        if fitting.task.family == "words":
            return _fit_words(fitting)
        located = present(fitting)
        targets = fitting.task.encode(fitting.train.examples)
        layers, known, fitted = _best(fitting, located, targets)
        engine, outcome = _engine(fitting, located, layers, fitted, known, targets)
        facts: dict[str, Any] = {
            "engine": engine,
            "layers": list(layers),
            "unit": True,
            "stretches": fitting.task.stretches,
            "strength": fitted.strength,
            "log_loss_by_strength": {str(k): v for k, v in fitted.by_strength.items()},
        }
        if outcome:
            facts["int8"] = outcome.to_json()
        head = fitted.head
        tensors = {
            "weight": head.weight * fitted.temperature,
            "bias": head.bias * fitted.temperature,
            **Memory.of(known, targets, len(fitting.task.labels)).tensors(),
        }
        return Fit(Adaptation(tensors, facts), fitted.held_out * fitted.temperature)

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return the head on its base."""
        if located is None:
            raise ValueError("a head needs its base")
        if task.family == "words":
            return _words_on_base(adaptation, located, recipe)
        return HeadOnBase(adaptation.tensors, adaptation.facts, located, recipe)


def _fit_words(fitting: Fitting) -> Fit:
    from socle.training import wordfit

    tensors, facts, held_out = wordfit.fit_frozen(course_of(fitting), apart_of(fitting))
    return Fit(Adaptation(tensors, facts), held_out)


def _words_on_base(adaptation: Adaptation, located: Located, recipe: Recipe) -> Predictor:
    layers, engine = tuple(adaptation.facts["layers"]), str(adaptation.facts["engine"])
    sharing = sharing_of(located, recipe, engine, layers)
    encoder = encoder_of(located, engine, layers)
    return WordModel(adaptation.tensors, windower_for(located, recipe), encoder, sharing)


def _best(
    fitting: Fitting, located: Located, targets: NDArray[np.int64]
) -> tuple[tuple[int, ...], Features, Fitted]:
    """Return the layers whose head has the lowest held-out loss, their features, and the head."""
    layers = layers_read(located)
    encoder = TextEncoder(located, fitting.recipe, FULL, layers)
    task = fitting.task
    read = encoder.features(task.inputs(fitting.train.examples), fitting.listen)
    parts = [unit_length(part, task.stretches) for part in np.split(read, len(layers), axis=1)]
    choices: list[tuple[int, ...]] = [(layer,) for layer in layers]
    if len(layers) > 1:
        choices.append(layers[:2])
        parts.append(np.concatenate(parts[:2], axis=1))
    n_labels = len(task.labels)
    began = time.perf_counter()
    fitting.listen(Started("Fitting heads", len(choices) + 1))
    rows, some = _sampled(fitting, n_labels)
    tried = []
    for i, part in enumerate(parts):
        tried.append(fit_logistic(part[rows], targets[rows], n_labels, some))
        fitting.listen(Stepped("Fitting heads", i + 1))
    best = min(range(len(choices)), key=lambda i: tried[i].loss)
    fitted = tried[best]
    if len(rows) < len(targets):
        fitted = fit_logistic(parts[best], targets, n_labels, fitting.folds)
    fitting.listen(Finished("Fitting heads", time.perf_counter() - began))
    return choices[best], parts[best], fitted


def _sampled(
    fitting: Fitting, n_labels: int
) -> tuple[NDArray[np.int64], tuple[NDArray[np.int64], ...]]:
    """Return the rows on which layers are compared, and the folds among them, numbered anew.

    All of them, unless rows and labels are so many that a fit takes minutes, or the effort is
    quick: then as many of each fold as together take seconds.
    """
    n = len(fitting.train)
    most = _FEWEST_COMPARED
    if fitting.recipe.effort != "quick":
        most = max(most, _COMPARED // n_labels)
    if n <= most:
        return np.arange(n), fitting.folds
    rng = np.random.default_rng(fitting.recipe.seed)
    kept = [
        np.sort(rng.permutation(fold)[: max(1, most * len(fold) // n)]) for fold in fitting.folds
    ]
    rows = np.sort(np.concatenate(kept))
    return rows, tuple(np.searchsorted(rows, fold) for fold in kept)


def _engine(
    fitting: Fitting,
    located: Located,
    layers: tuple[int, ...],
    fitted: Fitted,
    known: Features,
    targets: NDArray[np.int64],
) -> tuple[str, Trial | None]:
    """Return the engine that shall answer, after a comparison on texts a head has not seen."""
    asked = fitting.recipe.engine
    if asked != "auto":
        return asked, None
    fold = fitting.folds[0][:_TRIAL_TEXTS]
    rest = np.setdiff1d(np.arange(len(known)), fitting.folds[0])
    head = fit_once(known[rest], targets[rest], len(fitting.task.labels), fitted.strength)
    task = fitting.task
    texts = task.inputs([fitting.train.examples[i] for i in fold])
    fast = unit_length(
        TextEncoder(located, fitting.recipe, INT8, layers).features(texts),
        len(layers) * task.stretches,
    )
    full_said, fast_said = (
        task.decide(task.probabilities(head.scores(f) * fitted.temperature))
        for f in (known[fold], fast)
    )
    outcome = trial(targets[fold], full_said, fast_said)
    return (INT8 if outcome.passed else FULL), outcome


OPTION = Head()
