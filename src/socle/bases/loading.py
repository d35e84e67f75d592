"""Give the files of a base to torch: its encoder, its decoder, its tokenizer."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from socle.bases import Located
from socle.errors import BaseError, DamagedBaseError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import nn

_VOCABULARIES = (".model", ".spm", ".bpe", ".vocab")


def load_encoder(located: Located) -> nn.Module:
    """Return the network that turns token ids into one state per token, in float32, for reading.

    Without pooling layer, for few bases have a trained one; of an encoder-decoder, the encoder; of
    a decoder, the network below its language head.

    Raises:
        DamagedBaseError: the files do not fit together, or weights are missing among them.
    """
    from transformers import AutoConfig, AutoModel

    with _understood(located):
        config = AutoConfig.from_pretrained(located.folder, local_files_only=True)
        options = {"add_pooling_layer": False} if _takes_pooling(config) else {}
        model: Any = _whole(located, AutoModel, options)
    network: nn.Module = model.get_encoder() if config.is_encoder_decoder else model
    return network


def load_decoder(located: Located) -> nn.Module:
    """Return the network that gives the logits of the next token, in float32, for reading.

    Raises:
        BaseError: the base does not generate.
        DamagedBaseError: the files do not fit together, or weights are missing among them.
    """
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    kind = located.base.kind
    if kind == "encoder":
        raise BaseError(
            f"{located.base.name!r} is an encoder: it cannot generate.",
            "Choose a decoder: `socle bases list --kind decoder` shows them.",
        )
    family = AutoModelForSeq2SeqLM if kind == "encoder-decoder" else AutoModelForCausalLM
    with _understood(located):
        return _whole(located, family, {})


def depth(located: Located) -> int:
    """Return the number of layers of the network that `load_encoder` gives."""
    return int(_config(located).num_hidden_layers)


def width(located: Located) -> int:
    """Return the width of the states of the network that `load_encoder` gives."""
    return int(_config(located).hidden_size)


def _config(located: Located) -> Any:
    from transformers import AutoConfig

    with _understood(located):
        return AutoConfig.from_pretrained(located.folder, local_files_only=True)


def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of a base: it neither cuts nor pads, whatever its file says.

    Raises:
        DamagedBaseError: the folder has no tokenizer, or its file cannot be read.
    """
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(str(file)) if file.is_file() else _converted(folder)
    except Exception as error:  # tokenizers raises bare Exceptions
        raise DamagedBaseError(
            f"The tokenizer in {folder} cannot be read: {error}.",
            "A base needs tokenizer.json, or files from which transformers can make a fast one.",
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep the progress bars and advice of transformers off the terminal; restore them after."""
    from transformers.utils import logging as untyped

    logging: Any = untyped
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _converted(folder: Path) -> Any:
    from transformers import AutoTokenizer

    if not any(p.suffix in _VOCABULARIES or p.name.startswith("vocab") for p in folder.iterdir()):
        # transformers would make one that knows no word at all.
        raise ValueError("there is neither tokenizer.json nor a vocabulary")
    slow_or_fast = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    backend = getattr(slow_or_fast, "backend_tokenizer", None)
    if backend is None:
        raise ValueError(f"{type(slow_or_fast).__name__} has no fast form")
    return backend


def _takes_pooling(config: Any) -> bool:
    from transformers import MODEL_MAPPING

    chosen = MODEL_MAPPING.get(type(config), None)
    network = chosen[0] if isinstance(chosen, tuple) else chosen
    return network is not None and "add_pooling_layer" in inspect.signature(network).parameters


def _whole(located: Located, family: Any, options: dict[str, bool]) -> nn.Module:
    """Load every weight, and refuse to fill a gap with random ones as transformers would."""
    import torch

    with quietly():
        model, report = family.from_pretrained(
            located.folder,
            dtype=torch.float32,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
            **options,
        )
    absent = sorted(report["missing_keys"]) + sorted(map(str, report["mismatched_keys"]))
    if absent:
        raise DamagedBaseError(
            f"The base {located.base.name!r} lacks {len(absent)} weights that its config promises, "
            f"{absent[0]} among them.",
            f"Run: socle bases fetch {located.base.name} --force",
        )
    network: nn.Module = model.eval()
    return network


@contextlib.contextmanager
def _understood(located: Located) -> Iterator[None]:
    """Say in one sentence what transformers and safetensors say in a traceback."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().split("\n")[0]
        raise DamagedBaseError(
            f"The base {located.base.name!r} in {located.folder} cannot be loaded: {reason}",
            f"Run: socle bases fetch {located.base.name} --force; "
            "a very new model may need a newer transformers.",
        ) from error
