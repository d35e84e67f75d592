"""What a strategy is given, and what it gives: examples and settings, tensors and facts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from socle.bases import Base, Kind, Located
from socle.data.dataset import Dataset
from socle.data.splitting import small_part
from socle.events import Listener, silent
from socle.examples import Sentence
from socle.recipe import Recipe
from socle.tasks import Family, Task, WordTask

if TYPE_CHECKING:
    from socle.training.finetuning import Course


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
    """Calibrated scores, (n, labels), of training examples by models that did not see them (for a
    task of words the statistics of their answers, (n, k)); rows
    that no model held out are NaN. None when nothing was held out."""


class Predictor(Protocol):
    """A restored adaptation."""

    def scores(self, inputs: Sequence[Any], listen: Listener = silent) -> Any:
        """Return calibrated scores, shape (n, labels): `Task.probabilities` makes them sum up.

        `inputs` are those of `Task.inputs`. For a task of words: a list of `Scored`.
        """
        ...


def course_of(fitting: Fitting) -> Course:
    """Return what the training of a base is given."""
    from socle.training.finetuning import Course

    return Course(
        present(fitting),
        fitting.task,
        fitting.train,
        fitting.recipe,
        fitting.listen,
        fitting.run_folder,
        fitting.apart,
    )


def apart_of(fitting: Fitting) -> NDArray[np.int64]:
    """Return the rows that are held out where folds are not gone through."""
    if fitting.apart is not None:
        return fitting.apart
    return small_part(fitting.train, fitting.recipe.seed)


def fit_without(
    fitting: Fitting, learn: Callable[[Sequence[Sentence]], Predictor]
) -> NDArray[np.float64]:
    """Return statistics of sentences, (n, k), by a model of words that learnt from the others."""
    rows = apart_of(fitting)
    everything = np.arange(len(fitting.train))
    examples = fitting.train.examples
    task: Any = fitting.task
    model = learn(task.encode([examples[i] for i in np.setdiff1d(everything, rows)]))
    held = [examples[i] for i in rows]
    counts = task.statistics(task.encode(held), task.decide(model.scores(task.inputs(held))))
    return known_at(rows, counts, len(everything))


def known_at(rows: NDArray[np.int64], values: NDArray[Any], n: int) -> NDArray[Any]:
    """Return a table of n rows, (n, k), that holds `values` at some of them and NaN elsewhere."""
    kind = np.result_type(values.dtype, np.float32)
    table = np.full((n, values.shape[1]), np.nan, dtype=kind)
    table[rows] = values
    return table


def present(fitting: Fitting) -> Located:
    """Return the base of a fitting whose strategy needs one."""
    if fitting.located is None:
        raise ValueError("this strategy needs a base")
    return fitting.located


def of_other_kind(base: Base | None, kinds: Sequence[Kind]) -> str | None:
    """Return why a strategy that needs a base of these kinds cannot use this one, or None."""
    if base is None:
        return "it needs a base"
    return (
        None if base.kind in kinds else f"{base.name} is not an {kinds[0]}".replace("an d", "a d")
    )


def not_promptable(task: Task) -> str | None:
    """Return why a language model cannot be asked for the answers of a task, or None if it can."""
    if task.several:
        return "a prompt has one answer, and these rows have several labels"
    if task.family == "words" and set(cast(WordTask, task).classes) != {"tag"}:
        return "a language model can be asked for entities, not for parts of speech or trees"
    return None


def not_of_family(families: Sequence[Family], task: Task) -> str | None:
    """Return why a strategy for these families cannot learn a task, or None if it can."""
    return None if task.family in families else f"it does not learn the task {task.name!r}"


def hash_of(values: NDArray[Any]) -> str:
    """Return the SHA-256 of an array's bytes."""
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
