"""Fine-tuning a language model to answer texts with texts: translations, summaries."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from socle.bases import Located, loading
from socle.bases.vocabulary import Vocabulary
from socle.data.splitting import small_part
from socle.errors import RowsError
from socle.events import Noted, silent
from socle.examples import Example
from socle.files import sha256_of_texts
from socle.prompts import Wording, wordings
from socle.prompts.fencing import harmless
from socle.prompts.rendering import Renderer
from socle.recipe import Recipe
from socle.training.checkpoint import Checkpoint
from socle.training.finetuning import Course, Move, merged, width_of
from socle.training.loop import Schedule, train
from socle.training.readying import TRIED, Generator, engine_asked, finished, key_of
from socle.training.sequences import (
    DecoderNetwork,
    PairLesson,
    SeqToSeqNetwork,
    TargetLesson,
    Texts,
    laid_out,
    layout_for,
    tokens_at_once,
)
from socle.training.writing import Manner, Writer, lengths_of, usual_style, wished

_TOKENS = {"quick": 60_000, "normal": 300_000, "thorough": 1_500_000}
"""Tokens read in all: some 2, 10 and 50 minutes of two cores for 135 million weights."""
_PASSES = {"quick": 3, "normal": 6, "thorough": 10}
"""Passes at most."""
_SHARE = 4
"""A step takes so many times fewer examples than one of labels: each token of an answer teaches."""
_LONGEST = 2048
"""Tokens of the longest example that is learnt from: memory grows with it."""
_PROBED = 24
Tensors = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Start:
    """A network before its first step, and what it is to learn."""

    model: nn.Module
    network: DecoderNetwork | SeqToSeqNetwork
    lesson: TargetLesson | PairLesson
    schedule: Schedule
    manner: Manner
    facts: Mapping[str, Any]

    @property
    def tokens(self) -> int:
        """Tokens read in all passes."""
        return tokens_read(self.lesson) * self.schedule.epochs


def fit(
    course: Course, move: Move, wording: Wording | None = None
) -> tuple[Tensors, dict[str, Any], NDArray[np.float64]]:
    """Train a copy of the base to write the first reference of each example.

    Args:
        course: what to learn from; its task is of the family `generated`.
        move: which weights move, and how fast.
        wording: what a decoder is told; that of the package by default.

    Returns:
        The tensors that changed, facts for the adaptation, and statistics of the answers to the
        examples held out, (n, k), NaN for the others.

    Raises:
        RowsError: no example is short enough to be learnt from.
        RecipeError: the engine asked for does not write.
    """
    engine_asked(course.recipe)  # before the work, not after it
    apart = (
        course.held_out
        if course.held_out is not None
        else small_part(course.data, course.recipe.seed)
    )
    start = started(course, move, apart, wording)
    checkpoint = _checkpoint(course, move, start.manner)
    measured = train(start.network, start.lesson, start.schedule, checkpoint, course.listen)
    tensors = _changed(start.model)
    whole = merged(start.model)
    generator = Generator(course.located, key_of(course.located, tensors), lambda: whole)
    facts, held_out = finished(course, apart, generator, start.manner)
    facts |= {**measured, **start.facts, "compiled": generator.key}
    return tensors, facts | {"manner": start.manner.to_json()}, held_out


def restore(
    tensors: Mapping[str, NDArray[Any]],
    facts: Mapping[str, Any],
    located: Located,
    recipe: Recipe,
    move: Move,
) -> Writer:
    """Return the changed base ready to write; torch is needed only the first time."""
    load = partial(_rebuilt, located, tensors, recipe, move)
    generator = Generator(located, str(facts["compiled"]), load)
    return Writer(generator.on(str(facts["engine"])), Manner.from_json(facts["manner"]))


def estimated_seconds(course: Course, move: Move, wording: Wording | None = None) -> float:
    """Return about how long `fit` takes, from the speed of a few steps on this machine.

    What is held out is written token by token, some of it twice: taken to be as slow as training.
    """
    apart = course.held_out
    rows = small_part(course.data, course.recipe.seed) if apart is None else apart
    start = started(replace(course, listen=silent), move, rows, wording)
    order = np.argsort(start.lesson.sizes, kind="stable")
    middle = order[max(0, (len(order) - _PROBED) // 2) :][:_PROBED]
    few = replace(start.lesson, texts=start.lesson.texts.chosen(middle))
    once = replace(start.schedule, epochs=1, batch_size=max(1, len(middle) // 3))
    speed = train(start.network, few, once)["tokens_per_second"] or 1
    answer = float(np.mean([len(one) for one in start.lesson.texts.targets]))
    written = (len(rows) + min(TRIED, len(rows))) * answer
    return (start.tokens + written) / float(speed)


def started(course: Course, move: Move, apart: NDArray[np.int64], wording: Wording | None) -> Start:
    """Return the network and the lesson of a course, without the rows held apart."""
    recipe, located = course.recipe, course.located
    examples = [course.data.examples[i] for i in np.setdiff1d(np.arange(len(course.data)), apart)]
    torch.manual_seed(recipe.seed)
    model = loading.load_decoder(located)
    texts, manner = _tokens(course, examples, wording)
    found = len(texts.sources)
    passes, read = passes_for(recipe, texts.sizes)
    facts = {"left_out": len(examples) - found, "read": len(read), "passes": passes}
    if len(read) < found:
        course.listen(
            Noted(
                f"{len(read):,} of {found:,} examples are read: they have as many tokens as "
                f"the effort {recipe.effort!r} allows. A greater effort reads more of them."
            )
        )
    set_moving(model, move, recipe)
    network, lesson = _paired(model, texts.chosen(read), Vocabulary(located))
    rate = recipe.learning_rate or move.rate * min(1.0, 384 / width_of(model))
    size = max(1, recipe.batch_size // _SHARE)
    schedule = Schedule(passes, size, rate, rate, recipe.seed, precision=recipe.precision)
    return Start(model, network, lesson, schedule, manner, facts)


def passes_for(recipe: Recipe, sizes: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]]:
    """Return how often examples are read, and which: a part, drawn by the seed, of very many.

    Args:
        recipe: its number of passes goes before its effort.
        sizes: tokens of each example, (n,).
    """
    everything = np.arange(len(sizes))
    if recipe.epochs:
        return recipe.epochs, everything
    budget, total = _TOKENS[recipe.effort], int(sizes.sum())
    if total > 1.5 * budget:
        order = np.random.default_rng(recipe.seed).permutation(len(sizes))
        within = int(np.searchsorted(np.cumsum(sizes[order]), budget)) + 1
        return 1, np.sort(order[:within])
    return int(np.clip(round(budget / total), 1, _PASSES[recipe.effort])), everything


def tokens_read(lesson: TargetLesson | PairLesson) -> int:
    """Return about how many tokens a pass reads, without those that packed rows share."""
    shared = lesson.shared if isinstance(lesson, TargetLesson) else 0
    return int((lesson.sizes - shared).sum())


def set_moving(model: nn.Module, move: Move, recipe: Recipe) -> None:
    """Set which weights of a language model require a gradient; both halves where it has two."""
    whole: Any = model
    for weight in model.parameters():
        weight.requires_grad = True
    if not whole.config.is_encoder_decoder:
        move.prepare(model, recipe)
        return
    halves = (whole.get_encoder(), whole.get_decoder())
    for half in halves:
        move.prepare(half, recipe)
    inside = {id(weight) for half in halves for weight in half.parameters()}
    moves = whole.get_input_embeddings().weight.requires_grad
    for weight in model.parameters():
        if id(weight) not in inside:
            weight.requires_grad = moves
    if moves:
        _keep_start(whole)


def _keep_start(model: Any) -> None:
    """Keep what a decoder starts from at zero, if it is: Marian does, and engines rely on it.

    Its row in the table is also one of the language head, through which it would move.
    """
    table, start = model.get_input_embeddings().weight, model.config.decoder_start_token_id
    if not table[start].any():
        kept = torch.ones(len(table), 1)
        kept[start] = 0
        table.register_hook(lambda gradient: gradient * kept)


def _tokens(
    course: Course, examples: Sequence[Example[Any]], wording: Wording | None
) -> tuple[Texts, Manner]:
    """Return examples in tokens, those that are too long left out, and how answers are asked for.

    Raises:
        RowsError: all are too long.
    """
    task: Any = course.task
    words = Vocabulary(course.located)
    inputs = task.inputs(examples)
    answers = [harmless(references[0], words.specials) for references in task.encode(examples)]
    if words.paired:
        prefix, said = course.located.base.prefix, None
        prompts = [prefix + text for text in inputs]
    else:
        prefix, said = "", wording or default_wording(task, course.located)
        renderer = Renderer(said, (), (), words.specials)
        prompts = [renderer.prompt(text) for text in inputs]
        joint = "" if renderer.end[-1:].isspace() else " "
        answers = [joint + answer for answer in answers]
    rows = _short_enough(words, prompts, answers, course)
    sources = words.prompts([prompts[i] for i in rows], 1)
    targets = [[*ids, *words.ends[:1]] for ids in words.behind([answers[i] for i in rows])]
    own = words.tokens([inputs[i] for i in rows])
    written = np.array([len(ids) for ids in targets], dtype=np.int64)
    lengths = lengths_of(task.kind, own, written)
    manner = Manner(task.kind, usual_style(task.kind), lengths, said, prefix=prefix)
    sides = ([np.array(ids, dtype=np.int64) for ids in side] for side in (sources, targets))
    return Texts(*sides), wished(manner, course.recipe)


def default_wording(task: Any, located: Located) -> Wording:
    """Return what a decoder is told: in the language of the texts if it is one of the base's."""
    source, target = task.source_language or "Source", task.target_language or "Target"
    language = source if source in located.base.languages else "en"
    # A model that learns what to do need not be told: the fence would only cost it tokens.
    wording = replace(wordings.default(task.kind, language), fence="")
    return wordings.between(wording, source, target)


