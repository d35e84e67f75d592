"""Measure the header fields that are read from invoices and receipts, the embedded XML hidden.

    python benchmarks/invoices.py ../shared/data/documents
    python benchmarks/invoices.py ../shared/data/documents --cache words

Sets: e-invoices (truth: their XML), invoice2data (its expected results), SROIE (always OCR), and
generated documents of layouts that nothing is trained or tuned on (from 70 000 on). A field is
right, wrong, absent, or spurious (told where the truth has none: counted as wrong). Text agrees
without case, accents, spaces and marks, names of parties also without legal forms (SARL, GmbH).
Values of the XML that do not stand on the page (`hidden`) cannot be read: F1 is told with and
without them, and what F1 would be were all others right. Intervals are bootstraps over suppliers.
"""

from __future__ import annotations

import argparse
import json
import pickle
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from measure import keep

from socle import plugins
from socle.documents import open_document
from socle.pages import Document
from socle.readers import Settings
from socle.readings import Reading
from socle.sources import einvoice
from socle.sources.ladder import settle
from socle.values.amounts import amounts_in
from socle.values.dates import dates_in, parse_date

_FIRST = 70_000
_XML = (
    *("invoice_id", "invoice_date", "due_date", "currency", "supplier_name", "supplier_vat_id"),
    *("supplier_iban", "receiver_name", "net_amount", "total_tax_amount", "total_amount"),
    "amount_due",
)
_PRINT_ONLY = frozenset({"due_date", "supplier_vat_id", "supplier_iban"})
"""Fields that print often tells and XML leaves out: no mistake."""
INVOICE2DATA = {
    "amount": "total_amount", "amount_untaxed": "net_amount", "amount_tax": "total_tax_amount",
    "date": "invoice_date", "date_due": "due_date", "invoice_number": "invoice_id",
    "currency": "currency", "partner_name": "supplier_name", "vat": "supplier_vat_id",
    "static_vat": "supplier_vat_id", "iban": "supplier_iban", "partner_email": "supplier_email",
    "telephone": "supplier_phone", "siren": "supplier_siren",
}  # fmt: skip
_FORM = re.compile(
    r"(?i)[\s,]+(?:s\.?a\.?r\.?l|s\.?a\.?s\.?u?|s\.?a|eurl|snc|sci|gmbh|ag|kg|ohg|gbr|ug|mbh|e\.?k|"
    r"ltd|limited|llc|inc|plc|b\.?v|nv|s\.?r\.?l|s\.?p\.?a|sdn|bhd|pte)\.?(?=[\s,]|$)"
)
"""Legal forms of companies behind their names."""
_UNSIGNED = frozenset({"discount", "amount_paid"})
"""Papers print these with either sign."""
_SHARE = 0.995


@dataclass(frozen=True)
class Case:
    """A document with its truth.

    Attributes:
        closed: fields that are wrong when they are told without a truth.
    """

    name: str
    supplier: str
    document: Document
    truth: Mapping[str, Any]
    closed: frozenset[str]
    kind: str = "invoice"


@dataclass(frozen=True)
class Told:
    """What became of one field: right, wrong, absent or spurious."""

    supplier: str
    document: str
    field: str
    outcome: str
    hidden: bool
    confidence: float


def e_invoices(folder: Path) -> Iterator[Case]:
    """Yield the shared e-invoices without their XML."""
    for path in sorted((folder / "factur-x-invoices").glob("*.pdf")):
        document = open_document(path)
        found = einvoice.search(document.attachments)
        if found is None:
            continue
        truth = {name: found.fields[name].value for name in _XML if name in found.fields}
        complete(truth)
        bare = replace(document, attachments={})
        closed = frozenset(_XML) - _PRINT_ONLY
        yield Case(path.stem, str(truth.get("supplier_name")), bare, truth, closed)


def complete(truth: dict[str, Any]) -> None:
    """Add the sums that follow from those of the truth, as EN 16931 defines them.

    Tax is what the total has more than the net amount (BR-CO-15), and due is what is not paid of it
    (BR-CO-16); older e-invoices need not say so, and paper often does not.
    """
    net, tax, total = (truth.get(n) for n in ("net_amount", "total_tax_amount", "total_amount"))
    if total is None:
        return
    if tax is None and net is not None:
        truth["total_tax_amount"] = round(total - net, 2)
    if net is None and tax is not None:
        truth["net_amount"] = round(total - tax - truth.get("tip", 0.0), 2)
    truth.setdefault("amount_due", round(total - truth.get("amount_paid", 0.0), 2))


def invoice2data(folder: Path) -> Iterator[Case]:
    """Yield the documents of invoice2data."""
    for path in sorted((folder / "invoice2data").glob("*.pdf")):
        told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))[0]
        truth = {INVOICE2DATA[k]: v for k, v in told.items() if k in INVOICE2DATA}
        yield Case(path.stem, path.stem, open_document(path), truth, frozenset())


