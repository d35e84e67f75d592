"""The tokenizer of a base for other tools: it adds the base's prefix by itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from socle.bases import Located, loading
from socle.errors import BaseError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_INPUTS = ["input_ids", "attention_mask"]
_PROBES = (
    "",
    "   ",
    "Bonjour à tous",
    " deux  espaces",
    "\n\tL'été, naïve; œuvre n° 5 !",
    ")",
    "2026-11-24",
    "¡Hola!",
    "日本語のテキスト",
    "\u00a0fin",
    "query: x",
)


@dataclass(frozen=True)
class Frame:
    """The token numbers around a text."""

    start: tuple[int, ...]
    """At the start of every window."""
    prefix: tuple[int, ...]
    """Before a text; empty for a base without prefix."""
    end: tuple[int, ...]
    """At the end of every window."""


@dataclass(frozen=True)
class PortableTokenizer:
    """A tokenizer of `tokenizers` with what other tools want to know of it."""

    tokenizer: Tokenizer
    frame: Frame
    special: dict[str, str]
    """What the special tokens are called: `pad_token`, always, and others."""
    context: int
    """Longest input in tokens, special tokens and prefix included."""

    def save_for_transformers(self, folder: Path) -> None:
        """Write tokenizer.json and tokenizer_config.json, for AutoTokenizer."""
        from transformers import PreTrainedTokenizerFast

        made: Any = PreTrainedTokenizerFast
        made(
            tokenizer_object=self.tokenizer,
            model_max_length=self.context,
            model_input_names=_INPUTS,
            padding_side="right",
            **self.special,
        ).save_pretrained(folder)
        path = folder / "tokenizer_config.json"
        said = json.loads(path.read_text(encoding="utf-8"))
        # The name that transformers 4 and 5 both know.
        said["tokenizer_class"] = "PreTrainedTokenizerFast"
        path.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def save_alone(self, file: Path) -> None:
        """Write one file for `tokenizers`, which cuts at the context and pads a batch."""
        from tokenizers import Tokenizer

        pad = self.special["pad_token"]
        made = Tokenizer.from_str(self.tokenizer.to_str())
        made.enable_truncation(self.context)
        made.enable_padding(pad_id=made.token_to_id(pad), pad_token=pad)
        made.save(str(file))


def portable(located: Located) -> PortableTokenizer:
    """Return the tokenizer of a base for other tools.

    Raises:
        DamagedBaseError: the base has no tokenizer, or its file cannot be read.
        BaseError: its prefix cannot be built in.
    """
    base = located.base
    tokenizer, frame = with_prefix(loading.load_tokenizer(located.folder), base.prefix)
    # Padding is masked, so that any token serves where the base has none for it.
    special = {"pad_token": str(tokenizer.id_to_token(0)), **_special_tokens(located.folder)}
    return PortableTokenizer(tokenizer, frame, special, base.context)


def _special_tokens(folder: Path) -> dict[str, str]:
    from transformers import AutoTokenizer

    auto: Any = AutoTokenizer
    with loading.quietly():
        try:
            known = auto.from_pretrained(folder, local_files_only=True).special_tokens_map
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}  # nothing but tokenizer.json, and transformers wants more
    return {name: str(token) for name, token in known.items() if isinstance(token, str)}


def with_prefix(tokenizer: Tokenizer, prefix: str) -> tuple[Tokenizer, Frame]:
    """Return a tokenizer that gives for `text` what the given one gives for `prefix + text`.

    The prefix counts as special tokens, so that `add_special_tokens=False` leaves it out.

    Raises:
        BaseError: the tokenizer reads a prefix and what follows it as one; none in the catalogue
            does.
    """
    from tokenizers import Tokenizer

    start, end = _around(tokenizer)
    if not prefix:
        return Tokenizer.from_str(tokenizer.to_str()), Frame(start, (), end)
    frame = Frame(start, tuple(tokenizer.encode(prefix, add_special_tokens=False).ids), end)
    made = Tokenizer.from_str(_framed(tokenizer, prefix, frame))
    if any(made.encode(p).ids != tokenizer.encode(prefix + p).ids for p in _PROBES):
        raise BaseError(
            f"The prefix {prefix!r} cannot be built into the tokenizer of this base: it reads a "
            "text differently at the start and behind a prefix.",
            "Use the model through Socle, which adds the prefix itself.",
        )
    return made, frame


def _around(tokenizer: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the special tokens before and behind a text."""
    whole, inner = tokenizer.encode("a").ids, tokenizer.encode("a", add_special_tokens=False).ids
    places = range(len(whole) - len(inner) + 1)
    at = next((i for i in places if whole[i : i + len(inner)] == inner), 0)
    return tuple(whole[:at]), tuple(whole[at + len(inner) :])


def _framed(tokenizer: Tokenizer, prefix: str, frame: Frame) -> str:
    """Return the tokenizer's JSON with a template in which start, prefix and end stand."""
    parts = {"start": frame.start, prefix: frame.prefix, "end": frame.end}
    specials = {
        name: {"id": name, "ids": list(ids), "tokens": [tokenizer.id_to_token(i) for i in ids]}
        for name, ids in parts.items()
        if ids
    }
    before = [_piece("SpecialToken", name) for name in ("start", prefix) if name in specials]
    after = [_piece("SpecialToken", "end")] if frame.end else []
    content = json.loads(tokenizer.to_str())
    content["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [*before, _piece("Sequence", "A"), *after],
        "pair": [*before, _piece("Sequence", "A"), _piece("Sequence", "B"), *after],
        "special_tokens": specials,
    }
    return json.dumps(content, ensure_ascii=False)


def _piece(kind: str, name: str) -> dict[str, Any]:
    return {kind: {"id": name, "type_id": 0}}
