"""Dependency trees by linear weights on hashed features of a word and each candidate for its head.

The arc-factored model of McDonald, Crammer and Pereira (2005), with logistic loss: every word
chooses its head among all others and the root, then the arc its label. A decoder makes trees of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

EPOCHS = 6
"""Times that every tree is looked at."""
_HEAD_BITS, _LABEL_BITS = 20, 16
_KINDS = 32
"""Tags between two words are told apart up to this number."""
_RATE = 0.2
_BATCH = 256
_CELLS = 4_000_000
"""Numbers in the largest array for a sentence."""
_DISTANCES = np.array([1, 2, 3, 4, 5, 7, 11, 21])

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
_Hashes = NDArray[np.uint64]

# Letters: w word, s its ending, t its tag, each of the dependent (0) or the head (1), with -, +
# for the neighbours; d direction and distance, o direction alone.
_HEAD_FEATURES = tuple(
    tuple(template.split())
    for template in (
        "t0 t1", "t0 t1 d", "t0 d", "w0 d", "w0 t1", "w0 t1 d", "t0 w1", "t0 w1 d", "w0 w1",
        "w0 w1 o", "s0 t1 d", "t0 s1 d", "s0 s1 o", "s0 s1 d", "t1- t1 t0- t0 o", "t1 t1+ t0 t0+ o",
        "t1- t1 t0 t0+ o", "t1 t1+ t0- t0 o", "t1- t1 t1+ t0 d", "t1 t0- t0 t0+ d", "w0 s1 o",
        "t0 w0- t1 o", "t0 w0+ t1 o", "t0 t1 w1- o", "t0 t1 w1+ o", "w0 t0- t1 d", "t0 t0- t0+ d",
    )
)  # fmt: skip
_LABEL_FEATURES = tuple(
    tuple(template.split())
    for template in (
        "t0", "w0", "s0", "t0 t1 o", "t0 t1 d", "w0 t1 o", "s0 t1 o", "t0 w1 o", "t0 s1 o",
        "w0 w1", "w0 s1 o", "s0 s1 o", "t0- t0 t1 o", "t0 t0+ t1 o", "w0- t0 t1", "w0+ t0 t1 o",
        "t1- t1 t0 o", "t1 t1+ t0 o", "t0 d", "w0- w0", "t0- t0 t0+",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Tagged:
    """A sentence for the trees: hashes of its words and endings, and the numbers of its tags."""

    words: _Hashes
    endings: _Hashes
    tags: Ints

    def __len__(self) -> int:
        return len(self.tags)


@dataclass(frozen=True)
class Tree:
    """What is known of the tree of a sentence, (words,) each."""

    heads: Ints
    """0 for the root, -1 where it is not known."""
    labels: Ints
    """-1 where it is not known."""


@dataclass(frozen=True)
class LinearTrees:
    """The weights."""

    heads: Floats
    """Of hashed features, (2**20,)."""
    between: Floats
    """Of tags that stand between: dependent, head, between, (32, 33, 32)."""
    labels: Floats
    """Of hashed features, (2**16, labels)."""

    def head_scores(self, given: Tagged) -> Floats:
        """Return log-probabilities of heads, (words, words + 1), the first for the root."""
        n = len(given)
        step = max(1, _CELLS // ((n + 1) * (len(_HEAD_FEATURES) + _KINDS)))
        parts = [np.zeros((0, n + 1), np.float32)]
        for start in range(0, n, step):
            arcs = _Arcs(given, np.arange(start, min(start + step, n)))
            present = arcs.between()
            cells = arcs.buckets(_HEAD_FEATURES, _HEAD_BITS)
            parts.append(_log_softmax(_scored((self.heads, self.between), arcs, cells, present)))
        return np.concatenate(parts)

    def label_scores(self, given: Tagged, heads: Ints) -> Floats:
        """Return log-probabilities of the labels of the arcs from heads, (words, labels)."""
        cells = _Arcs(given, np.arange(len(given)), heads).buckets(_LABEL_FEATURES, _LABEL_BITS)
        return _log_softmax(self.labels[cells[:, 0]].sum(axis=1))

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the weights by name, in half precision."""
        named = {"heads": self.heads, "between": self.between, "labels": self.labels}
        return {f"trees.{name}": array.astype(np.float16) for name, array in named.items()}

    @classmethod
    def restore(cls, tensors: Mapping[str, NDArray[Any]]) -> LinearTrees:
        """Return the weights that `tensors` gave."""
        names = ("heads", "between", "labels")
        return cls(*(np.asarray(tensors[f"trees.{name}"], np.float32) for name in names))


