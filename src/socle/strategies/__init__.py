"""How a base learns a task: the contract of every strategy in this folder.

To add a strategy, add a module here that holds `OPTION`, an object with the attributes and methods
of `Strategy`. Rivals, which need no base, are strategies like any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from socle.bases import Base, Located
from socle.data.dataset import Dataset
from socle.data.splitting import small_part
from socle.engines import WHOLE, Encoder, Part
from socle.events import Listener, silent
from socle.examples import Read, Sentence
from socle.files import cache_folder, sha256_of_texts
from socle.heads.pooled import LinearHead
from socle.recipe import Recipe
from socle.tasks import Task
from socle.training.batching import Windows
from socle.training.encoding import (
    FULL,
    INT8,
    compiled,
    part_name,
    sharing_of,
    trial,
    windower_for,
)
from socle.training.features import encoded, vectors_of
from socle.training.together import Means, Sharing
from socle.training.wordmodel import WordModel

if TYPE_CHECKING:
    from torch import nn

    from socle.training.finetuning import Course, Move, Outcome
    from socle.training.network import Network
    from socle.training.wordhead import WordNetwork


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
    table = np.full((len(everything), counts.shape[1]), np.nan)
    table[rows] = counts
    return table


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

        outcome = finetuning.fine_tune(course_of(fitting), self.move())
        finish = _finished_words if fitting.task.family == "words" else _finished
        return finish(fitting, outcome)

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return the changed base with its head; torch is needed only the first time."""
        if located is None:
            raise ValueError(f"{self.name} needs its base")
        if task.family == "words":
            return changed_words(adaptation, self.move, located, recipe)
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
        again = _again(adaptation, load)
        self.sharing = _shared(adaptation, located, recipe, (-1,), again)
        self._encoder = again((-1,))
        self._head = LinearHead(adaptation.tensors["head.weight"], adaptation.tensors["head.bias"])

    def ask(self, inputs: Sequence[Read]) -> Windows:
        """Return the windows that must be read to answer."""
        return self._windower.windows(inputs)

    def tell(
        self, inputs: Sequence[Read], windows: Windows, means: Sequence[Means]
    ) -> NDArray[np.floating]:
        """Return calibrated scores, shape (n, labels), from the means of these windows."""
        return self._head.scores(vectors_of(windows, means))

    def scores(self, inputs: Sequence[Read], listen: Listener = silent) -> NDArray[np.floating]:
        """Return calibrated scores, shape (n, labels)."""
        return self._head.scores(encoded(inputs, self._windower, self._encoder))


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
    key = _key(present(fitting), tensors)
    folder = cache_folder("engines") / key
    encoder = finetuning.merged(outcome.encoder)
    windower = windower_for(present(fitting), fitting.recipe)
    examples = [fitting.train.examples[i] for i in rows]
    texts, targets = task.inputs(examples), task.encode(examples)
    asked = fitting.recipe.engine
    first = FULL if asked == "auto" else asked
    features = encoded(texts, windower, compiled(lambda: encoder, first, (-1,), folder))
    network = cast("Network", outcome.network)
    head = finetuning.calibrated(network.head(), features, targets)
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


def _finished_words(fitting: Fitting, outcome: Outcome) -> Fit:
    from socle.training import finetuning, wordfit

    network = cast("WordNetwork", outcome.network)
    layers = network.layers
    key = _key(present(fitting), outcome.changed)
    encoder = finetuning.merged(outcome.encoder)
    tensors = {f"head.{name}": value for name, value in network.head.tensors().items()}

    def ready(engine: str) -> WordModel:
        folder = cache_folder("engines") / key
        run = compiled(lambda: encoder, engine, layers, folder)
        return WordModel(tensors, windower_for(present(fitting), fitting.recipe), run)

    facts, held_out = wordfit.finished(course_of(fitting), outcome.held_out, ready)
    facts |= {"compiled": key, "layers": list(layers), **outcome.measured}
    return Fit(Adaptation({**outcome.changed, **tensors}, facts), held_out)


def changed_words(
    adaptation: Adaptation, move: Callable[[], Move], located: Located, recipe: Recipe
) -> Predictor:
    """Return a changed base with its head for words."""

    def load() -> Any:
        return _encoder(adaptation, move, located, recipe)

    layers = tuple(adaptation.facts["layers"])
    again = _again(adaptation, load)
    sharing = _shared(adaptation, located, recipe, layers, again)
    return WordModel(adaptation.tensors, windower_for(located, recipe), again(layers), sharing)


def _again(adaptation: Adaptation, load: Callable[[], Any]) -> Callable[..., Encoder]:
    """Return what gives a changed encoder, or a part of it, for layers."""
    key, engine = str(adaptation.facts["compiled"]), str(adaptation.facts["engine"])
    usual = tuple(adaptation.facts.get("layers", (-1,)))

    def encoder(layers: tuple[int, ...], part: Part = WHOLE) -> Encoder:
        other = "" if layers == usual else "-" + "_".join(map(str, layers))
        folder = cache_folder("engines") / f"{key}{other}{part_name(part)}"
        return compiled(load, engine, layers, folder, part)

    return encoder


def _shared(
    adaptation: Adaptation,
    located: Located,
    recipe: Recipe,
    layers: tuple[int, ...],
    encoder: Callable[..., Encoder],
) -> Sharing:
    whole = sharing_of(located, recipe, str(adaptation.facts["engine"]), layers)
    untouched = int(adaptation.facts.get("untouched", 0))
    changed = str(adaptation.facts["compiled"])
    return replace(whole, untouched=untouched, encoder=encoder, changed=changed)


def _key(located: Located, changed: Mapping[str, NDArray[Any]]) -> str:
    hashes = (f"{name} {hash_of(value)}" for name, value in sorted(changed.items()))
    return sha256_of_texts([located.sha256, *hashes])[:24]


def hash_of(values: NDArray[Any]) -> str:
    """Return the SHA-256 of an array's bytes."""
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
