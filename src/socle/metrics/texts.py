"""How close written texts are to their references: BLEU, chrF, ROUGE, exact matches.

Every metric is one of statistics that add up over texts, shape (n, k), so that the bootstrap of
`socle.metrics.resampling` can draw them. All values are shares in 0..1, as everywhere in a report;
sacrebleu and papers print BLEU, chrF and ROUGE times 100. A text may have several references.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BLEU_ORDER = 4
CHRF_ORDER = 6
_BLEU = 2 + 2 * BLEU_ORDER
_CHRF = 3 * CHRF_ORDER
ROUGE = ("rouge1", "rouge2", "rougeL")
WIDTH = _BLEU + _CHRF + len(ROUGE) + 2
"""Columns of `statistics`: those of BLEU, chrF and ROUGE, whether it is exact, and one."""
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_STEMMED_FROM = 4
"""Letters of the shortest word that is stemmed, as in ROUGE-1.5.5."""


def statistics(
    said: Sequence[str], references: Sequence[Sequence[str]], *, stemmed: bool = False
) -> Floats:
    """Return all that `values` needs, a row per text, shape (n, WIDTH).

    Args:
        said: what was written.
        references: for each text one or more that would be right; none counts as an empty one.
        stemmed: whether ROUGE compares stems, which are those of English.
    """
    if not said:
        return np.zeros((0, WIDTH))
    known = [tuple(own) or ("",) for own in references]
    pairs = zip(said, known, strict=True)
    same = [text.strip() in {one.strip() for one in own} for text, own in pairs]
    columns = [
        bleu_statistics(said, known),
        chrf_statistics(said, known),
        rouge(said, known, stemmed=stemmed),
        np.array(same)[:, None],
        np.ones((len(said), 1)),
    ]
    return np.concatenate(columns, axis=1, dtype=np.float64)


def values(sums: NDArray[np.floating]) -> dict[str, Floats]:
    """Return every metric, shape (draws,), of summed `statistics`, shape (draws, WIDTH).

    bleu, chrf, rouge1, rouge2, rougeL, exact (the share that equals a reference) and length_ratio.
    """
    sums = np.asarray(sums, dtype=np.float64)
    of_bleu, of_chrf, means = np.split(sums, [_BLEU, _BLEU + _CHRF], axis=1)
    means = means[:, :-1] / np.maximum(means[:, -1:], 1)
    return {
        "bleu": bleu(of_bleu),
        "chrf": chrf(of_chrf),
        **dict(zip((*ROUGE, "exact"), means.T, strict=True)),
        "length_ratio": length_ratio(of_bleu),
    }


def exact(table: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which texts equal a reference, blanks around them aside, of `statistics`, (n,)."""
    return np.asarray(table[:, -2] > 0)


