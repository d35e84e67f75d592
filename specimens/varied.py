"""Specimens varied after they were drawn: blocks of addresses as they occur elsewhere.

The words of a page are moved, not its picture; so this is for training on words alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from socle.pages import Document, Page, Word
from socle.pages.rows import Cell, Row, rows_of

_WORDS = (
    *("Kenanga", "Melati", "Sentosa", "Damai", "Perdana", "Indah", "Mawar", "Cempaka", "Seroja"),
    *("Bukit Tinggi", "Permai", "Harmoni", "Utara", "Sri Aman", "Wawasan", "Anggerik", "Bayu"),
)
_TOWNS = ("Ipoh", "Melaka", "Kajang", "Seremban", "Kuantan", "Batu Caves", "Sungai Petani")
_STATES = ("Perak", "Selangor", "Pahang", "Kedah", "Johor", "Negeri Sembilan", "Selangor D.E.")
_FIRST = (
    *("No. {n}, Jalan {w} {n}/{n}", "Lot {k} & {k}-A, Jalan {w}", "{n}-{n}, Jln {w} {n}"),
    *("Level {n}, Wisma {w}", "Unit G-{n}, {w} Mall", "No.{n}, Jalan {w}", "S{k}, Second Floor"),
    *("Suite {n}.0{n}, Menara {w}", "{n}G & {n}A, Jalan PJS {n}/{n}", "Lot P.T. {k}, Jalan {w}"),
)
_MIDDLE = (
    *("Taman {w}", "Bandar {w}", "Kawasan Perindustrian {w}", "Seksyen {n}", "Pusat Bandar {w}"),
    *("{w} Shopping Centre", "Off Jalan {w}", "{w} Industrial Park", "Jalan {w} {n}", "Phase {n}"),
)
_PEOPLE = (
    *("Claire Vasseur", "Mr. Owen Prior", "Jens Aldinger", "Mme Odile Perrin", "Nadia Ferrand"),
    *("Service comptabilité", "Accounts Payable", "Buchhaltung", "Frau Ines Dorn", "Paul Greene"),
    *("z. Hd. Herrn Kuhl", "Herr Timo Seidel", "Direction des achats", "Purchasing Dept."),
)


_NUMBERS = (
    *("Kunden-Nr.", "Kundennummer", "Lieferschein-Nr", "Lieferscheinnummer", "Auftrags-Nr.", "GLN"),
    *(
        "Lief-Nr",
        "Ursprungsbeleg-Nr",
        "Angebots-Nr.",
        "Projekt-Nr.",
        "Vertragsnummer",
        "Objekt-Nr.",
    ),
    *("Reklamationsnummer", "Globale Nummer", "Steuernummer", "Kostenstelle", "Referenz", "HRB"),
    *("Code client", "N° client", "Réf. interne", "N° dossier", "Réf. marché", "N° contrat", "GLN"),
    *(
        "N° BL",
        "Devis n°",
        "Affaire n°",
        "N° d'abonné",
        "Facture d'origine n°",
        "N° affaire",
        "APE",
    ),
    *(
        "Customer No.",
        "Account number",
        "Delivery note no.",
        "Quote #",
        "Our ref",
        "Job No.",
        "SKU",
    ),
    *(
        "Contract No.",
        "Original invoice no.",
        "Tracking no.",
        "Registration No.",
        "Ref.",
        "Member ID",
    ),
)
_DAYS = (
    *("Bestell-Datum", "Bestelldatum", "Auftragsdatum", "Lieferscheindatum", "Druckdatum", "Stand"),
    *("Angebotsdatum", "Buchungsdatum", "Vertragsbeginn", "Skonto bis", "Rechnung vom", "Eingang"),
    *("Date de commande", "Date du devis", "Imprimé le", "Date d'impression", "Devis du", "BL du"),
    *("Commande du", "Début de contrat", "Valable jusqu'au", "Date de la demande", "Relevé du"),
    *("Order date", "Quote date", "Print date", "Period start", "Contract date", "Valid until"),
    *(
        "PO date",
        "Statement of",
        "Delivery note date",
        "Date ordered",
        "Start date",
        "Original date",
    ),
)
_HEADS = ("Nummer", "Number", "Numéro", "N°", "No.", "Nr.", "ID", "GLN", "Globale Nummer", "Code")


def varied(
    document: Document, truth: dict[str, Any], kind: str, rng: np.random.Generator
) -> tuple[Document, dict[str, Any]]:
    """Return a specimen with other lines in its blocks of addresses, and its truth.

    Receipts get addresses of several lines and a number of registration behind the name; buyers
    of invoices get a person or an office below their name.

    Args:
        document: as `reading.words` gives it.
        truth: of the specimen; it is not changed.
        kind: `receipt` or another.
        rng: what is changed follows from it.
    """
    page = document.pages[0]
    told = dict(truth)
    if kind == "receipt":
        changed = _long_address(page, told, rng)
    else:
        changed = _person(page, told, rng)
        changed = _numbered(changed, told, rng)
        for _ in range(int(rng.integers(0, 4))):
            changed = _reference(changed, told, rng)
    return replace(document, pages=(changed, *document.pages[1:])), told


def _long_address(page: Page, truth: dict[str, Any], rng: np.random.Generator) -> Page:
    rows = rows_of(page.words)
    known = _letters(str(truth.get("supplier_address", "")))
    old = [row for row in rows[:10] if len(row.text) > 3 and _letters(row.text) in known]
    if not old or rng.random() < 0.35:
        return page
    lines = _address(rng)
    lead = 1.3 * (old[0].box[3] - old[0].box[1])
    top, bottom = old[0].box[1], old[-1].box[3]
    gone = {id(word) for row in old for word in row.words}
    by = top + len(lines) * lead - bottom
    words = [
        word if word.box[1] < bottom - 0.1 * lead else _moved(word, by)
        for word in page.words
        if id(word) not in gone
    ]
    middle = (old[0].box[0] + old[0].box[2]) / 2
    for place, line in enumerate(lines):
        words += _line(line, old[0], (middle, top + place * lead), centred=True)
    truth["supplier_address"] = " ".join(lines)
    return replace(page, words=tuple(_registered(words, rows[0], rng)), height=page.height + by)


def _address(rng: np.random.Generator) -> list[str]:
    """Return three to six lines as receipts in Malaysia print them."""

    def filled(form: str) -> str:
        while "{" in form:
            form = form.replace("{n}", str(rng.integers(1, 60)), 1)
            form = form.replace("{k}", str(rng.integers(100, 3000)), 1)
            form = form.replace("{w}", str(rng.choice(_WORDS)), 1)
        return form

    count = int(rng.integers(1, 4))
    parts = [filled(str(rng.choice(_FIRST)))]
    parts += [filled(str(form)) for form in rng.choice(_MIDDLE, count, replace=False)]
    town = f"{rng.integers(10000, 99999)} {rng.choice(_TOWNS)}"
    state = str(rng.choice(_STATES))
    parts += [f"{town}, {state}"] if rng.random() < 0.5 else [town, state]
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) < 34 and rng.random() < 0.3:
            lines[-1] += (", " if rng.random() < 0.7 else ",") + part
        else:
            lines[-1] += "," if rng.random() < 0.8 else ""
            lines.append(part)
    lines[-1] += str(rng.choice(["", ".", ""]))
    return [line.upper() for line in lines] if rng.random() < 0.5 else lines


def _registered(words: list[Word], name: Row, rng: np.random.Generator) -> list[Word]:
    """Add a number of registration behind the name, or below it."""
    roll = rng.random()
    if roll > 0.4:
        return words
    number = f"({rng.integers(100000, 999999)}-{rng.choice(list('ADHKMPTVWX'))})"
    last = name.words[-1]
    high = last.box[3] - last.box[1]
    if roll < 0.2:
        left = last.box[2] + 0.3 * high
        box = (left, last.box[1], left + 0.55 * high * len(number), last.box[3])
        return [*words, replace(last, text=number, box=box)]
    moved = [w if w.box[1] < name.box[3] - 0.1 * high else _moved(w, 1.2 * high) for w in words]
    text = f"{rng.choice(['Co. Reg. No.:', 'Company No.', 'ROC NO :', ''])} {number}".strip()
    middle = (name.box[0] + name.box[2]) / 2
    return [*moved, *_line(text, name, (middle, name.box[3] + 0.1 * high), centred=True)]


def _person(page: Page, truth: dict[str, Any], rng: np.random.Generator) -> Page:
    """Put a person or an office below the buyer's name."""
    name = _cell(page, str(truth.get("receiver_name", "")))
    if name is None or rng.random() < 0.6:
        return page
    return _inserted(page, name, str(rng.choice(_PEOPLE)))


