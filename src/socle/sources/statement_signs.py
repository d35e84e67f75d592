"""Signs of amounts that are printed without one: chosen so that the balances close."""

from __future__ import annotations

import re
from collections.abc import Sequence

from socle.checks.statement import cents
from socle.sources.statement_rows import plain, words_of

_MOST = 400_000
"""Steps of the search; beyond it the words of the movements decide."""


def signs_by_balance(
    amounts: Sequence[float], balances: Sequence[float | None], opening: float | None
) -> list[int | None]:
    """Return the sign of each amount that printed balances prove, None where they do not."""
    signs: list[int | None] = [None] * len(amounts)
    known = None if opening is None else cents(opening)
    for i, (amount, balance) in enumerate(zip(amounts, balances, strict=True)):
        if balance is None:
            known = None
            continue
        if known is not None:
            step = cents(balance) - known
            if abs(step) == abs(cents(amount)) and step:
                signs[i] = 1 if step > 0 else -1
        known = cents(balance)
    return signs


def signs_by_sum(
    amounts: Sequence[float], likely: Sequence[int], total: float
) -> tuple[list[int], bool] | None:
    """Return signs under which amounts make a total, and whether there is no other choice.

    Of several choices the one is taken that changes the fewest of the likely signs. None where no
    choice makes the total, or the search would be too long.
    """
    sizes = [abs(cents(amount)) for amount in amounts]
    wanted = cents(total)
    gap = wanted - sum(sign * size for sign, size in zip(likely, sizes, strict=True))
    if gap % 2:
        return None
    # Turning a likely sign changes the sum by twice the amount, one way.
    steps = [-sign * size for sign, size in zip(likely, sizes, strict=True)]
    found = _turned(steps, gap // 2)
    if found is None:
        return None
    turned, only = found
    signs = [-sign if i in turned else sign for i, sign in enumerate(likely)]
    return signs, only


def _turned(steps: Sequence[int], wanted: int) -> tuple[frozenset[int], bool] | None:
    """Return the fewest steps that sum to a number, and whether no other choice does."""
    best: dict[int, tuple[int, tuple[int, ...], bool]] = {0: (0, (), True)}
    work = 0
    low = [sum(min(step, 0) for step in steps[i:]) for i in range(len(steps) + 1)]
    high = [sum(max(step, 0) for step in steps[i:]) for i in range(len(steps) + 1)]
    for i, step in enumerate(steps):
        work += len(best)
        if work > _MOST or len(best) > _MOST // 8:
            return None
        grown = dict(best)
        for total, (count, chosen, _) in best.items():
            reached = total + step
            other = grown.get(reached)
            if other is None:
                grown[reached] = (count + 1, (*chosen, i), best[total][2])
            else:
                kept = other if other[0] <= count + 1 else (count + 1, (*chosen, i), False)
                grown[reached] = (kept[0], kept[1], False)
        # Sums from which the rest cannot reach the number are given up.
        reach = (wanted - high[i + 1], wanted - low[i + 1])
        best = {total: way for total, way in grown.items() if reach[0] <= total <= reach[1]}
    found = best.get(wanted)
    return (frozenset(found[1]), found[2]) if found else None


def likely_sign(description: str) -> int:
    """Return +1 where the words speak of money that comes in, else -1."""
    text = plain(description)
    return (
        1
        if any(re.search(rf"\b{word}\b", text) for word in words_of()["incoming"]["words"])
        else -1
    )
