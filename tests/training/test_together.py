"""Several models in one run of their base: each gets what it would get alone."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers
from numpy.typing import NDArray

from socle import plugins, predicting
from socle.bases import Located, finding
from socle.data.reading import read_rows
from socle.data.splitting import folds
from socle.engines import WHOLE, Batch, Encoder
from socle.errors import RowsError
from socle.learning import Adaptation, Fitting
from socle.model import AdaptedModel
from socle.recipe import Recipe
from socle.training.encoding import encoder_of
from socle.training.together import Place, Sharing, asked_together, lowest_shared
from socle.words.columns import Scored
from socle.words.cutting import plain_cutter
from tests import artificial

RECIPE = Recipe(effort="quick", precision="float32", engine="onnx", epochs=1, layers=1, seed=2)
DEPTH = 3
FROZEN = ("classification head", "relations head", "labelling head", "parsing head")
MOVED = ("classification partial", "labelling lora", "parsing partial", "relations lora")


@pytest.fixture(scope="module")
def located(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Located:
    """Return a base of three layers."""
    import torch

    folder = tmp_path_factory.mktemp("bases") / "three-layers"
    shutil.copytree(tiny_encoder, folder)
    config = transformers.BertConfig.from_pretrained(tiny_encoder)
    config.num_hidden_layers = DEPTH
    with torch.random.fork_rng():
        torch.manual_seed(1)
        transformers.BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return finding.find(folder)


Made = Callable[[str, str], AdaptedModel]


@pytest.fixture(scope="module")
def model(located: Located, tiny_reviews: Path) -> Made:
    """Return a function of `task strategy` and an engine that gives a model."""

    @cache
    def fitted(name: str) -> tuple[Any, Adaptation]:
        kind, strategy = name.split(" ")
        option = plugins.load("tasks", kind)
        if kind in ("labelling", "parsing"):
            data = artificial.dataset(artificial.sentences(40), kind)
        else:
            rows = read_rows(tiny_reviews if kind == "classification" else artificial.related(42))
            data = option.examples(*rows)
        task = option.learn(data)
        parts = tuple(folds(data, 3, 0))
        given = Fitting(task, data, RECIPE, located, folds=parts, apart=np.sort(parts[0]))
        return task, plugins.load("strategies", strategy).fit(given).adaptation

    @cache
    def made(name: str, engine: str) -> AdaptedModel:
        task, kept = fitted(name)
        facts = {**kept.facts, "engine": engine}
        strategy = name.split(" ")[1]
        return AdaptedModel(task, strategy, Adaptation(kept.tensors, facts), RECIPE, located)

    return made


def inputs_of(one: AdaptedModel) -> Sequence[Any]:
    """Return what a model is asked: texts of its own, and some that others are asked too."""
    task: Any = one.task
    shared = ["le film est parfait", "la chambre", "le film " * 60]
    if task.name == "relations":
        rows = artificial.related(6, seed=9)
        return [passage for row in rows for (passage,) in task.read([row["text"]])]
    if task.family == "words":
        own = artificial.dataset(artificial.sentences(5, seed=9, rare=True), task.name).examples
        return [
            *task.inputs(own),
            *(part for words in shared for part in plain_cutter().cut(words)),
        ]
    return shared


def assert_alike(one: Any, other: Any) -> None:
    """Compare scores of texts, or tables of words."""
    if isinstance(one, np.ndarray):
        assert one.shape == other.shape
        assert np.allclose(one, other, atol=2e-3, rtol=1e-3)
        return
    assert len(one) == len(other) > 0
    for a, b in zip(one, other, strict=True):
        assert isinstance(a, Scored)
        assert a.sentence == b.sentence
        assert a.tables.keys() == b.tables.keys()
        for name, table in a.tables.items():
            assert np.allclose(table, b.tables[name], atol=2e-3, rtol=1e-3), name


def together(models: Sequence[AdaptedModel], located: Located, engine: str) -> list[Any]:
    pairs = [(one.predictor(), inputs_of(one)) for one in models]
    ran = asked_together(pairs, partial(encoder_of, located, engine))()  # type: ignore[arg-type]
    return [told() for told in ran]


@pytest.mark.parametrize("engine", ["onnx", "torch"])
@pytest.mark.parametrize(
    ("names", "shared"),
    [
        (FROZEN, DEPTH),
        # Heads for words on a base that moved read its last three layers: one is shared.
        ((*FROZEN[:1], *MOVED), 1),
        (("classification partial", "relations lora"), 2),
        (("labelling lora",), 1),
    ],
)
def test_together_each_gets_the_scores_that_it_gets_alone(
    engine: str, names: Sequence[str], shared: int, located: Located, model: Made
) -> None:
    models = [model(name, engine) for name in names]
    assert lowest_shared([_sharing(one) for one in models]) == shared
    found = together(models, located, engine)
    for one, scores in zip(models, found, strict=True):
        assert_alike(scores, one.predictor().scores(inputs_of(one)))


def test_what_the_models_say_differs(located: Located, model: Made) -> None:
    """Or the comparison above could not tell one model's scores from another's."""
    names = ("classification head", "classification partial")
    one, other = together([model(name, "torch") for name in names], located, "torch")
    assert not np.allclose(one, other, atol=0.05)
    assert np.ptp(one[:, 0]) > 0.05


def _sharing(one: AdaptedModel) -> Sharing:
    found: Sharing = one.predictor().sharing  # type: ignore[attr-defined]
    return found


# How often a window is read


@dataclass
class Counting:
    """An encoder that tells which windows it was given."""

    encoder: Encoder
    seen: list[bytes]

    def run(self, batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        def heard() -> Iterator[Batch]:
            for batch in batches:
                for ids, mask in zip(batch.ids, batch.mask, strict=True):
                    self.seen.append(ids[mask == 1].tobytes())
                yield batch

        return self.encoder.run(heard())


def counted(
    models: Sequence[AdaptedModel], located: Located, engine: str
) -> tuple[dict[Any, list[bytes]], set[bytes]]:
    """Return the windows that every encoder, or part of one, was given, and all that are asked."""
    seen: dict[Any, list[bytes]] = {}

    def counting(changed: str, give: Callable[..., Encoder]) -> Callable[..., Encoder]:
        def encoder(layers: tuple[int, ...], part: Any = WHOLE) -> Encoder:
            return Counting(give(layers, part), seen.setdefault((changed, part), []))

        return encoder

    pairs, asked = [], set()
    for one in models:
        option = plugins.load("strategies", one.strategy)
        predictor: Any = option.restore(one.adaptation, one.task, one.located, one.recipe)
        own: Sharing = predictor.sharing
        predictor.sharing = replace(own, encoder=counting(own.changed, own.encoder))
        pairs.append((predictor, inputs_of(one)))
        asked |= {window.tobytes() for window in predictor.ask(pairs[-1][1]).ids}
    asked_together(pairs, counting("", partial(encoder_of, located, engine)))()
    return seen, asked


def test_a_frozen_base_reads_every_window_once_for_all(located: Located, model: Made) -> None:
    models = [model(name, "torch") for name in FROZEN]
    seen, asked = counted(models, located, "torch")
    assert list(seen) == [("", WHOLE)]
    assert sorted(seen["", WHOLE]) == sorted(asked)
    alone = sum(len(one.predictor().ask(inputs_of(one))) for one in models)  # type: ignore[attr-defined]
    assert len(asked) < alone


def test_the_shared_layers_read_every_window_once_and_so_does_each_part_above(
    located: Located, model: Made
) -> None:
    names = ("classification head", "labelling head", "classification partial", "relations lora")
    models = [model(name, "torch") for name in names]
    seen, asked = counted(models, located, "torch")
    shared = lowest_shared([_sharing(one) for one in models])
    changed = {_sharing(one).changed for one in models}
    assert len(changed) == 3
    assert set(seen) == {("", (0, shared)), *((name, (shared, None)) for name in changed)}
    for windows in seen.values():
        assert len(windows) == len(set(windows))
    assert set(seen["", (0, shared)]) == asked


# What can be shared

PLACE = Place("base", "onnx", 256, 32)


def sharing(changed: str = "", untouched: int = 12, layers: tuple[int, ...] = (-1,)) -> Sharing:
    def none(*_: Any) -> Any:
        raise AssertionError("nothing is run")

    return Sharing(PLACE, layers, 12, untouched, none, changed)


def test_frozen_models_share_all_layers_whatever_their_heads_read() -> None:
    assert lowest_shared([sharing(), sharing(layers=(-1, -8))]) == 12


def test_changed_models_share_what_all_of_them_left_alone() -> None:
    assert lowest_shared([sharing(), sharing("a", 8)]) == 8
    assert lowest_shared([sharing("a", 10), sharing("b", 8)]) == 8
    assert lowest_shared([sharing("a", 0), sharing()]) == 0


def test_no_head_reads_a_layer_below_the_last_shared_one() -> None:
    assert lowest_shared([sharing("a", 10), sharing(layers=(-1, -8))]) == 5
    assert lowest_shared([sharing("a", 10, (-1, -2, -3, -4))]) == 9
    assert lowest_shared([sharing("a", 10), sharing(layers=(-13,))]) == 0


# Who is asked together with whom


def test_models_of_other_windows_or_engines_are_not_mixed(
    located: Located, model: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = model("classification head", "torch")
    models = {
        "a": plain,
        "b": replace(plain),
        "other engine": model("classification head", "onnx"),
        "narrow": replace(plain, recipe=replace(RECIPE, window=16, overlap=4)),
        "overlapping": replace(plain, recipe=replace(RECIPE, overlap=8)),
        "moved": model("classification partial", "torch"),
    }
    groups = [names for _, names in predicting._sharing(models).values()]
    assert groups == [["a", "b", "moved"], ["other engine"], ["narrow"], ["overlapping"]]
    calls: list[int] = []

    def heard(pairs: Any, base: Any, ready: Any) -> Any:
        calls.append(len(pairs))
        return asked_together(pairs, base, ready)

    monkeypatch.setattr(predicting, "asked_together", heard)
    texts = ["le film est parfait", "le film " * 60, "", "zut"]
    answers = list(predicting.predict_together(models, texts))
    assert calls == [3]
    for name, one in models.items():
        for found, alone in zip(answers, one.predict(texts), strict=True):
            said = found.predictions[name]
            assert said.target == alone.target
            assert said.probability == pytest.approx(alone.probability, abs=1e-4)


def test_a_prefix_is_read_by_those_that_have_it(located: Located, model: Made) -> None:
    """Of two models that read the same weights, one stands a prefix before every text."""
    plain = model("classification head", "torch")
    base = replace(located.base, prefix="the room is horrible and ")
    fitted = replace(plain, located=replace(located, base=base))
    assert _sharing(plain).place == _sharing(fitted).place
    found = together([plain, fitted], located, "torch")
    for one, scores in zip((plain, fitted), found, strict=True):
        assert_alike(scores, one.predictor().scores(inputs_of(one)))
    assert not np.allclose(*found, atol=1e-3)


def test_without_inputs_words_get_nothing(located: Located, model: Made) -> None:
    one, other = (model(name, "torch") for name in ("labelling head", "classification head"))
    pairs: Any = [(one.predictor(), []), (other.predictor(), ["le film"])]
    words, texts = (
        told() for told in asked_together(pairs, partial(encoder_of, located, "torch"))()
    )
    assert words == []
    assert texts.shape == (1, 2)


def test_the_next_texts_are_read_while_these_are_handled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(predicting, "physical_cores", lambda: 2)
    cut: list[str] = []
    running = {text: threading.Event() for text in "abc"}

    def begin(texts: list[str]) -> Any:
        cut.append(texts[0])

        def run() -> Any:
            running[texts[0]].set()
            return texts[0].upper()

        return run

    found = predicting._ahead(iter([["a"], ["b"], ["c"]]), begin)
    assert next(found) == (["a"], "A")
    assert running["b"].wait(10)
    assert cut == ["a", "b"]
    assert not running["c"].is_set()
    assert list(found) == [(["b"], "B"), (["c"], "C")]


def test_one_core_does_one_thing_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predicting, "physical_cores", lambda: 1)
    ran: list[str] = []

    def begin(texts: list[str]) -> Any:
        return lambda: ran.append(texts[0])

    found = predicting._ahead(iter([["a"], ["b"]]), begin)
    assert next(found) == (["a"], None)
    assert ran == ["a"]
    assert list(found) == [(["b"], None)]


@pytest.mark.parametrize("cores", [1, 2])
def test_what_goes_wrong_with_a_group_is_raised_when_those_before_were_handled(
    cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predicting, "physical_cores", lambda: cores)

    def begin(texts: list[str]) -> Any:
        if texts == ["b"]:
            raise RowsError("Text b cannot be cut.", "Leave it out.")
        return texts[0].upper

    found = predicting._ahead(iter([["a"], ["b"], ["c"]]), begin)
    assert next(found) == (["a"], "A")
    with pytest.raises(RowsError, match="Text b"):
        next(found)


def test_what_was_read_before_a_fault_is_answered(
    model: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predicting, "_AT_ONCE", 3)

    def texts() -> Iterator[str]:
        yield from ["le film est parfait"] * 5
        raise RowsError("Row 6 is empty.", "Fill it.")

    models = {"a": model("classification head", "torch"), "b": model("labelling head", "torch")}
    found = predicting.predict_together(models, texts())
    assert [len(next(found).predictions) for _ in range(5)] == [2] * 5
    with pytest.raises(RowsError, match="Row 6"):
        next(found)


def test_long_texts_are_read_fewer_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predicting, "_CHARACTERS", 10)
    found = predicting._groups(["aaaa", "bbbb", "cccc", "d" * 30, "e"])
    assert list(found) == [["aaaa", "bbbb"], ["cccc"], ["d" * 30], ["e"]]
