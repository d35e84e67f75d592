"""A trained language model made ready to write, on the fastest engine that may be trusted."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from socle import plugins
from socle.bases import Located, loading
from socle.decoders import Decoder, DecoderEngine
from socle.errors import BaseError, RecipeError
from socle.examples import Written
from socle.files import cache_folder, folder_written_atomically, sha256_of_texts
from socle.metrics.resampling import paired_bootstrap
from socle.recipe import Recipe
from socle.training.writing import Manner, Writer

FULL = "ctranslate2"
INT8 = "ctranslate2-int8"
SLOW = "transformers"
TRIED = 64
"""Texts on which int8 is compared with full precision."""
_LOSS = 0.01
"""What int8 may lose of the primary metric on them."""
_SURE = 0.05
_WEIGHTS = ("*.safetensors", "*.safetensors.index.json")
_NOT_COPIED = (".safetensors", ".bin", ".index.json", ".msgpack", ".h5", ".gguf")


def engine_asked(recipe: Recipe) -> str | None:
    """Return the engine that a recipe names; None where the fastest that may be trusted is taken.

    Raises:
        RecipeError: it runs encoders only.
    """
    if recipe.engine == "auto":
        return None
    name = SLOW if recipe.engine == "torch" else recipe.engine
    if name not in (FULL, INT8, SLOW):
        raise RecipeError(
            f"The engine {recipe.engine!r} does not write texts.",
            f"Choose auto, {FULL}, {INT8} or {SLOW}.",
        )
    return name


def key_of(located: Located, tensors: Mapping[str, NDArray[Any]]) -> str:
    """Return a name for a base with changed tensors, the same for the same numbers."""
    hashes = (
        f"{name} {hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()}"
        for name, value in sorted(tensors.items())
    )
    return sha256_of_texts([located.sha256, *hashes])[:24]


@dataclass(frozen=True)
class Generator:
    """A changed language model in the cache: in the layout of transformers, and compiled."""

    located: Located
    """The base that it was made of."""
    key: str
    load: Callable[[], nn.Module]
    """Gives the changed network, where the cache lacks it."""

    @property
    def home(self) -> Path:
        """Its folder in the cache."""
        return cache_folder("generators") / self.key

    def fastest(self) -> tuple[str, Decoder]:
        """Return it on the faster of the engines of full precision that run it, with its name.

        What an engine makes of a kind of network is known for sure only when it has been tried.
        """
        if _option(FULL).suits(self.located) is None:
            with contextlib.suppress(BaseError):
                return FULL, self.on(FULL)
        return SLOW, self.on(SLOW)

    def on(self, engine: str) -> Decoder:
        """Return it on an engine."""
        kind = engine.partition("-")[2]
        compiled = self.home / engine
        whole = self.home / "whole"
        enough = compiled.is_dir() and (whole / "config.json").is_file()
        if not enough and not any(whole.glob(_WEIGHTS[0])):
            self._save(whole)
        own = Located(replace(self.located.base, sources=()), whole, self.key)
        return _option(engine).prepare(own, compiled, "int8" if kind else "full")

    def keep(self, engine: str) -> None:
        """Remove what this engine does not need: several times the weights."""
        for other in {FULL, INT8} - {engine}:
            shutil.rmtree(self.home / other, ignore_errors=True)
        if engine != SLOW:
            for pattern in _WEIGHTS:
                for file in (self.home / "whole").glob(pattern):
                    file.unlink()

    def _save(self, folder: Path) -> None:
        network: Any = self.load()
        with folder_written_atomically(folder) as fresh, loading.quietly():
            network.save_pretrained(fresh)
            for file in sorted(p for p in self.located.folder.iterdir() if p.is_file()):
                if not file.name.endswith(_NOT_COPIED) and not (fresh / file.name).exists():
                    shutil.copyfile(file, fresh / file.name)


def finished(
    course: Any, rows: NDArray[np.int64], generator: Generator, manner: Manner
) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """Choose the engine on examples held out, and count what is right in the answers to them.

    Args:
        course: what was learnt from, a `finetuning.Course`.
        rows: the examples held out.
        generator: the trained model; what its engine does not need is removed.
        manner: how it is asked.

    Returns:
        Facts for the adaptation, and statistics, (n, k), NaN for examples not held out.
    """
    task, asked = course.task, engine_asked(course.recipe)
    examples = [course.data.examples[i] for i in rows]
    texts, gold = task.inputs(examples), task.encode(examples)
    engine, decoder = (asked, generator.on(asked)) if asked else generator.fastest()
    facts: dict[str, Any] = {}
    writer = Writer(decoder, manner)
    answers = writer.scores(texts[:TRIED], course.listen)
    if asked is None and engine == FULL and len(answers) > 1:
        quick = Writer(generator.on(INT8), manner)
        others = quick.scores(texts[:TRIED], course.listen)
        facts["int8"] = compared(task, gold[:TRIED], answers, others)
        if facts["int8"]["passed"]:
            engine, writer, answers = INT8, quick, others
    answers += writer.scores(texts[TRIED:], course.listen) if len(texts) > TRIED else []
    counts = task.statistics(gold, task.decide(answers))
    table = np.full((len(course.data), counts.shape[1]), np.nan)
    table[rows] = counts
    generator.keep(engine)
    return {"engine": engine, **facts}, table


def compared(
    task: Any, gold: Sequence[Any], full: Sequence[Written], fast: Sequence[Written]
) -> dict[str, Any]:
    """Return whether a fast engine writes as well as full precision does, by the primary metric.

    It passes when it loses a hundredth at most, and no loss is significant by the paired bootstrap.
    """
    slow, quick = (task.statistics(gold, task.decide(some)) for some in (full, fast))

    def primary(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = task.values(sums)[task.primary]
        return found

    result = paired_bootstrap(quick, slow, primary)
    worse = result.difference < 0 and result.p < _SURE
    return {
        "passed": bool(result.difference >= -_LOSS and not worse),
        "n": len(gold),
        "full": result.b,
        "int8": result.a,
        "p": result.p,
    }


def _option(engine: str) -> DecoderEngine:
    option: DecoderEngine = plugins.load("decoders", engine.partition("-")[0])
    return option
