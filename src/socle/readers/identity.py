"""Passports, identity cards, residence permits, visas, driving licences.

The machine-readable zone is compared with the print, and the bar code of American licences with
it. A check digit alone accepts no paper: one reading in ten passes it by chance, and names have
none. A value is taken as sure if two sources agree, or if the engine that read it left no doubt.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from socle.checks.mrz import FILLER, calendar_checks, digit_checks, failing, values_of
from socle.errors import InputError
from socle.pages import Document
from socle.readers import Settings
from socle.readings import Check, Field, Reading, Source
from socle.sources import proofs
from socle.sources.identity import Evidence, gather
from socle.sources.mrz import Sighting, renamed
from socle.sources.printed import Printed
from socle.sources.second_source import (
    agrees,
    apart_by,
    names_state,
    printed_dates,
    sex_of,
    states_of,
    with_doubles,
)
from socle.values.names import compact

_KINDS = {"P": "passport", "V": "visa", "D": "driving_licence"}
_CARDS = frozenset({"identity_card", "residence_permit", "travel_document"})
_SUBTYPES = frozenset({"ID", "IP", "IR", "PP", "PD", "PO", "AC", "AR", "CR"})
"""Codes of two letters in wide use. Any other is taken for a misread filler, and those as well
unless the engine was sure: nothing else on the paper tells."""
_FRENCH_ROOM = 14
"""Characters for given names on old French cards."""
_ENOUGH = 3
"""Labelled values without which a page with neither zone nor code is no identity paper."""
_LIKELY = frozenset({"surname", "given_names", "birth_date", "document_number"})
_TELLING = 4
"""Characters of a value that counts as printed wherever it stands."""
_MISREAD = 2
"""Characters by which two sources may differ and one of them be misread, not wrong."""


@dataclass
class _Draft:
    """A reading in the making."""

    fields: dict[str, Field] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Identity:
    """Reads identity papers."""

    name = "identity"
    about = "Passports, identity cards, residence permits, visas and driving licences."

    def suits(self, document: Document) -> float:
        """Return 1 for a zone or a licence's code, less for the labels of such papers."""
        found = gather(document)
        if found.card or (found.zone and not failing(found.zone.zone)):
            return 1.0
        if found.zone:
            return 0.9
        if len(_LIKELY & set(found.printed)) < _ENOUGH:
            return 0.0
        return 0.8 if found.kinds else 0.5

    def read(self, document: Document, settings: Settings) -> Reading:
        """Return what stands on the paper.

        Raises:
            InputError: there is neither a zone, nor a licence's code, nor labelled values.
        """
        found = gather(document)
        draft = _Draft()
        if found.zone:
            _from_zone(draft, found, found.zone, settings)
        if found.card:
            _from_card(draft, found)
        if not draft.fields and len(_LIKELY & set(found.printed)) < _ENOUGH:
            raise InputError(
                "No identity paper was found: no machine-readable zone, no licence's bar code, no "
                "labelled name, number and date of birth.",
                "A picture must show the whole side, upright and sharp, the zone at least 600 "
                "pixels wide. Other kinds of documents: --as.",
            )
        _from_print(draft, found, settings)
        _kind(draft, found)
        if not found.zone and not found.card:
            said = "only print was read, there is no zone or bar code to compare it with"
            draft.checks.append(Check("second_source", None, said, tuple(draft.fields)))
        return Reading(
            kind=self.name,
            fields=draft.fields,
            checks=tuple(draft.checks),
            notes=tuple(draft.notes),
            required=("document_type", "document_number", "surname"),
        )


