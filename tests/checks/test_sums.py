import pytest

from socle.checks import sums


@pytest.mark.parametrize(
    ("amount", "quantity", "price", "base", "discount", "passed"),
    [
        (9.0, 3, 3.0, 1, 0, True),
        (9.02, 3, 3.0, 1, 0, False),
        (28.0, 3, 30.0, 3, 2, True),
        (-5.0, -5, 1.0, 1, 0, True),
        (0.12, 0.5, 0.25, 1, 0, True),  # half a cent may be rounded down
        (61.56, 41.07, 1.499, 1, 0, True),
        (9.01, 3, 3.0, 1, 0, None),
        (333.33, 1000, 0.33, 1, 0, None),  # the price is the rounded quotient
        (340.0, 1000, 0.33, 1, 0, False),
        (5.0, 0, 5.0, 1, 0, False),
    ],
)
def test_lines(
    amount: float, quantity: float, price: float, base: float, discount: float, passed: bool | None
) -> None:
    assert sums.line(amount, quantity, price, base, discount) is passed


def test_what_rounding_explains_is_open() -> None:
    assert sums.equal(10.0, 10.0) is True
    assert sums.equal(10.01, 10.0, parts=1) is False
    assert sums.equal(10.01, 10.0, parts=4) is None
    assert sums.equal(10.05, 10.0, parts=4) is False


def test_taxes() -> None:
    assert sums.tax(858.75, 19, 163.16) is True
    assert sums.tax(858.75, 19, 163.17) is True
    assert sums.tax(858.75, 19, 163.19, parts=6) is None
    assert sums.tax(858.75, 19, 163.26, parts=6) is False


def test_sums_with_what_may_be_counted_in() -> None:
    assert sums.total(120, 100, [20, 5]) is True
    assert sums.total(125, 100, [20, 5]) is True
    assert sums.total(126, 100, [20, 5]) is False


def test_whole_currencies() -> None:
    assert sums.unit_of("JPY", [100.0]) == 1
    assert sums.unit_of("JPY", [100.5]) == sums.unit_of("EUR", [100.0]) == 0.01
