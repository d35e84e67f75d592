"""An encoder with a linear head, made quick to train on a CPU without changing what it computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from socle.heads.pooled import LinearHead

if TYPE_CHECKING:
    from socle.engines import Batch

_HEAD_SPREAD = 0.05
_POOL = 1 << 21


@dataclass(frozen=True)
class Piece:
    """Documents that are run together in a step."""

    batch: Batch
    owners: NDArray[np.int64]
    """The document of each window, counted within the piece."""
    targets: torch.Tensor
    share: float
    """Of the documents of the step."""

    @property
    def tokens(self) -> int:
        """How many tokens are read."""
        return int(self.batch.mask.sum())


class Network(nn.Module):
    """Windows to document scores: encoder, means of tokens, mean of windows, linear layer.

    The head starts from a fitted one. It is kept as `weight * scale` with weights of an ordinary
    spread, so that one learning rate fits heads of any feature scale.
    """

    def __init__(self, encoder: nn.Module, head: LinearHead) -> None:
        super().__init__()
        self.encoder = encoder
        self.scale = (float(head.weight.std()) or 1.0) / _HEAD_SPREAD
        self.weight = nn.Parameter(torch.from_numpy(head.weight / self.scale))
        self.bias = nn.Parameter(torch.from_numpy(head.bias.copy()))

    def forward(self, batch: Batch, owners: NDArray[np.int64]) -> torch.Tensor:
        """Return scores, shape (documents, labels); `owners` number each window's document."""
        states = output_of(self.encoder, batch).last_hidden_state
        pools = (torch.from_numpy(batch.shares) @ states.float()).flatten(1)
        if len(owners) and owners[-1] + 1 < len(owners):
            lengths = torch.from_numpy(batch.mask.sum(1))
            pools = _mean_of_windows(pools, torch.from_numpy(owners), lengths)
        scores: torch.Tensor = (pools * self.scale) @ self.weight + self.bias
        return scores

    def head_weights(self) -> list[nn.Parameter]:
        """Return the weights that are not the encoder's."""
        return [self.weight, self.bias]

    def loss(self, piece: Piece) -> torch.Tensor:
        """Return the mean loss of a piece's documents."""
        scores: torch.Tensor = self(piece.batch, piece.owners)
        return loss_of(scores.float(), piece.targets)

    def head(self) -> LinearHead:
        """Return the head as it stands."""
        weight = (self.weight.detach() * self.scale).numpy()
        return LinearHead(weight.astype(np.float32), self.bias.detach().numpy().copy())


def output_of(encoder: nn.Module, batch: Batch, *, all_layers: bool = False) -> Any:
    """Return what an encoder says of a batch."""
    model: Any = encoder
    # Not by their numbers: RoBERTa-like bases count positions by a padding number, and the rows of
    # a shrunk table carry others.
    embedded = model.get_input_embeddings()(torch.from_numpy(batch.ids))
    mask = torch.from_numpy(batch.mask)
    return model(inputs_embeds=embedded, attention_mask=mask, output_hidden_states=all_layers)


