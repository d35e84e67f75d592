"""The labels of the nearest texts, by what a frozen base says of them: the rival of every head.

Nothing is fitted but how many neighbours count, how fast their word loses weight with distance, and
which layer is read; leaving out each text in turn chooses them, exactly and for next to nothing.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.bases import Base, Kind, Located
from socle.events import Finished, Listener, Started, silent
from socle.examples import Read
from socle.heads.pooled import unit_length
from socle.learning import (
    Adaptation,
    Fit,
    Fitting,
    Predictor,
    not_of_family,
    of_other_kind,
    present,
)
from socle.metrics.calibration import fit_temperature, sigmoid, softmax
from socle.metrics.labels import indicators
from socle.recipe import Recipe
from socle.tasks import Family, Task
from socle.training.batching import Windows
from socle.training.encoding import (
    FULL,
    INT8,
    TextEncoder,
    layers_read,
    sharing_of,
    trial,
)
from socle.training.features import vectors_of
from socle.training.together import Means

_COUNTS = (1, 3, 5, 10, 20, 50, 100)
_WIDTHS = (0.02, 0.05, 0.1, 0.3)
_DOUBT = 0.5
"""Neighbours' worth of not knowing: no label is ever impossible."""
_TRIED = 2000
"""Texts on which layers and neighbours are chosen at most, and on which int8 is tried a quarter."""
_AT_ONCE = 512
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Neighbours:
    """Texts with known labels, and how those nearest to another are heard."""

    vectors: Floats
    """Shape (n, units * width), each unit of length 1."""
    table: Ints
    """Their labels as zeros and ones, shape (n, labels)."""
    several: bool
    units: int = 1
    """Layers, times stretches, that stand side by side in a vector."""
    count: int = 1
    width: float = 0.1
    """Difference of cosines at which a neighbour's word weighs e times less."""

    def scores(self, features: Floats, ignored: NDArray[np.bool_] | None = None) -> Floats:
        """Return scores, shape (m, labels): logarithms, or log odds, of shares of neighbours.

        `ignored`, (m, n), are texts that must not be heard.
        """
        found = [np.zeros((0, self.table.shape[1]), np.float32)]
        for start in range(0, len(features), _AT_ONCE):
            some = unit_length(features[start : start + _AT_ONCE], self.units)
            cosines = some @ self.vectors.T / self.units
            if ignored is not None:
                cosines[ignored[start : start + _AT_ONCE]] = -np.inf
            found.append(self._heard(cosines))
        return np.concatenate(found)

    def _heard(self, cosines: NDArray[np.floating]) -> Floats:
        count = min(self.count, cosines.shape[1])
        nearest = np.argpartition(-cosines, count - 1, axis=1)[:, :count]
        near = np.take_along_axis(cosines, nearest, axis=1).astype(np.float64)
        top = np.maximum(near.max(axis=1, keepdims=True), -1.0)
        weights = np.exp((near - top) / self.width)
        said = np.einsum("ik,ikl->il", weights, self.table[nearest])
        total = weights.sum(axis=1, keepdims=True) + _DOUBT
        share = (said + _DOUBT * self._usual) / total
        odds = np.log(share) - np.log1p(-share) if self.several else np.log(share)
        return np.asarray(odds, dtype=np.float32)

    @property
    def _usual(self) -> float:
        return float(np.clip(self.table.mean(), 0.01, 0.99))


class NearestOnBase:
    """Restored neighbours, with their base."""

    def __init__(
        self, adaptation: Adaptation, several: bool, located: Located, recipe: Recipe
    ) -> None:
        facts = adaptation.facts
        layers = tuple(facts["layers"])
        engine = str(facts["engine"])
        self.sharing = sharing_of(located, recipe, engine, layers)
        self._encoder = TextEncoder(located, recipe, engine, layers)
        self._known = _kept(adaptation.tensors, facts, several)
        self._factor = np.float32(facts["temperature"])

    def ask(self, inputs: Sequence[Read]) -> Windows:
        """Return the windows that must be read to answer."""
        return self._encoder.windows(inputs)

    def tell(
        self, inputs: Sequence[Read], windows: Windows, means: Sequence[Means]
    ) -> NDArray[np.floating]:
        """Return calibrated scores, shape (n, labels), from the means of these windows."""
        return self._known.scores(vectors_of(windows, means)) * self._factor

    def scores(self, inputs: Sequence[Read], listen: Listener = silent) -> NDArray[np.floating]:
        """Return calibrated scores, shape (n, labels)."""
        return self._known.scores(self._encoder.fresh(inputs)) * self._factor


