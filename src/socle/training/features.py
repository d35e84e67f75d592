"""One vector per text from a frozen base, computed once and kept by content."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from socle.engines import Encoder
from socle.events import Finished, Listener, Started, Stepped, silent
from socle.examples import Read, Sentence
from socle.heads.pooled import mean_of_windows
from socle.heads.words import PARTS
from socle.training.batching import Windower, Windows, by_length

Features = NDArray[np.float32]
_SLICE = 2048
_LIMIT = 2 << 30


class FeatureStore:
    """Vectors on disk, found by the content of the text; shared by every run on this machine."""

    def __init__(self, path: Path) -> None:
        """Open or make the store at `path`; one that has grown over 2 GiB starts anew."""
        self._path = path
        if path.exists() and path.stat().st_size > _LIMIT:
            path.unlink()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Features]:
        """Return the vectors that are known."""
        found: dict[bytes, Features] = {}
        # A store that cannot be read or written costs time, never a result.
        with contextlib.suppress(sqlite3.Error), self._open() as base:
            for start in range(0, len(keys), 500):
                some = keys[start : start + 500]
                marks = ",".join("?" * len(some))
                rows = base.execute(f"SELECT key, value FROM features WHERE key IN ({marks})", some)
                found.update({key: np.frombuffer(value, np.float32) for key, value in rows})
        return found

    def put(self, items: Iterable[tuple[bytes, Features]]) -> None:
        """Keep vectors."""
        with contextlib.suppress(sqlite3.Error), self._open() as base:
            rows = [(key, value.astype(np.float32).tobytes()) for key, value in items]
            base.executemany("INSERT OR REPLACE INTO features VALUES (?, ?)", rows)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._path, timeout=60)) as base, base:
            base.execute("CREATE TABLE IF NOT EXISTS features (key BLOB PRIMARY KEY, value BLOB)")
            yield base


def text_key(read: Read) -> bytes:
    """Return the key in a store of a text, or of a text with its stretches."""
    text = read if isinstance(read, str) else repr(read)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def features(
    texts: Sequence[Read],
    windower: Windower,
    encoder: Encoder,
    store: FeatureStore | None = None,
    listen: Listener = silent,
) -> Features:
    """Return one vector per text, shape (n, layers * width); each different text is run once.

    A passage gives the vectors of its stretches side by side, (n, layers * stretches * width).
    """
    keys = [text_key(text) for text in texts]
    known = store.get(list(dict.fromkeys(keys))) if store else {}
    missing = list({k: t for k, t in zip(keys, texts, strict=True) if k not in known}.items())
    began = time.perf_counter()
    if missing:
        listen(Started("Reading texts", len(missing)))
    for start in range(0, len(missing), _SLICE):
        some = missing[start : start + _SLICE]
        fresh = encoded([text for _, text in some], windower, encoder)
        new = [(key, row) for (key, _), row in zip(some, fresh, strict=True)]
        known.update(new)
        if store:
            store.put(new)
        listen(Stepped("Reading texts", min(start + _SLICE, len(missing))))
    if missing:
        listen(Finished("Reading texts", time.perf_counter() - began))
    return np.stack([known[key] for key in keys]) if keys else np.zeros((0, 0), np.float32)


@dataclass(frozen=True)
class WordStates:
    """The words of some sentences as an encoder sees them."""

    states: Features
    """Mean of each word's tokens, shape (words, layers, width), or mixtures of these layers."""
    parts: NDArray[np.int64]
    """Place of each word among those that share a token with it, shape (words,): 0 for a word that
    shares none, else 1, 2, ..."""
    counts: list[int]
    """Words of each sentence."""


def word_states(sentences: Sequence[Sentence], windower: Windower, encoder: Encoder) -> WordStates:
    """Return the words of sentences as an encoder sees them, in all layers."""
    windows = windower.windows(sentences)
    return states_of_words(sentences, windows, means_of(windows, encoder))


def means_of(windows: Windows, encoder: Encoder) -> list[Features]:
    """Return what an encoder gives for every window, in their order.

    Means, (layers, means, width), with room for those of windows that ask for more; of an encoder
    prepared for no layers states, (tokens, width), with room for the longest of a batch.
    """
    groups = by_length(windows.lengths)
    found: dict[int, Features] = {}
    batches = (windows.batch(group) for group in groups)
    for group, means in zip(groups, encoder.run(batches), strict=True):
        found |= dict(zip(group.tolist(), means, strict=True))
    return [found[i] for i in range(len(windows))]


def states_of_words(
    sentences: Sequence[Sentence],
    windows: Windows,
    means: Sequence[Features],
    mixed: Callable[[Features], Features] = lambda states: states,
) -> WordStates:
    """Return the same from the means of every window, each (layers, means, width).

    `mixed` makes mixtures of layers, window by window, so that all layers of all words never stand
    in memory at once.
    """
    counts = [len(one.words) for one in sentences]
    starts = np.cumsum([0, *counts])
    shape = mixed(means[0][:, :0].swapaxes(0, 1)).shape[1:] if means else (1, 1)
    states = np.zeros((int(starts[-1]), *shape), np.float32)
    for at, found in enumerate(means):
        places = windows.places[at] if windows.places else None
        if places is not None and len(places):
            own = mixed(found[:, : len(places)].swapaxes(0, 1))
            states[starts[windows.owners[at]] + places] = own
    return WordStates(states, parts_of_words(windows, counts), counts)


def parts_of_words(windows: Windows, counts: Sequence[int]) -> NDArray[np.int64]:
    """Return the place of each word among those that share a token with it, shape (words,).

    French `du` is two words in one token; a tokenizer may also have a token for `1999.` or `",`.
    Such words have the same states: their place tells them apart.
    """
    starts = np.cumsum([0, *counts])
    parts = np.zeros(int(starts[-1]), dtype=np.int64)
    for at, tokens in enumerate(windows.ranges):
        places = windows.places[at]
        if tokens is None or places is None or len(places) < 2:
            continue
        shared = (tokens[1:, 0] < tokens[:-1, 1]) & (np.diff(places) == 1)
        for i in np.flatnonzero(shared).tolist():
            first = int(starts[windows.owners[at]] + places[i])
            parts[first] = max(parts[first], 1)
            parts[first + 1] = parts[first] + 1
    return np.minimum(parts, PARTS - 1)


def encoded(texts: Sequence[Read], windower: Windower, encoder: Encoder) -> Features:
    """Return what `features` does, without any store."""
    windows = windower.windows(texts)
    return vectors_of(windows, means_of(windows, encoder))


def vectors_of(windows: Windows, means: Sequence[Features]) -> Features:
    """Return what `encoded` does from the means of every window, each (layers, means, width)."""
    if not means:
        return np.zeros((0, 0), dtype=np.float32)
    pools = np.stack([one.reshape(-1) for one in means])
    return mean_of_windows(pools, windows.owners, windows.lengths)
