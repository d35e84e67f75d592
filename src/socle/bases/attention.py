"""What the layers of a decoder see: their masks, and what was read before and is kept for them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any


def is_plain(config: Any) -> bool:
    """Say whether every layer sees all that stands before, or a window of it."""
    kinds = {"full_attention", "sliding_attention"}
    return _kinds(config) <= kinds and not hasattr(config, "attention_layers")


def sees(config: Any, tokens: int) -> bool:
    """Say whether every layer sees the whole of a text of so many tokens."""
    return is_plain(config) and tokens <= (window(config) or tokens)


def window(config: Any) -> int | None:
    """Return how many tokens a layer with a sliding window sees, itself included."""
    found = getattr(config.get_text_config(decoder=True), "sliding_window", None)
    kinds = _kinds(config)
    return int(found) if found and (not kinds or "sliding_attention" in kinds) else None


def masks(config: Any, seen: Any, distance: Any, kind: Any) -> Any:
    """Return what the layers add to their scores, by kind of layer if there are several.

    Args:
        config: of the network, a plain one.
        seen: whether a token may see another, (rows, tokens, all tokens).
        distance: how far before it the other stands, same shape.
        kind: number type of the scores.
    """
    import torch

    def added(allowed: Any) -> Any:
        hidden = torch.zeros(allowed.shape, dtype=kind)
        return hidden.masked_fill_(~allowed, torch.finfo(kind).min)[:, None]

    most = window(config)
    near = seen if most is None else seen & (distance < most)
    if "sliding_attention" not in _kinds(config):
        return added(near)
    return {"full_attention": added(seen), "sliding_attention": added(near)}


def read(model: Any, ids: Sequence[int]) -> Any:
    """Return the keys and values of tokens."""
    import torch
    from transformers import DynamicCache

    # Without a config it keeps all of them, also for layers that see a window.
    cache = DynamicCache()
    model.base_model(input_ids=torch.tensor([list(ids)]), past_key_values=cache, use_cache=True)
    return cache


def behind(cache: Any, rows: int) -> dict[str, Any]:
    """Return what lets each row of a batch stand behind what was read; None is nothing."""
    if cache is None:
        return {"use_cache": False}
    wide = copy.copy(cache)
    wide.layers = [copy.copy(layer) for layer in cache.layers]
    for layer in wide.layers:
        # What follows is joined to it in a new tensor, so nothing is copied for each row here.
        layer.keys = layer.keys.expand(rows, *layer.keys.shape[1:])
        layer.values = layer.values.expand(rows, *layer.values.shape[1:])
    return {"past_key_values": wide, "use_cache": True}


def _kinds(config: Any) -> set[str]:
    return set(getattr(config.get_text_config(decoder=True), "layer_types", None) or ())
