"""What a network makes of texts, and of texts with some tokens hidden: its states.

Every token of a text is hidden once: the positions are dealt into groups of about 15 %, and a group
is one copy of the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn

from socle.bases import Located, loading
from socle.machine import physical_cores
from socle.training.batching import INFERENCE_TOKENS, by_length, padded

GROUPS = 7
"""Into which the positions of a text are dealt: one in seven, about 15 %, is hidden at a time."""
_MASKS = ("[MASK]", "<mask>")
_LENGTH = 128
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Plain:
    """Texts as a base reads them, each cut to one window."""

    ids: list[Ints]
    content: list[NDArray[np.bool_]]
    """Which tokens are the text's own, neither special nor of the base's prefix."""
    mask: int | None
    """Number of the token that hides another; None for a base without one."""


@dataclass(frozen=True)
class Hidden:
    """Copies of texts in which some tokens are hidden."""

    ids: list[Ints]
    places: list[Ints]
    """Positions hidden in each copy."""
    truth: list[Ints]
    """The tokens that stood there."""
    owners: Ints
    """The text of each copy."""

    @property
    def answers(self) -> Ints:
        """All hidden tokens, copy after copy."""
        return np.concatenate([np.zeros(0, dtype=np.int64), *self.truth])

    @property
    def texts(self) -> Ints:
        """The text of every hidden token, in the same order."""
        return np.repeat(self.owners, [len(one) for one in self.truth])


def read(located: Located, texts: Sequence[str], drop_empty: bool = True) -> Plain:
    """Return the tokens of texts, at most 128 each, with the base's prefix before them.

    Texts without a token of their own are left out, unless `drop_empty` is off.
    """
    prefix = located.base.prefix
    tokenizer = loading.load_tokenizer(located.folder)
    tokenizer.enable_truncation(min(_LENGTH, located.base.context or _LENGTH))
    before = len(tokenizer.encode(prefix, add_special_tokens=False).ids) if prefix else 0
    ids, content = [], []
    for one in tokenizer.encode_batch_fast([prefix + text for text in texts]):
        own = np.array(one.special_tokens_mask, dtype=np.int64) == 0
        own[np.flatnonzero(own)[:before]] = False
        if own.any() or not drop_empty:
            ids.append(np.array(one.ids or [0], dtype=np.int64))
            content.append(own)
    return Plain(ids, content, _mask_of(tokenizer))


def hidden(plain: Plain, mask: int, groups: int = GROUPS, seed: int = 0) -> Hidden:
    """Hide the tokens of texts, one group of seven at a time, in `groups` copies of each text."""
    rng = np.random.default_rng(seed)
    ids, places, truth, owners = [], [], [], []
    for text, (own, content) in enumerate(zip(plain.ids, plain.content, strict=True)):
        dealt = rng.permutation(np.flatnonzero(content))
        for group in range(groups):
            where = np.sort(dealt[group::GROUPS])
            if len(where):
                copy = own.copy()
                copy[where] = mask
                ids.append(copy)
                places.append(where)
                truth.append(own[where])
                owners.append(text)
    return Hidden(ids, places, truth, np.array(owners, dtype=np.int64))


def states_by_layer(network: nn.Module, plain: Plain, most: int = 4000) -> list[Floats]:
    """Return states of the texts' own tokens, (tokens, width) for every layer, lowest first.

    Of more than `most` tokens so many are drawn, always the same ones.
    """
    total = sum(int(content.sum()) for content in plain.content)
    rng = np.random.default_rng(0)
    drawn = [content & (rng.random(len(content)) < most / total) for content in plain.content]
    found: dict[int, list[Floats]] = {}
    for group, output, _ in run(network, plain.ids, all_layers=True):
        for row, i in enumerate(group):
            at = torch.from_numpy(np.flatnonzero(drawn[i]))
            found[int(i)] = [states[row, at].numpy() for states in output.hidden_states[1:]]
    return [np.concatenate(layer) for layer in zip(*(found[i] for i in sorted(found)), strict=True)]


def hidden_states(network: nn.Module, copies: Hidden) -> Floats:
    """Return the last layer's states of the hidden tokens, (tokens, width), copy after copy."""
    found: dict[int, Floats] = {}
    for group, output, _ in run(network, copies.ids):
        for row, i in enumerate(group):
            at = torch.from_numpy(copies.places[i])
            found[int(i)] = output.last_hidden_state[row, at].numpy()
    return np.concatenate([found[i] for i in range(len(copies.ids))])


def mean_states(network: nn.Module, ids: list[Ints]) -> Floats:
    """Return the mean of the last layer's states over the tokens of each window, (n, width)."""
    found: dict[int, Floats] = {}
    for group, output, lengths in run(network, ids):
        for row, i in enumerate(group):
            found[int(i)] = output.last_hidden_state[row, : lengths[row]].mean(0).numpy()
    return np.stack([found[i] for i in range(len(ids))])


def run(
    network: nn.Module, ids: list[Ints], tokens: int = INFERENCE_TOKENS, all_layers: bool = False
) -> Iterator[tuple[Ints, Any, Ints]]:
    """Yield groups of windows, of at most `tokens` when padded, what the network says of them, and
    their lengths.
    """
    torch.set_num_threads(physical_cores())
    model: Any = network.eval()
    lengths = np.array([len(one) for one in ids], dtype=np.int64)
    for group in by_length(lengths, tokens):
        batch = padded([ids[i] for i in group])
        with torch.inference_mode():
            mask = torch.from_numpy(batch.mask)
            embedded = model.get_input_embeddings()(torch.from_numpy(batch.ids))
            output = model(
                inputs_embeds=embedded, attention_mask=mask, output_hidden_states=all_layers
            )
        yield group, output, lengths[group]


def _mask_of(tokenizer: Tokenizer) -> int | None:
    found = (tokenizer.token_to_id(name) for name in _MASKS)
    return next((number for number in found if number is not None), None)
