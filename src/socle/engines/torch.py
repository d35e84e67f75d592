"""Run the encoder in torch: the reference that other engines are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from socle.engines import Batch, Encoder, Precision, physical_cores
from socle.heads.pooled import mean_of_tokens

if TYPE_CHECKING:
    from torch import nn


class TorchEncoder:
    """A transformers model in evaluation mode."""

    def __init__(self, encoder: nn.Module, layers: tuple[int, ...]) -> None:
        self._encoder: Any = encoder
        self._layers = layers

    def run(self, batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        """Yield for every batch, in order, the mean states: shape (windows, layers, width)."""
        import torch

        torch.set_num_threads(physical_cores())
        self._encoder.eval()
        for batch in batches:
            with torch.inference_mode():
                mask = torch.from_numpy(batch.mask)
                states = self._encoder(
                    inputs_embeds=self._encoder.get_input_embeddings()(torch.from_numpy(batch.ids)),
                    attention_mask=mask,
                    output_hidden_states=True,
                ).hidden_states
                pools = [mean_of_tokens(states[layer], mask) for layer in self._layers]
                yield torch.stack(pools, 1).float().numpy()


class TorchEngine:
    """The option."""

    def prepare(
        self, encoder: nn.Module, layers: tuple[int, ...], folder: Path, precision: Precision
    ) -> Encoder:
        """Return the model as it is; nothing is compiled, int8 is not offered."""
        return TorchEncoder(encoder, layers)

    def restore(self, folder: Path, precision: Precision) -> Encoder | None:
        """Return None: torch compiles nothing that could be restored."""
        return None


OPTION = TorchEngine()
