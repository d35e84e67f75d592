"""Prices: of a machine by the hour, of tokens by the million."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest

from socle.metrics.prices import HostedPrice, by_letters, machine_per_1000, parse, quoted

PRICE = HostedPrice("m", "us", "small", 2.0, 10.0, "EUR", "2026-10-07", "our contract")


def record(**changes: Any) -> dict[str, Any]:
    return {**dataclasses.asdict(PRICE), **changes}


def test_a_machine_by_the_hour() -> None:
    """At 10 a second, 1,000 take 100 s."""
    assert machine_per_1000(0.36, 10) == pytest.approx(0.01)
    assert machine_per_1000(0.0, 10) == 0.0


def test_tokens_by_the_million() -> None:
    """1,000 documents of 50 and 3 tokens are 50,000 and 3,000."""
    assert PRICE.per_1000(50, 3) == pytest.approx(0.05 * 2 + 0.003 * 10)


def test_a_record_comes_back_whole() -> None:
    assert parse({"models": [record()]}) == [PRICE]
    assert parse({"models": [record(dated=datetime.date(2026, 10, 7))]}) == [PRICE]


@pytest.mark.parametrize(
    "changes",
    [
        {"input": -1.0},
        {"output": "3"},
        {"output": float("nan")},
        {"input": True},
        {"dated": "last week"},
        {"dated": ""},
        {"discount": 0.5},
    ],
)
def test_a_record_that_does_not_fit_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        parse({"models": [record(), record(**changes)]})


@pytest.mark.parametrize("key", sorted(record()))
def test_a_record_lacks_nothing(key: str) -> None:
    part = {name: value for name, value in record().items() if name != key}
    with pytest.raises(ValueError, match=key):
        parse({"models": [part]})


@pytest.mark.parametrize("content", [{}, {"models": []}, {"models": {}}, {"models": "x"}])
def test_a_table_has_records(content: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no record"):
        parse(content)


def test_a_quote_is_as_old_as_its_oldest_price() -> None:
    newer = dataclasses.replace(PRICE, name="n", dated="2026-11-20", input=4.0)
    found = quoted([newer, PRICE], 50, 3, "a rule")
    assert found["dated"] == "2026-10-07"
    assert "2026-10-07" in found["note"]
    assert "a rule" in found["note"]
    assert found["tokens_per_1000"] == 53_000
    assert [(m["name"], m["price_per_1000"]) for m in found["models"]] == [("n", 0.23), ("m", 0.13)]


def test_letters_are_counted_upwards() -> None:
    assert by_letters(["", "a", "abcd", "abcde"]) == [0, 1, 1, 2]
