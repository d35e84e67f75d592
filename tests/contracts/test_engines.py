"""What every engine keeps: the numbers of a plain forward pass, whatever is run together."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from numpy.typing import NDArray

import socle.engines
from socle import plugins
from socle.engines import WHOLE, Encoder, Engine, sliced
from socle.training.batching import padded
from socle.training.network import layers_of

NAMES = plugins.names("engines")
LAYERS = (0, -1, -2)
WORDS = 90
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
LENGTHS = (3, 9, 17, 2, 30, 11)

Floats = NDArray[np.float32]
Ready = Callable[[str, str], Encoder]
every = pytest.mark.parametrize("name", NAMES)


def _bert() -> Any:
    config = transformers.BertConfig(
        vocab_size=WORDS, intermediate_size=64, max_position_embeddings=64, **SIZES
    )
    return transformers.BertModel(config, add_pooling_layer=False)


def _roberta() -> Any:
    config = transformers.RobertaConfig(
        vocab_size=WORDS, intermediate_size=64, max_position_embeddings=66, **SIZES
    )
    return transformers.RobertaModel(config, add_pooling_layer=False)


def _distilbert() -> Any:
    config = transformers.DistilBertConfig(
        vocab_size=WORDS, dim=32, n_layers=2, n_heads=4, hidden_dim=64, max_position_embeddings=64
    )
    return transformers.DistilBertModel(config)


def _modernbert() -> Any:
    config = transformers.ModernBertConfig(
        vocab_size=WORDS,
        intermediate_size=64,
        max_position_embeddings=64,
        local_attention=8,
        global_attn_every_n_layers=2,
        pad_token_id=0,
        **SIZES,
    )
    return transformers.ModernBertModel(config)


FAMILIES = {
    "bert": _bert,
    "roberta": _roberta,
    "distilbert": _distilbert,
    "modernbert": _modernbert,
}


@cache
def network(family: str) -> Any:
    """Return a random encoder in evaluation mode, its states spread like a trained one's."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = FAMILIES[family]()
        with torch.no_grad():
            for weight in model.parameters():
                if weight.ndim >= 2:
                    weight.mul_(8.0)
    return model.eval()


@pytest.fixture(scope="module")
def windows() -> list[NDArray[np.int64]]:
    """Return windows of different lengths, without the numbers that families use for padding."""
    rng = np.random.default_rng(0)
    return [rng.integers(5, WORDS, size) for size in LENGTHS]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """Return a function of an engine's name and a family's that prepares once."""

    @cache
    def once(name: str, family: str) -> Encoder:
        engine: Engine = plugins.load("engines", name)
        folder = tmp_path_factory.mktemp("engines") / "compiled"
        return engine.prepare(network(family), LAYERS, folder, "full")

    return once


def plain(family: str, window: NDArray[np.int64]) -> Floats:
    """Return the mean states of one window by transformers alone, shape (layers, width)."""
    with torch.no_grad():
        out = network(family)(
            input_ids=torch.from_numpy(window)[None],
            attention_mask=torch.ones(1, len(window), dtype=torch.long),
            output_hidden_states=True,
        )
    return np.stack([out.hidden_states[layer][0].mean(0).numpy() for layer in LAYERS])


@every
@pytest.mark.parametrize("family", FAMILIES)
def test_gives_the_mean_states_of_a_plain_forward_pass(
    name: str, family: str, ready: Ready, windows: list[NDArray[np.int64]]
) -> None:
    """All windows in one batch, so that the shorter ones are padded by up to 28 tokens."""
    (found,) = ready(name, family).run([padded(windows)])
    expected = np.stack([plain(family, window) for window in windows])
    assert found.shape == (len(windows), len(LAYERS), 1, 32)
    assert found.dtype == np.float32
    assert np.abs(expected[:, 1] - expected[:, 2]).max() > 0.01
    assert np.allclose(found[:, :, 0], expected, rtol=1e-3, atol=1e-4)