def sroie(folder: Path) -> Iterator[Case]:
    """Yield the receipts."""
    for path in sorted((folder / "sroie-receipts").glob("*.jpg")):
        told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        day = parse_date(told["date"])
        truth = {
            "total_amount": float(re.sub(r"[^\d.]", "", told["total"])),
            "invoice_date": day.isoformat() if day else told["date"],
            "supplier_name": told["company"],
            "supplier_address": told["address"],
        }
        document = open_document(path)
        yield Case(path.stem, told["company"], document, truth, frozenset(), "receipt")


def generated(count: int, noise: float) -> Iterator[Case]:
    """Yield invented documents."""
    from specimens import reading
    from specimens.invoices import make

    for number in range(_FIRST, _FIRST + count):
        rng = np.random.default_rng(number)
        specimen = make(rng, layout=number)
        document = reading.words(specimen)
        if noise:
            document = reading.noisy_document(document, rng, noise)
        truth = {k: v for k, v in specimen.truth.items() if k not in ("vat", "lines")}
        kind = "receipt" if specimen.kind == "receipt" else "invoice"
        due = truth.get("amount_due")
        complete(truth)
        if kind == "receipt" and due is None:
            del truth["amount_due"]
        closed = frozenset(truth) | frozenset(_XML)
        yield Case(str(number), str(number), document, truth, closed, kind)


def recognised(case: Case, cache: Path | None) -> Case:
    """Return the case with the words that OCR reads on its rendered pages, from a cache if any."""
    place = cache / f"{case.name}.pickle" if cache else None
    if place and place.exists():
        pages = pickle.loads(place.read_bytes())
        return replace(case, document=replace(case.document, pages=pages))
    blank = tuple(replace(page, words=(), source="none") for page in case.document.pages)
    document = settle(replace(case.document, pages=blank, form={}))
    if place:
        place.parent.mkdir(parents=True, exist_ok=True)
        bare = tuple(replace(page, render=None) for page in document.pages)
        place.write_bytes(pickle.dumps(bare))
    return replace(case, document=document)


def judged(case: Case, read: Reading) -> Iterator[Told]:
    """Yield what became of each field."""
    shown = _Shown(case.document)
    for name in sorted(set(case.truth) | case.closed):
        truth, field = case.truth.get(name), read.fields.get(name)
        if name == "amount_paid" and not truth:
            truth = None
        if truth is None and (field is None or name not in case.closed):
            continue
        hidden = truth is not None and not shown(name, truth)
        if field is None:
            outcome = "absent"
        elif truth is None:
            outcome = "spurious"
        else:
            outcome = "right" if same(name, field.value, truth) else "wrong"
        sure = field.confidence if field else 0.0
        yield Told(case.supplier, case.name, name, outcome, hidden, sure)


def same(name: str, value: Any, truth: Any) -> bool:
    """Return whether a value is the true one: case, accents, spaces and marks do not count."""
    if isinstance(value, float | int):
        if not isinstance(truth, int | float):
            return False
        mine, wanted = (abs(v) if name in _UNSIGNED else v for v in (value, truth))
        return abs(mine - wanted) < 0.006
    if _plain(value) == _plain(truth):
        return True
    informal, true = (_plain(_FORM.sub("", str(text))) for text in (value, truth))
    return name.endswith("_name") and informal == true


def _plain(text: Any) -> str:
    parted = unicodedata.normalize("NFKD", str(text).casefold())
    return re.sub("[^a-z0-9]", "", parted)


class _Shown:
    """Whether a value stands on the pages."""

    def __init__(self, document: Document) -> None:
        text = document.text
        self._amounts = {round(abs(found.value), 2) for found in amounts_in(text)}
        self._days = {f.value.isoformat() for o in (True, False) for f in dates_in(text, o)}
        self._text = re.sub(r"\W", "", text.casefold())

    def __call__(self, name: str, value: Any) -> bool:
        if name == "currency" or name == "invoice_type":
            return True
        if isinstance(value, float | int):
            return round(abs(value), 2) in self._amounts
        if name.endswith("_date"):
            return value in self._days
        return re.sub(r"\W", "", str(value).casefold()) in self._text


def f1(told: Sequence[Told]) -> float:
    """Return the F1 of outcomes."""
    count = Counter(one.outcome for one in told)
    right, wrong = count["right"], count["wrong"] + count["spurious"]
    expected = right + count["wrong"] + count["absent"]
    return 2 * right / max(1, right + wrong + expected)


