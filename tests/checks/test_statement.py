"""The sums of a statement, and where they break."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from socle.checks.statement import Carry, Movement, Statement, judged
from socle.readings import Check


def sound() -> Statement:
    moves = [
        Movement(date(2024, 3, 1), "one", -10.10, balance=89.90),
        Movement(date(2024, 3, 2), "two", 20.20, balance=110.10),
        Movement(date(2024, 3, 2), "three", -0.10, balance=110.00),
    ]
    return Statement(
        moves, 100.0, 110.0, date(2024, 3, 1), date(2024, 3, 31), {}, (Carry(110.10, 2, 1),),
        10.20, 20.20,
    )  # fmt: skip


def by_name(statement: Statement) -> dict[str, Check]:
    return {check.name: check for check in judged(statement)}


def test_a_sound_statement_passes_every_check() -> None:
    assert all(check.passed for check in judged(sound()))


def test_a_wrong_amount_is_found_at_its_line() -> None:
    good = sound()
    moves = [*good.movements]
    moves[1] = replace(moves[1], amount=22.20)
    checks = by_name(replace(good, movements=moves))
    assert checks["balances_close"].passed is False
    assert "-2.00" in checks["balances_close"].detail
    assert checks["running_balances"].line == 2
    assert checks["carried_over"].passed is False
    assert checks["printed_totals"].passed is False


def test_what_is_not_printed_is_undecided() -> None:
    moves = [replace(move, balance=None) for move in sound().movements]
    checks = by_name(Statement(moves))
    assert {check.passed for check in checks.values()} == {None, True}
    assert checks["balances_close"].passed is None


def test_dates_outside_the_period_or_out_of_order_are_told() -> None:
    good = sound()
    moves = [*good.movements]
    moves[2] = replace(moves[2], date=date(2024, 2, 27))
    checks = by_name(replace(good, movements=moves))
    assert (checks["dates_inside"].passed, checks["dates_inside"].line) == (False, 3)
    assert checks["dates_in_order"].line == 3


def test_the_newest_first_is_an_order_too() -> None:
    good = sound()
    assert by_name(replace(good, movements=good.movements[::-1]))["dates_in_order"].passed


def test_guessed_signs_are_told() -> None:
    moves = [replace(move, sure=False) for move in sound().movements]
    assert by_name(replace(sound(), movements=moves))["signs_known"].passed is None
