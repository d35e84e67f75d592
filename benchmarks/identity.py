"""Identity papers: pictures, zones with wrong digits, and 10,000 degraded zones.

    python benchmarks/identity.py ../shared/data/documents/identity-mrz --stress 10000 \\
        --generated 60 --python /path/to/an/environment/with/passporteye/bin/python

For each set: documents with every field right, statuses at the asked precision, and false accepts:
accepted readings of which any field is wrong. For each kind of proof that a field has, how often
it is right: `src/socle/readers/identity.toml` holds the lower ends.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from measure import add_row, peak_megabytes, quiet

from socle.checks.mrz import Zone, format_of, values_of
from socle.errors import InputError
from socle.pages import Document, Page, Word
from socle.plugins import load
from socle.readers import Settings
from socle.readings import Reading
from specimens.identity import KINDS, Paper, corrupted, label_of, paper, picture, title_of

quiet()

NAME = "identity"
TODAY = date(2026, 11, 26)
"""Dates in two digits are read as of this day, so that figures can be had again."""
_READER = load("readers", "identity")
_POOLS = ("plain", "blind", "any")
_RIVAL = """
import json, sys
from passporteye import read_mrz
said = []
for path in json.load(open(sys.argv[1])):
    try:
        zone = read_mrz(path)
    except Exception:
        zone = None
    said.append(zone.to_dict() if zone else None)
