"""Learning from few labels: texts that share labels are drawn together, all others apart.

The loss is that of SetFit (Tunstall et al. 2022), squared distance of a cosine to what the labels
say of a pair; but every text of a batch is read once for all its pairs, the layers below those
that move are run once for the whole training, and the number of steps does not grow with that of
the pairs. The head is fitted afterwards, on what the tuned layers give.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from socle.bases import loading
from socle.engines import Batch, sliced
from socle.heads.pooled import LinearHead, mean_of_windows
from socle.metrics.labels import indicators
from socle.recipe import Recipe
from socle.tasks import Task
from socle.training.batching import Windows, by_length
from socle.training.encoding import windower_for
from socle.training.finetuning import Course, Move, Outcome, width_of
from socle.training.logistic import fit_once
from socle.training.loop import Schedule, train
from socle.training.network import (
    Network,
    ShrunkEmbeddings,
    layers_of,
    output_of,
    with_pooled_dropout,
)

RATE = 3e-4
"""Peak learning rate at a width of 384."""
_STEPS = {"quick": 6, "normal": 10, "thorough": 20}
"""Fewest steps; more only where the rows were not yet all read a few times."""
_PASSES = {"quick": 2, "normal": 3, "thorough": 5}
_MOST_STEPS = 400
_AT_LEAST = 4
"""Texts of each label in a batch, as far as there are."""
_STRENGTH = 3.0
"""Of the head: once the layers are tuned, strengths from 1 to 10 give the same accuracy."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


