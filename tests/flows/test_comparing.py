"""Comparing, through the command: what is printed and written, kept for later, and survived."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import signal
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import socle
from socle import fits, plugins, trial
from socle.contest import Entrant, Stage
from socle.costing import Cost
from socle.errors import ResourceError
from socle.events import Event, Listener, Noted
from tests.conftest import _reviews
from tests.flows.running import Said, done, interrupted, refused, run, written

METRICS = {"accuracy", "macro_f1", "micro_f1", "mcc", "ece"}
WHOLE = {
    *("data", "task", "metric", "seeds", "effort", "seconds", "seed", "detectable", "candidates"),
    *("pairs", "verdict", "transfer", "curve", "faults", "disagreements", "hosted", "pareto"),
    *("machine", "notes"),
}
CANDIDATE = {
    *("name", "strategy", "base", "rank", "metrics", "interval", "intervals", "by_seed", "spread"),
    *("settings", "labels", "cost", "calibration", "risk_coverage", "abstention", "confusion"),
    *("licence", "forgetting"),
}
COST = {
    *("train_seconds", "train_cpu_seconds", "documents_per_second", "cpu_seconds_per_1000"),
    *("latency_p50_ms", "latency_p95_ms", "peak_memory_mb", "startup_seconds", "size_mb"),
    *("energy_wh_per_1000", "energy_mode", "price_per_1000", "currency"),
}
KEPT = "kept from an earlier run"


@pytest.fixture(scope="module")
def reviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a CSV of 240 reviews, one in 12 mislabelled; 48 are the test."""
    drawn = list(_reviews())
    random.Random(0).shuffle(drawn)
    swapped = {"positif": "négatif", "négatif": "positif"}
    rows = [(t, swapped[y] if i % 12 == 7 else y) for i, (t, y) in enumerate(drawn)]
    return written(tmp_path_factory.mktemp("data") / "reviews.csv", rows)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    path.write_text('effort = "quick"\nprecision = "float32"\nengine = "onnx"\nepochs = 1\n')
    return path


