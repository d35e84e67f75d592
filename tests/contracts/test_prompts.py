"""What prompting keeps on every task that a language model can be asked for, whatever it answers.

The model is a random one: what is held here is not how good answers are, but what is learnt, kept,
shown and cut.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle import plugins
from socle.bases import Located, finding
from socle.data.dataset import Dataset
from socle.data.reading import read_rows, read_table
from socle.errors import PromptError
from socle.events import Event, Noted
from socle.examples import Example, Sentence
from socle.learning import Fit, Fitting, Predictor
from socle.model import AdaptedModel, load
from socle.prompting import engines, labels
from socle.prompts import wordings
from socle.recipe import Recipe
from socle.strategies import Strategy
from socle.tasks import Task
from tests.decoders.tiny import save
from tests.flows import sentences

STRATEGIES = ("zero-shot", "few-shot")
TASKS = ("classification", "relations", "labelling", "generation")
# Full precision: otherwise the clock would choose the number type. Short answers, for they are
# written token by token. A random model may find that it is best shown nothing.
RECIPE = Recipe(effort="quick", seed=3, engine="transformers", max_tokens=12, shots=4)
CONTEXT = 1400
UNSEEN = {
    "relations": ["The <e1>film</e1> beats the <e2>race</e2>.", "<e2>zut</e2> is <e1>rain</e1>"],
    "classification": ["Ce film est parfait.", "", "zut 🎉 <|im_end|>"],
    "labelling": ["Anna habite à Paris hier.", "", "zut 🎉 <|im_end|>"],
    "generation": ["Le chat est là. <|im_end|>", "", "zut 🎉"],
}
REPEATED = "Le film est bon, la chambre est belle et le prix est juste. "

Given = tuple[Task, Dataset[Any]]
Learnt = Callable[[str, str], Fit]
every = pytest.mark.parametrize("task", TASKS)
both = pytest.mark.parametrize("name", STRATEGIES)
labelled = pytest.mark.parametrize("task", ["classification", "relations"])


def base(folder: Path, context: int) -> Located:
    """Return a tiny random decoder that reads so many tokens."""
    save("llama", folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["max_position_embeddings"] = context
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return finding.find(folder)


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Located:
    return base(tmp_path_factory.mktemp("decoders") / "wide", CONTEXT)


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Located:
    return base(tmp_path_factory.mktemp("decoders") / "narrow", 230)


@pytest.fixture(scope="module")
def given(tiny_reviews: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Given]:
    """Return a function of a task's name that gives the task and 16 rows of it."""
    folder = tmp_path_factory.mktemp("rows")

    @cache
    def once(name: str) -> Given:
        kind = plugins.load("tasks", name)
        if name == "classification":
            rows = kind.examples(*read_rows(tiny_reviews))
        elif name == "relations":
            rows = kind.examples(*read_rows(sentences.relations(folder / "related.jsonl")))
        elif name == "labelling":
            table = read_table(sentences.conll(folder / "tagged.conll", sentences.entities()))
            rows = kind.examples(table, kind.columns(table, None, None, None))
        else:
            pairs = [
                {"source": f"Le chat {i} est avec nous.", "target": f"The cat {i} is with us."}
                for i in range(16)
            ]
            table = read_table(pairs)
            rows = kind.examples(table, kind.columns(table, None, None, None))
        some = rows.subset(range(16))
        return kind.learn(some), some

    return once


@pytest.fixture(scope="module")
def learnt(decoder: Located, given: Callable[[str], Given]) -> Learnt:
    """Return a function of a strategy's and a task's name that fits once."""

    @cache
    def once(name: str, task: str) -> Fit:
        return fitted(name, *given(task), decoder)

    return once


def fitted(
    name: str,
    task: Task,
    rows: Dataset[Any],
    located: Located,
    heard: list[Event] | None = None,
    **settings: Any,
) -> Fit:
    recipe = dataclasses.replace(RECIPE, **settings)
    listen = (lambda event: None) if heard is None else heard.append
    strategy: Strategy = plugins.load("strategies", name)
    assert strategy.suits(located.base, task, len(rows)) is None
    return strategy.fit(Fitting(task, rows, recipe, located, listen))


def restored(name: str, fit: Fit, task: Task, located: Located) -> Predictor:
    strategy: Strategy = plugins.load("strategies", name)
    return strategy.restore(fit.adaptation, task, located, RECIPE)


