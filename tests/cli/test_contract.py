"""What other programs rely on: exit codes, one JSON object on stdout, tables on stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.flows.running import apart, done, run

METRICS = {"accuracy", "macro_f1", "micro_f1", "mcc", "ece"}
KEYS = {
    *("model", "task", "base", "strategy", "n_train", "n_test"),
    *("metrics", "rivals", "verdict", "seconds"),
}


@pytest.fixture(scope="module")
def adapted(
    tiny_reviews: Path, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str, str]:
    """Return the folder of a model on a base, and what `adapt --json` wrote on both streams."""
    out = tmp_path_factory.mktemp("adapted") / "m"
    words = ["--base", tiny_encoder, "--strategy", "head", "--effort", "quick", "--out", out]
    said = done("adapt", tiny_reviews, *words, "--json")
    return out, said.out, said.err


def test_adapt_prints_the_documented_object(adapted: tuple[Path, str, str]) -> None:
    out, text, _ = adapted
    [line] = text.splitlines()
    found = json.loads(line)
    assert set(found) >= KEYS
    assert found["model"] == str(out)
    assert found["task"] == "classification"
    assert found["base"] == "tiny-encoder"
    assert found["strategy"] == "head"
    assert (found["n_train"], found["n_test"]) == (64, 16)
    assert set(found["metrics"]) == METRICS
    assert all(-1 <= value <= 1 for value in found["metrics"].values())
    assert set(found["rivals"]) == {"majority", "classical"}
    assert all(set(metrics) == METRICS for metrics in found["rivals"].values())
    assert set(found["verdict"]) >= {"winner", "cheapest_equivalent", "text"}
    assert found["verdict"]["winner"] in {"majority", "classical", "head"}
    assert 0 < found["seconds"]["train"] <= found["seconds"]["total"]


def test_the_report_in_the_folder_is_the_object_that_was_printed(
    adapted: tuple[Path, str, str],
) -> None:
    out, text, _ = adapted
    assert json.loads((out / "report.json").read_text(encoding="utf-8")) == json.loads(text)


def test_progress_goes_to_stderr(adapted: tuple[Path, str, str]) -> None:
    _, _, said = adapted
    assert "Trying head" in said
    assert "16 of 80 rows are set apart for the test" in said
    assert "\x1b" not in said, "colours in a log"


def test_without_json_the_table_goes_to_stderr(tiny_reviews: Path, tmp_path: Path) -> None:
    said = done("adapt", tiny_reviews, "--strategy", "classical", "--out", tmp_path / "m")
    assert said.out == ""
    for word in ("majority", "classical", "accuracy", "95 % interval", "Saved: ", "socle predict"):
        assert word in said.err


def test_the_model_is_named_after_the_data_without_out(
    tiny_reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = done("adapt", tiny_reviews, "--strategy", "majority", "--json").json()
    assert found["model"] == "reviews.socle"
    assert (tmp_path / "reviews.socle" / "socle.json").exists()


def test_evaluate_prints_the_documented_object(model: Path, tiny_reviews: Path) -> None:
    found = done("evaluate", model, tiny_reviews, "--json").json()
    assert set(found) >= {"model", "n", "metrics", "intervals"}
    assert found["model"] == str(model)
    assert found["n"] == 80
    assert set(found["metrics"]) == METRICS
    low, high = found["intervals"]["accuracy"]
    assert 0 <= low <= found["metrics"]["accuracy"] <= high <= 1


def test_evaluate_without_json_prints_a_table_on_stderr(model: Path, tiny_reviews: Path) -> None:
    said = done("evaluate", model, tiny_reviews)
    assert said.out == ""
    assert "80 examples" in said.err
    assert "négatif" in said.err
    assert "95 % interval" in said.err


def test_evaluate_counts_labels_it_never_saw_as_errors(model: Path, tmp_path: Path) -> None:
    data = tmp_path / "more.csv"
    data.write_text(
        "text,label\nLe film est parfait,positif\nLe film est parfait,moyen\n", encoding="utf-8"
    )
    found = done("evaluate", model, data, "--json").json()
    assert found["metrics"]["accuracy"] == 0.5
    assert any("moyen" in note for note in found["notes"])


def test_predict_prints_one_object_per_line(model: Path) -> None:
    said = done("predict", model, "Le film est parfait.", "La chambre est horrible.", "--json")
    first, second = said.lines()
    for found in (first, second):
        assert set(found) == {"text", "label", "probability", "alternatives"}
        assert found["probability"] == max(a["probability"] for a in found["alternatives"])
        assert sum(a["probability"] for a in found["alternatives"]) == pytest.approx(1, abs=1e-5)
    assert (first["text"], first["label"]) == ("Le film est parfait.", "positif")
    assert (second["text"], second["label"]) == ("La chambre est horrible.", "négatif")
    assert said.err == ""


def test_predict_with_several_labels_gives_a_list(topics: Path) -> None:
    text = "the team won the match, and the bank raised its rates."
    [found] = done("predict", topics, text, "--json").lines()
    assert found["label"] == ["money", "sport"]
    assert {a["label"] for a in found["alternatives"]} == {"money", "sport", "weather"}


def test_accents_and_emojis_are_written_as_they_are(model: Path) -> None:
    text = "Déçu 😀 — “très” <b>[red]"
    said = apart("predict", model, text, "--json")
    assert said.code == 0
    assert text in said.out
    assert said.lines()[0]["text"] == text


def test_quotes_and_tabs_come_back_as_they_were(model: Path) -> None:
    text = 'ok "quoted"\ttab \\ and /'
    assert done("predict", model, text, "--json").lines()[0]["text"] == text


def test_half_a_character_on_the_command_line_becomes_a_sign(
    adapted: tuple[Path, str, str], tmp_path: Path
) -> None:
    """A terminal of another encoding hands over bytes that are no UTF-8."""
    out, _, _ = adapted
    torn = b"caf\xe9".decode("utf-8", "surrogateescape")
    [found] = done("predict", out, torn, "--json").lines()
    assert found["text"] == "caf\ufffd"
    done("predict", out, torn, "--out", tmp_path / "answers.jsonl")
    assert json.loads((tmp_path / "answers.jsonl").read_text(encoding="utf-8")) == found


@pytest.mark.parametrize(
    "words",
    [
        ["adapt"],
        ["adapt", "a.csv", "--no-such-option"],
        ["adapt", "a.csv", "--seed", "many"],
        ["predict"],
        ["evaluate", "m"],
        ["export", "m"],
        ["no-such-command"],
        ["bases", "no-such-command"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(words: list[str]) -> None:
    said = run(*words)
    assert said.code == 2
    assert said.out == ""
    assert "Error" in said.err
    assert "Traceback" not in said.err


def test_predict_without_a_text_exits_with_2(model: Path) -> None:
    said = run("predict", model)
    assert said.code == 2
    assert said.out == ""
    assert "nothing to answer" in said.err
    assert "--file" in said.err
