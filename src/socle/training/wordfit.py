"""Learning to give words their columns: on a frozen base, or while the base's weights move."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from socle.bases import loading
from socle.engines import Encoder
from socle.events import Finished, Listener, Started, Stepped
from socle.examples import Sentence
from socle.tasks import WordTask
from socle.training.batching import Windower, Windows
from socle.training.encoding import FULL, INT8, Trial, encoder_of, trial, windower_for
from socle.training.features import parts_of_words, word_states
from socle.training.loop import Schedule, fitting_together, train
from socle.training.passes import amount_of, batch_of, passes_for
from socle.training.wordhead import WordHead, WordNetwork, WordPiece
from socle.training.wordmodel import WordModel
from socle.words.columns import Scored

FROZEN_LAYERS = 8
"""Layers whose mixture a frozen base gives, the last ones."""
MOVED_LAYERS = 4
"""The same of a base whose weights move: it brings what is needed to the top by itself."""
_AT_ONCE = 256
_ALIKE = 0.98
"""Share of words on which int8 must decide as full precision does, tag and head. At .979 it cost a
parser of Sequoia 0.4 LAS on its test file, which McNemar's test had not seen on 150 sentences."""
_FROZEN_RATE = 2e-3
_FROZEN_FACTOR = 1.6
"""A frozen base is not run again: more passes cost little."""
_MOST_STATES = 1_500_000_000
"""Bytes that the states of a frozen base may take; fewer layers are kept of a larger treebank."""
Ints = NDArray[np.int64]


class FrozenStates(NamedTuple):
    """The words of sentences as an untouched base sees them, one sentence behind the other."""

    states: NDArray[np.float16]
    """(words, layers, width)."""
    parts: Ints
    """Place of each word among those that share a token with it, (words,)."""


@dataclass(frozen=True)
class WordLesson:
    """Sentences to learn from, by their windows or by states computed before."""

    task: WordTask
    sentences: Sequence[Sentence]
    windows: Windows | None = None
    states: FrozenStates | None = None

    @cached_property
    def _counts(self) -> Ints:
        return np.array([len(one.words) for one in self.sentences], dtype=np.int64)

    @cached_property
    def _starts(self) -> Ints:
        return np.concatenate([[0], np.cumsum(self._counts)]).astype(np.int64)

    @cached_property
    def _documents(self) -> list[Ints]:
        if self.windows is None:
            return [np.array([i]) for i in range(len(self.sentences))]
        cuts = np.flatnonzero(np.diff(self.windows.owners)) + 1
        return list(np.split(np.arange(len(self.windows)), cuts))

    @cached_property
    def _parts(self) -> Ints:
        if self.windows is not None:
            return parts_of_words(self.windows, self._counts.tolist())
        return np.zeros(0, dtype=np.int64) if self.states is None else self.states.parts

    @cached_property
    def _targets(self) -> list[dict[str, Ints]]:
        return [self.task.targets(one) for one in self.sentences]

    @cached_property
    def sizes(self) -> Ints:
        """Tokens of each sentence; its words where states are known."""
        if self.windows is None:
            return self._counts
        lengths = self.windows.lengths
        return np.array([int(lengths[d].sum()) for d in self._documents], dtype=np.int64)

    def pieces(self, chosen: Ints) -> list[WordPiece]:
        """Cut a batch of sentences into pieces that fit in memory."""
        if self.windows is None:
            return [self._piece(chosen.tolist(), 1.0)]
        parts = fitting_together(chosen, self._documents, self.windows.lengths)
        return [self._piece(part, len(part) / len(chosen)) for part in parts]

    def _piece(self, part: list[int], share: float) -> WordPiece:
        own = [self._targets[i] for i in part]
        targets = {
            name: torch.from_numpy(np.concatenate([one[name] for one in own])) for name in own[0]
        }
        lengths = [int(self._counts[i]) for i in part]
        rows = np.concatenate([np.arange(*self._starts[i : i + 2]) for i in part])
        parts = torch.from_numpy(self._parts[rows])
        if self.windows is None:
            known = np.zeros(0) if self.states is None else self.states.states[rows]
            states = torch.from_numpy(np.asarray(known, dtype=np.float32))
            return WordPiece(lengths, parts, targets, share, sum(lengths), states=states)
        windows = np.concatenate([self._documents[i] for i in part])
        batch = self.windows.batch(windows)
        means = torch.from_numpy(self._rows(part, windows, batch.shares.shape[1]))
        tokens = int(batch.mask.sum())
        return WordPiece(lengths, parts, targets, share, tokens, batch, means)

    def _rows(self, part: list[int], windows: Ints, means: int) -> Ints:
        """Return where each word of the piece stands among the means of its windows."""
        if self.windows is None:
            raise ValueError("there are no windows")
        first = dict(zip(part, np.cumsum([0, *(self._counts[i] for i in part)]), strict=False))
        rows = np.zeros(int(sum(self._counts[i] for i in part)), dtype=np.int64)
        for at, window in enumerate(windows.tolist()):
            places = self.windows.places[window] if self.windows.places else None
            if places is not None:
                start = first[int(self.windows.owners[window])]
                rows[start + places] = at * means + np.arange(len(places))
        return rows


def head_for(task: WordTask, width: int, layers: int, seed: int) -> WordHead:
    """Return a head of random weights for a task."""
    torch.manual_seed(seed)
    sizes = {name: len(values) for name, values in task.classes.items()}
    return WordHead(width, layers, sizes, len(task.relations))


