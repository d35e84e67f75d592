"""Hold what a language model writes to a JSON schema, token by token (package `llguidance`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.bases.vocabulary import Vocabulary
from socle.errors import MissingExtraError, PromptError

_FORM: Any = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""A model that may put as much space as it likes between values can go on with it for ever."""


class Grammar:
    """A JSON schema over the tokens of a base; several answers may be under way at once."""

    def __init__(self, vocabulary: Vocabulary, schema: Mapping[str, Any], size: int) -> None:
        """Read a schema; `size` is the number of tokens that the model tells apart.

        Raises:
            MissingExtraError: llguidance is not installed.
            PromptError: the schema is none, or the base cannot hold to one.
        """
        try:
            import llguidance
        except ImportError as error:
            raise MissingExtraError("llguidance", "llm") from error
        self._size = size
        words = _words(vocabulary, size)
        try:
            grammar = llguidance.LLMatcher.grammar_from_json_schema(dict(schema), overrides=_FORM)
            first = llguidance.LLMatcher(words, grammar, log_level=0)
            wrong = first.get_error()
        except (ValueError, TypeError) as error:
            wrong = str(error)
        if wrong:
            raise PromptError(
                f"The JSON schema cannot be followed: {wrong.strip().splitlines()[0]}",
                "See https://json-schema.org for what a schema may say.",
            )
        self._states: dict[tuple[int, ...], Any] = {(): first}

    def allowed(self, answers: Sequence[Sequence[int]]) -> list[NDArray[np.bool_] | None]:
        """Return which tokens may stand next in each answer, (size,); None where it has ended.

        Every answer has one token more than one of the call before, or none at all.
        """
        found: list[NDArray[np.bool_] | None] = []
        states: dict[tuple[int, ...], Any] = {(): self._states[()]}
        for answer in map(tuple, answers):
            if answer not in states:
                states[answer] = self._behind(answer)
            state = states[answer]
            found.append(None if state is None else self._mask(state))
        self._states = states
        return found

    def _behind(self, answer: tuple[int, ...]) -> Any:
        before = self._states.get(answer[:-1])
        if before is None or before.is_stopped():
            return None
        state = before.deep_copy()
        return state if state.consume_token(answer[-1]) and not state.is_error() else None

    def _mask(self, state: Any) -> NDArray[np.bool_]:
        bits = np.frombuffer(state.compute_bitmask(), dtype=np.uint8)
        return np.unpackbits(bits, bitorder="little")[: self._size].astype(bool)


@lru_cache(maxsize=2)
def _words(vocabulary: Vocabulary, size: int) -> Any:
    """Return the tokens as llguidance sees them, which takes it a second."""
    import llguidance

    tokenizer = vocabulary.as_json()
    if tokenizer is None or not vocabulary.ends:
        raise PromptError(
            "This base cannot hold to a JSON schema: "
            + ("it has no tokenizer.json." if vocabulary.ends else "its answers have no end."),
            "Choose another base.",
        )
    return llguidance.LLTokenizer(
        tokenizer, n_vocab=max(size, vocabulary.size), eos_token=list(vocabulary.ends)
    )