@every
def test_stretches_have_means_of_their_own(
    name: str, ready: Ready, windows: list[NDArray[np.int64]]
) -> None:
    """One window asks for two stretches, another for none: it gives the mean of the whole."""
    asked = [np.array([[1, 2], [2, 6]]), None]
    (found,) = ready(name, "bert").run([padded(windows[1:3], asked)])
    assert found.shape == (2, len(LAYERS), 2, 32)
    with torch.no_grad():
        out = network("bert")(torch.from_numpy(windows[1])[None], output_hidden_states=True)
    for at, layer in enumerate(LAYERS):
        states = out.hidden_states[layer][0].numpy()
        assert np.allclose(found[0, at, 0], states[1], rtol=1e-3, atol=1e-4)
        assert np.allclose(found[0, at, 1], states[2:6].mean(0), rtol=1e-3, atol=1e-4)
    assert np.allclose(found[1, :, 0], plain("bert", windows[2]), rtol=1e-3, atol=1e-4)


@every
def test_what_stands_in_the_padding_does_not_count(
    name: str, ready: Ready, windows: list[NDArray[np.int64]]
) -> None:
    batch = padded(windows)
    other = replace(batch, ids=np.where(batch.mask == 1, batch.ids, 77))
    (zeros,), (sevens,) = (list(ready(name, "bert").run([b])) for b in (batch, other))
    assert np.allclose(zeros, sevens, atol=1e-6)


@every
def test_batches_come_back_in_order(
    name: str, ready: Ready, windows: list[NDArray[np.int64]]
) -> None:
    many = [[windows[(3 * i) % 6], windows[(3 * i + 1) % 6]][: 1 + i % 2] for i in range(23)]
    found = list(ready(name, "bert").run(padded(group) for group in many))
    assert [len(batch) for batch in found] == [len(group) for group in many]
    for batch, group in zip(found, many, strict=True):
        expected = np.stack([plain("bert", window) for window in group])
        assert np.allclose(batch[:, :, 0], expected, rtol=1e-3, atol=1e-4)


@every
def test_without_batches_there_is_nothing(name: str, ready: Ready) -> None:
    assert list(ready(name, "bert").run([])) == []


@every
def test_what_was_compiled_is_restored(
    name: str, tmp_path: Path, windows: list[NDArray[np.int64]]
) -> None:
    engine: Engine = plugins.load("engines", name)
    folder = tmp_path / "compiled"
    assert engine.restore(folder, "full") is None
    (before,) = engine.prepare(network("bert"), (-1,), folder, "full").run([padded(windows)])
    restored = engine.restore(folder, "full")
    if restored is None:
        assert not folder.exists(), "what is compiled can be restored"
        return
    (after,) = restored.run([padded(windows)])
    assert np.array_equal(before, after)
    assert engine.restore(folder, "int8") is None


@every
def test_what_is_compiled_leaves_the_encoder_as_it_was(
    name: str, ready: Ready, windows: list[NDArray[np.int64]]
) -> None:
    model = network("bert")
    ready(name, "bert")
    assert model.config._attn_implementation == "sdpa"
    assert all(weight.requires_grad for weight in model.parameters())
    assert not model.training


@every
@pytest.mark.parametrize("family", FAMILIES)
def test_two_parts_of_an_encoder_make_up_the_whole(
    name: str, family: str, ready: Ready, windows: list[NDArray[np.int64]], tmp_path: Path
) -> None:
    """The lower part gives the states of all tokens, from which the upper part goes on."""
    engine: Engine = plugins.load("engines", name)
    model, batch = network(family), padded(windows)
    below = engine.prepare(model, (), tmp_path / "below", "full", (0, 1))
    above = engine.prepare(model, (-1,), tmp_path / "above", "full", (1, None))
    (states,) = below.run([batch])
    assert states.shape == (*batch.ids.shape, 32)
    for row, window in enumerate(windows):
        assert np.allclose(states[row, : len(window)], first_layer(family, window), atol=1e-4)
    (found,) = above.run([replace(batch, states=states)])
    (expected,) = ready(name, family).run([batch])
    assert np.allclose(found[:, 0], expected[:, LAYERS.index(-1)], rtol=1e-3, atol=1e-4)
    restored = engine.restore(tmp_path / "above", "full")
    if restored is not None:
        (again,) = restored.run([replace(batch, states=states)])
        assert np.array_equal(again, found)


