"""What may be done with an adapted model: the licences of base, data and adaptation, combined.

The facts stand in licences.toml, one record per licence. The rules, here, are those of whoever
would rather be asked twice: one "no" forbids, what nobody stated stays unknown, conditions add up,
and the terms of the data count as if a model derived from them, which the law leaves open. It is
no legal advice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from socle.bases import Base
from socle.licensing.expressions import options
from socle.licensing.records import UNSTATED, Answer, Licence, find, known, table

__all__ = ["Licence", "Part", "Rights", "combine", "find", "known", "table"]

OPEN_QUESTION = (
    "Whether a model derives from the texts it learnt from is open in law; "
    "the terms of the data are taken here as if it did."
)


@dataclass(frozen=True)
class Part:
    """One licence that the result rests on."""

    what: str
    """base, data or adaptation."""
    licence: str
    commercial: Answer
    why: str


@dataclass(frozen=True)
class Rights:
    """What may be done with an adapted model."""

    licence: str
    """The one to write on the card; `other` when no single one fits, `unknown` when unstated."""
    commercial: Answer
    conditions: tuple[str, ...]
    parts: tuple[Part, ...]
    text: str
    """The answer in one sentence."""
    hub: Mapping[str, str]
    """The keys of a model card: license, and where the hub has no word for it, name and link."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        found = {key: value for key, value in asdict(self).items() if key != "hub"}
        return {**found, "conditions": list(self.conditions), "parts": list(found["parts"])}


@dataclass(frozen=True)
class _Stated:
    """A licence and what it is the licence of."""

    what: str
    licence: Licence
    choice: str = ""
    """The expression that it was chosen from."""

    def __str__(self) -> str:
        return f"{self.licence.id} ({self.what})"


def combine(base: Base | None, data: str | None, adaptation: str | None = None) -> Rights:
    """Return what may be done with a base adapted to data.

    Args:
        base: what the model rests on; None for a strategy without one.
        data: licence of the training texts, as stated: an SPDX identifier or expression, a word of
            the hub, `own` for texts in which one holds the rights; None when nobody stated it.
        adaptation: licence that what was learnt is to be passed on under; None when not chosen.
    """
    given = {"base": base.licence if base else None, "data": data or "", "adaptation": adaptation}
    stated = [s for what, said in given.items() if said is not None for s in _stated(what, said)]
    conflicts = _conflicts(stated)
    commercial = _commercial(stated, conflicts)
    licence = _result(stated, conflicts)
    return Rights(
        licence=licence,
        commercial=commercial,
        conditions=tuple(dict.fromkeys([*_conditions(stated), *conflicts, *_caution(stated)])),
        parts=tuple(_part(s) for s in stated),
        text=_text(stated, commercial, conflicts),
        hub=_for_hub(licence, stated),
    )


def _stated(what: str, said: str) -> list[_Stated]:
    """Return the licences of a part; of alternatives, those of the freest."""
    found = options(said)
    freest = min(found, key=lambda o: (_rank(o), sum(x.passes_on for x in o), len(o)))
    choice = said if len(found) > 1 else ""
    return [_Stated(what, licence, choice) for licence in freest]


def _rank(option: Sequence[Licence]) -> int:
    answers = {licence.commercial for licence in option}
    return 2 if "no" in answers else 1 if "unknown" in answers else 0


def _unstated(stated: _Stated) -> bool:
    return stated.licence.id == UNSTATED


def _commercial(stated: Sequence[_Stated], conflicts: Sequence[str]) -> Answer:
    worst = _rank([s.licence for s in stated])
    return "no" if worst == 2 else "unknown" if worst == 1 or conflicts else "yes"


def _part(stated: _Stated) -> Part:
    licence = stated.licence
    chosen = f" The freest choice of {stated.choice}." if stated.choice else ""
    name = "unknown" if _unstated(stated) else licence.id
    return Part(stated.what, name, licence.commercial, licence.says + chosen)


def _conditions(stated: Sequence[_Stated]) -> list[str]:
    found = []
    for s in stated:
        licence = s.licence
        if _unstated(s):
            found.append(f"Find out the licence of the {s.what}, which was not stated.")
        elif licence.kind == "unknown":
            found.append(f"Read {s}, of which Socle has no record.")
        elif licence.attribution:
            found.append(f"Name the authors and keep the notices of {s}.")
        if licence.commercial == "no":
            purpose = "For research only" if licence.research_only else "No commercial use"
            found.append(f"{purpose}: {s}.")
        if licence.share_alike == "strong":
            found.append(f"Pass the result on under the terms of {s} only.")
        elif licence.share_alike == "weak":
            found.append(f"Keep what is a changed copy of the original under {s}.")
        if not licence.derivatives:
            found.append(f"Do not pass the result on: {s} does not allow it.")
        if licence.restrictions:
            found.append(f"Pass on the terms of {s}: {licence.restrictions}.")
        if licence.patent:
            found.append(f"Patents, {s}: {licence.patent[0].lower()}{licence.patent[1:]}")
    return found


def _caution(stated: Sequence[_Stated]) -> list[str]:
    return [OPEN_QUESTION] if any(_binds(s) for s in stated) else []


