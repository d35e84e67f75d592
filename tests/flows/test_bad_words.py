"""What users get wrong with sentences and relations: a clear message, nothing of theirs lost."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows import sentences
from tests.flows.conftest import Files, Models
from tests.flows.running import done, refused, run

Adapt = Callable[..., str]
Writer = Callable[[str, str], Path]
LONG = 10_000
PATIENCE = 60
"""Seconds for a long sentence: a few in peace, minutes if they grew with its square."""


@pytest.fixture
def bad(models: Models, tmp_path: Path) -> Iterator[Adapt]:
    """Return a function that adapts to bad data over a model that has to stay as it was."""
    out = tmp_path / "here" / "m"
    shutil.copytree(models["tagging"], out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def adapt(data: Path, *words: str | Path, code: int = 1) -> str:
        return refused("adapt", data, "--strategy", "classical", *words, "--out", out, code=code)

    yield adapt
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert [path.name for path in out.parent.iterdir()] == ["m"], "leftovers"


def changed(data: Path, old: str, new: str, block: int = 3) -> str:
    """Return a file of sentences in which one of them was changed."""
    blocks = data.read_text(encoding="utf-8").split("\n\n")
    assert old in blocks[block], blocks[block]
    blocks[block] = blocks[block].replace(old, new, 1)
    return "\n\n".join(blocks)


# Files


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("\t_\t_\n", "\t_\n", 28, "9 columns instead of 10"),
        ("\tNOUN\t_\t_\t3\tnsubj", "\tNOUN\t_\t_\t1\tnsubj", 28, "run in a circle"),
        ("\t3\tobj", "\t0\tobj", 32, "2 words have the head 0"),
        ("\n4\t", "\n7\t", 31, "the id '7' stands where 4 should"),
        ("\t3\tobj", "\t12\tobj", 32, "points outside the sentence"),
        ("\t3\tobj", "\t_\tobj", 32, "is not a number"),
    ],
    ids=["columns", "circle", "roots", "gap", "outside", "half a tree"],
)
def test_a_slip_in_a_treebank_is_told_with_its_line(
    bad: Adapt, files: Files, file: Writer, old: str, new: str, line: int, words: str
) -> None:
    path = file("a.conllu", changed(files["parsing"], old, new))
    said = bad(path)
    assert f"{path}, line {line}: " in said
    assert words in said


def test_comments_without_a_sentence_are_noted(files: Files, file: Writer, tmp_path: Path) -> None:
    text = files["parsing"].read_text(encoding="utf-8")
    path = file("a.conllu", "# newdoc\n\n\n\n" + text + "# text = Rien.\n\n")
    words = ["--strategy", "majority", "--out", tmp_path / "m", "--json"]
    found = done("adapt", path, *words).json()
    assert found["n_train"] + found["n_test"] == 60
    [note] = found["notes"]
    assert "comments without a sentence left out" in note
    assert "1" in note


@pytest.mark.parametrize("tag", ["(LOC*)", "B-LOC|B-ORG", "B-LOC;B-ORG"])
def test_nested_entities_are_refused_with_their_line(
    bad: Adapt, files: Files, file: Writer, tag: str
) -> None:
    path = file("a.conll", changed(files["entities"], "B-LOC", tag, block=0))
    said = bad(path)
    assert f"{path}, line 7: the tag {tag!r}" in said
    assert "outermost" in said


def test_two_schemes_in_one_file_are_refused(bad: Adapt, files: Files, file: Writer) -> None:
    once = file("once.conll", changed(files["entities"], "B-LOC", "U-LOC", block=0))
    said = bad(file("a.conll", changed(once, "B-LOC", "S-LOC", block=1)))
    assert "a.conll" in said
    assert "one scheme" in said


def test_one_tag_leaves_nothing_to_tell_apart(bad: Adapt, file: Writer) -> None:
    said = bad(file("a.conll", "un\tO\nmot\tO\n\n" * 20))
    assert "every word has the same tag" in said
    assert "at least two tags" in said


def test_a_line_without_its_tag_is_told(bad: Adapt, files: Files, file: Writer) -> None:
    path = file("a.conll", changed(files["entities"], "\tB-LOC", "", block=0))
    assert f"{path}, line 7: 1 column, where the other lines have 2" in bad(path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[16, 27]", "[16, 270]", "reaches beyond the text of 39 characters"),
        ("[16, 27]", "[27, 16]", "ends before it begins"),
        ("[16, 27]", "[16, 16]", "holds no word"),
        ("[16, 27]", "[0, 3]", "the same stretch"),
        ("[16, 27]", '"Paris"', "two numbers are expected"),
    ],
    ids=["outside", "backwards", "empty", "same", "words"],
)
def test_entities_at_no_place_of_the_text_are_told_with_their_line(
    bad: Adapt, files: Files, file: Writer, old: str, new: str, words: str
) -> None:
    lines = files["relations"].read_text(encoding="utf-8").splitlines()
    lines[4] = lines[4].replace(old, new)
    path = file("a.jsonl", "\n".join(lines))
    said = bad(path)
    assert f"{path}, line 5: " in said
    assert words in said


def test_a_task_that_the_rows_are_not_made_for_is_refused(
    bad: Adapt, files: Files, tiny_reviews: Path
) -> None:
    said = bad(tiny_reviews, "--task", "parsing")
    assert "has no trees" in said
    assert ".conllu" in said
    assert "has no trees" in bad(files["entities"], "--task", "parsing")
    said = bad(files["tagging"], "--task", "parsing")
    assert f"{files['tagging']}, line 1: a sentence has no tree" in said
    assert "--task labelling" in said
    assert "its rows are no sentences" in bad(tiny_reviews, "--task", "labelling")
    said = bad(tiny_reviews, "--task", "relations")
    assert f"{tiny_reviews}, line 2: The mark <e1> is missing" in said
    assert "--label-column" in bad(files["parsing"], "--task", "classification")


# Questions


@pytest.mark.parametrize("name", ["tagging", "entities"])
def test_a_sentence_of_10000_words_is_tagged(models: Models, file: Writer, name: str) -> None:
    path = file("long.txt", " ".join(["La fille invite la tante"] * (LONG // 5)) + "\nUn mot .\n")
    began = time.perf_counter()
    long, short = done("predict", models[name], "--file", path, "--json").lines()
    assert time.perf_counter() - began < PATIENCE
    assert len(long["tokens"]) == LONG
    assert long["offsets"][-1][1] == len(long["text"])
    assert len(short["tokens"]) == 3


def test_a_sentence_of_10000_words_is_parsed_in_parts(
    files: Files, short: list[str], file: Writer, tmp_path: Path
) -> None:
    out = tmp_path / "m"
    done("adapt", files["parsing"], "--strategy", "head", *short, "--out", out)
    path = file("long.txt", " ".join(["La fille invite la tante"] * (LONG // 5)))
    began = time.perf_counter()
    [found] = done("predict", out, "--file", path, "--json").lines()
    assert time.perf_counter() - began < PATIENCE
    assert len(found["tokens"]) == len(found["heads"]) == len(found["deprels"]) == LONG
    assert sum(head == 0 for head in found["heads"]) == len(found["sentences"])


def test_words_never_seen_in_training_get_an_answer(models: Models) -> None:
    for name in ("tagging", "parsing", "entities"):
        [found] = done("predict", models[name], "Ж 漢字 \u200b xyz", "--json").lines()
        assert found["tokens"]
        assert "".join(found["tokens"]) in found["text"].replace(" ", "")


def test_a_text_without_marks_is_named_with_its_line(models: Models, file: Writer) -> None:
    said = refused("predict", models["relations"], "rien")
    assert "The mark <e1> is missing" in said
    assert "<e1>author</e1>" in said
    path = file("texts.txt", "<e1>Léa</e1> parle de <e2>Lyon</e2>.\nrien\n")
    assert f"{path}, line 2: The mark <e1>" in refused(
        "predict", models["relations"], "--file", path
    )


def test_a_format_with_a_slip_gets_the_list(models: Models) -> None:
    said = refused("predict", models["tagging"], "x", "--format", "xml", code=2)
    assert "brat, conll, conllu, displacy, docbin, jsonl" in said


def test_a_format_of_words_asks_for_a_model_of_words(models: Models) -> None:
    text = "<e1>Léa</e1> parle de <e2>Lyon</e2>."
    said = refused("predict", models["relations"], text, "--format", "conll")
    assert "no model cut this text" in said


def test_drawing_asks_for_a_parser(models: Models, tmp_path: Path) -> None:
    for name in ("tagging", "entities", "relations"):
        said = refused("predict", models[name], "x", "--svg", tmp_path / "trees", code=2)
        assert "none of these models finds any" in said
        assert "parsing" in said
    assert not (tmp_path / "trees").exists()


def test_a_promise_of_precision_is_for_whole_texts(models: Models) -> None:
    said = refused("predict", models["entities"], "x", "--precision", "0.9", code=2)
    assert "whole texts" in said


# What these models cannot do


@pytest.mark.parametrize("name", ["parsing", "tagging", "entities", "relations"])
def test_no_label_is_added_to_a_model_of_words(
    models: Models, files: Files, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "m"
    said = refused("adapt", files[name], "--add-label", models[name], "--out", out, code=2)
    assert not out.exists()
    assert "whole texts only" in said
    assert "on all rows together" in said


@pytest.mark.parametrize(
    ("name", "strategy"),
    [("entities", "classical"), ("relations", "head"), ("tagging", "full")],
)
def test_no_export_of_words_or_relations(
    models: Models,
    files: Files,
    short: list[str],
    tmp_path: Path,
    name: str,
    strategy: str,
) -> None:
    model = models[name]
    if strategy != "classical":
        model = tmp_path / "m"
        done("adapt", files[name], "--strategy", strategy, *short, "--out", model)
    out = tmp_path / "exported"
    for to in ("huggingface", "onnx"):
        said = refused("export", model, "--to", to, "--out", out, code=2)
        assert "whole texts can be exported, for now" in said
        assert "socle predict" in said
        assert not out.exists()


# Checks


def failed_check(*words: str | Path) -> dict[str, Any]:
    said = run("check", *words, "--json")
    assert said.code == 1
    return said.json()


def test_check_of_a_treebank_finds_copies_contradictions_and_leaks(
    files: Files, file: Writer
) -> None:
    blocks = files["parsing"].read_text(encoding="utf-8").split("\n\n")
    other = blocks[0].replace("\tobj\t", "\tiobj\t")
    train = file("train.conllu", "\n\n".join([*blocks[:30], blocks[1], other, ""]))
    test = file("test.conllu", "\n\n".join([*blocks[28:40], ""]))
    found = failed_check(train, "--test", test)
    assert (found["task"], found["n"], found["n_test"]) == ("parsing", 32, 12)
    assert found["labels"]["root"] == 32
    by_kind = {one["kind"]: one for one in found["findings"]}
    assert by_kind["conflict"]["rows"] == [["train.conllu:1", "train.conllu:270"]]
    assert "annotated in several ways" in by_kind["conflict"]["message"]
    assert len(by_kind["duplicate"]["rows"]) == 2
    assert len(by_kind["leak"]["rows"]) == 2
    assert by_kind["one-example"]["message"].startswith("1 label on a single word: iobj")


@pytest.mark.parametrize("name", ["tagging", "entities", "parsing"])
def test_check_of_sound_sentences_has_no_error(files: Files, name: str) -> None:
    found = done("check", files[name], "--json").json()
    assert found["n"] == 60
    assert {one["severity"] for one in found["findings"]} <= {"note"}
    assert "60 rows" in done("check", files[name]).err


def test_check_counts_entities_by_their_kind(files: Files) -> None:
    found = done("check", files["entities"], "--json").json()
    assert set(found["labels"]) == {"LOC", "PER"}


def test_check_tells_that_all_words_have_one_tag(file: Writer) -> None:
    found = failed_check(file("a.conll", "un\tO\nmot\tO\n\n" * 20))
    assert "one-label" in {one["kind"] for one in found["findings"]}


def test_check_knows_that_one_text_has_many_pairs(file: Writer) -> None:
    rows = [
        {"text": "Léa et Anna sont à Lyon.", "e1": e1, "e2": [19, 23], "label": label}
        for e1, label in (([0, 3], "in"), ([7, 11], "Other"), ([7, 11], "in"))
    ]
    path = file("a.jsonl", "\n".join(json.dumps(row) for row in rows))
    found = done("check", path, "--json").json()
    assert found["task"] == "relations"
    [conflict] = [one for one in found["findings"] if one["kind"] == "conflict"]
    assert conflict["rows"] == [["a.jsonl:2", "a.jsonl:3"]]


def test_check_of_slips_names_their_lines(files: Files, file: Writer) -> None:
    path = file("a.conllu", changed(files["parsing"], "\t3\tobj", "\t0\tobj"))
    assert f"{path}, line 32: 2 words have the head 0" in refused("check", path)


def test_sentences_for_tests_are_made_as_their_schemes_say() -> None:
    tags = ["B-PER", "I-PER", "B-PER", "O", "B-LOC"]
    assert sentences.as_iob1(tags) == ["I-PER", "I-PER", "B-PER", "O", "I-LOC"]
    assert sentences.as_bioes(tags) == ["B-PER", "E-PER", "S-PER", "O", "S-LOC"]
