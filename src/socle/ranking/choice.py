"""Choosing values for fields that depend on each other: most likely together, under rules.

Each field may be left empty. What a rule decides counts as evidence beside the scores, so that a
sum that closes may outweigh a label that looks better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from socle.checks import sums
from socle.ranking.candidates import Candidate
from socle.ranking.features import number
from socle.ranking.finding import rates
from socle.ranking.labels import key, meaning
from socle.ranking.ranker import logit
from socle.ranking.scoring import Group, Scored
from socle.ranking.sheet import Sheet
from socle.ranking.sums_among import cents, sums_among
from socle.readings import Value

SUMS = ("net_amount", "total_tax_amount", "total_amount")
_OPTIONS = 5
"""Values of a field that are tried with those of others."""
_LEAST = 0.01
_REPEATED = 3
"""Places of the same value that add to its likelihood."""
_CLOSES, _OPEN, _BREAKS = 4.0, 0.0, -3.0
"""What a sum of net, tax and total adds to the log of the odds."""
_INCLUDED = 2.0
"""What a tax adds that is included in the total at a printed rate."""
_MOST_TAX = 0.35
"""A tax is at most this share of the net amount; the highest rate of a VAT is 27 per cent."""
_PAYS, _DEDUCTS, _UNPAID = 2.0, 1.0, -2.0
_ORDERED = -4.0
_ROUNDS = 2.5
_TENDERED = -4.0
_SUREST = 4.5
_RATED = 0.2
"""An amount may be the tax of a rate from this likelihood on."""
_HARDLY = 0.02
_ADDED = 3
_SHORT = 6
"""Letters of words that may call many a value by its name."""
_CALLED = 3
"""Words that may call a value by its name in running text."""
_UNSIGNED = frozenset({"discount", "amount_paid"})
_USUAL = {"invoice_date": 0.15, "total_amount": 0.15, "invoice_id": 0.15}
_FLOOR = 0.4
"""A value is chosen from this likelihood on; fields that all documents have, from less."""


@dataclass(frozen=True)
class Option:
    """A value of a field.

    Attributes:
        share: how likely it is, all places that print it together.
        best: the candidate that is most likely meant.
    """

    value: Value
    share: float
    best: Candidate


@dataclass(frozen=True)
class Chosen:
    """A value that was chosen.

    Attributes:
        score: log of the odds by the ranking, with what rules add or take and a rival takes.
        proven: whether a rule between fields holds, fails (False), or none applied (None).
    """

    value: Value
    score: float
    proven: bool | None
    best: Candidate


def options(group: Group, name: str) -> list[Option]:
    """Return the likeliest values of a field, the first most."""
    place = group.classes.index(name)
    places: dict[Value, list[tuple[float, Candidate]]] = {}
    for one, row in zip(group.members, group.shares, strict=True):
        share = float(row[place])
        if share > _LEAST:
            value = abs(number(one)) if name in _UNSIGNED else one.hit.value
            places.setdefault(value, []).append((share, one))
    found = []
    for value, held in places.items():
        held.sort(key=lambda pair: -pair[0])
        none = math.prod(1 - share for share, _ in held[:_REPEATED])
        found.append(Option(value, 1 - none, held[0][1]))
    found.sort(key=lambda option: -option.share)
    return found[:_OPTIONS]


def only(group: Group) -> Option | None:
    """Return the one value of a group, whatever field it may be; None of several, or of none."""
    if len({one.hit.value for one in group.members}) != 1:
        return None
    shares = 1 - group.shares[:, 0]
    best = int(shares.argmax())
    return Option(group.members[best].hit.value, float(shares[best]), group.members[best])


def called(group: Group, name: str) -> Chosen | None:
    """Return the value that the words just before it call so, in running text say; None of several.

    The ranking knows labels that stand alone better than the ends of sentences.
    """
    named = [one for one in group.members if any(_says(end, name) for end in _ends(one.same))]
    if len({one.hit.value for one in named}) != 1:
        return None
    return Chosen(named[0].hit.value, 0.0, None, named[0])


def _ends(text: str) -> list[str]:
    """Return the last words of a text, one, two and three of them."""
    words = text.split()
    return [" ".join(words[-count:]) for count in range(1, _CALLED + 1)]


def _says(text: str, name: str) -> bool:
    """Return whether words call a value by its name; `bis` also ends a period."""
    return len(key(text)) > _SHORT and meaning(text).get(name) == 1.0


def single(group: Group, name: str) -> Chosen | None:
    """Return the value of a field that depends on no other, or None."""
    found = options(group, name)
    if not found or found[0].share < _USUAL.get(name, _FLOOR):
        return None
    return _chosen(found[0], found, None)


def together(
    groups: Mapping[str, list[Option]],
    rules: Sequence[Callable[[Mapping[str, Value]], tuple[float, set[str]]]],
) -> dict[str, Chosen]:
    """Return the values that are most likely together.

    Args:
        groups: the options of each field.
        rules: return what they add to the score of a choice, and the fields that they bear on.
    """
    names = [name for name in groups if groups[name]]
    best: tuple[float, dict[str, Option]] | None = None
    for picked in product(*[[None, *groups[name]] for name in names]):
        made = {name: one for name, one in zip(names, picked, strict=True) if one is not None}
        values = {name: one.value for name, one in made.items()}
        score = sum(_gain(name, one.share) for name, one in made.items())
        score += sum(rule(values)[0] for rule in rules)
        if best is None or score > best[0]:
            best = score, made
    if best is None:
        return {}
    values = {name: one.value for name, one in best[1].items()}
    proofs = [rule(values) for rule in rules]
    found = {}
    for name, one in best[1].items():
        verdicts = [gain for gain, on in proofs if name in on and gain]
        proven = None if not verdicts else min(verdicts) > 0
        found[name] = _chosen(one, groups[name], proven)
    return found


def _gain(name: str, share: float) -> float:
    """Return what choosing a value adds; networks are surer of themselves than they should be."""
    odds = logit(share)
    return max(-_SUREST, min(_SUREST, odds)) - logit(_USUAL.get(name, _FLOOR))


def add_closing(offered: dict[str, list[Option]], found: Scored) -> None:
    """Offer the amounts that close a sum with a likely total too, though nothing else favours them.

    Args:
        offered: options by field; some are added.
        found: the document.
    """
    members = found.groups["money"].members
    values = {cents(number(one)): one for one in members if one.hit.decimals == 2}
    known = sums_among([number(one) for one in values.values()], rates_of(found.sheet))
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


def rates_of(sheet: Sheet) -> set[float]:
    """Return the rates in per cent that a document prints."""
    return {float(str(hit.value)) for cell in sheet.cells for hit in rates(cell.text)}


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
    total = _number(values, "total_amount")
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
    total = _number(values, "total_amount")
    kept, cash = known
    if total is not None and any(abs(total - one) < 0.005 for one in kept):
        return _ROUNDS, set()
    paid = total is not None and any(abs(total - one) < 0.005 for one in cash)
    return (_TENDERED if paid else 0.0), set()


def _chosen(one: Option, rivals: Sequence[Option], proven: bool | None) -> Chosen:
    rival = max((other.share for other in rivals if other is not one), default=0.0)
    score = logit(one.share) - 0.5 * max(0.0, logit(rival) + 3.0)
    score += {True: 2.0, None: 0.0, False: -2.0}[proven]
    return Chosen(one.value, score, proven, one.best)


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
    net, tax, total = (_number(values, name) for name in SUMS)
    names = set(SUMS)
    if net is None and tax and total is not None:
        return _included(abs(tax), abs(total), rates), {"total_tax_amount", "total_amount"}
    if net is None or total is None:
        return 0.0, set()
    if tax is None:
        if any(abs(total - net - one) < 0.006 for one in by_rate):
            return _CLOSES, {"net_amount", "total_amount"}
        # Without a tax, a net amount says nothing unless it is the total.
        return (_OPEN, set()) if net == total else (_BREAKS / 2, set())
    extras = [_number(values, name) or 0.0 for name in ("shipping", "tip")]
    extras.append(-(_number(values, "discount") or 0.0))
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
    return _INCLUDED if any(abs(total * r / (100 + r) - tax) < 0.006 for r in rates) else 0.0


def payment_closes(
    values: Mapping[str, Value], printed: Iterable[float] = ()
) -> tuple[float, set[str]]:
    """Judge whether what is due is the total less what was paid, or with what was due before.

    Where no payment is named, one of the amounts `printed` may be it; so may an older debt.
    """
    total, due, paid = (_number(values, n) for n in ("total_amount", "amount_due", "amount_paid"))
    if total is None or due is None:
        return 0.0, set()
    names = {"total_amount", "amount_due"} | ({"amount_paid"} if paid is not None else set())
    if abs(abs(total) - abs(paid or 0.0) - abs(due)) < 0.006:
        return (_PAYS if paid else 0.5), names
    rest = abs(abs(total) - abs(due))
    if paid is None and any(one > 0 and abs(one - rest) < 0.006 for one in printed):
        return _DEDUCTS, names
    return (_UNPAID, names) if paid is not None else (-0.5, set())


def dates_follow(values: Mapping[str, Value]) -> tuple[float, set[str]]:
    """Judge whether payment is due on the day of the invoice or later."""
    issued, due = values.get("invoice_date"), values.get("due_date")
    if issued is None or due is None:
        return 0.0, set()
    if str(due) < str(issued):
        return _ORDERED, {"invoice_date", "due_date"}
    return 0.5, set()


def parties_differ(values: Mapping[str, Value]) -> tuple[float, set[str]]:
    """Judge whether the identifiers of seller and buyer differ, and those of one fit each other."""
    gain = 0.0
    for kind in ("vat_id", "siren"):
        seller, buyer = values.get(f"supplier_{kind}"), values.get(f"receiver_{kind}")
        if seller is not None and seller == buyer:
            gain += _ORDERED
    siret, siren = values.get("supplier_siret"), values.get("supplier_siren")
    vat = str(values.get("supplier_vat_id") or "")
    if siret is not None and siren is not None and not str(siret).startswith(str(siren)):
        gain += _BREAKS
    if vat.startswith("FR"):
        for number in (siren, siret):
            if number is not None:
                gain += 1.0 if str(number)[:9] == vat[4:] else _BREAKS / 2
    return gain, set()


def _number(values: Mapping[str, Value], name: str) -> float | None:
    value = values.get(name)
    return float(str(value)) if value is not None else None
