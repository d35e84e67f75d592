"""What every strategy keeps on texts that are to be written; those that cannot, say so."""

from __future__ import annotations

import dataclasses
import json
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle import plugins
from socle.bases import catalogue
from socle.data.dataset import Dataset
from socle.data.reading import read_table
from socle.examples import Written
from socle.learning import Fit, Fitting
from socle.model import AdaptedModel, load
from socle.recipe import Recipe
from socle.strategies import Strategy
from socle.strategies.lead import first_sentence
from socle.tasks import Task

OPTIONS: dict[str, Strategy] = {
    n: plugins.load("strategies", n) for n in plugins.names("strategies")
}
WRITING = [name for name, one in OPTIONS.items() if "generated" in one.families]
# Those on a base write with a decoder, in the tests of their own.
RIVALS = [name for name in WRITING if not OPTIONS[name].needs_base]
KINDS = ("translation", "summary")
RECIPE = Recipe(effort="quick", seed=3)
UNSEEN = ["Une phrase. Et une autre, de M. Durand.", "", "  zut 🎉 ", "no end here\n\nThe rest."]

rivals = pytest.mark.parametrize("name", RIVALS)
kinds = pytest.mark.parametrize("kind", KINDS)


@cache
def given(kind: str) -> tuple[Task, Dataset[Any]]:
    """Return 24 rows of a French text and its summary, or its English translation."""
    things = ["chat", "chien", "film", "train", "café", "livre"]
    english = ["cat", "dog", "film", "train", "coffee", "book"]
    rows = []
    for i in range(24):
        fr, en = things[i % 6], english[i % 6]
        long = f"Le {fr} numéro {i} est dans la maison. Il est avec nous et pour vous, M. Durand."
        short = f"Le {fr} numéro {i}"
        moved = f"The {en} number {i} is in the house. It is with us and for you, Mr. Durand."
        rows.append({"source": long, "target": short if kind == "summary" else moved})
    option = plugins.load("tasks", "generation")
    table = read_table(rows)
    data = option.examples(table, option.columns(table, None, None, None))
    return option.learn(data), data


@cache
def learnt(name: str, kind: str) -> Fit:
    return OPTIONS[name].fit(Fitting(*given(kind), RECIPE))


def written(name: str, kind: str, texts: list[str]) -> list[Written]:
    predictor = OPTIONS[name].restore(learnt(name, kind).adaptation, given(kind)[0], None, RECIPE)
    found: list[Written] = predictor.scores(texts)
    return found


def test_the_material_is_what_it_is_called() -> None:
    tasks: list[Any] = [given(kind)[0] for kind in KINDS]
    assert [(one.kind, one.primary) for one in tasks] == [
        ("translation", "chrf"),
        ("summary", "rougeL"),
    ]


def test_both_rivals_are_here() -> None:
    assert {"copy", "lead"} <= set(RIVALS)


@pytest.mark.parametrize("name", OPTIONS)
@kinds
def test_who_cannot_write_says_so(name: str, kind: str) -> None:
    option, (task, _) = OPTIONS[name], given(kind)
    encoder = catalogue.record("all-minilm-l6-v2")
    for base in (None, encoder, dataclasses.replace(encoder, kind="decoder")):
        reason = option.suits(base, task, 10_000)
        assert reason is None or (reason == reason.strip() and len(reason) > 5)
        if name not in WRITING:
            assert reason == "it does not learn the task 'generation'"
    if name in WRITING and option.needs_base:
        assert option.suits(None, task, 10_000)
        assert option.suits(encoder, task, 10_000)
    if name in RIVALS:
        assert option.suits(None, task, 1) is None
        assert option.kinds(task) == ()


@rivals
def test_a_rival_of_writers_gives_no_labels(name: str) -> None:
    labels = plugins.load("tasks", "classification").from_json({"labels": "ab", "several": False})
    assert OPTIONS[name].name == name
    assert OPTIONS[name].suits(None, labels, 100) == "it does not learn the task 'classification'"
    assert OPTIONS[name].moves is False


