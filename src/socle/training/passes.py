"""How often examples are read, from how many there are and how much effort is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from socle.examples import Example, Sentence
from socle.recipe import Recipe

_STEPS = {"quick": 60, "normal": 160, "thorough": 400}
_EPOCHS = {"quick": 2, "normal": 3, "thorough": 5}
_MOST_EPOCHS = 20
_WORDS = {"quick": 150_000, "normal": 550_000, "thorough": 1_200_000}
"""Words read in all, of tasks that label words."""
_WORD_STEPS = {"quick": 150, "normal": 400, "thorough": 800}
_MOST_WORD_EPOCHS = 100


class Amount(NamedTuple):
    """How much there is to learn from."""

    rows: int
    words: int = 0
    """Words that get labels; 0 where whole texts do."""


def amount_of(examples: Sequence[Example[Any]]) -> Amount:
    """Return how much examples are."""
    sentences = (one.target for one in examples if isinstance(one.target, Sentence))
    return Amount(len(examples), sum(len(one.words) for one in sentences))


def batch_of(recipe: Recipe, amount: Amount) -> int:
    """Return how many examples make a step: of sentences half as many, for each has many labels."""
    return max(1, recipe.batch_size // 2) if amount.words else recipe.batch_size


def passes_for(recipe: Recipe, amount: Amount, factor: float = 1.0) -> int:
    """Return how often examples are read: what the recipe says, else what the effort gives.

    Args:
        recipe: the choices.
        amount: how much there is.
        factor: what a strategy takes of it.
    """
    if recipe.epochs:
        return recipe.epochs
    size = batch_of(recipe, amount)
    if not amount.words:
        per_epoch = max(1, amount.rows // size)
        wanted = max(_EPOCHS[recipe.effort], -(-_STEPS[recipe.effort] // per_epoch))
        return min(_MOST_EPOCHS, round(min(_MOST_EPOCHS, wanted) * factor))
    steps = -(-_WORD_STEPS[recipe.effort] // -(-amount.rows // size))
    read = round(_WORDS[recipe.effort] / amount.words)
    return max(1, round(max(2, min(_MOST_EPOCHS, read), min(_MOST_WORD_EPOCHS, steps)) * factor))
