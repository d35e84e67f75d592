"""Any part of the JSON may be missing, null or odd."""

from __future__ import annotations

import pytest

from socle.rendering.reading import (
    Contest,
    finite,
    items,
    number,
    pair,
    part,
    rows,
    said,
    slot_of,
    tone_of,
    words,
)


@pytest.mark.parametrize("odd", [None, [], "text", 3, {}])
def test_odd_parts_are_read_as_nothing(odd: object) -> None:
    assert part(odd, "a", "b") == {}
    assert items(odd, "a") == []
    assert rows({"a": [odd]}, "a") == ([{}] if odd == {} else [])
    assert number(odd, "a") is None
    assert words(odd, "a") == ""


def test_only_finite_numbers_are_numbers() -> None:
    assert [finite(v) for v in (1, 0.5, True, "1", float("nan"), float("inf"))] == [
        1.0,
        0.5,
        None,
        None,
        None,
        None,
    ]
    assert pair([0.9, 0.8]) == (0.8, 0.9)
    assert [pair(v) for v in (None, [1], [None, 1], "ab", [1, float("nan")])] == [None] * 5


def test_lists_and_truths_are_said() -> None:
    assert said(["a", "b"]) == "a | b"
    assert said(True) == "yes"
    assert said({"rank": 8}) == "rank 8"


def contest(*names: str) -> Contest:
    measured = [
        {"name": n, "base": n.partition(" · ")[2] or None, "metrics": {"accuracy": 0.9}}
        for n in names
    ]
    verdict = {"winner": names[-1], "cheapest_equivalent": names[0]}
    return Contest({"candidates": [*measured, {"name": "x", "skipped": "?"}], "verdict": verdict})


def test_a_base_that_all_share_is_left_out_of_labels() -> None:
    assert contest("head · b", "classical", "full · b").label("head · b") == "head"
    assert contest("head · a", "full · b").label("head · a") == "head · a"


def test_the_story_has_its_own_tones_and_every_candidate_a_colour() -> None:
    found = contest("head", "lora", "full")
    assert [tone_of(found, n) for n in ("head", "lora", "full")] == ["chosen", "other", "winner"]
    assert [slot_of(found, n) for n in ("head", "full", "lora")] == [0, 1, 2]
    assert len(found.left_out) == 1
    assert [c["name"] for c in found.leaders] == ["head", "full"]
    assert Contest({"verdict": {"winner": "nobody"}}).winner == ""
