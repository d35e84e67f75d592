"""Running an encoder fast: the contract of every engine in this folder.

An engine runs batches of windows through an encoder and gives, for every window, means of its
tokens' states at chosen layers: one mean for a text, one per word for words, one per entity for a
relation. Heads are applied outside, so one run of the base serves many.
To add an engine, add a module here that holds `OPTION`, an object with the methods of `Engine`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import nn

Precision = Literal["full", "int8"]


@dataclass(frozen=True)
class Batch:
    """Windows that are run together, padded on the right to the longest."""

    ids: NDArray[np.int64]
    """Token numbers, shape (windows, tokens)."""
    mask: NDArray[np.int64]
    """1 for a token, 0 for padding, same shape."""
    shares: NDArray[np.float32]
    """What each token gives to each mean that is asked for, shape (windows, means, tokens)."""
    states: NDArray[np.float32] | None = None
    """States of the tokens, shape (windows, tokens, width), for an encoder that begins above the
    embeddings."""


WHOLE = (0, None)
Part = tuple[int, int | None]
"""Layers of an encoder that are run: the first one, and the one behind the last."""


class Encoder(Protocol):
    """A base made ready by an engine."""

    def run(self, batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        """Yield for every batch, in order, mean states: shape (windows, layers, means, width).

        An encoder prepared for no layers yields the states of all tokens, (windows, tokens, width).
        """
        ...


class Engine(Protocol):
    """One way to run an encoder."""

    def prepare(
        self,
        encoder: nn.Module,
        layers: tuple[int, ...],
        folder: Path,
        precision: Precision,
        part: Part = WHOLE,
    ) -> Encoder:
        """Make `encoder`, a transformers model, ready; `folder` keeps what was compiled.

        `layers` are counted as in `hidden_states`: 0 is the embeddings, -1 the last layer. Of a
        part they are counted within it; one that begins above the embeddings reads `Batch.states`.
        """
        ...

    def restore(self, folder: Path, precision: Precision) -> Encoder | None:
        """Return the encoder that an earlier `prepare` compiled into `folder`, or None."""
        ...


def sliced(encoder: nn.Module, part: Part) -> nn.Module:
    """Return a copy of an encoder with a part of its layers; one above reads states as embeddings.

    Raises:
        ValueError: its layers, or its embeddings, are not where encoders have them.
    """
    import copy

    from torch import nn

    first, last = part
    if part == WHOLE:
        return encoder
    model: Any = copy.deepcopy(encoder)
    depth = int(model.config.num_hidden_layers)
    places = [
        (parent, name, child)
        for parent in model.modules()
        for name, child in parent.named_children()
        if isinstance(child, nn.ModuleList) and len(child) == depth
    ]
    if not places or not hasattr(model, "embeddings"):
        raise ValueError(f"{type(encoder).__name__} cannot be cut between its layers")
    parent, name, layers = places[0]
    kept = list(layers)[first:last]
    setattr(parent, name, nn.ModuleList(kept))
    model.config.num_hidden_layers = len(kept)
    if kept and kept[-1] is not layers[-1]:
        _end_at(kept[-1], model)

    class Given(nn.Module):
        def forward(self, *given: Any, inputs_embeds: Any = None, **more: Any) -> Any:
            # DistilBERT gives them by place, behind the numbers of the tokens that there are not.
            found = (one for one in (inputs_embeds, *given) if one is not None)
            return next(found)

    if first:
        table = model.get_input_embeddings()
        model.embeddings = Given()
        model.get_input_embeddings = lambda: table
    sliced_: nn.Module = model
    return sliced_


def _end_at(layer: nn.Module, model: nn.Module) -> None:
    """Make the last states those of a layer, without the norm that some encoders put behind all."""
    own: dict[str, Any] = {}

    def keep(module: nn.Module, given: Any, found: Any) -> None:
        own["states"] = found[0] if isinstance(found, tuple) else found

    def put(module: nn.Module, given: Any, found: Any) -> Any:
        if found.hidden_states is not None:
            found["hidden_states"] = (*found.hidden_states[:-1], own.pop("states"))
        return found

    layer.register_forward_hook(keep)
    model.register_forward_hook(put)