def tagged(forms: Sequence[str], tags: Ints) -> Tagged:
    """Return a sentence as its trees are learnt from and told."""
    low = [form.lower() for form in forms]
    return Tagged(
        np.array([_hash(form) for form in low], np.uint64),
        np.array([_hash(f"-{form[-3:]}") for form in low], np.uint64),
        np.asarray(tags, np.int64),
    )


def fit_trees(
    sentences: Sequence[Tagged],
    trees: Sequence[Tree],
    n_labels: int,
    seed: int,
    step: Callable[[int], None],
) -> LinearTrees:
    """Return weights that tell heads and labels as these trees have them.

    `step` is told the number of each of the `EPOCHS` rounds through the trees, once it is done.
    """
    generator = np.random.default_rng(seed)
    heads = np.zeros(1 << _HEAD_BITS, np.float32)
    between = np.zeros((_KINDS, _KINDS + 1, _KINDS), np.float32)
    seen = np.full_like(heads, 1e-6), np.full_like(between, 1e-6)
    for epoch in range(EPOCHS):
        for i in generator.permutation(len(sentences)).tolist():
            rows = np.flatnonzero(trees[i].heads >= 0)
            if len(rows) and len(sentences[i]) > 1:
                arcs = _Arcs(sentences[i], rows)
                _learn_heads((heads, between), seen, arcs, trees[i].heads[rows])
        step(epoch + 1)
    labels = _fit_labels(sentences, trees, n_labels, generator)
    return LinearTrees(heads, between, labels)


class _Arcs:
    """Some words of a sentence against every candidate for their head, the root first."""

    def __init__(self, given: Tagged, rows: Ints, heads: Ints | None = None) -> None:
        n = len(given)
        self.rows = rows
        # One candidate a word where its head is known, else all of them.
        self.columns = np.arange(n + 1)[None] if heads is None else heads[:, None]
        distance = self.columns - (rows + 1)[:, None]
        size = np.searchsorted(_DISTANCES, np.abs(distance), side="right")
        root = self.columns == 0
        self._parts: dict[str, _Hashes] = {
            "o": np.where(root, 2, distance > 0).astype(np.uint64),
            "d": np.where(root, 99, size * 2 + (distance > 0)).astype(np.uint64),
        }
        tags = np.asarray(given.tags, np.uint64) + np.uint64(1)
        for letter, values in (("w", given.words), ("s", given.endings), ("t", tags)):
            # Place 1 is the root, places 0 and n + 2 what lies beyond the sentence.
            edges = np.array([101, 102], np.uint64)
            wide = np.concatenate([edges, values, edges[:1]])
            for sign, offset in (("", 0), ("-", -1), ("+", 1)):
                self._parts[f"{letter}0{sign}"] = wide[rows + 2 + offset][:, None]
                self._parts[f"{letter}1{sign}"] = wide[self.columns + 1 + offset]
        self.tags = given.tags % _KINDS

    def buckets(self, templates: Sequence[tuple[str, ...]], bits: int) -> Ints:
        """Return the buckets of the features, shape (rows, candidates, templates)."""
        shape = np.broadcast_shapes((len(self.rows), 1), self.columns.shape)
        found = np.empty((*shape, len(templates)), np.int64)
        for number, template in enumerate(templates):
            mixed = np.full((1, 1), number + 1, np.uint64)
            for part in template:
                # Multiplying by an odd number keeps all bits; shifting mixes them downwards.
                mixed = (mixed ^ self._parts[part]) * np.uint64(0x9E3779B97F4A7C15)
                mixed = mixed ^ (mixed >> np.uint64(29))
            mixed = mixed * np.uint64(0xBF58476D1CE4E5B9)
            found[:, :, number] = (mixed >> np.uint64(64 - bits)).astype(np.int64)
        return found

    def between(self) -> NDArray[np.bool_]:
        """Return which tags stand between word and candidate, (rows, candidates, kinds)."""
        counts = np.zeros((len(self.tags) + 1, _KINDS), np.int32)
        np.cumsum(self.tags[:, None] == np.arange(_KINDS), axis=0, out=counts[1:])
        own = (self.rows + 1)[:, None]
        low, high = np.minimum(own, self.columns), np.maximum(own, self.columns)
        return np.asarray(counts[np.maximum(high - 1, low)] > counts[low])

    def kinds(self) -> tuple[Ints, Ints]:
        """Return the tags of words and candidates, as `between` numbers them."""
        of_heads = np.concatenate([[_KINDS], self.tags])
        return self.tags[self.rows][:, None], of_heads[self.columns]


