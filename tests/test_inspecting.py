"""What answers tell beyond their score, as plain values for JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from socle import inspecting
from socle.data.dataset import Dataset
from socle.evaluating import Answers, Measurement
from socle.examples import Example
from socle.metrics.faults import Suspect
from socle.report import Report
from socle.tasks.classification import Classification

TASK = Classification(("a", "b", "c"))
SEVERAL = Classification(("a", "b", "c"), several=True)


def answers(gold: list[int], probabilities: list[list[float]]) -> Answers:
    found = np.array(probabilities, dtype=np.float64)
    return Answers(np.array(gold, dtype=np.int64), found, found.argmax(axis=1))


def dataset(targets: list[Any]) -> Dataset[Any]:
    return Dataset(tuple(Example(f"text {i}", t, f"a.csv:{i + 2}") for i, t in enumerate(targets)))


ONE = answers([0, 1, 2, 0], [[0.9, 0.05, 0.05], [0.6, 0.3, 0.1], [0, 0.1, 0.9], [0.5, 0.3, 0.2]])
OTHER = answers([0, 1, 2, 0], [[0.1, 0.8, 0.1], [0.1, 0.7, 0.2], [0.1, 0.1, 0.8], [0.2, 0.4, 0.4]])


def test_calibration_has_bins_that_count_every_answer() -> None:
    report = Report("head", None, 4, {"ece": 0.25}, {})
    found = inspecting.calibration(Measurement(ONE.gold, ONE.probabilities, ONE.chosen, report))
    assert found is not None
    assert found["ece"] == 0.25
    assert sum(one["count"] for one in found["bins"]) == 4
    assert all(set(one) >= {"confidence", "accuracy", "count"} for one in found["bins"])
    json.dumps(found)


def test_risk_at_full_coverage_is_the_share_of_errors() -> None:
    found = inspecting.coverage(ONE)
    assert found[-1]["coverage"] == 1.0
    assert found[-1]["risk"] == 0.25
    assert found[0] == {"coverage": 0.5, "risk": 0.0, "threshold": 0.9}
    json.dumps(found)


def test_thresholds_come_from_held_out_rows_or_not_at_all() -> None:
    assert inspecting.abstention(None) == []
    sure = answers([0] * 400, [[0.9, 0.1, 0.0]] * 400)
    found = inspecting.abstention(sure)
    assert found
    assert found[0]["threshold"] == pytest.approx(0.9)
    json.dumps(found)


def test_confusion_has_gold_in_rows_and_answers_in_columns() -> None:
    assert inspecting.confusion(ONE, 3) == [[2, 0, 0], [1, 0, 0], [0, 0, 1]]
    unknown = answers([-1, 1], [[1, 0, 0], [0, 1, 0]])
    assert inspecting.confusion(unknown, 3) == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_no_confusion_of_several_or_of_many_labels() -> None:
    assert inspecting.confusion(ONE, 31) is None
    gold = np.array([[1, 0, 1]])
    assert inspecting.confusion(Answers(gold, np.array([[0.9, 0.1, 0.8]]), gold), 3) is None


def test_disagreements_are_those_where_one_is_right_the_surest_first() -> None:
    found = inspecting.disagreements(
        TASK, dataset(["a", "b", "c", "a"]), ("one", ONE), ("other", OTHER)
    )
    assert [row["text"] for row in found] == ["text 0", "text 1", "text 3"]
    assert found[0] == {
        "text": "text 0",
        "origin": "a.csv:2",
        "gold": "a",
        "a": "one",
        "a_answer": "a",
        "a_probability": 0.9,
        "b": "other",
        "b_answer": "b",
        "b_probability": 0.8,
    }


def test_disagreements_show_the_successes_of_both() -> None:
    """The first is right on 40 rows and surer there; the other on 3."""
    first = answers([0] * 43, [[0.9, 0.1, 0]] * 40 + [[0.4, 0.6, 0]] * 3)
    second = answers([0] * 43, [[0.1, 0.9, 0]] * 40 + [[0.6, 0.4, 0]] * 3)
    found = inspecting.disagreements(TASK, dataset(["a"] * 43), ("one", first), ("other", second))
    assert [row["a_answer"] for row in found] == ["a"] * 6 + ["b"] * 3
    assert inspecting.disagreements(TASK, dataset(["a"] * 43), ("x", first), ("y", first)) == []


def test_several_labels_are_told_in_words() -> None:
    gold = np.array([[1, 0, 1], [0, 0, 0]])
    p = np.array([[0.9, 0.2, 0.8], [0.1, 0.2, 0.7]])
    one = Answers(gold, p, (p > 0.5).astype(np.int64))
    other = Answers(gold, 1 - p, (p <= 0.5).astype(np.int64))
    [found] = inspecting.disagreements(
        SEVERAL, dataset([("a", "c"), ()]), ("one", one), ("other", other)
    )
    assert (found["gold"], found["a_answer"], found["b_answer"]) == ("a | c", "a | c", "b")
    assert found["a_probability"] == 0.8


def test_a_planted_label_error_is_found_at_its_line() -> None:
    sure, other = [0.95, 0.03, 0.02], [0.03, 0.95, 0.02]
    targets = ["a"] * 20 + ["b"] * 20
    targets[7] = "b"
    train = dataset(["-", *targets])
    rows = np.arange(1, 41)
    held = answers(["ab".index(t) for t in targets], [sure] * 20 + [other] * 20)
    found = inspecting.label_faults(TASK, train, rows, held, inspecting.suspected(held))
    assert found["n_suspects"] == 1
    assert found["suspects"] == [
        {
            "origin": "a.csv:10",
            "text": "text 8",
            "given": "b",
            "suggested": "a",
            "probability": pytest.approx(0.97),
        }
    ]
    json.dumps(found)


def test_of_several_labels_one_may_be_missing_or_too_much() -> None:
    train = dataset([("a",), ("b",)])
    suspects = [Suspect(0, None, 1, 0.9), Suspect(1, 1, None, 0.8)]
    gold = np.array([[1, 0, 0], [0, 1, 0]])
    held = Answers(gold, gold * 0.9, gold)
    found = inspecting.label_faults(SEVERAL, train, np.arange(2), held, suspects)["suspects"]
    assert [(one["given"], one["suggested"]) for one in found] == [
        ("(without it)", "b"),
        ("b", "(to be removed)"),
    ]


def test_a_correction_says_what_it_gained() -> None:
    before = answers([0] * 100, [[0.9, 0.1, 0]] * 60 + [[0.1, 0.9, 0]] * 40)
    after = answers([0] * 100, [[0.9, 0.1, 0]] * 90 + [[0.1, 0.9, 0]] * 10)
    found = inspecting.correction("head", 3, before, after)
    assert (found["left_out"], found["before"], found["after"]) == (3, 0.6, 0.9)
    assert found["interval"][0] < 0.3 < found["interval"][1]
    start = "Fitted again without the 3 likely label errors, `head` gains 30.0 points"
    assert found["text"] == f"{start} on the test rows."
    assert "`head` loses 30.0" in inspecting.correction("head", 3, after, before)["text"]
    same = inspecting.correction("head", 1, before, before)
    assert same["text"].endswith("which may be chance.")
    assert "the 1 likely label error, " in same["text"]
    json.dumps(found)
