"""A linear head on a frozen base: features once, strength by cross-validation, seconds to train."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.bases import Base, Located
from socle.events import Listener, silent
from socle.heads.pooled import LinearHead
from socle.recipe import Recipe
from socle.strategies import Adaptation, Fit, Fitting, Predictor, not_an_encoder, present
from socle.tasks import Task
from socle.training.encoding import FULL, INT8, TextEncoder, Trial, trial
from socle.training.features import Features
from socle.training.logistic import Fitted, fit_logistic, fit_once

LAYERS = (-1,)
_TRIAL_TEXTS = 512


class HeadOnBase:
    """A restored head, with its base."""

    def __init__(self, adaptation: Adaptation, located: Located, recipe: Recipe) -> None:
        self._encoder = TextEncoder(located, recipe, str(adaptation.facts["engine"]), LAYERS)
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
        known = TextEncoder(located, fitting.recipe, FULL, LAYERS).features(
            fitting.train.texts, fitting.listen
        )
        targets = fitting.task.encode(fitting.train.examples)
        fitted = fit_logistic(known, targets, len(fitting.task.labels), fitting.folds)
        engine, outcome = _engine(fitting, located, fitted, known, targets)
        facts: dict[str, Any] = {
            "engine": engine,
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


def _engine(
    fitting: Fitting,
    located: Located,
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
    fast = TextEncoder(located, fitting.recipe, INT8, LAYERS).features(texts)
    task = fitting.task
    full_said, fast_said = (
        task.decide(task.probabilities(head.scores(f) * fitted.temperature))
        for f in (known[fold], fast)
    )
    outcome = trial(targets[fold], full_said, fast_said)
    return (INT8 if outcome.passed else FULL), outcome


OPTION = Head()