def loss_of(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return cross-entropy; for several labels, its binary form summed over the labels."""
    if targets.ndim == 2:
        each = nn.functional.binary_cross_entropy_with_logits(
            scores, targets.float(), reduction="none"
        )
        return each.sum(1).mean()
    return nn.functional.cross_entropy(scores, targets)


def _mean_of_windows(
    pools: torch.Tensor, owners: torch.Tensor, lengths: torch.Tensor
) -> torch.Tensor:
    count = int(owners[-1]) + 1
    total = torch.zeros(count, dtype=pools.dtype).index_add(0, owners, lengths.to(pools.dtype))
    share = lengths.to(pools.dtype) / total[owners]
    whole = torch.zeros(count, pools.shape[1], dtype=pools.dtype)
    return whole.index_add(0, owners, pools * share.unsqueeze(1))


def layers_of(encoder: nn.Module) -> list[nn.Module]:
    """Return the transformer layers of any encoder, lowest first."""
    model: Any = encoder
    depth = int(model.config.num_hidden_layers)
    for module in encoder.modules():
        if isinstance(module, nn.ModuleList) and len(module) == depth:
            return list(module)
    raise ValueError(f"{type(encoder).__name__} has no list of {depth} layers")


class Masks:
    """Dropout masks drawn once: those of a step are slices of a pool, at random offsets.

    Drawing fresh bits was a tenth of a CPU step. All modules of a network share one object.
    """

    def __init__(self) -> None:
        self._pools: dict[tuple[int, float, torch.dtype], torch.Tensor] = {}

    def slice(self, states: torch.Tensor, p: float) -> torch.Tensor:
        """Return a mask shaped as `states`: zero in a share `p`, the rest scaled up for it."""
        size = states.numel()
        pool = self._pool(size, p, states.dtype)
        start = int(torch.randint(pool.numel() - size, ()).item())
        return pool[start : start + size].view(states.shape)

    def _pool(self, size: int, p: float, kind: torch.dtype) -> torch.Tensor:
        # Its size follows from that of the states and its bits from a seed of its own, never from
        # the steps before: a resumed run must have the masks of an uninterrupted one.
        wanted = max(_POOL, 1 << (size + 4096).bit_length())
        if (wanted, p, kind) not in self._pools:
            seeded = torch.Generator().manual_seed(wanted)
            keep = torch.empty(wanted).bernoulli_(1 - p, generator=seeded) / (1 - p)
            self._pools[wanted, p, kind] = keep.to(kind)
        return self._pools[wanted, p, kind]


class PooledDropout(nn.Module):
    """Dropout that takes its masks from a pool."""

    def __init__(self, p: float, masks: Masks) -> None:
        super().__init__()
        self.p = p
        self._masks = masks

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """Zero a share `p` of the states while training."""
        if not self.training or self.p == 0:
            return states
        return states * self._masks.slice(states, self.p)


def with_pooled_dropout(module: nn.Module, masks: Masks | None = None) -> None:
    """Replace every `nn.Dropout` below `module`; none is left on attention weights.

    Those are the largest tensors of a step, and drawing their masks costs more than it helps in
    the few passes of a fine-tuning.
    """
    masks = masks or Masks()
    attends = hasattr(module, "num_attention_heads") or hasattr(module, "attention_head_size")
    for name, child in module.named_children():
        if type(child) is nn.Dropout:
            setattr(module, name, PooledDropout(0.0 if attends else child.p, masks))
        else:
            with_pooled_dropout(child, masks)


class ShrunkEmbeddings:
    """The rows of the embedding table that occur in the data, in place of the whole table.

    Rows that never occur get no gradient; leaving them out of the optimiser is the same training
    and spares most of a multilingual base (96 of 118 million weights of multilingual-e5-small).
    """

    def __init__(self, encoder: nn.Module, windows: list[NDArray[np.int64]]) -> None:
        model: Any = encoder
        self._model = model
        self._whole = model.get_input_embeddings()
        seen = np.unique(np.concatenate([*windows, np.array([0])]))
        self.rows = torch.from_numpy(seen)
        self._place = np.zeros(int(self._whole.num_embeddings), dtype=np.int64)
        self._place[seen] = np.arange(len(seen))
        small = nn.Embedding(len(seen), self._whole.embedding_dim)
        with torch.no_grad():
            small.weight.copy_(self._whole.weight[self.rows])
        small.weight.requires_grad = self._whole.weight.requires_grad
        self.small = small
        model.set_input_embeddings(small)

    def renumbered(self, windows: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
        """Return windows with the row numbers of the small table."""
        return [self._place[window] for window in windows]

    def restore(self) -> None:
        """Put the whole table back, with the trained rows in it."""
        with torch.no_grad():
            self._whole.weight[self.rows] = self.small.weight
        self._model.set_input_embeddings(self._whole)
