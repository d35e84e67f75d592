"""Fitting, and remembering what was fitted: by content, and never something else's."""

from __future__ import annotations

import dataclasses
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle import fits, plugins
from socle.bases import finding
from socle.contest import Entrant, Stage, staged
from socle.errors import ResourceError, RowsError
from socle.learning import Adaptation, Fit, Fitting
from socle.recipe import Recipe
from socle.strategies.majority import Majority


class Counted(Majority):
    """Frequencies, with a count of how often they were learnt."""

    name = "counted"

    def __init__(self) -> None:
        self.calls = 0

    def fit(self, fitting: Fitting) -> Fit:
        self.calls += 1
        return super().fit(fitting)


class Moving(Majority):
    """Frequencies that are counted in a process of their own, as what moves weights is."""

    name = "moving"
    rank = 35
    moves = True

    def fit(self, fitting: Fitting) -> Fit:
        found = super().fit(fitting)
        facts = {"pid": os.getpid(), "run_folder": str(fitting.run_folder)}
        return Fit(Adaptation(found.adaptation.tensors, facts), found.held_out)


class Killed(Moving):
    """What the system kills when memory runs out."""

    name = "killed"

    def fit(self, fitting: Fitting) -> Fit:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")


class Stopped(Moving):
    """What is stopped in the middle the first time, and goes on the second."""

    name = "stopped"

    def fit(self, fitting: Fitting) -> Fit:
        assert fitting.run_folder is not None
        kept = fitting.run_folder / "kept"
        if not kept.exists():
            kept.parent.mkdir(parents=True)
            kept.touch()
            os.kill(os.getpid(), signal.SIGINT)
        return super().fit(fitting)


@pytest.fixture(scope="module")
def stage(tiny_reviews: Path) -> Stage:
    return staged(tiny_reviews, None, Recipe())


@pytest.fixture(autouse=True)
def _a_cache_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCLE_HOME", str(tmp_path))


def entrant(name: str) -> Entrant:
    return Entrant(plugins.load("strategies", name))


def kept(home: Path) -> list[Path]:
    return [p for p in (home / "comparisons").iterdir() if p.is_dir()]


def changed(stage: Stage, **settings: Any) -> Stage:
    return dataclasses.replace(stage, recipe=dataclasses.replace(stage.recipe, **settings))


# What is remembered


def test_nothing_is_fitted_twice(stage: Stage) -> None:
    strategy = Counted()
    first = fits.remembered(stage, Entrant(strategy))
    again = fits.remembered(stage, Entrant(strategy))
    assert strategy.calls == 1
    assert (first.remembered, again.remembered) == (False, True)
    assert (again.seconds, again.cpu_seconds) == (first.seconds, first.cpu_seconds)
    assert first.fit.held_out is not None
    assert again.fit.held_out is not None
    np.testing.assert_array_equal(again.fit.held_out, first.fit.held_out)


def test_fresh_forgets_and_fits_again(stage: Stage) -> None:
    strategy = Counted()
    for _ in range(2):
        assert not fits.remembered(stage, Entrant(strategy), fresh=True).remembered
    assert strategy.calls == 2


def test_other_data_folds_or_settings_are_fitted_anew(stage: Stage) -> None:
    strategy = Counted()
    fits.remembered(stage, Entrant(strategy))
    others = [
        stage.redrawn(0, 0.9),
        dataclasses.replace(stage, folds=stage.folds[::-1]),
        changed(stage, epochs=3),
        changed(stage, seed=1),
    ]
    for i, other in enumerate(others, start=2):
        assert not fits.remembered(other, Entrant(strategy)).remembered
        assert strategy.calls == i


def test_settings_that_teach_nothing_change_nothing(stage: Stage) -> None:
    strategy = Counted()
    fits.remembered(stage, Entrant(strategy))
    same = changed(
        stage,
        base="x",
        strategy="head",
        budget=3.0,
        seeds=4,
        price_per_hour=1.0,
        data_licence="MIT",
    )
    assert fits.remembered(same, Entrant(strategy)).remembered


def test_another_base_is_another_fit(stage: Stage, tiny_encoder: Path) -> None:
    place = finding.find(tiny_encoder)
    strategy = Counted()
    fits.remembered(stage, Entrant(strategy, place))
    other = dataclasses.replace(place, sha256="0" * 64)
    assert not fits.remembered(stage, Entrant(strategy, other)).remembered
    assert fits.remembered(stage, Entrant(strategy, place)).remembered


@pytest.mark.parametrize("file", ["fit.json", "adaptation.safetensors", "held_out.npy"])
@pytest.mark.parametrize("left", [0, 40])
def test_what_is_damaged_is_fitted_again(
    stage: Stage, tmp_path: Path, file: str, left: int
) -> None:
    strategy = Counted()
    fits.remembered(stage, Entrant(strategy))
    [folder] = kept(tmp_path)
    (folder / file).write_bytes((folder / file).read_bytes()[:left])
    assert not fits.remembered(stage, Entrant(strategy)).remembered
    assert fits.remembered(stage, Entrant(strategy)).remembered


