"""Low-rank corrections of every layer move (LoRA, Hu et al. 2021); the base itself stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from socle.recipe import Recipe
from socle.strategies import GradientStrategy

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
    """Freeze the encoder and add low-rank matrices beside every linear map of its layers."""
    from peft import inject_adapter_in_model

    for weight in encoder.parameters():
        weight.requires_grad = False
    inject_adapter_in_model(lora_config(encoder, recipe), encoder)


def lora_config(encoder: nn.Module, recipe: Recipe) -> LoraConfig:
    """Return peft's configuration for this encoder: every linear map of every layer."""
    from peft import LoraConfig
    from torch import nn

    from socle.training.network import layers_of

    inside = {id(module) for layer in layers_of(encoder) for module in layer.modules()}
    names = [
        name
        for name, module in encoder.named_modules()
        if isinstance(module, nn.Linear) and id(module) in inside
    ]
    return LoraConfig(
        r=recipe.rank, lora_alpha=2 * recipe.rank, lora_dropout=0.0, target_modules=names
    )


OPTION = Lora("lora", rank=40)
