"""The best sequence of tags among those that their scheme allows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from socle.metrics.spans import Scheme

Booleans = NDArray[np.bool_]


@lru_cache(maxsize=32)
def transitions(tags: tuple[str, ...], scheme: Scheme) -> tuple[Booleans, Booleans, Booleans]:
    """Return which tags may follow which, (tags, tags), which may stand first, and which last."""
    n = len(tags)
    after = np.array([[_follows(a, b, scheme) for b in tags] for a in tags]).reshape(n, n)
    first = np.array([_follows("O", b, scheme) for b in tags], dtype=bool)
    last = np.array([_follows(a, "O", scheme) for a in tags], dtype=bool)
    return after, first, last


def _follows(before: str, after: str, scheme: Scheme) -> bool:
    (a, own), (b, other) = _parts(before), _parts(after)
    if scheme in ("bio", "iob1"):
        # In IOB1 an I may open a span.
        return b != "I" or scheme == "iob1" or (a in ("B", "I") and own == other)
    open_before, goes_on = a in ("B", "I"), b in ("I", "E", "L")
    return goes_on and own == other if open_before else not goes_on


def _parts(tag: str) -> tuple[str, str]:
    prefix, _, label = tag.partition("-")
    return prefix, label


def best_sequence(
    scores: NDArray[np.floating], allowed: tuple[Booleans, Booleans, Booleans]
) -> NDArray[np.int64]:
    """Return the allowed sequence with the highest sum of scores, shape (words,) (Viterbi 1967).

    Args:
        scores: of every tag for every word, shape (words, tags).
        allowed: as `transitions` gives it. Where no sequence is allowed, the best free one is
            returned.
    """
    n = len(scores)
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    free = scores.argmax(axis=1)
    after, first, last = allowed
    if first[free[0]] and last[free[-1]] and after[free[:-1], free[1:]].all():
        return np.asarray(free, dtype=np.int64)
    closed = np.where(after, 0.0, -np.inf)
    back = np.zeros(scores.shape, dtype=np.int64)
    best = np.where(first, scores[0], -np.inf).astype(np.float64)
    for i in range(1, n):
        paths = best[:, None] + closed
        back[i] = paths.argmax(axis=0)
        best = paths.max(axis=0) + scores[i]
    best = np.where(last, best, -np.inf)
    if not np.isfinite(best).any():
        return np.asarray(free, dtype=np.int64)
    chosen = [int(best.argmax())]
    for i in range(n - 1, 0, -1):
        chosen.append(int(back[i][chosen[-1]]))
    return np.array(chosen[::-1], dtype=np.int64)


def spelt(tags: Sequence[str]) -> bool:
    """Tell whether tags are those of spans, and there is one."""
    return any(tag != "O" for tag in tags) and all(map(fits, tags))


def fits(tag: str) -> bool:
    """Tell whether a tag can be one of spans: O, or a prefix, a hyphen and a label."""
    return tag == "O" or (tag[:2] in _PREFIXES and len(tag) > 2)


_PREFIXES = frozenset(f"{letter}-" for letter in "BIESLU")
