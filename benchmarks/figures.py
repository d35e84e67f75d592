"""Write what the benchmarks measured into the pages that quote it, so that no figure is typed.

    python benchmarks/figures.py [--check]

The newest row of every set and strategy counts, and the newest file of every rival. Tables stand
between the marks `<!-- figures: NAME -->` and `<!-- end -->`; with `--check` nothing is written and
the exit status says whether a page is stale.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import prompttables
import readertables
import wordtables
from measure import RESULTS, machine_of, newest_file, table

ROOT = Path(__file__).parent.parent
PAGES = (
    "README.md",
    "README.fr.md",
    "docs/measured.md",
    "docs/forgetting.md",
    "docs/worth-it.md",
    "docs/compare.md",
    "docs/add-label.md",
    "docs/words.md",
    "docs/prompting.md",
    "docs/reading.md",
    "docs/generation.md",
)
ORDER = ("majority", "classical", "scratch", "head", "partial", "lora", "full")
_MARK = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
Rows = dict[tuple[str, str], dict[str, Any]]


def main() -> None:
    """Bring every page up to date, or say which one is not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    stale = []
    check = parser.parse_args().check
    for name in PAGES:
        path = ROOT / name
        before = path.read_text(encoding="utf-8")
        after = filled(before)
        if after != before:
            stale.append(name)
            if not check:
                path.write_text(after, encoding="utf-8")
    print("stale: " + ", ".join(stale) if stale else "all figures are current")
    if check and stale:
        raise SystemExit(1)


def filled(page: str) -> str:
    """Return a page with fresh tables between its marks."""
    return _MARK.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}\n{found[3]}", page)


def quality() -> str:
    """Return one line per set: accuracy and macro-F1 of every strategy, the best in bold."""
    rows = newest()
    used = [name for name in ORDER if any(strategy == name for _, strategy in rows)]
    lines = []
    for data in dict.fromkeys(data for data, _ in rows):
        own = {name: rows[data, name] for name in used if (data, name) in rows}
        best = max(row["accuracy"] for row in own.values())
        first = next(iter(own.values()))
        cells = [_cell(own.get(name), best) for name in used]
        lines.append([data.replace(">", " → "), f"{first['n_train']} / {first['n_test']}", *cells])
    return table(["", "n", *used], lines)


def cost() -> str:
    """Return one line per set and strategy: calibration, seconds, speed and engine."""
    lines = [
        [
            row["set"].replace(">", " → "),
            row["strategy"],
            row["base"] or "none",
            row["effort"],
            f"{row['interval'][0]:.3f} to {row['interval'][1]:.3f}",
            f"{row['ece']:.3f}",
            f"{row['train_seconds']:.0f}",
            f"{row['train_cpu_seconds']:.0f}",
            "-" if row["strategy"] == "majority" else f"{row['documents_per_second']:,.0f}",
            row.get("engine", "-"),
        ]
        for row in newest().values()
    ]
    header = ["set", "strategy", "base", "effort", "95 % interval of the accuracy", "ECE"]
    return table([*header, "trained in (s)", "CPU-s", "texts/s", "engine"], lines)


def rival(name: str, keys: dict[str, str]) -> Callable[[], str]:
    """Return what makes the table of one rival's newest file, with the columns `keys`."""

    def made() -> str:
        found = newest_file(name)
        results = {k: v for k, v in found["results"].items() if isinstance(v, dict)}
        lines = [[arm, *(row.get(key, "-") for key in keys)] for arm, row in results.items()]
        return f"{table(['', *keys.values()], lines)}\n\n({machine_of(found)})"

    return made


def worth() -> str:
    """Return the answers of the newest study, a line per set."""
    found = newest_file("worth-it")["results"]
    questions = list(dict.fromkeys(q for one in found["sets"] for q in one["answers"]))
    lines = []
    for one in found["sets"]:
        known = one["facts"]
        about = f"{known['rows']} / {known['labels']} / {known['words per text']:.0f}"
        answers = [told(one["answers"].get(question)) for question in questions]
        lines.append([one["set"].replace(">", " → "), about, *answers])
    return table(["", "rows / labels / words", *questions], lines)


def told(answer: dict[str, Any] | None) -> str:
    """Return an answer as a cell: the difference in points, its interval, bold if it is sure."""
    if answer is None:
        return "-"
    low, high = (100 * end for end in answer["interval"])
    star = "" if answer["p"] is not None else " *"
    said = f"{100 * answer['difference']:+.1f} ({low:+.1f} to {high:+.1f})"
    return f"{answer['a']}: {said if answer['sign'] == 'null' else f'**{said}**'}{star}"


def rules() -> str:
    """Return how many sets each rule of the newest study foretold."""
    found = [one for one in newest_file("worth-it")["results"]["rules"] if "rules" in one]
    names = list(found[0]["rules"])
    lines = [
        [one["question"], one["n"], one["yes"], one["commonest"], *(one["rules"][n] for n in names)]
        for one in found
    ]
    return table(["does it pay?", "sets", "yes", "commonest answer", *names], lines)


