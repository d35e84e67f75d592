"""The cheapest that is not significantly worse than the best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from socle.choosing import Held, choose
from socle.evaluating import Answers, counted
from socle.metrics.significance import mcnemar

N = 400
EVERY = np.arange(N)
RANKS = {"majority": 0, "classical": 10, "head": 20, "partial": 30, "lora": 40, "full": 50}


def answers(wrong: int, n: int = N) -> NDArray[np.bool_]:
    """Return who is right: all but the first `wrong`."""
    return np.arange(n) >= wrong


def said(right: NDArray[np.bool_]) -> Answers:
    """Return answers to as many examples of label 0, right where told."""
    chosen = (~right).astype(np.int64)
    return Answers(np.zeros_like(chosen), np.eye(2)[chosen], chosen)


def held(name: str, wrong: int, rows: NDArray[np.int64] = EVERY) -> Held:
    return Held(name, RANKS[name], rows, said(answers(wrong)[rows]))


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
    assert head.answers.value > full.answers.value
    assert choose([head, full]) == "full"


def test_rows_need_not_be_the_same() -> None:
    """Held out on other rows each; shared are 100 to 199, on which both are always right."""
    one = Held("head", 20, np.arange(0, 200), said(answers(50)[:200]))
    two = Held("full", 50, np.arange(100, 300), said(answers(50)[100:300]))
    assert choose([one, two]) == "head"
    assert one.at(np.array([49, 50])).right.tolist() == [False, True]
    assert two.at(np.array([100, 299])).right.tolist() == [True, True]


class Shares:
    """What `counted` asks of a task of words: a share of words, of counts by sentence."""

    primary = "accuracy"

    def values(self, sums: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        return {"accuracy": sums[:, 0] / np.maximum(sums[:, 1], 1)}

    def whole(self, statistics: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray(statistics[:, 0] == statistics[:, 1])


def of_words(name: str, wrong: NDArray[np.int64], rows: NDArray[np.int64] = EVERY) -> Held:
    """Return a candidate with so many wrong words of 20 in every sentence."""
    table = np.stack([20 - wrong, np.full(N, 20)], axis=1).astype(np.float64)
    return Held(name, RANKS[name], rows, counted(Shares(), table[rows]))


def test_sentences_are_compared_by_their_words_not_by_being_wholly_right() -> None:
    """`head` has more sentences wholly right, but fewer words."""
    every = np.ones(N, dtype=np.int64)
    some = np.where(EVERY % 5 == 0, 20, 0)
    head, full = of_words("head", some), of_words("full", every)
    assert head.answers.right.sum() > full.answers.right.sum()
    assert choose([head, full]) == "full"


def test_a_few_words_more_do_not_pay_for_a_dear_candidate() -> None:
    rng = np.random.default_rng(0)
    near = [of_words(name, rng.integers(0, 5, N)) for name in ("full", "head")]
    assert near[0].answers.value != near[1].answers.value
    assert choose(near) == "head"
    hard = of_words("classical", rng.integers(5, 10, N), np.arange(100, 300))
    assert choose([*near, hard]) == "head"
    assert hard.at(np.array([100, 299])).value < 0.8
