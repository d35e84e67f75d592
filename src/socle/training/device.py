"""How this machine trains fastest: number type and attention, measured, not assumed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True)
class Precision:
    """What one training step computes in."""

    name: str
    """float32 or bfloat16."""
    attention: str
    """sdpa, torch's fused one, or eager, written out: the fused one is slow in bfloat16."""


FLOAT32 = Precision("float32", "sdpa")
BFLOAT16 = Precision("bfloat16", "eager")
_GAIN = 1.15


def choose(step: Callable[[Precision], None], asked: str) -> Precision:
    """Return the faster of the two number types for `step`, a forward and backward pass.

    bfloat16 is only tried where the processor multiplies it natively and a matrix product in it is
    really faster, and kept if the step gains 15 % at least: it costs a little precision.
    """
    if asked != "auto":
        return BFLOAT16 if asked == "bfloat16" else FLOAT32
    if matrix_speed("bfloat16") < _GAIN * matrix_speed("float32"):
        return FLOAT32
    seconds = {}
    for precision in (FLOAT32, BFLOAT16):
        step(precision)
        seconds[precision] = min(_timed(partial(step, precision)) for _ in range(2))
    return BFLOAT16 if seconds[FLOAT32] > _GAIN * seconds[BFLOAT16] else FLOAT32


def matrix_speed(name: str, size: int = 512) -> float:
    """Return the matrix-product peak of this machine now, in floating-point operations a second.

    Products of `size` x `size` matrices in `name`, float32 or bfloat16; best of five. A processor
    without native bfloat16 is hundreds of times slower in it, so a small product is tried first.
    """
    import torch

    kind = getattr(torch, name)
    for side in (64, size):
        a, b = torch.randn(side, side).to(kind), torch.randn(side, side).to(kind)
        a @ b
        best = min(_timed(partial(torch.matmul, a, b)) for _ in range(5))
        speed = 2 * side**3 / best
        if name == "bfloat16" and speed < 2e9:
            break
    return speed


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