@rivals
@kinds
def test_every_row_counts_as_unseen(name: str, kind: str) -> None:
    task: Any
    (task, data), held = given(kind), learnt(name, kind).held_out
    said = task.decide(written(name, kind, data.texts))
    assert held is not None
    assert held.shape[0] == len(data)
    assert np.isfinite(held).all()
    assert np.array_equal(held, task.statistics(task.encode(data.examples), said))
    metrics, _ = task.score(task.encode(data.examples), written(name, kind, data.texts))
    values = {key: float(value[0]) for key, value in task.values(held.sum(0)[None]).items()}
    assert values == pytest.approx(metrics)
    assert 0 < values[task.primary] < 1


@rivals
@kinds
def test_keeps_plain_arrays_and_plain_facts(name: str, kind: str) -> None:
    kept = learnt(name, kind).adaptation
    assert all(type(value) is np.ndarray for value in kept.tensors.values())
    assert json.loads(json.dumps(dict(kept.facts), allow_nan=False)) == kept.facts


@rivals
@kinds
def test_an_answer_does_not_depend_on_its_neighbours(name: str, kind: str) -> None:
    together = written(name, kind, UNSEEN)
    assert len(together) == len(UNSEEN)
    assert together == [one for text in UNSEEN for one in written(name, kind, [text])]
    assert written(name, kind, []) == []
    assert all(one.log_probability <= 0 for one in together)


@rivals
@kinds
def test_saved_and_loaded_it_answers_the_same(name: str, kind: str, tmp_path: Path) -> None:
    model = AdaptedModel(given(kind)[0], name, learnt(name, kind).adaptation, RECIPE)
    before = model.predict(UNSEEN)
    model.save(tmp_path / "model")
    fresh = load(tmp_path / "model")
    assert fresh.predict(UNSEEN) == before
    assert fresh.task == model.task
    for text, one in zip(UNSEEN, before, strict=True):
        answer = model.task.answer(text, one)
        assert list(answer) == ["text", "output", "finish"]
        assert json.loads(json.dumps(answer)) == answer


def test_copy_gives_the_source_as_it_is() -> None:
    assert [one.text for one in written("copy", "translation", UNSEEN)] == UNSEEN


def test_lead_gives_the_first_sentence() -> None:
    said = [one.text for one in written("lead", "summary", UNSEEN)]
    assert said == ["Une phrase.", "", "zut 🎉", "no end here"]


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        ("M. Dupont est là.", "Il dort."),
        ("On voit, p. ex., Paris.", "Puis Rome."),
        ("C.-à-d. que oui.", "Non."),
        ("Il dit : « Viens. »", "Puis il part."),
        ("Cf. l'art. 3 du n° 12.", "Suite."),
        ("Mme. Durand (etc.) vient.", "Fin."),
        ("Quoi ?!", "Non."),
        ("Dr. Smith and J. R. R. Tolkien met in the U.S. Army.", "They won."),
        ("See e.g. Smith et al. (2019), i.e. version 3.5.", "We do."),
        ('He said "Go."', "Then he left."),
        ("1. Introduction to it.", "More."),
        ("Qalculate! est une calculatrice.", "Elle est petite."),
    ],
)
def test_sentences_end_where_readers_end_them(first: str, rest: str) -> None:
    assert first_sentence(f"{first} {rest}") == first
    assert first_sentence(f"\n{first} ") == first
    assert first_sentence(f"{first} Bon") == first


@pytest.mark.parametrize("long", [1990, 1996, 1997, 1998, 1999, 2000, 2001, 3999, 4000, 4001, 9000])
def test_a_first_sentence_may_be_long(long: int) -> None:
    sentence = ("mot " * long)[: long - 5] + "zzzz."
    for rest in ("", " Bye", " Bye. Bye.", " »", ' "Oui", dit-il.'):
        assert first_sentence(sentence + rest) == (sentence + rest if rest == " »" else sentence)
    assert first_sentence(sentence[:-1] + " 3.14 pour. Fin") == sentence[:-1] + " 3.14 pour."


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    began = time.process_time()
    assert first_sentence("Une phrase. " + "Et une autre. " * 500_000) == "Une phrase."
    numbers = "1. 2. 3. " * 20_000
    assert first_sentence(numbers) == numbers.strip()
    assert time.process_time() - began < 5
