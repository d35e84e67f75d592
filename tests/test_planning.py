"""How often each candidate may read the rows, and that the answer stays the same."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from socle import fits, plugins
from socle.bases import Located, finding
from socle.contest import Entrant, Stage, staged
from socle.planning import Entry, Passes, turn
from socle.recipe import Recipe

SECONDS = 10.0
"""What one pass takes here."""


@pytest.fixture(scope="module")
def stage(tiny_reviews: Path) -> Stage:
    return staged(tiny_reviews, None, Recipe())


@pytest.fixture(scope="module")
def located(tiny_encoder: Path) -> Located:
    return finding.find(tiny_encoder)


@pytest.fixture(autouse=True)
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the bases whose speed was measured; each takes the same."""
    found: list[str] = []

    def seconds_per_pass(stage: Stage, place: Located) -> float:
        found.append(place.base.name)
        return SECONDS

    monkeypatch.setenv("SOCLE_HOME", str(tmp_path))
    monkeypatch.setattr(fits, "seconds_per_pass", seconds_per_pass)
    return found


def entry(name: str, stage: Stage, located: Located | None = None) -> Entry:
    return Entry(Entrant(plugins.load("strategies", name), located), stage)


def wanted(name: str, stage: Stage) -> int:
    from socle.training.passes import Amount, passes_for

    factor = plugins.load("strategies", name).move().epochs_factor
    return passes_for(stage.recipe, Amount(len(stage.train)), factor)


def given(plan: Passes, one: Entry, left: float, more: list[Entry] | None = None) -> int | None:
    """Return the passes that a candidate is given; None if it is left out."""
    plan.give(one, [one, *(more or [])], left)
    return None if one.skipped else one.stage.recipe.epochs or wanted(one.name, one.stage)


def test_cheap_ones_come_first_and_of_the_dear_ones_the_telling(stage: Stage) -> None:
    names = ["partial", "head", "lora", "majority", "scratch", "full", "classical"]
    found = sorted((entry(name, stage) for name in names), key=turn)
    assert [one.name for one in found] == [
        *("majority", "classical", "head"),
        *("full", "scratch", "lora", "partial"),
    ]
    assert [one.moves for one in found] == [False] * 3 + [True] * 4


def test_with_time_enough_all_passes_are_given(stage: Stage, located: Located) -> None:
    one = entry("full", stage, located)
    plan = Passes(stage, ["full"], fresh=False)
    assert plan.give(one, [one], 1e6) == ""
    assert one.stage is stage


def test_little_time_is_shared_and_the_loss_is_noted(stage: Stage, located: Located) -> None:
    one, other = entry("full", stage, located), entry("partial", stage, located)
    plan = Passes(stage, ["full", "partial"], fresh=False)
    both = (wanted("full", stage) + wanted("partial", stage)) * SECONDS
    note = plan.give(one, [one, other], both / 2)
    assert one.stage.recipe.epochs == wanted("full", stage) // 2
    assert note.startswith(f"full read the rows {one.stage.recipe.epochs} times instead of ")
    assert "effort 'normal' leaves no time for more" in note
    assert stage.recipe.epochs is None


def test_one_pass_is_given_while_it_fits(stage: Stage, located: Located) -> None:
    more = [entry("lora", stage, located), entry("partial", stage, located)]
    one = entry("full", stage, located)
    plan = Passes(stage, ["full"], fresh=False)
    note = plan.give(one, [one, *more], SECONDS)
    assert one.stage.recipe.epochs == 1
    assert "1 time instead" in note


def test_where_no_pass_fits_it_is_left_out_with_the_reason(stage: Stage, located: Located) -> None:
    one = entry("full", stage, located)
    plan = Passes(stage, ["full"], fresh=False)
    assert given(plan, one, SECONDS - 1) is None
    assert one.skipped == (
        "one pass over the rows would take about 10 s, and effort 'normal' has 9.0 s left"
    )
    late = entry("full", stage, located)
    assert given(plan, late, -5.0) is None
    assert "0.0 s left" in late.skipped


def test_what_was_given_is_given_again(stage: Stage, located: Located, asked: list[str]) -> None:
    few = given(Passes(stage, ["full"], fresh=False), entry("full", stage, located), 30.0)
    assert few == 3
    assert asked == ["tiny-encoder"]
    again = given(Passes(stage, ["full"], fresh=False), entry("full", stage, located), 0.0)
    assert again == few
    assert asked == ["tiny-encoder"]


def test_a_fresh_plan_and_another_one_know_nothing_of_it(stage: Stage, located: Located) -> None:
    def found(plan: Passes) -> int | None:
        return given(plan, entry("full", stage, located), 50.0)

    given(Passes(stage, ["full"], fresh=False), entry("full", stage, located), 30.0)
    assert found(Passes(stage, ["full"], fresh=True)) == 5
    assert found(Passes(stage, ["full", "lora"], fresh=False)) == 5
    other = dataclasses.replace(stage, train=stage.train.subset(range(60)))
    assert found(Passes(other, ["full"], fresh=False)) == 5


@pytest.mark.parametrize("content", ["", "[1]", '{"full": "many"}', '{"full": null}', "null"])
def test_a_damaged_plan_is_made_anew(
    stage: Stage, located: Located, tmp_path: Path, content: str
) -> None:
    given(Passes(stage, ["full"], fresh=False), entry("full", stage, located), 30.0)
    [path] = (tmp_path / "comparisons").glob("*.json")
    assert json.loads(path.read_text()) == {"full": 3}
    path.write_text(content)
    assert given(Passes(stage, ["full"], fresh=False), entry("full", stage, located), 50.0) == 5


def test_time_without_end_and_passes_that_were_asked_for_are_left_alone(
    stage: Stage, located: Located, asked: list[str]
) -> None:
    one = entry("full", stage, located)
    Passes(stage, ["full"], fresh=False).give(one, [one], float("inf"))
    assert one.stage is stage
    own = dataclasses.replace(stage, recipe=Recipe(epochs=2))
    one = entry("full", own, located)
    Passes(own, ["full"], fresh=False).give(one, [one], 0.0)
    assert one.stage is own
    assert not one.skipped
    assert asked == []


def test_a_candidate_becomes_a_model_once_it_was_fitted(stage: Stage, tiny_encoder: Path) -> None:
    one = entry("majority", stage)
    with pytest.raises(ValueError, match="majority was not fitted"):
        one.model()
    one.fitted = fits.fitted(stage, one.entrant)
    model = one.model()
    assert (model.strategy, model.base_name, model.recipe.base) == ("majority", None, None)
    assert model.predict(["Le film est parfait."])[0].target in stage.task.labels
