"""Whom to use: the verdict in words and in names, and what a test set can tell at all."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.evaluating import Answers
from socle.judging import (
    Contender,
    against_the_best,
    compared,
    disagreement,
    judge,
    macro_f1_pairs,
    pareto,
    spread,
    transfers,
    what_can_be_told,
)
from socle.metrics.significance import holm, mcnemar, proportion
from socle.report import Pair
from socle.tasks.classification import Classification

N = 400
TASK = Classification(("a", "b"))
RANKS = {"majority": 0, "classical": 10, "head": 20, "partial": 30, "lora": 40, "full": 50}


def said(right: NDArray[np.bool_]) -> Answers:
    """Return answers to as many examples of label 0, right where told."""
    chosen = (~right).astype(np.int64)
    return Answers(np.zeros_like(chosen), np.eye(2)[chosen], chosen)


def right(wrong: int, n: int = N) -> NDArray[np.bool_]:
    """Return who is right: all but the first `wrong`."""
    return np.arange(n) >= wrong


def one(name: str, wrong: int, cost: float | None = None, n: int = N, **more: Any) -> Contender:
    strategy = name.split(" · ", maxsplit=1)[0]
    answers = said(right(wrong, n))
    return Contender(name, strategy, RANKS.get(strategy, 60), answers, cost, **more)


def p_of(a: int, b: int) -> float:
    return mcnemar(right(a), right(b))


# The verdict


def test_a_clear_winner_is_named_with_its_lead() -> None:
    verdict = judge([one("majority", 200), one("head", 80), one("full", 20)], "full")
    assert (verdict.winner, verdict.cheapest_equivalent, verdict.kind) == ("full", "full", "clear")
    low, high = proportion(380, N)
    assert verdict.text == (
        f"Use `full`: 0.950 [{low:.3f}, {high:.3f}], 15.0 points above `head` (p < 0.001)."
    )


def test_an_interval_that_is_nearly_even_is_said_in_short() -> None:
    low, high = proportion(210, N)
    verdict = judge([one("head", 190), one("full", 300)])
    assert verdict.text.startswith(f"Use `head`: 0.525 ± {(high - low) / 2:.3f}, ")


def test_a_tie_is_won_by_the_cheapest_and_said() -> None:
    verdict = judge([one("majority", 200), one("head", 23, 1.0), one("full", 20, 10.0)], "head")
    assert (verdict.winner, verdict.cheapest_equivalent, verdict.kind) == ("full", "head", "tie")
    assert verdict.text.startswith("Use `head`: 0.943 [")
    pairs = against_the_best([one("majority", 200), one("head", 23), one("full", 20)])
    p = next(pair.p_adjusted for pair in pairs if pair.b == "head")
    assert re.search(
        rf"not significantly different from `full` \(0\.950 \[.*\], p = {p:.2f}\)", verdict.text
    )


def test_how_much_cheaper_is_said_where_every_candidate_was_costed() -> None:
    costed = judge([one("head", 23, 1.0), one("full", 20, 10.0)])
    assert costed.text.endswith(", 10 times cheaper to run.")
    unknown = judge([one("head", 23, 1.0), one("full", 20)])
    assert unknown.cheapest_equivalent == "head"
    assert "cheaper" not in unknown.text


def test_cheap_is_what_was_measured_not_what_the_ladder_expects() -> None:
    verdict = judge([one("head", 20, 9.0), one("full", 20, 3.0)])
    assert verdict.cheapest_equivalent == "full"


def test_of_costs_that_hardly_differ_the_lower_rung_wins() -> None:
    verdict = judge([one("head", 23, 1.4), one("full", 20, 1.0)])
    assert verdict.cheapest_equivalent == "head"
    assert "cheaper" not in verdict.text


@pytest.mark.parametrize("best", ["majority", "head"])
def test_nothing_better_than_the_most_frequent_label_is_no_model(best: str) -> None:
    wrong = {"majority": 100, "head": 97 if best == "head" else 110}
    verdict = judge([one(name, w) for name, w in wrong.items()], "majority")
    assert verdict.winner == best
    assert (verdict.cheapest_equivalent, verdict.kind) == ("majority", "nothing_learnt")
    assert "more labels are needed" in verdict.text
    assert "Use" not in verdict.text


def test_a_lead_that_may_be_chance_is_said_to_be() -> None:
    verdict = judge([one("majority", 200), one("head", 20), one("full", 22)], "head")
    assert (verdict.cheapest_equivalent, verdict.kind) == ("head", "tie")
    assert re.search(r"0\.5 points above `full` \(p = 0\.\d\d, which may be chance", verdict.text)


def test_the_saved_one_is_named_when_another_is_advised() -> None:
    asked = judge([one("classical", 20), one("full", 20)], "full")
    assert asked.cheapest_equivalent == "classical"
    assert "The model saved is `full`" in asked.text
    for chosen in ("classical", None):
        kept = judge([one("classical", 20), one("full", 20)], chosen)
        assert "The model saved" not in kept.text


def test_a_lone_candidate_is_judged_too() -> None:
    alone = judge([one("head", 40)])
    assert alone.text.startswith("Use `head`: 0.900")
    assert alone.kind == "clear"
    assert "more labels" in judge([one("majority", 40)]).text


def test_few_rows_conclude_nothing_whatever_they_show() -> None:
    few = [one("majority", 20, n=29), one("full", 0, n=29)]
    verdict = judge(few)
    assert verdict.kind == "too_few"
    assert verdict.text.startswith("Only 29 test rows: nothing firm can be concluded")
    assert "Use `full`" in verdict.text
    assert judge([one("majority", 20, n=30), one("full", 0, n=30)]).kind == "clear"


def test_the_correction_for_many_comparisons_can_make_a_tie() -> None:
    """What passes alone does not pass as one of five."""
    assert p_of(6, 0) < 0.05
    alone = judge([one("head", 6), one("full", 0)])
    assert (alone.cheapest_equivalent, alone.kind) == ("full", "clear")
    five = [one(name, 6) for name in ("classical", "head", "partial", "lora", "head · b")]
    assert judge([*five, one("full", 0)]).cheapest_equivalent == "classical"


# The comparisons behind it


def test_the_difference_is_that_of_the_first_less_the_second() -> None:
    pair = compared(one("head", 40), one("full", 20))
    assert (pair.a, pair.b, pair.metric) == ("head", "full", "accuracy")
    assert pair.difference == pytest.approx(-0.05)
    low, high = pair.interval
    assert low < -0.05 < high < 0
    assert pair.p_adjusted is None


def test_the_best_meets_every_other_once_and_p_values_are_adjusted() -> None:
    all_of_them = [one("classical", 60), one("full", 20), one("head", 26)]
    pairs = against_the_best(all_of_them)
    assert [(pair.a, pair.b) for pair in pairs] == [("full", "classical"), ("full", "head")]
    assert [pair.p_adjusted for pair in pairs] == pytest.approx(holm([p.p for p in pairs]))
    assert against_the_best([one("head", 3)]) == []


def test_order_over_seeds_needs_five_of_each() -> None:
    def order(n: int) -> float | None:
        scores = (0.95, 0.96, 0.94, 0.955, 0.945)[:n]
        worse = tuple(score - 0.05 for score in (*scores, 0.95))
        return compared(one("full", 20, by_seed=scores), one("head", 40, by_seed=worse)).order

    assert order(4) is None
    found = order(5)
    assert found is not None
    assert found < 0.1


def test_rows_of_few_groups_tell_less_than_as_many_alone() -> None:
    few = np.arange(N) // 100
    apart = compared(one("full", 20), one("head", 40))
    together = compared(one("full", 20, groups=few), one("head", 40, groups=few))
    assert together.difference == pytest.approx(apart.difference)
    assert apart.p < 0.001 < 0.05 < together.p
    widths = [pair.interval[1] - pair.interval[0] for pair in (apart, together)]
    assert widths[0] < widths[1]


def test_macro_f1_is_compared_the_same_way() -> None:
    pairs = macro_f1_pairs([one("classical", 100), one("full", 20)], TASK)
    [pair] = pairs
    assert isinstance(pair, Pair)
    assert (pair.a, pair.b, pair.metric) == ("full", "classical", "macro_f1")
    assert pair.difference > 0
    assert pair.p_adjusted == pair.p < 0.05
    assert macro_f1_pairs([one("head", 0, n=1), one("full", 1, n=1)], TASK) == []


# What the test set can tell


def test_more_rows_tell_smaller_differences_apart() -> None:
    small, large = what_can_be_told(100, 0.15), what_can_be_told(10_000, 0.15)
    assert small.difference is not None
    assert large.difference is not None
    assert small.difference > 5 * large.difference
    assert f"differences from {100 * large.difference:.1f} points on" in large.text
    assert "10,000 test rows" in large.text
    assert "as on held-out training rows" in large.text


def test_too_few_rows_tell_nothing_apart() -> None:
    for n in (0, 2):
        found = what_can_be_told(n, None)
        assert found.difference is None
        assert found.disagreement == 0.15
        assert "too few to tell any two candidates apart" in found.text
        assert "a common share" in found.text


def test_disagreement_is_counted_on_rows_that_both_had_not_seen() -> None:
    a = (np.arange(0, 20), said(np.ones(20, dtype=bool)))
    b = (np.arange(10, 30), said(np.arange(10, 30) >= 15))
    assert disagreement([a, b]) == 0.5
    apart = (np.arange(50, 60), said(np.ones(10, dtype=bool)))
    assert disagreement([a, apart]) is None
    assert disagreement([a]) is None
    assert disagreement([]) is None


# What it was worth


def test_transfer_is_positive_null_or_negative() -> None:
    def sign(wrong: int) -> str:
        [found] = transfers([one("scratch", 40), one("head", wrong)], ["head"])
        assert (found.candidate, found.against) == ("head", "scratch")
        return found.sign

    assert [sign(wrong) for wrong in (10, 38, 90)] == ["positive", "null", "negative"]


def test_transfer_is_measured_against_random_weights_and_against_words() -> None:
    all_of_them = [one("classical", 60), one("head", 30), one("full", 20), one("scratch", 90)]
    found = transfers(all_of_them, ["head", "full"])
    assert [(t.candidate, t.against) for t in found] == [
        ("head", "scratch"),
        ("full", "scratch"),
        ("head", "classical"),
        ("full", "classical"),
    ]
    assert transfers([one("head", 3)], ["head"]) == []


def test_on_the_front_are_those_that_nobody_beats_twice() -> None:
    all_of_them = [
        one("majority", 200, 0.1),
        one("classical", 60, 1.0),
        one("head", 70, 5.0),
        one("full", 20, 50.0),
        one("lora", 10),
    ]
    assert pareto(all_of_them) == ["majority", "classical", "full"]


def test_spread_needs_two_seeds() -> None:
    assert spread([0.8]) is None
    assert spread([]) is None
    assert spread([0.8, 0.9]) == pytest.approx(0.0707, abs=1e-4)