def _short_enough(
    words: Vocabulary, prompts: Sequence[str], answers: Sequence[str], course: Course
) -> NDArray[np.int64]:
    """Return the numbers of the examples that fit; tell of those that do not."""
    most = min(words.context - 1, _LONGEST)
    rows = np.flatnonzero(words.tokens(prompts) + words.tokens(answers) <= most)
    left = len(prompts) - len(rows)
    if not len(rows):
        raise RowsError(
            f"No example has at most {most:,} tokens, so that none can be learnt from.",
            "Give shorter texts, such as paragraphs with their answers.",
        )
    if left:
        course.listen(Noted(f"{left:,} examples of more than {most:,} tokens are not learnt from."))
    return rows


def _paired(
    model: nn.Module, texts: Texts, words: Vocabulary
) -> tuple[DecoderNetwork | SeqToSeqNetwork, TargetLesson | PairLesson]:
    whole: Any = model
    most = tokens_at_once(model)
    if words.paired:
        lesson = PairLesson(texts, most, int(whole.config.vocab_size), words.starts)
        return SeqToSeqNetwork(model), lesson
    rows = TargetLesson(texts, most)
    layout = layout_for(model, rows)
    return DecoderNetwork(model, layout), laid_out(rows, layout)


def _checkpoint(course: Course, move: Move, manner: Manner) -> Checkpoint | None:
    if course.run_folder is None:
        return None
    apart = [] if course.held_out is None else course.held_out.tolist()
    parts = [course.data.fingerprint, course.recipe.to_toml(), move.name, course.located.sha256]
    key = sha256_of_texts([*parts, json.dumps(apart), json.dumps(manner.to_json())])
    return Checkpoint(course.run_folder / f"{move.name}-{key[:8]}", key)


def _changed(model: nn.Module) -> Tensors:
    return {
        name: weight.detach().numpy().copy()
        for name, weight in model.named_parameters()
        if weight.requires_grad
    }


def _rebuilt(
    located: Located, tensors: Mapping[str, NDArray[Any]], recipe: Recipe, move: Move
) -> nn.Module:
    model = loading.load_decoder(located)
    set_moving(model, move, recipe)
    own = dict(model.named_parameters())
    with torch.no_grad():
        for name, value in tensors.items():
            own[name].copy_(torch.from_numpy(np.array(value)))
    return merged(model)
