"""What an adaptation did to its base: nothing where nothing moved, much where all was upset."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from socle import plugins
from socle.bases import Located, finding, loading
from socle.data.reading import read_rows
from socle.errors import RowsError, UnreadableError
from socle.events import Event, Finished, Started
from socle.examples import Example
from socle.forgetting import Forgetting, forgetting
from socle.general import Probe
from socle.learning import Adaptation
from socle.model import AdaptedModel
from socle.recipe import Recipe
from socle.training import language, states

SAID = "the film is good and bad le la des rain team rates bank horrible perfect we you plus"
WORDS = SAID.split()
GOOD, BAD = ("perfect", "excellent", "good"), ("horrible", "bad", "disappointing")


def sentences(n: int, seed: int = 0) -> list[str]:
    """Return texts in which each word mostly follows from the one before."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        start = int(rng.integers(len(WORDS)))
        steps = np.cumsum(rng.choice([1, 1, 1, 2], 14)) + start
        found.append(" ".join(WORDS[i % len(WORDS)] for i in steps))
    return found


def probe(n: int = 120) -> Probe:
    """Return a task whose label hangs on two words among others."""
    rng = np.random.default_rng(1)
    rows = []
    for i in range(n):
        telling = rng.choice((GOOD, BAD)[i % 2], 2)
        text = " ".join(rng.permutation([*telling, *rng.choice(WORDS[:9], 4)]))
        rows.append(Example(text, ("up", "down")[i % 2]))
    return Probe("tone", tuple(rows[: n // 2]), tuple(rows[n // 2 :]))


SAMPLE, PROBE = sentences(60), probe()


def adapted(located: Located | None, strategy: str = "full", noise: float = 0.0) -> AdaptedModel:
    """Return a model whose weights were moved at random, by so many of their own spreads."""
    task = plugins.load("tasks", "classification")
    rows = read_rows([{"text": f"text {i}", "label": "ab"[i % 2]} for i in range(10)])
    tensors: dict[str, Any] = {"head.weight": np.zeros((32, 2)), "head.bias": np.zeros(2)}
    if located and noise:
        rng = np.random.default_rng(0)
        for name, weight in loading.load_encoder(located).named_parameters():
            value = weight.detach().numpy()
            spread = (float(value.std()) or 0.1) * noise
            tensors[name] = value + rng.normal(0, spread, value.shape).astype(np.float32)
    return AdaptedModel(
        task.learn(task.examples(*rows)), strategy, Adaptation(tensors), Recipe(), located
    )


@pytest.fixture(scope="module")
def located(tiny_encoder: Path) -> Located:
    return finding.find(tiny_encoder)


@pytest.fixture(scope="module")
def measured(located: Located) -> Callable[[float], Forgetting]:
    known: dict[float, Forgetting] = {}

    def once(noise: float) -> Forgetting:
        if noise not in known:
            found = forgetting(adapted(located, noise=noise), sample=SAMPLE, probes=[PROBE])
            assert found is not None
            known[noise] = found
        return known[noise]

    return once


def test_a_base_that_did_not_move_forgot_nothing(measured: Callable[[float], Forgetting]) -> None:
    found = measured(0.0)
    assert found.loss is not None
    assert found.loss.kind == "readout"
    assert found.loss.before == found.loss.after == found.loss.refitted
    (result,) = found.probes
    assert result.before == result.after == result.refitted
    assert result.p == result.p_refitted == 1.0
    assert [layer.layer for layer in found.drift] == [1, 2]
    assert all(layer.similarity == pytest.approx(1.0) for layer in found.drift)
    assert all(layer.cosine == pytest.approx(1.0) for layer in found.drift)
    assert "no significant loss" in found.text


def test_the_further_the_weights_the_more_is_forgotten(
    measured: Callable[[float], Forgetting],
) -> None:
    few, some, all_ = (measured(noise) for noise in (0.0, 0.5, 20.0))
    last = [found.drift[-1] for found in (few, some, all_)]
    assert last[0].similarity > last[1].similarity > last[2].similarity
    assert last[0].cosine > last[1].cosine > last[2].cosine
    losses = [found.loss for found in (few, some, all_) if found.loss]
    assert losses[0].after < losses[1].after < losses[2].after
    assert losses[0].before == losses[1].before == losses[2].before
    assert few.probes[0].before > 0.9
    assert all_.probes[0].after < few.probes[0].before - 0.15
    assert all_.probes[0].p < 0.05
    assert "no longer fit" in all_.text or "does not find it all again" in all_.text


def test_its_json_has_the_keys_that_others_rely_on(
    measured: Callable[[float], Forgetting],
) -> None:
    found = measured(0.5).to_json()
    assert set(found) == {"text", "readout_loss", "probes", "drift"}
    assert {"before", "after", "refitted", "chance"} <= set(found["readout_loss"])
    assert {"name", "before", "after", "refitted"} <= set(found["probes"][0])
    low, high = found["probes"][0]["intervals"]["after"]
    assert low <= found["probes"][0]["after"] <= high
    assert {"layer", "similarity"} <= set(found["drift"][0])


def test_a_frozen_base_is_said_to_have_forgotten_nothing_without_running_it(
    located: Located, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "load_encoder", lambda _: pytest.fail("loaded"))
    found = forgetting(adapted(located, "head"))
    assert found is not None
    assert [layer.similarity for layer in found.drift] == [1.0, 1.0]
    assert "construction" in found.text
    assert found.loss is None


def test_what_never_had_the_knowledge_is_left_out(located: Located) -> None:
    found = forgetting(adapted(located, "scratch"))
    assert found is not None
    assert found.skipped
    assert found.drift == found.probes == ()
    for rival in ("majority", "classical"):
        assert forgetting(adapted(None, rival)) is None


def test_a_file_of_rows_may_be_a_probe(located: Located, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    lines = [f'"{e.text}",{e.target}' for e in (*PROBE.train, *PROBE.test)]
    path.write_text("\n".join(["text,label", *lines]))
    found = forgetting(adapted(located), sample=SAMPLE[:10], probes=[path, PROBE], quick=True)
    assert found is not None
    assert [result.name for result in found.probes] == ["own", "tone"]
    with pytest.raises(UnreadableError):
        forgetting(adapted(located), sample=SAMPLE, probes=[tmp_path / "gone.csv"])


def test_a_sample_of_next_to_nothing_is_refused(located: Located) -> None:
    with pytest.raises(RowsError, match="general sample has 3 texts"):
        forgetting(adapted(located), sample=[*SAMPLE[:3], " ", ""], probes=[])


def test_it_tells_how_far_it_is(located: Located) -> None:
    events: list[Event] = []
    forgetting(adapted(located), sample=SAMPLE[:10], probes=[], listen=events.append)
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)


@pytest.fixture(scope="module")
def masked(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Located:
    """Return the tiny encoder with a language head, trained a little on sentences of ours."""
    config = transformers.AutoConfig.from_pretrained(tiny_encoder)
    return trained(transformers.BertForMaskedLM, config, tiny_encoder, tmp_path_factory)


@pytest.fixture(scope="module")
def causal(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Located:
    """Return a decoder of the same size and vocabulary."""
    size = transformers.AutoConfig.from_pretrained(tiny_encoder).vocab_size
    config = transformers.GPTNeoXConfig(
        vocab_size=size,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=128,
        bos_token_id=2,
        eos_token_id=3,
    )
    return trained(transformers.GPTNeoXForCausalLM, config, tiny_encoder, tmp_path_factory)


def trained(kind: Any, config: Any, tokenizer: Path, places: pytest.TempPathFactory) -> Located:
    folder = places.mktemp("language") / kind.__name__.lower()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = kind(config)
        text = finding.find(tokenizer)
        plain = states.read(text, sentences(200, seed=1))
        ids = torch.from_numpy(np.stack([row[:16] for row in plain.ids]))
        optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
        for _ in range(60):
            hide = (torch.rand(ids.shape) < 0.15) & (ids > 4)
            masks = kind is transformers.BertForMaskedLM
            given = ids.masked_fill(hide, plain.mask or 0) if masks else ids
            labels = ids.masked_fill(~hide, -100) if masks else ids
            optimiser.zero_grad()
            model(input_ids=given, labels=labels).loss.backward()
            optimiser.step()
    model.eval().save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder / name)
    return finding.find(folder)


def test_a_masked_language_head_is_used_where_there_is_one(masked: Located) -> None:
    same, moved = (
        forgetting(adapted(masked, noise=noise), sample=SAMPLE, probes=[]) for noise in (0.0, 1.0)
    )
    assert same is not None
    assert same.loss is not None
    assert moved is not None
    assert moved.loss is not None
    assert same.loss.kind == moved.loss.kind == "masked"
    assert same.loss.before == same.loss.after
    assert moved.loss.after > moved.loss.before + 0.3
    assert "readout_loss" not in same.to_json()
    assert same.to_json()["loss"]["kind"] == "masked"
    model = transformers.AutoModelForMaskedLM.from_pretrained(masked.folder).eval()
    plain = states.read(masked, SAMPLE)
    copies = states.hidden(plain, int(plain.mask or 0), 2)
    with torch.no_grad():
        each = [
            torch.log_softmax(model(torch.from_numpy(ids)[None]).logits[0, at], 1)[
                range(len(at)), truth
            ]
            for ids, at, truth in zip(copies.ids, copies.places, copies.truth, strict=True)
        ]
    assert same.loss.before == pytest.approx(-float(torch.cat(each).mean()), rel=1e-4)


def test_a_causal_language_head_is_used_where_there_is_one(causal: Located) -> None:
    assert causal.base.kind == "decoder"
    same, moved = (
        forgetting(adapted(causal, noise=noise), sample=SAMPLE, probes=[]) for noise in (0.0, 1.0)
    )
    assert same is not None
    assert same.loss is not None
    assert moved is not None
    assert moved.loss is not None
    assert same.loss.kind == "causal"
    assert same.loss.before == same.loss.after
    assert moved.loss.after > moved.loss.before + 0.3
    model = transformers.AutoModelForCausalLM.from_pretrained(causal.folder).eval()
    with torch.no_grad():
        each, count = 0.0, 0
        for ids in states.read(causal, SAMPLE).ids:
            row = torch.from_numpy(ids)[None]
            each += float(model(row, labels=row).loss) * (len(ids) - 1)
            count += len(ids) - 1
    assert same.loss.before == pytest.approx(each / count, rel=1e-4)


def test_a_base_without_a_language_head_gets_none_of_random_weights(located: Located) -> None:
    before = torch.get_rng_state()
    assert language.language_model(located) is None
    assert torch.equal(torch.get_rng_state(), before)


def test_every_token_is_hidden_once_and_none_that_is_not_the_texts_own(located: Located) -> None:
    plain = states.read(located, SAMPLE[:5])
    mask = int(plain.mask or 0)
    copies = states.hidden(plain, mask, states.GROUPS)
    for text, (ids, content) in enumerate(zip(plain.ids, plain.content, strict=True)):
        rows = np.flatnonzero(copies.owners == text)
        places = np.concatenate([copies.places[i] for i in rows])
        assert sorted(places) == np.flatnonzero(content).tolist()
        assert all((copies.ids[i][copies.places[i]] == mask).all() for i in rows)
        truth = np.concatenate([copies.truth[i] for i in rows])
        assert np.array_equal(truth, ids[places])
        assert not content[0]
        assert not content[-1]
    again = states.hidden(plain, mask, states.GROUPS)
    assert all(np.array_equal(a, b) for a, b in zip(copies.ids, again.ids, strict=True))


@pytest.mark.real
def test_a_language_model_of_another_network_is_refused(
    masked: Located, fetched: Callable[[str], Located]
) -> None:
    model = language.language_model(masked)
    assert model is not None
    with pytest.raises((ValueError, RuntimeError)):
        language.put_into(model, loading.load_encoder(fetched("all-minilm-l6-v2")))


@pytest.mark.real
def test_a_readout_of_a_real_base_beats_chance_and_its_probe_the_most_frequent_label(
    fetched: Callable[[str], Located],
) -> None:
    located = fetched("all-minilm-l6-v2")
    found = forgetting(adapted(located), quick=True)
    assert found is not None
    assert found.loss is not None
    assert found.loss.chance is not None
    assert found.loss.before == found.loss.after < found.loss.chance
    (result,) = found.probes
    assert result.name == "sections-en"
    assert result.intervals["before"][0] > 0.5
