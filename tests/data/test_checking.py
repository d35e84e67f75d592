"""Every kind of trouble is found, in its rows, and nothing is found where there is none."""

import json
from typing import Any

import numpy as np
import pytest

from socle.data.checking import check
from socle.data.columns import Columns
from socle.data.dataset import Dataset
from socle.data.findings import Finding, Findings
from socle.examples import Example

GOOD = [
    ("The parcel came on time and the box was dry", "good"),
    ("What a lovely pair of shoes, thank you", "good"),
    ("The zip broke on the very first day of use", "bad"),
    ("Nobody ever answers the telephone there", "bad"),
]


def data(rows: list[tuple[str, Any]], name: str = "train.csv") -> Dataset[Any]:
    return Dataset(
        tuple(Example(text, label, f"{name}:{i}") for i, (text, label) in enumerate(rows, start=2)),
        name,
    )


def of_kind(findings: Findings, kind: str) -> Finding:
    [finding] = [finding for finding in findings.found if finding.kind == kind]
    return finding


def test_clean_data_has_no_findings() -> None:
    findings = check(data(GOOD))
    assert findings.found == ()
    assert not findings.failed
    assert findings.labels == {"good": 2, "bad": 2}


@pytest.mark.parametrize(
    ("more", "kind", "severity", "rows"),
    [
        (
            [(GOOD[0][0].upper() + " ", "good")],
            "duplicate",
            "note",
            (("train.csv:2", "train.csv:6"),),
        ),
        ([(GOOD[0][0] + "!", "good")], "near-duplicate", "note", (("train.csv:2", "train.csv:6"),)),
        ([(GOOD[0][0], "bad")], "conflict", "warning", (("train.csv:2", "train.csv:6"),)),
        ([("  ", "bad")], "empty-text", "warning", (("train.csv:6",),)),
        ([("Some text here", "")], "empty-label", "warning", (("train.csv:6",),)),
        ([("Some text here", "other")], "one-example", "warning", (("train.csv:6",),)),
        ([("Some text here", "Bad")], "alike-labels", "warning", (("train.csv:6",),)),
        ([("SMS", "Label")], "stray-header", "warning", (("train.csv:6",),)),
        ([("text", "label")] * 2, "stray-header", "warning", (("train.csv:6",), ("train.csv:7",))),
    ],
)
def test_each_kind_is_found_in_its_rows(
    more: list[tuple[str, str]], kind: str, severity: str, rows: tuple[tuple[str, ...], ...]
) -> None:
    finding = of_kind(check(data(GOOD + more)), kind)
    assert finding.severity == severity
    assert finding.rows == rows
    assert finding.hint


def test_a_stray_header_is_not_a_label_with_one_example_too() -> None:
    findings = check(data([*GOOD, ("SMS", "Label")]))
    assert [finding.kind for finding in findings.found] == ["stray-header"]
    assert "Label" not in findings.labels


def test_a_stray_header_with_names_of_ones_own() -> None:
    rows = data([*GOOD, ("Verbatim client", "motif")])
    found = check(rows, columns=Columns("verbatim client", "Motif")).found
    assert [finding.kind for finding in found] == ["stray-header"]


def test_labels_that_differ_in_accents() -> None:
    found = check(data([("a text", "Négatif"), ("some text", "negatif"), *GOOD]))
    assert "'Négatif' (1), 'negatif' (1)" in of_kind(found, "alike-labels").message


def test_one_label_only_is_an_error() -> None:
    findings = check(data([row for row in GOOD if row[1] == "good"]))
    assert findings.failed
    assert findings.found[0].kind == "one-label"
    assert check(data([("a", "")])).failed


def test_imbalance() -> None:
    rows = [(f"text {i * 7919} {i**5}", "usual") for i in range(40)]
    rows += [("quite another thing", "rare"), ("one more thing", "rare")]
    message = of_kind(check(data(rows)), "imbalance").message
    assert "40 examples (95% of the rows)" in message
    assert not [f for f in check(data(rows[22:])).found if f.kind == "imbalance"]


def test_several_labels_may_be_none() -> None:
    rows = [(text, (label, "x")) for text, label in GOOD] + [("nothing applies", ())]
    finding = of_kind(check(data(rows)), "empty-label")
    assert finding.severity == "note"


def test_leaks_exact_and_near_with_both_places() -> None:
    test = data(
        [(GOOD[0][0].lower(), "good"), (GOOD[3][0] + "!", "bad"), ("A text of its own", "good")],
        "test.csv",
    )
    findings = check(data(GOOD), test)
    leak, near = of_kind(findings, "leak"), of_kind(findings, "near-leak")
    assert leak.rows == (("train.csv:2", "test.csv:2"),)
    assert near.rows == (("train.csv:5", "test.csv:3"),)
    assert "1 row of test.csv (33.3%)" in leak.message
    assert leak.severity == "error"
    assert near.severity == "warning"


def test_few_leaks_are_a_warning() -> None:
    own = [(f"own {i * 7919} {i**5}", "good") for i in range(30)]
    assert of_kind(check(data(GOOD), data([GOOD[0], *own], "t")), "leak").severity == "warning"


def test_labels_never_seen_in_training() -> None:
    test = data([("A text of its own", "new"), ("Another text", "good")], "test.csv")
    finding = of_kind(check(data(GOOD), test), "unseen-label")
    assert finding.rows == (("test.csv:2",),)
    assert "'new'" in finding.message or "new" in finding.message


def test_texts_longer_than_the_base_reads() -> None:
    rows = [*GOOD, ("word " * 250, "bad")]
    findings = check(
        data(rows),
        count_tokens=lambda texts: np.array([len(text.split()) for text in texts]),
        limit=100,
    )
    finding = of_kind(findings, "long-text")
    assert finding.rows == (("train.csv:6",),)
    assert "longest has 250" in finding.message
    assert "at least 3 windows" in finding.message


def test_the_worst_comes_first_and_all_is_json() -> None:
    test = data([GOOD[0]], "test.csv")
    findings = check(data([*GOOD, GOOD[0], ("", "bad")]), test)
    severities = [finding.severity for finding in findings.found]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    found = json.loads(json.dumps(findings.to_json()))
    assert set(found) == {"n", "n_test", "labels", "findings"}
    assert found["n"] == 6
    assert found["findings"][0]["rows"] == [["train.csv:2", "train.csv:6", "test.csv:2"]]
