"""The last layers of the base move; those below stay as they are and cost no backward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from socle.gradients import GradientStrategy
from socle.recipe import Recipe

if TYPE_CHECKING:
    from torch import nn

    from socle.training.finetuning import Move


class Partial(GradientStrategy):
    """The option."""

    def move(self) -> Move:
        """Return which weights move, and how fast."""
        from socle.training.finetuning import Move

        return Move(self.name, _last_layers, rate=1.5e-4)


def _last_layers(encoder: nn.Module, recipe: Recipe) -> None:
    from socle.training.network import layers_of

    layers = layers_of(encoder)
    moving = recipe.layers or max(1, len(layers) // 3)
    for weight in encoder.parameters():
        weight.requires_grad = False
    for layer in layers[-moving:]:
        for weight in layer.parameters():
            weight.requires_grad = True


OPTION = Partial("partial", rank=30)
