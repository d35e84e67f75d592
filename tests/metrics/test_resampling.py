"""The bootstrap against scipy and sacrebleu, and by how often it is wrong on made-up systems."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray
from sacrebleu.metrics import BLEU
from sacrebleu.significance import PairedTest

from socle.metrics.labels import scores
from socle.metrics.resampling import (
    Floats,
    accuracy,
    accuracy_statistics,
    bootstrap,
    macro_f1,
    macro_f1_statistics,
    paired_bootstrap,
)
from socle.metrics.significance import mcnemar, tango, wilson

Labels = NDArray[np.int64]


def systems(
    n: int, n_labels: int, generator: np.random.Generator, right: float = 0.8
) -> tuple[Labels, Labels, Labels]:
    """Return gold labels and the answers of two equally good systems that err alike half the time.

    Label i is as frequent as 1 / sqrt(i).
    """
    shares = np.arange(1, n_labels + 1) ** -0.5
    shares /= shares.sum()
    gold, shared = (generator.choice(n_labels, n, p=shares) for _ in range(2))
    alike, luck = generator.random(n) < 0.5, generator.random(n)
    answers = []
    for _ in range(2):
        own, chance = generator.choice(n_labels, n, p=shares), generator.random(n)
        wrong = np.where(alike, shared, own)
        answers.append(np.where(np.where(alike, luck, chance) < right, gold, wrong))
    return gold, answers[0], answers[1]


def mean(sums: Floats) -> Floats:
    return sums[:, 0] / sums[:, 1]


def with_counts(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([values, np.ones_like(values)], axis=1)


def test_macro_f1_is_that_of_the_labels() -> None:
    generator = np.random.default_rng(0)
    gold, predicted, _ = systems(200, 6, generator)
    gold[gold == 4], predicted[predicted == 4] = 0, 0
    names = tuple("abcdef")
    summed = macro_f1_statistics(gold, predicted, 6).sum(axis=0, dtype=float)[None]
    assert macro_f1(summed)[0] == pytest.approx(scores(gold, predicted, names)["macro_f1"])
    many_gold, many_predicted = generator.integers(0, 2, (2, 80, 6))
    summed = macro_f1_statistics(many_gold, many_predicted, 6).sum(axis=0, dtype=float)[None]
    expected = scores(many_gold, many_predicted, names)["macro_f1"]
    assert macro_f1(summed)[0] == pytest.approx(expected)
    assert macro_f1(np.zeros((1, 9)))[0] == 0.0
    right = gold == predicted
    summed = accuracy_statistics(right).sum(axis=0, dtype=float)[None]
    assert accuracy(summed)[0] == pytest.approx(right.mean())


@pytest.mark.parametrize("few_kinds", [True, False])
def test_the_interval_is_that_of_scipy(few_kinds: bool) -> None:
    """BCa; at 800 units Student's t widens it by a fifth of a percent."""
    values = np.random.default_rng(1).lognormal(size=800)
    if few_kinds:
        values = np.rint(values)
    expected = scipy.stats.bootstrap(
        (values,), np.mean, method="BCa", n_resamples=10_000, rng=np.random.default_rng(2)
    ).confidence_interval
    found = bootstrap(with_counts(values), mean)
    width = expected.high - expected.low
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(expected.low, abs=0.03 * width)
    assert found.high == pytest.approx(expected.high, abs=0.03 * width)


def test_few_units_are_read_on_students_t() -> None:
    """Means of 12 normal units: the interval and p of the t test, not of the normal one."""
    values = np.random.default_rng(3).normal(0.5, 1, 12)
    against = paired_bootstrap(with_counts(values), with_counts(np.zeros(12)), mean, draws=40_000)
    t_test = scipy.stats.ttest_1samp(values, 0.0)
    low, high = t_test.confidence_interval()
    assert against.high - against.low == pytest.approx(high - low, rel=0.06)
    assert against.p == pytest.approx(t_test.pvalue, rel=0.3)


@pytest.mark.parametrize("n", [2, 3])
def test_of_a_handful_of_units_little_is_known(n: int) -> None:
    values = np.array([0.0, 1.0, 0.2])[:n]
    found = bootstrap(with_counts(values), mean, draws=2000)
    assert (found.low, found.high) == (values.min(), values.max())
    assert paired_bootstrap(with_counts(values), with_counts(-values), mean).p > 0.05


