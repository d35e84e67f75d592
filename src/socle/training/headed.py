"""A linear head on an untouched base, ready to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.bases import Located
from socle.events import Listener, silent
from socle.examples import Read
from socle.heads.pooled import kept_head
from socle.recipe import Recipe
from socle.training.batching import Windows
from socle.training.encoding import TextEncoder, sharing_of
from socle.training.features import vectors_of
from socle.training.together import Means


class HeadOnBase:
    """Scores by a linear head on what the base says of each text."""

    def __init__(
        self,
        tensors: Mapping[str, NDArray[Any]],
        facts: Mapping[str, Any],
        located: Located,
        recipe: Recipe,
    ) -> None:
        """Make a saved head ready.

        Args:
            tensors: `weight`, (features, labels), and `bias`, (labels,).
            facts: `engine`, `layers`, and how vectors are prepared (`kept_head`).
            located: the base.
            recipe: how long its windows are.
        """
        engine = str(facts["engine"])
        layers = tuple(facts["layers"])
        self.sharing = sharing_of(located, recipe, engine, layers)
        self._encoder = TextEncoder(located, recipe, engine, layers)
        self._head = kept_head(tensors, facts)

    def ask(self, inputs: Sequence[Read]) -> Windows:
        """Return the windows that must be read to answer."""
        return self._encoder.windows(inputs)

    def tell(
        self, inputs: Sequence[Read], windows: Windows, means: Sequence[Means]
    ) -> NDArray[np.floating]:
        """Return calibrated scores, shape (n, labels), from the means of these windows."""
        return self._head.scores(vectors_of(windows, means))

    def scores(self, inputs: Sequence[Read], listen: Listener = silent) -> NDArray[np.floating]:
        """Return calibrated scores, shape (n, labels)."""
        return self._head.scores(self._encoder.fresh(inputs))
