"""Measured claims as plain values."""

from __future__ import annotations

import json

import pytest

from socle.report import Candidate, LabelRow, Report, Verdict

REPORT = Report(
    "head",
    "tiny",
    40,
    {"accuracy": 0.9, "ece": 0.05},
    {"accuracy": (0.77, 0.96)},
    [LabelRow("a", 1.0, 0.5, 2 / 3, 4)],
    "fingerprint",
    {"predict": 0.5},
    80.04,
    ["a note"],
)


def test_a_report_is_plain_json() -> None:
    found = json.loads(json.dumps(REPORT.to_json()))
    assert found["metrics"] == {"accuracy": 0.9, "ece": 0.05}
    assert found["intervals"] == {"accuracy": [0.77, 0.96]}
    (row,) = found["labels"]
    assert row == {
        "label": "a",
        "precision": 1.0,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
        "support": 4,
    }
    assert (found["strategy"], found["base"], found["n"]) == ("head", "tiny", 40)


def test_a_measured_candidate_shows_what_it_costs() -> None:
    found = Candidate("head", "tiny", 0.88, REPORT, seconds=1.23456).to_json()
    assert json.loads(json.dumps(found)) == {
        "strategy": "head",
        "base": "tiny",
        "validated": 0.88,
        "seconds": 1.235,
        "metrics": {"accuracy": 0.9, "ece": 0.05},
        "interval": [0.77, 0.96],
        "documents_per_second": 80.0,
    }


def test_a_candidate_left_out_shows_why_and_nothing_else() -> None:
    found = Candidate("full", "tiny", skipped="it would take 3 h").to_json()
    assert found == {"strategy": "full", "base": "tiny", "skipped": "it would take 3 h"}


def test_a_verdict_is_plain_json() -> None:
    verdict = Verdict("full", "head", "Use `head`.")
    assert verdict.to_json() == {
        "winner": "full",
        "cheapest_equivalent": "head",
        "text": "Use `head`.",
        "kind": "clear",
    }
