"""How likely a model finds the tokens that it writes, heard while it writes them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Heard:
    """Stands first among what `generate` gives its logits to, so that nothing has steered them.

    It knows each token by the next step's input: rows must keep their places, as those of beams do
    not.
    """

    def __init__(self) -> None:
        self._last: Any = None
        self._told: list[Any] = []

    def __call__(self, ids: Any, scores: Any) -> Any:
        """Hear the logits of the next tokens, (rows, vocabulary), and what became of the last."""
        if self._last is not None:
            self._told.append(self._last.gather(1, ids[:, -1:]))
        self._last = scores.log_softmax(-1)
        return scores

    def told(self, ids: Any) -> NDArray[np.float64]:
        """Return log-probabilities of all tokens that were written, (rows, tokens).

        Args:
            ids: what `generate` returned, (rows, tokens before and tokens written).
        """
        import torch

        last = self._last.gather(1, ids[:, -1:])
        return np.asarray(torch.cat([*self._told, last], 1).numpy(), dtype=np.float64)