def _scored(
    weights: tuple[Floats, Floats], arcs: _Arcs, cells: Ints, present: NDArray[np.bool_]
) -> Floats:
    total = weights[0][cells].sum(axis=2)
    total += (weights[1][arcs.kinds()] * present).sum(axis=2)
    total[np.arange(len(arcs.rows)), arcs.rows + 1] = -np.inf
    return np.asarray(total)


def _learn_heads(
    weights: tuple[Floats, Floats], seen: tuple[Floats, Floats], arcs: _Arcs, gold: Ints
) -> None:
    """Take one step of AdaGrad on the words of a sentence; `weights` and `seen` change in place."""
    cells, present, kinds = arcs.buckets(_HEAD_FEATURES, _HEAD_BITS), arcs.between(), arcs.kinds()
    slope = np.exp(_log_softmax(_scored(weights, arcs, cells, present)))
    slope[np.arange(len(gold)), gold] -= 1
    # Most candidates are long decided; what they would change is lost in the noise.
    felt = np.abs(slope) > 1e-3
    steps = np.repeat(slope[felt], cells.shape[2])
    _step(weights[0], seen[0], cells[felt].ravel(), steps)
    row, column = np.nonzero(felt)
    pairs, kind = np.nonzero(present[felt])
    first, second = kinds[0][row, 0][pairs], kinds[1][0][column][pairs]
    places = np.ravel_multi_index((first, second, kind), weights[1].shape)
    _step(weights[1].reshape(-1), seen[1].reshape(-1), places, slope[felt][pairs])


def _step(weights: Floats, seen: Floats, cells: Ints, slopes: Floats) -> None:
    np.add.at(seen, cells, slopes * slopes)
    np.add.at(weights, cells, -_RATE * slopes / np.sqrt(seen[cells]))


def _fit_labels(
    sentences: Sequence[Tagged],
    trees: Sequence[Tree],
    n_labels: int,
    generator: np.random.Generator,
) -> Floats:
    weights = np.zeros((1 << _LABEL_BITS, n_labels), np.float32)
    seen = np.full_like(weights, 1e-6)
    cells, gold = [np.zeros((0, len(_LABEL_FEATURES)), np.int64)], [np.zeros(0, np.int64)]
    for given, tree in zip(sentences, trees, strict=True):
        rows = np.flatnonzero((tree.heads >= 0) & (tree.labels >= 0))
        arcs = _Arcs(given, rows, tree.heads[rows])
        cells.append(arcs.buckets(_LABEL_FEATURES, _LABEL_BITS)[:, 0])
        gold.append(tree.labels[rows])
    every, right = np.concatenate(cells), np.concatenate(gold)
    for _ in range(EPOCHS):
        order = generator.permutation(len(right))
        for start in range(0, len(order), _BATCH):
            some = order[start : start + _BATCH]
            _learn_labels(weights, seen, every[some], right[some])
    return weights


def _learn_labels(weights: Floats, seen: Floats, cells: Ints, gold: Ints) -> None:
    from scipy.sparse import csr_matrix

    columns, local = np.unique(cells, return_inverse=True)
    rows = np.arange(0, cells.size + 1, cells.shape[1])
    ones = np.ones(cells.size, np.float32)
    features = csr_matrix((ones, local.ravel(), rows), shape=(len(cells), len(columns)))
    slope = np.exp(_log_softmax(features @ weights[columns]))
    slope[np.arange(len(gold)), gold] -= 1
    steps = features.T @ slope
    seen[columns] += steps * steps
    weights[columns] -= _RATE * steps / np.sqrt(seen[columns])


def _log_softmax(scores: Floats) -> Floats:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float32)


def _hash(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) << 5
