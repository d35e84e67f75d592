"""A base made ready to turn texts into vectors, on the fastest engine that may be trusted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle import plugins
from socle.bases import Located, loading
from socle.engines import WHOLE, Encoder, Engine, Part, Precision
from socle.events import Listener, silent
from socle.examples import Read
from socle.files import cache_folder, sha256_of_texts
from socle.metrics.significance import mcnemar, wilson
from socle.recipe import Recipe
from socle.training.batching import Windower, Windows
from socle.training.features import Features, FeatureStore, encoded, features
from socle.training.together import Place, Sharing

_FAST_WINDOW = 256
_ALIKE = 0.97
FULL = "onnx"
INT8 = "onnx-int8"


@dataclass(frozen=True)
class Trial:
    """The comparison that an int8 engine must pass before it is used."""

    passed: bool
    n: int
    agreement: float
    """Share of the held-out texts on which both decide alike."""
    p: float
    """McNemar's p-value that both are equally often right."""

    def to_json(self) -> dict[str, Any]:
        """Return the outcome for the report."""
        return {"passed": self.passed, "n": self.n, "agreement": self.agreement, "p": self.p}


def windower_for(located: Located, recipe: Recipe) -> Windower:
    """Return what cuts texts for this base: windows of 256 tokens unless the recipe says else."""
    context = located.base.context or _FAST_WINDOW
    length = min(recipe.window or min(_FAST_WINDOW, context), context)
    tokenizer = loading.load_tokenizer(located.folder)
    return Windower(tokenizer, located.base.prefix, length, min(recipe.overlap, length // 4))


def sharing_of(located: Located, recipe: Recipe, engine: str, layers: tuple[int, ...]) -> Sharing:
    """Return what a model on the untouched base shares with others: all of it."""
    windower = windower_for(located, recipe)
    place = Place(located.sha256, engine, windower.length, windower.overlap)
    depth = loading.depth(located)
    return Sharing(place, layers, depth, depth, partial(encoder_of, located, engine))


def layers_read(located: Located) -> tuple[int, ...]:
    """Return the layers that a head may be put on: the last three, fewer of a shallow base."""
    depth = loading.depth(located)
    return tuple(-i for i in range(1, min(3, depth) + 1))


def encoder_of(
    located: Located, engine: str, layers: tuple[int, ...] = (-1,), part: Part = WHOLE
) -> Encoder:
    """Return the untouched base, or a part of it, on an engine, compiled once and cached."""
    name = f"{located.sha256[:16]}-{'_'.join(map(str, layers))}{part_name(part)}"
    load = partial(loading.load_encoder, located)
    return compiled(load, engine, layers, cache_folder("engines") / name, part)


def part_name(part: Part) -> str:
    """Return what the folder of a compiled part is called behind the name of its encoder."""
    return "" if part == WHOLE else f"-from{part[0]}to{part[1]}"


def compiled(
    load: Any, engine: str, layers: tuple[int, ...], folder: Path, part: Part = WHOLE
) -> Encoder:
    """Return the encoder that `load` gives on an engine; `load` is not called if `folder` has it.

    `engine` is torch, onnx or onnx-int8.
    """
    name, _, kind = engine.partition("-")
    precision: Precision = "int8" if kind else "full"
    option: Engine = plugins.load("engines", name)
    ready = option.restore(folder, precision)
    return ready or option.prepare(load(), layers, folder, precision, part)


class TextEncoder:
    """Texts to vectors through an untouched base, remembered by content."""

    def __init__(
        self, located: Located, recipe: Recipe, engine: str, layers: tuple[int, ...]
    ) -> None:
        self._windower = windower_for(located, recipe)
        self._encoder = encoder_of(located, engine, layers)
        setting = json.dumps([engine, layers, recipe.window, recipe.overlap, located.base.prefix])
        key = sha256_of_texts([located.sha256, setting])
        self._store = FeatureStore(cache_folder("features") / f"{key[:24]}.sqlite")

    def features(self, texts: Sequence[Read], listen: Listener = silent) -> Features:
        """Return one vector per text, shape (n, layers * width), from the store where known.

        A passage gives the vectors of its stretches side by side.
        """
        return features(texts, self._windower, self._encoder, self._store, listen)

    def windows(self, texts: Sequence[Read]) -> Windows:
        """Return the windows in which texts are read."""
        return self._windower.windows(texts)

    def fresh(self, texts: Sequence[Read]) -> Features:
        """Return the same without looking into the store or adding to it."""
        return encoded(texts, self._windower, self._encoder)


def trial(
    gold: NDArray[np.int64],
    full: NDArray[np.int64],
    fast: NDArray[np.int64],
    alike: float = _ALIKE,
) -> Trial:
    """Compare the decisions of a fast engine with those of full precision on held-out texts.

    All are label numbers, (n,), or zeros and ones, (n, labels). It passes when McNemar's test
    finds no difference, its share of right answers lies in the 95 % interval of the other's, and
    the two answer alike on 97 % of the texts, or the share asked for.
    """
    rows = [a if a.ndim == 2 else a[:, None] for a in (gold, full, fast)]
    a_right, b_right = (rows[0] == rows[1]).all(1), (rows[0] == rows[2]).all(1)
    p = mcnemar(a_right, b_right)
    low, _ = wilson(int(a_right.sum()), len(a_right))
    same = float((rows[1] == rows[2]).all(1).mean()) if len(gold) else 0.0
    passed = p >= 0.05 and float(b_right.mean()) >= low and same >= alike
    return Trial(passed, len(gold), same, p)
