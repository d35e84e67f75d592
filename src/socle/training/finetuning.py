"""Moving the weights of a base: what full, partial, lora and scratch have in common.

Each starts from the head fitted on the untouched base (linear probe, then fine-tune: Kumar et al.
2022), trains with a part held out, and keeps only the tensors that it changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from socle import general
from socle.bases import Located, loading
from socle.data.dataset import Dataset
from socle.data.splitting import small_part
from socle.events import Listener
from socle.examples import Example
from socle.files import sha256_of_texts
from socle.heads.pooled import LinearHead
from socle.metrics.calibration import fit_temperature
from socle.recipe import Recipe
from socle.tasks import Task, WordTask
from socle.training.batching import Windower, Windows
from socle.training.checkpoint import Checkpoint
from socle.training.encoding import FULL, TextEncoder, layers_read, windower_for
from socle.training.logistic import fit_once
from socle.training.loop import Lesson, Material, Schedule, train
from socle.training.network import Network, ShrunkEmbeddings, layers_of, with_pooled_dropout
from socle.training.passes import Amount, amount_of, batch_of, passes_for
from socle.training.replay import Replay, remembered
from socle.training.wordfit import WordLesson, network_for
from socle.training.wordhead import WordNetwork

Mover = Callable[[nn.Module, Recipe], None]
"""Sets which weights of an encoder require a gradient, and may add some."""

_WORD_RATE = 1.5
"""Bases that label words take so much more than those that label texts: every word teaches."""
_WORD_HEAD_RATE = 1e-3


@dataclass(frozen=True)
class Move:
    """What tells one gradient strategy from another."""

    name: str
    prepare: Mover
    rate: float
    """Peak learning rate at a width of 384; wider bases get less, in proportion."""
    from_probe: bool = True
    """Whether the head starts from the one fitted on the untouched base."""
    epochs_factor: float = 1.0


@dataclass(frozen=True)
class Course:
    """What a fine-tuning run is given."""

    located: Located
    task: Task
    data: Dataset[Any]
    recipe: Recipe
    listen: Listener
    run_folder: Path | None
    held_out: NDArray[np.int64] | None = None
    """Rows never trained on; chosen from the data when None."""


@dataclass(frozen=True)
class Outcome:
    """A fine-tuned network."""

    changed: Mapping[str, NDArray[Any]]
    """Tensors of the encoder that are no longer the base's, by name; of the embedding table only
    the rows, as `embeddings.rows` and `embeddings.values`."""
    network: Network | WordNetwork
    held_out: NDArray[np.int64]
    encoder: nn.Module
    measured: Mapping[str, Any]


def fine_tune(course: Course, move: Move) -> Outcome:
    """Train a copy of the base as `move` says."""
    apart = (
        course.held_out
        if course.held_out is not None
        else small_part(course.data, course.recipe.seed)
    )
    rest = np.setdiff1d(np.arange(len(course.data)), apart)
    torch.manual_seed(course.recipe.seed)
    encoder = loading.load_encoder(course.located)
    with_pooled_dropout(encoder)
    windower = windower_for(course.located, course.recipe)
    examples = [course.data.examples[i] for i in rest]
    windows = windower.windows(course.task.inputs(examples))
    network = _network(course, move, encoder, rest)
    replay = _replay(course, move, encoder, windower)
    for weight in encoder.parameters():
        weight.requires_grad = True
    move.prepare(encoder, course.recipe)
    table = ShrunkEmbeddings(encoder, [*windows.ids, *(replay.windows if replay else ())])
    lesson = _lesson(course, examples, replace(windows, ids=table.renumbered(windows.ids)))
    schedule = _schedule(course, move, amount_of(examples), encoder)
    checkpoint = _checkpoint(course, move)
    again = replay.renumbered(table) if replay else None
    measured = train(network, lesson, schedule, checkpoint, course.listen, again)
    changed = _changed(encoder, table)
    measured["untouched"] = _untouched(encoder, table)
    table.restore()
    return Outcome(changed, network, apart, encoder, measured)


def calibrated(
    head: LinearHead, features: NDArray[np.float32], targets: NDArray[np.int64]
) -> LinearHead:
    """Return the head with its scores brought to the scale that unseen examples ask for."""
    if len(features) == 0:
        return head
    factor = fit_temperature(head.scores(features), targets)
    return LinearHead(head.weight * np.float32(factor), head.bias * np.float32(factor))


def rebuilt(
    located: Located, changed: Mapping[str, NDArray[Any]], prepare: Mover, recipe: Recipe
) -> nn.Module:
    """Return the base with the changed tensors put back, LoRA matrices merged in."""
    encoder = loading.load_encoder(located)
    prepare(encoder, recipe)
    state = {name: torch.from_numpy(np.array(value)) for name, value in changed.items()}
    rows, values = state.pop("embeddings.rows", None), state.pop("embeddings.values", None)
    with torch.no_grad():
        if rows is not None and values is not None:
            encoder.get_input_embeddings().weight[rows] = values  # type: ignore[operator]
        own = dict(encoder.named_parameters())
        for name, value in state.items():
            own[name].copy_(value)
    return merged(encoder)


def merged(encoder: nn.Module) -> nn.Module:
    """Fold LoRA matrices into the weights that they correct, and remove them."""
    from peft.tuners.lora import LoraLayer

    for name, module in list(encoder.named_modules()):
        if isinstance(module, LoraLayer):
            module.merge()
            parent = encoder.get_submodule(name.rpartition(".")[0])
            setattr(parent, name.rpartition(".")[2], module.get_base_layer())
    return encoder.eval()


def width_of(encoder: nn.Module) -> int:
    """Return the width of an encoder's states."""
    model: Any = encoder
    return int(model.get_input_embeddings().weight.shape[1])


