"""Forms 2050 to 2053 on paper: rows with boxes, their codes, and the year before."""

from __future__ import annotations

from functools import cache
from typing import Any

from specimens.liasse import Accounts, net_of, number
from specimens.payroll import HELD
from specimens.pen import Pen

_TITLES = {
    "2050": ("BILAN - ACTIF", "DGFiP N° 2050-SD"),
    "2051": ("BILAN - PASSIF avant répartition", "DGFiP N° 2051-SD"),
    "2052": ("COMPTE DE RÉSULTAT DE L'EXERCICE (en liste)", "DGFiP N° 2052-SD"),
    "2053": ("COMPTE DE RÉSULTAT DE L'EXERCICE (suite)", "DGFiP N° 2053-SD"),
}


@cache
def _rows(form: str) -> list[tuple[str, ...]]:
    from socle.sources.liasse import facts

    return [tuple(row) for row in facts()[form]["rows"]]


def draw(made: Accounts) -> None:
    """Draw the four forms and record what is filled."""
    layout = made.layout
    size = layout.choose("size", [6.5, 7.0, 7.5])
    pen = Pen(595, 842, layout.choose("family", ["Helvetica", "Times", "DejaVuSans", "Courier"]),
              size, margin=24, bottom=830)  # fmt: skip
    for place, form in enumerate(_TITLES):
        if place:
            pen.turn()
        _head(made, pen, form)
        (_assets if form == "2050" else _list)(made, pen, form)
    made.truth["total_assets"] = float(made.now["CO"] - made.now.get("1A", 0))
    made.truth["total_liabilities"] = float(made.now["EE"])
    made.truth["result"] = float(made.now["HN"])
    made.pdf = pen.pdf()


def _head(made: Accounts, pen: Pen, form: str) -> None:
    layout, firm, end = made.layout, made.company, made.year_end
    held = layout.number >= HELD
    title, mark = _TITLES[form]
    pen.text(297, 18, title, "b", pen.size + 3, "centre")
    pen.text(571, 18, mark, "", pen.size, "right")
    if layout.chance("duplicate", 0.3):
        pen.text(24, 18, "Formulaire obligatoire (article 53 A du CGI)", "", 5.5)
    names = ["Désignation de l'entreprise :", "Désignation de l'entreprise"]
    names += ["Dénomination de l'entreprise :", "Désignation de l'entreprise *"] if held else []
    pen.text(24, 40, f"{layout.choose('firm', names)} {firm.name}")
    made.truth["company_name"] = " ".join(firm.name.split())
    siret = firm.siret
    siret = layout.choose("siret", [siret, " ".join(siret), f"{siret[:9]} {siret[9:]}"])
    pen.text(24, 54, f"Numéro SIRET * {siret}")
    made.truth["siren"] = firm.siret[:9]
    day = layout.choose("day", [end.strftime("%d/%m/%Y"), " ".join(end.strftime("%d%m%Y")),
                                end.strftime("%d%m%Y")])  # fmt: skip
    closed = ["Exercice N clos le : {}", "Exercice N, clos le {}"]
    closed += ["Exercice N clos le, {}", "Exercice clos le {}"] if held else []
    pen.text(340, 54, layout.choose("closed", closed).format(day))
    pen.y = 74


