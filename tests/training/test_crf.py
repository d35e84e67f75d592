"""The classical rival for words: what it learns, what it says, and what it leaves behind."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from socle.errors import ModelError, RowsError
from socle.events import Event, Finished, Started, Stepped
from socle.examples import Sentence, Word
from socle.heads.words import is_tree
from socle.training import linear_trees
from socle.training.crf import WordRival, fit_words
from socle.training.linear_trees import LinearTrees, tagged
from socle.words.columns import Scored

Fitted = tuple[dict[str, NDArray[Any]], dict[str, Any]]


@dataclass(frozen=True)
class Columns:
    """As much of a task of words as the rival looks at."""

    classes: Mapping[str, tuple[str, ...]]
    relations: tuple[str, ...] = ()

    def targets(self, sentence: Sentence) -> dict[str, NDArray[np.int64]]:
        found = {
            name: np.array([self._number(values, getattr(w, name)) for w in sentence.words], int)
            for name, values in self.classes.items()
        }
        if self.relations:
            heads = (-1 if word.head is None else word.head for word in sentence.words)
            found["head"] = np.array(list(heads), int)
            labels = [self._number(self.relations, word.deprel) for word in sentence.words]
            found["deprel"] = np.array(labels, int)
        return found

    def _number(self, values: Sequence[str], value: str) -> int:
        return values.index(value) if value in values else -1

    def statistics(self, gold: Sequence[Sentence], said: Sequence[Sentence]) -> NDArray[np.float64]:
        raise NotImplementedError

    def values(self, sums: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
        raise NotImplementedError

    def whole(self, statistics: NDArray[np.floating]) -> NDArray[np.bool_]:
        raise NotImplementedError


NAMES = Columns({"tag": ("B-PER", "I-PER", "O", "never")})
TREES = Columns(
    {"upos": ("ADJ", "DET", "NOUN", "VERB"), "feats": ("Number=Plur", "Number=Sing", "_")},
    ("amod", "det", "nsubj", "obj", "root"),
)


def sentence(*rows: tuple[str, dict[str, Any]]) -> Sentence:
    words, at = [], 0
    for form, columns in rows:
        words.append(Word(form, at, at + len(form), **columns))
        at += len(form) + 1
    return Sentence(" ".join(form for form, _ in rows), tuple(words))


def named(*words: str) -> Sentence:
    """Return a sentence in which `Anna/B-PER` has a tag, and other words have O."""
    pairs = ((word.partition("/")[0], word.partition("/")[2] or "O") for word in words)
    return sentence(*((form, {"tag": tag}) for form, tag in pairs))


def clause(adjective: str, subject: str, verb: str, thing: str) -> Sentence:
    """Return `the [adjective] subject verb a thing` with its tree."""
    plural = "Number=Plur" if subject.endswith("s") else "Number=Sing"
    more = [(adjective, {"upos": "ADJ", "head": 3, "deprel": "amod"})] if adjective else []
    noun, top = len(more) + 2, len(more) + 3
    return sentence(
        ("the", {"upos": "DET", "head": noun, "deprel": "det"}),
        *more,
        (subject, {"upos": "NOUN", "feats": plural, "head": top, "deprel": "nsubj"}),
        (verb, {"upos": "VERB", "head": 0, "deprel": "root"}),
        ("a", {"upos": "DET", "head": top + 2, "deprel": "det"}),
        (thing, {"upos": "NOUN", "feats": "Number=Sing", "head": top, "deprel": "obj"}),
    )


PEOPLE = [
    named(greeting, f"{first}/B-PER", f"{last}/I-PER", "today")
    for greeting, first, last in itertools.product(
        ("met", "saw", "called"), ("Anna", "Boris", "Clara"), ("Martin", "Petit")
    )
] + [named("nobody", "came", end) for end in ("today", "here", "again")]
CLAUSES = [
    clause(*parts)
    for parts in itertools.product(
        ("", "old", "green"), ("cats", "dog", "birds", "mouse"), ("see", "eat"), ("tree", "house")
    )
]


@pytest.fixture(scope="module")
def names() -> Fitted:
    return fit_words(NAMES, PEOPLE, 0)


@pytest.fixture(scope="module")
def trees() -> Fitted:
    return fit_words(TREES, CLAUSES, 0)


def one(rival: WordRival, *words: str) -> Scored:
    return rival.scores([named(*words)])[0]


def test_unseen_names_are_told_from_their_shape_and_place(names: Fitted) -> None:
    found = one(WordRival(*names, NAMES), "met", "Denis", "Petit", "again")
    assert found.tables["tag"].argmax(axis=1).tolist() == [2, 0, 1, 2]


def test_scores_are_log_probabilities(trees: Fitted) -> None:
    (found,) = WordRival(*trees, TREES).scores([clause("", "rats", "see", "tree")])
    for name in ("upos", "feats", "deprel"):
        assert found.tables[name].dtype == np.float32
        assert np.allclose(np.exp(found.tables[name]).sum(axis=1), 1, atol=1e-4)
    assert (found.tables["arc"] <= 0).all()


def test_a_class_that_never_occurred_is_unlikely(names: Fitted) -> None:
    found = one(WordRival(*names, NAMES), "met", "Anna")
    assert (found.tables["tag"][:, 3] < -10).all()
    assert np.isfinite(found.tables["tag"]).all()


def test_other_columns_follow_from_word_and_class(trees: Fitted) -> None:
    (found,) = WordRival(*trees, TREES).scores([clause("old", "cars", "eat", "house")])
    assert found.tables["feats"].argmax(axis=1).tolist() == [2, 2, 0, 2, 2, 1]


def test_trees_are_learnt(trees: Fitted) -> None:
    rival = WordRival(*trees, TREES)
    for given in (clause("green", "rats", "see", "mouse"), clause("", "dog", "eat", "cats")):
        (found,) = rival.scores([given])
        wanted = TREES.targets(given)
        assert found.tables["head"].astype(int).tolist() == wanted["head"].tolist()
        assert found.tables["deprel"].argmax(axis=1).tolist() == wanted["deprel"].tolist()


def test_any_words_get_one_tree(trees: Fitted) -> None:
    rival = WordRival(*trees, TREES)
    for words in (["the"], ["a", "a"], ["tree"] * 7, ["?", "the", "!", "see", "see"]):
        found = one(rival, *words)
        assert is_tree(found.tables["head"].astype(int))
        assert found.tables["deprel"].shape == (len(words), len(TREES.relations))


def test_trees_are_learnt_without_any_column() -> None:
    bare = Columns({}, TREES.relations)
    given = clause("old", "birds", "see", "tree")
    (found,) = WordRival(*fit_words(bare, CLAUSES, 0), bare).scores([given])
    assert found.tables["head"].astype(int).tolist() == bare.targets(given)["head"].tolist()


def test_a_sentence_without_words_is_answered(trees: Fitted) -> None:
    (found,) = WordRival(*trees, TREES).scores([Sentence("", ())])
    shapes = {name: table.shape for name, table in found.tables.items()}
    assert shapes == {
        "upos": (0, 4), "feats": (0, 3), "head": (0,), "arc": (0,), "deprel": (0, 5)
    }  # fmt: skip


def test_it_comes_back_from_arrays_and_json(trees: Fitted) -> None:
    tensors, facts = trees
    assert tensors["crf"].dtype == np.uint8
    again = json.loads(json.dumps(facts))
    copied = {name: array.copy() for name, array in tensors.items()}
    given = [clause("old", "cats", "see", "house")]
    (a,), (b,) = (WordRival(*f, TREES).scores(given) for f in (trees, (copied, again)))
    assert all((a.tables[name] == b.tables[name]).all() for name in a.tables)


def test_the_seed_decides_the_trees(trees: Fitted) -> None:
    again, _ = fit_words(TREES, CLAUSES, 0)
    other, _ = fit_words(TREES, CLAUSES, 1)
    assert all((trees[0][name] == again[name]).all() for name in again)
    assert (other["trees.heads"] != again["trees.heads"]).any()


def test_it_says_how_far_it_is() -> None:
    heard: list[Event] = []
    fitted = fit_words(TREES, CLAUSES, 0, heard.append)
    start, *steps, end = heard
    assert isinstance(start, Started)
    assert isinstance(end, Finished)
    done = [step.done for step in steps if isinstance(step, Stepped)]
    assert len(done) == len(steps) > linear_trees.EPOCHS
    assert done == sorted(done)
    assert done[-1] == start.total
    heard.clear()
    WordRival(*fitted, TREES).scores(CLAUSES * 3, heard.append)
    assert [type(event) for event in heard] == [Started, Stepped, Stepped, Finished]


def test_words_without_class_are_left_out() -> None:
    gaps = [named("saw", "Boris/B-PER", "???/odd", "here", "Anna/B-PER"), *PEOPLE]
    found = one(WordRival(*fit_words(NAMES, gaps, 0), NAMES), "saw", "Clara", "Martin")
    assert found.tables["tag"].argmax(axis=1).tolist() == [2, 0, 1]


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(RowsError, match="no word to learn from"):
        fit_words(NAMES, [named("a/odd", "b/odd")], 0)


def test_a_damaged_model_is_refused(names: Fitted) -> None:
    tensors, facts = names
    with pytest.raises(ModelError, match="cannot be read"):
        WordRival({"crf": tensors["crf"][:10]}, facts, NAMES)


def test_no_file_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    fit_words(NAMES, PEOPLE, 0)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    fit_words(NAMES, PEOPLE, 0)
    assert capfd.readouterr() == ("", "")


def test_long_sentences_are_scored_in_parts(trees: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = LinearTrees.restore(trees[0])
    given = tagged(["the", "cats", "see", "a", "tree"] * 4, np.array([1, 2, 3, 1, 2] * 4))
    whole = ready.head_scores(given)
    assert whole.shape == (20, 21)
    assert np.isneginf(whole[np.arange(20), np.arange(1, 21)]).all()
    monkeypatch.setattr(linear_trees, "_CELLS", 3000)
    assert np.allclose(ready.head_scores(given), whole)
