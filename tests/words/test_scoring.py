"""Answers to sentences against gold: counts that add up, and what training never saw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.examples import Example, Sentence, Word
from socle.metrics import arcs, spans
from socle.words.columns import Scored, classes_of, value_of
from socle.words.scoring import WordScoring, sentence_of

SPANS = WordScoring({"tag": ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")}, scheme="bio")
PLAIN = WordScoring({"tag": ("ADJ", "DET", "NOUN")})
TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


def tagged(tags: str) -> Sentence:
    own = tags.split()
    words = tuple(Word(f"w{i}", 3 * i, 3 * i + 2, tag=tag) for i, tag in enumerate(own))
    return Sentence(" ".join(word.form for word in words), words)


def drawn(rng: np.random.Generator, n: int) -> str:
    """Return n tags of spans, written in BIO."""
    named = rng.choice(TAGS, n, p=[0.4, 0.2, 0.15, 0.1, 0.15]).tolist()
    return " ".join(spans.tags_of(spans.spans_of(named, "bio"), n, "bio"))


def several(seed: int) -> tuple[list[Sentence], list[Sentence]]:
    """Return gold and answers of 30 sentences, half of whose words are answered alike."""
    rng = np.random.default_rng(seed)
    gold, said = [], []
    for n in rng.integers(0, 9, 30).tolist():
        gold.append(tagged(drawn(rng, n)))
        said.append(gold[-1] if rng.random() < 0.5 else tagged(drawn(rng, n)))
    return gold, said


def values(task: WordScoring, gold: list[Sentence], said: list[Sentence]) -> dict[str, float]:
    sums = task.statistics(gold, said).sum(axis=0, keepdims=True)
    return {name: float(found[0]) for name, found in task.values(sums).items()}


# Spans and tags


@pytest.mark.parametrize("seed", range(3))
def test_spans_are_scored_as_their_metric_scores_them(seed: int) -> None:
    gold, said = several(seed)
    labels = ("LOC", "PER")
    assert SPANS.labels == labels
    there, found = (
        [spans.spans_of([w.tag for w in one.words], "bio") for one in side] for side in (gold, said)
    )
    pairs = list(zip(there, found, strict=True))
    strict = sum(spans.span_counts(a, b, labels) for a, b in pairs)
    partial = sum(spans.partial_counts(a, b, labels) for a, b in pairs)
    rates = spans.rates_of(np.asarray(strict).sum(axis=0))
    words = [(a.tag, b.tag) for x, y in zip(gold, said, strict=True) for a, b in _words(x, y)]
    expected = {
        **dict(zip(("precision", "recall", "f1"), rates.tolist(), strict=True)),
        "macro_f1": float(spans.f1_of(np.asarray(strict)).mean()),
        "partial_f1": float(spans.f1_of(np.asarray(partial).sum(axis=0))),
        "accuracy": np.mean([a == b for a, b in words]),
    }
    assert values(SPANS, gold, said) == pytest.approx(expected)
    assert 0.3 < expected["f1"] < expected["partial_f1"] < 1


def _words(one: Sentence, other: Sentence) -> list[tuple[Word, Word]]:
    return list(zip(one.words, other.words, strict=True))


@pytest.mark.parametrize("task", [SPANS, PLAIN], ids=["spans", "plain"])
def test_statistics_add_up_over_sentences(task: WordScoring) -> None:
    gold, said = several(4)
    whole = task.statistics(gold, said)
    one_by_one = [task.statistics([a], [b]) for a, b in zip(gold, said, strict=True)]
    assert np.array_equal(whole, np.concatenate(one_by_one))
    draws = np.stack([whole[:10].sum(0), whole[10:].sum(0), whole.sum(0)])
    found = task.values(draws)
    for row, part in enumerate((slice(0, 10), slice(10, 30), slice(0, 30))):
        own = values(task, gold[part], said[part])
        assert {name: table[row] for name, table in found.items()} == pytest.approx(own)


def test_no_sentence_and_no_word_give_zeros() -> None:
    for task in (SPANS, PLAIN, TREES):
        none = task.statistics([], [])
        empty = task.statistics([Sentence("", ())], [Sentence("", ())])
        assert none.shape == (0, empty.shape[1])
        assert not empty.any() or task is TREES
        assert all(found == 0 for name, found in values(task, [], []).items())
        assert task.whole(empty).tolist() == [True]


def test_a_span_of_a_label_never_seen_is_missed_but_breaks_nothing() -> None:
    gold = [tagged("B-PER I-PER O B-FOOD"), tagged("B-FOOD O")]
    said = [tagged("B-PER I-PER O O"), tagged("B-LOC O")]
    known = [tagged("B-PER I-PER O O"), tagged("O O")]
    found, without = values(SPANS, gold, said), values(SPANS, known, said)
    assert without["recall"] == 1.0
    assert found["recall"] == pytest.approx(1 / 3)
    assert found["precision"] == without["precision"] == 0.5
    assert found["f1"] == pytest.approx(2 / 5)
    assert found["partial_f1"] == pytest.approx(2 / 5)
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert found["macro_f1"] == without["macro_f1"]
    metrics, rows = SPANS.score(gold, [scored(SPANS, one) for one in said])
    assert metrics == pytest.approx(found)
    assert [(row.label, row.support) for row in rows] == [("LOC", 0), ("PER", 1)]
    assert SPANS.strange(gold[0]) == ["tag 'B-FOOD'"]
    assert SPANS.strange(said[0]) == []


def test_a_sentence_is_whole_when_every_word_of_it_is_right() -> None:
    gold = [tagged("B-PER I-PER"), tagged("O B-PER"), tagged("O O"), tagged("B-FOOD")]
    said = [tagged("B-PER I-PER"), tagged("O O"), tagged("O O"), tagged("O")]
    assert SPANS.whole(SPANS.statistics(gold, said)).tolist() == [True, False, True, False]


def test_plain_tags_are_scored_word_by_word() -> None:
    gold, said = [tagged("DET NOUN"), tagged("ADJ NOUN VERB")], [tagged("DET ADJ")]
    said.append(tagged("ADJ NOUN NOUN"))
    assert values(PLAIN, gold, said) == pytest.approx({"accuracy": 3 / 5})
    metrics, rows = PLAIN.score(gold, [scored(PLAIN, one) for one in said])
    assert metrics == pytest.approx({"accuracy": 3 / 5})
    by_label = {row.label: row for row in rows}
    assert list(by_label) == ["ADJ", "DET", "NOUN"]
    assert (by_label["NOUN"].precision, by_label["NOUN"].recall) == (0.5, 0.5)
    assert (by_label["ADJ"].precision, by_label["ADJ"].support) == (0.5, 1)
    assert (PLAIN.primary, SPANS.primary) == ("accuracy", "f1")


# Columns and trees

ROWS = (
    ("Les", "DET", "le", 2, "det"),
    ("chats", "NOUN", "chat", 3, "nsubj"),
    ("dorment", "VERB", "dormir", 0, "root"),
    ("ici", "ADV", "ici", 3, "advmod"),
)


def parsed(**changes: Any) -> Sentence:
    """Return one sentence with a tree; `changes` give columns of its last word other values."""
    words, at = [], 0
    for form, upos, lemma, head, deprel in ROWS:
        words.append(Word(form, at, at + len(form), lemma, upos, head=head, deprel=deprel))
        at += len(form) + 1
    words[-1] = replace(words[-1], **changes)
    return Sentence(" ".join(row[0] for row in ROWS), tuple(words))


TREES = WordScoring(
    classes_of([parsed()], ("upos", "xpos", "feats", "lemma")),
    ("advmod", "det", "nsubj", "root"),
)
UPOS = WordScoring(TREES.classes)


def test_trees_are_scored_as_the_shared_task_scores_them() -> None:
    gold = [parsed(), parsed(), parsed()]
    said = [parsed(head=2), parsed(deprel="det", upos="NOUN"), parsed(lemma="ailleurs")]
    expected = {name: f1 for name, f1 in arcs.scores(gold, said).items() if name in VALUES}
    assert values(TREES, gold, said) == pytest.approx(expected)
    assert list(values(TREES, gold, said)) == list(VALUES)
    assert expected["las"] == pytest.approx(10 / 12)
    assert (TREES.primary, UPOS.primary) == ("las", "upos")
    assert list(values(UPOS, gold, said)) == ["upos", "lemma"]
    draws = TREES.statistics(gold, said)
    assert np.allclose(TREES.values(draws)["las"], [0.75, 0.75, 1.0])


VALUES = ("upos", "lemma", "uas", "las", "clas")


def test_a_tree_is_whole_by_the_metric_that_it_is_judged_by() -> None:
    gold = [parsed(), parsed(), parsed()]
    said = [parsed(lemma="x"), parsed(head=2), parsed(upos="NOUN")]
    assert TREES.whole(TREES.statistics(gold, said)).tolist() == [True, False, True]
    assert UPOS.whole(UPOS.statistics(gold, said)).tolist() == [True, True, False]


def test_numbers_to_learn_from_have_heads_and_relations() -> None:
    found = TREES.targets(parsed(deprel="obl", upos="X", head=None))
    assert set(found) == {"upos", "lemma", "head", "deprel"}
    assert found["head"].tolist() == [2, 3, 0, -1]
    assert found["deprel"].tolist() == [1, 2, 3, -1]
    assert found["upos"][3] == -1
    assert set(UPOS.targets(parsed())) == {"upos", "lemma"}


def test_right_answers_come_back_and_have_full_marks() -> None:
    gold = [parsed(), parsed()]
    probabilities = [scored(TREES, one) for one in gold]
    said = TREES.decide(probabilities)
    assert said == gold
    metrics, rows = TREES.score(gold, probabilities)
    assert metrics == dict.fromkeys(VALUES, 1.0)
    assert [(row.label, row.support, row.f1) for row in rows] == [
        (label, 2, 1.0) for label in TREES.relations
    ]


def test_a_relation_is_right_only_at_the_right_head() -> None:
    _, rows = TREES.score([parsed()], [scored(TREES, parsed(head=2))])
    assert {row.label: row.f1 for row in rows} == {
        "advmod": 0.0,
        "det": 1.0,
        "nsubj": 1.0,
        "root": 1.0,
    }


def test_what_training_never_saw_is_named_but_lemmas_are_not() -> None:
    strange = TREES.strange(parsed(lemma="xyz", upos="X", deprel="obl"))
    assert strange == ["upos 'X'", "deprel 'obl'"]
    _, rows = TREES.score([parsed(deprel="obl")], [scored(TREES, parsed())])
    assert [row.support for row in rows] == [0, 1, 1, 1]


def test_an_example_without_a_sentence_is_refused() -> None:
    assert sentence_of(Example("x", parsed())) == parsed()
    with pytest.raises(TypeError, match="has a sentence for a target"):
        sentence_of(Example("x", "label"))  # type: ignore[arg-type]


def scored(task: WordScoring, one: Sentence) -> Scored:
    """Return scores that are sure of what a sentence has."""

    def table(names: tuple[str, ...], own: list[str]) -> NDArray[np.float32]:
        rows = [[-0.01 if name == value else -9.0 for name in names] for value in own]
        return np.array(rows, dtype=np.float32).reshape(len(own), len(names))

    tables = {
        name: table(names, [value_of(word, name) for word in one.words])
        for name, names in task.classes.items()
    }
    if task.relations:
        tables["head"] = np.array([word.head for word in one.words], dtype=np.float32)
        tables["arc"] = np.zeros(len(one.words), dtype=np.float32)
        tables["deprel"] = table(task.relations, [word.deprel for word in one.words])
    return Scored(one, tables)