def upper_layers(encoder: nn.Module, recipe: Recipe) -> None:
    """Let the upper half of the layers move, or as many as the recipe says, and nothing else."""
    layers = layers_of(encoder)
    moving = recipe.layers or max(1, len(layers) // 2)
    for weight in encoder.parameters():
        weight.requires_grad = False
    for layer in layers[-moving:]:
        for weight in layer.parameters():
            weight.requires_grad = True


@dataclass(frozen=True)
class Readings:
    """Texts as the layers that stay as they are see them."""

    windows: Windows
    states: list[Floats]
    """Of each window, shape (tokens, width)."""

    @cached_property
    def documents(self) -> list[Ints]:
        """For each text the numbers of its windows."""
        cuts = np.flatnonzero(np.diff(self.windows.owners)) + 1
        return np.split(np.arange(len(self.windows)), cuts)

    def batches(self, windows: Ints) -> list[tuple[Ints, Batch]]:
        """Return windows in batches of like length, with their places among those asked for."""
        found = []
        for group in by_length(self.windows.lengths[windows]):
            batch = self.windows.batch(windows[group])
            states = np.zeros((*batch.ids.shape, self.states[0].shape[1]), np.float32)
            for row, number in enumerate(windows[group].tolist()):
                states[row, : len(self.states[number])] = self.states[number]
            found.append((group, dataclasses.replace(batch, states=states)))
        return found


@dataclass(frozen=True)
class PairsPiece:
    """The texts of a step."""

    batches: list[tuple[Ints, Batch]]
    owners: Ints
    """The text of each window, counted within the step."""
    lengths: Ints
    """Tokens of each window."""
    alike: torch.Tensor
    """What the cosine of each pair of texts should be, shape (texts, texts)."""
    share: float = 1.0

    @property
    def tokens(self) -> int:
        """How many tokens are read."""
        return sum(int(batch.mask.sum()) for _, batch in self.batches)


@dataclass(frozen=True)
class PairsLesson:
    """Steps drawn before, each with texts of all labels, or of some where labels are many."""

    readings: Readings
    table: Ints
    """Targets as zeros and ones, shape (texts, labels)."""
    steps: list[Ints]

    @cached_property
    def sizes(self) -> Ints:
        """Tokens of each step."""
        lengths = self.readings.windows.lengths
        own = np.array([int(lengths[d].sum()) for d in self.readings.documents], dtype=np.int64)
        return np.array([int(own[step].sum()) for step in self.steps], dtype=np.int64)

    def pieces(self, chosen: Ints) -> list[PairsPiece]:
        """Return the texts of steps; only all together have they all their pairs."""
        texts = np.concatenate([self.steps[i] for i in chosen.tolist()])
        documents = [self.readings.documents[i] for i in texts.tolist()]
        owners = np.concatenate([np.full(len(d), i) for i, d in enumerate(documents)])
        windows = np.concatenate(documents)
        lengths = self.readings.windows.lengths[windows]
        alike = torch.from_numpy(shared_labels(self.table[texts]))
        return [PairsPiece(self.readings.batches(windows), owners, lengths, alike)]


class PairsNetwork(nn.Module):
    """The layers that move, learning from pairs; it has no head."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def head_weights(self) -> list[nn.Parameter]:
        """Return none."""
        return []

    def pools(self, batches: list[tuple[Ints, Batch]]) -> torch.Tensor:
        """Return the means of windows, shape (windows, width), in the order asked for."""
        found, places = [], []
        for group, batch in batches:
            states = _upwards(self.encoder, batch)
            found.append((torch.from_numpy(batch.shares) @ states.float()).flatten(1))
            places.append(group)
        order = np.argsort(np.concatenate(places), kind="stable")
        return torch.cat(found)[torch.from_numpy(order)]

    def loss(self, piece: PairsPiece) -> torch.Tensor:
        """Return the mean loss of the pairs of a step's texts."""
        pools = self.pools(piece.batches).float()
        # Cosines of like texts differ by less than bfloat16 can tell.
        with torch.autocast("cpu", enabled=False):
            weighted = pools * torch.from_numpy(piece.lengths).unsqueeze(1)
            owners = torch.from_numpy(piece.owners)
            texts = torch.zeros(len(piece.alike), pools.shape[1]).index_add(0, owners, weighted)
            return pairs_loss(texts, piece.alike)


def pairs_loss(vectors: torch.Tensor, alike: torch.Tensor) -> torch.Tensor:
    """Return the mean squared distance of cosines to `alike`, shape (n, n).

    A text is no pair with itself. Pairs that share labels and those that share none weigh the
    same, however many there are.
    """
    unit = nn.functional.normalize(vectors.float(), dim=1)
    wrong = (unit @ unit.T - alike).square()
    near = (alike > 0) & ~torch.eye(len(alike), dtype=torch.bool)
    parts = [wrong[chosen].mean() for chosen in (near, alike == 0) if bool(chosen.any())]
    # A step of a single text has no pair: nothing is learnt from it.
    return torch.stack(parts).mean() if parts else wrong.sum() * 0


def shared_labels(table: Ints) -> Floats:
    """Return which share of the labels of each two texts both have (Jaccard), shape (n, n).

    With one label a text, 1 for the same and 0 for another; 1 for two texts without any label.
    """
    both = (table @ table.T).astype(np.float32)
    own = table.sum(1)
    either = own[:, None] + own[None] - both
    return np.asarray(np.where(either > 0, both / np.maximum(either, 1), 1.0), dtype=np.float32)


def draw_steps(table: Ints, count: int, size: int, rng: np.random.Generator) -> list[Ints]:
    """Return the texts of each step: about `size`, each label's in turn, four of each at least.

    Where labels are too many for that, a step has some of them. Texts without any label count as
    one label more. Every text of a label comes before one comes again.
    """
    bare = table.sum(1) == 0
    groups = [np.flatnonzero(column) for column in (*table.T, bare) if column.any()]
    if len(table) <= size:
        return [np.arange(len(table))] * count
    each = max(_AT_LEAST, size // len(groups))
    waiting: list[list[int]] = [[] for _ in groups]
    steps = []
    for _ in range(count):
        taken: set[int] = set()
        for label in rng.permutation(len(groups))[: max(2, size // each)].tolist():
            for _ in range(min(each, len(groups[label]))):
                if not waiting[label]:
                    waiting[label] = rng.permutation(groups[label]).tolist()
                    # Those that the step has already come last.
                    waiting[label].sort(key=lambda text: text not in taken)
                taken.add(waiting[label].pop())
        steps.append(np.array(sorted(taken), dtype=np.int64))
    return steps


def named(task: Task) -> dict[int, str]:
    """Return the names of labels that say something, by the number of the label.

    Those of relations are abbreviations of what they mean, and numbers mean nothing.
    """
    if task.name != "classification":
        return {}
    words = (re.sub(r"[_/\s]+", " ", label).strip() for label in task.labels)
    return {i: name for i, name in enumerate(words) if re.search(r"[^\W\d_]{3}", name)}


@dataclass(frozen=True)
class Tuned:
    """What one run gave."""

    upper: nn.Module
    head: LinearHead
    features: Floats
    """Of every text of the data, and of names behind them, by the tuned layers, (n, width)."""
    measured: dict[str, Any]


class Contrast:
    """A base cut in two, and texts read by its lower part; learns as often as asked."""

    def __init__(self, course: Course, move: Move) -> None:
        torch.manual_seed(course.recipe.seed)
        self._course, self._move = course, move
        self._encoder = loading.load_encoder(course.located)
        with_pooled_dropout(self._encoder)
        move.prepare(self._encoder, course.recipe)
        layers = layers_of(self._encoder)
        moving = [any(w.requires_grad for w in layer.parameters()) for layer in layers]
        self._first = moving.index(True)
        task = course.task
        own = indicators(task.encode(course.data.examples), len(task.labels))
        names = named(task)
        self._names = np.arange(len(own), len(own) + len(names))
        told = np.eye(len(task.labels), dtype=np.int64)[list(names)]
        self._table = np.concatenate([own, told])
        windower = windower_for(course.located, course.recipe)
        windows = windower.windows([*task.inputs(course.data.examples), *names.values()])
        table = ShrunkEmbeddings(self._encoder, windows.ids)
        small = dataclasses.replace(windows, ids=table.renumbered(windows.ids))
        lower, self._upper = _cut(self._encoder, self._first)
        self._readings = Readings(windows, _states(lower, self._encoder, small))
        table.restore()

    def learn(self, rows: Ints, precision: str | None = None) -> Tuned:
        """Tune a copy of the upper part on some of the texts, and fit a head on them.

        `precision` is that of an earlier run, which spares this one the comparison.
        """
        recipe, rows = self._course.recipe, np.concatenate([rows, self._names])
        network = PairsNetwork(copy.deepcopy(self._upper))
        size = 2 * recipe.batch_size
        per_pass = -(-len(rows) // size)
        wanted = max(_STEPS[recipe.effort], _PASSES[recipe.effort] * per_pass)
        count = recipe.epochs * per_pass if recipe.epochs else min(_MOST_STEPS, wanted)
        rng = np.random.default_rng(recipe.seed)
        steps = [rows[step] for step in draw_steps(self._table[rows], count, size, rng)]
        narrow = min(1.0, 384 / width_of(self._encoder))
        rate = recipe.learning_rate or self._move.rate * narrow
        asked = precision or recipe.precision
        schedule = Schedule(1, 1, rate, rate, recipe.seed, precision=asked)
        lesson = PairsLesson(self._readings, self._table, steps)
        measured = train(network, lesson, schedule, None, self._course.listen)
        features = self._features(network)
        targets = self._table[rows] if self._course.task.several else self._table[rows].argmax(1)
        head = fit_once(features[rows], targets, self._table.shape[1], _STRENGTH)
        return Tuned(network.encoder, head, features, measured)

    def outcome(self, tuned: Tuned, held_out: Ints) -> Outcome:
        """Return the whole base with the tuned layers, its head, and what has changed."""
        own, new = layers_of(self._encoder), layers_of(tuned.upper)
        with torch.no_grad():
            for layer, other in zip(own[-len(new) :], new, strict=True):
                for weight, value in zip(layer.parameters(), other.parameters(), strict=True):
                    weight.copy_(value)
        changed = {
            name: weight.detach().numpy().copy()
            for name, weight in self._encoder.named_parameters()
            if weight.requires_grad
        }
        measured = {**tuned.measured, "untouched": self._first}
        network = Network(self._encoder, tuned.head)
        return Outcome(changed, network, held_out, self._encoder, measured)

    def _features(self, network: PairsNetwork) -> Floats:
        windows = self._readings.windows
        with torch.inference_mode():
            pools = network.pools(self._readings.batches(np.arange(len(windows)))).numpy()
        return mean_of_windows(pools, windows.owners, windows.lengths)


def _cut(encoder: nn.Module, first: int) -> tuple[nn.Module | None, nn.Module]:
    """Return the layers below `first`, and those from it on; all as the second if it must be."""
    if first:
        # An encoder of an unusual build learns all the same, only slower.
        with contextlib.suppress(ValueError):
            return sliced(encoder, (0, first)), sliced(encoder, (first, None))
    return None, encoder


def _states(lower: nn.Module | None, encoder: nn.Module, windows: Windows) -> list[Floats]:
    """Return what stands below the upper part: states of a layer, or the embeddings of tokens."""
    found: dict[int, Floats] = {}
    model: Any = encoder
    (lower or encoder).eval()
    for group in by_length(windows.lengths):
        batch = windows.batch(group)
        with torch.inference_mode():
            if lower is None:
                states = model.get_input_embeddings()(torch.from_numpy(batch.ids))
            else:
                states = output_of(lower, batch, all_layers=True).hidden_states[-1]
        for row, number in enumerate(group.tolist()):
            found[number] = states[row, : len(windows.ids[number])].float().numpy().copy()
    return [found[i] for i in range(len(windows))]


def _upwards(upper: nn.Module, batch: Batch) -> torch.Tensor:
    model: Any = upper
    given = torch.from_numpy(batch.states)
    mask = torch.from_numpy(batch.mask)
    states: torch.Tensor = model(inputs_embeds=given, attention_mask=mask).last_hidden_state
    return states