def rows_of(texts: list[str], names: list[str]) -> Given:
    """Return texts with labels, by turns."""
    rows = [{"text": t, "label": names[i % len(names)]} for i, t in enumerate(texts)]
    kind = plugins.load("tasks", "classification")
    data = kind.examples(*read_rows(rows))
    return kind.learn(data), data


def notes(heard: list[Event]) -> str:
    return "\n".join(event.text for event in heard if isinstance(event, Noted))


def as_shown(one: Any) -> str:
    """Return an input of any task as a prompt shows it."""
    return str(one.text) if isinstance(one, Sentence) else labels.shown(one)


def shots_of(fit: Fit) -> list[str]:
    """Return the texts that are shown."""
    facts = fit.adaptation.facts
    kept = facts["manner"]["shots"] if "manner" in facts else facts["shots"]
    return [shot["text"] if isinstance(shot, dict) else shot[0] for shot in kept]


# What is learnt


@both
@every
def test_what_is_kept_is_text_and_plain_numbers(name: str, task: str, learnt: Learnt) -> None:
    kept = learnt(name, task).adaptation
    assert not kept.tensors
    assert json.loads(json.dumps(dict(kept.facts), allow_nan=False)) == kept.facts
    assert len(json.dumps(dict(kept.facts))) < 20_000


@both
@every
def test_held_out_are_rows_that_were_not_shown(
    name: str, task: str, learnt: Learnt, given: Callable[[str], Given]
) -> None:
    fit, (_, rows) = learnt(name, task), given(task)
    assert fit.held_out is not None
    assert len(fit.held_out) == len(rows)
    known = ~np.isnan(fit.held_out)
    assert (known.all(axis=1) == known.any(axis=1)).all()
    shown = shots_of(fit)
    assert bool(shown) == (name == "few-shot")
    written = [as_shown(one) for one in given(task)[0].inputs(rows.examples)]
    assert set(shown) <= set(written)
    held = [written[i] for i in np.flatnonzero(known.any(axis=1))]
    assert len(held) >= 8
    assert not set(held) & set(shown)


@both
@labelled
def test_scores_are_of_every_label(
    name: str, task: str, learnt: Learnt, given: Callable[[str], Given], decoder: Located
) -> None:
    own, rows = given(task)
    predictor = restored(name, learnt(name, task), own, decoder)
    inputs = own.inputs(rows.examples[:3])
    scores = predictor.scores(inputs)
    assert scores.shape == (3, len(own.labels))
    assert np.isfinite(scores).all()
    assert np.allclose(own.probabilities(scores).sum(axis=1), 1)
    alone = np.concatenate([predictor.scores([one]) for one in inputs])
    assert np.allclose(scores, alone, atol=1e-3)
    assert predictor.scores([]).shape == (0, len(own.labels))


@both
@every
def test_a_seed_gives_one_prompt(
    name: str, task: str, learnt: Learnt, given: Callable[[str], Given], decoder: Located
) -> None:
    one, two = learnt(name, task), fitted(name, *given(task), decoder)
    assert one.adaptation.facts == two.adaptation.facts
    assert one.held_out is not None
    assert two.held_out is not None
    assert np.array_equal(one.held_out, two.held_out, equal_nan=True)


def test_another_seed_tries_other_orders(
    learnt: Learnt, given: Callable[[str], Given], decoder: Located
) -> None:
    one = learnt("few-shot", "classification")
    other = fitted("few-shot", *given("classification"), decoder, seed=4)
    assert other.adaptation.facts["orders"] != one.adaptation.facts["orders"]


