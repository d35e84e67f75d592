"""The language head that some bases bring, and the loss that it gives on general texts."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from socle.bases import Located, loading
from socle.training.states import Hidden, Ints, Plain, run

_LOGITS_TOKENS = 256
"""Padded tokens per batch: the logits of one token are as many as the vocabulary."""


def language_model(located: Located) -> nn.Module | None:
    """Return a base with its language head: masked of an encoder, causal of a decoder.

    None where the head is not among the files: one of random weights would measure nothing.
    """
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM

    kinds: dict[str, Any] = {"encoder": AutoModelForMaskedLM, "decoder": AutoModelForCausalLM}
    family = kinds.get(located.base.kind)
    config = AutoConfig.from_pretrained(located.folder, local_files_only=True)
    if family is None or type(config) not in family._model_mapping:
        return None
    with loading.quietly(), torch.random.fork_rng(devices=[]):
        model, report = family.from_pretrained(
            located.folder,
            dtype=torch.float32,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    if report["missing_keys"] or report["mismatched_keys"]:
        return None
    network: nn.Module = model.eval()
    return network


def put_into(model: Any, encoder: nn.Module) -> None:
    """Give a language model the weights of an encoder, below its head.

    Where the head shares its table with the embeddings, rows that moved have moved in both.

    Raises:
        ValueError: they are not the same network.
    """
    missing, unexpected = model.base_model.load_state_dict(encoder.state_dict(), strict=False)
    foreign = [name for name in missing if "pooler" not in name] + list(unexpected)
    if foreign:
        raise ValueError(f"the language model has another encoder: {foreign[0]}")


def masked_loss(model: nn.Module, copies: Hidden) -> float:
    """Return the mean log-loss, in nats, of the hidden tokens under a masked language model."""
    total = 0.0
    for group, output, _ in run(model, copies.ids, _LOGITS_TOKENS):
        for row, i in enumerate(group):
            at = torch.from_numpy(copies.places[i])
            total += _log_loss(output.logits[row, at], copies.truth[i])
    return total / max(1, len(copies.answers))


def causal_loss(model: nn.Module, plain: Plain) -> float:
    """Return the mean log-loss, in nats, of every token but the first under a causal model."""
    total, count = 0.0, 0
    for group, output, lengths in run(model, plain.ids, _LOGITS_TOKENS):
        for row, i in enumerate(group):
            gold = plain.ids[i][1:]
            total += _log_loss(output.logits[row, : lengths[row] - 1], gold)
            count += len(gold)
    return total / max(1, count)


def _log_loss(logits: torch.Tensor, gold: Ints) -> float:
    return float(nn.functional.cross_entropy(logits, torch.from_numpy(gold), reduction="sum"))