def _numbered(page: Page, truth: dict[str, Any], rng: np.random.Generator) -> Page:
    """Put a number of the buyer or seller above or below its name, as e-invoices print them."""
    role = "receiver" if rng.random() < 0.6 else "supplier"
    name = _cell(page, str(truth.get(f"{role}_name", "")))
    if name is None or rng.random() < 0.75:
        return page
    label = str(rng.choice(_HEADS if rng.random() < 0.5 else _NUMBERS))
    text = f"{label}{rng.choice([':', ' :', ''])} {_number(rng)}"
    return _inserted(page, name, text, above=bool(rng.random() < 0.6))


def _reference(page: Page, truth: dict[str, Any], rng: np.random.Generator) -> Page:
    """Put a number or a date that is no field below the number of the invoice."""
    at = _cell(page, str(truth.get("invoice_id", "")), within=True)
    if at is None or rng.random() < 0.3:
        return page
    dated = rng.random() < 0.4
    label = str(rng.choice(_DAYS if dated else _NUMBERS))
    value = _day(rng) if dated else _number(rng)
    row = next(row for row in rows_of(page.words) if at.words[0] in row.words)
    left = [c for c in row.cells if c.box[2] <= at.box[0]]
    if len(at.words) == 1 and left:
        made = _inserted(page, left[-1], f"{label}{rng.choice([':', '', ' :'])}", beside=at)
        if made is page:
            return page
        top = left[-1].box[1] + (made.words[-1].box[1] - left[-1].box[1])
        cell = Row(at.words)
        words = [*made.words, *_line(value, cell, (at.box[0], top), centred=False)]
        return replace(made, words=tuple(words))
    return _inserted(page, at, f"{label} {rng.choice([':', ''])} {value}")