def _network(
    course: Course, move: Move, encoder: nn.Module, rest: NDArray[np.int64]
) -> Network | WordNetwork:
    if course.task.family == "words":
        task = cast(WordTask, course.task)
        return network_for(encoder, task, width_of(encoder), course.recipe.seed)
    return Network(encoder, _first_head(course, move, rest, width_of(encoder)))


def _lesson(course: Course, examples: list[Example[Any]], windows: Windows) -> Lesson:
    if course.task.family == "words":
        sentences = course.task.encode(examples)
        return WordLesson(cast(WordTask, course.task), sentences, windows)
    return Material(windows, course.task.encode(examples))


def _first_head(course: Course, move: Move, rest: NDArray[np.int64], width: int) -> LinearHead:
    n_labels = len(course.task.labels)
    examples = [course.data.examples[i] for i in rest]
    targets = course.task.encode(examples)
    if not move.from_probe:
        shape = (course.task.stretches * width, n_labels)
        spread = np.random.default_rng(course.recipe.seed).normal(0, 0.05, shape)
        return LinearHead(spread.astype(np.float32), np.zeros(n_labels, dtype=np.float32))
    # The same layers as `head` reads, so that neither computes what the other knows.
    base = TextEncoder(course.located, course.recipe, FULL, layers_read(course.located))
    read = course.task.inputs(examples)
    features = base.features(read, course.listen)[:, : course.task.stretches * width]
    head = fit_once(features, targets, n_labels, 1.0)
    return calibrated(head, features, targets)


def _replay(course: Course, move: Move, encoder: nn.Module, windower: Windower) -> Replay | None:
    # A network of random weights must not be taught by the base: `scratch` tells what it was worth.
    if not course.recipe.replay or not move.from_probe:
        return None
    texts = general.replayed(general.languages_of(course.located.base.languages))
    return remembered(encoder, windower.windows(texts).ids, course.recipe.replay)


def _schedule(course: Course, move: Move, amount: Amount, encoder: nn.Module) -> Schedule:
    recipe = course.recipe
    narrow = min(1.0, 384 / width_of(encoder))
    rate = recipe.learning_rate or move.rate * narrow * (_WORD_RATE if amount.words else 1.0)
    return Schedule(
        passes_for(recipe, amount, move.epochs_factor),
        batch_of(recipe, amount),
        rate,
        _WORD_HEAD_RATE if amount.words else rate,
        recipe.seed,
        precision=recipe.precision,
    )


def _checkpoint(course: Course, move: Move) -> Checkpoint | None:
    if course.run_folder is None:
        return None
    parts = [course.data.fingerprint, course.recipe.to_toml(), move.name, course.located.sha256]
    parts.append(json.dumps([] if course.held_out is None else course.held_out.tolist()))
    key = sha256_of_texts(parts)
    return Checkpoint(course.run_folder / f"{move.name}-{key[:8]}", key)


def _untouched(encoder: nn.Module, table: ShrunkEmbeddings) -> int:
    """Return how many layers, from below, are those of the base; 0 if its embeddings moved."""
    layers = layers_of(encoder)
    inside = {id(weight) for layer in layers for weight in layer.parameters()}
    below = [w for w in encoder.parameters() if id(w) not in inside]
    if table.small.weight.requires_grad or any(w.requires_grad for w in below):
        return 0
    moved = (i for i, one in enumerate(layers) if any(w.requires_grad for w in one.parameters()))
    return next(moved, len(layers))


def _changed(encoder: nn.Module, table: ShrunkEmbeddings) -> dict[str, NDArray[Any]]:
    small = {id(table.small.weight)}
    found = {
        name: weight.detach().numpy().copy()
        for name, weight in encoder.named_parameters()
        if weight.requires_grad and id(weight) not in small
    }
    if table.small.weight.requires_grad:
        found["embeddings.rows"] = table.rows.numpy().copy()
        found["embeddings.values"] = table.small.weight.detach().numpy().copy()
    return found
