"""The one configuration object: what it refuses, and that it comes back as it was saved."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any

import pytest

from socle.errors import RecipeError
from socle.recipe import EFFORTS, Recipe, read_recipe

OTHER: dict[str, Any] = {
    "task": "classification",
    "base": 'a "quoted" \\ base',
    "strategy": "lora",
    "effort": "thorough",
    "seed": 11,
    "text_column": "texte é",
    "label_column": "y",
    "group_column": "g",
    "test_share": 0.25,
    "window": 64,
    "overlap": 0,
    "epochs": 3,
    "learning_rate": 1e-5,
    "batch_size": 8,
    "layers": 2,
    "rank": 4,
    "replay": 0.25,
    "precision": "bfloat16",
    "engine": "torch",
    "prompt": "told.toml",
    "shots": 3,
    "examples": "similar",
    "scoring": "pmi",
    "calibration": "batch",
    "max_tokens": 40,
    "beams": 2,
    "temperature": 0.5,
    "budget": 12.5,
    "seeds": 3,
    "price_per_hour": 0.5,
    "data_licence": "CC-BY-4.0",
}


@pytest.mark.parametrize("recipe", [Recipe(), Recipe(**OTHER)])
def test_it_comes_back_as_it_was_saved(recipe: Recipe, tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(recipe.to_toml(), encoding="utf-8")
    assert read_recipe(path) == recipe


def test_every_setting_is_in_the_file() -> None:
    names = [field.name for field in dataclasses.fields(Recipe)]
    assert list(tomllib.loads(Recipe(**OTHER).to_toml())) == names
    text = Recipe().to_toml()
    assert all(f"{name} = " in text or f"# {name} is derived" in text for name in names)


@pytest.mark.parametrize(
    ("typed", "meant"), [("efort", "effort"), ("lerning_rate", "learning_rate"), ("sead", "seed")]
)
def test_an_unknown_setting_is_refused_with_the_nearest(typed: str, meant: str) -> None:
    with pytest.raises(RecipeError, match=typed) as caught:
        Recipe().changed({typed: 1})
    assert caught.value.hint == f"Did you mean: {meant}?"


def test_an_unknown_setting_far_from_all_lists_them_all() -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe().changed({"qqq": 1})
    assert all(field.name in caught.value.hint for field in dataclasses.fields(Recipe))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("test_share", 0.0),
        ("test_share", 1.0),
        ("window", 7),
        ("overlap", -1),
        ("epochs", 0),
        ("learning_rate", 0.0),
        ("batch_size", 0),
        ("layers", 0),
        ("rank", 0),
        ("replay", -0.1),
        ("replay", 1.5),
        ("seeds", 0),
        ("price_per_hour", -1.0),
        ("budget", 0.0),
        ("precision", "float16"),
        ("engine", "tensorrt"),
        ("effort", "lazy"),
    ],
)
def test_a_value_out_of_its_range_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(RecipeError, match=name) as caught:
        Recipe().changed({name: value})
    assert repr(value) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "value"), [("window", 8), ("overlap", 0), ("test_share", 0.99), ("rank", 1)]
)
def test_a_value_at_the_edge_is_taken(name: str, value: object) -> None:
    assert getattr(Recipe().changed({name: value}), name) == value


def test_none_changes_nothing() -> None:
    recipe = Recipe(**OTHER)
    assert recipe.changed(dict.fromkeys(OTHER)) == recipe
    assert recipe.changed({"seed": 0, "window": None}) == dataclasses.replace(recipe, seed=0)


def test_a_longer_effort_has_more_time_and_a_budget_overrules_it() -> None:
    seconds = [Recipe(effort=effort).seconds for effort in EFFORTS]
    assert seconds == sorted(set(seconds))
    assert all(Recipe(effort=effort, budget=5.0).seconds == 5.0 for effort in EFFORTS)


@pytest.mark.parametrize("content", [b"seed = ", b"\xff\xfe", None])
def test_a_file_that_is_no_recipe_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecipeError, match="cannot be read"):
        read_recipe(path)


def test_a_recipe_by_hand_may_be_short(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text('seed = 4\nstrategy = "head"\n')
    assert read_recipe(tmp_path / "r.toml") == Recipe(seed=4, strategy="head")
    (tmp_path / "r.toml").write_text("sede = 4\n")
    with pytest.raises(RecipeError, match="sede"):
        read_recipe(tmp_path / "r.toml")


@pytest.mark.parametrize("line", ['seed = "four"', 'epochs = "many"', "effort = 3", "base = 1"])
def test_a_value_of_the_wrong_type_is_refused(line: str, tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(line)
    with pytest.raises(RecipeError, match=line.split()[0]):
        read_recipe(tmp_path / "r.toml")
