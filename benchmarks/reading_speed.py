"""Seconds a page and memory of `socle read`, by source: text layers, pictures, embedded XML.

    python benchmarks/reading_speed.py --pages 1000 --pictures 20 --data ../shared/data/documents

Papers are generated, but for the e-invoices, and read as the command reads them: in guarded
processes, one on each core. Memory is the peak of the largest child.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from measure import keep, table

from socle.machine import physical_cores
from socle.reading import Asked, read


def main() -> None:
    """Read what the command line asks for, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pages", type=int, default=1000, help="of invoices with a text layer")
    parser.add_argument("--pictures", type=int, default=20, help="pages as pictures of 200 dpi")
    parser.add_argument("--data", type=Path, help="folder that holds factur-x-invoices")
    options = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = drawn(folder / "pictures", options.pictures, as_pictures=True)
        found.append(measured("invoices as pictures, 200 dpi", pictures))
        found.append(measured("invoices, text layer", drawn(folder / "text", options.pages)))
    if options.data:
        files = sorted((options.data / "factur-x-invoices").glob("*.xml"))
        found.append(measured("e-invoices, XML alone", files))
    keep("reading-speed", found)
    heads = ["", "files", "pages", "seconds", "seconds a page", "minutes for 1,000", "peak MB"]
    print(table(heads, [list(row.values()) for row in found]))


def drawn(folder: Path, pages: int, as_pictures: bool = False) -> list[Path]:
    """Return invented invoices of so many pages altogether."""
    import pypdfium2
    from PIL import Image

    from specimens.invoices import make

    folder.mkdir()
    found: list[Path] = []
    count, number = 0, 50_000
    while count < pages:
        number += 1
        made = make(np.random.default_rng(number), layout=number)
        if made.kind == "receipt":
            continue
        pdf = pypdfium2.PdfDocument(made.pdf)
        if as_pictures:
            picture: Image.Image = pdf[0].render(scale=200 / 72).to_pil()
            found.append(folder / f"{number}.png")
            picture.convert("RGB").save(found[-1], dpi=(200, 200))
            count += 1
        else:
            found.append(folder / f"{number}.pdf")
            found[-1].write_bytes(made.pdf)
            count += len(pdf)
    return found


def measured(name: str, files: Iterable[Path]) -> dict[str, Any]:
    """Return how long files take, and the memory of the largest child so far."""
    paths = list(files)
    began = time.perf_counter()
    readings = list(read(paths, Asked(kind="invoice")))
    seconds = time.perf_counter() - began
    failed = [told for told in readings if "error" in told]
    if failed:
        raise SystemExit(f"{failed[0]['file']}: {failed[0]['error']['message']}")
    pages = sum(max(1, told["pages"]) for told in readings)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "what": f"{name}, {physical_cores()} cores",
        "files": len(paths),
        "pages": pages,
        "seconds": round(seconds, 1),
        "seconds_a_page": round(seconds / pages, 3),
        "minutes_for_1000": round(1000 * seconds / pages / 60, 1),
        "peak_mb": round(peak),
    }


if __name__ == "__main__":
    main()
