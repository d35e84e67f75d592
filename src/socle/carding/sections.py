"""The sections of a model card, each a function of the report that gives lines of Markdown.

Everything comes from the report, the record of the base and the rights. What a run did not measure
has no section; what belongs to a card and is not known is written as unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from socle.bases import Base
from socle.carding.front import hub_id
from socle.licensing import Rights
from socle.recipe import Recipe

_METRICS = {
    "chrf": "chrF",
    "bleu": "BLEU",
    "rougeL": "ROUGE-L",
    "rouge1": "ROUGE-1",
    "rouge2": "ROUGE-2",
    "las": "LAS",
    "uas": "UAS",
    "clas": "CLAS",
    "upos": "UPOS",
    "xpos": "XPOS",
    "ufeats": "features",
    "lemma": "lemma",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "partial_f1": "partial F1",
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "micro_f1": "micro-F1",
    "mcc": "Matthews correlation",
    "ece": "expected calibration error",
}
_BESIDE = {
    "accuracy": "macro_f1",
    "f1": "partial_f1",
    "las": "uas",
    "upos": "lemma",
    "chrf": "bleu",
    "rougeL": "rouge1",
}
"""What a metric is shown with."""
_COSTS = {
    "train_seconds": "seconds to learn",
    "train_cpu_seconds": "CPU seconds to learn",
    "documents_per_second": "documents per second",
    "cpu_seconds_per_1000": "CPU seconds per 1,000 documents",
    "latency_p50_ms": "milliseconds for one document, median",
    "latency_p95_ms": "milliseconds for one document, 95th percentile",
    "peak_memory_mb": "memory at its peak, MB",
    "startup_seconds": "seconds to start",
    "size_mb": "size of what was learnt, MB",
    "energy_wh_per_1000": "watt-hours per 1,000 documents",
    "energy_mode": "how the energy was found",
    "price_per_1000": "price per 1,000 documents",
    "currency": "currency",
}
_MARKUP = re.compile(r"([\\`*\[\]<>|])")
_FEW = 20
"""Below so many test examples of a label, a figure of it says little."""
_SMALL_TEST = 200
"""Below so many test rows, the 95 % interval of an accuracy of 0.85 is 10 points wide or more."""


def what_it_is(report: Mapping[str, Any], base: Base | None) -> list[str]:
    """Say what the model does, and how it came about."""
    labels = [plain(row["label"]) for row in report.get("labels", ())]
    told = f"Labels, {len(labels)}: {', '.join(labels)}." if labels else "Labels: unknown."
    writes = report["task"] == "generation"
    return [
        "# Adapted model",
        "",
        f"Task: {plain(report['task'])}. Strategy: {plain(report['strategy'])}. "
        f"Base: {plain(base.name) if base else 'none'}.",
        "",
        "It answers with texts of its own, not with labels." if writes else told,
        "",
        "Made and measured by Socle; `socle predict` asks it. This card was written from the "
        "report of the run.",
    ]


def data(report: Mapping[str, Any], data_name: str, rights: Rights) -> list[str]:
    """Say what it learnt from and was measured on."""
    prints = report.get("data") or {}
    rows = [
        ["training", report["n_train"], f"`{prints.get('train', 'unknown')}`"],
        ["test", report["n_test"], f"`{prints.get('test', 'unknown')}`"],
    ]
    licence = [p.licence for p in rights.parts if p.what == "data"]
    return [
        "## Data",
        "",
        f"Name: {plain(data_name) or 'unknown'}. "
        f"Licence: {plain(' and '.join(licence)) if licence else 'unknown'}.",
        "",
        *table(["rows", "number", "fingerprint"], rows),
        "",
        "No test row was learnt from.",
    ]


def recipe(report: Mapping[str, Any], settings: Recipe | None) -> list[str]:
    """Say with which settings."""
    own = _own(report)
    facts: dict[str, Any] = {**report.get("learnt", {}), **(own.get("settings") or {})}
    if settings:
        chosen = settings.to_toml().splitlines()
        given = (line.split(" = ", 1) for line in chosen if not line.startswith("#"))
        facts = {**{name: value.strip('"') for name, value in given}, **facts}
    for key in ("effort", "seed", "seeds"):
        if report.get(key) is not None:
            facts[key] = report[key]
    told = [[f"`{plain(name)}`", plain(value)] for name, value in facts.items()]
    lines = table(["setting", "value"], told) if told else ["Its settings are unknown here."]
    return ["## Recipe", "", *lines, "", "The recipe.toml of the saved model has every choice."]


def measured(report: Mapping[str, Any]) -> list[str]:
    """Give the metrics with their intervals, and the table by label."""
    if not report["metrics"]:
        return ["## Measured", "", "Nothing: no labelled row was given."]
    own = _own(report)
    intervals = {**(own.get("intervals") or {}), **report.get("intervals", {})}
    rows = [
        [name, f"{report['metrics'][key]:.3f}", _interval(intervals.get(key))]
        for key, name in _METRICS.items()
        if report["metrics"].get(key) is not None
    ]
    lines = [
        "## Measured",
        "",
        f"On {report['n_test']} examples that it never saw, after learning from "
        f"{report['n_train']}:",
        "",
        *table(["metric", "value", "95 % interval"], rows),
    ]
    by_label = [
        [plain(r["label"]), *(f"{r[k]:.3f}" for k in ("precision", "recall", "f1")), r["support"]]
        for r in report.get("labels", ())
    ]
    if by_label:
        lines += ["", *table(["label", "precision", "recall", "F1", "examples"], by_label)]
    return lines


def rivals(report: Mapping[str, Any]) -> list[str]:
    """Give the candidates side by side, those left out with the reason, and the verdict."""
    rows, left = [], []
    first, *more = _compared_by(report)
    for row in report.get("candidates", ()):
        name = plain(_name(row))
        if "metrics" in row:
            m, speed = row["metrics"], _cost(row).get("documents_per_second")
            figures = [_figure(m.get(first)), _interval(row.get("interval"))]
            figures += [_figure(m.get(key)) for key in more]
            last = "unknown" if speed is None else f"{speed:.0f}"
            rows.append([name, plain(row.get("base") or "none"), *figures, last])
        elif reason := row.get("skipped") or row.get("failed"):
            left.append(f"- {name}: {plain(reason)}")
    named = (_METRICS[first], "95 % interval", *(_METRICS[key] for key in more))
    head = ["candidate", "base", *named, "documents per second"]
    lines = ["## Rivals", "", *table(head, rows)] if rows else ["## Rivals", "", "None measured."]
    lines += ["", "Not measured:", "", *left] if left else []
    verdict = (report.get("verdict") or {}).get("text")
    return [*lines, "", "## Verdict", "", verdict or "unknown"]


def cost(report: Mapping[str, Any]) -> list[str]:
    """Give what it costs to learn and to ask, as far as it was measured."""
    own = _own(report)
    found = {**_cost(own), **(report.get("cost") or {})}
    rows = [
        [name, f"{found[key]:.4g}" if isinstance(found[key], int | float) else plain(found[key])]
        for key, name in _COSTS.items()
        if found.get(key) is not None
    ]
    seconds = report.get("seconds")
    if isinstance(seconds, Mapping):
        names = {"total": "seconds of the whole run", "train": "seconds of this candidate"}
        rows += [[names[key], f"{seconds[key]:.4g}"] for key in names if key in seconds]
    lines = table(["cost", "value"], rows) if rows else ["unknown"]
    return ["## Cost", "", *lines, "", "On the machine of the run; another one differs."]


def calibration(report: Mapping[str, Any]) -> list[str]:
    """Give how far its probabilities can be trusted, and where it should rather not answer."""
    own = _own(report)
    bins = (report.get("calibration") or own.get("calibration") or {}).get("bins") or ()
    steps = report.get("abstention") or own.get("abstention") or ()
    lines: list[str] = []
    if bins:
        rows = [
            [f"{b['low']:.2f} to {b['high']:.2f}", b["count"], *map(_figure, _pair(b))]
            for b in bins
            if b["count"]
        ]
        head = ["probability", "examples", "mean probability", "accuracy"]
        lines += ["## Calibration", "", *table(head, rows), ""]
    if steps:
        rows = [
            [_figure(s["precision"]), "not reachable", "", ""]
            if s.get("threshold") is None
            else [_figure(s[key]) for key in ("precision", "threshold", "coverage", "lower")]
            for s in steps
        ]
        head = ["precision wanted", "answer from probability", "share answered", "lower bound"]
        lines += ["## Abstention", "", *table(head, rows), ""]
    return lines[:-1]


def limits(report: Mapping[str, Any], base: Base | None) -> list[str]:
    """Say what the figures do not tell."""
    found = [_of_split(report)] if report["n_test"] else ["Nothing was measured."]
    first, *_ = _compared_by(report)
    if interval := report.get("intervals", {}).get(first):
        width = 100 * (interval[1] - interval[0])
        found.append(f"The 95 % interval of the {_METRICS[first]} is {width:.1f} points wide.")
    if told := (report.get("detectable") or {}).get("text"):
        found.append(told)
    counted = [row for row in report.get("labels", ()) if "support" in row]
    few = [plain(row["label"]) for row in counted if row["support"] < _FEW]
    if few:
        found.append(f"Fewer than {_FEW} test examples, so figures that say little: {_some(few)}.")
    found.append(
        "Training and test rows come from the same source unless the user gave another test: texts "
        "of another kind, place or time may fare worse."
    )
    if base:
        languages = ", ".join(base.languages)
        found.append(f"Languages of the base: {languages}. The language of the data: unknown.")
    if base and base.notes:
        found.append(base.notes)
    found += [plain(note) for note in report.get("notes", ())]
    return ["## Limits", "", *(f"- {line}" for line in found)]


def lineage(base: Base | None, sha256: str | None) -> list[str]:
    """Say what it descends from."""
    if base is None:
        return ["## Lineage", "", "It rests on no base: all was learnt from the training rows."]
    openness = f"weights {base.weights}, code {base.code}, data {base.data}"
    rows = [
        ["base", f"{plain(base.title)} (`{plain(base.name)}`), {base.year or 'year unknown'}"],
        ["on the hub", plain(hub_id(base) or "unknown")],
        [
            "SHA-256 of its weights",
            f"`{sha256}`" if sha256 else "unknown here; the socle.json of the saved model has it",
        ],
        ["licence", plain(base.licence)],
        ["languages", ", ".join(base.languages)],
        ["parameters", f"{base.parameters:,}" if base.parameters else "unknown"],
        ["openness", openness],
        ["described in", base.reference or "unknown"],
    ]
    told = f"Training data as its authors state it: {base.training_data}"
    return ["## Lineage", "", *table(["what", "which"], rows), "", told]


def rights(found: Rights, base: Base | None) -> list[str]:
    """Say what may be done with it."""
    lines = ["## Rights", "", found.text]
    if base and base.use_restrictions:
        lines += ["", base.use_restrictions]
    if found.conditions:
        lines += ["", *(f"- {plain(line)}" for line in found.conditions)]
    rows = [[p.what, plain(p.licence), p.commercial, plain(p.why)] for p in found.parts]
    lines += ["", *table(["part", "licence", "commercial use", "because"], rows)]
    return [*lines, "", "Put together by rule from what was stated; no legal advice."]


def plain(value: object) -> str:
    """Return a value as text of one line that Markdown takes as it is."""
    return _MARKUP.sub(r"\\\1", " ".join(str(value).split()))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return the lines of a Markdown table; cells are taken as they are."""
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(str(cell) for cell in line)} |" for line in lines]