def bleu_statistics(said: Sequence[str], references: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """Return lengths of text and reference, hits and n-grams by order, shape (n, 10).

    As sacrebleu counts words (13a), case kept; the length is that of the closest reference.
    """
    from sacrebleu.metrics.bleu import BLEU

    # What is tokenised already is no fault of ours to warn of.
    return _counted(BLEU(force=True), said, references, _BLEU)


def bleu(sums: Floats) -> Floats:
    """Return corpus BLEU in 0..1, shape (draws,), of summed `bleu_statistics`, shape (draws, 10).

    Smoothed as sacrebleu does by default: the first order without a hit counts half a hit, the
    next a quarter. 0 where there is no hit at all, or no text of four words.
    """
    hits, totals = sums[:, 2 : 2 + BLEU_ORDER], sums[:, 2 + BLEU_ORDER :]
    missed = hits == 0
    smoothed = np.where(missed, 0.5 ** np.cumsum(missed, axis=1), hits)
    mean = np.log(smoothed / np.maximum(totals, 1)).mean(axis=1)
    brevity = np.minimum(0.0, 1 - sums[:, 1] / np.maximum(sums[:, 0], 1))
    there = hits.any(axis=1) & totals.all(axis=1)
    return np.asarray(np.where(there, np.exp(mean + brevity), 0.0))


def length_ratio(sums: Floats) -> Floats:
    """Return how long texts are, their references being 1, shape (draws,); 0 without references.

    In words, of summed `bleu_statistics`, shape (draws, 10).
    """
    return np.asarray(sums[:, 0] / np.maximum(sums[:, 1], 1))


def chrf_statistics(said: Sequence[str], references: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """Return n-grams of the text, of its best reference, and hits, by order, shape (n, 18).

    Characters as sacrebleu counts them: one to six, without blanks, case kept.
    """
    from sacrebleu.metrics.chrf import CHRF

    return _counted(CHRF(), said, references, _CHRF)


def chrf(sums: Floats) -> Floats:
    """Return corpus chrF in 0..1, shape (draws,), of summed `chrf_statistics`, shape (draws, 18).

    F with recall worth twice precision (beta 2), of their means over the orders that occur.
    """
    said, there, hits = np.moveaxis(sums.reshape(len(sums), CHRF_ORDER, 3), 2, 0)
    used = (said > 0) & (there > 0)
    orders = np.maximum(used.sum(axis=1), 1)
    precision, recall = (
        np.divide(hits, n, out=np.zeros_like(hits), where=used).sum(axis=1) / orders
        for n in (said, there)
    )
    below = 4 * precision + recall
    return np.asarray(5 * precision * recall / np.where(below > 0, below, 1))


def rouge(
    said: Sequence[str], references: Sequence[Sequence[str]], *, stemmed: bool = False
) -> Floats:
    """Return F1 of ROUGE-1, ROUGE-2 and ROUGE-L in 0..1, shape (n, 3).

    Of several references the best counts, for each metric its own. Corpus values are means.

    Args:
        said: what was written.
        references: for each text one or more.
        stemmed: whether words of four letters or more are cut to their stems (Porter's, English).
    """
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(list(ROUGE[:2]), tokenizer=_AsGiven())
    found = np.zeros((len(said), len(ROUGE)))
    for row, (text, own) in enumerate(zip(said, references, strict=True)):
        cut, right = words(text, stemmed), [words(one, stemmed) for one in own]
        best = scorer.score_multi(right, cut)
        found[row, :2] = [best[name].fmeasure for name in ROUGE[:2]]
        # The reference fills a table in Python, words times words: minutes for long documents.
        found[row, 2] = max(_f1(_common(cut, one), len(cut), len(one)) for one in right)
    return found


def words(text: str, stemmed: bool = False) -> list[str]:
    """Return the words that ROUGE compares: letters and digits of any script, in lower case.

    The default ones of rouge_score end at every letter with an accent, which breaks French words.
    """
    found = _WORD.findall(unicodedata.normalize("NFC", text).lower())
    if not stemmed:
        return found
    return [_stem(word) if len(word) >= _STEMMED_FROM else word for word in found]


class _AsGiven:
    """A tokenizer for texts that are cut already, so that each is cut once."""

    def tokenize(self, words: list[str]) -> list[str]:
        return words


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()


@lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    return str(_stemmer().stem(word))


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence.

    A row of the table is one number whose bits are words (Crochemore and others 2001, Hyyrö 2004).
    """
    short, long = sorted((one, other), key=len)
    places: dict[str, int] = {}
    for i, word in enumerate(long):
        places[word] = places.get(word, 0) | 1 << i
    whole = (1 << len(long)) - 1
    row = whole
    for word in short:
        if hits := row & places.get(word, 0):
            row = (row + hits | row - hits) & whole
    return len(long) - row.bit_count()


def _f1(common: int, said: int, there: int) -> float:
    return 2 * common / (said + there) if common else 0.0


def _counted(
    metric: Any, said: Sequence[str], references: Sequence[Sequence[str]], width: int
) -> NDArray[np.int64]:
    """Return sacrebleu's statistics by text; its public scores have no way to add up."""
    if not said:
        return np.zeros((0, width), dtype=np.int64)
    streams = list(zip_longest(*references))
    return np.array(metric._extract_corpus_statistics(list(said), streams), dtype=np.int64)
