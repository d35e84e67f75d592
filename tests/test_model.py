"""`AdaptedModel` on disk: whole or refused, replaced or left, never half."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from socle import model as module
from socle.bases import Located, finding
from socle.errors import DamagedBaseError, MissingBaseError, ModelError
from socle.files import manifest_of
from socle.learning import Adaptation
from socle.model import AdaptedModel, load
from socle.recipe import Recipe
from socle.tasks.classification import Classification

FILES = {
    "socle.json",
    "recipe.toml",
    "task.json",
    "adaptation.safetensors",
    "adaptation.json",
    "report.json",
    "README.md",
}
TEXTS = ["le film est parfait", "rain is expected", ""]


def made(bias: float = 0.5, located: Located | None = None) -> AdaptedModel:
    """Return a model of two labels: frequencies, or a head on a base."""
    rng = np.random.default_rng(0)
    tensors = {"scores": np.array([bias, -1.0])}
    facts: dict[str, object] = {"signs": "é | \"'\n", "number": 0.1}
    if located:
        weight = rng.normal(size=(32, 2)).astype(np.float32)
        tensors = {"weight": weight, "bias": np.array([bias, 0.0], np.float32)}
        facts |= {"engine": "torch", "layers": [-1]}
    return AdaptedModel(
        Classification(("négatif", "positif")),
        "head" if located else "majority",
        Adaptation(tensors, facts),
        Recipe(seed=7, effort="quick"),
        located,
        {"metrics": {"accuracy": 0.5}, "notes": ["é"]},
        "# Une fiche\n",
    )


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return made().save(tmp_path / "reviews.socle")


def test_everything_comes_back(saved: Path) -> None:
    before, after = made(), load(saved)
    assert {p.name for p in saved.iterdir()} == FILES
    for name in ("task", "strategy", "recipe", "located", "report", "card"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.adaptation.facts == before.adaptation.facts
    assert np.array_equal(after.adaptation.tensors["scores"], before.adaptation.tensors["scores"])
    assert after.predict(TEXTS) == before.predict(TEXTS)
    assert after.base_name is None


def test_a_base_is_named_and_not_copied(tiny_encoder: Path, tmp_path: Path) -> None:
    before = made(located=finding.find(tiny_encoder))
    after = load(before.save(tmp_path / "model"))
    assert {p.name for p in (tmp_path / "model").iterdir()} == FILES
    assert after.base_name == before.base_name
    assert after.predict(TEXTS) == before.predict(TEXTS)


def test_another_base_of_the_same_name_is_refused(tiny_encoder: Path, tmp_path: Path) -> None:
    located = dataclasses.replace(finding.find(tiny_encoder), sha256="0" * 64)
    made(located=located).save(tmp_path / "model")
    with pytest.raises(DamagedBaseError, match="other weights"):
        load(tmp_path / "model")


def test_a_base_that_is_not_here_is_named_with_the_way_to_it(tmp_path: Path) -> None:
    made().save(tmp_path / "model")
    about = json.loads((tmp_path / "model" / "socle.json").read_text())
    about["base"] = {"name": "camembert-base", "sha256": "0" * 64, "folder": ""}
    (tmp_path / "model" / "socle.json").write_text(json.dumps(about))
    with pytest.raises(MissingBaseError, match="camembert-base") as caught:
        load(tmp_path / "model")
    assert "socle bases fetch camembert-base" in caught.value.hint


@pytest.mark.parametrize("name", sorted(FILES - {"socle.json"}))
@pytest.mark.parametrize("damage", ["one bit", "cut short", "gone"])
def test_a_damaged_file_is_named(name: str, damage: str, saved: Path) -> None:
    file = saved / name
    raw = bytearray(file.read_bytes())
    if damage == "gone":
        file.unlink()
    elif damage == "cut short":
        file.write_bytes(raw[:-1])
    else:
        raw[len(raw) // 2] ^= 1
        file.write_bytes(raw)
    with pytest.raises(ModelError, match=name) as caught:
        load(saved)
    assert "damaged" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", "{}", '{"format": 1}', '{"format": "x"}']
)
def test_a_folder_without_its_description_is_no_model(content: str, saved: Path) -> None:
    (saved / "socle.json").write_text(content)
    with pytest.raises(ModelError, match="not a model of Socle"):
        load(saved)


def test_there_must_be_something_to_load(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model at"):
        load(tmp_path / "nothing")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ModelError, match="not a model"):
        load(tmp_path / "file")


def test_a_newer_format_is_refused_with_the_version_that_wrote_it(saved: Path) -> None:
    about = json.loads((saved / "socle.json").read_text())
    about |= {"format": module.FORMAT + 1, "socle": "9.1"}
    (saved / "socle.json").write_text(json.dumps(about))
    with pytest.raises(ModelError, match="reads up to") as caught:
        load(saved)
    assert "9.1" in caught.value.hint


def test_a_foreign_folder_is_left_as_it_is(tmp_path: Path) -> None:
    foreign = tmp_path / "thesis"
    foreign.mkdir()
    (foreign / "chapter.txt").write_text("years of work")
    before = manifest_of(tmp_path)
    with pytest.raises(ModelError, match="left as it is"):
        made().save(foreign)
    assert manifest_of(tmp_path) == before


def test_a_file_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(ModelError, match="left as it is"):
        made().save(tmp_path / "notes")
    assert (tmp_path / "notes").read_text() == "mine"


def test_an_empty_folder_and_an_older_model_are_replaced(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert load(made().save(tmp_path / "empty")).strategy == "majority"
    made(bias=-9.0).save(saved)
    assert load(saved).adaptation.tensors["scores"][0] == -9.0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "reviews.socle"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_save_that_breaks_off_leaves_the_old_model(
    error: type[BaseException], saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = manifest_of(saved)

    def break_off(folder: Path) -> dict[str, str]:
        assert (folder / "adaptation.safetensors").exists()
        raise error

    monkeypatch.setattr(module, "manifest_of", break_off)
    with pytest.raises(error):
        made(bias=-9.0).save(saved)
    assert manifest_of(saved) == before
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]
    assert load(saved).adaptation.tensors["scores"][0] == 0.5


def test_what_a_kill_left_between_two_renames_is_put_right(saved: Path) -> None:
    """The old model carries its hidden name, the new one is not in place."""
    saved.rename(saved.with_name(f".{saved.name}.old"))
    assert load(saved).adaptation.tensors["scores"][0] == 0.5
    assert [p.name for p in saved.parent.iterdir()] == [saved.name]


def test_what_a_kill_left_after_both_renames_is_put_right(saved: Path) -> None:
    old = saved.with_name(f".{saved.name}.old")
    made(bias=-9.0).save(saved.with_name("older")).rename(old)
    assert load(saved).adaptation.tensors["scores"][0] == 0.5
    assert not old.exists()


def test_one_text_is_not_taken_for_its_letters() -> None:
    assert len(made().predict("zut")) == 1
    assert made().predict([]) == []


TABLE = [
    {"precision": 0.8, "threshold": 0.55, "coverage": 0.9, "lower": 0.81},
    {"precision": 0.9, "threshold": 0.75, "coverage": 0.6, "lower": 0.9},
    {"precision": 0.95, "threshold": None, "coverage": 0.0, "lower": None},
]


def test_nobody_abstains_unless_asked() -> None:
    found = made().predict(TEXTS)
    assert [p.target for p in found] == ["négatif"] * 3
    assert [p for _, p in made().stream(TEXTS)] == found


def test_answers_below_a_probability_are_not_given() -> None:
    sure = made().predict(TEXTS)[0].probability
    at = [p for _, p in made().stream(TEXTS, abstain_below=sure)]
    assert at == made().predict(TEXTS)
    below = [p for _, p in made().stream(TEXTS, abstain_below=sure + 1e-9)]
    assert [p.target for p in below] == [None] * 3
    assert [p.probability for p in below] == [sure] * 3
    assert [p.alternatives for p in below] == [p.alternatives for p in at]


def test_the_nearest_precision_that_is_enough_gives_the_threshold() -> None:
    model = dataclasses.replace(made(), report={"abstention": TABLE})
    asked = (0.5, 0.8, 0.81, 0.9)
    assert [model.threshold_for(p) for p in asked] == [0.55, 0.55, 0.75, 0.75]


@pytest.mark.parametrize("precision", [0.91, 0.95, 0.999])
def test_a_precision_out_of_reach_is_refused_with_the_best_there_is(precision: float) -> None:
    model = dataclasses.replace(made(), report={"abstention": TABLE})
    with pytest.raises(ModelError, match=f"{precision:g} cannot be promised") as caught:
        model.threshold_for(precision)
    assert "Ask for 0.9 or less" in caught.value.hint


def test_a_model_without_thresholds_says_so() -> None:
    with pytest.raises(ModelError, match="no table of thresholds") as caught:
        made().threshold_for(0.9)
    assert "--abstain-below" in caught.value.hint
    none = [row | {"threshold": None} for row in TABLE]
    with pytest.raises(ModelError, match="cannot be promised") as caught:
        dataclasses.replace(made(), report={"abstention": none}).threshold_for(0.5)
    assert "Label more examples" in caught.value.hint


def test_a_stream_reads_ahead_no_more_than_a_thousand_texts() -> None:
    read = 0

    def endless() -> object:
        nonlocal read
        while True:
            read += 1
            yield f"text {read}"

    stream = made().stream(endless())  # type: ignore[arg-type]
    first = [next(stream)[0] for _ in range(3)]
    assert first == ["text 1", "text 2", "text 3"]
    assert read <= 1024
