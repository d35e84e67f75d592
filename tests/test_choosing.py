"""The cheapest that is not significantly worse than the best; the verdict in words."""

from __future__ import annotations

import re

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.choosing import Held, Measured, choose, judge
from socle.metrics.significance import mcnemar, wilson
from socle.report import Report

N = 400
EVERY = np.arange(N)
RANKS = {"majority": 0, "classical": 10, "head": 20, "partial": 30, "lora": 40, "full": 50}


def answers(wrong: int, n: int = N) -> NDArray[np.bool_]:
    """Return who is right: all but the first `wrong`."""
    return np.arange(n) >= wrong


def held(name: str, wrong: int, rows: NDArray[np.int64] = EVERY) -> Held:
    return Held(name, RANKS[name], rows, answers(wrong)[rows])


def measured(name: str, wrong: int, speed: float = 100.0) -> Measured:
    right = answers(wrong)
    interval = {"accuracy": wilson(int(right.sum()), N)}
    accuracy = {"accuracy": float(right.mean())}
    return Measured(Report(name, None, N, accuracy, interval, speed=speed), right, RANKS[name])


def test_a_clearly_better_one_is_chosen_though_dear() -> None:
    assert choose([held("classical", 100), held("head", 60), held("full", 20)]) == "full"


def test_the_cheapest_not_significantly_worse_is_chosen() -> None:
    assert mcnemar(answers(24), answers(20)) >= 0.05
    assert choose([held("classical", 100), held("head", 24), held("full", 20)]) == "head"
    assert choose([held("full", 20), held("classical", 100), held("head", 24)]) == "head"


def test_a_tie_goes_to_the_cheapest() -> None:
    assert choose([held("full", 20), held("head", 20), held("partial", 20)]) == "head"
    assert choose([held("lora", 7)]) == "lora"


def test_all_are_compared_on_rows_that_all_were_held_out_on() -> None:
    """On all rows `head` looks better, for `full` was held out on the hard ones only."""
    hard = np.arange(0, 120)
    head = held("head", 100)
    full = held("full", 60, hard)
    assert head.accuracy > full.accuracy
    assert choose([head, full]) == "full"


def test_rows_need_not_be_the_same() -> None:
    """Held out on other rows each; shared are 100 to 199, on which both are always right."""
    one = Held("head", 20, np.arange(0, 200), answers(50)[:200])
    two = Held("full", 50, np.arange(100, 300), answers(50)[100:300])
    assert choose([one, two]) == "head"
    assert one.at(np.array([49, 50])).tolist() == [False, True]
    assert two.at(np.array([100, 299])).tolist() == [True, True]


def test_a_clear_winner_is_named_with_its_lead() -> None:
    verdict = judge([measured("majority", 200), measured("head", 80), measured("full", 20)], "full")
    assert (verdict.winner, verdict.cheapest_equivalent) == ("full", "full")
    low, high = wilson(380, N)
    assert verdict.text == (
        f"Use `full`: accuracy 0.950 [{low:.3f}, {high:.3f}], 15.0 points above `head` (p < 0.001)."
    )


def test_a_tie_is_won_by_the_cheapest_and_said() -> None:
    verdict = judge(
        [measured("majority", 200), measured("head", 23, 1000.0), measured("full", 20, 100.0)],
        "head",
    )
    assert (verdict.winner, verdict.cheapest_equivalent) == ("full", "head")
    assert verdict.text.startswith("Use `head`: accuracy 0.943 [")
    p = mcnemar(answers(23), answers(20))
    assert f"not significantly different from `full` (0.950, p = {p:.2f})" in verdict.text
    assert verdict.text.endswith("and 10 times faster.")


def test_a_speed_that_hardly_differs_is_not_boasted_of() -> None:
    for speed in (140.0, 20.0):
        verdict = judge([measured("head", 23, speed), measured("full", 20, 100.0)], "head")
        assert "times faster" not in verdict.text


@pytest.mark.parametrize("best", ["majority", "head"])
def test_nothing_better_than_the_most_frequent_label_is_no_model(best: str) -> None:
    wrong = {"majority": 100, "head": 97 if best == "head" else 110}
    verdict = judge([measured(name, w) for name, w in wrong.items()], "head")
    assert verdict.winner == best
    assert verdict.cheapest_equivalent == "majority"
    assert "more labels are needed" in verdict.text
    assert "Use" not in verdict.text


def test_a_lead_that_may_be_chance_is_said_to_be() -> None:
    verdict = judge([measured("majority", 200), measured("head", 20), measured("full", 22)], "head")
    assert verdict.cheapest_equivalent == "head"
    assert re.search(r"0\.5 points above `full` \(p = 0\.\d\d, which may be chance\)", verdict.text)


def test_the_saved_one_is_named_when_another_is_advised() -> None:
    asked = judge([measured("classical", 20), measured("full", 20)], "full")
    assert asked.cheapest_equivalent == "classical"
    assert "The model saved is `full`" in asked.text
    kept = judge([measured("classical", 20), measured("full", 20)], "classical")
    assert "The model saved" not in kept.text


def test_a_lone_candidate_is_judged_too() -> None:
    assert judge([measured("head", 40)], "head").text.startswith("Use `head`: accuracy 0.900")
    assert "more labels" in judge([measured("majority", 40)], "majority").text
