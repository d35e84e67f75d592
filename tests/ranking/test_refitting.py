"""Refitting to a user's own suppliers."""

from __future__ import annotations

from typing import Any

import numpy as np

from socle.pages import Document
from socle.ranking.fitting import judged
from socle.ranking.header import header
from socle.ranking.ranker import Ranker, load
from socle.ranking.refitting import refit
from specimens import reading
from specimens.invoices import make

Pair = tuple[Document, dict[str, Any]]
_SUPPLIERS = (24_003, 24_007)


def _documents(layout: int, count: int) -> list[Pair]:
    rng = np.random.default_rng(layout)
    made = [make(rng, layout=layout, language="fr") for _ in range(count)]
    return [(reading.words(one), one.truth) for one in made]


def _mistakes(ranker: Ranker, pairs: list[Pair]) -> int:
    return sum(
        not right
        for document, truth in pairs
        for _, _, right in judged(header(document, ranker), truth)
    )


def _total(ranker: Ranker) -> float:
    return sum(float(np.abs(n.weights[-1]).sum()) for n in ranker.networks.values())


def test_a_few_corrected_documents_help_with_the_next_of_the_same_supplier() -> None:
    shipped = load()
    before = after = 0
    for layout in _SUPPLIERS:
        pairs = _documents(layout, 7)
        mine = refit(shipped, pairs[:4])
        before += _mistakes(shipped, pairs[4:])
        after += _mistakes(mine, pairs[4:])
    assert after <= before


def test_weights_move_only_where_there_is_something_to_learn() -> None:
    shipped = load()
    assert _total(refit(shipped, [])) == _total(shipped)
    document, truth = _documents(24_003, 1)[0]
    wrong = {**truth, "total_amount": truth["net_amount"]} if "net_amount" in truth else truth
    assert _total(refit(shipped, [(document, wrong)])) != _total(shipped)
    assert _total(load()) == _total(shipped)
