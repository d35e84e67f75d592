"""`socle predict`: texts from words, files and pipes, answers in their order."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from socle.model import load
from tests.flows.running import (
    LIMIT,
    apart,
    assert_designed,
    command,
    done,
    environment,
    refused,
    run,
)

TEXTS = [
    "La chambre est horrible.",
    "Le film est parfait.",
    "",
    "Cet appareil ne vaut rien.",
    "Le film est parfait.",
]


def texts_of(answers: list[dict[str, Any]]) -> list[str]:
    return [answer["text"] for answer in answers]


def test_a_text_file_has_one_text_a_line(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
    answers = done("predict", model, "--file", path, "--json").lines()
    assert texts_of(answers) == TEXTS
    assert answers[1] == answers[4]
    alone = done("predict", model, *TEXTS, "--json").lines()
    assert answers == alone


def test_a_mark_at_the_start_of_a_file_is_not_text(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_bytes(b"\xef\xbb\xbfLe film est parfait.\r\nLe film est horrible.\r\n")
    answers = done("predict", model, "--file", path, "--json").lines()
    assert texts_of(answers) == ["Le film est parfait.", "Le film est horrible."]


def test_rows_are_read_as_adapt_reads_them(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        'id,avis\n1,"Le film est parfait, vraiment."\n2,La chambre est horrible.\n',
        encoding="utf-8",
    )
    answers = done("predict", model, "--file", path, "--json").lines()
    assert texts_of(answers) == ["Le film est parfait, vraiment.", "La chambre est horrible."]
    named = done("predict", model, "--file", path, "--text-column", "id", "--json").lines()
    assert texts_of(named) == ["1", "2"]


def test_rows_of_json_lines_are_read(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS[:2]))
    assert texts_of(done("predict", model, "--file", path, "--json").lines()) == TEXTS[:2]


def test_a_dash_reads_standard_input(model: Path) -> None:
    said = apart("predict", model, "--file", "-", "--json", given="\n".join(TEXTS) + "\n")
    assert said.code == 0
    assert said.err == ""
    assert texts_of(said.lines()) == TEXTS


def test_standard_input_of_another_encoding_is_told_with_its_line(model: Path) -> None:
    words = [*command(), "predict", str(model), "--file", "-", "--json"]
    ended = subprocess.run(
        words,
        input=b"fine\ncaf\xe9\n",
        capture_output=True,
        env=environment(LC_ALL="C"),
        timeout=LIMIT,
        check=False,
    )
    said = ended.stderr.decode()
    assert ended.returncode == 1
    assert "line 2 is not UTF-8" in said
    assert_designed(said)


def test_out_writes_the_lines_and_keeps_stdout_empty(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "answers.jsonl"
    said = done("predict", model, *TEXTS, "--out", out)
    assert said.out == ""
    assert str(out) in said.err
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert found == done("predict", model, *TEXTS, "--json").lines()


def test_a_failure_in_the_middle_keeps_the_old_answers(model: Path, tmp_path: Path) -> None:
    out, path = tmp_path / "answers.jsonl", tmp_path / "texts.txt"
    out.write_text("of yesterday\n")
    path.write_bytes(b"fine\n" * 3000 + b"caf\xe9\n")
    said = run("predict", model, "--file", path, "--out", out)
    assert said.code == 1
    assert out.read_text() == "of yesterday\n"
    assert {p.name for p in tmp_path.iterdir()} == {"answers.jsonl", "texts.txt"}


def test_more_texts_than_are_read_ahead_keep_their_order(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    texts = [f"Le film {i} est {'parfait' if i % 3 else 'horrible'}." for i in range(2500)]
    path.write_text("\n".join(texts), encoding="utf-8")
    answers = done("predict", model, "--file", path, "--json").lines()
    assert texts_of(answers) == texts
    assert [a["label"] for a in answers[:3]] == ["négatif", "positif", "positif"]


def test_an_empty_text_gets_an_answer(model: Path) -> None:
    [found] = done("predict", model, "", "--json").lines()
    assert found["text"] == ""
    assert found["label"] in {"positif", "négatif"}
    assert 0 < found["probability"] < 1


def test_an_empty_file_gives_no_line(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.touch()
    assert done("predict", model, "--file", path, "--json").out == ""


def test_for_people_a_line_is_label_probability_and_text(model: Path, topics: Path) -> None:
    long = "Le film est parfait. " * 20
    first, second = done("predict", model, "Le film\nest parfait.", long).out.splitlines()
    label, probability, text = first.split("\t")
    assert (label, text) == ("positif", "Le film est parfait.")
    assert 0.5 < float(probability) <= 1
    assert len(second.split("\t")[2]) == 80
    assert second.endswith("…")
    assert done("predict", topics, "the team won the match.").out.startswith("sport\t")


UNSURE = "zzz"


def test_an_answer_that_is_not_sure_enough_is_null(model: Path) -> None:
    texts = ("Le film est parfait.", UNSURE)
    plain = done("predict", model, *texts, "--json").lines()
    assert all(list(a) == ["text", "label", "probability", "alternatives"] for a in plain)
    least = (plain[0]["probability"] + plain[1]["probability"]) / 2
    assert plain[1]["probability"] < least < plain[0]["probability"]
    words = ("predict", model, *texts, "--abstain-below", str(least))
    said = done(*words, "--json").lines()
    assert said == [plain[0], plain[1] | {"label": None, "abstained": True}]
    lines = done(*words).out.splitlines()
    assert lines[0].startswith("positif\t")
    assert lines[1] == f"(abstains)\t{plain[1]['probability']:.3f}\t{UNSURE}"


def test_of_several_labels_none_and_silence_are_two_answers(topics: Path) -> None:
    (plain,) = done("predict", topics, UNSURE, "--json").lines()
    assert isinstance(plain["label"], list)
    (said,) = done("predict", topics, UNSURE, "--abstain-below", "1", "--json").lines()
    assert said == plain | {"label": None, "abstained": True}
    assert done("predict", topics, UNSURE, "--abstain-below", "1").out.startswith("(abstains)\t")


def test_a_precision_takes_the_threshold_that_the_model_measured(
    model: Path, tmp_path: Path
) -> None:
    texts = ("Le film est parfait.", UNSURE)
    sure = [a["probability"] for a in done("predict", model, *texts, "--json").lines()]
    rows = [
        {"precision": 0.8, "threshold": 0.1, "coverage": 1.0, "lower": 0.85},
        {"precision": 0.95, "threshold": sum(sure) / 2, "coverage": 0.5, "lower": 0.95},
        {"precision": 0.99, "threshold": None, "coverage": 0.0, "lower": None},
    ]
    told = dataclasses.replace(load(model), report={"abstention": rows}).save(tmp_path / "told")
    said = done("predict", told, *texts, "--precision", "0.9", "--json")
    assert [a["label"] for a in said.lines()] == ["positif", None]
    assert f"{sum(sure) / 2:.3f}" in said.err
    all_of_them = done("predict", told, *texts, "--precision", "0.75", "--json").lines()
    assert all("abstained" not in answer for answer in all_of_them)
    assert "Ask for 0.95 or less" in refused("predict", told, *texts, "--precision", "0.99")


def test_when_to_abstain_is_said_once_and_between_nothing_and_all(
    model: Path, tmp_path: Path
) -> None:
    bare = dataclasses.replace(load(model), report={}).save(tmp_path / "bare")
    assert "--abstain-below" in refused("predict", bare, UNSURE, "--precision", "0.9")
    both = ("--precision", "0.9", "--abstain-below", "0.5")
    assert "Give one of them" in refused("predict", model, UNSURE, *both, code=2)
    assert run("predict", model, UNSURE, "--precision", "95").code == 2
    assert run("predict", model, UNSURE, "--abstain-below", "-1").code == 2


def test_a_reader_that_has_seen_enough_ends_it_quietly(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("Le film est parfait.\n" * 20_000, encoding="utf-8")
    words = [*command(), "predict", str(model), "--file", str(path), "--json"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = json.loads(process.stdout.readline())
        process.stdout.close()
        said = process.stderr.read().decode()
        code = process.wait(LIMIT)
    assert first["label"] == "positif"
    assert said == ""
    assert code in (0, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of its own")
def test_head_of_a_pipe_is_quiet(model: Path) -> None:
    script = '"$@" | head -n 1'
    words = [*command(), "predict", str(model), "--file", "-", "--json"]
    done = subprocess.run(
        ["sh", "-c", script, "sh", *words],
        input=b"Le film est parfait.\n" * 5000,
        capture_output=True,
        env=environment(),
        timeout=LIMIT,
        check=True,
    )
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == b""
