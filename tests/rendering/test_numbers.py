"""Numbers read as a newspaper prints them; what is unknown is a dash."""

from __future__ import annotations

import pytest

from socle.rendering import numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (numbers.score(0.9124), "0.912"),
        (numbers.signed(0.0126), "+0.013"),
        (numbers.signed(-0.0126), "−0.013"),
        (numbers.signed(-0.0001), "0.000"),
        (numbers.p_value(0.0004), "<\u202f0.001"),
        (numbers.p_value(0.0312), "0.031"),
        (numbers.amount(0.01234), "0.0123"),
        (numbers.amount(12.34), "12.3"),
        (numbers.amount(1234.5), "1,234"),
        (numbers.amount(0), "0"),
        (numbers.amount(4e-5), "<\u202f0.0001"),
        (numbers.share(0.634), "63\u202f%"),
        (numbers.share(0.004), "0.4\u202f%"),
        (numbers.megabytes(22.7), "22.7\u00a0MB"),
        (numbers.megabytes(1200), "1.20\u00a0GB"),
        (numbers.seconds(0.42), "0.42\u00a0s"),
        (numbers.seconds(412.3), "6\u00a0min\u00a052\u00a0s"),
        (numbers.seconds(7500), "2\u00a0h\u00a005\u00a0min"),
        (numbers.money(0.021, "EUR"), "0.021\u00a0EUR"),
        (numbers.money(0.00002, "EUR"), "<\u202f0.001\u00a0EUR"),
        (numbers.times(2.14), "2.1 times"),
        (numbers.times(11728), "11,728 times"),
        (numbers.span((0.1, 0.2)), "0.100\u00a0to\u00a00.200"),
        (numbers.listed(["a", "b", "c"]), "a, b and c"),
        (numbers.listed([]), ""),
    ],
)
def test_a_number_is_written(text: str, expected: str) -> None:
    assert text == expected


def test_nothing_is_a_dash() -> None:
    writers = (numbers.score, numbers.signed, numbers.p_value, numbers.amount, numbers.count)
    writers += (numbers.share, numbers.megabytes, numbers.seconds, numbers.span)
    assert {write(None) for write in writers} == {"–"}
    assert numbers.money(None, "EUR") == "–"