def first_layer(family: str, window: NDArray[np.int64]) -> Floats:
    """Return the states of all tokens behind the first layer, as the next one reads them."""
    seen: list[torch.Tensor] = []

    def keep(module: Any, given: Any, more: Any) -> None:
        seen.append(given[0] if given else more["hidden_states"])

    upper = layers_of(network(family))[1]
    hook = upper.register_forward_pre_hook(keep, with_kwargs=True)
    with torch.no_grad():
        network(family)(input_ids=torch.from_numpy(window)[None])
    hook.remove()
    return np.asarray(seen[0][0].numpy())


@pytest.mark.parametrize("family", FAMILIES)
def test_a_part_has_its_own_layers_and_leaves_the_whole_as_it_was(family: str) -> None:
    model = network(family)
    before = list(model.state_dict())
    assert sliced(model, WHOLE) is model
    for part in ((0, 1), (1, None), (0, 0)):
        cut = sliced(model, part)
        first, last = part
        own = layers_of(model)[first:last]
        assert cut.config.num_hidden_layers == len(own)
        pairs = zip(layers_of(cut), own, strict=True)
        for one, other in pairs:
            assert one is not other
            weights = zip(one.parameters(), other.parameters(), strict=True)
            assert all(torch.equal(a, b) for a, b in weights)
        table = cut.get_input_embeddings().weight
        assert torch.equal(table, model.get_input_embeddings().weight)
    assert list(model.state_dict()) == before
    assert model.config.num_hidden_layers == 2


def test_what_cannot_be_cut_is_refused() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2))
    model.config = transformers.BertConfig(num_hidden_layers=2)  # type: ignore[assignment]
    with pytest.raises(ValueError, match="Sequential cannot be cut between its layers"):
        sliced(model, (0, 1))


def test_int8_is_close_and_restored(tmp_path: Path, windows: list[NDArray[np.int64]]) -> None:
    engine: Engine = plugins.load("engines", "onnx")
    folder = tmp_path / "compiled"
    model = network("bert")
    (full,) = engine.prepare(model, (-1,), folder, "full").run([padded(windows)])
    (fast,) = engine.prepare(model, (-1,), folder, "int8").run([padded(windows)])
    assert not np.array_equal(full, fast)
    a, b = full.reshape(len(full), -1), fast.reshape(len(fast), -1)
    cosine = (a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1))
    assert cosine.min() > 0.99
    restored = engine.restore(folder, "int8")
    assert restored is not None
    assert np.array_equal(next(iter(restored.run([padded(windows)]))), fast)


@pytest.mark.parametrize("lost", ["about.json", "means.onnx"])
def test_a_compiled_folder_with_a_file_lost_is_not_restored(lost: str, tmp_path: Path) -> None:
    engine: Engine = plugins.load("engines", "onnx")
    folder = tmp_path / "compiled"
    engine.prepare(network("bert"), (-1,), folder, "full")
    (folder / lost).unlink()
    assert engine.restore(folder, "full") is None


def test_two_compiled_folders_share_one_table(tmp_path: Path) -> None:
    engine: Engine = plugins.load("engines", "onnx")
    for layer in (-1, -2):
        engine.prepare(network("bert"), (layer,), tmp_path / f"of{layer}", "full")
    assert len(list((tmp_path / "tables").iterdir())) == 1


def test_an_engine_imports_none_of_its_siblings() -> None:
    folder = Path(socle.engines.__file__).parent
    for file in folder.glob("*.py"):
        own = {f"socle.engines.{p.stem}" for p in folder.glob("[!_]*.py")} - {
            f"socle.engines.{file.stem}"
        }
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            named = node.module if isinstance(node, ast.ImportFrom) else None
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not own & {named, *names}, file.name
