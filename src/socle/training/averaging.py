"""The mean of a network's weights over the last half of its steps: what a training ends with.

Averages of iterates generalise better than the last one (Polyak and Juditsky 1992; Izmailov et al.
2018): the noise of single batches cancels out. It costs a copy of the weights that move.
"""

from __future__ import annotations

import torch
from torch import nn

SHARE = 0.5
"""Of the steps, the last ones. From 0.5 to 0.7 made no difference on rows kept for the choice."""


class Average:
    """A running mean of the weights that require a gradient."""

    def __init__(self) -> None:
        self.tensors: dict[str, torch.Tensor] = {}
        """The mean by the weight's name; empty before the first step counted."""
        self.count = 0

    @torch.no_grad()
    def add(self, module: nn.Module) -> None:
        """Count the weights as they stand."""
        self.count += 1
        for name, weight in moved(module):
            if self.count == 1:
                self.tensors[name] = weight.detach().clone()
            else:
                self.tensors[name].lerp_(weight, 1 / self.count)

    @torch.no_grad()
    def give(self, module: nn.Module) -> None:
        """Put the mean in the weights' place, if there is one."""
        for name, weight in moved(module) if self.count else ():
            weight.copy_(self.tensors[name])


def moved(module: nn.Module) -> list[tuple[str, nn.Parameter]]:
    """Return the weights that require a gradient, by name."""
    return [(name, weight) for name, weight in module.named_parameters() if weight.requires_grad]
