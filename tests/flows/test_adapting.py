"""Adapting, through the command: what is chosen, measured, kept apart, and written."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import socle
from socle import contest
from socle.data.dataset import Dataset
from tests.flows.running import done, written

LADDER = ["majority", "classical", "head", "partial", "contrastive", "lora", "full"]
Rows = list[tuple[str, str]]
Head = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def quick(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[str]]:
    """Return a function that gives options: the tiny base, and a recipe of so many settings."""

    def options(strategy: str, **settings: object) -> list[str]:
        recipe = tmp_path_factory.mktemp("recipe") / "recipe.toml"
        given = {"effort": "quick", "precision": "float32", "engine": "onnx", **settings}
        recipe.write_text("\n".join(f"{k} = {json.dumps(v)}" for k, v in given.items()))
        return ["--strategy", strategy, "--base", str(tiny_encoder), "--recipe", str(recipe)]

    return options


@pytest.fixture(scope="module")
def ladder(
    tiny_reviews: Path, quick: Callable[..., list[str]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Return the report of `auto` with time for every candidate."""
    out = tmp_path_factory.mktemp("ladder") / "m"
    words = quick("auto", epochs=1, budget=600.0)
    return done("adapt", tiny_reviews, *words, "--out", out, "--json").json()


@pytest.fixture(scope="module")
def headed(
    tiny_reviews: Path, quick: Callable[..., list[str]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """Return the report of a head."""
    out = tmp_path_factory.mktemp("head") / "m"
    return done("adapt", tiny_reviews, *quick("head"), "--out", out, "--json").json()


# What is chosen


def test_auto_tries_the_whole_ladder_from_cheap_to_dear(ladder: dict[str, Any]) -> None:
    candidates = ladder["candidates"]
    assert [c["strategy"] for c in candidates] == LADDER
    assert not [c for c in candidates if "skipped" in c]
    assert [c["base"] for c in candidates] == [None, None, *["tiny-encoder"] * 5]
    assert set(ladder["rivals"]) == set(LADDER) - {ladder["strategy"]}
    assert all(0 <= c["validated"] <= 1 for c in candidates)


def test_auto_keeps_what_it_chose_before_the_test_was_opened(ladder: dict[str, Any]) -> None:
    assert ladder["strategy"] in LADDER[1:]
    model = socle.load(ladder["model"])
    assert model.strategy == ladder["strategy"]
    by_name = {c["strategy"]: c for c in ladder["candidates"]}
    assert by_name[ladder["strategy"]]["metrics"] == ladder["metrics"]
    best = max(c["validated"] for c in ladder["candidates"])
    assert by_name[ladder["strategy"]]["validated"] > best - 0.25
    assert ladder["verdict"]["winner"] in LADDER
    assert "`" in ladder["verdict"]["text"] or "more labels" in ladder["verdict"]["text"]


def test_auto_leaves_out_what_the_time_does_not_allow(
    tiny_reviews: Path, quick: Callable[..., list[str]], tmp_path: Path
) -> None:
    words = quick("auto", budget=0.001)
    said = done("adapt", tiny_reviews, *words, "--out", tmp_path / "m", "--json")
    found = said.json()
    skipped = {c["strategy"]: c["skipped"] for c in found["candidates"] if "skipped" in c}
    assert list(skipped) == ["partial", "contrastive", "lora", "full"]
    assert all("it would take about" in reason for reason in skipped.values())
    assert set(found["rivals"]) | {found["strategy"]} == {"majority", "classical", "head"}


def test_a_skipped_candidate_is_shown_with_its_reason(
    tiny_reviews: Path, quick: Callable[..., list[str]], tmp_path: Path
) -> None:
    words = quick("auto", budget=0.001)
    said = done("adapt", tiny_reviews, *words, "--out", tmp_path / "m")
    assert "Not tried: full: it would take about" in said.err
    assert "Chosen on training examples that it had not seen: " in said.err


def test_what_the_test_can_tell_and_what_answers_are_worth_is_in_the_report(
    headed: dict[str, Any],
) -> None:
    assert [(pair["a"], pair["metric"]) for pair in headed["pairs"]] == [
        (headed["verdict"]["winner"], "accuracy")
    ] * 2
    assert all(0 <= pair["p"] <= pair["p_adjusted"] <= 1 for pair in headed["pairs"])
    assert "16 test rows" in headed["detectable"]["text"]
    assert headed["verdict"]["kind"] == "too_few"
    assert headed["calibration"]["ece"] == headed["metrics"]["ece"]
    assert sum(one["count"] for one in headed["calibration"]["bins"]) == 16
    assert all(row["precision"] for row in headed["abstention"])
    assert {"licence", "commercial", "text"} <= set(headed["licence"])


# What is written


def test_all_that_was_chosen_and_measured_is_written(headed: dict[str, Any]) -> None:
    out = Path(headed["model"])
    names = {"socle.json", "recipe.toml", "task.json", "report.json", "README.md"}
    assert {p.name for p in out.iterdir()} == {
        *names,
        "adaptation.json",
        "adaptation.safetensors",
    }
    recipe = (out / "recipe.toml").read_text(encoding="utf-8")
    assert 'strategy = "head"' in recipe
    assert 'effort = "quick"' in recipe
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "tiny-encoder" in card
    assert f"{headed['metrics']['accuracy']:.3f}" in card
    task = json.loads((out / "task.json").read_text(encoding="utf-8"))
    assert task["labels"] == ["négatif", "positif"]
    assert [p.name for p in out.parent.iterdir()] == ["m"]


def test_the_base_stays_out_of_the_folder(headed: dict[str, Any], tiny_encoder: Path) -> None:
    size = sum(p.stat().st_size for p in Path(headed["model"]).iterdir())
    assert size < 20_000 < sum(p.stat().st_size for p in tiny_encoder.iterdir())


# What can be relied on


def test_the_same_seed_gives_the_same_model(
    headed: dict[str, Any], tiny_reviews: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    """Even when it is the recipe in its folder that is followed."""
    recipe = Path(headed["model"]) / "recipe.toml"
    words = ["--recipe", recipe, "--base", tiny_encoder, "--out", tmp_path / "m"]
    again = done("adapt", tiny_reviews, *words, "--json").json()
    for key in ("metrics", "rivals", "verdict", "data", "labels", "strategy"):
        assert again[key] == headed[key]
    first, second = (
        (Path(report["model"]) / "adaptation.safetensors").read_bytes()
        for report in (headed, again)
    )
    assert first == second


def test_another_seed_draws_another_test(tiny_reviews: Path, tmp_path: Path) -> None:
    words = ["adapt", tiny_reviews, "--strategy", "majority", "--out", tmp_path / "m", "--json"]
    one, two, again = (done(*words, "--seed", seed).json()["data"] for seed in ("1", "2", "1"))
    assert one == again
    assert one["test"] != two["test"]


def test_a_file_of_tests_is_measured_on_and_never_learnt(
    tiny_reviews: Path, tmp_path: Path
) -> None:
    test = written(tmp_path / "test.csv", [("un zèbre passe", "positif"), ("un lion", "négatif")])
    words = ["--strategy", "classical", "--test", test, "--out", tmp_path / "m", "--json"]
    found = done("adapt", tiny_reviews, *words).json()
    assert (found["n_train"], found["n_test"]) == (80, 2)
    assert sum(row["support"] for row in found["labels"]) == 2
    facts = json.loads((tmp_path / "m" / "adaptation.json").read_text(encoding="utf-8"))
    assert "parfait" in facts["words"]
    assert "zèbre" not in facts["words"]


def test_a_group_is_never_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = random.Random(0)
    lines = ["text,label,author"]
    for author in range(12):
        for _ in range(5):
            said = " ".join("".join(words.choices("abcdefghij", k=5)) for _ in range(6))
            lines.append(f"{said},{'ab'[author % 2]},author {author}")
    data = tmp_path / "a.csv"
    data.write_text("\n".join(lines), encoding="utf-8")
    heard: list[tuple[Dataset[Any], Dataset[Any]]] = []
    folded: list[list[set[str | None]]] = []
    split, folds = contest.split, contest.folds

    def splitting(*given: Any) -> Any:
        heard.append(split(*given))
        return heard[-1]

    def folding(train: Dataset[Any], *given: Any) -> Any:
        found = folds(train, *given)
        folded.append([{train.examples[i].group for i in fold} for fold in found])
        return found

    monkeypatch.setattr(contest, "split", splitting)
    monkeypatch.setattr(contest, "folds", folding)
    words_ = ["--strategy", "majority", "--group-column", "author", "--out", tmp_path / "m"]
    done("adapt", data, *words_)
    [(train, test)] = heard
    sides = [{example.group for example in side} for side in (train, test)]
    assert len(sides[0] | sides[1]) == 12
    assert not sides[0] & sides[1]
    assert len(test) % 5 == 0
    [parts] = folded
    assert sum(len(part) for part in parts) == len(set().union(*parts)) == len(sides[0])


# Other shapes of data


def test_several_labels_are_learnt_together(
    tiny_multilabel: Path, quick: Callable[..., list[str]], tmp_path: Path
) -> None:
    out = tmp_path / "m"
    found = done("adapt", tiny_multilabel, *quick("head"), "--out", out, "--json").json()
    assert {row["label"] for row in found["labels"]} == {"money", "sport", "weather"}
    assert found["rivals"]["classical"]["micro_f1"] > found["rivals"]["majority"]["micro_f1"]
    assert found["metrics"]["micro_f1"] > 0.7
    sport = "the team won the match. the striker scored a goal. the race was close."
    [one] = socle.load(out).predict([sport])
    assert "sport" in one.target
    assert isinstance(one.target, tuple)


def test_rare_labels_show_in_macro_f1(tmp_path: Path) -> None:
    words = random.Random(1)
    rows: Rows = []
    for i in range(120):
        said = " ".join("".join(words.choices("abcdefghij", k=4)) for _ in range(8))
        rows.append((said, "rare" if i % 12 == 0 else "common"))
    data = written(tmp_path / "a.csv", rows)
    words_ = ["--strategy", "classical", "--out", tmp_path / "m", "--json"]
    found = done("adapt", data, *words_).json()
    support = {row["label"]: row["support"] for row in found["labels"]}
    assert support == {"common": 22, "rare": 2}
    majority = found["rivals"]["majority"]
    assert majority["accuracy"] == pytest.approx(22 / 24)
    assert majority["macro_f1"] < 0.5


def test_150_labels_of_two_rows_each_are_learnt(
    tmp_path: Path, quick: Callable[..., list[str]]
) -> None:
    words = random.Random(2)
    rows: Rows = []
    for label in range(150):
        name = "".join(words.choices("abcdefghijklmnopqrstuvwxyz", k=8))
        for _ in range(2):
            said = " ".join("".join(words.choices("aeiouxyz", k=5)) for _ in range(4))
            rows.append((f"{said} {name} {name}", f"label {label}"))
    data = written(tmp_path / "a.csv", rows)
    found = done("adapt", data, *quick("head"), "--out", tmp_path / "m", "--json").json()
    assert (found["n_train"], found["n_test"]) == (240, 60)
    assert len(socle.load(tmp_path / "m").task.labels) == 150
    assert found["rivals"]["classical"]["accuracy"] > 0.5 > found["rivals"]["majority"]["accuracy"]
    assert found["metrics"]["accuracy"] > found["rivals"]["majority"]["accuracy"]


def test_rows_without_text_or_label_are_left_out_and_told(
    tiny_reviews: Path, tmp_path: Path
) -> None:
    data = tmp_path / "a.csv"
    data.write_text(
        tiny_reviews.read_text(encoding="utf-8") + ",positif\nun film,\n", encoding="utf-8"
    )
    words = ["--strategy", "majority", "--out", tmp_path / "m", "--json"]
    said = done("adapt", data, *words)
    found = said.json()
    assert found["n_train"] + found["n_test"] == 80
    assert found["notes"] == ["2 rows without text or label were left out (lines 82, 83)"]
    assert found["notes"][0] in said.err