json.dump(said, open(sys.argv[2], "w"), default=str)
"""


@dataclass
class Tally:
    """Counts over a set of documents."""

    counts: Counter[str] = field(default_factory=Counter)
    proofs: Counter[tuple[str, bool]] = field(default_factory=Counter)

    def add(self, reading: Reading | None, truth: dict[str, str], precision: float) -> str:
        """Count a reading; return its status, or `none`."""
        self.counts["documents"] += 1
        if reading is None:
            self.counts["none"] += 1
            return "none"
        status = reading.status(precision)
        said = {name: one.value for name, one in reading.fields.items() if name in truth}
        wrong = [name for name, value in said.items() if value != truth[name]]
        spurious = [n for n in ("surname", "given_names") if n in reading.fields and n not in truth]
        exact = not wrong and not spurious and len(said) == len(truth)
        self.counts[status] += 1
        self.counts["exact"] += exact
        self.counts["false accepts"] += status == "accept" and bool(wrong or spurious)
        for name in said:
            sure = f"{reading.fields[name].confidence:.3f}"
            self.proofs[sure, name not in wrong] += 1
        return status

    def row(self) -> dict[str, Any]:
        """Return the counts for the file of results."""
        by_sureness = {
            sure: [self.proofs[sure, True], self.proofs[sure, False]]
            for sure in sorted({sure for sure, _ in self.proofs})
        }
        names = ("documents", "exact", "accept", "review", "reject", "none", "false accepts")
        return {name: self.counts[name] for name in names} | {
            "right, wrong by confidence": by_sureness
        }


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the identity set")
    parser.add_argument("--stress", type=int, default=10000, help="degraded zones")
    parser.add_argument("--generated", type=int, default=0, help="pictures that are made and read")
    parser.add_argument("--no-pictures", action="store_true", help="leave the engine out")
    parser.add_argument("--precision", type=float, default=0.995)
    parser.add_argument("--seed", type=int, default=1, help="of the degraded zones; 0 was tuned on")
    parser.add_argument("--python", help="of an environment with PassportEye")
    options = parser.parse_args()
    add_row(NAME, {"set": "zones", **zones(options.data / "mrz.jsonl", options.precision)})
    for with_print in (False, True):
        for with_sure in (False, True):
            told = {"set": "stress", "print": with_print, "probabilities": with_sure}
            share = options.stress // 4
            add_row(NAME, told | stress(share, with_print, with_sure, options))
    if options.no_pictures:
        return
    add_row(NAME, {"set": "pictures", **pictures(options.data, options.precision)})
    if options.generated:
        add_row(NAME, {"set": "made", **made(options.generated, options.precision)})
    if options.python:
        add_row(NAME, {"set": "pictures", "by": "PassportEye", **rival(options)})


def zones(path: Path, precision: float) -> dict[str, Any]:
    """Read zones that stand in text: right ones exact, wrong ones never accepted."""
    tally, wrong = Tally(), Counter[str]()
    for line in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        status = tally.add(
            read(page_of(told["lines"], source="text")), truth_of(told["lines"]), precision
        )
        if not told["valid"]:
            wrong[status] += 1
    return tally.row() | {"zones with a wrong digit": dict(wrong)}


def stress(
    count: int, with_print: bool, with_sure: bool, options: argparse.Namespace
) -> dict[str, Any]:
    """Read zones in which one to three characters were taken for others, one in five untouched."""
    tally = Tally()
    for i in range(count):
        draw = random.Random(f"{options.seed} {i}")
        one = paper(draw, KINDS[i % len(KINDS)], TODAY)
        errors = draw.choice((0, 1, 1, 2, 3))
        lines = corrupted(one.lines, draw, errors, draw.choice(_POOLS))
        printed = misprinted(one, draw, with_sure) if with_print else {}
        sure = sureness(one.lines, lines, draw) if with_sure else ()
        page = page_of(lines, printed, sure, one.kind, draw)
        truth = one.truth | {"mrz": "\n".join(one.lines)}
        del truth["document_type"]
        tally.add(read(page), truth, options.precision)
    return {"seed": options.seed} | tally.row()


def misprinted(one: Paper, draw: random.Random, with_sure: bool) -> dict[str, str]:
    """Return print as an engine reads it: in one paper of ten a value has a wrong character.

    Values that the zone has not stand there only where the engine gives probabilities: without
    them such a value is never sure.
    """
    only = ("issue_date", "birth_place")
    printed = {n: text for n, text in one.printed.items() if with_sure or n not in only}
    if draw.random() > 0.1:
        return printed
    name = draw.choice([name for name in sorted(printed) if name not in only])
    return printed | {name: corrupted([printed[name]], draw, 1, "blind")[0]}


def sureness(
    right: Sequence[str], read_as: Sequence[str], draw: random.Random
) -> tuple[tuple[float, ...], ...]:
    """Return probabilities as the engine gives them, by what was measured on made pictures.

    Right characters: nine of ten over 0.99. Wrong ones: one of eight over 0.99, which is worse
    than was seen.
    """
    told = []
    for line, said in zip(right, read_as, strict=True):
        same = [a == b for a, b in zip(line.ljust(len(said)), said, strict=False)]
        chances = [0.9 if ok else 0.125 for ok in same]
        told.append(
            tuple(
                draw.uniform(0.99, 1) if draw.random() < chance else draw.uniform(0.4, 0.99)
                for chance in chances
            )
        )
    return tuple(told)


def page_of(
    lines: Sequence[str],
    printed: dict[str, str] | None = None,
    sure: Sequence[tuple[float, ...]] = (),
    kind: str = "",
    draw: random.Random | None = None,
    source: str = "ocr",
) -> Page:
    """Return a page of 1000 by 700 with labelled values and a zone under them."""
    words: list[Word] = []

    def put(text: str, left: float, top: float, chances: tuple[float, ...] = ()) -> None:
        for part in text.split():
            wide = 12.0 * len(part)
            told = chances[: len(part)]
            words.append(Word(part, (left, top, left + wide, top + 20), 0.97, 20, told))
            left += wide + 10

    draw = draw or random.Random(0)
    if printed:
        put(f"UTOPIA {title_of(kind, draw)}", 50, 20)
    for i, (name, text) in enumerate((printed or {}).items()):
        put(label_of(name, draw), 300, 60 + 50 * i)
        put(text, 300, 84 + 50 * i, (0.999,) * len(text) if sure else ())
    for i, line in enumerate(lines):
        put(line, 40, 560 + 40 * i, sure[i] if sure else ())
    page = Page(1, 1000, 700, tuple(words), "ocr")
    return replace(page, source="text") if source == "text" else page


def pictures(folder: Path, precision: float) -> dict[str, Any]:
    """Read the pictures of the set."""
    tally, began = Tally(), time.perf_counter()
    for path in sorted(folder.glob("*.jpg")):
        lines = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["mrz"]
        reading = read(recognised(_pixels(path)))
        status = tally.add(reading, truth_of(lines), precision)
        print(path.name, status, flush=True)
    return tally.row() | _cost(began, tally)


def made(count: int, precision: float) -> dict[str, Any]:
    """Read pictures of made-up papers."""
    import numpy as np

    tally, began = Tally(), time.perf_counter()
    for i in range(count):
        one: Paper = paper(random.Random(i), today=TODAY)
        image = np.asarray(picture(one, random.Random(i)))
        truth = one.truth | {"mrz": "\n".join(one.lines)}
        del truth["document_type"]
        tally.add(read(recognised(image)), truth, precision)
    return tally.row() | _cost(began, tally)


def rival(options: argparse.Namespace) -> dict[str, Any]:
    """Let PassportEye read the pictures: how many zones has it exact."""
    import tempfile

    paths = sorted(options.data.glob("*.jpg"))
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        asked, said = Path(folder) / "asked.json", Path(folder) / "said.json"
        asked.write_text(json.dumps([str(path) for path in paths]))
        subprocess.run([options.python, "-W", "ignore", "-c", _RIVAL, asked, said], check=True)
        answers = json.loads(said.read_text())
    counts: Counter[str] = Counter(documents=len(paths))
    for path, answer in zip(paths, answers, strict=True):
        truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        counts["none"] += answer is None
        if answer:
            counts["valid"] += answer["valid_score"] == 100
            counts["exact"] += all(
                answer[theirs].replace("<", "") == truth[ours].replace("<", "")
                for theirs, ours in _THEIRS.items()
            )
    return {**counts, "seconds": round((time.perf_counter() - began) / len(paths), 2)}


_THEIRS = {
    "number": "document_number",
    "surname": "surname",
    "names": "given_names",
    "nationality": "nationality",
    "country": "issuing_state",
    "date_of_birth": "birth_date",
    "expiration_date": "expiry_date",
    "sex": "sex",
}


def truth_of(lines: Sequence[str]) -> dict[str, str]:
    """Return canonical values of a zone without errors."""
    layout = format_of(tuple(lines))
    if layout is None:
        raise ValueError(f"no layout: {lines}")
    truth = values_of(Zone(layout, tuple(lines)), TODAY) | {"mrz": "\n".join(lines)}
    del truth["document_type"]
    return truth


def read(page: Page) -> Reading | None:
    """Return what the reader makes of a page, None if it finds no paper."""
    document = Document(Path("paper.jpg"), "image/jpeg", (page,))
    try:
        reading: Reading = _READER.read(document, Settings(today=TODAY))
    except InputError:
        return None
    return reading


def recognised(image: Any) -> Page:
    """Return a picture as a page with the words that the engine finds."""
    words = load("ocr", "rapid").words(image, 200.0)
    return Page(1, image.shape[1], image.shape[0], tuple(words), "ocr")


def _pixels(path: Path) -> Any:
    import numpy as np
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB"))


def _cost(began: float, tally: Tally) -> dict[str, Any]:
    each = (time.perf_counter() - began) / max(1, tally.counts["documents"])
    return {"seconds": round(each, 2), "megabytes": round(peak_megabytes())}


if __name__ == "__main__":
    main()
