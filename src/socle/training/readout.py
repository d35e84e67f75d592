"""What can be read of a hidden token from the state in its place; stands in for a language head."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from socle.heads.pooled import LinearHead
from socle.metrics.calibration import softmax
from socle.training.logistic import fit_once

_MOST_TOKENS = 1000
_FEWEST_SEEN = 3
_STRENGTH = 3.0
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Readout:
    """A linear classifier among the frequent tokens, on the states of hidden ones."""

    head: LinearHead
    tokens: Ints
    """Number of each class's token, shape (classes,), ascending."""
    chance: float
    """Log-loss, in nats, of always answering the shares of the tokens that it learnt from."""

    def loss(self, states: Floats, answers: Ints) -> float:
        """Return the mean log-loss, in nats, of the hidden tokens that are among its classes.

        `states` is (tokens, width); `answers`, (tokens,), are the numbers of what was hidden.
        """
        classes, known = _classes(self.tokens, answers)
        found = softmax(self.head.scores(states[known]))
        return float(
            -np.log(np.maximum(found[np.arange(len(found)), classes[known]], 1e-12)).mean()
        )


def fit_readout(states: Floats, answers: Ints, learn: NDArray[np.bool_]) -> Readout | None:
    """Fit a readout on the rows `learn`; None where too few tokens come again in the others.

    Its classes are the tokens seen three times at least, a thousand at most.
    """
    seen = Counter(answers[learn].tolist()).most_common(_MOST_TOKENS)
    tokens = np.array(sorted(token for token, n in seen if n >= _FEWEST_SEEN), dtype=np.int64)
    if len(tokens) < 2:
        return None
    classes, known = _classes(tokens, answers)
    ours, others = learn & known, ~learn & known
    if not others.any():
        return None
    head = fit_once(states[ours], classes[ours], len(tokens), _STRENGTH)
    shares = np.bincount(classes[ours], minlength=len(tokens)) / ours.sum()
    return Readout(head, tokens, float(-np.log(shares[classes[others]]).mean()))


def _classes(tokens: Ints, answers: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    places = np.minimum(np.searchsorted(tokens, answers), len(tokens) - 1)
    return places, tokens[places] == answers
