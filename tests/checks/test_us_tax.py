"""Rules of US forms: what adds up passes, what does not fails, what is blank is undecided."""

from __future__ import annotations

import pytest

from socle.checks.us_tax import identified, lines, parts, rule_years, w2

RETURN = {
    "1a": 50000.0, "1z": 50000.0, "2b": 120.0, "9": 50120.0, "10": 120.0, "11": 50000.0,
    "12": 14600.0, "14": 14600.0, "15": 35400.0, "16": 4016.0, "18": 4016.0, "22": 4016.0,
    "24": 4016.0, "25a": 5000.0, "25d": 5000.0, "33": 5000.0, "34": 984.0,
}  # fmt: skip
WAGES = {"1": 50000.0, "2": 6000.0, "3": 52000.0, "4": 3224.0, "5": 52000.0, "6": 754.0}


def verdicts(checks: list) -> dict[str, bool | None]:
    return {check.name: check.passed for check in checks}


@pytest.mark.parametrize("year", [2023, 2024])
def test_sound_return_passes_every_line(year: int) -> None:
    found = verdicts(lines(RETURN, year))
    assert set(found.values()) == {True}
    assert {"line_1z", "line_9", "line_15", "line_24", "line_33", "line_34"} <= set(found)


@pytest.mark.parametrize("line", ["1z", "9", "11", "14", "15", "18", "22", "24", "25d", "33", "34"])
def test_changed_line_fails(line: str) -> None:
    found = verdicts(lines({**RETURN, line: RETURN[line] + 10}, 2024))
    assert found[f"line_{line}"] is False


def test_blank_total_is_undecided_and_rounding_is_no_fault() -> None:
    without = {name: value for name, value in RETURN.items() if name != "9"}
    assert verdicts(lines(without, 2024))["line_9"] is None
    assert verdicts(lines({**RETURN, "9": 50121.0}, 2024))["line_9"] is True


def test_no_line_below_zero_and_what_is_owed_may_hold_the_penalty() -> None:
    assert verdicts(lines({"11": 5.0, "14": 9.0, "15": 0.0}, 2024))["line_15"] is True
    owed = {"24": 900.0, "33": 400.0, "38": 20.0}
    assert verdicts(lines({**owed, "37": 520.0}, 2024))["line_37"] is True
    assert verdicts(lines({**owed, "37": 500.0}, 2024))["line_37"] is True
    assert verdicts(lines({**owed, "37": 510.0}, 2024))["line_37"] is False


def test_years_without_rules_give_no_check() -> None:
    assert lines(RETURN, 2019) == []
    assert rule_years() == (2023, 2024)


def test_sound_wages_pass() -> None:
    assert set(verdicts(w2(WAGES, 2024)).values()) == {True}


@pytest.mark.parametrize(
    ("changed", "failed"),
    [
        ({"4": 3300.0}, "w2_social_security_tax"),
        ({"6": 700.0}, "w2_medicare_tax"),
        ({"3": 53000.0, "4": 3286.0}, "box_3_within_5"),
        ({"3": 169000.0, "4": 10478.0, "5": 169000.0, "6": 2450.5}, "w2_social_security_base"),
        ({"2": 60000.0}, "box_2_within_1"),
    ],
)
def test_each_rule_of_wages_can_fail(changed: dict[str, float], failed: str) -> None:
    found = verdicts(w2({**WAGES, **changed}, 2024))
    assert [name for name, passed in found.items() if passed is False] == [failed]


def test_additional_medicare_tax_and_unknown_base() -> None:
    high = {"5": 300_000.0, "6": 5_250.0}
    assert verdicts(w2(high, 2024))["w2_medicare_tax"] is True
    assert verdicts(w2({"3": 1.0, "4": 0.06}, 1999))["w2_social_security_base"] is None


def test_parts_of_dividends() -> None:
    assert verdicts(parts({"1a": 10.0, "1b": 9.0}, "1099-div")) == {"box_1b_within_1a": True}
    assert verdicts(parts({"1a": 10.0, "1b": 19.0}, "1099-div")) == {"box_1b_within_1a": False}


def test_identifiers_and_states() -> None:
    found = verdicts(identified({"ssn": "536904399", "ein": "911144442", "box_15": "OR"}))
    assert found == {"ssn_valid": True, "ein_valid": True, "box_15_state": True}
    wrong = verdicts(identified({"ssn": "000123456", "ein": "071144442", "box_15": "ZZ"}))
    assert set(wrong.values()) == {False}
    assert verdicts(identified({"ssn": "XXXXX1234"})) == {"ssn_valid": None}
