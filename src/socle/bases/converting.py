"""Convert a base for CTranslate2 (package `ctranslate2`), and say what it would get wrong."""

from __future__ import annotations

import importlib.util
import json
import warnings
from pathlib import Path
from typing import Any

from socle.bases import Located, attention
from socle.bases.loading import quietly
from socle.errors import BaseError, MissingExtraError
from socle.files import folder_written_atomically, settle

_ROTARY = {"full_attention": 1e6, "sliding_attention": 1e4, "gpt_neox": 1e4}
"""Bases of rotary positions, of Gemma 3 by kind of layer, that the converter takes for granted."""


def refusal(located: Located) -> str | None:
    """Return why a base cannot be converted, or None if it can."""
    if importlib.util.find_spec("ctranslate2") is None:
        return 'ctranslate2 is not installed: pip install "socle[llm]"'
    from ctranslate2.converters import transformers as converter

    try:
        config = _config(located)
    except (OSError, ValueError, KeyError) as error:
        return f"its config cannot be read: {str(error).strip().splitlines()[0]}"
    if type(config).__name__ not in converter._MODEL_LOADERS:
        return f"CTranslate2 does not know networks of the kind {config.model_type!r}"
    return _misread(config)


def longest(located: Located) -> int | None:
    """Return the most tokens that CTranslate2 reads rightly; None where it sets no limit.

    Of a text longer than a sliding window it makes wrong scores, or ends the process.
    """
    return attention.window(_config(located))


def convert(located: Located, folder: Path, weights: str) -> None:
    """Write a base into `folder` as CTranslate2 reads it, unless it is there.

    Args:
        located: the base.
        folder: what is written, whole or not at all.
        weights: their type, `float32` or `int8`.

    Raises:
        MissingExtraError: ctranslate2 is not installed.
        BaseError: the base cannot be converted.
    """
    if importlib.util.find_spec("ctranslate2") is None:
        raise MissingExtraError("ctranslate2", "llm")
    settle(folder)
    if folder.is_dir():
        return
    try:
        with folder_written_atomically(folder) as fresh, quietly(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _converter()(str(located.folder)).convert(str(fresh), quantization=weights, force=True)
            _complete(fresh / "config.json")
    except (ValueError, NotImplementedError, RuntimeError, KeyError, AttributeError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise BaseError(
            f"The base {located.base.name!r} cannot be converted for CTranslate2: {reason[0]}",
            "Choose the engine transformers.",
        ) from error


def _config(located: Located) -> Any:
    from transformers import AutoConfig

    return AutoConfig.from_pretrained(located.folder, local_files_only=True)


def _converter() -> Any:
    from ctranslate2.converters import TransformersConverter

    class Converter(TransformersConverter):  # type: ignore[misc]
        def load_model(self, *given: Any, **named: Any) -> Any:
            model = super().load_model(*given, **named)
            _restore(model)
            return model

    return Converter


def _restore(model: Any) -> None:
    """Give a model what the converter looks for, and transformers 5 names otherwise or not."""
    rope = getattr(model.config, "rope_parameters", None) or {}
    former = {
        "normalize_before": False,
        "rotary_pct": rope.get("partial_rotary_factor"),
        "rope_theta": rope.get("rope_theta"),
    }
    for name, value in former.items():
        if value is not None and not hasattr(model.config, name):
            setattr(model.config, name, value)
    if not hasattr(model, "embed_out") and hasattr(model, "lm_head"):
        model.embed_out = model.lm_head


def _complete(file: Path) -> None:
    """Fill the gap that a tokenizer without some special token leaves, and the library refuses."""
    config = json.loads(file.read_text(encoding="utf-8"))
    blank = {name: "" for name, one in config.items() if one is None and name.endswith("_token")}
    file.write_text(json.dumps(config | blank, indent=2), encoding="utf-8")


def _misread(config: Any) -> str | None:
    """Return what the converter would get wrong without a word."""
    given = getattr(config.get_text_config(), "rope_parameters", None) or {}
    if config.model_type == "gpt_neox":
        given = {"gpt_neox": given}
    for kind, base in _ROTARY.items():
        one = given.get(kind)
        if isinstance(one, dict) and (
            one.get("rope_type", "default") != "default" or one.get("rope_theta", base) != base
        ):
            return f"CTranslate2 would misread its rotary positions: {one}"
    return None
