"""Unpack a GGUF file, whole or in parts, into an ordinary folder: float32 weights, fast tokenizer.

The weights come out as the quantised file holds them, not as they were before. Reading the format
is left to transformers, which needs the package `gguf` (extra `llm`).
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import shutil
from pathlib import Path
from typing import Any

from socle.bases.loading import quietly
from socle.errors import DamagedBaseError, MissingExtraError
from socle.files import explained

_NAME = "model.gguf"


def unpack(sources: list[Path], folder: Path) -> None:
    """Write config, float32 safetensors and tokenizer; copy the files that are not GGUF.

    Args:
        sources: the parts of one GGUF file in their order; terms and notices between them.
        folder: an existing folder.

    Raises:
        MissingExtraError: the package `gguf` is not installed.
        DamagedBaseError: the file cannot be read.
        ResourceError: the disk is full.
    """
    if importlib.util.find_spec("gguf") is None:
        raise MissingExtraError("gguf", "llm")
    parts = [path for path in sources if ".gguf" in path.name]
    with explained(folder):
        for path in sources:
            if path not in parts:
                shutil.copyfile(path, folder / path.name)
        whole = join(parts, sources[0].parent / _NAME)
        try:
            # The bar of the conversion cannot be switched off otherwise.
            with quietly(), contextlib.redirect_stderr(io.StringIO()):
                _convert(whole, folder)
        except (ValueError, KeyError, RuntimeError, IndexError, TypeError) as error:
            raise DamagedBaseError(
                f"{parts[0].name} cannot be read as GGUF: {error}.",
                "Fetch the base again with --force, or update transformers and gguf.",
            ) from error


def join(parts: list[Path], target: Path) -> Path:
    """Write the parts one after the other to `target`, deleting each, and return it."""
    if len(parts) == 1:
        return parts[0].replace(target)
    with target.open("wb") as out:
        for part in parts:
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, out, 1 << 20)
            part.unlink()
    return target


def _convert(file: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model: Any = AutoModelForCausalLM.from_pretrained(
        str(file.parent), gguf_file=file.name, dtype=torch.float32
    )
    # The model remembers having been quantised, and refuses to be saved as what it now is.
    model.hf_quantizer = None
    model.is_quantized = False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name).save_pretrained(folder)