def _from_zone(draft: _Draft, found: Evidence, seen: Sighting, settings: Settings) -> None:
    """Take the values of the zone, each as sure as what speaks for it."""
    seen = _doubled(draft, found, _parted(seen, settings), settings)
    zone = seen.zone
    values = values_of(zone, settings.today)
    checks = _excused(seen, (*digit_checks(zone), *calendar_checks(zone, settings.today)))
    draft.checks += checks
    verdicts: dict[str, bool | None] = {}
    for name, value in values.items():
        verdicts[name] = _second(draft, found, seen, name, value)
    _same_state(verdicts, values)
    for name, value in values.items():
        spots = proofs.places(zone.format, name)
        doubt = None if _shifted(seen, name) else seen.doubt(spots)
        proof = proofs.proof(zone, name, doubt, verdicts[name])
        sure = _rates()[proof]
        if seen.source == "text" and proof in ("sure", "digit_sure"):
            sure = _rates()["text_zone"]
        if proof != "agreed" and set(seen.replaced) & set(spots):
            sure = min(sure, _rates()["repaired"])
        _unproven(draft, seen, name, proof, doubt)
        draft.fields[name] = _field(seen, name, value, sure)
    _repaired(draft, seen, verdicts)
    least = min(one.confidence for one in draft.fields.values())
    if not all(check.passed for check in checks):
        least = min(least, _rates()["disputed"])
    draft.fields["mrz"] = Field(
        "\n".join(zone.lines), "\n".join(zone.lines), least, *_where(seen), seen.boxes
    )
    if values.get("issuing_state") == "UTO":
        draft.notes.append("UTO is the state of specimens: this is no paper of a person.")


def _parted(seen: Sighting, settings: Settings) -> Sighting:
    """Return a zone with as many fillers between names as there are by the standard.

    Where an engine reads one too many or too few, no check digit tells, and no name changes.
    """
    values = values_of(seen.zone, settings.today)
    names = {name: values.get(name, "") for name in ("surname", "given_names")}
    if seen.source == "text" or proofs.covered(seen.zone.format, "surname"):
        return seen
    return renamed(seen, names) or seen


def _doubled(draft: _Draft, found: Evidence, seen: Sighting, settings: Settings) -> Sighting:
    """Give names the doubled letters back that the engine lost in the zone and not in print."""
    values = values_of(seen.zone, settings.today)
    names = {name: values.get(name, "") for name in ("surname", "given_names")}
    labels = {name: found.printed[name].text for name in names if name in found.printed}
    whole = {name: with_doubles(names[name], text) for name, text in labels.items()}
    whole = {name: text for name, text in whole.items() if text}
    better = renamed(seen, {**names, **whole}) if whole else None
    if better is None:
        return seen
    said = ", ".join(whole.values())
    draft.checks.append(Check("mrz_doubled_letters", True, f"{said}, as in print", tuple(whole)))
    return better


def _second(draft: _Draft, found: Evidence, seen: Sighting, name: str, value: str) -> bool | None:
    """Return whether print or bar code agree with a value of the zone; tell it as a check."""
    verdict = None
    label = found.printed.get(name)
    if name == "document_type":
        return True if _titled(found, seen, value) else None
    if label:
        text = _first_names(seen, value, label.text) if name == "given_names" else label.text
        verdict = agrees(name, value, text, _full(seen, name), not found.american)
    if verdict is not True and _anywhere(found, name, value):
        verdict = True
    if verdict is None:
        return None
    said = f"zone: {value}, print: {label.text}" if label else f"{value} is in print"
    if not verdict and label and _maybe_misread(seen, name, value, label):
        draft.checks.append(Check(f"printed_{name}", None, said, (name,)))
    else:
        draft.checks.append(Check(f"printed_{name}", verdict, said, (name,)))
    return verdict


def _first_names(seen: Sighting, value: str, text: str) -> str:
    """Return the printed names that a zone has room for: old French cards leave out the others."""
    names = [name for name in re.split(r"[\s,]+", text) if name]
    if seen.zone.format.name != "FRA-ID" or len("<<".join(names)) <= _FRENCH_ROOM:
        return text
    return " ".join(names[: len(value.split())])


def _titled(found: Evidence, seen: Sighting, code: str) -> bool:
    """Return whether a title in print names the kind of paper that the zone's code means."""
    if len(code) > 1:
        doubt = seen.doubt(proofs.places(seen.zone.format, "document_type"))
        if code not in _SUBTYPES or doubt is None or doubt < proofs.SURE:
            return False
    kinds = {_KINDS[code[0]]} if code[:1] in _KINDS else _CARDS
    return bool(kinds & set(found.kinds))


