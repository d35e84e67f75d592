"""Columns of words as numbers, and back again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.examples import Multiword, Sentence, Span, Word
from socle.words.columns import (
    Scored,
    blank,
    classes_of,
    filled,
    heads_of,
    in_bio,
    numbered,
    sureness,
    value_of,
)

Floats = NDArray[np.float32]


def sentence(*rows: tuple[str, dict[str, Any]]) -> Sentence:
    words, at = [], 0
    for form, columns in rows:
        words.append(Word(form, at, at + len(form), **columns))
        at += len(form) + 1
    return Sentence(" ".join(form for form, _ in rows), tuple(words))


def tagged(*pairs: str) -> Sentence:
    """Return a sentence of `form/tag`."""
    return sentence(*((p.split("/")[0], {"tag": p.split("/")[1]}) for p in pairs))


CATS = sentence(
    ("Les", {"lemma": "le", "upos": "DET", "head": 2, "deprel": "det"}),
    (
        "chats",
        {"lemma": "chat", "upos": "NOUN", "feats": "Number=Plur", "head": 3, "deprel": "nsubj"},
    ),
    ("dorment", {"lemma": "dormir", "upos": "VERB", "head": 0, "deprel": "root"}),
)
DOGS = sentence(
    (
        "chiens",
        {"lemma": "chien", "upos": "NOUN", "feats": "Number=Plur", "head": 0, "deprel": "root"},
    ),
    ("zut", {"lemma": "zut", "upos": "INTJ", "head": None, "deprel": "_"}),
)
COLUMNS = ("upos", "xpos", "feats", "lemma")


def index(classes: dict[str, tuple[str, ...]]) -> dict[str, dict[str, int]]:
    return {name: {v: i for i, v in enumerate(values)} for name, values in classes.items()}


def sure(gold: Sentence, classes: dict[str, tuple[str, ...]]) -> dict[str, Floats]:
    """Return tables that are sure of what a sentence has."""
    numbers = numbered(gold, index(classes))
    return {
        name: np.where(np.arange(len(classes[name])) == found[:, None], -0.1, -9).astype(np.float32)
        for name, found in numbers.items()
    }


def test_classes_are_sorted_and_columns_without_any_are_left_out() -> None:
    found = classes_of([CATS, DOGS], COLUMNS)
    assert list(found) == ["upos", "feats", "lemma"]
    assert found["upos"] == ("DET", "INTJ", "NOUN", "VERB")
    assert found["feats"] == ("Number=Plur", "_")
    assert found["lemma"] == tuple(sorted(set(found["lemma"])))
    assert classes_of([], COLUMNS) == {}


def test_one_value_everywhere_is_a_class_unless_it_means_none() -> None:
    assert classes_of([tagged("a/X", "b/X")], ("tag",)) == {"tag": ("X",)}
    assert classes_of([tagged("a/_", "b/_")], ("tag",)) == {}


def test_lemmas_are_told_by_rules_that_words_share() -> None:
    assert value_of(CATS.words[1], "lemma") == value_of(DOGS.words[0], "lemma")
    assert value_of(CATS.words[1], "upos") == "NOUN"


def test_what_training_never_saw_is_minus_one() -> None:
    numbers = numbered(DOGS, index(classes_of([CATS], COLUMNS)))
    assert numbers["upos"].tolist() == [1, -1]
    assert numbers["feats"].tolist() == [0, 1]
    assert numbers["lemma"][0] >= 0
    assert all(found.dtype == np.int64 for found in numbers.values())
    assert numbered(replace(DOGS, words=()), {"upos": {}})["upos"].shape == (0,)


def test_heads_that_are_not_known_are_minus_one() -> None:
    assert heads_of(CATS).tolist() == [2, 3, 0]
    assert heads_of(DOGS).tolist() == [0, -1]


def test_columns_come_back_from_sure_scores() -> None:
    classes = classes_of([CATS, DOGS], COLUMNS)
    for gold in (CATS, DOGS):
        scored = Scored(blank(gold), sure(gold, classes))
        wanted = tuple(replace(word, head=None, deprel="_") for word in gold.words)
        assert filled(scored, classes).words == wanted


def test_a_rule_makes_lemmas_of_words_never_seen() -> None:
    classes = classes_of([CATS], ("lemma",))
    other = sentence(("souris", {}), ("lapins", {}))
    rule = classes["lemma"].index(value_of(CATS.words[1], "lemma"))
    table = np.full((2, len(classes["lemma"])), -9, dtype=np.float32)
    table[:, rule] = 0
    found = filled(Scored(other, {"lemma": table}), classes)
    assert [word.lemma for word in found.words] == ["souri", "lapin"]


def test_a_sentence_without_words_stays_without() -> None:
    empty = Sentence("", ())
    tables = {"tag": np.zeros((0, 3), np.float32), "head": np.zeros(0, np.float32)}
    tables |= {"arc": np.zeros(0, np.float32), "deprel": np.zeros((0, 2), np.float32)}
    classes = {"tag": ("B-A", "I-A", "O")}
    assert filled(Scored(empty, tables), classes, ("det", "root"), "bio") == empty
    assert sureness(Scored(empty, tables), "tag") == 1.0


# Trees


def tree(heads: list[int], labels: Floats) -> dict[str, Floats]:
    own = np.array(heads, dtype=np.float32)
    return {"head": own, "arc": np.zeros(len(heads), np.float32), "deprel": labels}


def test_the_root_is_called_root_and_no_other_word_is() -> None:
    labels = np.log(np.array([[0.1, 0.2, 0.7], [0.5, 0.4, 0.1], [0.2, 0.3, 0.5]], np.float32))
    names = ("det", "nsubj", "root")
    found = filled(Scored(blank(CATS), tree([2, 0, 2], labels)), {}, names)
    assert [(word.head, word.deprel) for word in found.words] == [
        (2, "nsubj"),
        (0, "root"),
        (2, "nsubj"),
    ]


def test_without_a_root_among_the_relations_the_likeliest_stays() -> None:
    labels = np.log(np.array([[0.1, 0.9], [0.6, 0.4], [0.3, 0.7]], np.float32))
    found = filled(Scored(blank(CATS), tree([2, 0, 2], labels)), {}, ("det", "nsubj"))
    assert [word.deprel for word in found.words] == ["nsubj", "det", "nsubj"]
    assert all(type(word.head) is int for word in found.words)


def test_the_only_relation_is_given_to_all() -> None:
    labels = np.zeros((3, 1), np.float32)
    found = filled(Scored(blank(CATS), tree([2, 0, 2], labels)), {}, ("root",))
    assert [word.deprel for word in found.words] == ["root"] * 3


# Spans


def test_tags_obey_their_scheme_and_give_spans() -> None:
    """Word by word the likeliest is `O I-A O`, which no span is written as."""
    names = ("O", "B-A", "I-A")
    p = np.array([[0.5, 0.4, 0.1], [0.3, 0.1, 0.6], [0.9, 0.05, 0.05]], np.float32)
    given = sentence(("Anna", {}), ("Lee", {}), ("dort", {}))
    found = filled(Scored(given, {"tag": np.log(p)}), {"tag": names}, scheme="bio")
    assert [word.tag for word in found.words] == ["B-A", "I-A", "O"]
    [span] = found.spans
    assert (span.start, span.end, span.label) == (0, 8, "A")
    assert span.probability == pytest.approx(np.sqrt(0.4 * 0.6), abs=1e-3)
    plain = filled(Scored(given, {"tag": np.log(p)}), {"tag": names})
    assert [word.tag for word in plain.words] == ["O", "I-A", "O"]
    assert plain.spans == ()


@pytest.mark.parametrize(
    ("scheme", "tags"),
    [
        ("bio", "B-A I-A B-A O B-B"),
        ("iob1", "I-A I-A B-A O I-B"),
        ("bioes", "B-A E-A S-A O S-B"),
        ("bilou", "B-A L-A U-A O U-B"),
    ],
)
def test_every_scheme_becomes_bio(scheme: Any, tags: str) -> None:
    given = tagged(*(f"w{i}/{tag}" for i, tag in enumerate(tags.split())))
    found = in_bio(given, scheme)
    assert [word.tag for word in found.words] == ["B-A", "I-A", "B-A", "O", "B-B"]
    assert [replace(word, tag="_") for word in found.words] == list(blank(given).words)


def test_a_model_sees_forms_and_places_alone() -> None:
    told = replace(CATS, spans=(Span(0, 3, "X"),), multiwords=(Multiword(1, 2, "Leschats"),))
    found = blank(told)
    assert found.text == told.text
    assert found.multiwords == told.multiwords
    assert found.spans == ()
    assert [(w.form, w.start, w.end) for w in found.words] == [
        (w.form, w.start, w.end) for w in CATS.words
    ]
    assert {(w.lemma, w.upos, w.xpos, w.feats, w.head, w.deprel, w.tag) for w in found.words} == {
        ("_", "_", "_", "_", None, "_", "_")
    }


def test_sureness_is_that_of_one_column_and_of_the_arcs() -> None:
    """Whatever the order of the tables, which a file does not keep."""
    upos = np.log(np.array([[0.8, 0.2], [0.4, 0.6]], np.float32))
    feats = np.log(np.array([[0.99, 0.01], [0.01, 0.99]], np.float32))
    one = {"upos": upos, "feats": feats}
    assert sureness(Scored(DOGS, one), "upos") == pytest.approx(0.7, abs=1e-5)
    assert sureness(Scored(DOGS, one), "feats") == pytest.approx(0.99, abs=1e-5)
    arcs = {"head": np.zeros(2, np.float32), "arc": np.log(np.array([0.5, 0.1], np.float32))}
    for trees in (one | arcs | {"deprel": upos}, arcs | one):
        assert sureness(Scored(DOGS, trees), "upos") == pytest.approx(0.5, abs=1e-5)
        assert sureness(Scored(DOGS, trees), None) == pytest.approx(0.3, abs=1e-5)
