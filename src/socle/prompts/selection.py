"""Which examples to show: a fixed set for all documents, or the most similar ones for each.

A fixed set is the default, since everything before the document is then read once. Labels may be
sets of labels, as tuples; an example counts for each of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from socle.errors import PromptError
from socle.prompts import Shot
from socle.prompts.fields import nearest as most_alike

Vectors = NDArray[np.floating]
Label = str | tuple[str, ...]
Order = Literal["given", "reversed", "shuffled", "alternating"]
_CANDIDATES = 1000
"""Of a label at most, drawn by the seed: enough to cover it, and seconds at most."""


def balanced(labels: Sequence[Label], vectors: Vectors, k: int, seed: int) -> list[int]:
    """Return the numbers of k examples, of every label alike and covering what it is like.

    At each step the label with the fewest examples takes the one that makes all of its texts most
    similar to some chosen one (greedy facility location). Unlike taking the farthest each time
    (k-centre), this does not begin with the outliers, which are often the mislabelled.

    They come in the order of their use: the first ones, were the others left out, are balanced too.

    Args:
        labels: of all examples; the empty tuple is a label of its own.
        vectors: of their texts, unit length, shape (n, width).
        k: how many; all n if there are fewer. Below the number of labels, the most frequent ones
            get an example each.
        seed: of candidates where there are very many, and of the order of labels alike.
    """
    rng = np.random.default_rng(seed)
    members = _members(labels)
    names = sorted(members)
    tie = dict(zip(names, rng.permutation(len(names)).tolist(), strict=True))
    pools = {name: np.sort(rng.permutation(members[name])[:_CANDIDATES]) for name in names}
    covered = {name: np.zeros(len(pools[name])) for name in names}
    counts = dict.fromkeys(names, 0)
    chosen: list[int] = []
    while len(chosen) < min(k, len(labels)):
        left = [name for name in names if not np.isin(pools[name], chosen).all()]
        if not left:
            # Candidates have run out before the examples have.
            chosen += [i for i in range(len(labels)) if i not in chosen][: k - len(chosen)]
            break
        name = min(left, key=lambda one: (counts[one], -len(members[one]), tie[one]))
        pick = _most_covering(vectors, pools[name], covered[name], chosen)
        chosen.append(pick)
        for own in _each(labels[pick]):
            counts[own] += 1
            alike = np.clip(vectors[pools[own]] @ vectors[pick], 0, None)
            covered[own] = np.maximum(covered[own], alike)
    return chosen


def nearest(
    vectors: Vectors,
    query: Vectors,
    labels: Sequence[Label],
    k: int,
    most: int | None = None,
) -> list[int]:
    """Return the numbers of the k examples most similar to a document, the most similar last.

    Args:
        vectors: of all examples, unit length, shape (n, width).
        query: of the document, (width,).
        labels: of all examples.
        k: how many; all n if there are fewer.
        most: how many may have the same label, half of k by default; once every label has so many,
            or runs out, the most similar of the rest follow.
    """
    order = np.argsort(-(vectors @ query), kind="stable").tolist()
    cap = max(1, -(-k // 2)) if most is None else most
    counts: dict[str, int] = {}
    chosen: list[int] = []
    for i in order:
        own = _each(labels[i])
        if len(chosen) < k and any(counts.get(one, 0) < cap for one in own):
            chosen.append(i)
            for one in own:
                counts[one] = counts.get(one, 0) + 1
    rest = set(order) - set(chosen)
    chosen += [i for i in order if i in rest][: max(0, k - len(chosen))]
    rank = {i: place for place, i in enumerate(order)}
    return sorted(chosen, key=lambda i: -rank[i])


def ordered(shots: Sequence[Shot], how: Order, seed: int) -> list[Shot]:
    """Return examples in the order in which they are shown.

    A model leans towards the answers that it saw last (Zhao et al. 2021): `alternating` goes
    through the answers in turn, in an order drawn anew each time round, so that none stands at the
    end in a row. `shuffled` draws the whole order.

    Raises:
        PromptError: there is no such order.
    """
    if how not in get_args(Order):
        raise PromptError(
            f"There is no order of examples called {how!r}.",
            f"Did you mean: {most_alike(how, get_args(Order))}?",
        )
    rng = np.random.default_rng(seed)
    if how == "shuffled":
        return [shots[i] for i in rng.permutation(len(shots))]
    if how == "alternating":
        return _in_turn(shots, rng)
    return list(shots) if how == "given" else list(reversed(shots))


def _in_turn(shots: Sequence[Shot], rng: np.random.Generator) -> list[Shot]:
    """Return one example of every answer, one more of each, and so on.

    Answers that have fewer come in the last turns, where every answer weighs most.
    """
    queues: dict[str, list[Shot]] = {}
    for shot in shots:
        queues.setdefault(shot.answer, []).append(shot)
    answers = sorted(queues)
    found: list[Shot] = []
    for turns_left in range(max(map(len, queues.values()), default=0), 0, -1):
        with_one = [answer for answer in answers if len(queues[answer]) >= turns_left]
        drawn = [with_one[i] for i in rng.permutation(len(with_one))]
        if found and len(drawn) > 1 and drawn[0] == found[-1].answer:
            drawn.append(drawn.pop(0))
        found += [queues[answer].pop(0) for answer in drawn]
    return found


def _each(label: Label) -> tuple[str, ...]:
    """Return what an example counts for."""
    if isinstance(label, str):
        return (label,)
    return label or ("",)


def _members(labels: Sequence[Label]) -> dict[str, list[int]]:
    members: dict[str, list[int]] = {}
    for i, label in enumerate(labels):
        for one in dict.fromkeys(_each(label)):
            members.setdefault(one, []).append(i)
    return members


def _most_covering(
    vectors: Vectors, pool: NDArray[np.int64], covered: NDArray[np.float64], chosen: list[int]
) -> int:
    """Return the member of a pool, not chosen yet, that adds most to how well it is covered."""
    own = vectors[pool]
    gains = np.maximum(own @ own.T - covered[:, None], 0).sum(axis=0)
    gains[np.isin(pool, chosen)] = -1
    return int(pool[int(np.argmax(gains))])
