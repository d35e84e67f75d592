"""Rows to examples, examples to numbers, numbers to answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle.data.columns import Columns
from socle.data.dataset import Dataset
from socle.errors import RowsError
from socle.examples import Example
from socle.formats import Cell, Table
from socle.tasks.classification import OPTION, Classification

ONE = Classification(("a", "b", "c"))
MANY = Classification(("a", "b", "c"), several=True)
COLUMNS = Columns("text", "label")


def table(rows: Sequence[tuple[Cell, Cell]], **more: Sequence[Cell]) -> Table:
    """Return rows of text and label, from line 2 on."""
    texts, labels = zip(*rows, strict=True)
    return Table(
        Path("r.csv"), {"text": texts, "label": labels, **more}, range(2, 2 + len(rows)), ("said",)
    )


def examples(*targets: Any) -> list[Example[Any]]:
    return [Example(f"text {i}", target) for i, target in enumerate(targets)]


def test_rows_become_examples_that_know_where_they_stood() -> None:
    given = table([(" le film ", "a"), ("zut", " b ")], group=["g", None])
    found = OPTION.examples(given, Columns("text", "label", "group"))
    assert found.examples == (
        Example("le film", "a", "r.csv:2", "g"),
        Example("zut", "b", "r.csv:3", None),
    )
    assert (found.name, found.notes) == ("r.csv", ("said",))


def test_rows_without_text_or_label_are_left_out_and_named() -> None:
    rows: list[tuple[Cell, Cell]] = [("x", "a"), ("", "a"), ("y", None), (None, "b"), ("z", " ")]
    found = OPTION.examples(table(rows), COLUMNS)
    assert [e.text for e in found] == ["x"]
    said = "4 rows without text or label were left out (lines 3, 4, 5, 6)"
    assert found.notes == ("said", said)


def test_of_many_empty_rows_the_first_are_named() -> None:
    found = OPTION.examples(table([("x", "a"), *[("", "a")] * 9]), COLUMNS)
    assert found.notes[-1].endswith("(lines 3, 4, 5, 6, 7, ...)")
    assert found.notes[-1].startswith("9 rows")


def test_a_row_without_label_is_an_answer_where_several_may_be() -> None:
    found = OPTION.examples(table([("x", "a|b"), ("y", None), ("z", "b | a|b|")]), COLUMNS)
    assert [e.target for e in found] == [("a", "b"), (), ("a", "b")]


def test_no_row_at_all_is_refused() -> None:
    with pytest.raises(RowsError, match="no row with both a text") as caught:
        OPTION.examples(table([("", "a"), ("x", "")]), COLUMNS)
    assert "--label-column" in caught.value.hint


def test_the_labels_are_those_of_the_data_sorted() -> None:
    assert OPTION.learn(Dataset(tuple(examples("b", "a", "b")))) == Classification(("a", "b"))
    several = OPTION.learn(Dataset(tuple(examples(("c", "b"), (), ("a",)))))
    assert several == Classification(("a", "b", "c"), several=True)


@pytest.mark.parametrize("targets", [("a", "a"), (("a",), ("a",)), ((), ())])
def test_fewer_than_two_labels_are_nothing_to_learn(targets: tuple[Any, ...]) -> None:
    with pytest.raises(RowsError, match="nothing to tell apart"):
        OPTION.learn(Dataset(tuple(examples(*targets))))


def test_a_column_of_free_text_is_refused() -> None:
    free = Dataset(tuple(examples(*[f"comment {i}" for i in range(30)])), "r.csv")
    with pytest.raises(RowsError, match="free text") as caught:
        OPTION.learn(free)
    assert "30 different labels in 30 rows" in caught.value.message
    assert len(OPTION.learn(Dataset(tuple(examples(*"abcdeabcde")))).labels) == 5


def test_one_label_is_a_number() -> None:
    assert ONE.encode(examples("c", "a", "unheard of")).tolist() == [2, 0, -1]
    assert ONE.encode([]).shape == (0,)


def test_several_labels_are_ones() -> None:
    found = MANY.encode(examples(("a", "c"), (), ("b", "unheard of"), None))
    assert found.tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert MANY.encode([]).shape == (0, 3)


def test_plain_labels_are_read_by_a_task_of_several() -> None:
    """A test file in which no row happens to have two labels has no bar at all."""
    long = Classification(("sport", "money"), several=True)
    assert long.encode(examples("money", "sport", "")).tolist() == [[0, 1], [1, 0], [0, 0]]


def test_lists_of_labels_are_read_by_a_task_of_one() -> None:
    """One row with a bar makes all of a file's targets lists; those of two labels are wrong."""
    assert ONE.encode(examples(("b",), ("a", "c"), (), "c")).tolist() == [1, -1, -1, 2]


