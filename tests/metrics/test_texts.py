"""BLEU and chrF against sacrebleu, ROUGE against rouge_score; both are those of other papers."""

from __future__ import annotations

import re
import time
import unicodedata
from itertools import zip_longest
from typing import Any

import numpy as np
import pytest
import sacrebleu
from numpy.typing import NDArray
from rouge_score.rouge_scorer import RougeScorer

from socle.metrics import texts
from socle.metrics.resampling import paired_bootstrap

Corpus = tuple[list[str], list[tuple[str, ...]]]

REAL = [
    "Le café est fermé : l'équipe (re)viendra lundi, à 9 h 30.",
    "Mixed-precision training (MPT) is becoming practical; it isn't free, e.g. for LSTMs.",
    "gestionnaire de fenêtres de KDE, version Wayland, préversion 2.0~rc1",
    "Ce paquet fournit « libx11 » et ses en-têtes de développement_complets.",
    "The quick brown foxes are running and jumped over the lazier dogs' relations.",
    "Œuvre de cœur : noël, naïveté, ÉTÉ ; 1,500 €!",
]


def corpus(seed: int, n: int = 60, several: bool = True, known: int = 30) -> Corpus:
    """Return texts of 0 to 25 words and one to three references of each, more or less alike."""
    rng = np.random.default_rng(seed)
    vocabulary = [word for line in REAL for word in line.split()]
    vocabulary += [f"mot{i}" for i in range(known)]
    said, references = [], []
    for _ in range(n):
        right = [str(word) for word in rng.choice(vocabulary, rng.integers(1, 26))]
        versions = []
        for _ in range(1 + int(rng.integers(1, 4) if several else 1)):
            kept = [w if rng.random() < 0.7 else str(rng.choice(vocabulary)) for w in right]
            versions.append(" ".join(kept[: len(kept) - int(rng.integers(0, 3))]))
        said.append(versions[0])
        references.append(tuple(one or "vide" for one in versions[1:]))
    return said, references


def real() -> Corpus:
    said = [*REAL, REAL[0].lower(), REAL[4].replace("foxes", "fox"), "", "."]
    return said, [(REAL[(i + i % 2) % 6], REAL[i % 6][:40]) for i in range(len(said))]


def total(table: NDArray[Any]) -> NDArray[np.float64]:
    return table.sum(axis=0, keepdims=True).astype(np.float64)


CORPORA = [
    corpus(0),
    corpus(1, several=False),
    corpus(2, n=3),
    corpus(3, n=40, known=4000),
    real(),
    (["a b"], [("a b",)]),
    (["x"], [("y",)]),
    (["", ""], [("a b c d", "e"), ("f",)]),
    (["a b c d e", "q"], [("b a d c e", "a"), ("r s t u v",)]),
]
all_corpora = pytest.mark.parametrize("given", CORPORA, ids=range(len(CORPORA)))


@all_corpora
def test_bleu_and_chrf_are_those_of_sacrebleu(given: Corpus) -> None:
    said, references = given
    streams = list(zip_longest(*references))
    values = texts.values(total(texts.statistics(said, references)))
    bleu = sacrebleu.corpus_bleu(said, streams)
    assert values["bleu"][0] == pytest.approx(bleu.score / 100, abs=1e-12)
    assert values["length_ratio"][0] == pytest.approx(bleu.sys_len / bleu.ref_len)
    chrf = sacrebleu.corpus_chrf(said, streams)
    assert values["chrf"][0] == pytest.approx(chrf.score / 100, abs=1e-12)


class Own:
    """The tokenizer of `texts.words`, for the reference to use."""

    def __init__(self, stemmed: bool) -> None:
        self._stemmed = stemmed

    def tokenize(self, text: str) -> list[str]:
        return texts.words(text, self._stemmed)


@all_corpora
@pytest.mark.parametrize("stemmed", [False, True])
def test_rouge_is_that_of_rouge_score(given: Corpus, stemmed: bool) -> None:
    said, references = given
    scorer = RougeScorer(list(texts.ROUGE), tokenizer=Own(stemmed))
    best = [scorer.score_multi(list(b), a) for a, b in zip(said, references, strict=True)]
    expected = np.array([[one[name].fmeasure for name in texts.ROUGE] for one in best])
    found = texts.rouge(said, references, stemmed=stemmed)
    assert found == pytest.approx(expected, abs=1e-12)
    values = texts.values(total(texts.statistics(said, references, stemmed=stemmed)))
    assert [values[name][0] for name in texts.ROUGE] == pytest.approx(expected.mean(axis=0))


def test_english_stems_are_those_of_the_default_tokenizer() -> None:
    """Where no letter has an accent, figures are those that papers print."""
    said = [one for one in REAL if one.isascii()]
    references = [(said[i - 1], said[i][5:-9].replace("running", "runs")) for i in range(len(said))]
    scorer = RougeScorer(list(texts.ROUGE), use_stemmer=True)
    best = [scorer.score_multi(list(b), a) for a, b in zip(said, references, strict=True)]
    expected = [[one[name].fmeasure for name in texts.ROUGE] for one in best]
    assert texts.rouge(said, references, stemmed=True) == pytest.approx(np.array(expected))
    assert texts.words("Relations are running", stemmed=True) == ["relat", "are", "run"]
    assert texts.words("Relations are running") == ["relations", "are", "running"]


