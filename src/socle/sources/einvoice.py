"""E-invoices: Factur-X and ZUGFeRD (1.0 and 2, all profiles), XRechnung and UBL 2.1.

Values are as the file has them. So in a credit note (`invoice_type` "credit_note") amounts are
mostly positive and mean money that flows back; in a correction or an invoice with negative lines
they are negative. The sign is the issuer's, and nothing here turns it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from socle.errors import UnreadableError
from socle.readings import Check, Field, Line, Value
from socle.sources import parties, syntaxes, xml
from socle.sources.syntaxes import Places, Syntax

USUAL_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")
"""Names that the standards give the attachment, in small letters; any other is tried after."""


@dataclass(frozen=True)
class Found:
    """What an e-invoice says.

    Attributes:
        syntax: `cii` or `ubl`.
        profile: the guideline that the file says it follows.
        fields: canonical names to values.
        tables: `lines`, `vat`, and `adjustments` (allowances and charges of the document).
        checks: what was found wrong with the file itself; its sums are checked elsewhere.
        notes: what the user should know.
    """

    syntax: str
    profile: str
    fields: Mapping[str, Field]
    tables: Mapping[str, Sequence[Line]]
    checks: Sequence[Check] = ()
    notes: Sequence[str] = ()


def read(data: bytes) -> Found | None:
    """Return what an e-invoice says, or None where the bytes are something else.

    Raises:
        UnreadableError: it is empty, too large or damaged XML.
    """
    if data.strip() and not xml.looks_like_xml(data):
        return None
    root = xml.parse(data, "The e-invoice")
    syntax = syntaxes.syntax_of(root)
    if syntax is None:
        return None
    return _Invoice(syntax, syntaxes.simplify(root, syntax)).found()


def search(files: Mapping[str, bytes]) -> Found | None:
    """Return the e-invoice among files that another file carries, by their content.

    Names only set the order. A file of a usual name that cannot be read is a check that could not
    be decided, in a `Found` without fields: the invoice has to be read from its print instead.
    """
    broken: Found | None = None
    for name in sorted(files, key=lambda name: (name.lower() not in USUAL_NAMES, name)):
        try:
            found = read(files[name])
        except UnreadableError as error:
            if name.lower() in USUAL_NAMES:
                broken = broken or _broken(name, error)
            continue
        if found is not None:
            return found
    return broken


def _broken(name: str, error: UnreadableError) -> Found:
    said = f"{name} cannot be read. {error.message}"
    return Found(
        "", "", {}, {}, (Check("embedded_invoice", None, said, ("total_amount",)),), (said,)
    )


class _Invoice:
    """One file while it is read."""

    def __init__(self, syntax: Syntax, root: Any) -> None:
        self._name = syntax.name
        self._at = syntax.places
        self._root = root
        self._notes: list[str] = []

    def found(self) -> Found:
        """Return everything that the file says."""
        adjustments = self._adjustments()
        tables = {"lines": self._lines(), "vat": self._vat(), "adjustments": adjustments}
        fields = self._header()
        fields |= self._parties()
        shipping = self._shipping(adjustments)
        if shipping:
            fields["shipping"] = shipping
        missing = [n for n in ("invoice_id", "invoice_date", "total_amount") if n not in fields]
        if missing:
            self._notes.append(f"The e-invoice does not say: {', '.join(missing)}.")
        profiles = syntaxes.nodes(self._root, self._at["head"]["profile"])
        profile = syntaxes.raw(profiles[0]) if profiles else ""
        kept = {name: rows for name, rows in tables.items() if rows}
        return Found(self._name, profile, fields, kept, (), tuple(self._notes))

    def _header(self) -> dict[str, Field]:
        fields = {"invoice_type": self._type()}
        for name, paths in self._at["text"].items():
            fields[name] = self._text(self._root, paths)
        for name, path in self._at["joined"].items():
            said = [syntaxes.raw(node) for node in syntaxes.nodes(self._root, path)]
            fields[name] = _field(printed(" ".join(said)), "\n".join(said))
        for name, paths in self._at["identifiers"].items():
            fields[name] = self._identifier(paths)
        for name, paths in self._at["dates"].items():
            fields[name] = self._date(name, paths)
        for name, paths in self._at["numbers"].items():
            fields[name] = self._number(self._root, name, paths)
        self._account(fields)
        return {name: field for name, field in fields.items() if field.value not in (None, "")}

    def _parties(self) -> dict[str, Field]:
        fields: dict[str, Field] = {}
        for role, path in self._at["parties"].items():
            for element in syntaxes.nodes(self._root, path)[:1]:
                for name, field in self._party(element).items():
                    fields[f"{role}_{name}"] = field
        return fields

    def _party(self, element: Any) -> dict[str, Field]:
        fields = {name: self._text(element, at) for name, at in self._at["party"].items()}
        more = {
            name: [n for n in syntaxes.nodes(element, path) if syntaxes.raw(n)]
            for name, path in self._at["party_more"].items()
        }
        said = {name: [syntaxes.raw(n) for n in found] for name, found in more.items()}
        lines = parties.address(
            [*said["streets"]],
            fields["postcode"].raw,
            fields["city"].raw,
            [*said["region"], fields["country"].raw],
        )
        fields["address"] = _field(printed(", ".join(lines)), "\n".join(lines))
        for name in ("vat_id", "tax_number"):
            if said[name]:
                fields[name] = _field(parties.compact(name, said[name][0]), said[name][0])
        given = [
            parties.Given(syntaxes.raw(n), str(n.get("schemeID") or ""), legal)
            for legal, found in ((True, more["registration"]), (False, more["others"]))
            for n in found
        ]
        for name, text in parties.registrations(given, fields["country"].raw).items():
            fields[name] = _field(parties.compact(name, text), text)
        return {name: field for name, field in fields.items() if field.value not in (None, "")}

    def _account(self, fields: dict[str, Field]) -> None:
        """Put accounts that are no IBAN by a name of their own, and tell of further accounts."""
        iban = fields["supplier_iban"]
        # UBL has one place for both.
        if iban.value and not re.match(r"[A-Z]{2}\d\d", str(iban.value)):
            del fields["supplier_iban"]
            fields["supplier_account"] = iban
        accounts = {
            parties.compact("iban", syntaxes.raw(node))
            for path in self._at["identifiers"]["supplier_iban"]
            for node in syntaxes.nodes(self._root, path)
        } - {""}
        if len(accounts) > 1:
            others = ", ".join(sorted(accounts - {str(iban.value)}))
            self._notes.append(f"The supplier gives further accounts: {others}.")

    def _type(self) -> Field:
        found = syntaxes.nodes(self._root, self._at["head"]["type"])
        code = syntaxes.raw(found[0]) if found else ""
        # Only the root says what it is where the code is missing.
        if not code:
            credit = self._root.tag == "CreditNote"
            return _field("credit_note" if credit else "invoice", "")
        types = syntaxes.codes()["types"]
        return _field(
            next((name for name, codes in types.items() if code in codes), "invoice"), code
        )

    def _vat(self) -> list[Line]:
        rows = []
        for element in syntaxes.nodes(self._root, self._at["vat"]["rows"]):
            values, raws = self._cells(element, self._at["vat"], "vat")
            rows.append(_line(values, raws))
        return [row for row in rows if row.values]

    def _adjustments(self) -> list[Line]:
        at = self._at["adjustments"]
        rows = []
        for element in syntaxes.nodes(self._root, at["rows"]):
            values, raws = self._cells(element, at, "adjustments")
            transport = bool(at.get("transport") and syntaxes.nodes(element, at["transport"]))
            charge = transport or _true(syntaxes.nodes(element, at["charge"]))
            transport |= charge and values.get("code") in syntaxes.codes()["charges"]["transport"]
            values["kind"] = "shipping" if transport else "charge" if charge else "allowance"
            if "amount" in values:
                rows.append(_line(values, raws))
        return rows

    def _lines(self) -> list[Line]:
        at = self._at["lines"]
        rows = []
        for element in syntaxes.nodes(self._root, at["rows"]):
            values, raws = self._cells(element, at, "lines")
            if not values.keys() & {"description", "amount", "quantity"}:
                continue  # a line that holds nothing but a note
            unit = next((syntaxes.raw(u) for u in syntaxes.nodes(element, at["unit"])), "")
            if unit:
                values["unit"] = unit
            reduced = self._reduced(element, at)
            if reduced:
                values["discount"] = reduced
            if values.get("base_quantity") == 1:
                del values["base_quantity"]
            if values.get("list_price") == values.get("unit_price"):
                values.pop("list_price", None)
            rows.append(_line(values, raws))
        return rows

    def _reduced(self, element: Any, at: Places) -> float:
        """Return the allowances of a line less its charges."""
        total = 0.0
        for part in syntaxes.nodes(element, at["adjustments"]):
            amount = self._number(part, "discount", [at["adjustment"]]).value
            if isinstance(amount, float):
                total += -amount if _true(syntaxes.nodes(part, at["charge"])) else amount
        return round(total, 6)

    def _cells(
        self, element: Any, at: Places, table: str
    ) -> tuple[dict[str, Value], dict[str, str]]:
        fields = {name: self._text(element, paths) for name, paths in at["text"].items()}
        for name, paths in at["numbers"].items():
            fields[name] = self._number(element, f"{table}.{name}", paths)
        held = {name: field for name, field in fields.items() if field.value not in (None, "")}
        if "tax" in held and held["tax"].value == "VAT":
            del held["tax"]  # what it is unless something else is said
        return {n: f.value for n, f in held.items()}, {n: f.raw for n, f in held.items()}

    def _shipping(self, adjustments: list[Line]) -> Field | None:
        rows = [row for row in adjustments if row.values["kind"] == "shipping"]
        amounts = [a for a in (row.values["amount"] for row in rows) if isinstance(a, float)]
        return _field(round(sum(amounts), 6), "; ".join(row.raw for row in rows)) if rows else None

    def _text(self, element: Any, paths: list[str]) -> Field:
        node = syntaxes.node(element, paths)
        raw = "" if node is None else syntaxes.raw(node)
        return _field(printed(raw), raw)

    def _identifier(self, paths: list[str]) -> Field:
        field = self._text(self._root, paths)
        return replace(field, value=parties.compact("iban", field.raw))

    def _number(self, element: Any, name: str, paths: list[str]) -> Field:
        raw = self._text(element, paths).raw
        value = syntaxes.number(raw)
        if raw and value is None:
            self._notes.append(f"{name} is no number: {raw[:40]!r}.")
        return _field(value, raw)

    def _date(self, name: str, paths: list[str]) -> Field:
        node = syntaxes.node(self._root, paths)
        if node is None:
            return _field(None, "")
        raw = syntaxes.raw(node)
        value = syntaxes.day(raw, node.get("format"))
        if value is None:
            self._notes.append(f"{name} is no date: {raw[:40]!r}.")
        return _field(value, raw)


def printed(text: str) -> str:
    """Return a text in Unicode's compatible form (NFKC) with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _true(found: list[Any]) -> bool:
    return any(syntaxes.raw(node).lower() in ("true", "1") for node in found)


def _field(value: Value, raw: str) -> Field:
    return Field(value, raw, 1.0, "embedded")


def _line(values: dict[str, Value], raws: Mapping[str, str]) -> Line:
    return Line(values, " | ".join(raws.values()), 1.0, "embedded")
