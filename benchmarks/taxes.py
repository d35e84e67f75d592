"""Tax papers: right, wrong and absent values by source, with intervals.

    python benchmarks/taxes.py DATA [--count 40] [--ocr 4] [--only 1040,generated]

DATA is a folder with `us-form-1040` (filled, flattened forms with their truth, and `blank/`). Forms
are read from their fields (blanks filled here), from the text layer of the flattened page, and from
OCR of the page drawn at 200 dpi; notices, W-2 and 1099 are generated (`specimens.taxes`) and read
from code and print. A value where there is none counts as wrong. Intervals are of Wilson, 95 %.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pickle
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from measure import keep, quiet, table

from socle import plugins
from socle.documents import open_document
from socle.pages import Document, Page
from socle.readers import Settings

quiet()
DPI = 200.0
Case = tuple[Document, Mapping[str, Any]]
Row = dict[str, Any]


def main() -> None:
    """Measure every source that is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=40, help="generated papers of each kind")
    parser.add_argument("--ocr", type=int, default=4, help="papers of each kind to read by OCR")
    parser.add_argument("--only", default="1040,generated")
    parser.add_argument("--cache", type=Path, help="folder that keeps what OCR read")
    options = parser.parse_args()
    rows: list[Row] = []
    if "1040" in options.only:
        rows += forms_1040(options)
    if "generated" in options.only:
        rows += generated(options)
    keep("taxes", rows)
    header = ["paper", "source", "papers", "right", "wrong", "absent", "share right", "accepted",
              "accepted, wrong", "s/paper"]  # fmt: skip
    lines = [[row[name] for name in header] for row in rows]
    print(table(header, lines))


def forms_1040(options: argparse.Namespace) -> list[Row]:
    """Measure form 1040 from fields, text and OCR."""
    folder = options.data / "us-form-1040"
    flat = list(flattened(folder))
    few = [(by_ocr(document, options.cache), truth) for document, truth in flat[: options.ocr]]
    return [
        measured("1040 lines", "form fields", "form-1040", list(filled(folder / "blank", 10))),
        measured("1040 lines", "text, flattened", "form-1040", flat),
        measured("1040 lines", "OCR at 200 dpi", "form-1040", few),
    ]


def flattened(folder: Path) -> Iterator[Case]:
    """Return the shared forms with their truth, by our names."""
    for path in sorted(folder.glob("*.json")):
        told = json.loads(path.read_text())
        truth = {f"line_{n}": float(v.replace(",", "")) for n, v in told["lines"].items()}
        for name in ("year", "first_name", "last_name", "ssn", "address", "city", "state", "zip"):
            truth[name] = told[name]
        yield open_document(path.with_suffix(".pdf")), truth


def filled(blanks: Path, count: int) -> Iterator[Case]:
    """Return blank forms filled by code, unflattened, with their truth."""
    from socle.sources.forms import templates
    from specimens.taxes import fill_1040

    for template in templates("1040"):
        blank = blanks / f"f1040_{template.year}.pdf"
        slots = {slot.name: slot.field for sheet in template.sheets for slot in sheet.slots}
        for seed in range(count if blank.exists() else 0):
            draw = np.random.default_rng([template.year, seed])
            content, truth = fill_1040(draw, blank.read_bytes(), slots)
            with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
                file.write(content)
                file.flush()
                yield open_document(Path(file.name)), {**truth, "year": template.year}


def generated(options: argparse.Namespace) -> list[Row]:
    """Measure generated notices and statements from code, text and OCR."""
    from specimens.notices import signer, tax_notice
    from specimens.taxes import form_1099, w2

    by = signer()
    papers: dict[str, tuple[str, Callable[[np.random.Generator], Any]]] = {
        "avis d'impôt": ("tax-notice", lambda rng: tax_notice(rng, by)),
        "W-2": ("w2", w2),
        **{
            f"1099-{kind}": ("form-1099", partial(form_1099, kind=kind))
            for kind in ("INT", "DIV", "MISC", "NEC")
        },
    }
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "certificates").mkdir()
        (folder / "certificates" / "test.der").write_bytes(by.certificate)
        os.environ["SOCLE_2D_DOC_CERTIFICATES"] = str(folder / "certificates")
        for kind, (reader, make) in papers.items():
            cases = []
            for i in range(options.count):
                paper = make(np.random.default_rng([7, i]))
                path = folder / "paper.pdf"
                path.write_bytes(paper.save())
                cases.append((open_document(path), paper.truth))
            if reader == "tax-notice":
                coded = [(with_codes(document, alone=True), truth) for document, truth in cases]
                rows.append(measured(kind, "2D-Doc alone", reader, coded))
                both = [(with_codes(document), truth) for document, truth in cases]
                rows.append(measured(kind, "2D-Doc and text", reader, both))
            rows.append(measured(kind, "text", reader, cases))
            few = [(by_ocr(document, None), truth) for document, truth in cases[: options.ocr]]
            rows.append(measured(kind, "OCR at 200 dpi", reader, few))
    return rows


