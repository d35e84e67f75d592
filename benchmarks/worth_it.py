"""Is adapting worth it? One answer per set, and whether it could have been known before training.

    python benchmarks/worth_it.py ../shared/data/classification

Reads the rows that `strategies.py` wrote (it fits nothing itself), pairs the answers of every two
strategies item by item, and asks three things of every set: does adapting beat the classical rival,
does the base's training beat random weights, does moving weights beat a frozen base. Then it tries
simple rules (rows, rows per label, words per text, labels) on the sets that a rule was not made
from. `figures.py` writes the tables into docs/worth-it.md.

Rows measured before answers were kept item by item have no pairs; there the interval is that of two
independent samples (Newcombe 1998, method 10), which is wider.
"""

from __future__ import annotations

import argparse
import base64
import itertools
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from figures import newest, told
from measure import keep, table

from socle.evaluating import Answers
from socle.judging import ALPHA, Contender, compared
from socle.metrics.significance import wilson

BASED = ("head", "partial", "lora", "full")
QUESTIONS = {
    "adapted against classical": (BASED, "classical"),
    "adapted against scratch": (BASED, "scratch"),
    "head against classical": (("head",), "classical"),
    "moved weights against head": (("partial", "lora", "full"), "head"),
}
Row = dict[str, Any]


def main() -> None:
    """Judge every set, try the rules, keep and print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder that holds the sets")
    data = parser.parse_args().data
    rows: dict[str, dict[str, Row]] = {}
    for (name, strategy), row in newest().items():
        rows.setdefault(name, {})[strategy] = row
    sets = [judged(name, own) | {"facts": facts(data, name)} for name, own in rows.items()]
    rules = [tried(sets, question) for question in QUESTIONS]
    keep("worth-it", {"sets": sets, "rules": rules})
    header = ["", *QUESTIONS]
    lines = [[one["set"], *(told(one["answers"].get(q)) for q in QUESTIONS)] for one in sets]
    print(table(header, lines))
    for one in rules:
        print(one["question"], one["text"])


def judged(name: str, rows: dict[str, Row]) -> Row:
    """Return the answer to every question that the rows of a set can answer."""
    answers = {}
    for question, (ours, theirs) in QUESTIONS.items():
        known = [rows[strategy] for strategy in ours if strategy in rows]
        if known and theirs in rows:
            best = max(known, key=lambda row: float(row["accuracy"]))
            answers[question] = difference(best, rows[theirs])
    return {"set": name, "answers": answers}


def difference(a: Row, b: Row) -> Row:
    """Return how two rows of one set differ, with a 95 % interval and a sign."""
    found: Row = {"a": a["strategy"], "b": b["strategy"]}
    if "right" in a and "right" in b:
        pair = compared(contender(a), contender(b))
        low, high = pair.interval
        sign = "null" if pair.p >= ALPHA else "positive" if pair.difference > 0 else "negative"
        found |= {"difference": pair.difference, "p": pair.p, "test": pair.test}
    else:
        low, high = newcombe(a, b)
        sign = "positive" if low > 0 else "negative" if high < 0 else "null"
        found |= {"difference": a["accuracy"] - b["accuracy"], "p": None, "test": "unpaired"}
    return found | {"interval": [low, high], "sign": sign}


def contender(row: Row) -> Contender:
    """Return a row as the judge takes it: all that counts is which answers were right."""
    bits = np.frombuffer(base64.b64decode(row["right"]), dtype=np.uint8)
    right = np.unpackbits(bits)[: row["n_test"]].astype(np.int64)
    answers = Answers(np.ones_like(right), np.zeros((len(right), 1)), right)
    return Contender(row["strategy"], row["strategy"], 0, answers)


def newcombe(a: Row, b: Row) -> tuple[float, float]:
    """Return the interval of the difference of two independent proportions."""
    ends = []
    for row in (a, b):
        n = row["n_test"]
        ends.append((row["accuracy"], *wilson(round(row["accuracy"] * n), n)))
    (p, low_p, high_p), (q, low_q, high_q) = ends
    gap = p - q
    low = gap - float(np.hypot(p - low_p, high_q - q))
    return low, gap + float(np.hypot(high_p - p, q - low_q))


def facts(data: Path, name: str) -> dict[str, float]:
    """Return what is known of a set before anything is trained."""
    from socle.data.reading import read_rows

    table_, columns = read_rows(data / name.partition(">")[0] / "train.csv")
    texts = [str(text) for text in table_.columns[columns.text] if text]
    labels = {str(label) for label in table_.columns[columns.label] if label}
    return {
        "rows": len(texts),
        "labels": len(labels),
        "rows per label": len(texts) / len(labels),
        "words per text": statistics.median(len(text.split()) for text in texts),
    }


def tried(sets: Sequence[Row], question: str) -> Row:
    """Return how well one-threshold rules foretell the answer on sets they were not made from.

    A rule is "adapting pays where this number is above (or below) that limit"; its limit is chosen
    on all sets but one and asked about that one, each in turn. The rule to beat is the commonest
    answer of the other sets. An answer is whether the difference is significantly positive.
    """
    known = [
        (one["facts"], one["answers"][question]["sign"] == "positive")
        for one in sets
        if question in one["answers"]
    ]
    if len(known) < 4:
        return {"question": question, "n": len(known), "text": "too few sets"}
    floor = sum(
        (2 * sum(said for j, (_, said) in enumerate(known) if j != i) > len(known) - 1) == answer
        for i, (_, answer) in enumerate(known)
    )
    hits = {fact: left_out(known, fact) for fact in known[0][0]}
    best = max(hits, key=lambda fact: hits[fact])
    return {
        "question": question,
        "n": len(known),
        "yes": sum(answer for _, answer in known),
        "commonest": floor,
        "rules": hits,
        "text": (
            f"{sum(answer for _, answer in known)} of {len(known)} sets say yes; the commonest "
            f"answer foretells {floor}, the best rule of four ({best}) {hits[best]}"
        ),
    }


def left_out(known: Sequence[tuple[dict[str, float], bool]], fact: str) -> int:
    """Return how many sets a rule foretells that was made from the others."""
    hits = 0
    for i, (own, answer) in enumerate(known):
        rule = made([(f[fact], said) for j, (f, said) in enumerate(known) if j != i])
        hits += rule(own[fact]) == answer
    return hits


def made(pairs: Sequence[tuple[float, bool]]) -> Callable[[float], bool]:
    """Return the threshold rule that is most often right on pairs of a number and an answer."""
    values = sorted({value for value, _ in pairs})
    limits = [-np.inf, *((a + b) / 2 for a, b in itertools.pairwise(values)), np.inf]
    choices = [(limit, above) for limit in limits for above in (True, False)]
    limit, above = max(
        choices, key=lambda c: sum(((value > c[0]) == c[1]) == said for value, said in pairs)
    )
    return lambda value: bool((value > limit) == above)


if __name__ == "__main__":
    main()
