"""Train the ranker of header fields of invoices and receipts on generated documents.

    python scripts/train_ranker.py --documents 2000 --out src/socle/ranking
    python scripts/train_ranker.py --calibrate

Layouts from 0 to 9999 are for training, from 10 000 to 19 999 for calibration; benchmarks use
those from 20 000 on. Every document is seen twice: with its text layer, and as OCR would garble
it. The first round tells which of several places that print a value is meant by the labels
around them; each further round asks the ranker of the round before. No real document takes part.
With `--calibrate` only how sure it may be of itself is measured again: rules beside it changed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from socle.pages import Document
from socle.ranking.fitting import calibrated, examples, fit, judged
from socle.ranking.header import header
from socle.ranking.ranker import Ranker, load
from specimens import reading
from specimens.invoices import make
from specimens.varied import varied

Pair = tuple[Document, dict[str, Any]]
_TRAINING, _CALIBRATION = (0, 10_000), (10_000, 20_000)
_NOISES = (0.4, 0.8, 1.2, 2.0)


def drawn(count: int, layouts: tuple[int, int], seed: int) -> Iterator[Pair]:
    """Yield documents with their truths: each clean and noisy, one of the two varied."""
    rng = np.random.default_rng(seed)
    for place in range(count):
        specimen = make(rng, layout=int(rng.integers(*layouts)))
        document = reading.words(specimen)
        pages = tuple(replace(page, render=None) for page in document.pages)
        plain = replace(document, pages=pages), specimen.truth
        other = varied(*plain, specimen.kind, rng)
        first, second = (plain, other) if place % 2 else (other, plain)
        yield first
        noise = float(rng.choice(_NOISES))
        yield reading.noisy_document(second[0], rng, noise), second[1]


def train(count: int, rounds: int, epochs: int, members: int) -> Ranker:
    """Return a ranker without curves."""
    ranker = Ranker({})
    for number in range(rounds):
        began = time.perf_counter()
        # The first round only has to tell places apart.
        last = number == rounds - 1
        share = count if last else max(1, count // 5)
        made = examples(drawn(share, _TRAINING, seed=12), ranker)
        ranker = fit(made, epochs=epochs, members=members if last else 1)
        print(f"round {number + 1}: {share} documents, {time.perf_counter() - began:.0f} s")
    return ranker


def with_curves(ranker: Ranker, count: int) -> Ranker:
    """Return a ranker with how often it is right, measured on so many unseen documents."""
    seen = []
    for document, truth in drawn(count, _CALIBRATION, seed=13):
        seen += judged(header(document, ranker), truth)
    right = sum(good for _, _, good in seen)
    print(f"calibrated on {len(seen)} values of unseen layouts, {right / len(seen):.4f} right")
    return calibrated(ranker, seen)


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--members", type=int, default=4, help="networks whose mean is kept")
    parser.add_argument("--calibration", type=int, default=400)
    parser.add_argument("--calibrate", action="store_true", help="measure how sure that in OUT is")
    parser.add_argument("--out", type=Path, default=Path("src/socle/ranking"))
    chosen = parser.parse_args()
    if chosen.calibrate:
        ranker = load(chosen.out)
    else:
        ranker = train(chosen.documents, chosen.rounds, chosen.epochs, chosen.members)
    with_curves(ranker, chosen.calibration).save(chosen.out)
    size = sum(f.stat().st_size for f in chosen.out.glob("header.*") if f.suffix != ".py")
    print(f"written to {chosen.out}: {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
