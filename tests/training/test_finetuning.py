"""Moving the weights of a base: what is held out, what is kept, what is put back."""

from __future__ import annotations

import dataclasses
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from socle import plugins
from socle.bases import finding
from socle.data.reading import read_rows
from socle.events import Event, Stepped, silent
from socle.heads.pooled import LinearHead
from socle.metrics.calibration import fit_temperature
from socle.recipe import Recipe
from socle.training.finetuning import (
    Course,
    Move,
    Outcome,
    calibrated,
    fine_tune,
    merged,
    rebuilt,
)
from socle.training.passes import Amount, passes_for

RECIPE = Recipe(effort="quick", precision="float32", epochs=2)


@pytest.fixture(scope="module")
def course(tiny_encoder: Path, tiny_reviews: Path) -> Course:
    kind = plugins.load("tasks", "classification")
    data = kind.examples(*read_rows(tiny_reviews))
    return Course(finding.find(tiny_encoder), kind.learn(data), data, RECIPE, silent, None)


def move_of(name: str) -> Move:
    found: Move = plugins.load("strategies", name).move()
    return found


def states(encoder: nn.Module) -> torch.Tensor:
    model: Any = encoder
    with torch.no_grad():
        return model.eval()(input_ids=torch.arange(5, 60)[None]).last_hidden_state  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", ["full", "partial", "lora", "scratch"])
def test_what_was_kept_rebuilds_the_trained_encoder(name: str, course: Course) -> None:
    move = move_of(name)
    outcome = fine_tune(course, move)
    trained = states(merged(outcome.encoder))
    again = rebuilt(course.located, outcome.changed, move.prepare, RECIPE)
    assert torch.allclose(states(again), trained, atol=1e-5)
    untouched = rebuilt(course.located, {}, lambda *_: None, RECIPE)
    assert not torch.allclose(states(untouched), trained, atol=1e-3)


def test_rows_apart_are_those_asked_for(course: Course) -> None:
    rows = np.array([1, 5, 9, 33])
    outcome = fine_tune(dataclasses.replace(course, held_out=rows), move_of("lora"))
    assert outcome.held_out.tolist() == rows.tolist()


def test_some_rows_are_held_out_without_being_asked(course: Course) -> None:
    outcome: Outcome = fine_tune(course, move_of("lora"))
    assert 0.05 < len(outcome.held_out) / len(course.data) < 0.3
    assert len(set(outcome.held_out.tolist())) == len(outcome.held_out)


def steps_of(course: Course, folder: Path, at: int = 0) -> list[int]:
    """Train with checkpoints in `folder`, and press Ctrl-C after `at` steps; return the steps."""
    seen: list[int] = []

    def press(event: Event) -> None:
        if isinstance(event, Stepped) and event.job == "Training":
            seen.append(event.done)
            if event.done == at:
                os.kill(os.getpid(), signal.SIGINT)

    given = dataclasses.replace(course, listen=press, run_folder=folder)
    if at:
        with pytest.raises(KeyboardInterrupt):
            fine_tune(given, move_of("full"))
    else:
        fine_tune(given, move_of("full"))
    return seen


def test_a_run_goes_on_with_its_own_data_and_recipe_only(course: Course, tmp_path: Path) -> None:
    assert steps_of(course, tmp_path, at=2)[-1] == 2
    other = dataclasses.replace(course, recipe=RECIPE.changed({"seed": 1}))
    assert steps_of(other, tmp_path)[0] == 1
    apart = dataclasses.replace(course, held_out=np.array([0, 1]))
    assert steps_of(apart, tmp_path)[0] == 1
    assert steps_of(course, tmp_path)[0] == 4


@pytest.mark.parametrize(
    ("effort", "n", "expected"),
    [("quick", 64, 20), ("quick", 3200, 2), ("normal", 3200, 3), ("thorough", 3200, 5)],
)
def test_few_examples_are_read_more_often(effort: str, n: int, expected: int) -> None:
    assert passes_for(Recipe(effort=effort), Amount(n)) == expected
    assert passes_for(Recipe(effort=effort, epochs=7), Amount(n)) == 7


def test_passes_fall_as_examples_grow_and_never_below_the_effort() -> None:
    passes = [passes_for(Recipe(), Amount(n)) for n in (1, 50, 500, 2000, 5000, 100_000)]
    assert passes == sorted(passes, reverse=True)
    assert passes[0] == 20
    assert passes[-1] == 3


def test_a_strategy_may_take_more_of_the_passes_but_no_more_than_the_most() -> None:
    once, thrice = (passes_for(Recipe(), Amount(3200), factor) for factor in (1.0, 3.0))
    assert thrice == 3 * once
    assert passes_for(Recipe(), Amount(50), 3.0) == 20


@pytest.mark.parametrize(
    ("effort", "rows", "expected"),
    [("quick", 5000, 2), ("normal", 5000, 6), ("thorough", 5000, 12)],
)
def test_of_sentences_it_is_the_words_that_count(effort: str, rows: int, expected: int) -> None:
    assert passes_for(Recipe(effort=effort), Amount(rows, 20 * rows)) == expected
    assert passes_for(Recipe(effort=effort, epochs=7), Amount(rows, 20 * rows)) == 7
    sizes = [passes_for(Recipe(effort=effort), Amount(n, 20 * n)) for n in (50, 500, 5000, 50_000)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 2


def test_a_head_is_brought_to_the_scale_that_the_held_out_ask_for() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 3)).astype(np.float32)
    weight = rng.normal(size=(3, 2)).astype(np.float32)
    targets = (features @ weight * 2 + rng.gumbel(size=(400, 2))).argmax(1)
    boastful = LinearHead(weight * 50, np.ones(2, np.float32) * 10)
    found = calibrated(boastful, features, targets)
    assert fit_temperature(found.scores(features), targets) == pytest.approx(1.0, abs=0.01)
    ratio = found.scores(features) / boastful.scores(features)
    assert np.allclose(ratio, ratio.flat[0], rtol=1e-3)
    nothing = calibrated(boastful, features[:0], targets[:0])
    assert nothing is boastful
