"""One more label for a model, through the command: what is kept, measured, and refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle import plugins
from socle.bases import finding
from socle.data.reading import read_rows
from socle.data.splitting import folds
from socle.errors import SocleError
from socle.extending import extend
from socle.heads.memory import Memory
from socle.learning import Fitting
from socle.model import AdaptedModel, load
from socle.recipe import Recipe
from socle.strategies import Strategy
from tests.flows.running import done, refused, written

WORDS = {
    "money": ("bank", "raised", "rates", "shares", "fell", "market", "budget", "cut"),
    "sport": ("team", "won", "match", "striker", "scored", "goal", "race", "close"),
    "weather": ("rain", "expected", "storm", "passed", "north", "night", "cold"),
}
Rows = list[tuple[str, str]]


def rows(labels: str, n: int, seed: int) -> Rows:
    """Return `n` texts of each label: three telling words among seven."""
    rng = np.random.default_rng(seed)
    found = []
    for label in labels.split():
        for _ in range(n):
            words = [*rng.choice(WORDS[label], 3), *rng.choice(["the", "is", "a", "was", "to"], 4)]
            found.append((" ".join(rng.permutation(words)), label))
    return [found[i] for i in rng.permutation(len(found))]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return files of rows: two old labels, the new one, and unseen rows of all."""
    folder = tmp_path_factory.mktemp("rows")
    return {
        "old": written(folder / "old.csv", rows("money sport", 40, 0)),
        "new": written(folder / "new.csv", rows("weather", 25, 1)),
        "mixed": written(folder / "mixed.csv", rows("weather sport", 15, 3)),
        "test": written(folder / "test.csv", rows("money sport weather", 20, 2)),
    }


def learnt(source: Path, strategy: str, base: Path | None = None) -> AdaptedModel:
    """Return what a strategy learns from all rows of a file, without rivals or a test."""
    kind = plugins.load("tasks", "classification")
    train = kind.examples(*read_rows(source))
    task = kind.learn(train)
    recipe = Recipe(strategy=strategy, engine="onnx", effort="quick", precision="float32", epochs=1)
    located = finding.find(base) if base else None
    option: Strategy = plugins.load("strategies", strategy)
    parts = tuple(folds(train, 3, 0))
    found = option.fit(Fitting(task, train, recipe, located, folds=parts)).adaptation
    return AdaptedModel(task, strategy, found, recipe, located)


@pytest.fixture(scope="module")
def headed(files: dict[str, Path], tiny_encoder: Path, tmp_path_factory: Any) -> Path:
    """Return the folder of a head that knows money and sport, and remembers them."""
    out: Path = tmp_path_factory.mktemp("head") / "m"
    return learnt(files["old"], "head", tiny_encoder).save(out)


@pytest.fixture(scope="module")
def forgetful(headed: Path, tmp_path_factory: Any) -> Path:
    """Return the folder of the same head without its memory."""
    out: Path = tmp_path_factory.mktemp("forgetful") / "m"
    model = load(headed)
    tensors = {k: v for k, v in model.adaptation.tensors.items() if not k.startswith("memory.")}
    replace(model, adaptation=replace(model.adaptation, tensors=tensors)).save(out)
    return out


@pytest.fixture(scope="module")
def by_memory(files: dict[str, Path], headed: Path, tmp_path_factory: Any) -> dict[str, Any]:
    """Return the report of a label added with the memory of the old ones."""
    out = tmp_path_factory.mktemp("wider") / "m"
    words = ["--add-label", headed, "--test", files["test"], "--out", out, "--json"]
    return done("adapt", files["new"], *words).json()


# What is kept


def test_a_label_is_added_and_the_old_ones_are_kept(by_memory: dict[str, Any]) -> None:
    assert by_memory["kept_by"] == "memory"
    old = by_memory["old_labels"]
    assert [row["label"] for row in old["labels"]] == ["money", "sport"]
    assert [row["support"] for row in old["labels"]] == [20, 20]
    assert old["macro_f1"]["before"] > 0.8
    assert old["macro_f1"]["after"] > old["macro_f1"]["before"] - 0.1
    [new] = by_memory["new_labels"]
    assert (new["label"], new["support"]) == ("weather", 20)
    assert new["f1"] > 0.8
    assert by_memory["learnt"]["added"] == ["weather"]