def _number(rng: np.random.Generator) -> str:
    digits = "".join(str(d) for d in rng.integers(0, 10, int(rng.integers(3, 14))))
    forms = ("{d}", "{d}", "{d}", "K{d}", "R{d}", "C-{d}", "{d}-1", "AB{d}", "20{d}", "{d}/24")
    return str(rng.choice(forms)).format(d=digits)


def _day(rng: np.random.Generator) -> str:
    day, month, year = rng.integers(1, 29), rng.integers(1, 13), rng.integers(2010, 2026)
    forms = ("{d:02}.{m:02}.{y}", "{d:02}/{m:02}/{y}", "{y}-{m:02}-{d:02}", "{d:02}-{m:02}-{y}")
    return str(rng.choice(forms)).format(d=int(day), m=int(month), y=int(year))


def _cell(page: Page, text: str, within: bool = False) -> Cell | None:
    """Return the first cell that says a text, or that ends with it."""
    known = _letters(text)
    if len(known) < 3:
        return None
    for row in rows_of(page.words):
        for cell in row.cells:
            said = _letters(cell.text)
            if said == known or (within and said.endswith(known)):
                return cell
    return None


def _inserted(
    page: Page, cell: Cell, text: str, above: bool = False, beside: Cell | None = None
) -> Page:
    """Return the page with a line below or above a cell, where its block has room to move.

    Args:
        page: where it goes.
        cell: of the line before it, or behind it.
        text: of the line.
        above: whether it takes the place of the cell.
        beside: a second column of the block, which moves with the first.
    """
    high = cell.box[3] - cell.box[1]
    lefts = [cell.box[0], *([] if beside is None else [beside.box[0]])]
    every = [other for row in rows_of(page.words) for other in row.cells]
    column = sorted(
        (c for c in every if c.box[1] > cell.box[1] + 0.5 * high
         and any(abs(c.box[0] - left) < 0.5 * high for left in lefts)),
        key=lambda other: other.box[1],
    )  # fmt: skip
    block: list[Cell] = [cell] if above else []
    at = cell.box[3]
    for other in column:
        if other.box[1] - at > 0.9 * high:
            break
        block.append(other)
        at = max(at, other.box[3])
    lead = 1.3 * high
    first = [other for other in block if other is not cell]
    if first:
        lead = min(2.2 * high, max(1.1 * high, first[0].box[1] - cell.box[1]))
    wide = max(
        [cell.box[2], *(o.box[2] for o in block), *([] if beside is None else [beside.box[2]])]
    )
    moving = {id(word) for other in block for word in other.words}
    held = any(
        at < word.box[1] < at + 1.3 * lead and word.box[2] > cell.box[0] and word.box[0] < wide
        for word in page.words if id(word) not in moving
    )  # fmt: skip
    if held:
        return page
    words = [_moved(word, lead) if id(word) in moving else word for word in page.words]
    top = cell.box[1] if above else cell.box[1] + lead
    words += _line(text, Row(cell.words), (cell.box[0], top), centred=False)
    return replace(page, words=tuple(words))


def _line(text: str, like: Row, at: tuple[float, float], centred: bool) -> Sequence[Word]:
    """Return the words of a line of print as large as another, from a place or centred at it."""
    high = like.box[3] - like.box[1]
    step = max(0.35 * high, (like.box[2] - like.box[0]) / max(1, len(like.text)))
    left = at[0] - step * len(text) / 2 if centred else at[0]
    made = []
    for word in text.split():
        right = left + step * len(word)
        made.append(replace(like.words[0], text=word, box=(left, at[1], right, at[1] + high)))
        left = right + step
    return made


def _moved(word: Word, by: float) -> Word:
    left, top, right, bottom = word.box
    return replace(word, box=(left, top + by, right, bottom + by))


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