def _anywhere(found: Evidence, name: str, value: str) -> bool:
    """Return whether print has the value as a piece of its own, with whatever label."""
    if name == "issuing_state":
        return names_state(found.text, value)
    if name in ("birth_date", "expiry_date") and len(value) == 10:
        dates = printed_dates(found.text, not found.american)
        return any(one.value.isoformat()[2:] == value[2:] for one in dates)
    if name == "document_number":
        return len(value) >= _TELLING and value in found.scraps
    if name in ("surname", "given_names"):
        return len(value) >= _TELLING and value in found.words
    return False


def _maybe_misread(seen: Sighting, name: str, value: str, label: Printed) -> bool:
    """Return whether two sources that differ may be one that was misread."""
    certain = (label.sure or 0.0) >= proofs.SURE
    doubt = seen.doubt(proofs.places(seen.zone.format, name))
    if certain and doubt is not None and doubt >= proofs.SURE:
        return False
    if name.endswith("_date"):
        dates = [one.value.isoformat() for one in printed_dates(label.text)]
        return any(apart_by(one, value) <= _MISREAD for one in dates)
    if name in ("nationality", "issuing_state"):
        return any(apart_by(code, value) <= 1 for code in states_of(label.text))
    return apart_by(compact(value), compact(label.text)) <= _MISREAD


def _same_state(verdicts: dict[str, bool | None], values: Mapping[str, str]) -> None:
    """Let one code that print confirms speak for the other, if the zone has it twice."""
    names = ("issuing_state", "nationality")
    if len({values.get(name) for name in names}) != 1:
        return
    if any(verdicts[name] for name in names):
        verdicts.update({name: True for name in names if verdicts[name] is None})


def _full(seen: Sighting, name: str) -> bool:
    """Return whether the part of the zone has no filler left at its end: it may be cut."""
    parts = seen.zone.format.parts
    part = name if name in parts else "names"
    return part in parts and not seen.zone.part(part).endswith(FILLER)


def _shifted(seen: Sighting, name: str) -> bool:
    """Return whether the field stands on a line whose fillers had to be put right."""
    return any(line in seen.stretched for line, _ in proofs.places(seen.zone.format, name))


def _excused(seen: Sighting, checks: tuple[Check, ...]) -> list[Check]:
    """Return checks; one that fails over doubtful characters is undecided: it may be misread."""
    done = []
    for check in checks:
        spots = [p for name in check.fields for p in proofs.places(seen.zone.format, name)]
        doubt = seen.doubt(spots)
        if check.passed is False and doubt is not None and doubt < proofs.SURE:
            said = f"{check.detail}; misread or wrong"
            check = replace(check, passed=None, detail=said)
        done.append(check)
    return done


def _unproven(
    draft: _Draft, seen: Sighting, name: str, proof: proofs.Proof, doubt: float | None
) -> None:
    """Mark what neither a second source nor the engine's own probability settles."""
    if proof in ("agreed", "disputed", "sure", "digit_sure"):
        return
    alike = proofs.blind(seen.zone, name)
    if proof == "bare":
        said = "no check digit proves it, and no second source says the same"
    elif alike:
        said = f"a check digit cannot tell {', '.join(alike)} from a character like it"
    else:
        return
    draft.checks.append(Check(f"unproven_{name}", None, said, (name,)))


def _repaired(draft: _Draft, seen: Sighting, verdicts: Mapping[str, bool | None]) -> None:
    for line, column in seen.replaced:
        layout = seen.zone.format
        names = tuple(n for n in verdicts if (line, column) in proofs.places(layout, n))
        said = f"line {line + 1}, character {column + 1} was taken for another"
        proved = bool(names) and all(verdicts[name] for name in names)
        draft.checks.append(Check("mrz_repair", True if proved else None, said, names or ("mrz",)))


