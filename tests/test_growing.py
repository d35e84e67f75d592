"""Learning curves: what is drawn, measured on what, left out for want of time, and said."""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from socle import growing, plugins
from socle.bases import Located, finding
from socle.data.dataset import Dataset
from socle.events import Event, Finished, Started, Stepped
from socle.examples import Example
from socle.growing import Size, draw_rows, grow, sizes
from socle.learning import Fitting
from socle.recipe import Recipe
from socle.strategies import Strategy
from socle.tasks import Task
from socle.training.encoding import TextEncoder

WORDS = {
    "money": ("bank", "raised", "rates", "shares", "fell", "market", "budget", "cut"),
    "sport": ("team", "won", "match", "striker", "scored", "goal", "race", "close"),
}
QUICK = Recipe(effort="quick", seed=5)


def rows(counts: dict[str, int], seed: int = 0) -> Dataset[Any]:
    """Return texts of two telling words among five; one label in ten is wrong."""
    rng = np.random.default_rng(seed)
    found = []
    for label, n in counts.items():
        for i in range(n):
            of = WORDS[label] if i % 10 else WORDS["money" if label == "sport" else "sport"]
            words = [*rng.choice(of, 2), *rng.choice(["the", "is", "a", "was", "to", "he"], 3)]
            found.append(Example(" ".join(rng.permutation(words)), label, f"{label} {i}"))
    return Dataset(tuple(found))


@pytest.fixture(scope="module")
def train() -> Dataset[Any]:
    return rows({"money": 90, "sport": 50})


@pytest.fixture(scope="module")
def test() -> Dataset[Any]:
    return rows({"money": 40, "sport": 40}, seed=1)


@pytest.fixture(scope="module")
def task(train: Dataset[Any]) -> Task:
    learnt: Task = plugins.load("tasks", "classification").learn(train)
    return learnt


@pytest.fixture(scope="module")
def located(tiny_encoder: Path) -> Located:
    return finding.find(tiny_encoder)


def option(name: str) -> Strategy:
    found: Strategy = plugins.load("strategies", name)
    return found


# What is drawn


def test_sizes_double_up_to_all_rows(train: Dataset[Any]) -> None:
    assert sizes(train, 4) == [
        Size(8, 16, 4),
        Size(16, 32, 4),
        Size(32, 64, 2),
        Size(90, 140, 1),
    ]


def test_a_tiny_set_is_a_single_size() -> None:
    assert sizes(rows({"money": 5, "sport": 6}), 3) == [Size(6, 11, 1)]


def test_each_label_gives_as_many_or_all_that_it_has(train: Dataset[Any]) -> None:
    for per_label, wanted in ((8, {"money": 8, "sport": 8}), (64, {"money": 64, "sport": 50})):
        drawn = draw_rows(train, per_label, np.random.default_rng(0)).tolist()
        assert drawn == sorted(set(drawn))
        assert Counter(train.examples[i].target for i in drawn) == wanted


def test_draws_differ_and_a_seed_repeats_them(train: Dataset[Any]) -> None:
    one, two, again = (draw_rows(train, 8, np.random.default_rng(s)).tolist() for s in (0, 1, 0))
    assert one == again
    assert one != two


def test_with_several_labels_the_rarest_is_drawn_first() -> None:
    targets = [("a",)] * 60 + [("a", "b")] * 20 + [("b", "c")] * 6 + [()] * 30
    data = Dataset(tuple(Example(f"text {i}", t, str(i)) for i, t in enumerate(targets)))
    drawn = draw_rows(data, 8, np.random.default_rng(0))
    counts = Counter(label for i in drawn for label in targets[i])
    assert counts["c"] == 6
    assert 8 <= counts["b"] <= 8 + counts["a"]
    assert 8 <= counts["a"] <= 10
    assert sum(not targets[i] for i in drawn) == 8


# What is measured


@pytest.fixture(scope="module")
def curve(task: Task, train: Dataset[Any], test: Dataset[Any], located: Located) -> dict[str, Any]:
    entrants = [(option("classical"), None), (option("head"), located)]
    return grow(task, train, test, entrants, QUICK)


def test_a_curve_has_the_keys_that_others_rely_on(curve: dict[str, Any]) -> None:
    assert set(curve) == {"metric", "candidates", "text"}
    assert curve["metric"] == "accuracy"
    assert [one["name"] for one in curve["candidates"]] == ["classical", "head"]
    for one in curve["candidates"]:
        assert set(one) == {"name", "points", "forecast", "text"}
        assert [p["n"] for p in one["points"]] == [16, 32, 64, 140]
        assert [p["draws"] for p in one["points"]] == [3, 3, 2, 1]
        assert set(one["points"][0]) == {"per_label", "n", "mean", "deviation", "draws"}
        assert one["points"][0]["deviation"] >= 0
        assert one["points"][-1]["deviation"] is None
        assert all(set(f) == {"n", "mean", "low", "high"} for f in one["forecast"])
        name, _, said = one["text"].partition(": ")
        assert name == one["name"]
        assert f"`{name}`: {said}" in curve["text"]


