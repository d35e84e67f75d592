"""One split for all, and who takes part on it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from socle import contest
from socle.bases import Located, finding
from socle.contest import Stage, entrants, staged
from socle.errors import MissingBaseError, RecipeError, RowsError, UsageError
from socle.events import Event, Noted
from socle.prompts import wordings
from socle.recipe import Recipe
from tests.flows.running import written

WHO = ("le chat", "un chien", "ma soeur", "mon oncle", "la voisine", "ton ami", "elle", "il")
TEXTS = [f"{who} {what}" for who in WHO for what in ("dort bien", "mange du pain blanc")]


@pytest.fixture(scope="module")
def stage(tiny_reviews: Path) -> Stage:
    return staged(tiny_reviews, None, Recipe())


@pytest.fixture(scope="module")
def located(tiny_encoder: Path) -> Located:
    return finding.find(tiny_encoder)


def renamed(place: Located, name: str, parameters: int) -> Located:
    base = dataclasses.replace(place.base, name=name, parameters=parameters)
    return dataclasses.replace(place, base=base)


def rows(labels: str) -> list[dict[str, str]]:
    return [{"text": text, "label": label} for text, label in zip(TEXTS, labels, strict=False)]


# The split


def test_folds_cover_the_training_rows_once(stage: Stage) -> None:
    assert (len(stage.train), len(stage.test)) == (64, 16)
    assert len(stage.folds) == 5
    assert sorted(np.concatenate(stage.folds)) == list(range(64))
    assert not set(stage.train.texts) & set(stage.test.texts)


def test_the_same_seed_gives_the_same_split(stage: Stage, tiny_reviews: Path) -> None:
    again = staged(tiny_reviews, None, Recipe())
    assert again.train.fingerprint == stage.train.fingerprint
    assert all(np.array_equal(a, b) for a, b in zip(again.folds, stage.folds, strict=True))
    other = staged(tiny_reviews, None, Recipe(seed=1))
    assert other.train.fingerprint != stage.train.fingerprint


def test_few_rows_make_three_folds() -> None:
    heard: list[Event] = []
    found = staged(rows("abababababababab"), None, Recipe(), heard.append)
    assert len(found.folds) == 3
    assert f"{len(found.test)} of 16 rows are set apart for the test" in str(heard)


def test_fewer_than_ten_rows_are_refused() -> None:
    with pytest.raises(RowsError, match="has 9 labelled rows; at least 10") as caught:
        staged(rows("ababababa"), None, Recipe())
    assert "Label more texts" in caught.value.hint


def test_a_prompt_that_nothing_would_read_is_refused(tmp_path: Path, tiny_reviews: Path) -> None:
    prompt = tmp_path / "prompt.toml"
    wording = wordings.default("classification", "fr")
    prompt.write_text(wordings.to_toml(wording), encoding="utf-8")
    with pytest.raises(RecipeError, match="would be ignored"):
        staged(tiny_reviews, None, Recipe(strategy="head", prompt=str(prompt)))
    assert staged(tiny_reviews, None, Recipe(strategy="few-shot", prompt=str(prompt))).train


def test_replay_is_refused_for_texts_that_are_written() -> None:
    pairs = [{"source": text, "target": text.upper()} for text in TEXTS]
    with pytest.raises(RecipeError, match="replay"):
        staged(pairs, None, Recipe(task="generation", replay=0.5))


def test_a_test_file_leaves_all_rows_to_learn_from(tmp_path: Path, tiny_reviews: Path) -> None:
    test = written(tmp_path / "test.csv", [("Le film est parfait.", "positif")])
    found = staged(tiny_reviews, test, Recipe())
    assert (len(found.train), len(found.test)) == (80, 1)
    assert found.task.labels == ("négatif", "positif")


def test_labels_unknown_to_training_are_refused_by_name(tmp_path: Path, tiny_reviews: Path) -> None:
    test = written(tmp_path / "test.csv", [("Bof.", "moyen"), ("Top.", "positif")])
    with pytest.raises(RowsError, match=r"'moyen' \(test\.csv:2\)"):
        staged(tiny_reviews, test, Recipe())


def test_what_was_left_out_is_noted_once(tmp_path: Path, tiny_reviews: Path) -> None:
    data = tmp_path / "a.csv"
    data.write_text(tiny_reviews.read_text(encoding="utf-8") + "un film,\n", encoding="utf-8")
    heard: list[Event] = []
    found = staged(data, None, Recipe(), heard.append)
    assert len(found.notes) == 1
    assert heard.count(Noted(found.notes[0])) == 1


def test_a_redrawn_stage_keeps_the_test_rows(stage: Stage) -> None:
    other = stage.redrawn(3, 0.5)
    assert other.test is stage.test
    assert other.recipe.seed == 3
    assert len(other.train) == 32
    assert set(other.train.texts) <= set(stage.train.texts)
    assert sorted(np.concatenate(other.folds)) == list(range(32))
    whole = stage.redrawn(3)
    assert whole.train is stage.train
    assert any(not np.array_equal(a, b) for a, b in zip(whole.folds, stage.folds, strict=True))


def test_groups_of_the_test_rows_are_numbered(stage: Stage) -> None:
    assert stage.test_groups is None
    names = ["anna", "row 1", None, "anna"]
    examples = [
        dataclasses.replace(e, group=name) for e, name in zip(stage.test, names, strict=False)
    ]
    test = dataclasses.replace(stage.test, examples=tuple(examples))
    found = dataclasses.replace(stage, test=test).test_groups
    assert found is not None
    assert found[0] == found[3]
    assert len(set(found.tolist())) == 3


# Who takes part


def test_each_strategy_meets_each_base_cheapest_first(stage: Stage, located: Located) -> None:
    places = [renamed(located, "large", 2000), renamed(located, "small", 1000)]
    found = entrants(["full", "head", "majority"], places, stage)
    assert [one.name for one in found] == [
        "majority",
        "head · small",
        "head · large",
        "full · small",
        "full · large",
    ]
    assert [one.base for one in found] == [None, "small", "large", "small", "large"]
    assert not any(one.skipped for one in found)


def test_a_lone_base_is_not_part_of_the_name(stage: Stage, located: Located) -> None:
    found = entrants(["head", "classical"], [located], stage)
    assert [one.name for one in found] == ["classical", "head"]
    assert found[1].base == "tiny-encoder"


def test_what_does_not_suit_is_left_out_with_its_reason(stage: Stage, located: Located) -> None:
    decoder = dataclasses.replace(
        located, base=dataclasses.replace(located.base, kind="decoder", name="gpt")
    )
    [found] = entrants(["head"], [decoder], stage)
    assert found.skipped == "gpt is not an encoder"
    [found] = entrants(["head"], [], stage)
    assert found.skipped == "no base is on this machine"


def test_what_was_asked_for_must_suit_one_of_the_bases(stage: Stage, located: Located) -> None:
    decoder = dataclasses.replace(
        located, base=dataclasses.replace(located.base, kind="decoder", name="gpt")
    )
    with pytest.raises(UsageError, match="'head' does not suit: gpt is not an encoder"):
        entrants(["head"], [decoder], stage, ["head"])
    found = entrants(["head"], [decoder, located], stage, ["head"])
    assert [bool(one.skipped) for one in found].count(True) == 1


def test_an_unknown_strategy_is_refused_with_the_nearest_names(stage: Stage) -> None:
    with pytest.raises(UsageError, match="no strategy called 'classic'") as caught:
        entrants(["classic"], [], stage)
    assert "Did you mean 'classical'?" in caught.value.hint


def test_a_base_by_name_is_never_fetched(
    stage: Stage, tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(*given: object) -> Located:
        raise AssertionError("fetched")

    monkeypatch.setattr(contest.fetching, "fetch", fetch)
    (place,) = contest.places(str(tiny_encoder), ["head", "majority", "full"], stage)
    assert place.base.name == "tiny-encoder"
    with pytest.raises(MissingBaseError):
        contest.places("all-minilm-l6-v2", ["head"], stage)


def test_the_default_base_is_fetched_once_it_is_needed(
    stage: Stage, located: Located, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(name: str) -> Located:
        raise MissingBaseError("not here")

    monkeypatch.setattr(contest.finding, "find", find)
    monkeypatch.setattr(contest.fetching, "fetch", lambda name, listen: located)
    heard: list[Event] = []
    assert contest.places(None, ["majority", "head", "full"], stage, heard.append) == [located]
    assert "fetching it, once" in str(heard)
    assert contest.places(None, ["majority"], stage) == []
