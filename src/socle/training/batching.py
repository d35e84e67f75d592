"""Texts become windows of tokens, windows become batches of like length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.engines import Batch
from socle.examples import Read
from socle.training.stretches import Kept, ranges, stretches, text_of

INFERENCE_TOKENS = 512
"""Padded tokens per batch at inference: small enough for a core's own cache."""
_TEXTS_AT_ONCE = 4096


@dataclass(frozen=True)
class Windows:
    """Every window of every document, in the documents' order."""

    ids: list[NDArray[np.int64]]
    """Token numbers of each window, special tokens included."""
    owners: NDArray[np.int64]
    """The document of each window, shape (windows,)."""
    ranges: Sequence[NDArray[np.int64] | None] = ()
    """First token and the one behind the last of each stretch in a window, shape (stretches, 2);
    None where the whole window makes one mean. Empty when that is so for all."""
    places: Sequence[NDArray[np.int64] | None] = ()
    """The numbers of these stretches in their document, shape (stretches,)."""

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens in each window, shape (windows,)."""
        return np.array([len(ids) for ids in self.ids], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.ids)

    def batch(self, chosen: Sequence[int] | NDArray[np.int64]) -> Batch:
        """Return some windows as one batch."""
        return padded(
            [self.ids[i] for i in chosen], [self.ranges[i] for i in chosen] if self.ranges else ()
        )


class Windower:
    """Cuts texts into windows that the base can read, losing nothing."""

    def __init__(self, tokenizer: Any, prefix: str, length: int, overlap: int) -> None:
        """Take a `tokenizers.Tokenizer`, the base's prefix, and tokens per window and overlap."""
        self._tokenizer = tokenizer
        self._prefix = prefix
        room = length - tokenizer.num_special_tokens_to_add(False)
        tokenizer.no_padding()
        self.length, self.overlap = length, min(overlap, max(0, room - 1))
        tokenizer.enable_truncation(length, stride=self.overlap)

    def windows(self, texts: Sequence[Read]) -> Windows:
        """Return the windows of what is to be read; a text without any token still has one.

        Every word of a sentence that is longer than a window stands in the one that shows most of
        what is around it. A passage has one window: the one that shows most around its stretches.
        """
        ids, owners = [], []
        found: list[NDArray[np.int64] | None] = []
        places: list[NDArray[np.int64] | None] = []
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            some = texts[start : start + _TEXTS_AT_ONCE]
            for i, encoding in enumerate(self._encoded(some), start):
                windows = (encoding, *encoding.overflowing)
                wanted = stretches(texts[i])
                kept: list[Kept] = [(at, None, None) for at in range(len(windows))]
                if wanted is not None:
                    kept = ranges(windows, wanted + len(self._prefix), texts[i])
                for at, tokens, numbers in kept:
                    ids.append(np.array(windows[at].ids or [0], dtype=np.int64))
                    owners.append(i)
                    found.append(tokens)
                    places.append(numbers)
        whole = all(one is None for one in found)
        rows = np.array(owners, dtype=np.int64)
        return Windows(ids, rows) if whole else Windows(ids, rows, found, places)

    def _encoded(self, some: Sequence[Read]) -> list[Any]:
        plain = all(type(one) is str for one in some)
        # Where each token stands is only asked for when needed: it costs half the time again.
        encode = self._tokenizer.encode_batch_fast if plain else self._tokenizer.encode_batch
        found: list[Any] = encode([self._prefix + text_of(one) for one in some])
        return found


def padded(
    windows: Sequence[NDArray[np.int64]], ranges: Sequence[NDArray[np.int64] | None] = ()
) -> Batch:
    """Return windows as one batch, padded on the right.

    `ranges` gives for each window the tokens of its stretches, as in `Windows`.
    """
    longest = max(len(ids) for ids in windows)
    means = max([1, *(len(one) for one in ranges if one is not None)])
    ids = np.zeros((len(windows), longest), dtype=np.int64)
    mask = np.zeros((len(windows), longest), dtype=np.int64)
    shares = np.zeros((len(windows), means, longest), dtype=np.float32)
    at = np.arange(longest)
    for row, window in enumerate(windows):
        ids[row, : len(window)] = window
        mask[row, : len(window)] = 1
        asked = ranges[row] if ranges else None
        if asked is None:
            shares[row, 0, : len(window)] = 1.0 / len(window)
        else:
            inside = (at >= asked[:, :1]) & (at < asked[:, 1:])
            shares[row, : len(asked)] = inside / np.maximum(inside.sum(1, keepdims=True), 1)
    return Batch(ids, mask, shares)


def by_length(
    lengths: NDArray[np.int64], tokens: int = INFERENCE_TOKENS
) -> list[NDArray[np.int64]]:
    """Return groups of window numbers, longest first, each of at most `tokens` when padded."""
    order = np.argsort(-lengths, kind="stable")
    groups, start = [], 0
    while start < len(order):
        size = max(1, tokens // int(lengths[order[start]]))
        groups.append(order[start : start + size])
        start += size
    return groups


def shuffled_by_length(
    lengths: NDArray[np.int64], size: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield batches of `size` documents of like length, in random order.

    Documents are shuffled, sorted by length within stretches of 32 batches, and the batches
    shuffled: nearly as random as a plain shuffle, with little padding.
    """
    order = rng.permutation(len(lengths))
    stretch = 32 * size
    batches = []
    for start in range(0, len(order), stretch):
        part = order[start : start + stretch]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[i : i + size] for i in range(0, len(part), size)]
    for i in rng.permutation(len(batches)):
        yield batches[i]
