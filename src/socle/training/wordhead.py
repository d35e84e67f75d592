"""The head for words while it learns: the torch twin of `socle.heads.words.WordHead`.

Sizes and dropout are those of the biaffine parser of Dozat and Manning (2017), smaller, for small
bases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from socle.engines import Batch
from socle.heads.words import NORM_EPSILON, PARTS, SLOPE
from socle.training.network import Masks, PooledDropout, output_of

_HIDDEN = 256
_ARC, _LABEL = 384, 128
_SPACES = {"head": _ARC, "dependent": _ARC, "label_head": _LABEL, "label_dependent": _LABEL}
_DROP, _DROP_INPUT = 0.33, 0.2
LESSER = 0.5
"""Weight of the columns after the first: features and lemmas have many classes, and their losses
would outweigh that of the tree, which gained 0.8 LAS from a quarter of it in three passes."""


@dataclass(frozen=True)
class WordPiece:
    """Sentences that are run together in a step."""

    lengths: list[int]
    """Words of each sentence."""
    parts: torch.Tensor
    """Place of each word in its token, (words,)."""
    targets: Mapping[str, torch.Tensor]
    """For each column the classes, (words,), -1 for none; with trees `head` and `deprel`."""
    share: float
    """Of the sentences of the step."""
    tokens: int
    batch: Batch | None = None
    rows: torch.Tensor | None = None
    """Where each word stands among the means of the batch, windows * means, (words,)."""
    states: torch.Tensor | None = None
    """(words, layers, width), where a frozen base was run before."""


class Column(nn.Module):
    """Classes of words, from their vectors."""

    def __init__(self, width: int, classes: int, masks: Masks) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, _HIDDEN)
        self.out = nn.Linear(_HIDDEN, classes)
        self.drop = PooledDropout(_DROP, masks)

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """Return scores, (words, classes)."""
        hidden: torch.Tensor = self.drop(functional.leaky_relu(self.hidden(given), SLOPE))
        scores: torch.Tensor = self.out(hidden)
        return scores


class WordHead(nn.Module):
    """Mixture of layers, columns, and arcs where there are labels of relations."""

    def __init__(self, width: int, layers: int, columns: Mapping[str, int], labels: int) -> None:
        super().__init__()
        masks = Masks()
        names = ("tags", "arcs") if labels else ("tags",)
        self.mix = nn.ParameterDict({name: nn.Parameter(torch.zeros(layers)) for name in names})
        self.norm = nn.ModuleDict({name: nn.LayerNorm(width, eps=NORM_EPSILON) for name in names})
        self.part = nn.Embedding(PARTS, width)
        nn.init.zeros_(self.part.weight)
        self.columns = nn.ModuleDict(
            {name: Column(width, max(1, classes), masks) for name, classes in columns.items()}
        )
        self.drop_input = PooledDropout(_DROP_INPUT, masks)
        self.drop = PooledDropout(_DROP, masks)
        self._labels = labels
        self._first = next(iter(columns), "")
        if labels:
            self.spaces = nn.ModuleDict({k: nn.Linear(width, n) for k, n in _SPACES.items()})
            self.root = nn.Parameter(torch.randn(width) * 0.1)
            self.arcs = nn.ParameterDict({"biaffine": nn.Parameter(torch.zeros(_ARC + 1, _ARC))})
            cube = torch.zeros(labels, _LABEL + 1, _LABEL + 1)
            self.labels = nn.ParameterDict({"biaffine": nn.Parameter(cube)})

    def loss(self, states: torch.Tensor, piece: WordPiece) -> torch.Tensor:
        """Return the mean loss of a piece's words; `states` is (words, layers, width)."""
        tagged = self._mixed("tags", states, piece.parts)
        total = torch.zeros(())
        for name, column in self.columns.items():
            weight = 1.0 if name == self._first else LESSER
            total = total + weight * _cross_entropy(column(tagged).float(), piece.targets[name])
        if self._labels:
            total = total + self._tree_loss(self._mixed("arcs", states, piece.parts), piece)
        return total

    def _mixed(self, name: str, states: torch.Tensor, parts: torch.Tensor) -> torch.Tensor:
        weight = torch.softmax(self.mix[name], 0)
        mixed = torch.einsum("nlw,l->nw", states.float(), weight.float())
        found: torch.Tensor = self.drop_input(self.norm[name](mixed) + self.part(parts))
        return found

    def _space(self, name: str, given: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.drop(functional.leaky_relu(self.spaces[name](given), SLOPE))
        return found

    def _tree_loss(self, mixed: torch.Tensor, piece: WordPiece) -> torch.Tensor:
        at, real = _places(piece.lengths)
        padded = torch.cat([mixed, mixed.new_zeros(1, mixed.shape[1])])[at]
        above = torch.cat([self.root.expand(len(at), 1, -1).to(padded.dtype), padded], 1)
        dependent = _with_one(self._space("dependent", padded))
        arcs = dependent @ self.arcs["biaffine"] @ self._space("head", above).transpose(1, 2)
        allowed = torch.cat([torch.ones(len(at), 1, dtype=torch.bool), real], 1)
        own = torch.eye(real.shape[1], dtype=torch.bool)
        own = torch.cat([torch.zeros(len(own), 1, dtype=torch.bool), own], 1)
        closed = ~allowed[:, None] | own[None]
        heads = piece.targets["head"]
        loss = _cross_entropy(arcs.float().masked_fill(closed, -1e9)[real], heads)
        row = torch.repeat_interleave(torch.arange(len(at)), torch.tensor(piece.lengths))
        label_above = _with_one(self._space("label_head", above)[row, heads.clamp(min=0)])
        label_below = _with_one(self._space("label_dependent", mixed))
        cube = self.labels["biaffine"]
        left = (label_below @ cube.flatten(0, 1).t()).view(len(row), self._labels, -1)
        labels = (left * label_above[:, None]).sum(2)
        return loss + _cross_entropy(labels.float(), piece.targets["deprel"])

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the weights by name, for `socle.heads.words.WordHead`."""
        return {
            name: np.asarray(weight.detach().float().numpy(), dtype=np.float32).copy()
            for name, weight in self.named_parameters()
        }


class WordNetwork(nn.Module):
    """An encoder with a head for words; without the encoder where its states are known."""

    def __init__(self, encoder: nn.Module | None, head: WordHead, layers: tuple[int, ...]) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head
        self.layers = layers

    def head_weights(self) -> list[nn.Parameter]:
        """Return the weights that are not the encoder's."""
        return list(self.head.parameters())

    def loss(self, piece: WordPiece) -> torch.Tensor:
        """Return the mean loss of a piece's words."""
        if piece.states is not None:
            return self.head.loss(piece.states, piece)
        if self.encoder is None or piece.batch is None or piece.rows is None:
            raise ValueError("neither states nor windows are given")
        found = output_of(self.encoder, piece.batch, all_layers=True).hidden_states
        shares = torch.from_numpy(piece.batch.shares)
        means = [(shares @ found[layer].float()).flatten(0, 1)[piece.rows] for layer in self.layers]
        return self.head.loss(torch.stack(means, 1), piece)


def _cross_entropy(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the mean over words whose class is known; 0 where none is."""
    known = int((targets >= 0).sum())
    total = functional.cross_entropy(scores, targets, ignore_index=-1, reduction="sum")
    return total / max(1, known)


def _places(lengths: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return where each word of padded sentences stands in the row of all, and which are words."""
    longest, total = max([1, *lengths]), sum(lengths)
    starts = torch.cumsum(torch.tensor([0, *lengths[:-1]]), 0)
    steps = torch.arange(longest)
    real = steps[None] < torch.tensor(lengths)[:, None]
    at = torch.where(real, starts[:, None] + steps[None], torch.tensor(total))
    return at, real


def _with_one(values: torch.Tensor) -> torch.Tensor:
    return torch.cat([values, values.new_ones(*values.shape[:-1], 1)], -1)
