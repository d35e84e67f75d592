"""A linear head on a frozen base: features once, strength by cross-validation, seconds to train.

The last layer of a base serves what it was pretrained for; the one below often tells more about a
new task (sentiment above all), so the folds choose among the last ones.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.bases import Base, Located
from socle.events import Finished, Listener, Started, Stepped, silent
from socle.heads.pooled import LinearHead
from socle.recipe import Recipe
from socle.strategies import Adaptation, Fit, Fitting, Predictor, not_an_encoder, present
from socle.tasks import Task
from socle.training.encoding import FULL, INT8, TextEncoder, Trial, layers_read, trial
from socle.training.features import Features
from socle.training.logistic import Fitted, fit_logistic, fit_once

_TRIAL_TEXTS = 512


class HeadOnBase:
    """A restored head, with its base."""

    def __init__(self, adaptation: Adaptation, located: Located, recipe: Recipe) -> None:
        layers = tuple(adaptation.facts["layers"])
        self._encoder = TextEncoder(located, recipe, str(adaptation.facts["engine"]), layers)
        self._head = LinearHead(adaptation.tensors["weight"], adaptation.tensors["bias"])

    def scores(self, texts: Sequence[str], listen: Listener = silent) -> NDArray[np.floating]:
        """Return calibrated scores, shape (n, labels)."""
        return self._head.scores(self._encoder.fresh(texts))


class Head:
    """The option."""

    name = "head"
    rank = 20
    needs_base = True

    def suits(self, base: Base | None, task: Task, n: int) -> str | None:
        """Return why not: the base must be an encoder."""
        return not_an_encoder(base)

    def fit(self, fitting: Fitting) -> Fit:
        """Read the texts once, fit by folds, and find out whether int8 may answer."""
        located = present(fitting)
        targets = fitting.task.encode(fitting.train.examples)
        layer, known, fitted = _best(fitting, located, targets)
        engine, outcome = _engine(fitting, located, layer, fitted, known, targets)
        facts: dict[str, Any] = {
            "engine": engine,
            "layers": [layer],
            "strength": fitted.strength,
            "log_loss_by_strength": {str(k): v for k, v in fitted.by_strength.items()},
        }
        if outcome:
            facts["int8"] = outcome.to_json()
        head = fitted.head
        tensors = {
            "weight": head.weight * fitted.temperature,
            "bias": head.bias * fitted.temperature,
        }
        return Fit(Adaptation(tensors, facts), fitted.held_out * fitted.temperature)

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return the head on its base."""
        if located is None:
            raise ValueError("a head needs its base")
        return HeadOnBase(adaptation, located, recipe)


def _best(
    fitting: Fitting, located: Located, targets: NDArray[np.int64]
) -> tuple[int, Features, Fitted]:
    """Return the layer whose head has the lowest held-out loss, its features, and the head."""
    layers = layers_read(located)
    encoder = TextEncoder(located, fitting.recipe, FULL, layers)
    read = encoder.features(fitting.train.texts, fitting.listen)
    n_labels = len(fitting.task.labels)
    found = []
    began = time.perf_counter()
    fitting.listen(Started("Fitting heads", len(layers)))
    for layer, known in zip(layers, np.split(read, len(layers), axis=1), strict=True):
        found.append((layer, known, fit_logistic(known, targets, n_labels, fitting.folds)))
        fitting.listen(Stepped("Fitting heads", len(found)))
    fitting.listen(Finished("Fitting heads", time.perf_counter() - began))
    return min(found, key=lambda one: one[2].loss)


def _engine(
    fitting: Fitting,
    located: Located,
    layer: int,
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
    texts = [fitting.train.texts[i] for i in fold]
    fast = TextEncoder(located, fitting.recipe, INT8, (layer,)).features(texts)
    task = fitting.task
    full_said, fast_said = (
        task.decide(task.probabilities(head.scores(f) * fitted.temperature))
        for f in (known[fold], fast)
    )
    outcome = trial(targets[fold], full_said, fast_said)
    return (INT8 if outcome.passed else FULL), outcome


OPTION = Head()
