"""A folder in the layout of transformers: which files make it a base, and what its config says."""

from __future__ import annotations

import json
import struct
from math import prod
from pathlib import Path
from typing import Any

from socle.bases import Base, Kind, Source
from socle.errors import DamagedBaseError

CONFIG = "config.json"
_INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_DECODER_TYPES = """
bloom codegen cohere falcon gemma gemma2 gemma3_text gpt2 gpt_bigcode gpt_neo gpt_neox gptj granite
llama mamba mistral mixtral mpt olmo olmo2 opt phi phi3 qwen2 qwen3 smollm3 stablelm starcoder2 xglm
"""
_DECODERS = frozenset(_DECODER_TYPES.split())
_CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "seq_length", "max_seq_len")
_OFFSET_POSITIONS = frozenset({"roberta", "camembert", "xlm-roberta", "xlm-roberta-xl", "mpnet"})
"""These families number positions from 2, so two of the table are never used."""


def is_base(folder: Path) -> bool:
    """Say whether the folder has a config, the mark of a base in this layout."""
    return (folder / CONFIG).is_file()


def model_files(folder: Path) -> list[str]:
    """Return the names of the config, the weights and the tokenizer, sorted.

    Safetensors are taken before pickles where both are there.

    Raises:
        DamagedBaseError: the config, or a file of weights that the index names, is missing.
    """
    weights = _weights(folder)
    absent = [name for name in (CONFIG, *weights) if not (folder / name).is_file()]
    if absent or not weights:
        what = ", ".join(absent) or " or ".join(_WEIGHTS)
        raise DamagedBaseError(
            f"{folder} is not a whole base: {what} is missing.",
            "A base folder holds config.json, the weights and tokenizer.json; "
            "a partly fetched one is completed by `socle bases fetch NAME --force`.",
        )
    other = (".json", ".txt", ".model", ".vocab", ".spm", ".bpe", ".codes", ".jinja")
    ours = [p.name for p in folder.iterdir() if p.is_file() and p.suffix in other]
    return sorted({*weights, *(name for name in ours if name not in _WEIGHTS)})


def describe(folder: Path, name: str, sources: tuple[Source, ...] = ()) -> Base:
    """Return what the config of a folder tells of a base that has no record.

    Raises:
        DamagedBaseError: the config is not JSON.
    """
    config = read_config(folder)
    licence, languages = _card(folder)
    return Base(
        name=name,
        kind=_kind(config),
        title=name,
        languages=languages,
        parameters=_parameters(folder),
        context=context(folder),
        year=0,
        licence=licence,
        training_data="unknown",
        sources=sources or (Source("folder", str(folder)),),
    )


def read_config(folder: Path) -> dict[str, Any]:
    """Return config.json.

    Raises:
        DamagedBaseError: it is missing or not a JSON object.
    """
    try:
        found = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DamagedBaseError(
            f"{folder / CONFIG} cannot be read: {error}.",
            "A base folder is in the layout of transformers, as save_pretrained writes it.",
        ) from error
    if not isinstance(found, dict):
        raise DamagedBaseError(
            f"{folder / CONFIG} is not a JSON object.",
            "A base folder is in the layout of transformers, as save_pretrained writes it.",
        )
    return found


def context(folder: Path) -> int:
    """Return the longest input in tokens that a folder's config allows; 0 when it has no limit."""
    config = read_config(folder)
    inner = config.get("text_config", config)
    found = next((int(inner[key]) for key in _CONTEXT_KEYS if inner.get(key)), 0)
    return found - 2 if found and config.get("model_type") in _OFFSET_POSITIONS else found


def _weights(folder: Path) -> list[str]:
    for index, single in zip(_INDEXES, _WEIGHTS, strict=True):
        if (folder / single).is_file():
            return [single]
        if (folder / index).is_file():
            listed = json.loads((folder / index).read_text(encoding="utf-8"))["weight_map"]
            return [index, *sorted(set(listed.values()))]
    return []


def _kind(config: dict[str, Any]) -> Kind:
    if config.get("is_encoder_decoder"):
        return "encoder-decoder"
    heads = " ".join(config.get("architectures") or ())
    causal = "CausalLM" in heads or "LMHead" in heads
    return "decoder" if causal or config.get("model_type") in _DECODERS else "encoder"


def _parameters(folder: Path) -> int:
    """Count the weights in the headers of the safetensors files; 0 for pickles, left unopened."""
    total = 0
    for name in _weights(folder):
        if name.endswith(".safetensors"):
            with (folder / name).open("rb") as stream:
                (length,) = struct.unpack("<Q", stream.read(8))
                header = json.loads(stream.read(length))
            total += sum(prod(t["shape"]) for k, t in header.items() if k != "__metadata__")
    return total


def _card(folder: Path) -> tuple[str, tuple[str, ...]]:
    """Return licence and languages from the head of the model card, `unknown` where it is mute."""
    licence, languages = "unknown", []
    card = folder / "README.md"
    head = card.read_text(encoding="utf-8", errors="replace").split("---") if card.is_file() else []
    lines = head[1].splitlines() if len(head) > 2 and not head[0].strip() else []
    key = ""
    for line in lines:
        if line.startswith("- ") and key == "language":
            languages.append(line[2:].strip())
        elif ":" in line:
            key, value = (part.strip() for part in line.split(":", 1))
            if key == "license" and value:
                licence = value
            elif key == "language" and value:
                languages.append(value)
    return licence, tuple(languages) or ("unknown",)
