"""Damaged files through the guard: does each get an answer, and does nothing hang, crash or grow.

    python benchmarks/fuzzing.py --files 20000 --shared ../shared/data/documents

Small PDF, PNG, JPEG, XML and FEC files are made here, and taken from a folder where one is given;
each is then mutated (bits flipped, cut off, parts doubled, removed or exchanged, numbers set to
extremes), opened, and its first page rendered, many files to a call of a guarded child. A call
that dies is repeated file by file. Results go to a dated JSON file.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import struct
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import keep, machine_of, newest_file, peak_megabytes, table

from socle.documents import Given, opened
from socle.errors import SocleError
from socle.guard import Guard, Limits

KINDS = ("pdf", "png", "jpeg", "xml", "fec")
BATCH = 50
LIMITS = Limits(memory=1 << 30, seconds=300, cpu_seconds=60)
"""For a call, that is for `BATCH` files; the clock is generous, since others may use the cores."""
_LARGEST = 60_000
_EXTREMES = (0, 1, -1, 255, 65535, 2**31 - 1, -(2**31), 2**32, 2**63, 10**30)


@dataclass(frozen=True)
class Batch:
    """So many mutants of one kind, from the `first` one."""

    kind: str
    first: int
    count: int


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--shared", type=Path, help="folder with more documents to mutate")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dry", action="store_true", help="keep no file")
    options = parser.parse_args()
    seeds = made_seeds()
    if options.shared:
        add_real(seeds, options.shared)
    found = run(seeds, options.files, options.seed, options.jobs)
    found["seeds"] = {kind: len(files) for kind, files in seeds.items()}
    print(shown(found))
    if not options.dry:
        keep("fuzzing", found)
        print(machine_of(newest_file("fuzzing")))


def run(seeds: dict[str, list[bytes]], files: int, seed: int, jobs: int | None) -> dict[str, Any]:
    """Return the outcomes of so many mutants, and what they cost."""
    began = time.monotonic()
    outcomes: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    failed: list[Batch] = []
    said = began
    peak = slowest = 0.0
    share = files // len(KINDS)
    with Guard(LIMITS, jobs) as guard:
        batches = (
            Batch(kind, first, min(BATCH, share - first))
            for first in range(0, share, BATCH)
            for kind in KINDS
        )
        for batch, told in guard.map(attempt, batches, seeds, seed):
            if isinstance(told, SocleError):
                failed.append(batch)
                continue
            counts, megabytes, longest = told
            outcomes[batch.kind].update(counts)
            peak, slowest = max(peak, megabytes), max(slowest, longest)
            if time.monotonic() - said > 60:
                said = time.monotonic()
                print(f"{sum(sum(c.values()) for c in outcomes.values())} files", flush=True)
        alone = (Batch(b.kind, b.first + i, 1) for b in failed for i in range(b.count))
        for batch, told in guard.map(attempt, alone, seeds, seed):
            if isinstance(told, SocleError):
                outcomes[batch.kind][f"stopped: {_rough(told.message)}"] += 1
                print(f"stopped: {batch.kind} {batch.first}: {told.message}", flush=True)
                continue
            counts, megabytes, longest = told
            outcomes[batch.kind].update(counts)
            peak, slowest = max(peak, megabytes), max(slowest, longest)
    return {
        "files": sum(sum(counts.values()) for counts in outcomes.values()),
        "outcomes": {kind: dict(counts.most_common()) for kind, counts in outcomes.items()},
        "calls_that_died": len(failed),
        "peak_megabytes_of_a_child": round(peak),
        "limit_megabytes": LIMITS.memory >> 20,
        "slowest_file_seconds": round(slowest, 2),
        "peak_megabytes_of_the_caller": round(peak_megabytes()),
        "seconds": round(time.monotonic() - began, 1),
        "seed": seed,
    }


def attempt(
    batch: Batch, seeds: dict[str, list[bytes]], seed: int
) -> tuple[dict[str, int], float, float]:
    """Be the child: return outcomes, the peak of memory in MB, and the seconds of the slowest."""
    counts: Counter[str] = Counter()
    slowest = 0.0
    for i in range(batch.first, batch.first + batch.count):
        draw = random.Random(f"{seed}:{batch.kind}:{i}")
        content = mutant(draw, batch.kind, seeds[batch.kind])
        began = time.perf_counter()
        try:
            document = opened(Given(Path("mutant"), content, LIMITS))
            if document.pages and document.pages[0].render:
                document.pages[0].render(50)
            counts[f"read as {document.media}"] += 1
        except SocleError as error:
            counts[f"refused: {_rough(error.message)}"] += 1
        except MemoryError:
            raise
        except Exception as error:
            counts[f"not understood: {type(error).__name__}"] += 1
        slowest = max(slowest, time.perf_counter() - began)
    return dict(counts), peak_megabytes(), slowest


def mutant(draw: random.Random, kind: str, seeds: list[bytes]) -> bytes:
    """Return one of the files, damaged in one to three ways."""
    content = draw.choice(seeds)
    for _ in range(draw.choice((1, 1, 2, 3))):
        change = draw.choice((_flip, _cut, _double, _remove, _exchange, _number, _blank))
        content = change(draw, content, seeds) or b"\0"
    # A checksum that fails hides what lies behind it.
    return _mended(content) if kind == "png" and draw.random() < 0.7 else content


def _flip(draw: random.Random, content: bytes, _: list[bytes]) -> bytes:
    changed = bytearray(content)
    for _n in range(draw.choice((1, 4, 32, 256))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _cut(draw: random.Random, content: bytes, _: list[bytes]) -> bytes:
    return content[: draw.randrange(len(content))]


def _double(draw: random.Random, content: bytes, _: list[bytes]) -> bytes:
    start, end = _part(draw, content)
    return content[:end] + content[start:end] * draw.choice((1, 1, 3, 50)) + content[end:]


def _remove(draw: random.Random, content: bytes, _: list[bytes]) -> bytes:
    start, end = _part(draw, content)
    return content[:start] + content[end:]


def _exchange(draw: random.Random, content: bytes, seeds: list[bytes]) -> bytes:
    other = draw.choice(seeds)
    start, end = _part(draw, content)
    low, high = _part(draw, other)
    return content[:start] + other[low:high] + content[end:]


def _number(draw: random.Random, content: bytes, _: list[bytes]) -> bytes:
    """Set a number to an extreme: one in digits, or four bytes of a binary one."""
    value = draw.choice(_EXTREMES)
    places = [found.span() for found in re.finditer(rb"\d+", content[:_LARGEST])]
    if places and draw.random() < 0.6:
        start, end = draw.choice(places)
        return content[:start] + str(value).encode() + content[end:]
    start = draw.randrange(min(len(content), draw.choice((64, len(content)))))
    raw = struct.pack(draw.choice("<>") + "I", value & 0xFFFFFFFF)
    return content[:start] + raw + content[start + 4 :]


def _blank(draw: random.Random, content: bytes, _: list[bytes]) -> bytes:
    start, end = _part(draw, content)
    return content[:start] + draw.choice((b"\0", b"\xff", b" ")) * (end - start) + content[end:]


def _part(draw: random.Random, content: bytes) -> tuple[int, int]:
    start = draw.randrange(len(content))
    return start, min(len(content), start + draw.choice((1, 16, 256, 4096)))


def _mended(content: bytes) -> bytes:
    """Return a PNG whose checksums are right again."""
    changed, at = bytearray(content), 8
    while at + 12 <= len(changed):
        end = at + 8 + int.from_bytes(changed[at : at + 4], "big")
        if end + 4 > len(changed):
            break
        changed[end : end + 4] = zlib.crc32(changed[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(changed)


def made_seeds() -> dict[str, list[bytes]]:
    """Return small files of each kind, made here."""
    return {
        "pdf": [_pdf(form=False), _pdf(form=True)],
        "png": [_picture("PNG", mode) for mode in ("1", "L", "P", "RGB", "RGBA")],
        "jpeg": [_picture("JPEG", "L"), _picture("JPEG", "RGB", progressive=True)],
        "xml": [_xml("CrossIndustryInvoice"), _xml("Document")],
        "fec": [_fec("\t"), _fec("|")],
    }


def add_real(seeds: dict[str, list[bytes]], folder: Path, most: int = 20) -> None:
    """Add files from a folder, none larger than 60 kB."""
    suffixes = {"pdf": (".pdf",), "jpeg": (".jpg",), "png": (".png",), "xml": (".xml",)}
    for kind, ends in {**suffixes, "fec": (".txt",)}.items():
        paths = (p for p in sorted(folder.rglob("*")) if p.suffix in ends)
        fit = [p for p in paths if p.stat().st_size < _LARGEST]
        seeds[kind] += [p.read_bytes() for p in fit[:: max(1, len(fit) // most)][:most]]


def _pdf(form: bool) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=int(form))
    for page in range(2):
        for i in range(20):
            canvas.drawString(50, 800 - 20 * i, f"Ligne {i} page {page}")
            canvas.drawString(400, 800 - 20 * i, f"{i * 12.5:.2f} EUR")
        canvas.drawInlineImage(_image("RGB"), 50, 100, 60, 40)
        if form:
            canvas.acroForm.textfield(name=f"name{page}", value="Martin", x=300, y=200)
            canvas.acroForm.checkbox(name=f"box{page}", checked=True, x=300, y=100)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _image(mode: str) -> Any:
    from PIL import Image

    made = Image.effect_noise((120, 80), 60).convert("RGB")
    return made.convert(mode)


def _picture(kind: str, mode: str, progressive: bool = False) -> bytes:
    out = io.BytesIO()
    _image(mode).save(out, kind, progressive=progressive)
    return out.getvalue()


def _xml(root: str) -> bytes:
    lines = "".join(f"<line n='{i}'><amount>{i}.50</amount>é</line>" for i in range(40))
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="urn:x">{lines}</{root}>'.encode()


def _fec(sign: str) -> bytes:
    names = "JournalCode JournalLib EcritureNum EcritureDate CompteNum CompteLib CompAuxNum"
    names += " CompAuxLib PieceRef PieceDate EcritureLib Debit Credit EcritureLet DateLet"
    names += " ValidDate Montantdevise Idevise"
    rows: list[list[str]] = [names.split()]
    for i in range(60):
        sides = (f"{i},50", "0,00") if i % 2 else ("0,00", f"{i},50")
        start = ["VT", "Ventes", str(i // 2), "20260105", "411000", "Clients", "", "", f"F{i}"]
        text = ["20260105", "Facture à régler", *sides, "", "", "20260131", "", ""]
        rows.append([*start, *text])
    return "\r\n".join(sign.join(row) for row in rows).encode("cp1252")


def _rough(message: str) -> str:
    """Return a message without what differs from file to file."""
    said = re.sub(r"\(.*\)|:.*", "", message.replace("mutant", "it"))
    return re.sub(r"-?\d[\d.]*", "N", said).rstrip(". ")


def shown(found: dict[str, Any]) -> str:
    """Return the outcomes by kind, and the costs."""

    def lines() -> Iterator[list[Any]]:
        names: Counter[str] = Counter()
        for counts in found["outcomes"].values():
            names.update(counts)
        for name, total in names.most_common():
            yield [name, total, *(found["outcomes"][kind].get(name, 0) for kind in KINDS)]

    costs = "\n".join(f"{k}: {v}" for k, v in found.items() if k != "outcomes")
    return table(["outcome", "all", *KINDS], list(lines())) + f"\n\n{costs}"


if __name__ == "__main__":
    # A child finds what it shall do by the name of its module, which this one has not as a script.
    from fuzzing import main as start

    start()
