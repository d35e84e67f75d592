"""The same network from random weights: what the base's training was worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from socle.gradients import GradientStrategy
from socle.recipe import Recipe
from socle.tasks import Family

if TYPE_CHECKING:
    from torch import nn

    from socle.training.finetuning import Move

_SPREAD = 0.02


class Scratch(GradientStrategy):
    """The option."""

    families: tuple[Family, ...] = ("texts", "words")

    def move(self) -> Move:
        """Return which weights move, and how fast; random weights need more passes."""
        from socle.training.finetuning import Move

        return Move(self.name, _forget, rate=5e-4, from_probe=False, epochs_factor=2.0)


def _forget(encoder: nn.Module, recipe: Recipe) -> None:
    """Draw every weight anew, as BERT's were; numpy draws, whose numbers outlive versions."""
    import numpy as np
    import torch
    from torch import nn

    rng = np.random.default_rng(recipe.seed)
    with torch.no_grad():
        for module in encoder.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                drawn = rng.normal(0, _SPREAD, tuple(module.weight.shape)).astype(np.float32)
                module.weight.copy_(torch.from_numpy(drawn))
                if isinstance(module, nn.Linear) and module.bias is not None:
                    module.bias.zero_()
            elif isinstance(module, nn.LayerNorm):
                module.weight.fill_(1.0)
                if module.bias is not None:
                    module.bias.zero_()
    for weight in encoder.parameters():
        weight.requires_grad = True


OPTION = Scratch("scratch", rank=60)
