"""Texts to write, as rows of tokens, and networks that learn to write them: the answers alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from socle.decoders import shared_start

Ints = NDArray[np.int64]
Layout = Literal["packed", "rows", "whole"]
"""How a decoder reads examples: several in a row; each in a row of its own; or so that the network
computes its scores itself, for every token, where they are more than a product of its states."""

_ROW = 256
"""Tokens of a packed row, more for longer examples: attention grows with the square of it.

Eight examples of 122 tokens in rows of at most 256 took two thirds of the time of rows of their
own, in rows of 512 half as much again (SmolLM2 135M, bfloat16, one core)."""
_MEMORY = 1_500_000_000
"""Bytes that the states of a step may take."""
_BYTES_KEPT = 80
"""Bytes kept for the backward pass, of a token, a layer and a unit of its width."""
_CHUNK = 256
_MOST_SCORES = 1 << 26
"""Scores computed at once where the network computes them itself."""
_HIDDEN = -1e9
_UNKNOWN = -100
_ALIKE = 1e-4


class Texts(NamedTuple):
    """Examples in tokens."""

    sources: list[Ints]
    """What is read: a prompt with what the tokenizer puts before it, or a source."""
    targets: list[Ints]
    """What is to be written, its end token included."""

    @property
    def sizes(self) -> Ints:
        """Tokens of each example, shape (examples,)."""
        pairs = zip(self.sources, self.targets, strict=True)
        return np.array([len(s) + len(t) for s, t in pairs], dtype=np.int64)

    def chosen(self, rows: Sequence[int] | Ints) -> Texts:
        """Return some of the examples, in that order."""
        return Texts([self.sources[i] for i in rows], [self.targets[i] for i in rows])


@dataclass(frozen=True)
class TargetPiece:
    """Rows of tokens that a decoder reads together."""

    ids: torch.Tensor
    """(rows, tokens)."""
    mask: torch.Tensor
    """Ones for tokens, (rows, tokens), or what is added to the attention, (rows, 1, tokens,
    tokens)."""
    positions: torch.Tensor | None
    """Place of each token in its example, (rows, tokens); None where they are those in the row."""
    places: torch.Tensor
    """The tokens of all rows, one behind the other, that must foretell a target, (targets,)."""
    targets: torch.Tensor
    share: float
    """Of the target tokens of the step."""
    tokens: int


@dataclass(frozen=True)
class TargetLesson:
    """Prompts and the answers to learn, for a decoder: the loss is that of the answers."""

    texts: Texts
    most: int
    """Tokens of a piece."""
    layout: Layout = "packed"

    @cached_property
    def sizes(self) -> Ints:
        """Tokens of each example, shape (examples,)."""
        return self.texts.sizes

    @cached_property
    def shared(self) -> int:
        """Tokens that all prompts begin with: a packed row reads them once, for all its examples.

        Each sees them and itself, as if it stood alone.
        """
        if self.layout != "packed":
            return 0
        return shared_start([ids.tolist() for ids in self.texts.sources])

    def pieces(self, chosen: Ints) -> list[TargetPiece]:
        """Cut a batch of examples into pieces that fit in memory; their gradients add up."""
        rows = self._rows(chosen.tolist())
        total = sum(len(self.texts.targets[i]) for i in chosen)
        pieces: list[list[list[int]]] = []
        longest = 0
        for row in rows:
            longest = max(longest, self._length(row))
            if pieces and (len(pieces[-1]) + 1) * longest <= self.most:
                pieces[-1].append(row)
            else:
                pieces.append([row])
                longest = self._length(row)
        return [self._piece(piece, total) for piece in pieces]

    def _rows(self, chosen: list[int]) -> list[list[int]]:
        """Return the examples of each row: as many as fit behind what they share."""
        if self.layout != "packed":
            return [[i] for i in chosen]
        room = max(_ROW, *(self._length([i]) for i in chosen))
        rows: list[list[int]] = []
        for i in chosen:
            fitting = (row for row in rows if self._length([*row, i]) <= room)
            row = next(fitting, None)
            if row is None:
                rows.append([i])
            else:
                row.append(i)
        return rows

    def _length(self, row: list[int]) -> int:
        # The end token is foretold, never read.
        return self.shared + sum(int(self.sizes[i]) - 1 - self.shared for i in row)

    def _piece(self, rows: list[list[int]], total: int) -> TargetPiece:
        width = max(self._length(row) for row in rows)
        ids, owners, positions = (np.full((len(rows), width), x) for x in (0, -1, 0))
        places, targets = [], []
        for at, row in enumerate(rows):
            first = self.texts.sources[row[0]][: self.shared]
            ids[at, : self.shared], owners[at, : self.shared] = first, 0
            positions[at, : self.shared] = np.arange(self.shared)
            start = self.shared
            for number, i in enumerate(row, start=1):
                source, target = self.texts.sources[i], self.texts.targets[i]
                own = np.concatenate([source[self.shared :], target[:-1]])
                here = slice(start, start + len(own))
                ids[at, here], owners[at, here] = own, number
                positions[at, here] = self.shared + np.arange(len(own))
                begin = start + len(source) - self.shared - 1
                places.append(at * width + np.arange(begin, begin + len(target)))
                targets.append(target)
                start += len(own)
        packed = self.layout == "packed"
        mask = _seen(owners) if packed else (owners >= 0).astype(np.int64)
        return TargetPiece(
            torch.from_numpy(ids),
            torch.from_numpy(mask),
            torch.from_numpy(positions) if packed else None,
            torch.from_numpy(np.concatenate(places)),
            torch.from_numpy(np.concatenate(targets)),
            sum(map(len, targets)) / total,
            int((owners >= 0).sum()),
        )


class DecoderNetwork(nn.Module):
    """A causal language model that learns answers; scores are computed only where one is due."""

    def __init__(self, model: nn.Module, layout: Layout = "packed") -> None:
        super().__init__()
        self.encoder = model
        self.layout = layout

    def head_weights(self) -> list[nn.Parameter]:
        """Return none: the language head is part of the base."""
        return []

    def loss(self, piece: TargetPiece) -> torch.Tensor:
        """Return the mean loss of a piece's target tokens."""
        model: Any = self.encoder
        given = {"input_ids": piece.ids, "attention_mask": piece.mask, "use_cache": False}
        if self.layout == "whole":
            scores = model(**given).logits.flatten(0, 1)[piece.places]
            return nn.functional.cross_entropy(scores.float(), piece.targets)
        if piece.positions is not None:
            given["position_ids"] = piece.positions
        states = model.base_model(**given).last_hidden_state.flatten(0, 1)[piece.places]
        head = model.get_output_embeddings()
        # torch does not type what it passes through `apply`.
        found: torch.Tensor = _HeadLoss.apply(states, head.weight, head.bias, piece.targets)  # type: ignore[no-untyped-call]
        return found


