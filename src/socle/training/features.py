"""One vector per text from a frozen base, computed once and kept by content."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from socle.engines import Encoder
from socle.events import Finished, Listener, Started, Stepped, silent
from socle.heads.pooled import mean_of_windows
from socle.training.batching import Windower, by_length, padded

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


def text_key(text: str) -> bytes:
    """Return the key of a text in a store."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


def features(
    texts: Sequence[str],
    windower: Windower,
    encoder: Encoder,
    store: FeatureStore | None = None,
    listen: Listener = silent,
) -> Features:
    """Return one vector per text, shape (n, layers * width); each different text is run once."""
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


def encoded(texts: Sequence[str], windower: Windower, encoder: Encoder) -> Features:
    """Return one vector per text, shape (n, layers * width), without any store."""
    windows = windower.windows(texts)
    groups = by_length(windows.lengths)
    batches = (padded([windows.ids[i] for i in group]) for group in groups)
    pools: Features | None = None
    for group, found in zip(groups, encoder.run(batches), strict=True):
        flat = found.reshape(len(found), -1)
        if pools is None:
            pools = np.zeros((len(windows), flat.shape[1]), dtype=np.float32)
        pools[group] = flat
    if pools is None:
        return np.zeros((0, 0), dtype=np.float32)
    return mean_of_windows(pools, windows.owners, windows.lengths)