def _binds(stated: _Stated) -> bool:
    """Say whether it is a licence of the data that asks for something."""
    licence = stated.licence
    return stated.what == "data" and (licence.passes_on or licence.attribution)


def _conflicts(stated: Sequence[_Stated]) -> list[str]:
    """Return what cannot be kept together, in sentences."""
    found = []
    for a, b in combinations(stated, 2):
        if b.licence.id in a.licence.refuses or a.licence.id in b.licence.refuses:
            found.append(f"{a} and {b} cannot be combined: one asks for what the other forbids.")
        elif _strong(a) and _strong(b):
            if not _joined([a.licence, b.licence]):
                found.append(f"{a} and {b} each ask for the result to be under their own terms.")
        elif _strong(a) and _limits(b):
            found.append(f"{a} allows no further limits, and {b} sets some.")
        elif _strong(b) and _limits(a):
            found.append(f"{b} allows no further limits, and {a} sets some.")
    found += _loosened(stated)
    return found


def _loosened(stated: Sequence[_Stated]) -> list[str]:
    """Return what an adaptation's own licence would drop of the terms that it must pass on."""
    own = [s for s in stated if s.what == "adaptation" and not s.licence.passes_on]
    bound = [s for s in stated if s.what == "base" and s.licence.passes_on and not _unstated(s)]
    return [f"{a} cannot replace {b}, which goes on with the result." for a in own for b in bound]


def _strong(stated: _Stated) -> bool:
    return stated.licence.share_alike == "strong"


def _limits(stated: _Stated) -> bool:
    licence = stated.licence
    return licence.commercial == "no" or bool(licence.restrictions) or not licence.derivatives


def _joined(licences: Sequence[Licence]) -> str:
    """Return the licence that all of some share-alike ones are or may become, or nothing."""
    names = [x.id for x in licences] + [name for x in licences for name in x.becomes]
    return next((n for n in names if all(n in (x.id, *x.becomes) for x in licences)), "")


def _result(stated: Sequence[_Stated], conflicts: Sequence[str]) -> str:
    told = [s.licence for s in stated if not _unstated(s)]
    bound = [x for x in told if x.passes_on]
    if len(told) < len(stated):
        return "other" if bound else "unknown"
    if conflicts or any(x.kind == "unknown" or not x.derivatives for x in told):
        return "other"
    if bound:
        return _joined(bound) or "other"
    free = [s for s in stated if s.what == "adaptation"]
    asking = free or [s for s in stated if s.licence.attribution] or list(stated)
    return " AND ".join(s.licence.id for s in asking if s.what == asking[0].what)


def _for_hub(licence: str, stated: Sequence[_Stated]) -> Mapping[str, str]:
    record = known().get(licence)
    if licence == "unknown" or (record and record.hub):
        return {"license": record.hub if record else "unknown"}
    told = [s.licence for s in stated if not _unstated(s)]
    named = dict.fromkeys([licence] if licence != "other" else [x.id for x in told])
    short = (re.sub(r"[^\w.+-]+", "-", n.removeprefix("LicenseRef-")).lower() for n in named)
    urls = [x.url for x in [x for x in told if x.passes_on] or told]
    link = {"license_link": urls[0]} if urls and urls[0] else {}
    return {"license": "other", "license_name": "-and-".join(short).strip("-"), **link}


def _text(stated: Sequence[_Stated], commercial: Answer, conflicts: Sequence[str]) -> str:
    forbidding = [s for s in stated if s.licence.commercial == "no"]
    if commercial == "no":
        research = any(s.licence.research_only for s in forbidding)
        said = f"It may not be used commercially: {_listed(forbidding)} forbid{_s(forbidding)} it"
        said += " and allow research only" if research else ""
    elif commercial == "unknown":
        said = f"Whether it may be used commercially is unknown: {_gaps(stated, conflicts)}"
    else:
        asking = [s for s in stated if s.licence.attribution or s.licence.passes_on]
        kept = f", if the terms of {_listed(asking)} are kept" if asking else ", without conditions"
        said = f"It may be used commercially{kept}"
    if any(not s.licence.derivatives for s in stated):
        said += "; it may not be passed on"
    elif conflicts and commercial == "no":
        said += "; and some of its licences contradict each other"
    binding = any(_binds(s) and s.licence.kind != "unknown" for s in stated)
    return said + ("; the terms of the data are taken as binding." if binding else ".")


def _gaps(stated: Sequence[_Stated], conflicts: Sequence[str]) -> str:
    unstated = [s.what for s in stated if _unstated(s)]
    strange = [s for s in stated if s.licence.kind == "unknown" and not _unstated(s)]
    told = (
        [f"the licence of the {' and of the '.join(unstated)} was not stated"] if unstated else []
    )
    told += [f"Socle has no record of {_listed(strange)}"] if strange else []
    told += ["some of its licences contradict each other"] if conflicts else []
    return ", and ".join(told)


def _listed(stated: Sequence[_Stated]) -> str:
    names = list(dict.fromkeys(map(str, stated)))
    return " and ".join(([", ".join(names[:-1])] if names[1:] else []) + names[-1:])


def _s(stated: Sequence[_Stated]) -> str:
    return "s" if len(set(map(str, stated))) == 1 else ""
