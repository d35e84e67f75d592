"""Low-rank corrections of the layers move (LoRA, Hu et al. 2021); the base itself stays.

Those of every layer, or of the last ones alone: the layers below are then shared with other models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from socle.gradients import GradientStrategy
from socle.recipe import Recipe

if TYPE_CHECKING:
    from peft import LoraConfig
    from torch import nn

    from socle.training.finetuning import Move


class Lora(GradientStrategy):
    """The option."""

    def move(self) -> Move:
        """Return which weights move, and how fast."""
        from socle.training.finetuning import Move

        return Move(self.name, with_lora, rate=1e-3)


def with_lora(encoder: nn.Module, recipe: Recipe) -> None:
    """Freeze the encoder and add low-rank matrices beside the linear maps of its layers."""
    from peft import inject_adapter_in_model

    for weight in encoder.parameters():
        weight.requires_grad = False
    inject_adapter_in_model(lora_config(encoder, recipe), encoder)


def lora_config(encoder: nn.Module, recipe: Recipe) -> LoraConfig:
    """Return peft's configuration for this encoder: every linear map of the layers that move."""
    from peft import LoraConfig
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    from socle.training.network import layers_of

    layers = layers_of(encoder)
    moving = layers[-recipe.layers :] if recipe.layers else layers
    inside = {id(module) for layer in moving for module in layer.modules()}
    names = [
        name
        for name, module in encoder.named_modules()
        if isinstance(module, (nn.Linear, Conv1D)) and id(module) in inside
    ]
    return LoraConfig(
        r=recipe.rank, lora_alpha=2 * recipe.rank, lora_dropout=0.0, target_modules=names
    )


OPTION = Lora("lora", rank=40)