def _assets(made: Accounts, pen: Pen, form: str) -> None:
    layout, size = made.layout, pen.size
    wide = layout.choose("wide", [70, 76])
    gross, code = 240, 14
    places = {"gross": gross + wide, "depreciation": gross + 2 * wide + code,
              "net": gross + 3 * wide + code, "previous": gross + 4 * wide + code + 4}  # fmt: skip
    previous = layout.chance("previous", 0.75)
    for name, text in (("gross", "Brut"), ("depreciation", "Amortissements, provisions"),
                       ("net", "Net"), ("previous", "Exercice N-1 Net")):  # fmt: skip
        if name != "previous" or previous:
            pen.text(places[name], pen.y, text, "", size - 1, "right")
    pen.y += 1.8 * size
    pitch = _pitch(pen, len(_rows(form)))
    for label, *codes in _rows(form):
        told = dict.fromkeys(places)
        told["gross"] = made.now.get(codes[0])
        told["net"] = net_of(made.now, codes[0])
        told["previous"] = net_of(made.before, codes[0]) if previous else None
        if len(codes) > 1:
            told["depreciation"] = made.now.get(codes[1])
        strong = label.startswith("TOTAL")
        _label(pen, label, gross - 40, strong)
        pen.text(gross + layout.choose("code.shift", [0, 2]) - 14, pen.y, codes[0], "b" if
                 layout.chance("code.bold", 0.5) else "", size - 0.5)  # fmt: skip
        if len(codes) > 1:
            pen.text(places["gross"] + 4, pen.y, codes[1], "", size - 0.5)
        for name, value in told.items():
            if value is not None:
                pen.text(places[name], pen.y, number(layout, value), "", size, "right")
        if layout.chance("ruled", 0.6):
            pen.rule(22, pen.y + 1.15 * size, 573, 0.3)
        _record(made, codes[0], label, told)
        for code_, value in zip(codes, (told["gross"], told["depreciation"]), strict=False):
            if value is not None:
                made.truth[f"box_{code_.lower()}"] = float(value)
        pen.y += pitch


def _list(made: Accounts, pen: Pen, form: str) -> None:
    layout, size = made.layout, pen.size
    previous = layout.chance("previous", 0.75)
    now, then = (471.0, 565.0) if previous else (545.0, 0.0)
    shift = layout.choose("code.shift", [0, 2])
    pen.text(
        now, pen.y, layout.choose("n", ["Exercice N", "Exercice N (total)"]), "", size - 1, "right"
    )
    if previous:
        pen.text(then, pen.y, "Exercice (N-1)", "", size - 1, "right")
    pen.y += 1.8 * size
    pitch = _pitch(pen, len(_rows(form)))
    for label, *codes in _rows(form):
        main = codes[0]
        _label(pen, label, 180 if len(codes) > 1 else now - 110, label.isupper())
        for code, right in zip(codes[1:], (now - 170, now - 85), strict=False):
            pen.text(right - 58, pen.y, code, "", size - 0.5)
            if code in made.now:
                pen.text(right - 4, pen.y, number(layout, made.now[code]), "", size, "right")
                made.truth[f"box_{code.lower()}"] = float(made.now[code])
        pen.text(now - 74 + shift, pen.y, main, "", size - 0.5)
        value, old = made.now.get(main), made.before.get(main) if previous else None
        if value is not None:
            pen.text(now, pen.y, number(layout, value), "", size, "right")
            made.truth[f"box_{main.lower()}"] = float(value)
        if old is not None:
            pen.text(then, pen.y, number(layout, old), "", size, "right")
        if layout.chance("ruled", 0.6):
            pen.rule(22, pen.y + 1.15 * size, 573, 0.3)
        _record(made, main, label, {"net": value, "previous": old},
                any(c in made.now for c in codes))  # fmt: skip
        pen.y += pitch


def _pitch(pen: Pen, count: int) -> float:
    return min(2.0 * pen.size, (815 - pen.y) / count)


def _label(pen: Pen, label: str, room: float, strong: bool) -> None:
    size = pen.size
    while pen.measure(label, "b" if strong else "", size) > room - 24 and size > 4:
        size -= 0.25
    pen.text(24, pen.y, label, "b" if strong else "", size)


def _record(
    made: Accounts, box: str, label: str, told: dict[str, Any], filled: bool = False
) -> None:
    if filled or any(value is not None for value in told.values()):
        values = {k: None if v is None else float(v) for k, v in told.items()}
        made.truth["lines"].append({"box": box, "label": label, **values})