@pytest.fixture(autouse=True)
def _a_place_for_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what starts processes or takes seconds: cost, forgetting and the curve."""
    forgot = types.SimpleNamespace(to_json=lambda: {"probes": [], "drift": [], "text": "Nothing."})
    monkeypatch.setattr(trial, "cost", known_cost)
    monkeypatch.setattr(trial, "forgetting", lambda *_, **__: forgot)
    monkeypatch.setattr(trial, "grow", lambda *_, **__: None)


brief = pytest.mark.usefixtures("_brief")


def known_cost(model: socle.AdaptedModel, texts: Sequence[str], **_: object) -> Cost:
    each = {"majority": 0.1, "classical": 1.0}.get(model.strategy, 10.0)
    return Cost(
        documents_per_second=1000 / each,
        cpu_seconds_per_1000=each,
        latency_p50_ms=each,
        latency_p95_ms=2 * each,
        peak_memory_mb=100.0,
        startup_seconds=1.0,
        size_mb=1.0,
        base_mb=0.0,
        energy_wh_per_1000=each,
        energy_mode="known",
    )


def names(found: dict[str, Any]) -> list[str]:
    return [one["name"] for one in found["candidates"]]


def by_name(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in found["candidates"]}


@pytest.fixture(scope="module")
def whole(
    reviews: Path, tiny_encoder: Path, recipe: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Said, Path]:
    """Return what a comparison said in which nothing was left out, and the folder that it wrote."""
    folder = tmp_path_factory.mktemp("whole")
    words = ["--strategies", "classical,head", "--bases", tiny_encoder, "--recipe", recipe]
    more = ["--out", folder / "m", "--report", folder / "r.html", "--json"]
    price = ["--price-per-hour", "0.36", "--data-licence", "CC-BY-4.0"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(trial._COST_SECONDS, "quick", 0.5)
        return done("compare", reviews, *words, *more, *price), folder


# What is printed


def test_the_documented_object_is_all_that_is_printed(whole: tuple[Said, Path]) -> None:
    found = whole[0].json()
    assert set(found) == WHOLE
    assert (found["task"], found["metric"]) == ("classification", "accuracy")
    assert (found["effort"], found["seed"], found["seeds"]) == ("quick", 0, [0])
    assert found["seconds"] > 0
    data = found["data"]
    assert (data["name"], data["n_train"], data["n_test"]) == ("reviews.csv", 192, 48)
    assert (data["labels"], data["several"]) == (["négatif", "positif"], False)
    assert data["licence"] == "CC-BY-4.0"
    assert len({data["train"], data["test"]}) == 2
    assert {"processor", "cores", "system"} <= set(found["machine"])


def test_every_candidate_is_told_in_full(whole: tuple[Said, Path]) -> None:
    found = whole[0].json()
    assert names(found) == ["classical", "head"]
    for one in found["candidates"]:
        assert set(one) == CANDIDATE
        assert set(one["metrics"]) == METRICS
        low, high = one["interval"]
        assert 0 <= low <= one["metrics"]["accuracy"] <= high <= 1
        assert set(one["intervals"]) == {"accuracy", "macro_f1"}
        assert set(one["cost"]) == COST
        assert one["cost"]["price_per_1000"] >= 0
        assert one["cost"]["train_seconds"] > 0
        assert sum(sum(row) for row in one["confusion"]) == 48
        assert sum(row["support"] for row in one["labels"]) == 48
        assert sum(one["count"] for one in one["calibration"]["bins"]) == 48
        assert one["risk_coverage"][-1]["coverage"] == 1
        assert set(one["licence"]) >= {"licence", "commercial", "conditions", "parts", "text"}
    head = by_name(found)["head"]
    assert (head["strategy"], head["base"]) == ("head", "tiny-encoder")
    assert head["settings"]["engine"] == "onnx"
    assert set(head["forgetting"]) >= {"drift", "text"}
    assert by_name(found)["classical"]["base"] is None
    assert by_name(found)["classical"]["forgetting"] is None


def test_every_difference_comes_with_its_interval(whole: tuple[Said, Path]) -> None:
    found = whole[0].json()
    scores = {name: one["metrics"] for name, one in by_name(found).items()}
    assert [pair["metric"] for pair in found["pairs"]] == ["accuracy", "macro_f1"]
    for pair in found["pairs"]:
        assert pair["a"] == found["verdict"]["winner"]
        metric = pair["metric"]
        gap = scores[pair["a"]][metric] - scores[pair["b"]][metric]
        assert pair["difference"] == pytest.approx(gap, abs=1e-6)
        assert pair["interval"][0] <= gap <= pair["interval"][1]
        assert 0 <= pair["p"] <= pair["p_adjusted"] <= 1
        assert pair["test"]


def test_the_verdict_names_the_cheapest_that_is_not_worse(whole: tuple[Said, Path]) -> None:
    found = whole[0].json()
    verdict = found["verdict"]
    assert set(verdict) == {"winner", "cheapest_equivalent", "text", "kind"}
    assert verdict["kind"] in ("clear", "tie")
    use, winner = verdict["cheapest_equivalent"], verdict["winner"]
    assert verdict["text"].startswith(f"Use `{use}`: ")
    equal = {pair["b"] for pair in found["pairs"] if pair["p_adjusted"] >= 0.05} | {winner}
    assert use in equal
    costs = {name: by_name(found)[name]["cost"]["cpu_seconds_per_1000"] for name in equal}
    assert costs[use] <= 1.5 * min(costs.values())
    assert found["detectable"]["text"].startswith(("48 test rows", "With 48 test rows"))
    assert found["detectable"]["text"] in " ".join(whole[0].err.split())
    assert set(found["pareto"]) <= set(names(found))


def test_what_the_base_was_worth_and_what_labels_may_bring_is_told(
    whole: tuple[Said, Path],
) -> None:
    found = whole[0].json()
    [transfer] = found["transfer"]
    assert (transfer["candidate"], transfer["against"]) == ("head", "classical")
    assert transfer["sign"] in ("positive", "null", "negative")
    assert {one["name"] for one in found["curve"]["candidates"]} == {"classical", "head"}
    assert all(one["points"] for one in found["curve"]["candidates"])
    assert found["faults"]["n_suspects"] == len(found["faults"]["suspects"])
    assert found["hosted"]["tokens_per_1000"] > 0
    for row in found["disagreements"]:
        assert {row["a"], row["b"]} == {"head", "classical"}
        assert row["a_answer"] != row["b_answer"]


# What is written


def test_the_page_holds_the_verdict_and_loads_nothing(whole: tuple[Said, Path]) -> None:
    said, folder = whole
    page = (folder / "r.html").read_text(encoding="utf-8")
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))
    sentence = said.json()["verdict"]["text"].replace("`", "")
    assert sentence.split(",")[0] in plain.replace("`", "")
    assert not re.findall(r"<(?:script|iframe|link|img)\b|@import|\bsrc\s*=", page)
    assert not re.findall(r"url\(\s*['\"]?(?!#|data:)", page)
    assert "default-src 'none'" in page


def test_the_model_to_use_is_saved_and_answers(whole: tuple[Said, Path]) -> None:
    said, folder = whole
    model = socle.load(folder / "m")
    assert model.strategy == said.json()["verdict"]["cheapest_equivalent"]
    [found] = done("predict", folder / "m", "Le film est parfait.", "--json").lines()
    assert found["label"] == "positif"


def test_the_model_that_is_saved_carries_its_report_and_its_card(whole: tuple[Said, Path]) -> None:
    said, folder = whole
    model, facts = socle.load(folder / "m"), said.json()
    own = next(row for row in facts["candidates"] if row["name"] == model.strategy)
    assert model.report["metrics"] == own["metrics"]
    assert model.report["abstention"] == own["abstention"]
    assert set(model.report["rivals"]) == {
        row["name"] for row in facts["candidates"] if "metrics" in row
    } - {model.strategy}
    assert facts["verdict"]["text"].split(":")[0] in model.card
    assert model.card.startswith("---\n")


@brief
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_fitted(
    reviews: Path, tmp_path: Path
) -> None:
    (tmp_path / "page.html").mkdir()
    said = refused("compare", reviews, "--report", tmp_path / "page.html")
    assert "is a folder" in said
    assert "Candidates" not in said


def test_nothing_else_is_left_in_the_folder(whole: tuple[Said, Path]) -> None:
    assert {path.name for path in whole[1].iterdir()} == {"m", "r.html"}


@brief
def test_without_json_the_table_goes_to_stderr(reviews: Path, tmp_path: Path) -> None:
    said = done("compare", reviews, "--strategies", "majority,classical", "--out", tmp_path / "m")
    assert said.out == ""
    for word in ("48 test rows", "95 % interval", "classical ←", "Use `classical`", "Saved: "):
        assert word in said.err
    assert "Report: reviews-compared.html" in said.err
    assert (tmp_path / "reviews-compared.html").exists()


@brief
def test_a_folder_with_other_content_is_refused_before_anything_is_fitted(
    reviews: Path, tmp_path: Path
) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "letter.txt").write_text("dear")
    said = refused("compare", reviews, "--strategies", "classical", "--out", tmp_path / "m")
    assert "Candidates" not in said
    assert not (tmp_path / "reviews-compared.html").exists()


# What is kept for later


@brief
def test_a_second_run_fits_nothing_again_and_a_fresh_one_does(
    reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCLE_HOME", str(tmp_path / "home"))
    words = ["compare", reviews, "--strategies", "majority,classical", "--json"]
    first, second, fresh = done(*words), done(*words), done(*words, "--fresh")
    assert KEPT not in first.err
    assert f"majority: {KEPT}" in second.err
    assert f"classical: {KEPT}" in second.err
    assert KEPT not in fresh.err
    for key in ("candidates", "pairs", "verdict"):
        one, other = (
            [{k: v for k, v in c.items() if k != "cost"} for c in found[key]]
            if key == "candidates"
            else found[key]
            for found in (first.json(), second.json())
        )
        assert one == other


@brief
def test_what_was_fitted_before_an_interrupt_is_not_fitted_again(
    reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCLE_HOME", str(tmp_path / "home"))
    code = """