def interval(told: Sequence[Told], rounds: int = 400) -> tuple[float, float]:
    """Return the 95 % interval of F1, whole suppliers drawn at a time."""
    groups: dict[str, list[Told]] = {}
    for one in told:
        groups.setdefault(one.supplier, []).append(one)
    names, rng = sorted(groups), np.random.default_rng(0)
    drawn = []
    for _ in range(rounds):
        chosen = rng.choice(len(names), len(names))
        drawn.append(f1([one for i in chosen for one in groups[names[i]]]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def straight_through(told: Sequence[Told]) -> float:
    """Return the share of documents taken without a look, as many as keep 99.5 % of fields right.

    A document counts with its least sure field; the limit is the lowest that keeps the precision.
    """
    groups: dict[str, list[Told]] = {}
    for one in told:
        if one.outcome != "absent":
            groups.setdefault(one.document, []).append(one)
    ranked = sorted(groups.values(), key=lambda group: -min(one.confidence for one in group))
    best, right, whole = 0, 0, 0
    for place, group in enumerate(ranked, 1):
        right += sum(one.outcome == "right" for one in group)
        whole += len(group)
        best = place if right / whole >= _SHARE else best
    return best / max(1, len(ranked))


def report(title: str, told: Sequence[Told], seconds: float) -> dict[str, Any]:
    """Print figures by field and in all; return them."""
    print(f"== {title}: {seconds:.3f} s a page")
    for name in sorted({one.field for one in told}):
        mine = [one for one in told if one.field == name]
        count = Counter(one.outcome for one in mine)
        line = "  ".join(f"{o} {count[o]:4d}" for o in ("right", "wrong", "absent", "spurious"))
        print(f"  {name:20s} {line}  F1 {f1(mine):.3f}")
    seen = [one for one in told if not one.hidden or one.outcome == "right"]
    fields = {
        name: dict(Counter(one.outcome for one in seen if one.field == name))
        for name in sorted({one.field for one in told})
    }
    row: dict[str, Any] = {"fields": fields, "seconds_per_page": round(seconds, 3)}
    for what, chosen in (("all", told), ("on the page", seen)):
        low, high = interval(chosen)
        row[what] = [round(f1(chosen), 4), round(low, 4), round(high, 4), len(chosen)]
        print(f"  {what:20s} F1 {f1(chosen):.3f} ({low:.3f} to {high:.3f}), {len(chosen)} fields")
    best = [one if one.hidden or one.outcome == "spurious" else replace(one, outcome="right")
            for one in told]  # fmt: skip
    row["reach"] = round(f1(best), 4)
    print(f"  at most              F1 {row['reach']:.3f}, were all right that is on the page")
    row["documents"] = len({one.document for one in told})
    row["straight_through"] = round(straight_through(told), 3)
    row["straight_through_printed"] = round(straight_through(seen), 3)
    shares = f"{row['straight_through']:.2f} of documents, {row['straight_through_printed']:.2f}"
    print(f"  straight through at {_SHARE:.1%}: {shares} by what is printed")
    _calibration(told)
    return row


def _calibration(told: Sequence[Told]) -> None:
    given = [one for one in told if one.outcome != "absent" and not one.hidden]
    for low, high in ((0.0, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 0.99), (0.99, 1.01)):
        mine = [one for one in given if low <= one.confidence < high]
        if mine:
            right = sum(one.outcome == "right" for one in mine) / len(mine)
            print(f"  told {low:.2f} to {min(high, 1):.2f}: {right:.3f} right of {len(mine)}")


def measure(
    title: str, cases: Iterator[Case], ocr: bool, cache: Path | None, wrong: bool
) -> dict[str, Any]:
    """Read all cases, print what came of it, and return it."""
    told: list[Told] = []
    spent, pages = 0.0, 0
    for case in cases:
        if ocr:
            case = recognised(case, cache)
        reader = plugins.load("readers", case.kind)
        began = time.perf_counter()
        read = reader.read(case.document, Settings())
        spent, pages = spent + time.perf_counter() - began, pages + len(case.document.pages)
        mine = list(judged(case, read))
        told += mine
        for one in mine if wrong else ():
            if one.outcome != "right":
                value = read.fields[one.field].value if one.field in read.fields else None
                where = " (hidden)" if one.hidden else ""
                wanted = case.truth.get(one.field)
                print(f"  {one.document} {one.field} {one.outcome}: {value!r}, {wanted!r}{where}")
    return report(title, told, spent / max(1, pages))


def main() -> None:
    """Measure the sets that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--sources", default="text,ocr")
    parser.add_argument("--cache", type=Path, help="where words that OCR read are kept")
    parser.add_argument("--generated", type=int, default=200)
    parser.add_argument("--wrong", action="store_true", help="print each mistake")
    given = parser.parse_args()
    found = {}
    for source in given.sources.split(","):
        ocr = source == "ocr"
        noise = 1.0 if ocr else 0.0
        sets = {
            "e-invoices": e_invoices(given.data),
            "invoice2data": invoice2data(given.data),
            **({"SROIE": sroie(given.data)} if ocr else {}),
        }
        for name, cases in sets.items():
            found[f"{name}, {source}"] = measure(name, cases, ocr, given.cache, given.wrong)
        own = generated(given.generated, noise)
        name = f"own layouts, {'words with faults' if ocr else source}"
        found[name] = measure(name, own, False, None, given.wrong)
    keep("invoices", found)


if __name__ == "__main__":
    main()