def test_groups_are_drawn_whole() -> None:
    """Ten copies of each unit, in one group, say no more than the unit alone."""
    generator = np.random.default_rng(4)
    gold, a, b = systems(150, 4, generator)
    alone = [macro_f1_statistics(gold, answers, 4) for answers in (a, b)]
    copied = [np.repeat(stats, 10, axis=0) for stats in alone]
    groups = np.repeat([f"author {i:03}" for i in range(150)], 10)
    expected = paired_bootstrap(*alone, macro_f1)
    assert paired_bootstrap(*copied, macro_f1, groups=groups).p == pytest.approx(expected.p)
    assert bootstrap(copied[0], macro_f1, groups=groups).low == pytest.approx(
        bootstrap(alone[0], macro_f1).low, abs=1e-9
    )
    assert paired_bootstrap(*copied, macro_f1).p < expected.p / 2


def test_the_answers_agree_with_those_for_right_and_wrong() -> None:
    generator = np.random.default_rng(5)
    a, b = generator.random(1000) < 0.86, generator.random(1000) < 0.83
    found = paired_bootstrap(accuracy_statistics(a), accuracy_statistics(b), accuracy)
    low, high = tango(int((a & ~b).sum()), int((b & ~a).sum()), 1000)
    assert found.test == "paired bootstrap"
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.002)
    assert found.p == pytest.approx(mcnemar(a, b), abs=0.02)
    alone = bootstrap(accuracy_statistics(a), accuracy)
    assert (alone.low, alone.high) == pytest.approx(wilson(int(a.sum()), 1000), abs=0.003)


