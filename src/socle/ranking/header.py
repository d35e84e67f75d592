"""The header of an invoice or a receipt: values for its fields, each with how sure it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from socle.pages import Document
from socle.pages.rows import around
from socle.ranking import choice, headline, money_rules, named_addresses, named_parties
from socle.ranking.candidates import rates_of
from socle.ranking.choice import Chosen, options, single, together
from socle.ranking.features import number
from socle.ranking.labels import compact
from socle.ranking.money_rules import EXTRAS, SUMS
from socle.ranking.party_lines import ROLES, Spot
from socle.ranking.ranker import Ranker
from socle.ranking.scoring import Scored, scored
from socle.ranking.sheet import Cell
from socle.ranking.vat_rows import vat_rows
from socle.readings import Box, Field, Line, Value

_DATES = ("invoice_date", "due_date", "delivery_date")
_COMPANY = (
    *("supplier_vat_id", "supplier_siren", "supplier_siret"),
    *("receiver_vat_id", "receiver_siren"),
)
_SINGLES = {
    "reference": ("invoice_id", "purchase_order"),
    "account": ("supplier_iban",),
    "phone": ("supplier_phone",),
    "email": ("supplier_email",),
    "terms": ("payment_terms",),
}
_ROUNDED = 0.03
"""What tills round, and rates apart from each other."""
_IMPLIED = 0.97
"""What follows from values by a rule is this much less sure than the least sure of them."""
_FAILED = 0.5
"""A value that breaks a rule with others is no surer than this."""


@dataclass
class Header:
    """Fields and the table of VAT, and the log-odds that confidences come from.

    Attributes:
        implied: fields that are not printed, but follow from others.
        printed: all values that were found in print, whatever field they are.
        text: the letters and digits of the document.
    """

    fields: dict[str, Field] = field(default_factory=dict)
    vat: list[Line] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=dict)
    implied: set[str] = field(default_factory=set)
    printed: frozenset[Value] = frozenset()
    text: str = ""

    def prints(self, name: str, value: Value) -> bool:
        """Return whether a value stands anywhere in print, in whatever form."""
        if isinstance(value, float | int):
            numbers = [abs(one) for one in self.printed if isinstance(one, float)]
            return any(abs(number - abs(value)) < 0.005 for number in numbers)
        return value in self.printed or (len(str(value)) > 3 and compact(str(value)) in self.text)


def header(document: Document, ranker: Ranker) -> Header:
    """Return what the header of a document says, by a ranker's scores."""
    found = scored(document, ranker)
    made = _Maker(found, ranker)
    made.money()
    made.dates()
    for family, names in _SINGLES.items():
        for name in names:
            made.take(name, single(found.groups[family], name))
    made.companies()
    made.parties()
    made.whole()
    return made.header


