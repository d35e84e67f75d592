"""What the layers of a decoder see: their masks, and what was read before and is kept for them."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence
from typing import Any

_NAME = "socle_beside"
_REFUSED = ("softcap", "s_aux", "position_bias")
"""What some networks change their scores by, of which `_attend` knows nothing."""


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

    Where every token sees all that was read before, a mask leaves that out, as `beside` wants it.
    """
    import torch

    def added(allowed: Any) -> Any:
        before = allowed.shape[2] - allowed.shape[1]
        if allowed[:, :, :before].all():
            allowed = allowed[:, :, before:]
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


@contextlib.contextmanager
def beside(model: Any, cache: Any) -> Iterator[dict[str, Any]]:
    """Let all rows of a batch look at the one copy of what was read; give what tells a network."""
    from transformers import AttentionInterface

    usual = model.config._attn_implementation
    AttentionInterface.register(_NAME, _attend)
    model.set_attn_implementation(_NAME)
    try:
        yield {"use_cache": False, "before": cache}
    finally:
        model.set_attn_implementation(usual)


def _attend(module: Any, query: Any, key: Any, value: Any, mask: Any, **given: Any) -> Any:
    """Be the attention of a layer: (rows, heads, tokens, width) to (rows, tokens, heads, width).

    What was read before is seen by all rows at once, as if they were one text, and their own
    tokens row by row; the two are joined by how much weight each has (the sum of its exponentials,
    as in Juravsky et al. 2024, arXiv 2402.05099). So nothing is copied for each row.

    Raises:
        ValueError: the network changes its scores in a way that is not known here.
    """
    import torch
    from transformers.integrations.sdpa_attention import repeat_kv, sdpa_attention_forward

    before = given.pop("before", None)
    if before is None:
        return sdpa_attention_forward(module, query, key, value, mask, **given)
    if any(given.get(name) is not None for name in _REFUSED):
        raise ValueError("these scores are not plain")
    attend: Any = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    rows, heads, tokens, width = query.shape
    groups, each = key.shape[1], heads // key.shape[1]
    kept = before.layers[module.layer_idx]
    together = query.view(rows, groups, each, tokens, width).permute(1, 2, 0, 3, 4)
    far = None
    if mask.shape[-1] > tokens:
        far, mask = mask.split([kept.keys.shape[2], tokens], -1)
        far = far.permute(1, 0, 2, 3).expand(each, -1, -1, -1).reshape(1, 1, -1, far.shape[-1])
    first, heavy = attend(
        together.reshape(1, groups, -1, width),
        kept.keys,
        kept.values,
        attn_mask=far,
        scale=given["scaling"],
    )
    own, light = attend(
        query,
        repeat_kv(key, each),
        repeat_kv(value, each),
        attn_mask=mask.contiguous(),
        scale=given["scaling"],
    )
    first = first.view(groups, each, rows, tokens, width).permute(2, 3, 0, 1, 4)
    heavy = heavy.view(groups, each, rows, tokens).permute(2, 3, 0, 1)
    share = torch.sigmoid(heavy.reshape(rows, tokens, heads) - light.transpose(1, 2))
    first = first.reshape(rows, tokens, heads, width)
    return own.transpose(1, 2).lerp(first, share[..., None].to(first.dtype)), None


def _kinds(config: Any) -> set[str]:
    return set(getattr(config.get_text_config(decoder=True), "layer_types", None) or ())
