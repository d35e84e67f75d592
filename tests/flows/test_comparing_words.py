"""Comparing on sentences: the metric of the task in the verdict, the page and the model card."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import ModelCard

import socle
from tests.flows import sentences
from tests.flows.conftest import Files, Models
from tests.flows.running import Said, done

NAMES = {"parsing": "LAS", "entities": "F1", "tagging": "UPOS"}
HEADS = {"parsing": "UAS", "entities": "partial F1", "tagging": "lemma"}
VOID = {"meta", "br", "link", "input", "hr", "img"}


class _Text(HTMLParser):
    """Takes a page apart; what is opened has to be closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += f"{data} "


@pytest.fixture(scope="module", params=["parsing", "entities"])
def compared(
    request: pytest.FixtureRequest,
    files: Files,
    short: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[str, Said, Path]:
    """Return a task, what a comparison on it said, and the folder of its page and model."""
    folder = tmp_path_factory.mktemp("compared")
    recipe, base = short[1], short[3]
    words = ["--strategies", "majority,classical,head", "--bases", base, "--recipe", recipe]
    test = folder / "test"
    if request.param == "parsing":
        test = sentences.conllu(test.with_suffix(".conllu"), sentences.trees(40, seed=9))
    else:
        test = sentences.conll(test.with_suffix(".conll"), sentences.entities(40, seed=9))
    more = ["--test", test, "--report", folder / "page.html", "--out", folder / "m", "--json"]
    return request.param, done("compare", files[request.param], *words, *more), folder


def test_the_verdict_is_by_the_metric_of_the_task(compared: tuple[str, Said, Path]) -> None:
    name, said, _ = compared
    found = said.json()
    metric = NAMES[name].lower()
    assert (found["metric"], found["data"]["n_test"]) == (metric, 40)
    assert found["verdict"]["winner"] == found["verdict"]["cheapest_equivalent"] == "classical"
    assert "classical" in found["verdict"]["text"]
    by_name = {one["name"]: one for one in found["candidates"]}
    assert set(by_name) == {"majority", "classical", "head"}
    for one in by_name.values():
        low, high = one["interval"]
        assert low <= one["metrics"][metric] <= high
        assert one["cost"]["cpu_seconds_per_1000"] > 0
        assert one["calibration"] is None
        assert one["confusion"] is None
    assert {pair["metric"] for pair in found["pairs"]} == {metric}


def test_what_is_not_measured_on_words_is_null(compared: tuple[str, Said, Path]) -> None:
    found = compared[1].json()
    for key in ("detectable", "curve", "faults"):
        assert found[key] is None, key
    assert found["disagreements"] == []


def test_the_page_speaks_of_the_metric_of_the_task(compared: tuple[str, Said, Path]) -> None:
    name, _, folder = compared
    page = _Text((folder / "page.html").read_text(encoding="utf-8"))
    assert page.open == []
    title = NAMES[name]
    assert f"{title} of each approach" in page.text
    assert f"{title} against cost" in page.text
    assert HEADS[name] in page.text
    for word in ("accuracy", "macro-F1", "MCC", "ECE", "calibrat", "confus", "Las", "nan", "None"):
        assert not re.search(rf"\b{word}\b|\b{word.capitalize()}\w", page.text), word
    assert "Can its probabilities be trusted?" not in page.text
    assert "Would more labels help?" not in page.text


def test_the_table_in_the_terminal_has_the_metric(files: Files, tmp_path: Path) -> None:
    words = ["--strategies", "majority,classical", "--effort", "quick"]
    said = done("compare", files["tagging"], *words, "--report", tmp_path / "p.html").err
    assert "UPOS" in said
    assert "accuracy" not in said


def test_the_saved_candidate_is_the_one_to_use(compared: tuple[str, Said, Path]) -> None:
    name, said, folder = compared
    model = socle.load(folder / "m")
    assert model.strategy == "classical"
    assert model.task.name == {"parsing": "parsing"}.get(name, "labelling")
    _card_is_right(model.card, name, said.json()["candidates"][1])


@pytest.mark.parametrize("name", ["parsing", "entities", "tagging"])
def test_the_card_of_a_model_of_words_tells_its_metrics(models: Models, name: str) -> None:
    model = socle.load(models[name])
    _card_is_right(model.card, name, dict(model.report))


def _card_is_right(card: str, name: str, measured: dict[str, Any]) -> None:
    read = ModelCard(card)
    facts, body = read.data.to_dict(), read.text
    assert facts["pipeline_tag"] == "token-classification"
    assert {"socle", "token-classification"} <= set(facts["tags"])
    [result] = facts["model-index"][0]["results"]
    assert result["task"] == {"type": "token-classification"}
    told = {one["name"]: one["value"] for one in result["metrics"]}
    metric = NAMES[name]
    value = measured["metrics"][metric.lower()]
    assert told[metric] == pytest.approx(value, abs=1e-5)
    assert f"| {metric} | {value:.3f} | " in body
    assert f"| candidate | base | {metric} | 95 % interval | {HEADS[name]} |" in body
    assert f"The 95 % interval of the {metric} is" in body
    for row in measured["labels"]:
        assert re.search(rf"\| {row['label']} \| \d\.\d+ \| .* \| {row['support']} \|", body)
    rivals = body[body.index("## Rivals") : body.index("## Verdict")]
    assert "accuracy" not in rivals


def test_the_card_of_relations_tells_the_official_score(models: Models) -> None:
    card = (models["relations"] / "README.md").read_text(encoding="utf-8")
    facts = ModelCard(card).data.to_dict()
    assert {"text-classification", "relations"} <= set(facts["tags"])
    report = json.loads((models["relations"] / "report.json").read_text(encoding="utf-8"))
    assert f"| macro-F1 | {report['metrics']['macro_f1']:.3f} | " in card