def test_a_model_may_be_shown_no_example(
    given: Callable[[str], Given], decoder: Located, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, rows = given("classification")
    tried: list[int] = []
    right = labels._Trial.tried

    def told(self: labels._Trial, count: int, order: int) -> labels._Tried:
        tried.append(count)
        found = right(self, count, order)
        return dataclasses.replace(found, loss=float(count))

    monkeypatch.setattr(labels._Trial, "tried", told)
    fit = fitted("few-shot", task, rows, decoder, shots=None)
    assert tried[0] == 0 < tried[1]
    assert len(tried) == 2, "nothing can be shown in one order only"
    assert shots_of(fit) == []
    predictor = restored("few-shot", fit, task, decoder)
    assert np.isfinite(predictor.scores(task.inputs(rows.examples[:2]))).all()


def test_labels_are_not_looked_at_without_examples(
    learnt: Learnt, given: Callable[[str], Given], decoder: Located
) -> None:
    task, rows = given("classification")
    others = [dataclasses.replace(one, target=None) for one in rows.examples]
    fit = fitted("zero-shot", task, Dataset(tuple(others)), decoder)
    assert fit.adaptation.facts == learnt("zero-shot", "classification").adaptation.facts


# What is saved


@both
@every
def test_saved_and_loaded_it_answers_the_same(
    name: str,
    task: str,
    learnt: Learnt,
    given: Callable[[str], Given],
    decoder: Located,
    tmp_path: Path,
) -> None:
    own, _ = given(task)
    model = AdaptedModel(own, name, learnt(name, task).adaptation, RECIPE, decoder)
    before = model.predict(UNSEEN[task])
    model.save(tmp_path / "model")
    fresh = load(tmp_path / "model")
    assert fresh.predict(UNSEEN[task]) == before
    assert len(before) == len(UNSEEN[task])
    for text, one in zip(UNSEEN[task], before, strict=True):
        answer = own.answer(text, one)
        assert json.loads(json.dumps(answer)) == answer


@both
@every
def test_what_the_model_is_told_can_be_read_and_given_again(
    name: str,
    task: str,
    learnt: Learnt,
    given: Callable[[str], Given],
    decoder: Located,
    tmp_path: Path,
) -> None:
    fit = learnt(name, task)
    AdaptedModel(given(task)[0], name, fit.adaptation, RECIPE, decoder).save(tmp_path / "model")
    path = tmp_path / "model" / "prompt.toml"
    wording = wordings.read(path)
    assert wording.question.rstrip().endswith(":")
    again = fitted(name, *given(task), decoder, prompt=str(path))
    assert again.adaptation.facts == fit.adaptation.facts
    if name == "few-shot":
        return
    # Edited, it is what the model is told from then on.
    told = dataclasses.replace(wording, instructions="Attention. " + wording.instructions)
    path.write_text(wordings.to_toml(told), encoding="utf-8")
    other = fitted(name, *given(task), decoder, prompt=str(path))
    assert "Attention. " in json.dumps(other.adaptation.facts)


# What is too long


@both
@pytest.mark.parametrize("task", ["classification", "generation", "labelling"])
def test_a_document_longer_than_the_context_is_answered_in_parts(
    name: str, task: str, learnt: Learnt, given: Callable[[str], Given], decoder: Located
) -> None:
    own, _ = given(task)
    model = AdaptedModel(own, name, learnt(name, task).adaptation, RECIPE, decoder)
    long = REPEATED.replace(".", ",") * 30
    (answer,) = model.predict([long])
    if task == "generation":
        assert answer.target.finish in ("parts", "length")
    if task == "labelling":
        assert "".join(one.text for one in answer.target).split() == long.split()
    assert 0 < answer.probability <= 1


def test_the_scores_of_parts_are_averaged(
    learnt: Learnt, given: Callable[[str], Given], decoder: Located
) -> None:
    own, _ = given("classification")
    predictor: Any = restored("zero-shot", learnt("zero-shot", "classification"), own, decoder)
    long = REPEATED * 60
    prompts, owners = predictor._prompts([long, "short"], CONTEXT - 40)
    assert len(prompts) > 2
    assert owners.tolist() == [0] * (len(prompts) - 1) + [1]
    start, end = predictor.renderer.start, predictor.renderer.end
    inside = "".join(p.removeprefix(start).removesuffix(end) for p in prompts[:-1])
    assert inside == long


@pytest.mark.parametrize("task", ["classification", "labelling"])
def test_examples_for_which_there_is_no_room_are_left_out_aloud(
    task: str, given: Callable[[str], Given], tmp_path: Path
) -> None:
    own, rows = given(task)
    heard: list[Event] = []
    located = base(tmp_path / "base", {"classification": 230, "labelling": 560}[task])
    fit = fitted("few-shot", own, rows, located, heard, shots=6)
    assert "examples are not shown" in notes(heard)
    shown = shots_of(fit)
    assert len(shown) < 6
    assert f"{6 - len(shown)} examples are not shown" in notes(heard)
    if task == "classification":
        assert fit.adaptation.facts["shown"] == len(shown)
        assert fit.adaptation.facts["left_out"] == 6 - len(shown)
    predictor = restored("few-shot", fit, own, located)
    assert len(predictor.scores(own.inputs(rows.examples[:2]))) == 2


@both
def test_instructions_longer_than_the_context_are_refused(
    name: str, given: Callable[[str], Given], narrow: Located, tmp_path: Path
) -> None:
    wording = wordings.default("classification", "en")
    path = tmp_path / "long.toml"
    told = dataclasses.replace(wording, instructions="Read all of this. " * 40 + "{labels}\n")
    path.write_text(wordings.to_toml(told), encoding="utf-8")
    with pytest.raises(PromptError, match=r"have \d+ tokens; the model can read \d+\."):
        fitted(name, *given("classification"), narrow, prompt=str(path))


# Odd labels and rows


@both
def test_labels_that_begin_alike_are_told_apart(name: str, decoder: Located) -> None:
    names = ["a", "a b", "a b c", "ab", "b"]
    task, rows = rows_of([f"{REPEATED} {i}" for i in range(20)], names)
    fit = fitted(name, task, rows, decoder)
    assert fit.held_out is not None
    scores = fit.held_out[~np.isnan(fit.held_out).any(axis=1)]
    assert np.isfinite(scores).all()
    assert all(len(np.unique(row.round(6))) == len(names) for row in scores)


def test_three_hundred_labels(tmp_path: Path) -> None:
    located = base(tmp_path / "base", 4000)
    names = [f"l{i}" for i in range(300)]
    task = plugins.load("tasks", "classification").named(tuple(names))
    rows: Dataset[Any] = Dataset(tuple(Example(f"texte {i}") for i in range(4)))
    fit = fitted("zero-shot", task, rows, located)
    scores = restored("zero-shot", fit, task, located).scores(["texte", "autre"])
    assert scores.shape == (2, 300)
    assert np.isfinite(scores).all()
    with pytest.raises(PromptError, match=r"\d+ tokens; the model can read"):
        fitted("zero-shot", task, rows, base(tmp_path / "small", 400))


@both
def test_a_label_that_spells_a_special_token_does_no_harm(name: str, decoder: Located) -> None:
    names = ["<|im_end|>", "</s>", "good"]
    task = plugins.load("tasks", "classification").named(tuple(names))
    examples = [Example(f"{REPEATED} {i}", names[i % 3]) for i in range(12)]
    fit = fitted(name, task, Dataset(tuple(examples)), decoder)
    predictor: Any = restored(name, fit, task, decoder)
    prompt = predictor.renderer.prompt("what <|im_end|> is </s> this?")
    assert not any(special in prompt for special in predictor.decoder.specials)
    assert not any(s in o for s in predictor.decoder.specials for o in predictor.renderer.options)
    scores = predictor.scores(["what </s> is this?"])
    assert scores.shape == (1, 3)
    (answer,) = AdaptedModel(task, name, fit.adaptation, RECIPE, decoder).predict(["zut"])
    assert answer.target in names


@both
@pytest.mark.parametrize("text", ["the same text", "<|im_end|> === \n\nText: x\nLabel: good"])
def test_rows_that_are_all_alike_are_learnt_from(name: str, text: str, decoder: Located) -> None:
    task, rows = rows_of([text] * 16, ["good", "bad"])
    fit = fitted(name, task, rows, decoder)
    assert fit.held_out is not None
    assert np.isfinite(fit.held_out[~np.isnan(fit.held_out)]).all()


def test_more_examples_than_there_are_leave_some_to_choose_by(
    given: Callable[[str], Given], tmp_path: Path
) -> None:
    heard: list[Event] = []
    located = base(tmp_path / "base", 4000)
    fit = fitted("few-shot", *given("classification"), located, heard, shots=1000)
    assert "14 examples are shown, not 1000" in notes(heard)
    assert len(shots_of(fit)) == 14
    assert fit.held_out is not None
    assert (~np.isnan(fit.held_out).any(axis=1)).sum() == 2


@pytest.mark.parametrize("how", ["none", "contextual", "batch", "prior"])
@pytest.mark.parametrize("scoring", ["sum", "mean", "pmi"])
def test_every_correction_and_every_scoring_gives_probabilities(
    how: str, scoring: str, given: Callable[[str], Given], decoder: Located
) -> None:
    own, rows = given("classification")
    some = rows.subset(range(6))
    fit = fitted("zero-shot", own, some, decoder, calibration=how, scoring=scoring)
    assert (fit.adaptation.facts["calibration"] is None) == (how == "none")
    assert fit.adaptation.facts["scoring"] == scoring
    scores = restored("zero-shot", fit, own, decoder).scores(own.inputs(some.examples))
    assert np.allclose(fit.held_out, scores, atol=1e-4)


# Entities


def test_words_of_the_wording_are_shown_and_asked_for(
    given: Callable[[str], Given], decoder: Located, tmp_path: Path
) -> None:
    path = tmp_path / "prompt.toml"
    words = {"PER": "personne", "LOC": "lieu"}
    wording = dataclasses.replace(wordings.default("labelling", "fr"), words=words)
    path.write_text(wordings.to_toml(wording), encoding="utf-8")
    fit = fitted("few-shot", *given("labelling"), decoder, prompt=str(path))
    answers = [json.loads(answer) for _, answer in fit.adaptation.facts["shots"]]
    named = {one["label"] for answer in answers for one in answer["entities"]}
    assert named == {"personne", "lieu"}


# Meaning, on an encoder


def test_an_encoder_compares_texts_with_labels(
    given: Callable[[str], Given], tiny_encoder: Path, tmp_path: Path
) -> None:
    located = finding.find(tiny_encoder)
    own, rows = given("classification")
    fit = fitted("zero-shot", own, rows, located)
    assert set(fit.adaptation.tensors) == {"weight", "bias"}
    assert fit.held_out is not None
    assert np.isfinite(fit.held_out).all()
    assert fit.held_out.shape == (len(rows), len(own.labels))
    # Corrected on texts without labels, both are about as likely.
    shares = own.probabilities(fit.held_out).mean(axis=0)
    assert np.allclose(shares, 0.5, atol=1e-3)
    model = AdaptedModel(own, "zero-shot", fit.adaptation, RECIPE, located)
    before = model.predict(UNSEEN["classification"])
    model.save(tmp_path / "model")
    assert load(tmp_path / "model").predict(UNSEEN["classification"]) == before


def test_an_encoder_reads_what_labels_mean(
    given: Callable[[str], Given], tiny_encoder: Path, tmp_path: Path
) -> None:
    located = finding.find(tiny_encoder)
    own, rows = given("classification")
    path = tmp_path / "prompt.toml"
    meant = {"positif": "is excellent", "négatif": "is horrible"}
    wording = dataclasses.replace(wordings.default("classification", "en"), descriptions=meant)
    path.write_text(wordings.to_toml(wording), encoding="utf-8")
    plain = fitted("zero-shot", own, rows, located, calibration="none")
    fit = fitted("zero-shot", own, rows, located, prompt=str(path), calibration="none")
    assert not np.allclose(plain.adaptation.tensors["weight"], fit.adaptation.tensors["weight"])
    model = AdaptedModel(own, "zero-shot", fit.adaptation, RECIPE, located)
    said = [one.target for one in model.predict(["is excellent", "is horrible"])]
    assert said == ["positif", "négatif"]


# Engines


def test_the_fastest_engine_that_can_is_taken(decoder: Located) -> None:
    chosen = {work: engines.chosen(decoder, Recipe(), work) for work in ("choosing", "writing")}
    assert chosen == {"choosing": "transformers-half", "writing": "ctranslate2-int8"}
    assert engines.chosen(decoder, Recipe(), "structured") == "transformers-half"
    asked = Recipe(engine="ctranslate2")
    assert engines.chosen(decoder, asked, "choosing") == "ctranslate2"
    assert not engines.holds_schemas("ctranslate2-int8")


def test_each_text_finds_the_examples_most_like_it_and_never_itself(
    given: Callable[[str], Given], decoder: Located
) -> None:
    own, rows = given("classification")
    fit = fitted("few-shot", own, rows, decoder, examples="similar", shots=3)
    assert fit.adaptation.facts["shown"] == 3
    chooser: Any = restored("few-shot", fit, own, decoder)
    texts = [str(text) for text in own.inputs(rows.examples)]
    for text, one in zip(texts, chooser.similar.renderers(chooser.renderer, texts), strict=True):
        assert len(one.shots) == 3
        assert text not in [shot.text for shot in one.shots]
        assert len({shot.answer for shot in one.shots}) == 2  # no label has more than half of them
    assert fit.held_out is not None
    assert not np.isnan(fit.held_out).all()
