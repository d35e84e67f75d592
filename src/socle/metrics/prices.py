"""Money: a machine paid by the hour, and hosted language models paid by the token."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

INSTRUCTIONS = "Classify the text. Answer with one of these labels and nothing else: {}\n\nText:\n"
"""What a hosted model would be told before every text."""
_LETTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class HostedPrice:
    """What a hosted language model costs, as one record of the price table says."""

    name: str
    provider: str
    size: str
    """small, medium or large, among those of its provider."""
    input: float
    """Per million tokens of the prompt."""
    output: float
    """Per million tokens of the answer."""
    currency: str
    dated: str
    """The day on which this price was known, ISO 8601."""
    source: str
    """Where it was read, in words; `from memory` if nowhere."""

    def per_1000(self, prompt: float, output: float) -> float:
        """Return the price of 1,000 documents of so many tokens each."""
        return (prompt * self.input + output * self.output) / 1000


def parse(content: Mapping[str, Any]) -> list[HostedPrice]:
    """Return the records of a price table, `content` being its TOML.

    Raises:
        ValueError: saying which record does not fit, and why.
    """
    records = content.get("models")
    if not isinstance(records, list) or not records:
        raise ValueError("it has no record [[models]]")
    return [_parsed(record) for record in records]


def _parsed(record: Mapping[str, Any]) -> HostedPrice:
    name = record.get("name", "?")
    wanted = {field.name for field in fields(HostedPrice)}
    if wrong := wanted.symmetric_difference(record):
        raise ValueError(f"the record {name!r} lacks or should not have {', '.join(sorted(wrong))}")
    values = {**record, "dated": str(record["dated"])}  # TOML has dates of its own
    datetime.date.fromisoformat(values["dated"])
    for key in ("input", "output"):
        price = values[key]
        if isinstance(price, bool) or not isinstance(price, int | float) or not price >= 0:
            raise ValueError(f"{key} of {name!r} is not a price")
    return HostedPrice(**values)


def machine_per_1000(price_per_hour: float, documents_per_second: float) -> float:
    """Return what 1,000 documents cost on a machine that is paid by the hour and always busy."""
    return price_per_hour * 1000 / documents_per_second / 3600


def by_letters(texts: Sequence[str]) -> list[int]:
    """Return about how many tokens each text has: a rule of thumb, four letters to a token."""
    return [math.ceil(len(text) / _LETTERS_PER_TOKEN) for text in texts]


def quoted(
    table: Sequence[HostedPrice], prompt: float, output: float, counted: str
) -> dict[str, Any]:
    """Return what every model of a table would ask, as plain values for JSON.

    `prompt` and `output` are tokens per document, `counted` says in words how they were counted.
    """
    oldest = min(one.dated for one in table)
    models = [
        {
            "name": one.name,
            "price_per_1000": float(f"{one.per_1000(prompt, output):.4g}"),
            "currency": one.currency,
        }
        for one in table
    ]
    return {
        "tokens_per_1000": round(1000 * (prompt + output)),
        "models": models,
        "dated": oldest,
        "note": f"List prices, the oldest known on {oldest}; they change: ask the provider. "
        f"Tokens by {counted}, one text a call; no reasoning, taxes or discounts.",
    }
