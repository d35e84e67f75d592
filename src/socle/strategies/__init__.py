"""How a base learns a task: the contract of every strategy in this folder.

To add a strategy, add a module here that holds `OPTION`, an object with the attributes and methods
of `Strategy`. Rivals, which need no base, are strategies like any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from socle.bases import Base, Located
from socle.data.dataset import Dataset
from socle.events import Listener, silent
from socle.files import cache_folder, sha256_of_texts
from socle.heads.pooled import LinearHead
from socle.recipe import Recipe
from socle.tasks import Task
from socle.training.encoding import FULL, INT8, compiled, trial, windower_for
from socle.training.features import encoded

if TYPE_CHECKING:
    from torch import nn

    from socle.training.finetuning import Move, Outcome


@dataclass(frozen=True)
class Fitting:
    """All that a strategy is given to learn from."""

    task: Task
    train: Dataset[Any]
    recipe: Recipe
    located: Located | None = None
    """The base; None for strategies that need none."""
    listen: Listener = silent
    run_folder: Path | None = None
    """Where a gradient strategy may keep checkpoints."""
    folds: tuple[NDArray[np.int64], ...] = ()
    """Disjoint rows of `train` that cover it, shared by all candidates."""
    apart: NDArray[np.int64] | None = None
    """Rows that a gradient strategy holds out; a small part of its own choice when None."""


@dataclass(frozen=True)
class Adaptation:
    """What was learnt, and only that."""

    tensors: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON values: settings, vocabulary, what was measured while fitting."""


@dataclass(frozen=True)
class Fit:
    """The outcome of a fit."""

    adaptation: Adaptation
    held_out: NDArray[np.floating] | None = None
    """Calibrated scores, (n, labels), of training examples by models that did not see them; rows
    that no model held out are NaN. None when nothing was held out."""


class Predictor(Protocol):
    """A restored adaptation."""

    def scores(self, texts: Sequence[str], listen: Listener = silent) -> NDArray[np.floating]:
        """Return calibrated scores, shape (n, labels): `Task.probabilities` makes them sum up."""
        ...


class Strategy(Protocol):
    """One way to learn."""

    name: str
    rank: int
    """Place on the ladder from cheap to dear, by the cost of running the result."""
    needs_base: bool

    def suits(self, base: Base | None, task: Task, n: int) -> str | None:
        """Return why this strategy cannot learn `n` examples of the task, or None if it can."""
        ...

    def fit(self, fitting: Fitting) -> Fit:
        """Learn."""
        ...

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Make a saved adaptation ready to answer."""
        ...


def not_an_encoder(base: Base | None) -> str | None:
    """Return why a strategy that needs an encoder cannot use this base, or None if it can."""
    if base is None:
        return "it needs a base"
    return None if base.kind == "encoder" else f"{base.name} is not an encoder"


def present(fitting: Fitting) -> Located:
    """Return the base of a fitting whose strategy needs one."""
    if fitting.located is None:
        raise ValueError("this strategy needs a base")
    return fitting.located


class GradientStrategy:
    """What full, partial, lora and scratch share; each names only the weights that move."""

    needs_base = True

    def __init__(self, name: str, rank: int) -> None:
        self.name = name
        self.rank = rank

    def move(self) -> Move:
        """Return which weights move, and how fast."""
        raise NotImplementedError

    def suits(self, base: Base | None, task: Task, n: int) -> str | None:
        """Return why not: the base must be an encoder, and there must be examples to hold out."""
        return not_an_encoder(base) or (
            None if n >= 20 else f"{n} examples are too few to move weights"
        )

    def fit(self, fitting: Fitting) -> Fit:
        """Fine-tune, then choose the engine and the scale of the scores on what was held out."""
        from socle.training import finetuning

        course = finetuning.Course(
            present(fitting),
            fitting.task,
            fitting.train,
            fitting.recipe,
            fitting.listen,
            fitting.run_folder,
            fitting.apart,
        )
        outcome = finetuning.fine_tune(course, self.move())
        return _finished(fitting, outcome)

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return the changed base with its head; torch is needed only the first time."""
        if located is None:
            raise ValueError(f"{self.name} needs its base")
        return ChangedBase(adaptation, self.move, located, recipe)

    def encoder(self, adaptation: Adaptation, located: Located, recipe: Recipe) -> nn.Module:
        """Return the base as the adaptation changed it, a torch module without the head."""
        return _encoder(adaptation, self.move, located, recipe)


class ChangedBase:
    """A base with moved weights, and the head on it."""

    def __init__(
        self, adaptation: Adaptation, move: Callable[[], Move], located: Located, recipe: Recipe
    ) -> None:
        def load() -> Any:
            return _encoder(adaptation, move, located, recipe)

        self._windower = windower_for(located, recipe)
        folder = cache_folder("engines") / str(adaptation.facts["compiled"])
        self._encoder = compiled(load, str(adaptation.facts["engine"]), (-1,), folder)
        self._head = LinearHead(adaptation.tensors["head.weight"], adaptation.tensors["head.bias"])

    def scores(self, texts: Sequence[str], listen: Listener = silent) -> NDArray[np.floating]:
        """Return calibrated scores, shape (n, labels)."""
        return self._head.scores(encoded(texts, self._windower, self._encoder))


def _encoder(
    adaptation: Adaptation, move: Callable[[], Move], located: Located, recipe: Recipe
) -> nn.Module:
    from socle.training import finetuning

    changed = {k: v for k, v in adaptation.tensors.items() if not k.startswith("head.")}
    return finetuning.rebuilt(located, changed, move().prepare, recipe)


def _finished(fitting: Fitting, outcome: Outcome) -> Fit:
    from socle.training import finetuning

    task, rows = fitting.task, outcome.held_out
    tensors = dict(outcome.changed)
    key = sha256_of_texts(
        [present(fitting).sha256, *(f"{k} {hash_of(v)}" for k, v in sorted(tensors.items()))]
    )[:24]
    folder = cache_folder("engines") / key
    encoder = finetuning.merged(outcome.encoder)
    windower = windower_for(present(fitting), fitting.recipe)
    texts = [fitting.train.texts[i] for i in rows]
    targets = task.encode([fitting.train.examples[i] for i in rows])
    asked = fitting.recipe.engine
    first = FULL if asked == "auto" else asked
    features = encoded(texts, windower, compiled(lambda: encoder, first, (-1,), folder))
    head = finetuning.calibrated(outcome.head, features, targets)
    facts: dict[str, Any] = {"engine": first, "compiled": key, **outcome.measured}
    if asked == "auto":
        quick = encoded(texts, windower, compiled(lambda: encoder, INT8, (-1,), folder))
        said = [task.decide(task.probabilities(head.scores(f))) for f in (features, quick)]
        result = trial(targets, *said)
        facts |= {"int8": result.to_json(), "engine": INT8 if result.passed else FULL}
    tensors |= {"head.weight": head.weight, "head.bias": head.bias}
    held_out = np.full((len(fitting.train), len(task.labels)), np.nan, dtype=np.float32)
    held_out[rows] = head.scores(features)
    return Fit(Adaptation(tensors, facts), held_out)


def hash_of(values: NDArray[Any]) -> str:
    """Return the SHA-256 of an array's bytes."""
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