@dataclass(frozen=True)
class PairPiece:
    """Sources and targets that an encoder-decoder reads together."""

    ids: torch.Tensor
    """(examples, tokens), of the sources."""
    mask: torch.Tensor
    written: torch.Tensor
    """What the decoder has written before each target token, (examples, target tokens)."""
    targets: torch.Tensor
    """(examples, target tokens), -100 where nothing is to be learnt."""
    share: float
    """Of the target tokens of the step."""
    tokens: int


@dataclass(frozen=True)
class PairLesson:
    """Sources and targets for an encoder-decoder."""

    texts: Texts
    most: int
    """Tokens of a piece."""
    vocabulary: int
    starts: tuple[int, ...]
    """The tokens that stand before every answer."""

    @cached_property
    def sizes(self) -> Ints:
        """Tokens of each example, shape (examples,)."""
        return self.texts.sizes

    def pieces(self, chosen: Ints) -> list[PairPiece]:
        """Cut a batch of examples into pieces that fit in memory; their gradients add up."""
        total = sum(len(self.texts.targets[i]) for i in chosen)
        parts: list[list[int]] = []
        for i in chosen.tolist():
            if parts and self._fits([*parts[-1], i]):
                parts[-1].append(i)
            else:
                parts.append([i])
        return [self._piece(self.texts.chosen(part), total) for part in parts]

    def _fits(self, part: list[int]) -> bool:
        source, target = (max(len(side[i]) for i in part) for side in self.texts)
        within = len(part) * (source + target) <= self.most
        return within and len(part) * target * self.vocabulary <= _MOST_SCORES

    def _piece(self, texts: Texts, total: int) -> PairPiece:
        count = sum(map(len, texts.targets))
        starts = np.array(self.starts, dtype=np.int64)
        unknown = np.full(len(starts) - 1, _UNKNOWN)
        written = [np.concatenate([starts, ids[:-1]]) for ids in texts.targets]
        return PairPiece(
            _padded(texts.sources, 0),
            _padded([np.ones_like(ids) for ids in texts.sources], 0),
            _padded(written, self.starts[0]),
            _padded([np.concatenate([unknown, ids]) for ids in texts.targets], _UNKNOWN),
            count / total,
            int(texts.sizes.sum()),
        )


class SeqToSeqNetwork(nn.Module):
    """An encoder-decoder that learns targets."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.encoder = model

    def head_weights(self) -> list[nn.Parameter]:
        """Return none: the language head is part of the base."""
        return []

    def loss(self, piece: PairPiece) -> torch.Tensor:
        """Return the mean loss of a piece's target tokens."""
        model: Any = self.encoder
        scores = model(
            input_ids=piece.ids,
            attention_mask=piece.mask,
            decoder_input_ids=piece.written,
            use_cache=False,
        ).logits
        return nn.functional.cross_entropy(
            scores.flatten(0, 1).float(), piece.targets.flatten(), ignore_index=_UNKNOWN
        )


