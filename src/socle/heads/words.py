"""Columns for words and trees over them, from the states of their tokens: the part that answers.

A word is the mean of its tokens' states, a learnt mixture of layers. Each column (parts of speech,
features, lemma rules, entity tags) is a layer of its own on it; arcs are biaffine (Dozat and
Manning 2017), made a tree by the algorithm of Chu and Liu (1965) and Edmonds (1967).
`socle.training.wordhead` learns what is applied here; both must compute the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
PARTS = 4
"""Places of a word among those that share a token with it: alone, or first, second, third."""
SLOPE = 0.1
NORM_EPSILON = 1e-5
_ROOT = -1
_LABELLED = 256
"""Words whose labels are scored at once: what is between them would fill the memory."""
_MOST = 400
"""Words of a sentence that is parsed as one tree; a longer one is parsed in parts."""


class WordHead:
    """What gives words their columns, and sentences their trees."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        """Take the weights by name, as `socle.training.wordhead.WordHead` names them."""
        self._tensors = {k: np.asarray(v, dtype=np.float32) for k, v in tensors.items()}
        names = (k.split(".")[1] for k in tensors if k.startswith("columns."))
        self.columns = tuple(dict.fromkeys(names))
        self.arcs = "arcs.biaffine" in tensors
        mixes = [self._tensors[f"mix.{name}"] for name in ("tags", "arcs")[: 1 + self.arcs]]
        weight = np.exp(np.stack(mixes) - np.max(mixes, axis=1, keepdims=True))
        self._weight = weight / weight.sum(axis=1, keepdims=True)
        root = self._tensors["root"][None] if self.arcs else None
        self._roots = {} if root is None else {k: self._space(k, root) for k in _ABOVE}

    def mixed(self, states: Floats) -> Floats:
        """Return what is learnt of the layers, for tags and for arcs: (words, mixtures, width).

        Args:
            states: of words, shape (words, layers, width); nothing is copied where layers lie
                behind each other in memory.
        """
        words, layers, width = states.shape
        found = self._weight @ states.swapaxes(0, 1).reshape(layers, -1)
        return np.asarray(found.reshape(len(found), words, width).swapaxes(0, 1), dtype=np.float32)

    def scores(
        self, mixtures: Floats, parts: NDArray[np.int64], lengths: Sequence[int]
    ) -> list[dict[str, Floats]]:
        """Return for every sentence log-probabilities of each column, (words, classes).

        With trees also `head`, (words,): the head of each word in the best tree, 0 for the root;
        `arc`, (words,): the log-probability of that arc; `deprel`, (words, labels).

        Args:
            mixtures: of all words of all sentences, as `mixed` returns them.
            parts: place of each word among those that share a token with it, shape (words,).
            lengths: words of each sentence.
        """
        if not lengths:
            return []
        placed = self._tensors["part.weight"][parts]
        tagged = self._normal("tags", mixtures[:, 0]) + placed
        found = {name: self._column(name, tagged) for name in self.columns}
        ends = np.cumsum(np.array([0, *lengths]))
        cuts = list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
        told = [{name: table[a:b] for name, table in found.items()} for a, b in cuts]
        if self.arcs:
            arcs = self._normal("arcs", mixtures[:, 1]) + placed
            spaces = {name: self._space(name, arcs) for name in _SPACES}
            # One product for all words: sentence by sentence it is too small to be quick.
            spaces["wanted"] = _with_one(spaces["dependent"]) @ self._tensors["arcs.biaffine"]
            trees = [self._tree(spaces, a, b) for a, b in cuts]
            above = np.concatenate([np.zeros(0), *(tree.pop("above") for tree in trees)])
            labels = self._relations(spaces, above.astype(np.int64))
            for (a, b), one, tree in zip(cuts, told, trees, strict=True):
                one.update(tree | {"deprel": labels[a:b]})
        return told

    def _normal(self, name: str, mixed: Floats) -> Floats:
        centred = mixed - mixed.mean(axis=1, keepdims=True)
        spread = np.sqrt(np.einsum("nw,nw->n", centred, centred) / mixed.shape[1] + NORM_EPSILON)
        centred *= self._tensors[f"norm.{name}.weight"] / spread[:, None]
        centred += self._tensors[f"norm.{name}.bias"]
        return np.asarray(centred, dtype=np.float32)

    def _linear(self, name: str, given: Floats) -> Floats:
        weight, bias = self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"]
        return np.asarray(given @ weight.T + bias, dtype=np.float32)

    def _column(self, name: str, given: Floats) -> Floats:
        hidden = _leaky(self._linear(f"columns.{name}.hidden", given))
        return log_softmax(self._linear(f"columns.{name}.out", hidden))

    def _space(self, name: str, mixed: Floats) -> Floats:
        return _leaky(self._linear(f"spaces.{name}", mixed))

    def _tree(self, spaces: Mapping[str, Floats], first: int, end: int) -> dict[str, Floats]:
        """Return `head` and `arc` of a sentence, and `above`: the heads' places among all words."""

        def parse(rows: slice) -> dict[str, Floats]:
            start, stop = first + rows.start, first + rows.stop
            found = self._small_tree(spaces["wanted"][start:stop], spaces["head"][start:stop])
            chosen = found["head"]
            return found | {"above": np.where(chosen > 0, chosen - 1 + start, _ROOT)}

        return in_parts(end - first, parse)

    def _small_tree(self, wanted: Floats, above: Floats) -> dict[str, Floats]:
        arcs = wanted @ np.concatenate([self._roots["head"], above]).T
        n = len(arcs)
        arcs[np.arange(n), np.arange(1, n + 1)] = -np.inf
        table = log_softmax(arcs)
        chosen = spanning_tree(table)
        arc = np.asarray(table[np.arange(n), chosen], dtype=np.float32)
        return {"head": chosen.astype(np.float32), "arc": arc}

    def _relations(self, spaces: Mapping[str, Floats], above: Ints) -> Floats:
        """Return the log-probabilities of the labels of all words' arcs, (words, labels).

        Words of all sentences together: their products are too small one sentence at a time.
        """
        cube = self._tensors["labels.biaffine"]
        flat = cube.reshape(-1, cube.shape[1]).T
        found = np.zeros((len(above), len(cube)), dtype=np.float32)
        for start in range(0, len(above), _LABELLED):
            rows = slice(start, start + _LABELLED)
            chosen = above[rows]
            root = chosen[:, None] < 0
            heads = np.where(root, self._roots["label_head"], spaces["label_head"][chosen])
            left = _with_one(spaces["label_dependent"][rows]) @ flat
            pairs = left.reshape(len(chosen), len(cube), -1)
            found[rows] = np.matmul(pairs, _with_one(heads)[:, :, None])[:, :, 0]
        return log_softmax(found)


