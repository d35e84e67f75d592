"""Texts become windows of tokens, windows become batches of like length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.engines import Batch

INFERENCE_TOKENS = 1024
"""Padded tokens per batch at inference: small enough for a core's own cache."""
_TEXTS_AT_ONCE = 4096


@dataclass(frozen=True)
class Windows:
    """Every window of every document, in the documents' order."""

    ids: list[NDArray[np.int64]]
    """Token numbers of each window, special tokens included."""
    owners: NDArray[np.int64]
    """The document of each window, shape (windows,)."""

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens in each window, shape (windows,)."""
        return np.array([len(ids) for ids in self.ids], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.ids)


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

    def windows(self, texts: Sequence[str]) -> Windows:
        """Return the windows of the texts; a text without any token still has one window."""
        ids, owners = [], []
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            some = [self._prefix + text for text in texts[start : start + _TEXTS_AT_ONCE]]
            for i, encoding in enumerate(self._tokenizer.encode_batch_fast(some), start):
                for window in (encoding, *encoding.overflowing):
                    ids.append(np.array(window.ids or [0], dtype=np.int64))
                    owners.append(i)
        return Windows(ids, np.array(owners, dtype=np.int64))


def padded(windows: Sequence[NDArray[np.int64]]) -> Batch:
    """Return windows as one batch, padded on the right."""
    longest = max(len(ids) for ids in windows)
    ids = np.zeros((len(windows), longest), dtype=np.int64)
    mask = np.zeros((len(windows), longest), dtype=np.int64)
    for row, window in enumerate(windows):
        ids[row, : len(window)] = window
        mask[row, : len(window)] = 1
    return Batch(ids, mask)


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