def tokens_at_once(model: nn.Module) -> int:
    """Return how many tokens of a network may be run forward and backward together."""
    config: Any = model.config
    inner = config.get_text_config() if hasattr(config, "get_text_config") else config
    kept = _BYTES_KEPT * int(inner.hidden_size) * int(inner.num_hidden_layers)
    return int(np.clip(_MEMORY // kept, 2 * _ROW, 4096))


def layout_for(model: nn.Module, lesson: TargetLesson) -> Layout:
    """Return the best layout in which a network says of examples what it says of them alone.

    It is tried on three short examples: not every network takes a mask of its own making, and
    some do more to their states than the product with the language head.
    """
    few = np.argsort(lesson.sizes, kind="stable")[:3]
    expected = _loss_of(model, lesson, "whole", few)
    layouts: tuple[Layout, ...] = ("packed", "rows")
    # A mask of ours would lift the limit of a window, or a row hide behind it what all share.
    windows = [getattr(model.config, name, None) for name in ("sliding_window", "window_size")]
    longest = max(_ROW, int(lesson.sizes.max()))
    if any(window is not None and longest > int(window) for window in windows):
        layouts = ("rows",)
    for layout in layouts:
        try:
            found = _loss_of(model, lesson, layout, few)
        except (TypeError, ValueError, RuntimeError, IndexError, AttributeError):
            continue  # networks say in all these ways that they take no such mask
        if abs(found - expected) <= _ALIKE * max(1.0, abs(expected)):
            return layout
    return "whole"


def _loss_of(model: nn.Module, lesson: TargetLesson, layout: Layout, few: Ints) -> float:
    # Only these, so that what all prompts share does not hide whether it is seen.
    own = TargetLesson(lesson.texts.chosen(few), lesson.most, layout)
    network = DecoderNetwork(model, layout).eval()
    with torch.no_grad():
        pieces = own.pieces(np.arange(len(few)))
        return sum(float(network.loss(piece)) * piece.share for piece in pieces)


def laid_out(lesson: TargetLesson, layout: Layout) -> TargetLesson:
    """Return the same lesson in another layout; where scores are computed whole, in less at once.

    A row of its own shape makes scores for every token of it.
    """
    return replace(lesson, layout=layout, most=lesson.most // (4 if layout == "whole" else 1))


class _HeadLoss(torch.autograd.Function):
    """Mean cross-entropy of states under a language head, in chunks.

    The gradient is computed on the way, so that the scores of a chunk are made once and never kept:
    those of a thousand tokens over 49,000 words would take 200 MB, and their gradient as much.
    """

    @staticmethod
    def forward(
        ctx: Any,
        states: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        targets: torch.Tensor,
    ) -> torch.Tensor:
        kind = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else weight.dtype
        head = weight.to(kind)
        moves = ctx.needs_input_grad
        total = torch.zeros(())
        of_states = torch.empty_like(states) if moves[0] else None
        of_weight = torch.zeros_like(weight) if moves[1] else None
        of_bias = torch.zeros_like(bias) if bias is not None and moves[2] else None
        for start in range(0, len(targets), _CHUNK):
            some, wanted = states[start : start + _CHUNK].to(kind), targets[start : start + _CHUNK]
            scores = (some @ head.T).float()
            if bias is not None:
                scores += bias
            shares = torch.log_softmax(scores, dim=1)
            total -= shares.gather(1, wanted[:, None]).sum()
            slope = shares.exp_() / len(targets)
            slope[torch.arange(len(wanted)), wanted] -= 1 / len(targets)
            if of_states is not None:
                of_states[start : start + _CHUNK] = slope.to(kind) @ head
            if of_weight is not None:
                of_weight += (slope.to(kind).T @ some).to(weight.dtype)
            if of_bias is not None:
                of_bias += slope.sum(0)
        ctx.save_for_backward(of_states, of_weight, of_bias)
        return total / len(targets)

    @staticmethod
    def backward(ctx: Any, *above: torch.Tensor) -> Any:
        gradients = (None if one is None else one * above[0] for one in ctx.saved_tensors)
        return (*gradients, None)


def _seen(owners: Ints) -> NDArray[np.float32]:
    """Return what is added to attention, (rows, 1, tokens, tokens): each example sees itself.

    And what all share, owned by 0; nothing ahead of it.
    """
    ahead = np.triu(np.ones((owners.shape[1],) * 2, dtype=bool), k=1)
    foreign = (owners[:, None, :] != owners[:, :, None]) & (owners[:, None, :] != 0)
    return np.where(foreign | ahead, np.float32(_HIDDEN), np.float32(0))[:, None]


def _padded(rows: Sequence[Ints], filler: int) -> torch.Tensor:
    found = np.full((len(rows), max(map(len, rows))), filler, dtype=np.int64)
    for at, row in enumerate(rows):
        found[at, : len(row)] = row
    return torch.from_numpy(found)
