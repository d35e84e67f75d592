"""Keep a network in bfloat16 where the processor multiplies faster in it."""

from __future__ import annotations

import time
from typing import Any

from socle.machine import physical_cores

_GAIN = 1.15
_ROUT = 20


def gains() -> bool:
    """Say whether this processor multiplies matrices faster in bfloat16 than in float32.

    One without instructions for it is hundreds of times slower, so a small product comes first.
    """
    import torch

    torch.set_num_threads(physical_cores())
    kinds = (torch.bfloat16, torch.float32)
    low, full = (_seconds(torch.ones(64, 64, dtype=kind)) for kind in kinds)
    if low > _ROUT * full:
        return False
    low, full = (_seconds(torch.ones(512, 512, dtype=kind)) for kind in kinds)
    return full > _GAIN * low


def halve(model: Any) -> None:
    """Put a language model into bfloat16, but for its head and the table that it may share.

    Probabilities of a vocabulary need the precision: the head must be given states in float32.
    """
    import torch

    def lower(module: Any, given: Any, found: Any) -> Any:
        return found.to(torch.bfloat16)

    kept = {id(one) for one in model.get_output_embeddings().parameters()}
    for one in model.parameters():
        if id(one) not in kept:
            one.data = one.data.to(torch.bfloat16)
    for module in model.modules():
        if isinstance(module, torch.nn.Embedding) and id(module.weight) in kept:
            module.register_forward_hook(lower)


def _seconds(matrix: Any) -> float:
    """Return how long its product with itself takes, best of five after one to warm up."""
    times = []
    for _ in range(6):
        began = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - began)
    return min(times[1:])