def in_parts(words: int, parse: Callable[[slice], dict[str, Floats]]) -> dict[str, Floats]:
    """Return the tables of a tree; a sentence that nobody reads as one is parsed in parts.

    Args:
        words: of the sentence.
        parse: gives the tables of some of its words, `head` among them, as those of a sentence.
            Every part but the first hangs on the root of the first.
    """
    if words <= _MOST:
        return parse(slice(0, words))
    parts: list[dict[str, Floats]] = []
    for start in range(0, words, _MOST):
        found = parse(slice(start, start + _MOST))
        heads = np.where(found["head"] > 0, found["head"] + start, 0)
        if parts:
            first = int(np.flatnonzero(parts[0]["head"] == 0)[0]) + 1
            heads = np.where(heads == 0, first, heads)
        parts.append(found | {"head": heads.astype(np.float32)})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


_SPACES = ("head", "dependent", "label_head", "label_dependent")
_ABOVE = ("head", "label_head")
"""Those in which the root stands as well."""


def log_softmax(scores: NDArray[np.floating]) -> Floats:
    """Return log-probabilities over the last axis."""
    if scores.size == 0:
        return np.asarray(scores, dtype=np.float32)
    top = scores - scores.max(axis=-1, keepdims=True)
    return np.asarray(top - np.log(np.exp(top).sum(axis=-1, keepdims=True)), dtype=np.float32)


