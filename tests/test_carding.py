"""The model card says what was measured, and what the base allows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from socle.bases import catalogue
from socle.carding import card

REPORT: dict[str, Any] = {
    "task": "classification",
    "strategy": "head",
    "n_train": 160,
    "n_test": 40,
    "metrics": {"accuracy": 0.9, "macro_f1": 0.8911, "ece": 0.0321},
    "intervals": {"accuracy": (0.769, 0.9604)},
    "candidates": [
        {
            "strategy": "majority",
            "metrics": {"accuracy": 0.5, "macro_f1": 0.3333},
            "documents_per_second": 99999.6,
        },
        {"strategy": "full", "skipped": "it would take 3 h"},
        {
            "strategy": "head",
            "metrics": {"accuracy": 0.9, "macro_f1": 0.8911},
            "documents_per_second": 812.3,
        },
    ],
    "verdict": {"text": "Use `head`: accuracy 0.900."},
    "labels": [{"label": "négatif", "precision": 1.0, "recall": 0.5, "f1": 0.667, "support": 20}],
}


def test_it_says_what_was_measured_and_on_what() -> None:
    text = card(REPORT, None)
    assert "Strategy: head. Base: none." in text
    assert "On 40 examples that it never saw, after learning from 160" in text
    assert "accuracy 0.900 (95 % interval 0.769 to 0.960), macro-F1 0.891" in text
    assert "expected calibration error 0.032" in text
    assert "Use `head`: accuracy 0.900." in text
    assert "| négatif | 1.000 | 0.500 | 0.667 | 20 |" in text
    assert "## Base" not in text


def test_the_rivals_stand_beside_it_and_the_skipped_do_not() -> None:
    text = card(REPORT, None)
    assert "| majority | 0.500 | 0.333 | 100000 |" in text
    assert "| head | 0.900 | 0.891 | 812 |" in text
    assert "| full |" not in text


@pytest.mark.parametrize("name", ["multilingual-e5-small", "gemma-3-270m"])
def test_the_licence_and_the_origin_of_the_base_go_with_it(name: str) -> None:
    base = catalogue.record(name)
    text = card(REPORT, base)
    assert f"Base: {name}." in text
    assert f"Licence of the base: {base.licence}." in text
    assert base.training_data in text
    assert f"weights {base.weights}" in text
    assert base.use_restrictions in text


def test_the_use_restrictions_of_gemma_are_not_empty() -> None:
    assert len(catalogue.record("gemma-3-270m").use_restrictions) > 20


def test_every_table_has_the_columns_of_its_head() -> None:
    lines = card(REPORT, None).splitlines()
    for above, line in pairwise(lines):
        if above.startswith("|") and line.startswith("|"):
            assert above.count("|") == line.count("|")
