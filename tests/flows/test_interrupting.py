"""Ctrl-C: exit 130, nothing half-written; a run that goes on ends as if never stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import socle
from socle.training import loop
from tests.flows.running import Said, assert_designed, done, interrupted, refused

TRAINING = """
import time
from socle.training import loop
learn, count = loop._learn, 0
def slow(*given):
    global count
    count += 1
    if count == 5:
        print("FIVE STEPS", flush=True, file=__import__("sys").stderr)
    time.sleep(0.2 if count > 4 else 0)
    return learn(*given)
loop._learn = slow
"""
READING = """
import sys, time
from socle.training import features
encoded = features.encoded
def slow(*given):
    found = encoded(*given)
    print("READING", flush=True, file=sys.stderr)
    time.sleep(5)
    return found
features.encoded = slow
"""


def assert_stopped(said: Said) -> None:
    assert said.code == 130, said.err
    assert said.out == ""
    assert "Interrupted" in said.err
    assert "--resume" in said.err
    assert_designed(said.err)


@pytest.fixture(scope="module")
def words(
    tiny_reviews: Path, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., list[str | Path]]:
    # Left to itself, the number type is the one that was faster when it was tried.
    recipe = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    recipe.write_text('precision = "float32"\neffort = "quick"\n')

    def make(strategy: str, out: Path) -> list[str | Path]:
        fixed = ["--strategy", strategy, "--base", tiny_encoder, "--recipe", recipe, "--json"]
        return ["adapt", tiny_reviews, *fixed, "--out", out]

    return make


def timeless(report: dict[str, Any]) -> dict[str, Any]:
    """Return what two equal runs share: all but the times, and the folder."""
    left_out = ("seconds", "model", "candidates", "learnt")
    return {key: value for key, value in report.items() if key not in left_out}


def test_a_run_that_goes_on_equals_one_that_was_not_stopped(
    words: Callable[..., list[str | Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "m"
    assert_stopped(interrupted(words("full", out), TRAINING, "FIVE STEPS"))
    assert not out.exists()
    [kept] = (tmp_path / ".m.run").glob("full-*/about.json")
    step = json.loads(kept.read_text())["step"]
    assert 5 <= step < 40

    steps: list[int] = []
    learn = loop._learn

    def counted(*given: Any) -> float:
        steps.append(1)
        return learn(*given)

    monkeypatch.setattr(loop, "_learn", counted)
    resumed = done(*words("full", out), "--resume").json()
    rest = len(steps)
    whole = done(*words("full", tmp_path / "whole")).json()
    assert rest == len(steps) - rest - step
    assert timeless(resumed) == timeless(whole)
    weights = [(tmp_path / name / "adaptation.safetensors").read_bytes() for name in ("m", "whole")]
    assert weights[0] == weights[1]
    assert not (tmp_path / ".m.run").exists()


def test_a_stop_while_a_base_is_read_leaves_the_old_model_alone(
    words: Callable[..., list[str | Path]], tmp_path: Path
) -> None:
    out = tmp_path / "m"
    done(*words("majority", out))
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    assert_stopped(interrupted(words("head", out), READING, "READING"))
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["m"]
    assert socle.load(out).strategy == "majority"
    done(*words("head", out))
    assert socle.load(out).strategy == "head"


def test_only_a_run_that_begins_drops_what_an_earlier_one_kept(
    words: Callable[..., list[str | Path]], tmp_path: Path
) -> None:
    out = tmp_path / "m"
    kept = tmp_path / ".m.run" / "full-of-yesterday"
    kept.mkdir(parents=True)
    refused(*words("full", out), "--text-column", "txet")
    assert kept.exists()
    done(*words("majority", out))
    assert not kept.parent.exists()