class _Maker:
    """One header in the making."""

    def __init__(self, found: Scored, ranker: Ranker) -> None:
        self._found = found
        self._ranker = ranker
        printed = {one.hit.value for group in found.groups.values() for one in group.members}
        text = compact(" ".join(cell.text for cell in found.sheet.cells))
        self.header = Header(printed=frozenset(printed), text=text)
        self._sums: dict[str, Chosen] = {}

    def money(self) -> None:
        """Choose the amounts together, then the table of VAT, then what follows from them."""
        group = self._found.groups["money"]
        offered = {name: options(group, name) for name in (*SUMS, "amount_due", "amount_paid")}
        rates = rates_of(self._found.sheet)
        money_rules.add_closing(offered, group, rates)
        money_rules.with_sign_of_total(offered)
        rounded, handed = money_rules.rounded(group), money_rules.handed(group)
        extras = {name: single(group, name) for name in EXTRAS}
        fixed = {name: one.value for name, one in extras.items() if one is not None}
        by_rate = money_rules.taxes_by_rate(group)

        def closes(values: Mapping[str, Value]) -> tuple[float, set[str]]:
            return money_rules.sums_close({**values, **fixed}, by_rate, rates)

        def rounds(values: Mapping[str, Value]) -> tuple[float, set[str]]:
            return money_rules.is_rounded(values, rounded)

        printed = {abs(number(one)) for one in group.members}

        def pays(values: Mapping[str, Value]) -> tuple[float, set[str]]:
            return money_rules.payment_closes(values, printed)

        def hands(values: Mapping[str, Value]) -> tuple[float, set[str]]:
            return money_rules.is_handed(values, handed)

        self._sums = together(offered, [closes, pays, rounds, hands])
        if not fixed:
            closing = money_rules.closing_extra(group, self._sums)
            extras |= {name: one for name, one in closing.items() if name in EXTRAS}
            self._sums |= {name: one for name, one in closing.items() if name in SUMS}
        for name, one in {**self._sums, **extras}.items():
            self.take(name, one)
        net, tax = self._number("net_amount"), self._number("total_tax_amount")
        self.header.vat = vat_rows(self._found, tax, net)
        self._follow()

    def dates(self) -> None:
        """Choose the dates together."""
        group = self._found.groups["date"]
        offered = {name: options(group, name) for name in _DATES}
        only = choice.only(group)
        if only is not None:
            offered = {"invoice_date": [only]}
        chosen = together(offered, [choice.dates_follow])
        for name, one in chosen.items():
            self.take(name, one)
        if "due_date" not in chosen:
            self.take("due_date", choice.called(group, "due_date"))

    def companies(self) -> None:
        """Choose the identifiers of companies together; a SIRET holds a SIREN."""
        group = self._found.groups["company"]
        offered = {name: options(group, name) for name in _COMPANY}
        for name, one in together(offered, [choice.parties_differ]).items():
            self.take(name, one)
        fields = self.header.fields
        if "supplier_siret" in fields and "supplier_siren" not in fields:
            siret = fields["supplier_siret"]
            self._imply("supplier_siren", str(siret.value)[:9], ("supplier_siret",))

    def parties(self) -> None:
        """Put names and addresses together, and part the addresses."""
        names = named_parties.names_of(self._found)
        for role in ROLES:
            name = names.get(role)
            address = named_addresses.address_of(self._found, role, name)
            self._spot(f"{role}_name", name)
            self._spot(f"{role}_address", address)
            if address is None:
                continue
            parts = named_addresses.parted(address)
            for part in ("postcode", "city", "country"):
                value = getattr(parts, part)
                if value:
                    self._imply(f"{role}_{part}", value, (f"{role}_address",))

    def whole(self) -> None:
        """Tell the currency and the kind of the document."""
        totals = [one for name, one in self._sums.items() if name in (*SUMS, "amount_due")]
        told = headline.currency(self._found, totals)
        if told:
            code, score, cell = told
            self._put("currency", code, code, score, cell)
        kind, score, title = headline.kind(self._found, self._sums.get("total_amount"))
        self._put("invoice_type", kind, title.text if title else "", score, title)

    def take(self, name: str, one: Chosen | None) -> None:
        """Keep a value that was chosen."""
        if one is None:
            return
        cell = one.best.cell
        self._put(name, one.value, one.best.raw, one.score, cell, one.best.box)
        if one.proven is False:
            kept = self.header.fields[name]
            self._cap(name, min(kept.confidence, _FAILED))

    def _cap(self, name: str, confidence: float) -> None:
        kept = self.header.fields[name]
        self.header.fields[name] = Field(
            kept.value, kept.raw, confidence, kept.source, kept.page, kept.boxes
        )

    def _put(
        self,
        name: str,
        value: Value,
        raw: str,
        score: float,
        cell: Cell | None,
        box: Box | None = None,
    ) -> None:
        sheet = self._found.sheet
        self.header.scores[name] = score
        sure = self._sure(name, score)
        if cell is None:
            self.header.fields[name] = Field(value, raw, sure)
            return
        where = sheet.fraction(cell, box or cell.box)
        page = sheet.pages[cell.page].number
        self.header.fields[name] = Field(value, raw, sure, sheet.source(cell), page, (where,))

    def _spot(self, name: str, spot: Spot | None) -> None:
        if spot is None:
            return
        sheet, first = self._found.sheet, spot.lines[0].cell
        boxes: dict[int, list[Box]] = {}
        for line in spot.lines:
            boxes.setdefault(line.cell.number, []).append(sheet.fraction(line.cell, line.box))
        self.header.scores[name] = spot.score
        self.header.fields[name] = Field(
            spot.text,
            spot.raw,
            self._sure(name, spot.score),
            sheet.source(first),
            sheet.pages[first.page].number,
            tuple(around(held) for held in boxes.values()),
        )

    def _sure(self, name: str, score: float) -> float:
        """Return how often a field is right at a score, as it was measured."""
        curve = self._ranker.curves.get(name) or self._ranker.curves.get("*")
        return curve.at(score) if curve else 1 / (1 + math.exp(-score))

    def _number(self, name: str) -> float | None:
        value = self.header.fields[name].value if name in self.header.fields else None
        return float(str(value)) if value is not None else None

    def _follow(self) -> None:
        """Add the amounts that are not printed but follow from those that are."""
        net, tax, total = (self._number(name) for name in SUMS)
        due, paid = self._number("amount_due"), self._number("amount_paid")
        vat = self.header.vat
        rates = round(sum(float(str(row.values["amount"])) for row in vat), 2)
        # A table of which rows were missed says less than the sums do.
        short = net is not None and total is not None and abs(net + rates - total) > _ROUNDED
        if tax is None and vat and not short:
            tax = rates
            self._imply("total_tax_amount", tax, tuple(self.header.fields.keys() & {*SUMS}))
        if total is None and due is not None:
            total = round(due + (paid or 0.0), 2)
            self._imply("total_amount", total, ("amount_due", "amount_paid"))
        if total is None and net is not None and tax is not None:
            total = round(net + tax, 2)
            self._imply("total_amount", total, ("net_amount", "total_tax_amount"))
        if total is not None and net is None and tax is not None:
            tip = self._number("tip") or 0.0
            net = round(total - tax - tip, 2)
            self._imply("net_amount", net, ("total_amount", "total_tax_amount"))
        if total is not None and net is not None and tax is None and abs(net) <= abs(total):
            self._imply("total_tax_amount", round(total - net, 2), ("total_amount", "net_amount"))
        if total is not None and due is None:
            self._imply("amount_due", round(total - (paid or 0.0), 2), ("total_amount",))

    def _imply(self, name: str, value: Value, known: tuple[str, ...]) -> None:
        fields = [self.header.fields[one] for one in known if one in self.header.fields]
        if not fields or name in self.header.fields:
            return
        sure = _IMPLIED * min(one.confidence for one in fields)
        first = fields[0]
        self.header.fields[name] = Field(value, "", sure, first.source, first.page, first.boxes)
        self.header.implied.add(name)