def network_for(encoder: nn.Module, task: WordTask, width: int, seed: int) -> WordNetwork:
    """Return an encoder with a fresh head on its last layers."""
    model: Any = encoder
    layers = tuple(range(-1, -1 - min(MOVED_LAYERS, int(model.config.num_hidden_layers)), -1))
    return WordNetwork(encoder, head_for(task, width, len(layers), seed), layers)


def frozen_layers(depth: int, width: int, words: int) -> tuple[int, ...]:
    """Return the layers of a frozen base that are kept for so many words, the last first."""
    fitting = max(2, _MOST_STATES // max(1, 2 * width * words))
    return tuple(range(-1, -1 - min(FROZEN_LAYERS, depth, fitting), -1))


def frozen_states(
    sentences: Sequence[Sentence], windower: Windower, encoder: Encoder, listen: Listener
) -> FrozenStates:
    """Return the words of sentences as a frozen base sees them, in half precision."""
    began = time.perf_counter()
    listen(Started("Reading sentences", len(sentences)))
    states, parts = [], []
    for start in range(0, len(sentences), _AT_ONCE):
        seen = word_states(sentences[start : start + _AT_ONCE], windower, encoder)
        if len(seen.parts):
            states.append(seen.states.astype(np.float16))
            parts.append(seen.parts)
        listen(Stepped("Reading sentences", min(start + _AT_ONCE, len(sentences))))
    listen(Finished("Reading sentences", time.perf_counter() - began))
    return FrozenStates(np.concatenate(states), np.concatenate(parts))


def answers_alike(
    task: WordTask, gold: Sequence[Sentence], full: list[Scored], fast: list[Scored]
) -> Trial:
    """Compare what a fast engine says of words with full precision, on held-out sentences."""
    truth = np.concatenate([np.stack(_decisions(task.targets(one)), 1) for one in gold])
    slow, quick = (
        np.concatenate([np.stack(_said(one.tables), 1) for one in some]) for some in (full, fast)
    )
    return trial(truth, slow, quick, _ALIKE)


def _decisions(targets: Mapping[str, Ints]) -> list[Ints]:
    names = [name for name in targets if name not in ("head", "deprel")][:1]
    return [targets[name] for name in (*names, *(n for n in ("head",) if n in targets))]


def _said(tables: Mapping[str, NDArray[Any]]) -> list[Ints]:
    names = [name for name in tables if name not in ("head", "deprel", "arc")][:1]
    found = [tables[name].argmax(axis=1) for name in names]
    return found + ([tables["head"].astype(np.int64)] if "head" in tables else [])


def finished(
    course: Any, rows: Ints, ready: Callable[[str], WordModel]
) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """Choose the engine on sentences held out, and count what is right in them.

    Args:
        course: what was learnt from, a `finetuning.Course`.
        rows: the sentences held out.
        ready: gives the model on an engine.

    Returns:
        Facts for the adaptation, and statistics, (n, k), NaN for sentences not held out.
    """
    task, asked = course.task, course.recipe.engine
    examples = [course.data.examples[i] for i in rows]
    sentences = task.inputs(examples)
    first = FULL if asked == "auto" else asked
    full = ready(first).scores(sentences, course.listen)
    facts: dict[str, Any] = {"engine": first}
    gold = task.encode(examples)
    if asked == "auto" and examples:
        result = answers_alike(task, gold, full, ready(INT8).scores(sentences, course.listen))
        facts = {"engine": INT8 if result.passed else FULL, "int8": result.to_json()}
    counts = task.statistics(gold, task.decide(full))
    table = np.full((len(course.data), counts.shape[1]), np.nan)
    table[rows] = counts
    return facts, table


def fit_frozen(course: Any, rows: Ints) -> tuple[dict[str, NDArray[Any]], dict[str, Any], Any]:
    """Fit a head for words on the untouched base of a course.

    Args:
        course: what to learn from, a `finetuning.Course`.
        rows: sentences held out.

    Returns:
        Tensors, facts, and statistics of the sentences held out, as `finished`.
    """
    located, task, recipe = course.located, course.task, course.recipe
    examples = course.data.examples
    amount = amount_of(examples)
    layers = frozen_layers(loading.depth(located), loading.width(located), amount.words)
    windower = windower_for(located, recipe)
    rest = [examples[i] for i in np.setdiff1d(np.arange(len(examples)), rows)]
    sentences = task.encode(rest)
    encoder = encoder_of(located, FULL, layers)
    states = frozen_states(sentences, windower, encoder, course.listen)
    head = head_for(task, states.states.shape[2], len(layers), recipe.seed)
    rate = recipe.learning_rate or _FROZEN_RATE
    passes = passes_for(recipe, amount_of(rest), _FROZEN_FACTOR)
    size = batch_of(recipe, amount)
    schedule = Schedule(passes, size, rate, rate, recipe.seed, precision="float32")
    lesson = WordLesson(task, sentences, states=states)
    measured = train(WordNetwork(None, head, layers), lesson, schedule, None, course.listen)
    tensors = {f"head.{name}": value for name, value in head.tensors().items()}

    def ready(engine: str) -> WordModel:
        return WordModel(tensors, windower, encoder_of(located, engine, layers))

    facts, held_out = finished(course, rows, ready)
    return tensors, facts | {"layers": list(layers), "steps": measured["steps"]}, held_out
