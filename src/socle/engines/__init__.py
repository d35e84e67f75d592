"""Running an encoder fast: the contract of every engine in this folder.

An engine runs batches of windows through an encoder and gives, for every window, the mean of its
tokens' states at chosen layers. Heads are applied outside, so one run of the base serves many.
To add an engine, add a module here that holds `OPTION`, an object with the methods of `Engine`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import nn

Precision = Literal["full", "int8"]


@dataclass(frozen=True)
class Batch:
    """Windows that are run together, padded on the right to the longest."""

    ids: NDArray[np.int64]
    """Token numbers, shape (windows, tokens)."""
    mask: NDArray[np.int64]
    """1 for a token, 0 for padding, same shape."""


class Encoder(Protocol):
    """A base made ready by an engine."""

    def run(self, batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        """Yield for every batch, in order, the mean states: shape (windows, layers, width)."""
        ...


class Engine(Protocol):
    """One way to run an encoder."""

    def prepare(
        self, encoder: nn.Module, layers: tuple[int, ...], folder: Path, precision: Precision
    ) -> Encoder:
        """Make `encoder`, a transformers model, ready; `folder` keeps what was compiled.

        `layers` are counted as in `hidden_states`: 0 is the embeddings, -1 the last layer.
        """
        ...

    def restore(self, folder: Path, precision: Precision) -> Encoder | None:
        """Return the encoder that an earlier `prepare` compiled into `folder`, or None."""
        ...


def physical_cores() -> int:
    """Return how many cores this process may use; `SOCLE_THREADS` overrides it."""
    asked = os.environ.get("SOCLE_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    logical = len(usable) if usable else os.cpu_count() or 1
    pairs = set()
    for cpu in usable or ():
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        try:
            pairs.add(siblings.read_text().strip())
        except OSError:
            return logical
    return len(pairs) or logical