def verdicts() -> str:
    """Return how long a whole comparison took, a line per set and effort."""
    found = newest_file("verdict")
    keys = ("rows", "seconds", "fitted", "left_out", "text")
    lines = [[name, *(row[key] for key in keys)] for name, row in found["results"].items()]
    header = ["", "rows", "seconds", "fitted", "left out", "verdict"]
    return f"{table(header, lines)}\n\n({machine_of(found)})"


def planted() -> str:
    """Return how many planted label errors came back, and what leaving the suspects out changed."""
    found = newest_file("label-errors")
    lines = [
        [
            f"{row['set']}, {row['strategy']}",
            row["planted"],
            f"{row['in_k']:.2f} / {row['in_2k']:.2f}",
            f"{row['listed_hits']} of {row['listed']}",
            *(f"{row[key]:.3f}" for key in ("clean", "planted_in", "left_out")),
            f"{row['p_left_out_against_planted']:.2f}",
        ]
        for row in found["results"]
    ]
    header = ["", "planted", "found in as many / twice as many", "right of those listed"]
    header += ["clean", "with errors", "suspects left out", "p of the gain"]
    return f"{table(header, lines)}\n\n({machine_of(found)})"


def added() -> str:
    """Return what old labels lost by each way of adding one, a line per set, label and way."""
    found = newest_file("add-label")
    keys = ("old_before", "old_after", "new_f1", "accuracy", "ece")
    lines = [
        [
            f"{row['set']}, {row['label']}",
            row["new_rows"],
            row["kept_by"],
            *(f"{row[key]:.3f}" if key in row else "-" for key in keys),
        ]
        for row in found["results"]
    ]
    header = ["", "its rows", "kept by", "old labels' F1 before", "after", "F1 of the new"]
    header += ["accuracy", "ECE"]
    return f"{table(header, lines)}\n\n({machine_of(found)})"


def forgotten() -> str:
    """Return the untouched base and every arm of the newest file on what a base forgot."""
    found = json.loads(sorted(RESULTS.glob("forgetting-*-20*.json"))[-1].read_text())
    arms = found["results"]
    moved = next(row for row in arms.values() if "readout_before" in row)
    lines = [["the untouched base", "-", moved["readout_before"], moved["readout_before"]]]
    lines[0] += [*(moved[f"{probe}_before"] for probe in ("sections_en", "other")), 1.0, 1.0, "-"]
    for name, row in arms.items():
        new = [
            f"{row[f'{p}_after']} / {row[f'{p}_refitted']}" if f"{p}_after" in row else "as before"
            for p in ("sections_en", "other")
        ]
        losses = [row.get(f"readout_{when}", "as before") for when in ("after", "refitted")]
        accuracy = f"{row['accuracy']} ({row['interval']})"
        lines.append(
            [
                name,
                accuracy,
                *losses,
                *new,
                row["cka"],
                row["cka_written"],
                row["train_cpu_seconds"],
            ]
        )
    header = [
        "",
        "test accuracy (95 %)",
        "readout loss",
        "fitted anew",
        "sections-en, old / new head",
    ]
    header += ["sst2, old / new head", "CKA", "CKA, written texts", "trained, CPU-s"]
    about = f"chance of the readout {moved['readout_chance']}; {found['machine']['processor']}"
    return f"{table(header, lines)}\n\n({about}, {found['date']})"


def newest() -> Rows:
    """Return the newest row of every set and strategy, sets and strategies in a fixed order."""
    found: Rows = {}
    for path in sorted(RESULTS.glob("strategies-*.json")):
        for row in json.loads(path.read_text()):
            found[row["set"], row["strategy"]] = row
    return {key: found[key] for key in sorted(found, key=lambda k: (k[0], ORDER.index(k[1])))}


def _cell(row: dict[str, Any] | None, best: float) -> str:
    if row is None:
        return "-"
    said = f"{row['accuracy']:.3f}"
    return f"{f'**{said}**' if row['accuracy'] == best else said} / {row['macro_f1']:.3f}"


_SPEED = {"tokens_per_second": "tokens/s", "peak_mb": "peak MB"}
_RATIOS = {
    "to trainer, random": "to random batches",
    "to trainer, by length": "to batches by length",
}
TABLES: dict[str, Callable[[], str]] = {
    **wordtables.TABLES,
    **prompttables.TABLES,
    **readertables.TABLES,
    "quality": quality,
    "worth": worth,
    "rules": rules,
    "verdicts": verdicts,
    "planted": planted,
    "added": added,
    "cost": cost,
    "forgetting": forgotten,
    "head": rival(
        "head",
        {"seconds": "seconds", "accuracy": "accuracy", "epochs": "passes", "peak_mb": "peak MB"},
    ),
    "training": rival(
        "training-all-minilm-l6-v2",
        {**_SPEED, "precision": "precision", **_RATIOS, "share_of_peak": "share of the peak"},
    ),
    "predicting": rival(
        "predicting",
        {
            "texts_per_second": "texts/s",
            "to_best_pipeline": "to the pipeline's best",
            "to_batch_32": "to its batch of 32",
            "accuracy": "accuracy",
            "peak_mb": "peak MB",
        },
    ),
}


if __name__ == "__main__":
    main()
