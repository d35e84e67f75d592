"""Who is better than whom on the same examples, and therefore whom to use.

Accuracy is compared by McNemar's test, other metrics, and rows that come in groups, by the paired
bootstrap. The best candidate is compared with every other one, with Holm's correction for their
number; those that it does not beat are its equals, and of equals the cheapest is the one to use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from socle import evaluating
from socle.evaluating import Answers
from socle.metrics import resampling
from socle.metrics.ordering import almost_stochastic_order
from socle.metrics.power import detectable
from socle.metrics.significance import Paired, holm, proportion
from socle.report import Detectable, Pair, Transfer, Verdict
from socle.tasks import Task

ALPHA = 0.05
POWER = 0.8
FEW = 30
"""Below so many test rows next to nothing can be concluded."""
_AS_CHEAP = 1.5
"""Costs within this factor of each other are the same: machines are noisy."""
_FEWEST_SEEDS = 5
"""Below, samples of one distribution too often look ordered (Ulmer and others 2022)."""
_USUAL = 0.15
"""Share of rows on which candidates differ, where none was seen."""


@dataclass(frozen=True)
class Contender:
    """A candidate with its answers to the examples that all candidates answer."""

    name: str
    strategy: str
    rank: int
    """Place on the ladder from cheap to dear."""
    answers: Answers
    cost: float | None = None
    """CPU-seconds per 1,000 documents, if measured."""
    by_seed: tuple[float, ...] = ()
    """Accuracy of every seed."""
    groups: NDArray[np.int64] | None = None
    """Group of each example, where examples come in groups; the same for all candidates."""

    @cached_property
    def score(self) -> float:
        """Accuracy, or the metric that the task is judged by."""
        return self.answers.value


def best_of(contenders: Sequence[Contender]) -> Contender:
    """Return the candidate with the best score, the cheapest of several."""
    return max(contenders, key=lambda one: (one.score, -one.rank))


def compared(a: Contender, b: Contender) -> Pair:
    """Return how two candidates differ in their metric, without correction for other comparisons.

    See `socle.evaluating.compared` for the test.
    """
    found = evaluating.compared(a.answers, b.answers, a.groups)
    order = None
    if min(len(a.by_seed), len(b.by_seed)) >= _FEWEST_SEEDS:
        order = almost_stochastic_order(a.by_seed, b.by_seed)
    return _pair(a, b, a.answers.metric, found, order)


def _pair(
    a: Contender,
    b: Contender,
    metric: str,
    found: Paired | resampling.Difference,
    order: float | None = None,
) -> Pair:
    interval = (found.low, found.high)
    return Pair(
        a.name, b.name, metric, found.difference, interval, found.p, None, found.test, order
    )


def against_the_best(contenders: Sequence[Contender]) -> list[Pair]:
    """Return the best candidate compared with every other, p-values adjusted by Holm's method."""
    best = best_of(contenders)
    pairs = [compared(best, other) for other in contenders if other is not best]
    adjusted = holm([pair.p for pair in pairs])
    return [replace(pair, p_adjusted=p) for pair, p in zip(pairs, adjusted, strict=True)]


