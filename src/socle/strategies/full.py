"""Every weight of the base moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from socle.gradients import GradientStrategy
from socle.recipe import Recipe

if TYPE_CHECKING:
    from torch import nn

    from socle.training.finetuning import Move


class Full(GradientStrategy):
    """The option."""

    def move(self) -> Move:
        """Return which weights move, and how fast."""
        from socle.training.finetuning import Move

        return Move(self.name, _all, rate=2e-4)


def _all(encoder: nn.Module, recipe: Recipe) -> None:
    for weight in encoder.parameters():
        weight.requires_grad = True


OPTION = Full("full", rank=50)