def test_the_model_answers_with_all_labels(by_memory: dict[str, Any]) -> None:
    model = load(by_memory["model"])
    assert model.task.labels == ("money", "sport", "weather")
    assert model.strategy == "head"
    said = model.predict(["rain storm cold night", "team won match goal", "bank rates shares"])
    assert [one.target for one in said] == ["weather", "sport", "money"]


def test_the_figures_are_those_of_the_saved_models(
    by_memory: dict[str, Any], headed: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    lines = files["test"].read_text(encoding="utf-8").splitlines()
    known = tmp_path / "known.csv"
    known.write_text("\n".join(x for x in lines if "weather" not in x), encoding="utf-8")
    for when, model in (("before", headed), ("after", Path(by_memory["model"]))):
        found = done("evaluate", model, known, "--json").json()
        f1 = {row["label"]: row["f1"] for row in found["labels"]}
        for row in by_memory["old_labels"]["labels"]:
            assert row[when] == pytest.approx(f1[row["label"]])


def test_the_old_model_is_left_as_it_was(by_memory: dict[str, Any], headed: Path) -> None:
    assert load(headed).task.labels == ("money", "sport")
    assert by_memory["model"] != str(headed)


def test_another_label_can_follow(
    by_memory: dict[str, Any], files: dict[str, Path], tmp_path: Path
) -> None:
    more = [(f"{text} parfait excellent", "praise") for text, _ in rows("money sport", 10, 5)]
    data = written(tmp_path / "praise.csv", [*more, *rows("weather", 5, 6)])
    words = ["--add-label", by_memory["model"], "--test", files["test"], "--json"]
    found = done("adapt", data, *words, "--out", tmp_path / "m").json()
    assert [row["label"] for row in found["old_labels"]["labels"]] == ["money", "sport", "weather"]
    assert found["old_labels"]["macro_f1"]["after"] > 0.7
    assert found["learnt"]["added"] == ["weather", "praise"]
    memory = Memory.from_tensors(load(tmp_path / "m").adaptation.tensors)
    assert memory is not None
    assert memory.counts.tolist()[1] == 20


def test_rows_win_over_memory(headed: Path, files: dict[str, Path], tmp_path: Path) -> None:
    words = ["--add-label", headed, "--old", files["old"], "--test", files["test"], "--json"]
    found = done("adapt", files["new"], *words, "--out", tmp_path / "m").json()
    assert found["kept_by"] == "rows"
    assert (found["n_train"], found["n_test"]) == (105, 60)
    assert found["learnt"]["strength"] > 0
    assert found["old_labels"]["macro_f1"]["after"] > 0.8


def test_a_base_with_moved_weights_takes_a_label_too(
    files: dict[str, Path], tiny_encoder: Path, tmp_path: Path
) -> None:
    model = learnt(files["old"], "full", tiny_encoder)
    found = extend(model, files["new"], old=files["old"], test=files["test"])
    assert (found.strategy, found.task.labels[-1]) == ("full", "weather")
    assert found.report["old_labels"]["macro_f1"]["after"] > 0.8
    changed = model.adaptation.tensors
    assert all(
        (found.adaptation.tensors[k] == v).all() for k, v in changed.items() if "head" not in k
    )
    again = extend(found, written(tmp_path / "p.csv", rows("weather", 5, 8) + PRAISE))
    assert again.report["kept_by"] == "memory"


PRAISE: Rows = [(f"parfait excellent bien {word}", "praise") for word in WORDS["sport"]]


def test_a_rival_without_base_is_fitted_again_on_all_rows(
    files: dict[str, Path], tmp_path: Path
) -> None:
    model = learnt(files["old"], "classical")
    found = extend(model, files["new"], old=files["old"], test=files["test"], out=tmp_path / "m")
    assert found.report["strategy"] == "classical"
    assert found.report["metrics"]["accuracy"] > 0.8
    assert [one.target for one in load(tmp_path / "m").predict(["rain storm"])] == ["weather"]


# What is measured, and said


def test_what_became_of_old_labels_is_printed(
    headed: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    words = ["--add-label", headed, "--test", files["test"], "--out", tmp_path / "m"]
    said = done("adapt", files["new"], *words).err
    assert "Old label 'money': F1 " in said
    assert "Old labels: macro-F1 " in said
    assert "New label 'weather': F1 " in said
    card = (tmp_path / "m" / "README.md").read_text(encoding="utf-8")
    assert "| old label | F1 before | F1 after | examples |" in card


def test_without_test_rows_of_old_labels_nothing_is_claimed(
    headed: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    said = done("adapt", files["new"], "--add-label", headed, "--out", tmp_path / "m")
    assert "No test row has an old label" in said.err
    assert "--test" in said.err
    report = json.loads((tmp_path / "m" / "report.json").read_text(encoding="utf-8"))
    assert report["old_labels"] is None
    assert "were not measured" in report["verdict"]["text"]


def test_a_share_of_mixed_rows_measures_the_old_labels_in_it(
    headed: Path, files: dict[str, Path]
) -> None:
    report = extend(headed, files["mixed"]).report
    assert [row["label"] for row in report["old_labels"]["labels"]] == ["sport"]
    assert report["n_train"] + report["n_test"] == 30


def test_test_rows_that_the_model_learnt_from_are_said_to_flatter(
    headed: Path, files: dict[str, Path]
) -> None:
    report = extend(headed, files["new"], old=files["old"]).report
    assert any("flatter" in note for note in report["notes"])
    assert report["old_labels"]["n"] == 16


def test_the_same_seed_gives_the_same_head(headed: Path, files: dict[str, Path]) -> None:
    one, two, other = (
        extend(headed, files["new"], old=files["old"], recipe=Recipe(seed=seed)).adaptation.tensors[
            "weight"
        ]
        for seed in (1, 1, 2)
    )
    assert (one == two).all()
    assert not (one == other).all()


# What is refused


def test_known_labels_only_are_nothing_to_add(headed: Path, files: dict[str, Path]) -> None:
    said = refused("adapt", files["old"], "--add-label", headed)
    assert "nothing to add" in said
    assert "known labels only ('money', 'sport')" in said


def test_a_model_without_memory_asks_for_old_rows(forgetful: Path, files: dict[str, Path]) -> None:
    said = refused("adapt", files["new"], "--add-label", forgetful)
    assert "remembers nothing" in said
    assert "--old FILE" in said
    assert extend(forgetful, files["new"], old=files["old"]).report["kept_by"] == "rows"


def test_a_rival_without_old_rows_asks_for_them(files: dict[str, Path]) -> None:
    model = learnt(files["old"], "majority")
    with pytest.raises(SocleError, match="--old FILE"):
        extend(model, files["new"])


def test_old_rows_must_have_every_label_that_shall_stay(
    headed: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    some = written(tmp_path / "some.csv", rows("money", 20, 0))
    said = refused("adapt", files["new"], "--add-label", headed, "--old", some)
    assert "none of 'sport'" in said


def test_several_labels_are_refused_with_the_reason(
    headed: Path, tiny_multilabel: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    learnt(tiny_multilabel, "classical").save(tmp_path / "several")
    said = refused("adapt", files["new"], "--add-label", tmp_path / "several", code=2)
    assert "do not say whether the new label is theirs" in said.replace("\n", " ")
    assert "several labels to a row" in refused("adapt", tiny_multilabel, "--add-label", headed)


def test_too_few_rows_of_the_new_label_are_refused(headed: Path, tmp_path: Path) -> None:
    few = written(tmp_path / "few.csv", [*rows("weather", 3, 0), *rows("sport", 9, 0)])
    assert "3 rows of 'weather'" in refused("adapt", few, "--add-label", headed)


def test_options_that_say_nothing_here_are_refused(headed: Path, files: dict[str, Path]) -> None:
    words = ["adapt", files["new"], "--add-label", headed, "--strategy", "full", "--resume"]
    assert "--strategy, --resume cannot go with" in refused(*words, code=2)
    words = ["adapt", files["new"], "--add-label", headed, "--replay", "0.1"]
    assert "--replay cannot go with" in refused(*words, code=2)
    assert "--old goes with --add-label" in refused("adapt", files["new"], "--old", "x", code=2)


def test_the_licence_is_known_only_where_that_of_old_and_new_rows_is(
    headed: Path, files: dict[str, Path], tmp_path: Path
) -> None:
    model = load(headed)
    model = replace(model, report={**model.report, "data": {"licence": "CC-BY-4.0"}})
    for stated, expected in (
        ("CC-BY-NC-4.0", "(CC-BY-4.0) AND (CC-BY-NC-4.0)"),
        ("CC-BY-4.0", "CC-BY-4.0"),
        (None, None),
    ):
        found = extend(model, files["new"], recipe=Recipe(data_licence=stated))
        assert found.report["data"]["licence"] == expected
        commercial = found.report["licence"]["commercial"]
        assert (commercial == "no") == (stated == "CC-BY-NC-4.0")
