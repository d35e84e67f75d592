"""The data's own faults: examples that look mislabelled, and labels that are hard to tell apart.

Both are read off probabilities of models that did not see the example. Targets are arrays of label
numbers, shape (n,), for one label per text, or of zeros and ones, shape (n, labels), for several.
Rows whose probabilities are NaN, and targets of -1, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Targets = NDArray[np.int64]

_CHANCE = 0.01
"""How rarely chance alone may report any pair of labels at all."""
_NOTICEABLE = 0.05
"""A smaller share of confused examples is no fault, however sure it is."""


@dataclass(frozen=True)
class Suspect:
    """An example whose label is probably wrong."""

    row: int
    given: int | None
    """Number of the label given; None if, of several labels, one is missing."""
    suggested: int | None
    """Number of the label that fits; None if, of several labels, the one given is too much."""
    score: float
    """1 less the probability of what was given, in 0..1."""


@dataclass(frozen=True)
class Confusable:
    """Two labels that are taken for each other more than errors at random would do."""

    a: str
    b: str
    n: int
    """Examples of either that were answered with the other."""
    share: float
    """`n` as a share of the examples of both."""


def suspects(probabilities: NDArray[np.floating], targets: Targets) -> list[Suspect]:
    """Return the examples that are probably mislabelled, most suspect first.

    Confident learning (Northcutt, Jiang and Chuang 2021): a model is confident of a label where it
    is at least as sure of it as it is, on average, for the examples given that label. Examples
    confidently of another label than theirs, counted in the confident joint, say how many errors
    there are; that many are returned, those whose given label has the lowest probability. (Ranked
    by margin or weighted by entropy, no more planted errors came first, and fewer where there are
    many labels: benchmarks/label_errors.py.) With several labels per text every label is a problem
    of its own, and an example may be listed for more than one.

    How many are listed depends on the model: a weak one lists many rows that it merely gets wrong.

    Args:
        probabilities: of models that did not see the example, shape (n, labels).
        targets: labels as given, shape (n,) or (n, labels).
    """
    p = np.asarray(probabilities, dtype=np.float64)
    known = ~np.isnan(p).any(axis=1)
    found = []
    if targets.ndim == 1:
        rows = np.flatnonzero(known & (targets >= 0))
        for i, to, score in _doubtful(p[rows], targets[rows]):
            found.append(Suspect(int(rows[i]), int(targets[rows[i]]), to, score))
    else:
        rows = np.flatnonzero(known)
        for label in range(p.shape[1]):
            own = p[rows, label]
            for i, to, score in _doubtful(np.stack([1.0 - own, own], axis=1), targets[rows, label]):
                given, suggested = (None, label) if to else (label, None)
                found.append(Suspect(int(rows[i]), given, suggested, score))
    return sorted(found, key=lambda one: (-one.score, one.row))


def confusable(
    probabilities: NDArray[np.floating], targets: Targets, labels: Sequence[str], top: int = 10
) -> list[Confusable]:
    """Return the pairs of labels that are taken for each other, most confused first.

    The share is that of the two labels' examples which were answered with the other: 0.5 for two
    labels given by the toss of a coin, whatever the direction of the errors. With several labels
    per text, examples with exactly one of the two count, answered with exactly the other one.

    A pair is reported when its share is 5 % at least, and above chance: were the wrong answers
    spread over the other labels as all answers are, so many would fall on this pair in fewer than
    1 of 100 data sets (Poisson, corrected for the number of pairs). So two labels in all are never
    a pair: their share of errors is what the accuracy says already.

    Args:
        probabilities: of models that did not see the example, shape (n, labels).
        targets: labels as given, shape (n,) or (n, labels).
        labels: names, in the order of the columns.
        top: the most pairs to return.
    """
    from scipy.stats import poisson

    p = np.asarray(probabilities, dtype=np.float64)
    known = ~np.isnan(p).any(axis=1) & ((targets >= 0) if targets.ndim == 1 else True)
    confused, expected, total = _pairs(p[known], targets[known])
    limit = _CHANCE / max(1, len(labels) * (len(labels) - 1) // 2)
    found = []
    for a, b in combinations(range(len(labels)), 2):
        n, size = int(confused[a, b] + confused[b, a]), int(total[a, b])
        if not n or n < _NOTICEABLE * size:
            continue
        if poisson.sf(n - 1, expected[a, b] + expected[b, a]) <= limit:
            found.append(Confusable(labels[a], labels[b], n, n / size))
    return sorted(found, key=lambda pair: (-pair.share, pair.a, pair.b))[:top]


def _doubtful(p: Floats, given: Targets) -> Iterator[tuple[int, int, float]]:
    """Yield row, likelier label and doubt of the probably mislabelled rows of one problem."""
    each = np.arange(len(p))
    likeliest = p.argmax(axis=1)
    sizes = np.bincount(given, minlength=p.shape[1])
    sums = np.bincount(given, weights=p[each, given], minlength=p.shape[1])
    # A label that no example has is one that nobody can be confident of.
    usual = np.divide(sums, sizes, out=np.full(p.shape[1], np.inf), where=sizes > 0)
    wrong = likeliest != given
    # A mean of equal numbers may be above them by rounding.
    count = int((wrong & (p[each, likeliest] >= usual[likeliest] - 1e-9)).sum())
    doubt = 1.0 - p[each, given]
    rows = np.flatnonzero(wrong)
    for i in rows[np.argsort(-doubt[rows], kind="stable")][:count]:
        yield int(i), int(likeliest[i]), float(doubt[i])


def _pairs(p: Floats, targets: Targets) -> tuple[Floats, Floats, Floats]:
    """Return confused examples and those expected by chance, given x answered, and pair sizes."""
    n_labels = p.shape[1]
    if targets.ndim == 1:
        gold = np.eye(n_labels)[targets]
        said = np.eye(n_labels)[p.argmax(axis=1)]
    else:
        gold, said = targets.astype(np.float64), (p >= 0.5).astype(np.float64)
    only, missed = gold.T @ (1 - gold), (gold * (1 - said)).T
    confused = missed @ ((1 - gold) * said)
    rate = said.mean(axis=0) if len(said) else np.zeros(n_labels)
    if targets.ndim == 1:
        others = np.maximum(1.0 - rate, 1e-12)
        chance = np.minimum(rate[None, :] / others[:, None], 1.0)
    else:
        chance = np.broadcast_to(rate, (n_labels, n_labels))
    return confused, (missed @ (1 - gold)) * chance, only + only.T