def _field(seen: Sighting, name: str, value: str, sure: float) -> Field:
    spots = proofs.places(seen.zone.format, name)
    lines = sorted({line for line, _ in spots})
    raw = " ".join(
        "".join(seen.zone.lines[line][column] for at, column in spots if at == line)
        for line in lines
    )
    return Field(value, raw, sure, *_where(seen), tuple(seen.boxes[line] for line in lines))


def _where(seen: Sighting) -> tuple[Source, int]:
    return seen.source, seen.page


def _from_card(draft: _Draft, found: Evidence) -> None:
    """Take the values of a bar code; compare them with what was taken before and with print."""
    card = found.card
    if card is None:
        return
    for name, value in card.values.items():
        label = found.printed.get(name)
        verdict = agrees(name, value, label.text, False, not found.american) if label else None
        if verdict is not None and label:
            said = f"bar code: {value}, print: {label.text}"
            misread = not verdict and apart_by(compact(value), compact(label.text)) <= _MISREAD
            passed = None if misread and (label.sure or 0.0) < proofs.SURE else verdict
            draft.checks.append(Check(f"barcode_{name}", passed, said, (name,)))
        sure = _rates()["disputed" if verdict is False else "barcode"]
        draft.fields[name] = Field(value, value, sure, "barcode", found.code_page)


def _from_print(draft: _Draft, found: Evidence, settings: Settings) -> None:
    """Add what only print has."""
    for name, label in found.printed.items():
        value = _value(name, label.text, found, settings)
        old = draft.fields.get(name)
        if old and name == "issue_date" and value.startswith(str(old.value)):
            draft.fields[name] = replace(old, value=value)  # print has the day as well
        if name in draft.fields or not value or (found.zone and name == "optional_data"):
            continue
        if not found.ocr:
            sure = _rates()["text"]
        else:
            doubtless = (label.sure or 0.0) >= proofs.SURE
            sure = _rates()["printed_sure" if doubtless else "printed"]
        source: Source = "ocr" if found.ocr else "text"
        draft.fields[name] = Field(value, label.text, sure, source, label.page, (label.box,))


def _value(name: str, text: str, found: Evidence, settings: Settings) -> str:
    """Return a printed text as its field wants it, empty if it is nothing of the kind."""
    if name.endswith("_date"):
        dates = printed_dates(text, not found.american)
        if not dates:
            return ""
        day = dates[0].value
        if name != "expiry_date" and day > settings.today:
            day = day.replace(year=day.year - 100)
        return day.isoformat()
    if name == "sex":
        return sex_of(text)
    if name in ("nationality", "issuing_state"):
        codes = states_of(text)
        return next(iter(codes)) if len(codes) == 1 else ""
    if name in ("document_number", "optional_data"):
        return compact(text)
    return " ".join(text.split())


def _kind(draft: _Draft, found: Evidence) -> None:
    """Say which kind of paper it is: by the zone's code, the bar code, or the title in print."""
    code = str(draft.fields["document_type"].value) if "document_type" in draft.fields else ""
    known = _KINDS.get(code[:1], "")
    titled = found.kinds[0] if found.kinds else ""
    if code and not known:
        known = titled if titled not in ("", "passport", "visa") else "identity_card"
    if found.card:
        known = found.card.kind
    value = known or titled
    if not value:
        return
    old = draft.fields.get("document_type")
    sure = _rates()["agreed"] if value in found.kinds else _rates()["printed"]
    if old:
        sure = max(sure, old.confidence)
        draft.fields["document_type"] = replace(old, value=value, confidence=sure)
    else:
        source: Source = "barcode" if found.card else "ocr" if found.ocr else "text"
        draft.fields["document_type"] = Field(value, value, sure, source)


@cache
def _rates() -> Mapping[str, float]:
    told: dict[str, float] = tomllib.loads(
        Path(__file__).with_name("identity.toml").read_text(encoding="utf-8")
    )
    return told


OPTION = Identity()