def _own(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the row of the candidate that the card is of."""
    rows = report.get("candidates", ())
    return next((row for row in rows if _name(row) == report["strategy"]), {})


def _compared_by(report: Mapping[str, Any]) -> list[str]:
    """Return the metric by which candidates were compared, and one to show beside it."""
    first = next((name for name in report.get("intervals") or () if name in _METRICS), "accuracy")
    second = _BESIDE.get(first, "macro_f1")
    known = [row["metrics"] for row in report.get("candidates", ()) if "metrics" in row]
    return [first, second] if not known or any(second in one for one in known) else [first]


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("name") or row["strategy"])


def _cost(row: Mapping[str, Any]) -> Mapping[str, Any]:
    speed = {k: row[k] for k in ("documents_per_second",) if k in row}
    return {**speed, **(row.get("cost") or {})}


def _of_split(report: Mapping[str, Any]) -> str:
    seeds = report.get("seeds") or ()
    if len(seeds) > 1:
        return f"Measured on one test set of {report['n_test']} rows, with {len(seeds)} seeds."
    few = ", which is few" if report["n_test"] < _SMALL_TEST else ""
    return (
        f"Measured once, on one split with {report['n_test']} test rows{few}: another split or "
        "seed would give other figures."
    )


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _pair(bin_: Mapping[str, Any]) -> tuple[float | None, float | None]:
    return bin_["confidence"], bin_["accuracy"]


def _interval(ends: Sequence[float] | None) -> str:
    return f"{ends[0]:.3f} to {ends[1]:.3f}" if ends else "unknown"


def _some(names: Sequence[str], shown: int = 10) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