def _leaky(values: Floats) -> Floats:
    """Return the values with those below zero made small, in their own place in memory."""
    np.maximum(values, np.float32(SLOPE) * values, out=values)
    return values


def _with_one(values: Floats) -> Floats:
    return np.concatenate([values, np.ones((len(values), 1), dtype=np.float32)], axis=1)


def spanning_tree(scores: NDArray[np.floating]) -> Ints:
    """Return the head of every word in the best tree, shape (words,): 0 for the root, else from 1.

    Where the best tree has several words on the root, root arcs are made dearer than all others can
    make up for, so that it has as few of them as a tree can have: one.

    Args:
        scores: of every head for every word, shape (words, words + 1); the first is the root.

    Raises:
        ValueError: the scores are not of that shape.
    """
    n = len(scores)
    if scores.shape != (n, n + 1):
        raise ValueError(f"scores of {n} words must have shape ({n}, {n + 1}), not {scores.shape}")
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    own = np.nan_to_num(np.asarray(scores, dtype=np.float64), nan=-1e9, neginf=-1e9, posinf=1e9)
    own[np.arange(n), np.arange(1, n + 1)] = -np.inf
    greedy = own.argmax(axis=1)
    if is_tree(greedy):
        return np.asarray(greedy, dtype=np.int64)
    square = np.full((n + 1, n + 1), -np.inf)
    square[:, 1:] = own.T
    found = _best(square)[1:]
    if (found == 0).sum() > 1:
        finite = own[np.isfinite(own)]
        square[0, 1:] -= (finite.max() - finite.min() + 1.0) * n
        found = _best(square)[1:]
    return found


def is_tree(heads: NDArray[np.integer]) -> bool:
    """Tell whether heads, 0 for the root, make one tree with a single root."""
    if int((heads == 0).sum()) != 1:
        return False
    # Where every word leads after 1, 2, 4, ... steps up; the root leads to itself.
    up = np.concatenate([[0], heads])
    for _ in range(len(up).bit_length()):
        up = up[up]
    return not up.any()


def _best(scores: NDArray[np.float64]) -> Ints:
    """Return the best head of every node, that of node 0 being 0; `scores` is (head, node).

    Every cycle of the best heads becomes one node: what enters it breaks the arc that costs least
    to replace. Of the tree over these fewer nodes each arc then stands for the best of its kind.
    """
    heads = np.asarray(scores.argmax(axis=0), dtype=np.int64)
    heads[0] = 0
    groups = _groups(heads)
    sizes = np.bincount(groups)
    if sizes.max() == 1:
        return heads
    gains = scores - np.where(sizes[groups] > 1, scores[heads, np.arange(len(heads))], 0.0)
    order = np.argsort(groups, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    small = np.maximum.reduceat(gains[order][:, order], starts, axis=0)
    small = np.maximum.reduceat(small, starts, axis=1)
    np.fill_diagonal(small, -np.inf)
    small[:, 0] = -np.inf
    above = _best(small)
    plain = (sizes == 1) & (sizes[above] == 1)
    heads[order[starts[plain]]] = order[starts[above[plain]]]
    members = [order[start : start + size] for start, size in zip(starts, sizes, strict=True)]
    for group in np.flatnonzero(~plain).tolist():
        into, out = members[group], members[above[group]]
        own = gains[out[:, None], into]
        source, node = np.unravel_index(own.argmax(), own.shape)
        heads[into[node]] = out[source]
    return heads


def _groups(heads: Ints) -> Ints:
    """Return a number for every node, the same for those of one cycle; 0 for node 0 alone."""
    up = heads
    # As many steps as there are nodes, or more: whoever is on a cycle now leads into it.
    for _ in range(len(heads).bit_length()):
        up = up[up]
    first = np.arange(len(heads))
    left = set(up[up > 0].tolist())
    while left:
        cycle = [left.pop()]
        while (node := int(heads[cycle[-1]])) != cycle[0]:
            cycle.append(node)
        left.difference_update(cycle)
        first[cycle] = min(cycle)
    return np.unique(first, return_inverse=True)[1]