class Nearest:
    """The option."""

    name = "nearest"
    rank = 25
    needs_base = True
    usual_base: str | None = None
    moves = False
    families: tuple[Family, ...] = ("texts",)

    def kinds(self, task: Task) -> tuple[Kind, ...]:
        """Return encoders."""
        return ("encoder",)

    def suits(self, base: Base | None, task: Task, n: int) -> str | None:
        """Return why not: it needs an encoder, labels of whole texts, and a neighbour."""
        return (
            not_of_family(self.families, task)
            or of_other_kind(base, self.kinds(task))
            or (None if n >= 2 else "a single example has no neighbour")
        )

    def fit(self, fitting: Fitting) -> Fit:
        """Read the texts once, and choose who is heard by leaving out each text in turn."""
        task, located = fitting.task, present(fitting)
        targets = task.encode(fitting.train.examples)
        layers, known = _best(fitting, located, targets)
        scores = known.scores(known.vectors, _own(fitting, np.arange(len(known.vectors))))
        factor = fit_temperature(scores, targets)
        engine, outcome = _engine(fitting, located, layers, known, targets)
        facts: dict[str, Any] = {
            "engine": engine,
            "layers": list(layers),
            "stretches": task.stretches,
            "count": known.count,
            "width": known.width,
            "temperature": factor,
            **outcome,
        }
        tensors: dict[str, NDArray[Any]] = {
            "vectors": known.vectors.astype(np.float16),
            "labels": known.table,
        }
        return Fit(Adaptation(tensors, facts), scores * np.float32(factor))

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return the neighbours on their base."""
        if located is None:
            raise ValueError("neighbours need their base")
        return NearestOnBase(adaptation, task.several, located, recipe)


def _kept(
    tensors: Mapping[str, NDArray[Any]], facts: Mapping[str, Any], several: bool
) -> Neighbours:
    units = len(facts["layers"]) * int(facts["stretches"])
    vectors = tensors["vectors"].astype(np.float32)
    count, width = int(facts["count"]), float(facts["width"])
    return Neighbours(vectors, tensors["labels"], several, units, count, width)


def _own(fitting: Fitting, rows: Ints) -> NDArray[np.bool_]:
    """Return what each row must not hear, (rows, n): itself, and the rest of its group."""
    examples = fitting.train.examples
    groups = [one.group if one.group is not None else i for i, one in enumerate(examples)]
    numbers = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    own = np.array([numbers[group] for group in groups])
    return np.asarray(own[rows][:, None] == own[None])


def _best(fitting: Fitting, located: Located, targets: Ints) -> tuple[tuple[int, ...], Neighbours]:
    """Return the layers, and the neighbours heard, with the lowest loss on texts left out."""
    task, layers = fitting.task, layers_read(located)
    encoder = TextEncoder(located, fitting.recipe, FULL, layers)
    read = encoder.features(task.inputs(fitting.train.examples), fitting.listen)
    parts = [unit_length(part, task.stretches) for part in np.split(read, len(layers), axis=1)]
    choices: list[tuple[int, ...]] = [(layer,) for layer in layers]
    if len(layers) > 1:
        choices.append(layers[:2])
        parts.append(np.concatenate(parts[:2], axis=1))
    job, began = "Choosing neighbours", time.perf_counter()
    fitting.listen(Started(job, None))
    table = indicators(targets, len(task.labels))
    rng = np.random.default_rng(fitting.recipe.seed)
    rows = np.sort(rng.permutation(len(table))[:_TRIED])
    own = _own(fitting, rows)
    found: list[tuple[float, tuple[int, ...], Neighbours]] = []
    for chosen, part in zip(choices, parts, strict=True):
        # What is kept is kept in half precision: the choice is made on the same.
        vectors = part.astype(np.float16).astype(np.float32)
        units = len(chosen) * task.stretches
        for count, width in itertools.product(_COUNTS, _WIDTHS):
            if count >= len(table) or (count == 1 and width != _WIDTHS[0]):
                continue
            known = Neighbours(vectors, table, task.several, units, count, width)
            loss = _loss(known.scores(vectors[rows], own), targets[rows])
            found.append((loss, chosen, known))
    fitting.listen(Finished(job, time.perf_counter() - began))
    _, layers, known = min(found, key=lambda one: one[0])
    return layers, known


def _loss(scores: Floats, targets: Ints) -> float:
    """Return the mean log-loss of scores at their best temperature."""
    wide = scores * fit_temperature(scores, targets)
    if targets.ndim == 2:
        right = np.where(targets == 1, sigmoid(wide), 1 - sigmoid(wide))
    else:
        right = softmax(wide)[np.arange(len(wide)), targets]
    return float(-np.log(np.maximum(right, 1e-12)).mean())


def _engine(
    fitting: Fitting, located: Located, layers: tuple[int, ...], known: Neighbours, targets: Ints
) -> tuple[str, dict[str, Any]]:
    """Return the engine that shall answer, after a comparison on texts left out."""
    task, asked = fitting.task, fitting.recipe.engine
    if asked != "auto":
        return asked, {}
    rng = np.random.default_rng(fitting.recipe.seed)
    rows = np.sort(rng.permutation(len(targets))[: _TRIED // 4])
    texts = task.inputs([fitting.train.examples[i] for i in rows])
    fast = TextEncoder(located, fitting.recipe, INT8, layers).features(texts)
    own = _own(fitting, rows)
    said = [
        task.decide(task.probabilities(known.scores(vectors, own)))
        for vectors in (known.vectors[rows], fast)
    ]
    outcome = trial(targets[rows], *said)
    return (INT8 if outcome.passed else FULL), {"int8": outcome.to_json()}


OPTION = Nearest()