def test_equals_do_not_differ() -> None:
    gold, a, _ = systems(100, 3, np.random.default_rng(6))
    stats = macro_f1_statistics(gold, a, 3)
    found = paired_bootstrap(stats, stats, macro_f1, draws=200)
    assert (found.difference, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


def test_the_seed_decides() -> None:
    gold, a, b = systems(100, 3, np.random.default_rng(7))
    stats = [macro_f1_statistics(gold, answers, 3) for answers in (a, b)]
    once, again, other = (paired_bootstrap(*stats, macro_f1, seed=seed) for seed in (0, 0, 1))
    assert once == again
    assert once.p != other.p
    assert once.p == pytest.approx(other.p, abs=0.03)
    turned = paired_bootstrap(stats[1], stats[0], macro_f1)
    assert turned.difference == -once.difference
    assert turned.p == pytest.approx(once.p, abs=0.03)


@pytest.mark.parametrize("differing", [1, 3, 4])
def test_few_differing_units_are_no_proof(differing: int) -> None:
    b = np.arange(60) >= differing
    stats = accuracy_statistics(np.ones(60, dtype=bool)), accuracy_statistics(b)
    p = paired_bootstrap(*stats, accuracy, draws=2000).p
    assert p >= 0.05
    assert p >= mcnemar(np.ones(60, dtype=bool), b)


def test_what_cannot_be_resampled_is_refused() -> None:
    one = np.ones((1, 2))
    with pytest.raises(ValueError, match="fewer than two units"):
        bootstrap(one, mean)
    with pytest.raises(ValueError, match="fewer than two units"):
        bootstrap(np.ones((5, 2)), mean, groups=np.zeros(5))
    with pytest.raises(ValueError, match="shape"):
        paired_bootstrap(np.ones((5, 2)), np.ones((4, 2)), mean)


def corpus() -> tuple[list[str], list[str], list[str]]:
    """Return 150 references of 8 to 20 made-up words, and two systems that get words wrong."""
    generator = np.random.default_rng(8)
    words = np.array([f"word{i}" for i in range(60)])
    references = [generator.choice(words, generator.integers(8, 21)) for _ in range(150)]
    said = [
        [
            np.where(generator.random(len(r)) < wrong, generator.choice(words, len(r)), r)
            for r in references
        ]
        for wrong in (0.20, 0.215)
    ]
    a, b = ([" ".join(line) for line in text] for text in said)
    return [" ".join(line) for line in references], a, b


def bleu(sums: Floats) -> Floats:
    """Return corpus BLEU from sacrebleu's statistics: two lengths, four hits, four totals."""
    said, there = sums[:, 0], sums[:, 1]
    precision = np.log(np.maximum(sums[:, 2:6], 1e-9) / sums[:, 6:10]).mean(axis=1)
    return np.asarray(100 * np.exp(precision + np.minimum(0.0, 1 - there / said)))


def test_bleu_is_compared_as_sacrebleu_does() -> None:
    """Its p is that of the upper side, about the mean of the absolute differences drawn."""
    references, *texts = corpus()
    metric = BLEU(tokenize="none", force=True, references=[references])
    stats = [np.array(metric._extract_corpus_statistics(text, None)) for text in texts]
    seen: list[Floats] = []

    def watched(sums: Floats) -> Floats:
        seen.append(bleu(sums))
        return seen[-1]

    found = paired_bootstrap(*stats, watched)
    expected = [metric.corpus_score(text, None).score for text in texts]
    assert [found.a, found.b] == pytest.approx(expected)

    named = list(zip("ab", texts, strict=True))
    theirs = PairedTest(named, {"BLEU": metric}, None, test_type="bs", n_samples=4000)()[1]["BLEU"]
    drawn = np.abs(np.concatenate(seen[2::2]) - np.concatenate(seen[3::2]))
    p = np.mean(drawn - drawn.mean() > abs(found.difference))
    assert 0.02 < p < 0.2
    assert p == pytest.approx(theirs[1].p_value, abs=3.5 * np.sqrt(p * (1 - p) / 4000))
    assert found.p / 2 == pytest.approx(p, rel=0.3)
    alone = bootstrap(stats[1], bleu)
    assert (alone.high - alone.low) / 2 == pytest.approx(theirs[1].ci, rel=0.05)


def test_false_alarms_stay_under_their_rate() -> None:
    """2,000 pairs of equally good systems, macro-F1 over five labels on 300 items each."""
    generator = np.random.default_rng(9)
    alarms, apart = 0, 0
    for seed in range(2000):
        gold, a, b = systems(300, 5, generator)
        stats = (macro_f1_statistics(gold, answers, 5) for answers in (a, b))
        found = paired_bootstrap(*stats, macro_f1, draws=400, seed=seed)
        alarms += found.p < 0.05
        apart += not found.low <= 0 <= found.high
    assert 0.02 < alarms / 2000 < 0.06
    assert 0.02 < apart / 2000 < 0.06


def test_groups_that_stand_or_fall_together_raise_no_false_alarms() -> None:
    """15 documents of 20 sentences; each system is better on some documents than on others."""
    generator = np.random.default_rng(12)
    groups = np.repeat(np.arange(15), 20)
    heeded, ignored = 0, 0
    for seed in range(300):
        ease = np.clip(0.8 + generator.normal(0, 0.25, (2, 15)), 0, 1)[:, groups]
        stats = [accuracy_statistics(right) for right in generator.random((2, 300)) < ease]
        with_groups = paired_bootstrap(*stats, accuracy, groups=groups, draws=300, seed=seed)
        heeded += with_groups.p < 0.05
        ignored += paired_bootstrap(*stats, accuracy, draws=300, seed=seed).p < 0.05
    assert heeded / 300 < 0.08
    assert ignored / 300 > 0.25


@pytest.mark.parametrize(("n", "n_labels", "least"), [(300, 5, 0.93), (600, 30, 0.92)])
def test_the_interval_of_macro_f1_covers_what_it_says(n: int, n_labels: int, least: float) -> None:
    generator = np.random.default_rng(10)
    gold, a, _ = systems(500_000, n_labels, generator)
    truth = macro_f1(macro_f1_statistics(gold, a, n_labels).sum(axis=0, dtype=float)[None])[0]
    covered = 0
    for seed in range(250):
        gold, a, _ = systems(n, n_labels, generator)
        found = bootstrap(macro_f1_statistics(gold, a, n_labels), macro_f1, draws=500, seed=seed)
        covered += found.low <= truth <= found.high
    assert least < covered / 250 < 0.98


def test_ten_thousand_items_and_77_labels_take_seconds_and_little_memory() -> None:
    gold, a, b = systems(10_000, 77, np.random.default_rng(11), right=0.9)
    stats = [macro_f1_statistics(gold, answers, 77) for answers in (a, b)]
    tracemalloc.start()
    started = time.process_time()
    found = paired_bootstrap(*stats, macro_f1, draws=1000)
    spent = time.process_time() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.p > 0.001
    assert peak < 100e6
    assert spent < 2.0
