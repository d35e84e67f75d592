"""Rules between the amounts of an invoice, which tell what may be chosen together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations, product

from socle.checks import sums
from socle.ranking.choice import Chosen, Option, chosen, number_of, options
from socle.ranking.features import number
from socle.ranking.labels import meaning
from socle.ranking.scoring import Group
from socle.ranking.sums_among import cents, sums_among
from socle.readings import Value

EXTRAS = ("discount", "shipping", "tip")
SUMS = ("net_amount", "total_tax_amount", "total_amount")
_CLOSES, _OPEN, _BREAKS = 4.0, 0.0, -3.0
"""What a sum of net, tax and total adds to the log of the odds."""
_INCLUDED = 2.0
"""What a tax adds that is included in the total at a printed rate."""
_MOST_TAX = 0.35
"""A tax is at most this share of the net amount; the highest rate of a VAT is 27 per cent."""
_PAYS, _DEDUCTS, _UNPAID = 2.0, 1.0, -2.0
_ROUNDS = 2.5
_TENDERED = -4.0
_SLIGHT = 0.02
"""What closes a sum may be a rebate, shipping or a tip from this likelihood on."""
_HALF_CENT = 0.006
"""Amounts that agree differ by less: half a cent, and what binary fractions add."""
_RATED = 0.2
"""An amount may be the tax of a rate from this likelihood on."""
_HARDLY = 0.02
_ADDED = 3


def add_closing(offered: dict[str, list[Option]], group: Group, rates: Iterable[float]) -> None:
    """Offer the amounts that close a sum with a likely total too, though nothing else favours them.

    Args:
        offered: options by field; some are added.
        group: the amounts of the document.
        rates: in per cent, as printed.
    """
    values = {cents(number(one)): one for one in group.members if one.hit.decimals == 2}
    known = sums_among([number(one) for one in values.values()], rates)
    for name, role in zip(SUMS, ("net", "tax", "total"), strict=True):
        held = {cents(float(str(option.value))) for option in offered[name]}
        fits = sorted(known.found[role].items(), key=lambda pair: (-pair[1], -pair[0]))
        for value, weight in fits[:_ADDED]:
            if value not in held and weight == 1.0:
                one = values[value]
                offered[name].append(Option(one.hit.value, _HARDLY, one))


def with_sign_of_total(offered: dict[str, list[Option]]) -> None:
    """Take the sign from taxes where the likeliest total has none: parentheses may say that they
    are included.
    """
    if not offered["total_amount"] or float(str(offered["total_amount"][0].value)) < 0:
        return
    taxes: dict[float, Option] = {}
    for one in offered["total_tax_amount"]:
        value = abs(float(str(one.value)))
        if value not in taxes or one.share > taxes[value].share:
            taxes[value] = Option(value, one.share, one.best)
    offered["total_tax_amount"] = list(taxes.values())


def rounded(group: Group) -> dict[float, float]:
    """Return amounts that are another one rounded, each with that one, where print tells so."""
    labelled = [
        one for one in group.members
        if any("rounding" in meaning(text) for text in (one.same, one.left.text))
        and 0 < abs(number(one)) < 1.0
    ]  # fmt: skip
    printed = {cents(number(one)) for one in group.members if one.hit.decimals == 2}
    made = {}
    for one in labelled:
        by = cents(number(one))
        for value in printed:
            for after in (value + by, value - by):
                if after in printed and after % 5 == 0 and value % 5:
                    made[after / 100] = value / 100
    return made


def is_rounded(values: Mapping[str, Value], known: Mapping[float, float]) -> tuple[float, set[str]]:
    """Judge whether the total is what was left after rounding, where the print rounds."""
    total = number_of(values, "total_amount")
    if total is None or not known:
        return 0.0, set()
    if any(abs(total - after) < 0.005 for after in known):
        return _ROUNDS, set()
    before = any(abs(total - value) < 0.005 for value in known.values())
    return (-_ROUNDS, set()) if before else (0.0, set())


def handed(group: Group) -> tuple[set[float], set[float]]:
    """Return the amounts that are cash handed over less the change, and cash that got change.

    Of the first only what is printed counts.
    """
    cash, change = (
        {
            cents(abs(number(one)))
            for one in group.members
            if any(name in meaning(text) for text in (one.same, one.left.text))
        }
        for name in ("cash", "change")
    )
    printed = {cents(number(one)) for one in group.members if one.hit.decimals == 2}
    kept = {a - b for a in cash for b in change if a >= b > 0} & printed
    paid = cash if any(change) else set()
    return {one / 100 for one in kept}, {one / 100 for one in paid}


def is_handed(
    values: Mapping[str, Value], known: tuple[set[float], set[float]]
) -> tuple[float, set[str]]:
    """Judge whether the total is what was handed over less the change, where a till prints both."""
    total = number_of(values, "total_amount")
    kept, cash = known
    if total is not None and any(abs(total - one) < 0.005 for one in kept):
        return _ROUNDS, set()
    paid = total is not None and any(abs(total - one) < 0.005 for one in cash)
    return (_TENDERED if paid else 0.0), set()


def closing_extra(group: Group, made: Mapping[str, Chosen]) -> dict[str, Chosen]:
    """Return the rebate, shipping or tip that closes the sum of net and total, with the tax.

    The ranking alone finds it unlikely; that it closes the sum says more. Empty if none does.

    Args:
        group: the amounts of the document.
        made: what was chosen without it.
    """
    if not {"net_amount", "total_amount"} <= set(made) or made["net_amount"].proven:
        return {}
    net, total = (float(str(made[name].value)) for name in ("net_amount", "total_amount"))
    taxes = [*options(group, "total_tax_amount"), *options(group, "vat_amount")]
    taxes = [tax for tax in taxes if 0 < float(str(tax.value)) <= _MOST_TAX * net]
    best: tuple[float, dict[str, Chosen]] = (0.0, {})
    for name in EXTRAS:
        sign = -1 if name == "discount" else 1
        for extra, tax in product(options(group, name), taxes):
            value = sign * float(str(extra.value))
            fits = abs(net + float(str(tax.value)) + value - total) < _HALF_CENT
            likely = extra.share * tax.share
            if fits and extra.share > _SLIGHT and extra.best is not tax.best and likely > best[0]:
                pair = {name: extra, "total_tax_amount": tax}
                best = likely, {kind: chosen(one, (), True) for kind, one in pair.items()}
    return best[1]


def taxes_by_rate(group: Group) -> set[float]:
    """Return the sums of two and more amounts that are likely the taxes of single rates."""
    likely = [one for one in options(group, "vat_amount") if one.share > _RATED]
    parts = [float(str(one.value)) for one in likely]
    several = range(2, len(parts) + 1)
    return {sum(some) for count in several for some in combinations(parts, count)}


def sums_close(
    values: Mapping[str, Value],
    by_rate: Iterable[float] = (),
    rates: Iterable[float] = (),
) -> tuple[float, set[str]]:
    """Judge whether net and tax make the total, rebates, shipping and tips counted in or not.

    Args:
        values: what was chosen.
        by_rate: what the taxes of single rates may come to, where no tax of all is printed.
        rates: in per cent, as printed; where no net amount is, they tell what tax a total includes.
    """
    net, tax, total = (number_of(values, name) for name in SUMS)
    names = set(SUMS)
    if net is None and tax and total is not None:
        return _included(abs(tax), abs(total), rates), {"total_tax_amount", "total_amount"}
    if net is None or total is None:
        return 0.0, set()
    if tax is None:
        if any(abs(total - net - one) < _HALF_CENT for one in by_rate):
            return _CLOSES, {"net_amount", "total_amount"}
        # Without a tax, a net amount says nothing unless it is the total.
        return (_OPEN, set()) if net == total else (_BREAKS / 2, set())
    extras = [number_of(values, name) or 0.0 for name in ("shipping", "tip")]
    extras.append(-(number_of(values, "discount") or 0.0))
    closes = sums.total(total, net + tax, [extra for extra in extras if extra])
    # Tills round what is paid in cash to what coins can make.
    closes = closes or (abs(total - net - tax) < 0.03 and round(total * 100) % 5 == 0)
    if closes and abs(tax) <= _MOST_TAX * abs(net):
        return (_CLOSES if tax else 1.0), names
    return _BREAKS, names


def _included(tax: float, total: float, rates: Iterable[float]) -> float:
    """Judge whether a tax may be part of a total for which no net amount is printed."""
    if tax > _MOST_TAX * (total - tax):
        return _BREAKS
    return _INCLUDED if any(abs(total * r / (100 + r) - tax) < _HALF_CENT for r in rates) else 0.0


def payment_closes(
    values: Mapping[str, Value], printed: Iterable[float] = ()
) -> tuple[float, set[str]]:
    """Judge whether what is due is the total less what was paid, or with what was due before.

    Where no payment is named, one of the amounts `printed` may be it; so may an older debt.
    """
    total, due, paid = (number_of(values, n) for n in ("total_amount", "amount_due", "amount_paid"))
    if total is None or due is None:
        return 0.0, set()
    names = {"total_amount", "amount_due"} | ({"amount_paid"} if paid is not None else set())
    if abs(abs(total) - abs(paid or 0.0) - abs(due)) < _HALF_CENT:
        return (_PAYS if paid else 0.5), names
    rest = abs(abs(total) - abs(due))
    if paid is None and any(one > 0 and abs(one - rest) < _HALF_CENT for one in printed):
        return _DEDUCTS, names
    return (_UNPAID, names) if paid is not None else (-0.5, set())
