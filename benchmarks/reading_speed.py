"""Seconds a page and memory of `socle read`, by the source that papers are read from.

    python benchmarks/reading_speed.py ../shared/data/documents --pages 1000 --pictures 20

Invoices, notices with a 2D-Doc and pictures of identity papers are generated; the others are those
of the folder. All are read as the command reads them: in guarded processes, one on each core. Each
source is read by a process of its own, so that the memory of the largest child is this source's.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from measure import apart, keep, table

from socle.machine import physical_cores
from socle.reading import Asked, read


def main() -> None:
    """Read every source, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path, help="folder of the shared documents")
    parser.add_argument("--pages", type=int, default=1000, help="of invoices with a text layer")
    parser.add_argument("--pictures", type=int, default=20, help="pages as pictures of 200 dpi")
    parser.add_argument("--source", choices=SOURCES, help="this one alone, as JSON")
    options = parser.parse_args()
    if options.source:
        with tempfile.TemporaryDirectory() as name:
            print(json.dumps(measured(options, Path(name))))
        return
    sizes = ("--pages", str(options.pages), "--pictures", str(options.pictures))
    found = [apart(str(options.data), *sizes, "--source", name) for name in SOURCES]
    keep("reading-speed", found)
    heads = ["", "files", "pages", "seconds", "seconds a page", "minutes for 1,000", "peak MB"]
    print(table(heads, [list(row.values()) for row in found]))


def measured(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Return how long the files of a source take, and the memory of the largest child."""
    kind, files = SOURCES[options.source]
    paths = files(options, folder)
    began = time.perf_counter()
    readings = list(read(paths, Asked(kind=kind)))
    seconds = time.perf_counter() - began
    failed = [told for told in readings if "error" in told]
    if failed:
        raise SystemExit(f"{failed[0]['file']}: {failed[0]['error']['message']}")
    pages = sum(max(1, told["pages"]) for told in readings)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "what": f"{options.source}, {physical_cores()} cores",
        "files": len(paths),
        "pages": pages,
        "seconds": round(seconds, 1),
        "seconds_a_page": round(seconds / pages, 3),
        "minutes_for_1000": round(1000 * seconds / pages / 60, 1),
        "peak_mb": round(peak),
    }


def invoices(options: argparse.Namespace, folder: Path) -> list[Path]:
    """Return invented invoices of so many pages altogether."""
    import pypdfium2

    found: list[Path] = []
    count = 0
    for number, pdf in _made():
        if count >= options.pages:
            return found
        found.append(folder / f"{number}.pdf")
        found[-1].write_bytes(pdf)
        count += len(pypdfium2.PdfDocument(pdf))
    return found


def pictures(options: argparse.Namespace, folder: Path) -> list[Path]:
    """Return the first pages of invented invoices as pictures of 200 dpi."""
    import pypdfium2
    from PIL import Image

    found: list[Path] = []
    for number, pdf in _made():
        if len(found) >= options.pictures:
            return found
        picture: Image.Image = pypdfium2.PdfDocument(pdf)[0].render(scale=200 / 72).to_pil()
        found.append(folder / f"{number}.png")
        picture.convert("RGB").save(found[-1], dpi=(200, 200))
    return found


def _made() -> Any:
    from specimens.invoices import make

    number = 50_000
    while True:
        number += 1
        made = make(np.random.default_rng(number), layout=number)
        if made.kind != "receipt":
            yield number, made.pdf


def notices(options: argparse.Namespace, folder: Path) -> list[Path]:
    """Return invented tax notices with a signed 2D-Doc, of which the print is drawn as a picture.

    Without a text layer, only the code and OCR are left to read them by.
    """
    import pypdfium2

    from specimens.notices import signer, tax_notice

    by, found = signer(), []
    for number in range(options.pictures):
        paper = tax_notice(np.random.default_rng([7, number]), by, coded=True)
        page = pypdfium2.PdfDocument(paper.save())[0]
        found.append(folder / f"{number}.png")
        page.render(scale=200 / 72).to_pil().convert("RGB").save(found[-1], dpi=(200, 200))
    return found


def identity(options: argparse.Namespace, folder: Path) -> list[Path]:
    """Return pictures of invented identity papers, as photographs show them."""
    from specimens.identity import paper, picture

    found = []
    for number in range(options.pictures):
        draw = random.Random(number)
        found.append(folder / f"{number}.jpg")
        picture(paper(draw), draw).save(found[-1], quality=90)
    return found


def shared(pattern: str) -> Callable[[argparse.Namespace, Path], list[Path]]:
    """Return what finds files of the shared documents."""
    return lambda options, _: sorted(options.data.glob(pattern))


SOURCES: dict[str, tuple[str, Callable[[argparse.Namespace, Path], list[Path]]]] = {
    "e-invoices, XML alone": ("invoice", shared("factur-x-invoices/*.xml")),
    "e-invoices, XML in a PDF": ("invoice", shared("factur-x-invoices/*.pdf")),
    "forms 1040, AcroForm": ("form-1040", shared("us-form-1040/*.pdf")),
    "invoices, text layer": ("invoice", invoices),
    "bank statements, text layer": ("bank-statement", shared("comptes-fr/*.pdf")),
    "invoices as pictures, 200 dpi, OCR": ("invoice", pictures),
    "tax notices as pictures, 2D-Doc and OCR": ("tax-notice", notices),
    "identity papers as photographs, OCR": ("identity", identity),
}
"""What a source is called: the reader, and what finds or makes its files."""


if __name__ == "__main__":
    main()
