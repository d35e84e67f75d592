"""Rows of texts and what is made of them; what was written, and how good it is."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from socle.data.dataset import Dataset
from socle.data.reading import read_rows, read_table
from socle.errors import RowsError
from socle.evaluating import counted, measured
from socle.examples import Example, Prediction, Written
from socle.tasks.generation import OPTION, Generation, language_of

EN = [
    "The dog is running on the grass with a ball.",
    "Two men are sitting at a table and they drink coffee.",
    "This is the house that we have seen in the town.",
]
FR = [
    "Le chien court dans l'herbe avec une balle.",
    "Deux hommes sont assis à une table et boivent du café.",
    "C'est la maison que nous avons vue dans la ville.",
]
DE = [
    "Der Hund läuft mit einem Ball auf dem Gras und ist müde.",
    "Zwei Männer sitzen an einem Tisch und trinken Kaffee mit Milch.",
    "Das ist das Haus, das wir in der Stadt gesehen haben.",
]
TRANSLATED = [{"source": a, "target": b} for a, b in zip(EN, FR, strict=True)]
SHORTENED = [
    {"source": f"{a} {a} {a} It is all that there is to say of it.", "target": a[:18]} for a in EN
]
TASK = Generation("translation", "en", "fr")


def rows(*names: str, cells: Any = (EN, FR)) -> list[dict[str, Any]]:
    return [dict(zip(names, own, strict=True)) for own in zip(*cells, strict=True)]


def given(records: list[dict[str, Any]], **named: str | None) -> Dataset[tuple[str, ...]]:
    table = read_table(records)
    wanted = {"text": None, "label": None, "group": None} | named
    return OPTION.examples(table, OPTION.columns(table, **wanted))


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (("source", "target"), "source"),
        (("tgt", "src"), "src"),
        (("Texte", "Résumé"), "Texte"),
        (("document", "summary"), "document"),
        (("article", "highlights"), "article"),
        (("sentence", "traduction"), "sentence"),
        (("source", "references"), "source"),
        (("fr", "en"), "fr"),
        (("en_GB", "fr-FR"), "en_GB"),
        (("English", "Français"), "English"),
    ],
)
def test_columns_are_known_by_their_names(names: tuple[str, str], read: str) -> None:
    table = read_table(rows(*names))
    assert OPTION.recognises(table)
    found = OPTION.columns(table, None, None, None)
    assert (found.text, found.label, found.group) == (read, (set(names) - {read}).pop(), None)


@pytest.mark.parametrize(
    "records",
    [
        rows("text", "label"),
        rows("source", "target", cells=(EN * 5, ["good", "bad", "good"] * 5)),
        rows("source", "target", cells=(EN, ["0.31", "0.72", "0.18"])),
        rows("source", "target", cells=(["twitter"] * 3, FR)),
        rows("text", "summary", "label", cells=(EN, FR, ["a", "b", "a"])),
        rows("en", "comment"),
        rows("en", "fr", "de", cells=(EN, FR, DE)),
        rows("id", "en", cells=(["one", "two", "three"], EN)),
        rows("it_dept", "hr_dept"),
    ],
)
def test_other_rows_are_left_to_other_tasks(records: list[dict[str, Any]]) -> None:
    assert not OPTION.recognises(read_table(records))


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet"])
def test_files_of_all_kinds_are_read(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"pairs.{suffix}"
    if suffix == "parquet":
        pq.write_table(pa.Table.from_pylist(TRANSLATED), path)
    elif suffix == "jsonl":
        path.write_text("\n".join(map(json.dumps, TRANSLATED)), encoding="utf-8")
    else:
        between = {"csv": '"{}","{}"', "tsv": "{}\t{}"}[suffix]
        lines = [between.format(*row.values()) for row in TRANSLATED]
        lines.insert(0, "source,target" if suffix == "csv" else "source\ttarget")
        path.write_text("\n".join(lines), encoding="utf-8")
    table = read_table(path)
    assert OPTION.recognises(table)
    found = OPTION.examples(table, OPTION.columns(table, None, None, None))
    assert [(one.text, one.target) for one in found] == [
        (a, (b,)) for a, b in zip(EN, FR, strict=True)
    ]
    assert found.examples[0].origin.startswith(path.name)


def test_named_columns_win_and_a_pair_may_be_read_the_other_way() -> None:
    table = read_table(rows("source", "target", "body", "package", cells=(EN, FR, DE, "aab")))
    for named, expected in {
        (None, None, "package"): ("source", "target", "package"),
        ("body", None, None): ("body", "target", None),
        (None, "body", None): ("source", "body", None),
        ("target", None, None): ("target", "source", None),
        (None, "source", None): ("target", "source", None),
        ("body", "package", None): ("body", "package", None),
    }.items():
        found = OPTION.columns(table, *named)
        assert (found.text, found.label, found.group) == expected


def test_two_unknown_names_are_read_from_left_to_right() -> None:
    two = read_table(rows("avant", "apres"))
    assert not OPTION.recognises(two)
    assert OPTION.columns(two, None, None, None).text == "avant"
    assert OPTION.columns(two, "apres", None, None).label == "avant"
    three = read_table(rows("x", "avant", "apres", cells=("abc", EN, FR)))
    assert OPTION.columns(three, None, None, "x").label == "apres"
    with pytest.raises(RowsError, match="not clear which column is read") as caught:
        OPTION.columns(three, None, None, None)
    assert "--text-column" in caught.value.hint


@pytest.mark.parametrize("named", [("sorce", None, None), (None, "x", None), (None, None, "y")])
def test_a_column_that_is_not_there_is_refused(named: tuple[str | None, ...]) -> None:
    with pytest.raises(RowsError, match="has no column"):
        OPTION.columns(read_table(TRANSLATED), *named)  # type: ignore[arg-type]


def test_one_column_cannot_play_two_parts() -> None:
    with pytest.raises(RowsError, match="two parts"):
        OPTION.columns(read_table(TRANSLATED), "source", "source", None)


def test_lists_and_references_give_several_texts_any_of_which_is_right() -> None:
    records: list[dict[str, Any]] = [
        {"source": "a", "target": " b ", "references": ["c", "b", ""]},
        {"source": "d", "target": ["e", "f"], "references": None},
        {"source": ["g", "h"], "target": None, "references": ["i"]},
    ]
    found = given(records)
    assert [one.target for one in found] == [("b", "c"), ("e", "f"), ("i",)]
    assert found.texts == ["a", "d", "g h"]
    assert TASK.encode(found.examples) == [("b", "c"), ("e", "f"), ("i",)]


def test_read_the_other_way_round_references_are_left_out() -> None:
    records = [{"source": "a", "target": "b", "references": ["b", "c"]}]
    assert [one.target for one in given(records, text="target")] == [("a",)]


def test_empty_rows_are_left_out_and_named() -> None:
    records = [*TRANSLATED, {"source": " ", "target": "x"}, {"source": "y", "target": None}]
    found = given(records)
    assert len(found) == 3
    assert found.notes == ("2 rows that lack one of their two texts were left out (lines 4, 5)",)
    many = given([*TRANSLATED, *records[3:] * 4])
    assert "8 rows" in many.notes[0]
    assert "(lines 4, 5, 6, 7, 8, ...)" in many.notes[0]
    assert given(TRANSLATED).notes == ()


def test_rows_without_any_pair_are_refused() -> None:
    with pytest.raises(RowsError, match="no row with both"):
        given([{"source": "", "target": "x"}])


def test_groups_are_kept() -> None:
    found = given(rows("source", "target", "package", cells=(EN, FR, "aab")), group="package")
    assert [one.group for one in found] == ["a", "a", "b"]


def test_languages_are_guessed_in_any_order() -> None:
    assert [language_of(some) for some in (EN, FR, DE, [], ["xyz", "42"])] == [
        *("en", "fr", "", "", "")
    ]
    spanish = ["El perro está en la casa con una pelota.", "Los hombres beben café como los otros."]
    assert language_of(spanish) == ""
    many = [f"{text} {i}" for i in range(900) for text in (FR[i % 3], DE[i % 2])]
    assert language_of(many) == language_of(many[::-1])


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((EN, FR), Generation("translation", "en", "fr")),
        ((FR, EN), Generation("translation", "fr", "en")),
        ((EN, DE), Generation("translation", "en", "")),
        ((DE, DE[::-1]), Generation("translation", "", "")),
        (([" ".join([a] * 4) for a in FR], FR), Generation("summary", "fr", "fr")),
        (([" ".join([a] * 4) for a in DE], DE), Generation("summary", "", "")),
        # Another language makes a translation, however short it is.
        (([" ".join([a] * 4) for a in EN], FR), Generation("translation", "en", "fr")),
    ],
)
def test_a_task_is_learnt_from_languages_and_lengths(cells: Any, expected: Generation) -> None:
    data = given(rows("source", "target", cells=cells))
    assert OPTION.learn(data) == expected
    assert OPTION.learn(data.subset([2, 1, 0])) == expected


def test_the_metric_is_that_of_the_kind_and_stems_are_for_english_summaries() -> None:
    summary = OPTION.learn(given(SHORTENED))
    assert summary == Generation("summary", "en", "en")
    assert (summary.primary, TASK.primary) == ("rougeL", "chrf")
    said, gold = ["the dogs were running"], [("a dog runs",)]
    (stemmed,), (plain,) = (
        task.values(task.statistics(gold, said))["rouge1"]
        for task in (summary, Generation("summary", "fr", "fr"))
    )
    assert stemmed > plain == 0
    assert not Generation("translation", "fr", "en").stemmed


def test_one_and_the_same_target_is_refused() -> None:
    with pytest.raises(RowsError, match="same text to write"):
        OPTION.learn(given(rows("source", "target", cells=(EN, ["même"] * 3))))


@pytest.mark.parametrize("task", [TASK, Generation("summary", "", "en")])
def test_it_comes_back_from_json(task: Generation) -> None:
    assert OPTION.from_json(json.loads(json.dumps(task.to_json())), task.tensors()) == task
    assert (task.labels, task.several, task.stretches, task.family) == ((), False, 0, "generated")


def test_texts_are_read_as_they_are() -> None:
    examples = [Example("a", ("b",)), Example("c")]
    assert TASK.inputs(examples) == TASK.plain(["a", "c"]) == ["a", "c"]
    assert TASK.read(["a", ""]) == [["a"], [""]]
    assert TASK.encode(examples) == [("b",), ()]


def test_what_was_written_is_the_answer() -> None:
    said = [Written("oui", "stop", math.log(0.25)), Written("non", "length"), Written("", "parts")]
    assert TASK.decide(TASK.probabilities(said)) == ["oui", "non", ""]
    found = TASK.decode(said)
    assert [one.target for one in found] == said
    assert [one.probability for one in found] == pytest.approx([0.25, 1, 1])
    assert TASK.gathered(found[1:2]) is found[1]
    answer = TASK.answer("yes", found[0])
    assert answer == {"text": "yes", "output": "oui", "finish": "stop"}
    nothing = {"text": "yes", "output": None, "finish": None}
    assert TASK.answer("yes", Prediction(None, 0.1)) == nothing | {"abstained": True}


def test_scores_are_those_of_the_statistics() -> None:
    gold = [("un deux trois quatre", "deux"), ("cinq six sept",), ("huit",)]
    said = [Written("deux", "stop"), Written("cinq six", "stop"), Written("neuf", "length")]
    metrics, labels = TASK.score(gold, said)
    assert labels == []
    assert list(metrics) == [
        *("bleu", "chrf", "rouge1", "rouge2", "rougeL", "exact", "length_ratio")
    ]
    assert metrics["exact"] == pytest.approx(1 / 3)
    assert metrics["rouge1"] == pytest.approx((1 + 0.8 + 0) / 3)
    assert metrics["length_ratio"] == pytest.approx(4 / 5)
    table = TASK.statistics(gold, TASK.decide(said))
    assert table.dtype == np.float64
    assert TASK.whole(table).tolist() == [True, False, False]
    values = TASK.values(np.stack([table.sum(axis=0), table[:2].sum(axis=0)]))
    assert {name: value.shape for name, value in values.items()} == dict.fromkeys(metrics, (2,))
    assert values["exact"][1] == 0.5
    assert counted(TASK, table).value == metrics["chrf"]


class Frenchman:
    def scores(self, inputs: Any, listen: Any = None) -> list[Written]:
        return [Written(dict(zip(EN, FR, strict=True)).get(one, ""), "stop") for one in inputs]


def test_a_predictor_is_measured() -> None:
    found = measured(TASK, Frenchman(), given(TRANSLATED), "few-shot", None)
    assert found.value == found.report.metrics["bleu"] == found.report.metrics["exact"] == 1
    assert set(found.report.intervals) == {"chrf"}
    assert found.right.all()
    assert found.report.labels == []


@pytest.mark.parametrize("name", ["text", "source"])
def test_rows_of_labels_are_still_classified(name: str) -> None:
    table, _ = read_rows(rows(name, "label", cells=(EN * 4, "ab" * 6)))
    assert not OPTION.recognises(table)