import sys, time
from socle import fits
fitted = fits.fitted
def slow(stage, entrant, **more):
    if entrant.name == "classical":
        print("FITTING", flush=True, file=sys.stderr)
        time.sleep(30)
    return fitted(stage, entrant, **more)
fits.fitted = slow
"""
    words = ["compare", reviews, "--strategies", "majority,classical", "--json"]
    stopped = interrupted(words, code, "FITTING")
    assert (stopped.code, stopped.out) == (130, "")
    assert "the same command" in stopped.err
    assert "Traceback" not in stopped.err
    assert not (tmp_path / "reviews-compared.html").exists()
    again = done(*words)
    assert f"majority: {KEPT}" in again.err
    assert f"classical: {KEPT}" not in again.err
    assert by_name(again.json())["classical"]["metrics"]["accuracy"] > 0.8


# What the test set cannot tell


@brief
def test_few_test_rows_conclude_nothing(tiny_reviews: Path) -> None:
    found = done("compare", tiny_reviews, "--strategies", "majority,classical", "--json").json()
    assert found["data"]["n_test"] == 16
    assert found["verdict"]["kind"] == "too_few"
    assert "nothing firm can be concluded" in found["verdict"]["text"]


@brief
def test_labels_that_say_nothing_teach_nothing(reviews: Path, tmp_path: Path) -> None:
    with reviews.open(encoding="utf-8", newline="") as stream:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(stream)]
    labels = [label for _, label in rows]
    random.Random(3).shuffle(labels)
    data = written(tmp_path / "null.csv", [(t, y) for (t, _), y in zip(rows, labels, strict=True)])
    found = done("compare", data, "--strategies", "majority,classical", "--json").json()
    verdict = found["verdict"]
    assert (verdict["kind"], verdict["cheapest_equivalent"]) == ("nothing_learnt", "majority")
    assert "more labels are needed" in verdict["text"]


@brief
def test_a_label_may_be_missing_from_the_test_file(reviews: Path, tmp_path: Path) -> None:
    rows = [(text, label) for text, label in _reviews() if label == "positif"][:40]
    test = written(tmp_path / "test.csv", rows)
    words = ["--strategies", "majority,classical", "--json"]
    found = done("compare", reviews, "--test", test, *words).json()
    assert (found["data"]["n_train"], found["data"]["n_test"]) == (240, 40)
    support = {row["label"]: row["support"] for row in by_name(found)["classical"]["labels"]}
    assert support.get("négatif", 0) == 0
    assert support["positif"] == 40


@brief
def test_labels_unknown_to_training_are_refused_by_name(reviews: Path, tmp_path: Path) -> None:
    test = written(tmp_path / "test.csv", [("Bof.", "moyen"), ("Le film.", "positif")])
    said = refused("compare", reviews, "--test", test, "--strategies", "classical", "--json")
    assert "'moyen'" in said


# What goes wrong


def die(stage: Stage, entrant: Entrant, run_folder: Path, *, listen: Listener) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@brief
@pytest.mark.parametrize("error", [RuntimeError, MemoryError, TypeError])
def test_one_that_crashes_is_reported_and_the_others_go_on(
    error: type[Exception], reviews: Path, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(*_: object) -> None:
        raise error("no kernel")

    monkeypatch.setattr(plugins.load("strategies", "head"), "fit", fit, raising=False)
    words = ["--strategies", "majority,classical,head", "--bases", tiny_encoder]
    said = done("compare", reviews, *words, "--effort", "quick", "--json")
    head = by_name(said.json())["head"]
    assert set(head) == {"name", "strategy", "base", "rank", "failed"}
    assert ("memory" if error is MemoryError else f"{error.__name__}: no kernel") in head["failed"]
    assert "head failed, the others go on" in said.err
    assert said.json()["verdict"]["cheapest_equivalent"] == "classical"
    assert "head failed" not in done("compare", reviews, "--strategies", "classical").err


@brief
def test_one_whose_process_is_killed_is_reported_and_the_others_go_on(
    reviews: Path, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch, recipe: Path
) -> None:
    monkeypatch.setattr(fits, "_in_child", die)
    words = ["--strategies", "majority,classical,full", "--bases", tiny_encoder]
    said = done("compare", reviews, *words, "--recipe", recipe, "--seed", "7", "--json")
    full = by_name(said.json())["full"]
    assert "killed (signal 9)" in full["failed"]
    assert "metrics" not in full
    assert said.json()["verdict"]["cheapest_equivalent"] == "classical"
    page = Path("reviews-compared.html").read_text(encoding="utf-8")
    assert "killed (signal 9)" in page
    text = done("compare", reviews, *words, "--recipe", recipe, "--seed", "7").err
    assert "Failed: full: " in text


@brief
def test_one_that_cannot_answer_is_reported_too(
    reviews: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def restore(*_: object) -> None:
        raise ResourceError("The disk is full.", "Free some.")

    monkeypatch.setattr(plugins.load("strategies", "majority"), "restore", restore, raising=False)
    found = done("compare", reviews, "--strategies", "majority,classical", "--json").json()
    assert by_name(found)["majority"]["failed"] == "The disk is full."
    assert found["verdict"]["kind"] == "clear"


@brief
def test_when_all_fail_the_reason_is_the_error(
    reviews: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(*_: object) -> None:
        raise RuntimeError("no kernel")

    monkeypatch.setattr(plugins.load("strategies", "classical"), "fit", fit, raising=False)
    words = ["--strategies", "classical", "--seed", "8", "--json"]
    said = refused("compare", reviews, *words)
    assert "No candidate could be fitted: RuntimeError: no kernel." in said
    assert not Path("reviews-compared.html").exists()


@brief
def test_a_cost_that_cannot_be_measured_is_noted(
    reviews: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cost(*_: object, **__: object) -> Cost:
        raise ResourceError("It took too long.", "Wait.")

    monkeypatch.setattr(trial, "cost", cost)
    found = done("compare", reviews, "--strategies", "majority,classical", "--json").json()
    assert by_name(found)["classical"]["cost"] is None
    assert "The cost of classical could not be measured: It took too long." in found["notes"]
    assert found["pareto"] == []
    done("compare", reviews, "--strategies", "majority,classical")


# Wrong words


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--strategies", "classic,head"], "Did you mean 'classical'?"),
        (["--strategies", "head,hed"], "Did you mean 'head'?"),
        (["--seeds", "many"], "seeds"),
    ],
)
def test_wrong_usage_exits_with_2(words: list[str], told: str, reviews: Path) -> None:
    said = run("compare", reviews, *words)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


@pytest.mark.parametrize(
    "words", [["--effort", "huge"], ["--seeds", "0"], ["--price-per-hour", "-1"]], ids=" ".join
)
def test_a_setting_out_of_range_exits_with_1(words: list[str], reviews: Path) -> None:
    refused("compare", reviews, "--strategies", "classical", *words)


def test_a_strategy_that_suits_no_base_exits_with_2(tiny_encoder: Path, tmp_path: Path) -> None:
    rows = [(f"mot {chr(97 + i) * 5} {chr(110 + i) * 4}", "ab"[i % 2]) for i in range(12)]
    data = written(tmp_path / "a.csv", rows)
    words = ["--strategies", "classical,full", "--bases", tiny_encoder]
    said = refused("compare", data, *words, code=2)
    assert "'full' does not suit" in said
    assert "too few to move weights" in said


def test_two_bases_of_one_name_exit_with_2(
    reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere" / tiny_encoder.name
    shutil.copytree(tiny_encoder, other)
    said = refused("compare", reviews, "--bases", f"{tiny_encoder},{other}", code=2)
    assert "'tiny-encoder'" in said


# Seeds, bases, and other shapes of data


@brief
def test_every_seed_is_a_draw_of_its_own(reviews: Path) -> None:
    words = ["--strategies", "majority,classical", "--seeds", "2", "--effort", "quick", "--json"]
    found = done("compare", reviews, *words).json()
    assert found["seeds"] == [0, 1]
    one = by_name(found)["classical"]
    assert len(one["by_seed"]) == 2
    assert all(0.5 < value <= 1 for value in one["by_seed"])
    assert one["spread"] >= 0
    assert by_name(found)["majority"]["by_seed"] == []
    assert any("2 runs of a candidate, each on its own 80 %" in note for note in found["notes"])


@brief
def test_several_bases_are_told_apart_by_name(
    reviews: Path, tiny_encoder: Path, tmp_path: Path, recipe: Path
) -> None:
    twins = [tmp_path / name for name in ("castor", "pollux")]
    for twin in twins:
        shutil.copytree(tiny_encoder, twin)
    words = [
        "--strategies",
        "classical,head,head",
        "--bases",
        ",".join(map(str, [*twins, twins[0]])),
    ]
    found = done("compare", reviews, *words, "--recipe", recipe, "--json").json()
    assert names(found) == ["classical", "head · castor", "head · pollux"]
    assert [one["base"] for one in found["candidates"]] == [None, "castor", "pollux"]
    first, second = found["candidates"][1:]
    assert first["metrics"] == second["metrics"]
    assert {pair["b"] for pair in found["pairs"]} < set(names(found))


@brief
def test_texts_with_several_labels_are_compared(
    tiny_multilabel: Path, tiny_encoder: Path, recipe: Path, tmp_path: Path
) -> None:
    words = ["--strategies", "majority,classical,head", "--bases", tiny_encoder]
    more = ["--recipe", recipe, "--out", tmp_path / "m", "--json"]
    found = done("compare", tiny_multilabel, *words, *more).json()
    assert found["data"]["several"] is True
    assert found["data"]["labels"] == ["money", "sport", "weather"]
    scores = {name: one["metrics"]["micro_f1"] for name, one in by_name(found).items()}
    assert scores["classical"] > scores["majority"]
    assert all(one["confusion"] is None for one in found["candidates"])
    assert found["verdict"]["kind"] == "too_few"
    done("predict", tmp_path / "m", "the team won the match", "--json")


@brief
def test_rows_of_one_group_are_not_independent(reviews: Path, tmp_path: Path) -> None:
    with reviews.open(encoding="utf-8", newline="") as stream:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(stream)]
    lines = ["text,label,author", *(f"{t},{y},author {i % 30}" for i, (t, y) in enumerate(rows))]
    data = tmp_path / "grouped.csv"
    data.write_text("\n".join(lines), encoding="utf-8")
    words = ["--strategies", "majority,classical", "--group-column", "author", "--json"]
    found = done("compare", data, *words).json()
    [pair] = [pair for pair in found["pairs"] if pair["metric"] == "accuracy"]
    assert "bootstrap" in pair["test"]


@brief
def test_time_that_is_up_leaves_out_what_moves_weights(
    reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "short.toml"
    recipe.write_text('effort = "quick"\nengine = "onnx"\nbudget = 0.001\n')
    found = done("compare", reviews, "--bases", tiny_encoder, "--recipe", recipe, "--json").json()
    skipped = {one["name"]: one["skipped"] for one in found["candidates"] if "skipped" in one}
    assert set(skipped) == {"contrastive", "partial", "lora", "full", "scratch"}
    assert all("one pass over the rows would take" in reason for reason in skipped.values())
    assert set(by_name(found)["full"]) == {"name", "strategy", "base", "rank", "skipped"}


@brief
def test_from_python_every_candidate_is_at_hand(reviews: Path) -> None:
    heard: list[Event] = []
    found = socle.compare(reviews, strategies=["majority", "classical"], listen=heard.append)
    assert found.recommended == "classical"
    assert found.text == found.to_json()["verdict"]["text"]
    assert found.model().strategy == "classical"
    assert found.model("majority").strategy == "majority"
    with pytest.raises(KeyError):
        found.model("full")
    texts = [event.text for event in heard if isinstance(event, Noted)]
    assert found.facts["detectable"]["text"] in texts
    json.dumps(found.facts, allow_nan=False, default=lambda value: value.tolist())
