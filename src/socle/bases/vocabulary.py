"""The tokenizer of a base as its language model needs it: prompts, continuations, answers."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.bases import Located, folders, loading
from socle.errors import DamagedBaseError, MissingExtraError, PromptError
from socle.examples import Written

UNLIMITED = 1 << 30
"""Context of a model whose config sets no limit."""


class Vocabulary:
    """The tokenizer of a base, and the tokens with which its prompts begin and its answers end."""

    def __init__(self, located: Located, most: int | None = None) -> None:
        """Read the tokenizer of a base; `most` is what an engine can read, if it sets a limit."""
        config = folders.read_config(located.folder)
        config = {**config, **config.get("text_config", {}), **_generation(located.folder)}
        self.paired = located.base.kind == "encoder-decoder"
        """Whether a prompt is read by an encoder of its own, as text to be turned into another."""
        self.ends = _numbers(config.get("eos_token_id"))
        """Tokens at which an answer ends."""
        self.pad = next(iter((*_numbers(config.get("pad_token_id")), *self.ends)), 0)
        first = _numbers(config.get("bos_token_id")) or self.ends or (self.pad,)
        start = _numbers(config.get("decoder_start_token_id")) or first
        self.starts = (*start[:1], *_numbers(config.get("forced_bos_token_id")))
        """What stands before the answer of an encoder-decoder."""
        self._first = first[:1]
        self._reader = _reader(located.folder)
        context = located.base.context or folders.context(located.folder) or UNLIMITED
        self._limit = min(context, most or context)
        self._extra = len(self._reader.encode([""], True)[0])
        self._anchor = self._reader.encode([":"], False)[0]

    @property
    def context(self) -> int:
        """Most tokens of a prompt and its answer, without those that the tokenizer adds."""
        return self._limit - self._extra

    @property
    def specials(self) -> tuple[str, ...]:
        """Texts that are read as special tokens."""
        return self._reader.specials

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return how many tokens each text has behind another, (n,)."""
        return np.array([len(ids) for ids in self.behind(texts)], dtype=np.int64)

    def behind(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of texts as they stand behind another, the same behind any.

        Some tokenizers put a space before whatever they read, so a text is read behind a colon;
        where the two would melt into one token, or the text is all that a decoder reads, by itself.
        """
        if self.paired:
            return self._reader.targets(texts)
        n = len(self._anchor)
        joined = self._reader.encode([f":{text}" for text in texts], False)
        alone = self._reader.encode(texts, False)
        pairs = zip(joined, alone, strict=True)
        return [ids[n:] if ids[:n] == self._anchor else own for ids, own in pairs]

    def prompts(self, texts: Sequence[str], answer: int) -> list[list[int]]:
        """Return the tokens of prompts, whole, each at least one.

        Args:
            texts: the prompts.
            answer: tokens that the longest answer may have.

        Raises:
            PromptError: a prompt and its answer are longer than the context.
        """
        rows = [ids or list(self._first) for ids in self._reader.encode(texts, True)]
        # The answer of an encoder-decoder is counted apart.
        room = self._limit if self.paired else self._limit - answer
        long = [i for i, ids in enumerate(rows) if len(ids) > room]
        if rows and (long or answer >= self._limit):
            i = long[0] if long else 0
            kept = "" if self.paired else f", {answer} of them for the answer"
            more = f" {len(long) - 1} more are too long." if len(long) > 1 else ""
            raise PromptError(
                f"Prompt {i + 1} of {len(rows)} has {len(rows[i])} tokens, and at most "
                f"{max(0, room)} fit: the model reads {self._limit}{kept}.{more}",
                "Show fewer examples, cut the text into parts, or ask for shorter answers.",
            )
        return rows

    def written(self, ids: Sequence[int], stop: Sequence[str], log_probability: float) -> Written:
        """Return the tokens of an answer as text, up to the first of the texts at which it ends."""
        text = self.text(ids)
        found = [at for at in map(text.find, stop) if at >= 0]
        ended = found or (ids and ids[-1] in self.ends)
        return Written(
            text[: min(found)] if found else text, "stop" if ended else "length", log_probability
        )

    def stopped(self, ids: Sequence[int], stop: Sequence[str]) -> bool:
        """Say whether an answer has just reached a text at which it ends."""
        if not stop:
            return False
        # A token is a byte at least; those before are there for what decoders do to the first one.
        tail = self.text(ids[-4 - max(len(one.encode()) for one in stop) :])
        return any(one in tail for one in stop)

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of tokens, special ones left out."""
        return self._reader.decode(ids)

    @property
    def size(self) -> int:
        """Number of tokens that the tokenizer knows."""
        return self._reader.size

    def as_json(self) -> str | None:
        """Return the tokenizer as a tokenizer.json, or None if it has no such form."""
        return self._reader.as_json()


class _Fast:
    """A tokenizer of the library `tokenizers`."""

    def __init__(self, folder: Path) -> None:
        self._own: Any = loading.load_tokenizer(folder)
        added = self._own.get_added_tokens_decoder().values()
        self.specials = tuple(token.content for token in added if token.special)
        self.size = int(self._own.get_vocab_size())

    def encode(self, texts: Sequence[str], framed: bool) -> list[list[int]]:
        found = self._own.encode_batch(list(texts), add_special_tokens=framed)
        return [one.ids for one in found]

    def targets(self, texts: Sequence[str]) -> list[list[int]]:
        return self.encode(texts, False)

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._own.decode(list(ids), skip_special_tokens=True))

    def as_json(self) -> str | None:
        return str(self._own.to_str())


class _Slow:
    """A tokenizer of Marian: two sentencepiece models, of the source and the target."""

    def __init__(self, folder: Path) -> None:
        try:
            import sentencepiece  # noqa: F401
        except ImportError as error:
            raise MissingExtraError("sentencepiece", "llm") from error
        from transformers import AutoTokenizer

        with loading.quietly(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._own: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self.specials = tuple(self._own.all_special_tokens)
        self.size = len(self._own)

    def encode(self, texts: Sequence[str], framed: bool) -> list[list[int]]:
        return [self._own(text, add_special_tokens=framed).input_ids for text in texts]

    def targets(self, texts: Sequence[str]) -> list[list[int]]:
        return [self._own(text_target=text, add_special_tokens=False).input_ids for text in texts]

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._own.decode(list(ids), skip_special_tokens=True))

    def as_json(self) -> str | None:
        return None


def _reader(folder: Path) -> _Fast | _Slow:
    marian = (folder / "source.spm").is_file() and not (folder / "tokenizer.json").is_file()
    return _Slow(folder) if marian else _Fast(folder)


def _generation(folder: Path) -> dict[str, Any]:
    """Return what a base says of writing; like transformers, it goes before the config."""
    file = folder / "generation_config.json"
    if not file.is_file():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DamagedBaseError(
            f"{file} cannot be read: {error}.", "Fetch the base again, or remove this file."
        ) from error
    return {key: value for key, value in found.items() if value is not None}


def _numbers(value: Any) -> tuple[int, ...]:
    """Return token numbers as they stand in a config: none, one, or a list."""
    if value is None:
        return ()
    return tuple(int(one) for one in value) if isinstance(value, list) else (int(value),)
