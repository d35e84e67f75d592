"""Rows with two entities to passages, passages to answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle import formats
from socle.data.columns import Columns
from socle.data.dataset import Dataset
from socle.data.passages import pairs, passage, pseudo_words, unmarked
from socle.errors import InputError, RowsError
from socle.examples import Example, Passage, Prediction, Span
from socle.formats import Cell, Table
from socle.tasks.relations import OPTION, Relations

LABELS = ("Cause-Effect(e1,e2)", "Cause-Effect(e2,e1)", "Message-Topic(e1,e2)", "Other")
TASK = Relations(LABELS)
MARKED = "The <e1>audits</e1> were about <e2>waste</e2>."
TEXT = "The audits were about waste."
PLACES = ((4, 10), (22, 27))


def table(**columns: Sequence[Cell]) -> Table:
    rows = len(next(iter(columns.values())))
    return Table(Path("r.jsonl"), columns, range(1, rows + 1), ("said",))


def row(**changed: Cell) -> Table:
    cells: dict[str, Cell] = {"text": TEXT, "e1": ("4", "10"), "e2": ("22", "27"), "label": "a"}
    return table(**{name: [cell] for name, cell in (cells | changed).items()})


def examples(given: Table) -> Dataset[Any]:
    return OPTION.examples(given, OPTION.columns(given, None, None, None))


def test_rows_with_entities_are_recognised() -> None:
    assert OPTION.recognises(row())
    assert OPTION.recognises(table(marked=[MARKED], label=["a"]))
    assert not OPTION.recognises(table(text=[TEXT], e1=["4,10"], label=["a"]))


def test_the_columns_of_semeval_are_found() -> None:
    given = row(id="1", marked=MARKED)
    assert OPTION.columns(given, None, None, None) == Columns("text", "label")
    given = table(marked=[MARKED], relation=["a"], id=["1"])
    assert OPTION.columns(given, None, None, None) == Columns("marked", "relation")


@pytest.mark.parametrize("cell", [("4", "10"), "[4, 10]", "(4, 10)", "4,10", " 4 10 ", "4-10"])
def test_offsets_are_read_however_they_are_written(cell: Cell) -> None:
    (found,) = examples(row(e1=cell))
    assert found == Example(TEXT, "a", "r.jsonl:1", None, PLACES)


def test_marks_are_read_and_taken_out() -> None:
    (found,) = examples(table(marked=[MARKED], label=["a"]))
    assert (found.text, found.spans) == (TEXT, PLACES)


def test_a_file_of_json_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [{"text": TEXT, "e1": [4, 10], "e2": [22, 27], "label": "a", "group": "g"}]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    given = formats.read(path)
    (found,) = OPTION.examples(given, OPTION.columns(given, None, None, "group"))
    assert found == Example(TEXT, "a", "rows.jsonl:1", "g", PLACES)


def test_blanks_around_a_text_count() -> None:
    (found,) = examples(row(text=f"  {TEXT}", e1=("6", "12"), e2=("24", "29")))
    assert [found.text[a:b] for a, b in found.spans] == ["audits", "waste"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"e1": ("4", "40")}, "beyond the text of 28 characters"),
        ({"e1": ("10", "4")}, "ends before it begins"),
        ({"e1": ("4", "4")}, "holds no word"),
        ({"e2": ("3", "4")}, "holds no word"),
        ({"e2": ("4", "10")}, "the same stretch"),
        ({"e1": None}, "two numbers are expected"),
        ({"e1": "audits"}, "two numbers are expected"),
        ({"e1": ("4", "10", "12")}, "two numbers are expected"),
    ],
)
def test_entities_that_lie_wrong_are_refused(changed: dict[str, Cell], said: str) -> None:
    with pytest.raises(RowsError, match=said) as caught:
        examples(row(**changed))
    assert caught.value.message.startswith("r.jsonl, line 1: ")
    assert caught.value.hint


def test_missing_marks_are_refused_with_their_line() -> None:
    given = table(marked=[MARKED, TEXT], label=["a", "b"])
    with pytest.raises(RowsError, match=r"r.jsonl, line 2: The mark <e1> is missing"):
        examples(given)


def test_rows_without_text_or_label_are_left_out() -> None:
    given = table(text=[TEXT, "", TEXT], e1=["4,10"] * 3, e2=["22,27"] * 3, label=["a", "a", " "])
    found = examples(given)
    assert len(found) == 1
    assert found.notes == ("said", "2 rows without text or label were left out (lines 2, 3)")
    with pytest.raises(RowsError, match="no row with both"):
        examples(row(label=None))


def test_the_labels_are_those_of_the_data_sorted() -> None:
    some = Dataset((Example(TEXT, "b", spans=PLACES), Example(TEXT, "a", spans=PLACES)))
    assert OPTION.learn(some) == Relations(("a", "b"))
    with pytest.raises(RowsError, match="nothing to tell apart"):
        OPTION.learn(some.subset([0, 0]))


def test_it_comes_back_from_json() -> None:
    assert OPTION.from_json(json.loads(json.dumps(TASK.to_json()))) == TASK


def test_an_encoder_reads_entities_between_signs() -> None:
    (found,) = TASK.inputs([Example(TEXT, "a", spans=PLACES)])
    assert isinstance(found, Passage)
    assert found.text == "The @ audits @ were about # waste #."
    assert [found.text[a:b] for a, b in found.spans] == [found.text, "audits", "waste"]
    assert len(found.spans) == TASK.stretches


@pytest.mark.parametrize(
    ("marked", "shown", "inside"),
    [
        ("<e2>A</e2><e1>b</e1>", "# A #@ b @", ["b", "A"]),
        ("<e1>New <e2>York</e2></e1> x", "@ New # York # @ x", ["New # York #", "York"]),
        ("<e1><e2>a</e2> b</e1>", "@ # a # b @", ["# a # b", "a"]),
        ("<e2>a <e1>b</e1></e2>", "# a @ b @ #", ["b", "a @ b @"]),
        ("l'<e1> été </e1>, <e2>à Ôh</e2>!", "l' @ été @ , # à Ôh #!", ["été", "à Ôh"]),
    ],
)
def test_entities_may_touch_and_hold_each_other(marked: str, shown: str, inside: list[str]) -> None:
    found = passage(*unmarked(marked))
    assert found.text == shown
    assert [found.text[a:b] for a, b in found.spans[1:]] == inside


def test_what_a_user_marks_is_read_as_in_training() -> None:
    assert TASK.read([MARKED])[0] == TASK.inputs([Example(TEXT, "a", spans=PLACES)])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEXT, "<e1> is missing"),
        ("<e1>a</e1> b", "<e2> is missing"),
        ("<e1>a b <e2>c</e2>", "</e1> is missing"),
        ("<e1>a</e1> <e1>b</e1> <e2>c</e2>", "<e1> comes twice"),
        ("<e1></e1> <e2>c</e2>", "holds no word"),
        ("</e1>a<e1> <e2>c</e2>", "</e1> stands before <e1>"),
        ("<e1><e2>c</e2></e1>", "the same stretch"),
    ],
)
def test_a_text_without_proper_marks_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        TASK.read([text])
    assert caught.value.hint


def test_a_counter_of_words_sees_where_words_stand() -> None:
    (said,) = TASK.plain(TASK.read([MARKED])[0])
    words = said.split()
    assert {"αaudits", "ωwaste", "βwere", "βabout", "h1_audits", "h2_waste"} <= set(words)
    assert {"l1_the", "p_were_about", "f_were", "z_about", "d1_1"} <= set(words)
    assert words.index("βabout") == words.index("βwere") + 1
    (turned,) = TASK.plain(TASK.read(["The <e2>audits</e2> were about <e1>waste</e1>."])[0])
    assert {"αwaste", "ωaudits", "γwere", "d0_1"} <= set(turned.split())


def test_entities_without_letters_do_no_harm() -> None:
    assert pseudo_words(passage("? !", ((0, 1), (2, 3)))).split()[0].startswith("s12")


def test_every_pair_of_found_entities_is_a_passage() -> None:
    spans = [Span(22, 27, "X"), Span(4, 10, "Y"), Span(0, 3, "Z"), Span(4, 10, "Z")]
    found = pairs(TEXT, spans)
    assert [[p.text[a:b] for a, b in p.spans[1:]] for p in found] == [
        ["The", "audits"],
        ["The", "waste"],
        ["audits", "waste"],
    ]
    assert pairs(TEXT, spans[:1]) == []


def test_an_answer_names_the_entities() -> None:
    (said,) = TASK.decode(np.array([[0.1, 0.6, 0.2, 0.1]]))
    answer = TASK.answer(MARKED, said)
    assert list(answer) == ["text", "label", "probability", "alternatives", "relations"]
    assert (answer["text"], answer["label"]) == (TEXT, "Cause-Effect(e2,e1)")
    assert answer["relations"] == [
        {
            "label": "Cause-Effect(e2,e1)",
            "probability": 0.6,
            "e1": {"start": 4, "end": 10, "text": "audits"},
            "e2": {"start": 22, "end": 27, "text": "waste"},
        }
    ]
    assert json.loads(json.dumps(answer)) == answer


def test_no_relation_is_none_in_the_answer() -> None:
    (other,) = TASK.decode(np.array([[0.1, 0.1, 0.2, 0.6]]))
    assert TASK.answer(MARKED, other)["relations"] == []
    abstained = TASK.answer(MARKED, Prediction(None, 0.4))
    assert (abstained["abstained"], abstained["relations"]) == (True, [])


def test_of_a_text_without_marks_the_label_alone_is_said() -> None:
    (said,) = TASK.decode(np.array([[0.6, 0.1, 0.2, 0.1]]))
    answer = TASK.answer(TEXT, said)
    assert answer["relations"] == [{"label": LABELS[0], "probability": 0.6}]


def test_macro_f1_is_the_official_score() -> None:
    gold = np.array([0, 0, 2, 3, -1])
    sure = np.eye(4)[[0, 1, 3, 1, 3]] * 0.8 + 0.05
    metrics, rows = TASK.score(gold, sure)
    assert metrics.keys() == {"accuracy", "macro_f1", "micro_f1", "mcc", "ece"}
    assert metrics["accuracy"] == pytest.approx(1 / 5)
    assert metrics["macro_f1"] == pytest.approx((2 / 5 + 0) / 2)
    assert metrics["micro_f1"] == pytest.approx(2 / 6)
    assert [r.label for r in rows] == list(LABELS)
    sums = TASK.statistics(gold, TASK.decide(sure)).sum(axis=0, keepdims=True)
    found = TASK.values(np.repeat(sums, 3, axis=0))
    for name in ("macro_f1", "micro_f1"):
        assert found[name] == pytest.approx([metrics[name]] * 3)
