"""Refitting a ranker to a user's own suppliers, from a handful of corrected documents.

What the networks see in a candidate stays as it is; only how it speaks for and against each field
moves, and no further from what it was than the corrections ask for. That takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.pages import Document
from socle.ranking.fitting import examples
from socle.ranking.ranker import Network, Ranker
from socle.ranking.truth import UNKNOWN

_HELD = 0.02
"""How strongly the weights are held where they were, for each candidate of the corrections."""
_ROUNDS = 60
_Floats = NDArray[np.float64]


def refit(ranker: Ranker, documents: Iterable[tuple[Document, Mapping[str, Any]]]) -> Ranker:
    """Return the ranker moved towards documents whose fields are known.

    Args:
        ranker: it is not changed.
        documents: each with its right values, by canonical names; all that is known should be
            given, since a candidate that is no value given is taken for none.
    """
    made = examples(documents, ranker)
    networks = dict(ranker.networks)
    for name, network in ranker.networks.items():
        if name not in made.features:
            continue
        features = np.concatenate(made.features[name]).astype(np.float32)
        classes = np.concatenate(made.targets[name])
        kept = classes != UNKNOWN
        if (classes[kept] > 0).any():
            networks[name] = _moved(network, features[kept], classes[kept])
    return replace(ranker, networks=networks)


def _moved(network: Network, features: NDArray[np.float32], classes: NDArray[np.int64]) -> Network:
    """Return the network with its last weights moved.

    The loss is the cross entropy of the corrections and the square of how far weights moved.
    """
    from scipy.optimize import minimize

    seen = network.hidden(features).astype(np.float64)
    seen = np.concatenate([seen, np.ones((len(seen), 1))], axis=1)
    start = np.concatenate([network.weights[-1], network.biases[-1][None, :]]).astype(np.float64)
    wanted = np.zeros((len(classes), start.shape[1]))
    wanted[np.arange(len(classes)), classes] = 1.0
    held = _HELD * len(classes)

    def loss(flat: _Floats) -> tuple[float, _Floats]:
        weights = flat.reshape(start.shape)
        scores = seen @ weights
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        away = weights - start
        value = -np.log(shares[wanted > 0] + 1e-12).sum() + 0.5 * held * (away**2).sum()
        slope = seen.T @ (shares - wanted) + held * away
        return float(value), slope.ravel()

    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS})
    weights = np.asarray(found.x).reshape(start.shape).astype(np.float32)
    return replace(
        network,
        weights=(*network.weights[:-1], weights[:-1]),
        biases=(*network.biases[:-1], weights[-1]),
    )