def macro_f1_pairs(contenders: Sequence[Contender], task: Task) -> list[Pair]:
    """Return the same comparisons by macro-F1, with the paired bootstrap over documents."""
    best = best_of(contenders)
    units = best.answers.right if best.groups is None else np.unique(best.groups)
    if len(units) < 2 or best.answers.counted:
        return []

    def statistics(one: Contender) -> resampling.Statistics:
        return task.statistics(one.answers.gold, one.answers.chosen)

    def finish(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        return task.values(sums)["macro_f1"]

    own = statistics(best)
    pairs = []
    for other in contenders:
        if other is not best:
            found = resampling.paired_bootstrap(own, statistics(other), finish, groups=best.groups)
            pairs.append(_pair(best, other, "macro_f1", found))
    adjusted = holm([pair.p for pair in pairs])
    return [replace(pair, p_adjusted=p) for pair, p in zip(pairs, adjusted, strict=True)]


def judge(contenders: Sequence[Contender], chosen: str | None = None) -> Verdict:
    """Return which candidate to use.

    Args:
        contenders: candidates measured on the same examples.
        chosen: the one that was saved before the test was opened, if any.
    """
    best = best_of(contenders)
    pairs = {pair.b: pair for pair in against_the_best(contenders)}
    floor = next((one for one in contenders if one.strategy == "majority"), None)
    if floor is best or (floor and _p(pairs[floor.name]) >= ALPHA):
        verdict = _nothing_learnt(best, floor)
    else:
        worth = [one for one in contenders if one is not floor]
        equal = [one for one in worth if one is best or _p(pairs[one.name]) >= ALPHA]
        cheapest = _cheapest(equal)
        text = f"Use `{cheapest.name}`: {_said(cheapest)}"
        if cheapest is not best:
            p = _p_in_words(_p(pairs[cheapest.name]))
            text += f", not significantly different from `{best.name}` ({_said(best)}, {p})"
            text += f"{_times(cheapest, best)}."
        else:
            text += f"{_lead(best, [one for one in worth if one is not best], pairs)}."
        kind = "clear" if cheapest is best and len(equal) == 1 else "tie"
        verdict = Verdict(best.name, cheapest.name, text, kind)
    n = len(best.answers.right)
    units = n if best.groups is None else len(np.unique(best.groups))
    if units < FEW:
        grouped = "" if units == n else f" in {units} groups"
        verdict = replace(verdict, kind="too_few", text=f"{_too_few(n, grouped)} {verdict.text}")
    if chosen is not None and chosen != verdict.cheapest_equivalent:
        saved = f" The model saved is `{chosen}`, as asked or as chosen before the test was opened."
        verdict = replace(verdict, text=verdict.text + saved)
    return verdict


def what_can_be_told(n: int, disagreement: float | None) -> Detectable:
    """Return the smallest difference that a test set can detect, to be said before the results.

    Args:
        n: rows of the test set.
        disagreement: share of examples on which exactly one of two candidates is right, as seen on
            training rows that both had not learnt from; None if nothing was seen.
    """
    seen = "a common share" if disagreement is None else "as on held-out training rows"
    disagreement = _USUAL if disagreement is None else disagreement
    found = detectable(n, disagreement, POWER, ALPHA) if n else None
    share = f"where exactly one of two is right on {100 * disagreement:.0f} % of them, {seen}"
    if found is None:
        text = f"{n:,} test rows are too few to tell any two candidates apart ({share})."
    else:
        text = (
            f"With {n:,} test rows, differences from {100 * found:.1f} points on will be seen four "
            f"times out of five ({share}); smaller ones will look like ties."
        )
    return Detectable(found, disagreement, POWER, ALPHA, text)


def transfers(contenders: Sequence[Contender], based: Sequence[str]) -> list[Transfer]:
    """Return what the base's training was worth: against random weights, and against words alone.

    Bozinovski's question of 1976: transfer is positive, null or negative.

    Args:
        contenders: candidates measured on the same examples.
        based: names of those that rest on a pretrained base.
    """
    found = []
    for rival in ("scratch", "classical"):
        twins = [one for one in contenders if one.strategy == rival]
        if not twins:
            continue
        against = best_of(twins)
        pairs = [compared(one, against) for one in contenders if one.name in based]
        for pair, p in zip(pairs, holm([pair.p for pair in pairs]), strict=True):
            sign = "null" if p >= ALPHA else "positive" if pair.difference > 0 else "negative"
            found.append(Transfer(pair.a, rival, pair.difference, pair.interval, p, sign))
    return found


def _p(pair: Pair) -> float:
    return pair.p if pair.p_adjusted is None else pair.p_adjusted


def _cheapest(equal: Sequence[Contender]) -> Contender:
    costs = [one.cost for one in equal if one.cost is not None]
    if len(costs) < len(equal):
        return min(equal, key=lambda one: one.rank)
    near = [one for one in equal if (one.cost or 0.0) <= _AS_CHEAP * min(costs)]
    return min(near, key=lambda one: one.rank)


def _nothing_learnt(best: Contender, floor: Contender | None) -> Verdict:
    text = (
        "No candidate is significantly better than always answering the most frequent label: "
        "more labels are needed before any of them can be trusted."
    )
    return Verdict(best.name, (floor or best).name, text, "nothing_learnt")


def _too_few(n: int, grouped: str) -> str:
    return (
        f"Only {n} test rows{grouped}: nothing firm can be concluded, neither that one candidate "
        f"is better nor that two are equal; {FEW} rows are the least, some hundreds are better."
    )


def _said(one: Contender) -> str:
    right = one.answers.right
    if one.answers.counted:
        low, high = one.answers.interval(one.groups)
    else:
        low, high = proportion(int(right.sum()), len(right))
    half = (high - low) / 2
    if abs(one.score - (low + high) / 2) < 0.1 * half:
        return f"{one.score:.3f} ± {half:.3f}"
    return f"{one.score:.3f} [{low:.3f}, {high:.3f}]"


def _lead(best: Contender, others: Sequence[Contender], pairs: dict[str, Pair]) -> str:
    if not others:
        return ""
    second = max(others, key=lambda one: one.score)
    p = _p(pairs[second.name])
    gap = 100 * (best.score - second.score)
    chance = "" if p < ALPHA else ", which may be chance, but nothing cheaper is as good"
    return f", {gap:.1f} points above `{second.name}` ({_p_in_words(p)}{chance})"


def _p_in_words(p: float) -> str:
    return f"p = {p:.2f}" if p >= 0.01 else f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"


def _times(cheap: Contender, dear: Contender) -> str:
    if not cheap.cost or not dear.cost or dear.cost < _AS_CHEAP * cheap.cost:
        return ""
    ratio = dear.cost / cheap.cost
    return f", {ratio:.0f} times cheaper to run" if ratio >= 2 else ", cheaper to run"


def disagreement(held: Sequence[tuple[np.ndarray, Answers]]) -> float | None:
    """Return the median share of rows on which exactly one of two candidates is right.

    Args:
        held: rows, sorted, and answers to them, of candidates that had not learnt from the rows.
    """
    shares = []
    for i, (rows, answers) in enumerate(held):
        for others, said in held[:i]:
            both, a, b = np.intersect1d(rows, others, return_indices=True)
            if len(both):
                shares.append(float((answers.right[a] != said.right[b]).mean()))
    return float(np.median(shares)) if shares else None


def spread(scores: Sequence[float]) -> float | None:
    """Return the standard deviation of scores over seeds; None for fewer than two."""
    return float(np.std(scores, ddof=1)) if len(scores) > 1 else None


def pareto(contenders: Sequence[Contender]) -> list[str]:
    """Return the candidates that no other one beats in both score and cost, cheapest first."""
    known = [one for one in contenders if one.cost is not None]
    front: list[Contender] = []
    for one in sorted(known, key=lambda c: (c.cost or 0.0, -c.score)):
        if not front or one.score > front[-1].score:
            front.append(one)
    return [one.name for one in front]
