"""One vector per document, and a linear layer on it.

A document is the mean of its tokens' states. One that is longer than a window is the mean over its
windows, weighted by their tokens; the layer being linear, that is also the mean of their scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_TINY = 1e-12


@dataclass(frozen=True)
class LinearHead:
    """Scores = features · weight + bias."""

    weight: Floats
    """Shape (width, labels)."""
    bias: Floats
    """Shape (labels,)."""
    units: int = 0
    """Parts of the features that are each brought to length 1 first: 0 for none, else the number
    of layers, times stretches, that stand side by side in them."""

    def scores(self, features: Floats) -> Floats:
        """Return scores, shape (n, labels), for features of shape (n, width)."""
        if len(features) == 0:
            return np.zeros((0, len(self.bias)), dtype=np.float32)
        given = unit_length(features, self.units) if self.units else features
        return np.asarray(given @ self.weight + self.bias, dtype=np.float32)


def kept_head(tensors: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> LinearHead:
    """Return the head that an adaptation keeps as `weight` and `bias`."""
    units = len(facts["layers"]) * facts.get("stretches", 1) if facts.get("unit") else 0
    return LinearHead(tensors["weight"], tensors["bias"], units)


def unit_length(features: Floats, units: int = 1) -> Floats:
    """Return features, shape (n, units * width), each part of length 1; zeros stay zeros."""
    parts = features.reshape(len(features), units, -1)
    length = np.linalg.norm(parts, axis=2, keepdims=True)
    return np.asarray(parts / np.maximum(length, _TINY), dtype=np.float32).reshape(features.shape)


def mean_of_windows(pools: Floats, owners: NDArray[np.int64], lengths: NDArray[np.int64]) -> Floats:
    """Return one vector per document from those of its windows.

    `pools` is (windows, width); `owners`, (windows,), gives each window's document and `lengths`
    its number of tokens.
    """
    documents = int(owners.max()) + 1 if len(owners) else 0
    if len(owners) == documents:
        return pools[np.argsort(owners, kind="stable")]
    share = lengths / np.bincount(owners, weights=lengths)[owners]
    whole = np.zeros((documents, pools.shape[1]), dtype=np.float32)
    np.add.at(whole, owners, pools * share[:, None].astype(np.float32))
    return whole
