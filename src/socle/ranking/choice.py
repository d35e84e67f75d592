"""Choosing values for fields that depend on each other: most likely together, under rules.

Each field may be left empty. What a rule decides counts as evidence beside the scores, so that a
sum that closes may outweigh a label that looks better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from socle.ranking.candidates import Candidate
from socle.ranking.features import number
from socle.ranking.labels import key, meaning
from socle.ranking.ranker import logit
from socle.ranking.scoring import Group
from socle.readings import Value

_OPTIONS = 5
"""Values of a field that are tried with those of others."""
_LEAST = 0.01
_REPEATED = 3
"""Places of the same value that add to its likelihood."""
_ORDERED = -4.0
_UNLIKE = -3.0
_SUREST = 4.5
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
    return chosen(found[0], found, None)


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
    tried = [[(None, 0.0), *((one, _gain(name, one.share)) for one in groups[name])]
             for name in names]  # fmt: skip
    for picked in product(*tried):
        made = {name: one for name, (one, _) in zip(names, picked, strict=True) if one is not None}
        values = {name: one.value for name, one in made.items()}
        score = sum(gain for _, gain in picked)
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
        found[name] = chosen(one, groups[name], proven)
    return found


def _gain(name: str, share: float) -> float:
    """Return what choosing a value adds; networks are surer of themselves than they should be."""
    odds = logit(share)
    return max(-_SUREST, min(_SUREST, odds)) - logit(_USUAL.get(name, _FLOOR))


def chosen(one: Option, rivals: Sequence[Option], proven: bool | None) -> Chosen:
    """Return an option as what was chosen among rivals."""
    rival = max((other.share for other in rivals if other is not one), default=0.0)
    score = logit(one.share) - 0.5 * max(0.0, logit(rival) + 3.0)
    score += {True: 2.0, None: 0.0, False: -2.0}[proven]
    return Chosen(one.value, score, proven, one.best)


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
        gain += _UNLIKE
    if vat.startswith("FR"):
        for number in (siren, siret):
            if number is not None:
                gain += 1.0 if str(number)[:9] == vat[4:] else _UNLIKE / 2
    return gain, set()


def number_of(values: Mapping[str, Value], name: str) -> float | None:
    """Return the amount of a field, None if it has none."""
    value = values.get(name)
    return float(str(value)) if value is not None else None
