"""Run the encoder in torch: the reference that other engines are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from socle.engines import WHOLE, Batch, Encoder, Part, Precision, sliced
from socle.machine import physical_cores

if TYPE_CHECKING:
    from torch import nn


class TorchEncoder:
    """A transformers model in evaluation mode."""

    def __init__(self, encoder: nn.Module, layers: tuple[int, ...]) -> None:
        self._encoder: Any = encoder
        self._layers = layers

    def run(self, batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        """Yield for every batch, in order, mean states: shape (windows, layers, means, width)."""
        import torch

        torch.set_num_threads(physical_cores())
        self._encoder.eval()
        for batch in batches:
            with torch.inference_mode():
                mask = torch.from_numpy(batch.mask)
                if batch.states is None:
                    given = self._encoder.get_input_embeddings()(torch.from_numpy(batch.ids))
                else:
                    given = torch.from_numpy(batch.states)
                states = self._encoder(
                    inputs_embeds=given, attention_mask=mask, output_hidden_states=True
                ).hidden_states
                if not self._layers:
                    yield states[-1].float().numpy()
                    continue
                shares = torch.from_numpy(batch.shares)
                pools = [shares @ states[layer].float() for layer in self._layers]
                yield torch.stack(pools, 1).numpy()


class TorchEngine:
    """The option."""

    def prepare(
        self,
        encoder: nn.Module,
        layers: tuple[int, ...],
        folder: Path,
        precision: Precision,
        part: Part = WHOLE,
    ) -> Encoder:
        """Return the model as it is; nothing is compiled, int8 is not offered."""
        return TorchEncoder(sliced(encoder, part), layers)

    def restore(self, folder: Path, precision: Precision) -> Encoder | None:
        """Return None: torch compiles nothing that could be restored."""
        return None


OPTION = TorchEngine()
