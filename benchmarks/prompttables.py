"""The tables of prompts and of written texts that `figures.py` puts into the pages.

A table whose file is not there yet is left out.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

import numpy as np
from measure import Row, newest, table
from numpy.typing import NDArray

from socle.metrics import resampling
from socle.metrics.significance import paired

RIVAL = "setfit"
STRATEGIES = (
    *("majority", "classical", "head", "nearest", "contrastive", RIVAL),
    *("zero-shot", "few-shot", "lora", "full"),
)
_WRITTEN = {
    "translation": {"chrf": "chrF", "bleu": "BLEU"},
    "summary": {"rougeL": "ROUGE-L", "rouge1": "ROUGE-1", "rouge2": "ROUGE-2"},
}
_CORRECTED = {"none": "as they are", "prior": "by unlabelled texts", "labelled": "by labelled rows"}


def few_labels() -> str:
    """Return a table for each number of labelled texts: sets by strategies."""
    found = newest("few-labels", "set", "size", "draw", "strategy", "base")
    named = [row | {"strategy": _column(row)} for row in found]
    # One base for each column and set: the newest.
    rows = list({(r["set"], r["size"], r["draw"], r["strategy"]): r for r in named}.values())
    sizes = sorted({row["size"] for row in rows})
    made = [_of_size([row for row in rows if row["size"] == size], size) for size in sizes]
    return "\n\n".join(made)


def _column(row: Row) -> str:
    """Return a strategy with what it is on where this may be a language model."""
    told = row["strategy"] in ("zero-shot", "few-shot")
    return f"{row['strategy']}, {row['base']}" if told else str(row["strategy"])


def _of_size(rows: list[Row], size: int) -> str:
    rank = {name: i for i, name in enumerate(STRATEGIES)}

    def place(name: str) -> tuple[int, str]:
        return rank.get(name.split(",")[0], len(rank)), name

    names = sorted({row["strategy"] for row in rows}, key=place)
    sets = list(dict.fromkeys(row["set"] for row in rows))
    cells = {(one, name): _own(rows, one, name) for one in sets for name in names}
    draws = max(row["draw"] for row in rows) + 1
    lines = [[one, *(_accuracy(cells[one, name], draws) for name in names)] for one in sets]
    # A mean over other sets than those of its neighbours would not compare with theirs.
    whole = [name for name in names if all(cells[one, name] for one in sets)]

    def over_sets(key: str) -> dict[str, float]:
        return {
            name: float(np.mean([np.mean([r[key] for r in cells[one, name]]) for one in sets]))
            for name in whole
        }

    def line(title: str, said: dict[str, str]) -> list[str]:
        return [title, *(said.get(name, "-") for name in names)]

    for title, key, form in (
        ("mean over sets", "accuracy", "{:.3f}"),
        ("CPU seconds to learn", "train_cpu_seconds", "{:.1f}"),
        ("texts per second", "documents_per_second", "{:,.0f}"),
    ):
        lines.append(line(title, {k: form.format(v) for k, v in over_sets(key).items()}))
    tests = {name: _against(rows, name) for name in names if name != RIVAL}
    compared = {name: found for name, found in tests.items() if found}
    if compared:
        titles = (f"points above {RIVAL}", "p, McNemar", "p, test texts as units")
        lines += [line(t, {k: v[i] for k, v in compared.items()}) for i, t in enumerate(titles)]
    fewer = any(0 < len(own) < draws for own in cells.values())
    note = " (in brackets how many, where there are fewer)" if fewer else ""
    head = f"{size} texts of each label; accuracy ± standard deviation over {draws} draws{note}:"
    return f"{head}\n\n{table(['', *names], lines)}"


def _own(rows: list[Row], of: str, strategy: str) -> list[Row]:
    return [row for row in rows if row["set"] == of and row["strategy"] == strategy]


def _accuracy(own: list[Row], draws: int) -> str:
    """Return mean and deviation, and how many draws they are of where some are missing."""
    if not own:
        return "-"
    values = np.array([row["accuracy"] for row in own])
    spread = f" ± {values.std(ddof=1):.3f}" if len(values) > 1 else ""
    return f"{values.mean():.3f}{spread}" + (f" ({len(own)})" if len(own) < draws else "")


def _against(rows: list[Row], strategy: str) -> tuple[str, str, str] | None:
    """Return how a strategy differs from the rival on the draws that both learnt.

    All draws of a set are asked about the same texts, which McNemar's test takes for different
    ones: so the paired bootstrap follows, with a test text and all its answers as one unit.
    """
    rival = {(row["set"], row["draw"]): row for row in rows if row["strategy"] == RIVAL}
    pairs = [
        (row["set"], right(row), right(rival[row["set"], row["draw"]]))
        for row in rows
        if row["strategy"] == strategy and (row["set"], row["draw"]) in rival
    ]
    if not pairs:
        return None
    ours = np.concatenate([own for _, own, _ in pairs])
    theirs = np.concatenate([other for _, _, other in pairs])
    names = list(dict.fromkeys(name for name, _, _ in pairs))
    texts = np.concatenate(
        [names.index(name) * 1_000_000 + np.arange(len(own)) for name, own, _ in pairs]
    )
    found = paired(ours, theirs)
    a, b = (resampling.accuracy_statistics(one) for one in (ours, theirs))
    grouped = resampling.paired_bootstrap(a, b, resampling.accuracy, groups=texts)
    return f"{100 * found.difference:+.1f}", _p(found.p), _p(grouped.p)


def right(row: Row) -> NDArray[np.bool_]:
    """Return which rows of the test a row of results has right, (n_test,)."""
    packed = np.frombuffer(base64.b64decode(row["right"]), dtype=np.uint8)
    return np.unpackbits(packed, count=row["n_test"]).astype(bool)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _prompting(kind: str, *keys: str) -> list[Row]:
    found = newest("prompting", "kind", "set", "base", "effort", *keys)
    return [row for row in found if row["kind"] == kind]


def calibration() -> str:
    """Return a line for each set, base and way to score: accuracy by every correction."""
    rows = _prompting("calibration", "scoring", "calibration")
    if not rows:
        return ""
    ways = list(dict.fromkeys(row["calibration"] for row in rows))
    groups: dict[tuple[str, str, str], dict[str, Row]] = {}
    for row in rows:
        key = (row["set"], row["base"], row["scoring"])
        groups.setdefault(key, {})[row["calibration"]] = row
    lines = []
    for (name, base, how), own in groups.items():
        first = next(iter(own.values()))
        told = [_share(own[way]["accuracy"]) if way in own else "-" for way in ways]
        lines.append([name, base, how, first["n_test"], f"{first['commonest']:.3f}", *told])
    return table(["", "base", "scores", "n", "commonest label", *ways], lines)


def orders() -> str:
    """Return the spread of accuracy over orders of examples: mean, and from least to greatest."""
    rows = _prompting("orders")
    if not rows:
        return ""
    lines = []
    for row in rows:
        told = []
        for name in _CORRECTED:
            values = row["accuracy"][name]
            told.append(f"{np.mean(values):.3f} ({min(values):.3f} to {max(values):.3f})")
        lines.append([row["set"], row["base"], row["shots"], len(values), row["n_test"], *told])
    return table(["", "base", "shown", "orders", "n", *_CORRECTED.values()], lines)


def speed() -> str:
    """Return documents per second beside `generate`, and how often both answer alike."""
    rows = _prompting("speed")
    if not rows:
        return ""
    arms = list(rows[0]["documents_per_second"])
    lines = [
        [
            *(row["set"], row["base"], row["precision"], row["labels"], row["shots"]),
            *(row["prompt_tokens"], row["answer_tokens"]),
            *(f"{row['documents_per_second'][arm]:.2f}" for arm in arms),
            f"**{row['to_best']:.1f}**",
            f"{row['agreement']:.2f} / {row['agreement_uncalibrated']:.2f}",
            f"{row['accuracy']['socle']:.3f} / {row['accuracy']['generate']:.3f}",
        ]
        for row in rows
    ]
    header = ["", "base", "precision", "labels", "shown", "tokens of a prompt", "of an answer"]
    header += [f"{arm} (texts/s)" for arm in arms]
    header += ["times its best", "same answer, calibrated / not", "accuracy, socle / generate"]
    return table(header, lines)


def injections() -> str:
    """Return how many orders in documents were obeyed, and how many moved a label."""
    rows = newest("injections", "base", "task", "language", "fence", "labels")
    written = [row for row in rows if row["task"] != "classification"]
    sorted_ = [row for row in rows if row["task"] == "classification"]
    parts = []
    if written:
        cells: dict[tuple[str, str, str], dict[bool, Row]] = {}
        for row in written:
            key = (row["base"], row["task"], row["language"])
            cells.setdefault(key, {})[row["fence"]] = row
        wanted = [(key, fence) for key in ("obeyed", "empty") for fence in (True, False)]
        lines = [
            [*about, *(_of(own[fence], key) if fence in own else "-" for key, fence in wanted)]
            for about, own in cells.items()
        ]
        header = ["base", "task", "documents", "obeyed, fence", "without"]
        parts.append(table([*header, "no answer at all, fence", "without"], lines))
    if sorted_:
        lines = [
            [
                *(row["base"], ", ".join(row["labels"]), row["language"]),
                *(_of(row, key) for key in ("is_label", "moved", "moved_by_harmless")),
            ]
            for row in sorted_
        ]
        header = ["base", "labels", "documents", "answer is a label", "other label by the order"]
        parts.append(table([*header, "by a harmless sentence"], lines))
    return "\n\n".join(parts)


def _of(row: Row, key: str) -> str:
    return f"{row[key]} of {row['n']}"


def written_texts() -> str:
    """Return scores of translations, then of summaries, and what both engines make of a model."""
    rows = newest("generation", "set", "strategy", "base", "effort", "n_train", "n_test")
    parts = [_written(rows, task, names) for task, names in _WRITTEN.items()]
    lines = []
    for row in rows:
        for engine, own in row.get("engines", {}).items():
            if engine != "int8_less_full":
                changed = row["engines"]["int8_less_full"]
                said = f"{100 * changed['difference']:+.2f} (p {_p(changed['p'])})"
                told = [row["set"].rpartition("/")[2], _name(row), engine, *_first(own)]
                last = said if "int8" in engine else "-"
                lines.append([*told, f"{own['documents_per_second']:.1f}", last])
    if lines:
        header = ["", "", "engine", "score", "95 % interval", "texts/s", "int8 less full"]
        parts.append(table(header, lines))
    return "\n\n".join(part for part in parts if part)


def _written(rows: Sequence[Row], task: str, names: dict[str, str]) -> str:
    lines = []
    for row in (row for row in rows if row["task"] == task):
        others = [f"{100 * row['metrics'][name]:.1f}" for name in list(names)[1:]]
        lines.append(
            [
                *(row["set"].rpartition("/")[2], _name(row), row["base"] or "none"),
                *(f"{row['n_train']} / {row['n_test']}", *_first(row), *others),
                f"{row['metrics']['length_ratio']:.2f}",
                *(row["cut"], row["empty"], f"{row['train_cpu_seconds']:.0f}"),
                f"{row['documents_per_second']:,.1f}" if row["base"] else "-",
                row.get("engine", "-"),
            ]
        )
    if not lines:
        return ""
    first, *more = names.values()
    header = ["", "", "base", "n", first, "95 % interval", *more, "length", "cut", "empty"]
    return table([*header, "CPU seconds to learn", "texts/s", "engine"], lines)


def _first(row: Row) -> list[str]:
    """Return the metric that decides, with its interval."""
    low, high = (f"{100 * end:.1f}" for end in row["interval"])
    return [f"**{100 * row['metrics'][row['metric']]:.1f}**", f"{low} to {high}"]


def _name(row: Row) -> str:
    effort = f", effort {row['effort']}" if row["strategy"] in ("lora", "full", "partial") else ""
    return str(row["strategy"]) + effort


def decoding() -> str:
    """Return tokens per second of every engine, a column for each kind of work."""
    rows = newest("decoding", "base", "arm", "work")
    if not rows:
        return ""
    works = list(dict.fromkeys(row["work"] for row in rows))
    about = {row["work"]: f"{row['work']}: {row['prompts']} × {row['tokens']}" for row in rows}
    cells: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        cells.setdefault((row["base"], row["arm"]), {})[row["work"]] = row
    lines = [
        [*key, *(f"{own[work]['tokens_per_second']:.1f}" if work in own else "-" for work in works)]
        for key, own in cells.items()
    ]
    last = rows[-1]
    own = last["machine"]
    told = f"{own['processor']}, {last['threads']} threads, {', '.join(own['instructions'])}"
    head = [f"{about[work]} tokens (tokens/s)" for work in works]
    return f"{table(['base', 'engine', *head], lines)}\n\n({told})"


def _share(value: float | None) -> str:
    return "refused" if value is None else f"{value:.3f}"


TABLES: dict[str, Callable[[], str]] = {
    "few_labels": few_labels,
    "calibration": calibration,
    "orders": orders,
    "speed_of_prompts": speed,
    "injections": injections,
    "translation_and_summaries": written_texts,
    "decoding": decoding,
}
