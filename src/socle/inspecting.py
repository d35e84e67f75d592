"""What answers tell beyond their score: how sure, where wrong, and what is wrong with the data.

Every function takes answers that exist already, and returns plain values for JSON.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socle.data.dataset import Dataset
from socle.data.findings import many
from socle.evaluating import Answers, Measurement
from socle.metrics import faults
from socle.metrics.abstention import abstention_table, risk_coverage
from socle.metrics.calibration import reliability
from socle.metrics.significance import paired
from socle.tasks import Task

_MOST_LABELS = 30
_DISAGREEMENTS = 12
_SUSPECTS = 50
_CONFUSABLE = 10
_MISSING = "(without it)"
_TOO_MUCH = "(to be removed)"


def calibration(answers: Measurement) -> dict[str, Any] | None:
    """Return the expected calibration error with the bins of the reliability plot.

    None for a task of words, whose sentences have no one probability.
    """
    if answers.counted:
        return None
    bins = reliability(answers.confidence, answers.right)
    return {"ece": answers.report.metrics["ece"], "bins": [asdict(one) for one in bins]}


def coverage(answers: Answers) -> list[dict[str, float]]:
    """Return the risk at every coverage; nothing for a task of words."""
    if answers.counted:
        return []
    found = risk_coverage(answers.confidence, answers.right)
    rows = zip(found.coverage, found.risk, found.threshold, strict=True)
    return [{"coverage": float(c), "risk": float(r), "threshold": float(t)} for c, r, t in rows]


def abstention(held: Answers | None) -> list[dict[str, Any]]:
    """Return thresholds for some precisions, from training rows that the model had not seen."""
    return abstention_table(held.confidence, held.right) if held and not held.counted else []


def confusion(answers: Answers, n_labels: int) -> list[list[int]] | None:
    """Return counts by gold (rows) and answer (columns); None for several or many labels.

    None for a task of words as well.
    """
    if answers.counted or answers.gold.ndim == 2 or n_labels > _MOST_LABELS:
        return None
    known = answers.gold >= 0
    table = np.zeros((n_labels, n_labels), dtype=np.int64)
    np.add.at(table, (answers.gold[known], answers.chosen[known]), 1)
    return [[int(count) for count in row] for row in table]


def disagreements(
    task: Task, test: Dataset[Any], a: tuple[str, Answers], b: tuple[str, Answers]
) -> list[dict[str, Any]]:
    """Return the texts on which two candidates answer differently, one of them rightly.

    Those on which both are surest come first; half are the first one's successes, half the
    other's, as far as there are any.
    """
    (a_name, one), (b_name, other) = a, b
    sure = one.confidence + other.confidence
    found: list[int] = []
    for better, worse in ((one, other), (other, one)):
        rows = np.flatnonzero(better.right & ~worse.right)
        best = rows[np.argsort(-sure[rows], kind="stable")]
        found += best[: _DISAGREEMENTS // 2].tolist()
    found.sort(key=lambda row: -float(sure[row]))
    said = [task.decode(answers.probabilities[found]) for answers in (one, other)]
    return [
        {
            "text": test.examples[row].text,
            "origin": test.examples[row].origin,
            "gold": _words(test.examples[row].target),
            "a": a_name,
            "a_answer": _words(said[0][i].target),
            "a_probability": round(float(one.confidence[row]), 4),
            "b": b_name,
            "b_answer": _words(said[1][i].target),
            "b_probability": round(float(other.confidence[row]), 4),
        }
        for i, row in enumerate(found)
    ]


def suspected(held: Answers) -> list[faults.Suspect]:
    """Return the training rows whose label is likely wrong, the likeliest first.

    `row` counts the answers, which are those of rows that the model had not seen.
    """
    return faults.suspects(held.probabilities, held.gold)


def label_faults(
    task: Task,
    train: Dataset[Any],
    rows: NDArray[np.int64],
    held: Answers,
    found: Sequence[faults.Suspect],
) -> dict[str, Any]:
    """Return likely label errors with their texts, and pairs of labels the data cannot tell apart.

    Args:
        task: with the labels.
        train: the training rows.
        rows: numbers of those that were answered.
        held: answers to them by models that had not seen them.
        found: as `suspected` returns.
    """
    pairs = faults.confusable(held.probabilities, held.gold, task.labels, _CONFUSABLE)
    return {
        "n_suspects": len(found),
        "suspects": [_suspect(task, train, int(rows[one.row]), one) for one in found[:_SUSPECTS]],
        "confusable": [{"a": p.a, "b": p.b, "n": p.n, "share": p.share} for p in pairs],
    }


def _suspect(task: Task, train: Dataset[Any], row: int, one: faults.Suspect) -> Mapping[str, Any]:
    example = train.examples[row]
    return {
        "origin": example.origin,
        "text": example.text,
        "given": _MISSING if one.given is None else task.labels[one.given],
        "suggested": _TOO_MUCH if one.suggested is None else task.labels[one.suggested],
        "probability": one.score,
    }


def _words(target: Any) -> str:
    return target if isinstance(target, str) else " | ".join(target or ()) or "(none)"


def correction(name: str, left_out: int, before: Answers, after: Answers) -> dict[str, Any]:
    """Return what leaving out the likely label errors changed on the test set.

    Args:
        name: the candidate that was fitted again.
        left_out: how many training rows it was spared.
        before: its answers to the test set.
        after: the same without those rows.
    """
    found = paired(after.right, before.right)
    points = 100 * found.difference
    moved = f"gains {points:.1f}" if points >= 0 else f"loses {-points:.1f}"
    sure = "" if found.p < 0.05 else ", which may be chance"
    return {
        "left_out": left_out,
        "candidate": name,
        "before": float(before.right.mean()),
        "after": float(after.right.mean()),
        "interval": [found.low, found.high],
        "p": found.p,
        "text": (
            f"Fitted again without the {many(left_out, 'likely label error')}, `{name}` {moved} "
            f"points on the test rows{sure}."
        ),
    }
