"""General texts between the examples, to keep what the base knew while its weights move.

The bases at hand have no language head to go on pretraining with, so the base itself is the
teacher: on general texts the moving encoder is held to the states that the untouched one gave
(learning without forgetting, Li and Hoiem 2016, on states rather than on answers). These are
computed once, before the first step, so that one network is run and not two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from socle.engines import Batch
from socle.machine import physical_cores
from socle.training.batching import INFERENCE_TOKENS, by_length, padded
from socle.training.network import ShrunkEmbeddings

_WEIGHT = 10.0
"""Of a general text beside an example, for a distance of one variance of the states."""
_MICRO_TOKENS = 4096


@dataclass(frozen=True)
class Replay:
    """General windows with the states that the untouched base gives for them."""

    windows: list[NDArray[np.int64]]
    states: list[torch.Tensor]
    """Of the last layer, shape (tokens, width), one per window."""
    share: float
    """General texts per example."""
    spread: float
    """Mean variance of the states over all tokens: the unit of the distance."""

    def renumbered(self, table: ShrunkEmbeddings) -> Replay:
        """Return the same with the row numbers of a shrunk table of embeddings."""
        return replace(self, windows=table.renumbered(self.windows))

    def drawn(self, seed: int, step: int, batch_size: int) -> NDArray[np.int64]:
        """Return the windows of one step, which follow from the seed and its number alone."""
        wanted = min(len(self.windows), max(1, round(self.share * batch_size)))
        rng = np.random.default_rng((seed, step))
        return rng.choice(len(self.windows), wanted, replace=False)

    def backward(self, encoder: nn.Module, chosen: NDArray[np.int64], kind: torch.dtype) -> float:
        """Add the gradient of the distance on the chosen windows; return the loss.

        `kind` is what the products are computed in. Dropout is off meanwhile: its noise would be
        larger than the distance.
        """
        training = encoder.training
        encoder.eval()
        total = 0.0
        lengths = np.array([len(self.windows[i]) for i in chosen], dtype=np.int64)
        for group in by_length(lengths, _MICRO_TOKENS):
            loss = self._distance(encoder, chosen[group], kind) * (len(group) / len(chosen))
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        encoder.train(training)
        return total

    def _distance(
        self, encoder: nn.Module, rows: NDArray[np.int64], kind: torch.dtype
    ) -> torch.Tensor:
        batch = padded([self.windows[i] for i in rows])
        with torch.autocast("cpu", dtype=kind, enabled=kind is torch.bfloat16):
            states = _last_states(encoder, batch).float()
        each = [
            (states[row, : len(self.states[i])] - self.states[i]).square().mean()
            for row, i in enumerate(rows)
        ]
        return torch.stack(each).mean() * (_WEIGHT * self.share / self.spread)


def remembered(encoder: nn.Module, windows: Sequence[NDArray[np.int64]], share: float) -> Replay:
    """Return what is to be replayed: run the untouched base once on the general windows."""
    torch.set_num_threads(physical_cores())
    encoder.eval()
    lengths = np.array([len(ids) for ids in windows], dtype=np.int64)
    states = [torch.empty(0)] * len(windows)
    with torch.no_grad():
        for group in by_length(lengths, INFERENCE_TOKENS):
            found = _last_states(encoder, padded([windows[i] for i in group]))
            for i, row in zip(group, found, strict=True):
                states[i] = row[: lengths[i]].clone()
    spread = float(torch.cat(states).var(dim=0).mean()) or 1.0
    return Replay(list(windows), states, share, spread)


def _last_states(encoder: nn.Module, batch: Batch) -> torch.Tensor:
    model: Any = encoder
    embedded = model.get_input_embeddings()(torch.from_numpy(batch.ids))
    mask = torch.from_numpy(batch.mask)
    found: torch.Tensor = model(inputs_embeds=embedded, attention_mask=mask).last_hidden_state
    return found
