"""Layouts, check digits, dates and values of machine-readable zones."""

from __future__ import annotations

import random
from datetime import date

import pytest

from socle.checks.mrz import (
    Zone,
    birth_date,
    calendar_checks,
    check_digit,
    digit_checks,
    expiry_date,
    failing,
    format_of,
    formats,
    number_of,
    states,
    values_of,
)
from specimens.identity import KINDS, paper

TODAY = date(2026, 11, 26)
# The specimens of ICAO Doc 9303, parts 4, 5 and 6.
TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
TD1 = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")


def zone(lines: tuple[str, ...]) -> Zone:
    layout = format_of(lines)
    assert layout is not None
    return Zone(layout, lines)


@pytest.mark.parametrize(("lines", "name"), [(TD3, "TD3"), (TD2, "TD2"), (TD1, "TD1")])
def test_the_specimens_of_the_standard_pass_and_say_who_they_are(
    lines: tuple[str, ...], name: str
) -> None:
    one = zone(lines)
    assert one.format.name == name
    assert all(check.passed for check in digit_checks(one))
    assert all(check.passed for check in calendar_checks(one, TODAY))
    values = values_of(one, TODAY)
    assert values["surname"] == "ERIKSSON"
    assert values["given_names"] == "ANNA MARIA"
    assert values["birth_date"] == "1974-08-12"
    assert values["expiry_date"] == "2012-04-15"
    assert values["sex"] == "F"
    assert values.get("optional_data", "") == ("ZE184226B" if name == "TD3" else "")


def test_every_single_wrong_digit_of_a_date_fails() -> None:
    for column in (13, 14, 15, 16, 17, 18):
        line = list(TD3[1])
        line[column] = str((int(line[column]) + 1) % 10)
        failed = {digit.name for digit in failing(zone((TD3[0], "".join(line))))}
        assert failed == {"birth_date", "composite"}


def test_check_digits_are_blind_to_some_pairs() -> None:
    for first, second in ("G6", "L1", "S8", "K<"):
        assert check_digit(f"AB{first}12") == check_digit(f"AB{second}12")
    assert check_digit("O") != check_digit("0")


def test_a_failed_digit_names_its_field() -> None:
    one = zone((TD3[0], TD3[1].replace("7408122", "7408123")))
    failed = [check for check in digit_checks(one) if not check.passed]
    assert failed[0].name == "mrz_digit_birth_date"
    assert failed[0].fields == ("birth_date",)
    assert "document_number" in failed[1].fields


def test_old_french_cards_hold_the_month_of_issue_and_no_expiry() -> None:
    one = zone(("IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<", "8806923102858CORINNE<<<<<<<6512068F6"))
    assert [digit.name for digit in failing(one)] == []
    values = values_of(one, TODAY)
    assert values["issue_date"] == "1988-06"
    assert values["document_number"] == "880692310285"
    assert values["nationality"] == "FRA"
    assert "expiry_date" not in values


def test_a_french_driving_licence_has_one_line() -> None:
    one = zone(("D1FRA13AA000026181231MARTIN<<9",))
    assert not failing(one)
    assert values_of(one, TODAY)["expiry_date"] == "2018-12-31"


def test_a_long_number_goes_on_in_the_optional_data() -> None:
    lines = ("IDBEL600001476<9355<<<<<<<<<<<", TD1[1], TD1[2])
    one = zone(lines)
    assert number_of(one) == ("600001476935", "5")
    assert "document_number" not in {digit.name for digit in failing(one)}
    assert "optional_data" not in values_of(one, TODAY)


@pytest.mark.parametrize(
    ("six", "said"),
    [
        ("740812", "1974-08-12"),
        ("261126", "2026-11-26"),
        ("261127", "1926-11-27"),
        ("270101", "1927-01-01"),
        ("74<<<<", "1974"),
        ("7408<<", "1974-08"),
        ("740231", ""),
        ("<<<<<<", ""),
    ],
)
def test_birth_dates_lie_in_the_past(six: str, said: str) -> None:
    assert birth_date(six, TODAY) == said


def test_expiry_dates_look_ahead() -> None:
    assert expiry_date("361126", TODAY) == "2036-11-26"
    assert expiry_date("991231", TODAY) == "1999-12-31"
    assert expiry_date("<<<<<<", TODAY) == ""


def test_states_are_closed() -> None:
    assert {"FRA", "D", "UTO", "XXB", "RKS"} <= set(states())
    unknown = zone((TD3[0].replace("UTO", "UT0"), TD3[1].replace("UTO", "QQQ")))
    failed = {check.name for check in calendar_checks(unknown, TODAY) if not check.passed}
    assert failed == {"mrz_issuing_state", "mrz_nationality"}


def test_no_two_parts_of_a_layout_overlap() -> None:
    for layout in formats().values():
        places = [p for span in layout.parts.values() for p in span.places()]
        places += [(d.at.line, d.at.start) for d in layout.digits]
        assert len(places) == len(set(places)), layout.name
        assert all(0 <= column < layout.width for _, column in places)


@pytest.mark.parametrize("kind", KINDS)
def test_generated_papers_are_read_as_they_were_made(kind: str) -> None:
    for seed in range(40):
        one = paper(random.Random(seed), kind, TODAY)
        made = zone(one.lines)
        assert made.format.name == kind
        assert not failing(made)
        assert {n: v for n, v in values_of(made, TODAY).items() if n in one.truth} == one.truth
