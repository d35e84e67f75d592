"""Strategies that move the weights of a base: what they share from training to answering."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from socle.bases import Base, Kind, Located
from socle.engines import WHOLE, Encoder, Part
from socle.events import Listener, silent
from socle.examples import Read
from socle.files import cache_folder, sha256_of_texts
from socle.heads.pooled import LinearHead
from socle.learning import (
    Adaptation,
    Fit,
    Fitting,
    Predictor,
    course_of,
    hash_of,
    known_at,
    not_of_family,
    of_other_kind,
    present,
)
from socle.prompts import wordings
from socle.recipe import Recipe
from socle.tasks import Family, Task
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

    from socle.training.finetuning import Move, Outcome
    from socle.training.network import Network
    from socle.training.wordhead import WordNetwork


class GradientStrategy:
    """What full, partial, lora and scratch share; each names only the weights that move."""

    needs_base = True
    usual_base: str | None = None
    moves = True
    paced = True
    """Whether it reads labelled rows as often as the recipe, or the time there is, says."""
    families: tuple[Family, ...] = ("texts", "words", "generated")

    def __init__(self, name: str, rank: int) -> None:
        self.name = name
        self.rank = rank

    def kinds(self, task: Task) -> tuple[Kind, ...]:
        """Return encoders for labels, what can write for texts."""
        if task.family == "generated":
            return ("decoder", "encoder-decoder")
        return ("encoder",)

    def move(self) -> Move:
        """Return which weights move, and how fast."""
        raise NotImplementedError

    def suits(self, base: Base | None, task: Task, n: int) -> str | None:
        """Return why not: the base is of another kind, or there are no examples to hold out."""
        return (
            not_of_family(self.families, task)
            or of_other_kind(base, self.kinds(task))
            or (None if n >= 20 else f"{n} examples are too few to move weights")
        )

    def fit(self, fitting: Fitting) -> Fit:
        """Fine-tune, then choose the engine and the scale of the scores on what was held out."""
        from socle.training import finetuning, generating

        if fitting.task.family == "generated":
            path = fitting.recipe.prompt
            wording = wordings.read(Path(path)) if path else None
            tensors, facts, held_out = generating.fit(course_of(fitting), self.move(), wording)
            return Fit(Adaptation(tensors, facts), held_out)
        outcome = finetuning.fine_tune(course_of(fitting), self.move())
        finish = _finished_words if fitting.task.family == "words" else finished
        return finish(fitting, outcome)

    def restore(
        self, adaptation: Adaptation, task: Task, located: Located | None, recipe: Recipe
    ) -> Predictor:
        """Return the changed base with its head; torch is needed only the first time."""
        if located is None:
            raise ValueError(f"{self.name} needs its base")
        if task.family == "generated":
            from socle.training import generating

            kept = adaptation.tensors, adaptation.facts
            return generating.restore(*kept, located, recipe, self.move())
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


def finished(fitting: Fitting, outcome: Outcome) -> Fit:
    """Return a fit whose engine, and scale of scores, were chosen on what was held out."""
    from socle.training import finetuning

    task, rows = fitting.task, outcome.held_out
    tensors = dict(outcome.changed)
    key = key_of(present(fitting), tensors)
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
    held_out = known_at(rows, head.scores(features), len(fitting.train))
    return Fit(Adaptation(tensors, facts), held_out)


def _finished_words(fitting: Fitting, outcome: Outcome) -> Fit:
    from socle.training import finetuning, wordfit

    network = cast("WordNetwork", outcome.network)
    layers = network.layers
    key = key_of(present(fitting), outcome.changed)
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


def key_of(located: Located, changed: Mapping[str, NDArray[Any]]) -> str:
    """Return what tells a base with these changed tensors from any other."""
    hashes = (f"{name} {hash_of(value)}" for name, value in sorted(changed.items()))
    return sha256_of_texts([located.sha256, *hashes])[:24]