def with_codes(document: Document, alone: bool = False) -> Document:
    """Return a document with the codes of its pages, read as the ladder reads them."""
    import zxingcpp

    from socle.pages import Code

    pages = []
    for page in document.pages:
        picture = rendered(page)
        found = zxingcpp.read_barcodes(picture)
        share = page.width / picture.shape[1]
        codes = []
        for code in found:
            here = code.position
            corners = (here.top_left, here.top_right, here.bottom_left, here.bottom_right)
            xs, ys = [c.x * share for c in corners], [c.y * share for c in corners]
            box = (min(xs), min(ys), max(xs), max(ys))
            codes.append(Code("DataMatrix", bytes(code.bytes), box))
        words = () if alone else page.words
        pages.append(replace(page, codes=tuple(codes), words=words))
    return replace(document, pages=tuple(pages))


def rendered(page: Page) -> Any:
    """Return a page as greys or colours at 200 dpi."""
    if page.render is None:
        raise SystemExit("a page cannot be drawn")
    return np.ascontiguousarray(page.render(DPI))


def by_ocr(document: Document, cache: Path | None) -> Document:
    """Return a document whose words were recognised on the drawn page."""
    kept = cache / f"{document.path.stem}.pickle" if cache else None
    if kept and kept.exists():
        words = pickle.loads(kept.read_bytes())
    else:
        engine = plugins.load("ocr", "rapid")
        words = [engine.words(rendered(page), DPI) for page in document.pages]
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(pickle.dumps(words))
    pages = []
    for page, found in zip(document.pages, words, strict=True):
        size = (page.width * DPI / 72, page.height * DPI / 72)
        pages.append(Page(page.number, *size, tuple(found), "ocr", dpi=DPI))
    return replace(document, pages=tuple(pages), form={})


def wilson(right: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Return the interval of a share, 95 % by default."""
    share, more = right / total, z * z / total
    middle = (share + more / 2) / (1 + more)
    half = z * math.sqrt(share * (1 - share) / total + more / (4 * total)) / (1 + more)
    return middle - half, middle + half


def measured(paper: str, source: str, reader: str, cases: list[Case]) -> Row:
    """Return the counts of one kind of paper from one source."""
    option = plugins.load("readers", reader)
    count: Counter[str] = Counter()
    start = time.perf_counter()
    for document, truth in cases:
        reading = option.read(document, Settings())
        found = {name: field.value for name, field in reading.fields.items()}
        bad = 0
        for name, value in truth.items():
            got = found.get(name)
            outcome = "absent" if got is None else "right" if got == value else "wrong"
            count[outcome] += 1
            bad += outcome == "wrong"
            if outcome != "right":
                print(f"  {paper}, {source}: {name} is {value!r}, read {got!r}", file=sys.stderr)
        numbered = [n for n in found if n.startswith(("line_", "box_")) and n not in truth]
        count["wrong"] += len(numbered)
        accepted = reading.status(0.9) == "accept"
        count["accepted"] += accepted
        count["accepted, wrong"] += accepted and bool(bad + len(numbered))
    taken = time.perf_counter() - start
    total = max(1, count["right"] + count["wrong"] + count["absent"])
    low, high = wilson(count["right"], total)
    share = f"{count['right'] / total:.3f} ({low:.3f} to {high:.3f})"
    names = ("right", "wrong", "absent", "accepted", "accepted, wrong")
    told = {"paper": paper, "source": source, "papers": len(cases), "share right": share}
    seconds = round(taken / max(1, len(cases)), 3)
    return {**told, **{name: count[name] for name in names}, "s/paper": seconds}


if __name__ == "__main__":
    main()