def test_what_was_used_longest_ago_makes_room(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strategy = Counted()
    fits.remembered(stage, Entrant(strategy))
    [old] = kept(tmp_path)
    os.utime(old, (0, 0))
    fits.remembered(changed(stage, seed=1), Entrant(strategy))
    [new] = set(kept(tmp_path)) - {old}
    monkeypatch.setattr(fits, "_KEPT_BYTES", sum(f.stat().st_size for f in new.iterdir()))
    fits.remembered(changed(stage, seed=2), Entrant(strategy))
    assert not old.exists()
    assert new.exists()


# Where it is fitted


def test_what_moves_weights_is_fitted_in_a_process_of_its_own(stage: Stage, tmp_path: Path) -> None:
    found = fits.remembered(stage, Entrant(Moving()))
    facts = found.fit.adaptation.facts
    assert facts["pid"] != os.getpid()
    assert found.peak_memory_mb > 10
    assert Path(facts["run_folder"]).parent == tmp_path / "comparisons"
    assert not Path(facts["run_folder"]).exists()
    assert fits.remembered(stage, Entrant(Moving())).peak_memory_mb == found.peak_memory_mb


def test_a_killed_fit_is_an_error_with_a_reason_and_keeps_nothing(
    stage: Stage, tmp_path: Path
) -> None:
    found, reason = fits.attempt(lambda: fits.remembered(stage, Entrant(Killed())))
    assert found is None
    assert "killed (signal 9)" in reason
    assert kept(tmp_path) == []


def test_a_fit_that_was_stopped_finds_what_it_kept(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match="ended with code 130"):
        fits.remembered(stage, Entrant(Stopped()))
    [folder] = (tmp_path / "comparisons").iterdir()
    assert (folder / "kept").exists()
    found = fits.remembered(stage, Entrant(Stopped()))
    assert found.fit.adaptation.facts["run_folder"] == str(folder)
    assert not found.remembered
    assert not folder.exists()


def test_memory_of_a_shared_process_is_nobodys(stage: Stage) -> None:
    assert fits.remembered(stage, entrant("classical")).peak_memory_mb == 0.0


# What comes of it


def test_answers_are_the_same_after_they_were_remembered(stage: Stage) -> None:
    one = entrant("classical")
    answers = [fits.answered(stage, one, fits.remembered(stage, one)) for _ in range(2)]
    np.testing.assert_array_equal(answers[0].probabilities, answers[1].probabilities)
    assert answers[0].report.n == len(stage.test)
    assert answers[0].report.metrics["accuracy"] > 0.6


def test_held_out_answers_are_those_of_rows_that_were_held_out(stage: Stage) -> None:
    found = fits.fitted(stage, entrant("classical"))
    assert found.fit.held_out is not None
    scores = found.fit.held_out.copy()
    scores[::2] = np.nan
    half = dataclasses.replace(found, fit=Fit(found.fit.adaptation, scores))
    rows = fits.rows_held_out(half)
    held = fits.held_out(stage, half)
    assert held is not None
    assert rows.tolist() == list(range(1, 64, 2))
    gold = stage.task.encode([stage.train.examples[i] for i in rows])
    np.testing.assert_array_equal(held.gold, gold)
    assert 0.6 < held.right.mean() <= 1


def test_without_held_out_rows_there_are_no_answers(stage: Stage) -> None:
    found = fits.fitted(dataclasses.replace(stage, folds=()), entrant("majority"))
    assert fits.held_out(stage, found) is None
    assert fits.rows_held_out(found).tolist() == []


def test_a_pass_over_more_rows_is_expected_to_take_longer(stage: Stage, tiny_encoder: Path) -> None:
    place = finding.find(tiny_encoder)
    many = dataclasses.replace(stage, train=stage.train.subset([*range(64)] * 200))
    assert 0 < fits.seconds_per_pass(stage, place) < 10 * fits.seconds_per_pass(many, place)


# Failing


class OfALibrary(Exception):
    """Such as onnxruntime and safetensors raise: derived from nothing narrower."""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "the memory of this machine was not enough"),
        (RowsError("Too few rows.", "Label more."), "Too few rows."),
        (RuntimeError("no kernel"), "RuntimeError: no kernel"),
        (TypeError("not callable"), "TypeError: not callable"),
        (OfALibrary("bad graph"), "OfALibrary: bad graph"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_failure_becomes_a_reason(error: Exception, said: str) -> None:
    def work() -> None:
        raise error

    assert fits.attempt(work) == (None, said)


def test_an_interrupt_is_no_failure_of_a_candidate() -> None:
    def work() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fits.attempt(work)
    assert fits.attempt(lambda: 7) == (7, "")


def test_when_nothing_was_fitted_every_reason_is_told_once() -> None:
    error = fits.nothing_fitted(["It was killed.", "", "it is too large", "It was killed."])
    assert isinstance(error, ResourceError)
    assert error.message == "No candidate could be fitted: It was killed; it is too large."
    assert "--strategies" in error.hint
