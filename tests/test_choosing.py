"""The cheapest that is not significantly worse than the best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from socle.choosing import Held, choose
from socle.metrics.significance import mcnemar

N = 400
EVERY = np.arange(N)
RANKS = {"majority": 0, "classical": 10, "head": 20, "partial": 30, "lora": 40, "full": 50}


def answers(wrong: int, n: int = N) -> NDArray[np.bool_]:
    """Return who is right: all but the first `wrong`."""
    return np.arange(n) >= wrong


def held(name: str, wrong: int, rows: NDArray[np.int64] = EVERY) -> Held:
    return Held(name, RANKS[name], rows, answers(wrong)[rows])


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
