"""One run of a base for several models: what they share is read once.

Every model asks for windows and for means over their tokens. Windows with the same tokens are the
same window, whoever asks for them. Models on the untouched base share all of its layers; those that
changed its upper layers share the ones below. What each model gets is what it would get alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from socle.engines import Batch, Encoder, Part
from socle.training.batching import Windows, by_length
from socle.training.features import means_of

Means = NDArray[np.float32]
"""Means of one window, shape (layers, means, width)."""
Layers = tuple[int, ...]


@dataclass(frozen=True)
class Place:
    """Where a model reads: models of one place can share a run."""

    base: str
    """SHA-256 of the base."""
    engine: str
    window: int
    overlap: int


@dataclass(frozen=True)
class Sharing:
    """What of its base a model leaves as it is, so that others may share the run of it."""

    place: Place
    layers: Layers
    """Those that its head reads."""
    depth: int
    """Layers of the base."""
    untouched: int
    """How many of them, from below, are the base's own."""
    encoder: Callable[[Layers, Part], Encoder]
    """Gives its encoder, or a part of it, for other layers than its own."""
    changed: str = ""
    """What tells its encoder from others; empty for the untouched base."""


class Shared(Protocol):
    """A predictor that can answer from a run that it shares with others."""

    sharing: Sharing

    def ask(self, inputs: Sequence[Any]) -> Windows:
        """Return the windows that must be read to answer."""
        ...

    def tell(self, inputs: Sequence[Any], windows: Windows, means: Sequence[Means]) -> Any:
        """Return the scores, as `Predictor.scores` does, from the means of these windows."""
        ...


@dataclass(frozen=True)
class _Wanted:
    """What one model wants of one window of the run."""

    window: int
    start: int
    count: int


def lowest_shared(models: Sequence[Sharing]) -> int:
    """Return how many layers, from below, models of one place can share; at most all.

    A layer that a head reads must not lie below the last shared one.
    """
    read = [one.depth + 1 + min(one.layers) for one in models]
    if all(not one.changed for one in models):
        return models[0].depth
    return max(0, min(*(one.untouched for one in models), *read))


class Encoders:
    """Encoders that were made ready, so that the next texts find them so."""

    def __init__(self) -> None:
        self._ready: dict[tuple[Place, str, Layers, Part], Encoder] = {}

    def get(self, own: Sharing, layers: Layers, part: Part) -> Encoder:
        """Return an encoder of a model's, or a part of it, for layers."""
        key = (own.place, own.changed, layers, part)
        if key not in self._ready:
            self._ready[key] = own.encoder(layers, part)
        return self._ready[key]


def asked_together(
    models: Sequence[tuple[Shared, Sequence[Any]]],
    base: Callable[[Layers, Part], Encoder],
    ready: Encoders | None = None,
) -> Callable[[], list[Callable[[], Any]]]:
    """Return what runs once what models share, and gives what gives the scores of each.

    The three parts may overlap: asking what must be read (done here), running the base, and the
    heads, each for other texts.

    Args:
        models: predictors of one place, each with its inputs.
        base: gives the untouched base, or a part of it, for layers.
        ready: keeps encoders from one call to the next.
    """
    ready = ready or Encoders()
    asked = [one.ask(inputs) for one, inputs in models]
    union, wanted = _union(asked)

    def run() -> list[Callable[[], Any]]:
        read = _read([one.sharing for one, _ in models], union, wanted, base, ready)
        found: list[Callable[[], Any]] = []
        for (one, inputs), windows, own in zip(models, asked, wanted, strict=True):
            layers, means = read[one.sharing.changed]
            at: Any = [layers.index(layer) for layer in one.sharing.layers]
            if one.sharing.layers == layers:
                at = slice(None)  # nothing is copied
            parts = [means[w.window][at, w.start : w.start + w.count] for w in own]
            found.append(partial(one.tell, inputs, windows, parts))
        return found

    return run


def _read(
    sharing: Sequence[Sharing],
    union: Windows,
    wanted: Sequence[Sequence[_Wanted]],
    base: Callable[[Layers, Part], Encoder],
    ready: Encoders,
) -> dict[str, tuple[Layers, dict[int, Means]]]:
    """Return the means of the windows that are wanted, by what tells the encoders apart."""
    shared = lowest_shared(sharing)
    whole = shared == sharing[0].depth
    below = replace(sharing[0], encoder=base, changed="")
    states = None if whole else _states(union, ready.get(below, (), (0, shared)))
    read: dict[str, tuple[Layers, dict[int, Means]]] = {}
    for name, members in _encoders(sharing).items():
        layers = tuple(sorted({layer for one in members for layer in one.layers}, reverse=True))
        part: Part = (0 if whole else shared, None)
        pairs = zip(sharing, wanted, strict=True)
        own = [w for one, asks in pairs if one.changed == name for w in asks]
        read[name] = layers, _run(union, own, ready.get(members[0], layers, part), states)
    return read


def _encoders(models: Sequence[Sharing]) -> dict[str, list[Sharing]]:
    found: dict[str, list[Sharing]] = {}
    for one in models:
        found.setdefault(one.changed, []).append(one)
    return found


def _states(windows: Windows, encoder: Encoder) -> list[NDArray[np.float32]]:
    """Return the states of all tokens of every window, each (tokens, width)."""
    pairs = zip(means_of(windows, encoder), windows.lengths.tolist(), strict=True)
    return [states[:length] for states, length in pairs]


def _union(asked: Sequence[Windows]) -> tuple[Windows, list[list[_Wanted]]]:
    numbers: dict[bytes, int] = {}
    ids: list[NDArray[np.int64]] = []
    ranges: list[list[NDArray[np.int64]]] = []
    counts: list[int] = []
    # Two models that cut a text into the same words ask for the same means.
    starts: dict[tuple[int, bytes], int] = {}
    wanted: list[list[_Wanted]] = []
    for windows in asked:
        own = []
        for at, window in enumerate(windows.ids):
            number = numbers.setdefault(window.tobytes(), len(ids))
            if number == len(ids):
                ids.append(window)
                ranges.append([])
                counts.append(0)
            part = windows.ranges[at] if windows.ranges else None
            if part is None:
                part = np.array([[0, len(window)]], dtype=np.int64)
            start = starts.setdefault((number, part.tobytes()), counts[number])
            if start == counts[number]:
                ranges[number].append(part)
                counts[number] += len(part)
            own.append(_Wanted(number, start, len(part)))
        wanted.append(own)
    owners = np.arange(len(ids), dtype=np.int64)
    joined = [np.concatenate(parts) for parts in ranges]
    return Windows(ids, owners, joined, [None] * len(ids)), wanted


def _run(
    windows: Windows,
    wanted: Sequence[_Wanted],
    encoder: Encoder,
    states: list[NDArray[np.float32]] | None,
) -> dict[int, Means]:
    """Return the means of the windows that are wanted, from below or from known states."""
    chosen = np.unique(np.array([one.window for one in wanted], dtype=np.int64))
    groups = [chosen[group] for group in by_length(windows.lengths[chosen])]

    def batches() -> Iterator[Batch]:
        for group in groups:
            batch = windows.batch(group)
            if states is None:
                yield batch
                continue
            tokens = batch.ids.shape[1]
            above = [np.pad(states[i], ((0, tokens - len(states[i])), (0, 0))) for i in group]
            yield replace(batch, states=np.stack(above))

    found: dict[int, Means] = {}
    for group, means in zip(groups, encoder.run(batches()), strict=True):
        found |= dict(zip(group.tolist(), means, strict=True))
    return found
