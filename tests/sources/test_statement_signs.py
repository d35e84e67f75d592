"""Signs that balances prove, and those that they leave open."""

from __future__ import annotations

import random

import pytest

from socle.sources.statement_signs import likely_sign, signs_by_balance, signs_by_sum


def test_balances_behind_the_lines_prove_signs() -> None:
    assert signs_by_balance([5.0, 3.0, 2.0], [105.0, 102.0, None], 100.0) == [1, -1, None]
    assert signs_by_balance([5.0, 3.0], [105.0, 108.0], None) == [None, 1]


@pytest.mark.parametrize("seed", range(20))
def test_a_sum_proves_signs_where_one_choice_makes_it(seed: int) -> None:
    draw = random.Random(seed)
    amounts = [draw.randint(100, 10_000_000) / 100 for _ in range(10)]
    signs = [draw.choice([1, -1]) for _ in amounts]
    total = sum(s * a for s, a in zip(signs, amounts, strict=True))
    assert signs_by_sum(amounts, [-1] * 10, total) == (signs, True)


def test_two_choices_are_told_and_the_likelier_one_is_taken() -> None:
    assert signs_by_sum([5.0, 5.0], [-1, 1], 0.0) == ([-1, 1], False)


def test_no_choice_makes_the_sum() -> None:
    assert signs_by_sum([5.0, 3.0], [1, 1], 100.0) is None
    assert signs_by_sum([5.0], [1], 4.99) is None


def test_words_of_what_comes_in() -> None:
    assert likely_sign("VIR SEPA REÇU DE DUPONT") == 1
    assert likely_sign("CARD PAYMENT GROCER") == -1