def test_more_rows_teach_more(curve: dict[str, Any]) -> None:
    for one in curve["candidates"]:
        assert one["points"][-1]["mean"] > one["points"][0]["mean"]
        assert one["points"][-1]["mean"] > 0.7


def test_the_last_point_is_a_plain_fit_on_all_rows(
    curve: dict[str, Any], task: Task, train: Dataset[Any], test: Dataset[Any], located: Located
) -> None:
    for name, base in (("classical", None), ("head", located)):
        recipe = Recipe(effort="quick", seed=5, engine="onnx")
        parts = growing._folds(train, 5)
        fit = option(name).fit(Fitting(task, train, recipe, base, folds=parts))
        predictor = option(name).restore(fit.adaptation, task, base, recipe)
        gold = task.encode(test.examples)
        metrics, _ = task.score(gold, task.probabilities(predictor.scores(test.texts)))
        [found] = [one for one in curve["candidates"] if one["name"] == name]
        assert found["points"][-1]["mean"] == pytest.approx(metrics["accuracy"])


def test_no_text_is_read_twice(
    task: Task,
    train: Dataset[Any],
    test: Dataset[Any],
    located: Located,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    features = TextEncoder.features

    def counting(self: TextEncoder, texts: Any, *more: Any) -> Any:
        asked.append(len(texts))
        return features(self, texts, *more)

    def never(self: TextEncoder, texts: Any) -> Any:
        raise AssertionError("read without the store")

    monkeypatch.setattr(TextEncoder, "features", counting)
    monkeypatch.setattr(TextEncoder, "fresh", never)
    grow(task, train, test, [(option("head"), located)], QUICK)
    assert asked.count(len(test)) == 1


def test_the_same_seed_gives_the_same_curve(
    task: Task, train: Dataset[Any], test: Dataset[Any]
) -> None:
    entrants = [(option("classical"), None)]
    one, two, other = (
        grow(task, train, test, entrants, Recipe(effort="quick", seed=seed)) for seed in (1, 1, 2)
    )
    assert one == two
    assert one["candidates"][0]["points"][0] != other["candidates"][0]["points"][0]


def test_several_labels_have_a_curve_too(tiny_multilabel: Path) -> None:
    from socle.data.reading import read_rows

    kind = plugins.load("tasks", "classification")
    data = kind.examples(*read_rows(tiny_multilabel))
    found = grow(kind.learn(data), data, data, [(option("classical"), None)], QUICK)
    points = found["candidates"][0]["points"]
    assert points[-1]["n"] == len(data)
    assert points[-1]["mean"] > points[0]["mean"]


def test_rows_that_are_all_alike_are_fitted_all_the_same(task: Task, located: Located) -> None:
    data = Dataset(tuple(Example("the same", t, "") for t in ("money", "sport") * 12))
    found = grow(task, data, data, [(option("head"), located), (option("classical"), None)], QUICK)
    assert all(one["forecast"] == [] for one in found["candidates"])
    assert "No forecast can be made" in found["text"]


# Time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every look at the clock take half a second."""
    ticks = itertools.count()
    time = SimpleNamespace(perf_counter=lambda: next(ticks) / 2)
    monkeypatch.setattr(growing, "time", time)


@pytest.mark.usefixtures("clock")
def test_without_time_sizes_are_drawn_once_then_left_out(
    task: Task, train: Dataset[Any], test: Dataset[Any]
) -> None:
    majority = [(option("majority"), None)]
    full = grow(task, train, test, majority, QUICK, seconds=1000.0)
    assert [p["draws"] for p in full["candidates"][0]["points"]] == [3, 3, 2, 1]
    assert "left out" not in full["text"]
    short = grow(task, train, test, majority, QUICK, seconds=7.0)
    assert [p["draws"] for p in short["candidates"][0]["points"]] == [3, 1, 1]
    assert "sizes from 32 rows were drawn once" in short["text"]
    assert "those of 140 rows were left out" in short["text"]


def test_progress_is_told_from_start_to_end(
    task: Task, train: Dataset[Any], test: Dataset[Any]
) -> None:
    heard: list[Event] = []
    grow(task, train, test, [(option("majority"), None)], QUICK, listen=heard.append)
    assert heard[0] == Started("Learning curve", 9)
    assert [e.done for e in heard if isinstance(e, Stepped)] == list(range(1, 10))
    assert isinstance(heard[-1], Finished)
