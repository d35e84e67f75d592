"""What the values of an invoice must satisfy among each other: sums, taxes, dates, identifiers.

| check | rule | EN 16931 |
| --- | --- | --- |
| `line_amount` | quantity * price / base - discount = amount, in print at times with tax | BT-131 |
| `lines_sum` | sum of lines = `lines_amount` | BR-CO-10 |
| `adjustment_amount` | base * percent = allowance or charge | |
| `allowances_sum` | sum of allowances = `discount` | BR-CO-11 |
| `charges_sum` | sum of charges and shipping = `charges` | BR-CO-12 |
| `net_amount` | lines - discount + charges = net | BR-CO-13 |
| `vat_sum` | sum of taxes = `total_tax_amount` | BR-CO-14 |
| `total_amount` | net + tax = total | BR-CO-15 |
| `amount_due` | total - paid + rounding = due | BR-CO-16 |
| `vat_amount` | base * rate = tax | BR-CO-17 |
| `vat_base` | sum of bases = net | BR-S-08 and others |
| `tax_currency` | tax * exchange rate = tax in the currency of the tax office | |
| `vat_rate` | the rate was legal in the seller's or buyer's country | |
| `dates_in_order` | issue <= due, start of the period <= end | |
| `identifier` | check digits | |
| `siren_in_siret`, `siren_in_vat_id` | one company | |

A rule is applied where the values that it needs are there. The embedded XML of an e-invoice has
one place for each value, and is held to the rules as they stand; in print, rebates, shipping and
tips may be counted in or out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from socle.checks import sums, vat_rates
from socle.checks.agreement import agreement
from socle.readings import Check, Field, Line
from socle.values import identifiers

__all__ = ["agreement", "checks", "doubted"]

Fields = Mapping[str, Field]
Tables = Mapping[str, Sequence[Line]]
_UNCOUNTED = frozenset({"GROUP", "INFORMATION"})
_KINDS: dict[str, Callable[[str], str | None]] = {
    "siren": identifiers.siren,
    "siret": identifiers.siret,
    "vat_id": identifiers.vat_id,
    "iban": identifiers.iban,
    "bic": identifiers.bic,
}
_ROLES = ("supplier", "receiver", "remit_to", "tax_representative")


def checks(fields: Fields, tables: Tables) -> list[Check]:
    """Return all checks that can be made, passed or not.

    Args:
        fields: canonical names to values.
        tables: `lines`, `vat` and `adjustments`, as far as they were read.
    """
    invoice = _Invoice(fields, tables)
    return [
        *invoice.lines(),
        *invoice.adjustments(),
        *invoice.net(),
        *invoice.vat(),
        *invoice.totals(),
        *invoice.rates(),
        *dates(fields),
        *parties(fields),
    ]


def doubted(found: Sequence[Check], fields: Fields) -> list[Check]:
    """Return the checks, open in place of failed where only values read from print are at stake.

    Print is chosen among: a sum that does not close tells of a wrong choice, or of a misread digit,
    more often than of a wrong invoice. A person has to look.
    """
    return [
        replace(check, passed=None) if check.passed is False and _printed(check, fields) else check
        for check in found
    ]


def _printed(check: Check, fields: Fields) -> bool:
    known = [fields[name].source for name in check.fields if name in fields]
    return bool(known) and all(source in ("text", "ocr") for source in known)


def dates(fields: Fields) -> list[Check]:
    """Return whether dates that follow each other do."""
    found = []
    for first, second in (("invoice_date", "due_date"), ("period_start", "period_end")):
        days = [_day(fields, name) for name in (first, second)]
        if days[0] and days[1]:
            said = f"{first} {days[0]}, {second} {days[1]}"
            found.append(Check("dates_in_order", days[0] <= days[1], said, (first, second)))
    return found


def parties(fields: Fields) -> list[Check]:
    """Return whether the identifiers of the parties are valid and fit each other."""
    found = []
    for role in _ROLES:
        for kind, valid in _KINDS.items():
            name = f"{role}_{kind}"
            text = _text(fields, name)
            # The numbers of other countries have rules that are not known here.
            if text and (kind != "vat_id" or vat_rates.country_of(text) not in (None, "LI")):
                passed = valid(text) is not None
                detail = text if passed else f"{text} has a wrong form or check digit"
                found.append(Check("identifier", passed, detail, (name,)))
        siren = _text(fields, f"{role}_siren")
        for kind in ("siret", "vat_id"):
            text = _text(fields, f"{role}_{kind}")
            inside = identifiers.siren_of(text)
            if siren and inside:
                names = (f"{role}_siren", f"{role}_{kind}")
                said = f"{siren}, {text}"
                found.append(Check(f"siren_in_{kind}", inside == siren, said, names))
    return found


class _Invoice:
    """The numbers of one invoice, and the rules on them."""

    def __init__(self, fields: Fields, tables: Tables) -> None:
        self._fields = fields
        self._tables = tables
        self._rows = [
            row
            for row in tables.get("lines", ())
            if str(row.values.get("line_type", "")).upper() not in _UNCOUNTED
        ]
        sources = {f.source for name, f in fields.items() if name.endswith("amount")}
        self._strict = sources == {"embedded"}
        currency = _text(fields, "currency")
        amounts = [f.value for f in fields.values() if isinstance(f.value, float)]
        self._unit = sums.unit_of(currency, amounts)

    def lines(self) -> list[Check]:
        """Return a check for each line that has quantity, price and amount, and for their sum."""
        found = []
        taxed = self._taxed_lines()
        for place, row in enumerate(self._tables.get("lines", ()), 1):
            amount, quantity, price = (_cell(row, n) for n in ("amount", "quantity", "unit_price"))
            if amount is None or quantity is None or price is None:
                continue
            base, discount = _cell(row, "base_quantity") or 1.0, _cell(row, "discount") or 0.0
            passed = sums.line(amount, quantity, price, base, discount)
            said = f"{quantity:g} * {price:g}" + (f" / {base:g}" if base != 1 else "")
            said += f" - {discount:g}" if discount else ""
            if taxed and not passed:
                passed, said = True, f"{said} + tax"
            said = f"{said} {'=' if passed else '!='} {_money(amount)}"
            found.append(Check("line_amount", passed, said, ("lines",), place))
        told = self._number("lines_amount")
        if told is not None and self._rows:
            found += self._sum("lines_sum", self._rows, told, ("lines", "lines_amount"))
        return found

    def _taxed_lines(self) -> bool:
        """Return whether print gives prices without tax, and amounts of lines with it."""
        net, total = self._number("net_amount"), self._number("total_amount")
        if self._strict or net is None or total is None or net == total or not self._rows:
            return False
        amounts = prices = 0.0
        for row in self._rows:
            amount, quantity, price = (_cell(row, n) for n in ("amount", "quantity", "unit_price"))
            if amount is None or quantity is None or price is None:
                return False
            amounts, prices = amounts + amount, prices + quantity * price
        close = (sums.equal(amounts, total, self._unit), sums.equal(prices, net, self._unit))
        return close == (True, True)

    def adjustments(self) -> list[Check]:
        """Return whether allowances and charges are their share and add up to their sums."""
        found = []
        rows = self._tables.get("adjustments", ())
        for name, field, kinds in (
            ("allowances_sum", "discount", {"allowance"}),
            ("charges_sum", "charges", {"charge", "shipping"}),
        ):
            told = self._number(field)
            chosen = [row for row in rows if row.values.get("kind") in kinds]
            if told is not None and chosen:
                found += self._sum(name, chosen, told, (field,))
        for place, row in enumerate(rows, 1):
            base, percent, amount = (_cell(row, name) for name in ("base", "percent", "amount"))
            if base is not None and percent is not None and amount is not None:
                passed = sums.tax(base, percent, amount, unit=self._unit)
                said = f"{_money(base)} * {percent:g} %"
                check = _sum_check(
                    "adjustment_amount", passed, said, amount, ("adjustments",), place
                )
                found.append(check)
        return found

    def net(self) -> list[Check]:
        """Return whether the lines, less allowances, with charges, make the net amount."""
        net, start = self._number("net_amount"), self._number("lines_amount")
        amounts = [_cell(row, "amount") for row in self._rows]
        whole = [amount for amount in amounts if amount is not None]
        if net is None or (start is None and not whole):
            return []
        names = ("lines" if start is None else "lines_amount", "net_amount")
        parts = len(whole) if start is None else 0
        start = sum(whole) if start is None else start
        discount, charges = self._number("discount") or 0.0, self._number("charges") or 0.0
        if self._strict:
            passed = sums.equal(net, start - discount + charges, self._unit)
            said = f"{_money(start)} - {_money(discount)} + {_money(charges)}"
            return [_sum_check("net_amount", passed, said, net, names)]
        extras = self._extras("shipping", "charges", "tip", "discount")
        passed = sums.total(net, start, extras, self._unit, parts)
        gross = self._number("total_amount")
        if passed is not True and gross is not None:
            # Shops print their lines with the tax inside.
            passed = sums.total(gross, start, extras, self._unit, parts) or passed
        return [_sum_check("net_amount", passed, _money(start), net, names)]

    def vat(self) -> list[Check]:
        """Return whether each tax is its rate of its base, and whether taxes and bases add up."""
        rows = self._tables.get("vat", ())
        found = []
        for place, row in enumerate(rows, 1):
            base, rate, amount = (_cell(row, name) for name in ("base", "rate", "amount"))
            if base is None or rate is None or amount is None:
                continue
            passed = sums.tax(base, rate, amount, max(1, len(self._rows)), self._unit)
            said = f"{_money(base)} * {rate:g} %"
            found.append(_sum_check("vat_amount", passed, said, amount, ("vat",), place))
        tax, net = self._number("total_tax_amount"), self._number("net_amount")
        if rows and tax is not None:
            found += self._sum("vat_sum", rows, tax, ("vat", "total_tax_amount"))
        bases = [base for base in (_cell(row, "base") for row in rows) if base is not None]
        if bases and net is not None and len(bases) == len(rows):
            passed = sums.equal(net, sum(bases), self._unit, len(bases))
            if passed is False and not self._strict and sum(bases) < net:
                passed = None  # print leaves out what is not taxed
            said = " + ".join(map(_money, bases))
            found.append(_sum_check("vat_base", passed, said, net, ("vat", "net_amount")))
        return found

    def totals(self) -> list[Check]:
        """Return whether net, tax, total, what was paid and what is due fit."""
        net, tax = self._number("net_amount"), self._number("total_tax_amount")
        total, due = self._number("total_amount"), self._number("amount_due")
        paid, rounding = self._number("amount_paid"), self._number("rounding") or 0.0
        found = []
        if net is not None and total is not None:
            names = ("net_amount", "total_tax_amount", "total_amount")
            extras = [] if self._strict else self._extras("shipping", "charges", "tip", "discount")
            extras += [] if self._strict else [rounding]
            passed = sums.total(total, net + (tax or 0.0), extras, self._unit)
            if tax is None and passed is False:
                passed = None
            said = f"{_money(net)} + {'?' if tax is None else _money(tax)}"
            found.append(_sum_check("total_amount", passed, said, total, names))
        if total is not None and due is not None:
            names = ("total_amount", "amount_paid", "amount_due")
            extras = [] if self._strict else self._extras("tip")
            start = total - (paid or 0.0) + rounding
            passed = sums.total(due, start, extras, self._unit)
            if paid is None and passed is False:
                passed = None
            said = f"{_money(total)} - {'?' if paid is None else _money(paid)}"
            found.append(_sum_check("amount_due", passed, said, due, names))
        return [*found, *self._foreign(tax)]

    def rates(self) -> list[Check]:
        """Return whether the rates were legal on the day of invoice or delivery."""
        named = (
            _text(self._fields, name)
            for name in ("supplier_country", "supplier_vat_id", "receiver_country")
        )
        countries = {known for text in named if text and (known := vat_rates.country_of(text))}
        at = ("invoice_date", "delivery_date", "period_start", "period_end")
        days = [day for day in (_day(self._fields, name) for name in at) if day]
        found: list[Check] = []
        if not countries:
            return found
        for table, column in (("vat", "rate"), ("lines", "tax_rate")):
            rows = [r for r in self._tables.get(table, ()) if r.values.get("tax", "VAT") == "VAT"]
            for rate in sorted({rate for rate in (_cell(r, column) for r in rows) if rate}):
                passed = vat_rates.legal(abs(rate), countries, days)
                said = f"{rate:g} % in {', '.join(sorted(countries))}"
                said += "" if passed is not None else ", legal only before the dates given"
                found.append(Check("vat_rate", passed, said, (table,)))
        return found

    def _foreign(self, tax: float | None) -> list[Check]:
        told, rate = self._number("tax_in_tax_currency"), self._number("exchange_rate")
        if tax is None or told is None or rate is None:
            return []
        passed = sums.equal(told, tax * rate, 2 * sums.CENT)
        names = ("total_tax_amount", "exchange_rate", "tax_in_tax_currency")
        return [_sum_check("tax_currency", passed, f"{_money(tax)} * {rate:g}", told, names)]

    def _sum(
        self, name: str, rows: Sequence[Line], told: float, names: tuple[str, ...]
    ) -> list[Check]:
        amounts = [_cell(row, "amount") for row in rows]
        whole = [amount for amount in amounts if amount is not None]
        if not whole:
            return []
        # A row that tells a number but no amount leaves the sum open; a row of text does not.
        open_rows = [row for row in rows if _cell(row, "amount") is None and _counts(row)]
        passed = sums.equal(told, sum(whole), self._unit, len(whole))
        passed = None if open_rows and not passed else passed
        said = " + ".join(map(_money, whole)) if len(whole) < 6 else f"sum of {len(whole)} rows"
        return [_sum_check(name, passed, said, told, names)]

    def _extras(self, *names: str) -> list[float]:
        """Return the amounts that print may count in or not; rebates lower."""
        given = {name: self._number(name) for name in names}
        return [-v if name == "discount" else v for name, v in given.items() if v]

    def _number(self, name: str) -> float | None:
        value = self._fields[name].value if name in self._fields else None
        return float(value) if isinstance(value, float | int) else None


def _sum_check(
    name: str,
    passed: bool | None,
    said: str,
    told: float,
    names: tuple[str, ...],
    line: int | None = None,
) -> Check:
    sign = "=" if passed else "!="
    return Check(name, passed, f"{said} {sign} {_money(told)}", names, line)


def _counts(row: Line) -> bool:
    return any(_cell(row, name) is not None for name in ("quantity", "unit_price", "rate", "base"))


def _cell(row: Line, name: str) -> float | None:
    value = row.values.get(name)
    return float(value) if isinstance(value, float | int) else None


def _text(fields: Fields, name: str) -> str:
    return str(fields[name].value or "") if name in fields else ""


def _day(fields: Fields, name: str) -> date | None:
    try:
        return date.fromisoformat(_text(fields, name))
    except ValueError:
        return None  # a month without a day, or no date


def _money(value: float) -> str:
    return f"{value:.2f}"
