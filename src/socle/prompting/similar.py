"""Examples chosen anew for each text: those most like it, no label having more than its half.

The instructions alone are then shared by all prompts, so that answering takes several times longer
than with examples that stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from socle.prompting.vectors import vectors_of
from socle.prompts import Shot, selection
from socle.prompts.rendering import Renderer
from socle.recipe import Recipe


@dataclass(frozen=True)
class Similar:
    """Examples among which each text finds its own."""

    pool: tuple[Shot, ...]
    count: int
    """How many are shown beside a text."""
    vectors: NDArray[np.float32]
    """Of the pool, unit length, shape (n, width)."""
    recipe: Recipe

    @staticmethod
    def of(pool: Sequence[Shot], count: int, recipe: Recipe) -> Similar:
        """Return what knows a pool of examples."""
        return Similar(tuple(pool), count, vectors_of([shot.text for shot in pool], recipe), recipe)

    def renderers(self, renderer: Renderer, texts: Sequence[str]) -> list[Renderer]:
        """Return for each text what shows its examples beside it, never the text itself."""
        labels = [shot.answer for shot in self.pool]
        found = []
        for text, own in zip(texts, vectors_of(texts, self.recipe), strict=True):
            others = [i for i, shot in enumerate(self.pool) if shot.text != text]
            near = selection.nearest(
                self.vectors[others], own, [labels[i] for i in others], self.count
            )
            found.append(renderer.showing([self.pool[others[i]] for i in near]))
        return found
