"""Texts that a language model writes as it is told, or shown: translations and summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from socle.bases import Located
from socle.decoders import Decoder
from socle.examples import Example
from socle.learning import Fitting, known_at, present
from socle.prompting import Prompted, engines, sample, wording_for
from socle.prompting.vectors import vectors_of
from socle.prompts import Shot, selection, wordings
from socle.recipe import Recipe
from socle.tasks import CountedTask, Task
from socle.training.writing import Manner, Writer, lengths_of, told, usual_lengths, wished

_SHOWN = 4
_SAMPLE = {"quick": 16, "normal": 48, "thorough": 128}
_MEASURED = 500
"""Examples by whose lengths answers are bounded."""


def learn(fitting: Fitting, *, shots: bool) -> Prompted:
    """Choose the wording, and examples that cover what the texts are like."""
    located, recipe = present(fitting), fitting.recipe
    engine = engines.chosen(located, recipe, "writing")
    decoder = engines.ready(located, engine)
    task: Any = fitting.task
    wording = wording_for(fitting, task.kind)
    if task.source_language and task.target_language:
        wording = wordings.between(wording, task.source_language, task.target_language)
    chosen = _chosen(fitting) if shots else []
    examples = [fitting.train.examples[i] for i in chosen]
    pairs = [Shot(one.text, (one.target or ("",))[0]) for one in examples]
    lengths = _lengths(fitting, decoder) if shots else usual_lengths(task.kind)
    manner = told(task.kind, wording, pairs, lengths)
    if located.base.kind == "encoder-decoder":
        manner = replace(manner, wording=None, shots=(), prefix=located.base.prefix)
    facts = {"engine": engine, "manner": manner.to_json()}
    rows = sample(fitting, _SAMPLE[recipe.effort], chosen)
    writer = restored(facts, task, located, recipe)
    held_out = _statistics(fitting, rows, writer) if len(rows) else None
    return Prompted(facts, held_out)


def restored(facts: Mapping[str, Any], task: Task, located: Located, recipe: Recipe) -> Writer:
    """Return what `learn` found, ready to be asked; the recipe may ask for another style."""
    engine = str(facts["engine"])
    manner = wished(Manner.from_json(facts["manner"]), recipe)
    if engine == "endpoint":  # the protocol knows no such guard
        manner = replace(manner, style=replace(manner.style, no_repeat=0))
    return Writer(engines.ready(located, engine), manner)


def _chosen(fitting: Fitting) -> list[int]:
    examples, recipe = fitting.train.examples, fitting.recipe
    vectors = vectors_of([one.text for one in examples], recipe, fitting.listen)
    count = min(recipe.shots or _SHOWN, max(1, len(examples) // 2))
    return selection.balanced([""] * len(examples), vectors, count, recipe.seed)


def _lengths(fitting: Fitting, decoder: Decoder) -> Any:
    rows = sample(fitting, _MEASURED)
    some: Sequence[Example[Any]] = [fitting.train.examples[i] for i in rows]
    sources = decoder.tokens([one.text for one in some])
    targets = decoder.tokens([(one.target or ("",))[0] for one in some])
    return lengths_of(cast(Any, fitting.task).kind, sources, targets)


def _statistics(fitting: Fitting, rows: NDArray[np.int64], writer: Writer) -> NDArray[np.float64]:
    task = cast(CountedTask, fitting.task)
    some = [fitting.train.examples[i] for i in rows]
    sources = [one.text for one in some]
    said = task.decide(task.probabilities(writer.scores(sources, fitting.listen)))
    counts = task.statistics(task.encode(some), said)
    return known_at(rows, counts, len(fitting.train))