def test_probabilities_sum_up_for_one_label_only() -> None:
    scores = np.array([[2.0, 0.0, -1.0], [0.0, 0.0, 0.0]])
    assert np.allclose(ONE.probabilities(scores).sum(1), 1)
    assert np.allclose(ONE.probabilities(scores)[1], 1 / 3)
    assert np.allclose(MANY.probabilities(scores)[1], 0.5)


def test_what_is_encoded_decodes_to_itself() -> None:
    targets = ["b", "a", "c"]
    sure = np.eye(3)[ONE.encode(examples(*targets))] * 0.9 + 0.03
    assert [p.target for p in ONE.decode(sure)] == targets
    sets = [("a", "c"), (), ("b",)]
    table_ = MANY.encode(examples(*sets)) * 0.9 + 0.05
    assert [p.target for p in MANY.decode(table_)] == sets


def test_one_label_comes_with_its_probability_and_the_others() -> None:
    (found,) = ONE.decode(np.array([[0.2, 0.5, 0.3]]))
    assert (found.target, found.probability) == ("b", 0.5)
    assert found.alternatives == (("b", 0.5), ("c", 0.3), ("a", 0.2))


def test_several_labels_are_as_sure_as_the_least_sure_of_them() -> None:
    (found,) = MANY.decode(np.array([[0.9, 0.4, 0.5]]))
    assert found.target == ("a", "c")
    assert found.probability == 0.5
    assert found.alternatives == (("a", 0.9), ("c", 0.5), ("b", 0.4))
    (none,) = MANY.decode(np.array([[0.1, 0.3, 0.2]]))
    assert (none.target, none.probability) == ((), 0.7)


def test_of_many_labels_five_are_shown_or_all_that_are_given() -> None:
    names = tuple("abcdefgh")
    rising = np.linspace(0.51, 0.9, 8)[None]
    assert len(Classification(names).decode(rising / rising.sum())[0].alternatives) == 5
    (found,) = Classification(names, several=True).decode(rising)
    assert len(found.target) == len(found.alternatives) == 8


@pytest.mark.parametrize(("task", "label"), [(ONE, "a"), (MANY, ["a"])])
def test_an_answer_is_one_object_of_json(task: Classification, label: object) -> None:
    (found,) = task.decode(np.array([[2 / 3, 1 / 6, 1 / 6]]))
    answer = task.answer("é", found)
    assert list(answer) == ["text", "label", "probability", "alternatives"]
    sure = 0.666667 if task is ONE else round(2 / 3, 6)
    assert (answer["text"], answer["label"], answer["probability"]) == ("é", label, sure)
    assert answer["alternatives"][0] == {"label": "a", "probability": 0.666667}
    assert len(answer["alternatives"]) == 3
    assert json.loads(json.dumps(answer)) == answer


@pytest.mark.parametrize("task", [ONE, MANY])
def test_it_comes_back_from_json(task: Classification) -> None:
    facts = json.loads(json.dumps(task.to_json()))
    assert OPTION.from_json(facts) == task


def test_one_label_is_scored() -> None:
    gold = np.array([0, 1, 2, 2])
    sure = np.array([[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.0, 0.4, 0.6]])
    metrics, rows = ONE.score(gold, sure)
    assert metrics.keys() == {"accuracy", "macro_f1", "micro_f1", "mcc", "ece"}
    assert metrics["accuracy"] == 0.75
    assert metrics["ece"] == pytest.approx(abs((0.8 + 0.7 + 0.8 + 0.6) / 4 - 0.75))
    assert [(row.label, row.support) for row in rows] == [("a", 1), ("b", 1), ("c", 2)]


def test_several_labels_are_scored() -> None:
    gold = np.array([[1, 0, 1], [0, 0, 0]])
    metrics, _ = MANY.score(gold, np.array([[0.9, 0.2, 0.6], [0.1, 0.6, 0.3]]))
    assert metrics.keys() == {"accuracy", "macro_f1", "micro_f1", "ece"}
    assert metrics["accuracy"] == 0.5
    assert metrics["micro_f1"] == pytest.approx(0.8)