def test_letters_with_accents_are_letters() -> None:
    words = ["l", "œuvre", "d", "été", "à", "9", "h", "pré", "version", "x", "y"]
    assert texts.words("L'ŒUVRE d’Été à 9 h, pré-version x_y") == words
    apart = unicodedata.normalize("NFD", "Été préversion")
    assert texts.words(apart) == ["été", "préversion"]
    assert texts.rouge([apart], [["été préversion"]])[0].tolist() == [1, 1, 1]
    assert texts.rouge(["é"], [["è"]])[0].tolist() == [0, 0, 0]


def test_each_metric_takes_the_reference_that_is_best_for_it() -> None:
    (found,) = texts.rouge(["a b c d"], [["d c b a", "a b x y"]])
    alone = [texts.rouge(["a b c d"], [[one]])[0] for one in ("d c b a", "a b x y")]
    assert found.tolist() == np.maximum(*alone).tolist()
    assert found[0] == alone[0][0] > alone[1][0]
    assert found[1] == alone[1][1] > alone[0][1]


def test_statistics_add_up_whatever_the_parts() -> None:
    said, references = corpus(4)
    table = texts.statistics(said, references)
    assert table.shape == (60, texts.WIDTH)
    parts = [texts.statistics(said[i : i + 7], references[i : i + 7]) for i in range(0, 60, 7)]
    assert np.array_equal(np.concatenate(parts), table)
    draws = np.random.default_rng(0).integers(0, 60, (5, 60))
    together = texts.values(table[draws].sum(axis=1))
    for row, draw in enumerate(draws):
        alone = texts.values(total(table[draw]))
        drawn = [said[i] for i in draw]
        streams = list(zip_longest(*(references[i] for i in draw)))
        assert together["bleu"][row] == pytest.approx(
            sacrebleu.corpus_bleu(drawn, streams).score / 100
        )
        assert together["chrf"][row] == pytest.approx(
            sacrebleu.corpus_chrf(drawn, streams).score / 100
        )
        assert {k: v[row] for k, v in together.items()} == pytest.approx(
            {k: v[0] for k, v in alone.items()}
        )


def test_a_perfect_text_scores_one_and_no_text_nothing() -> None:
    lines = ["un deux trois quatre cinq", "six sept huit neuf dix"]
    right = [(line, "autre chose") for line in lines]
    table = texts.statistics([f" {line}\n" for line in lines], right)
    assert all(v[0] == pytest.approx(1) for v in texts.values(total(table)).values())
    assert texts.exact(table).tolist() == [True, True]
    table = texts.statistics(["", ""], right)
    assert all(v[0] == 0 for v in texts.values(total(table)).values())
    assert texts.exact(table).tolist() == [False, False]


def test_of_no_texts_there_are_no_rows_and_all_is_nought() -> None:
    table = texts.statistics([], [])
    assert table.shape == (0, texts.WIDTH)
    assert all(v.tolist() == [0.0] for v in texts.values(total(table)).values())
    assert texts.bleu_statistics([], []).shape == (0, 10)
    assert texts.chrf_statistics([], []).shape == (0, 18)


def test_a_text_without_reference_is_held_against_an_empty_one() -> None:
    table = texts.statistics(["a b c d", "e"], [(), ("e",)])
    assert texts.exact(table).tolist() == [False, True]
    assert np.isfinite(list(texts.values(total(table)).values())).all()


def test_a_better_system_is_told_from_a_worse_one() -> None:
    _, references = corpus(5, n=200, several=False)
    good = [own[0] for own in references]
    rng = np.random.default_rng(6)
    bad = [re.sub(r"\w+", lambda m: m[0] if rng.random() < 0.8 else "faux", one) for one in good]
    a, b = (texts.statistics(said, references) for said in (good, bad))
    for name in ("bleu", "chrf", "rouge2", "rougeL"):
        found = paired_bootstrap(a, b, lambda s, name=name: texts.values(s)[name], draws=500)  # type: ignore[misc]
        assert found.a > found.b > 0
        assert found.low > 0
        assert found.p < 0.05


def test_already_tokenised_texts_bring_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    texts.bleu_statistics(["a b c d ."] * 150, [("a b c d .",)] * 150)
    assert not caplog.records


def test_1500_pairs_take_a_few_seconds() -> None:
    said, references = corpus(7, n=1500, several=False)
    texts.rouge(said[:1], references[:1])
    began = time.process_time()
    texts.statistics(said, references)
    assert time.process_time() - began < 5


def test_long_texts_are_compared_in_no_time() -> None:
    rng = np.random.default_rng(8)
    one, other = (" ".join(map(str, rng.integers(0, 3000, 15_000))) for _ in range(2))
    began = time.process_time()
    texts.rouge([one], [[other]])
    assert time.process_time() - began < 3
