"""Exported folders answer as the model does, through other tools alone."""

from __future__ import annotations

import ast
import csv
import dataclasses
import functools
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import socle
from socle.bases import loading
from socle.carding.front import apart
from socle.errors import ModelError, UsageError
from socle.exporting import export
from socle.learning import Adaptation
from socle.model import AdaptedModel

SAMPLE = Path(__file__).parents[2] / "samples" / "debian-sections-fr" / "train.csv"
TEXTS = [
    "Ce film est parfait pour ce prix.",
    "  The camera is horrible, and my friends agree.",
    "L'été, naïve; œuvre n° 5 !",
    "rain is expected, and shares fell on the market.",
    "",
    "zut",
]
LONG = " ".join(f"La chambre {i} est décevante, le film {i} nous a ravis." for i in range(60))
RECIPE = socle.Recipe(effort="quick", epochs=1, precision="float32", engine="onnx", seed=3)

Made = Callable[..., AdaptedModel]
Exported = Callable[..., Path]
strategies = pytest.mark.parametrize("strategy", ["head", "full", "lora"])
both = pytest.mark.parametrize("data", ["reviews", "news"])


@pytest.fixture(autouse=True, scope="module")
def _remote_code_in_a_folder_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    import transformers  # noqa: F401

    folder = str(tmp_path_factory.mktemp("modules"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", folder)
        patch.setattr(sys, "path", [*sys.path])
        yield


@pytest.fixture(scope="module")
def made(tiny_encoder: Path, tiny_reviews: Path, tiny_multilabel: Path) -> Made:
    """Return a function that gives the model of a strategy on one of the tiny sets."""
    files = {"reviews": tiny_reviews, "news": tiny_multilabel}

    @functools.cache
    def make(strategy: str, data: str = "reviews") -> AdaptedModel:
        recipe = RECIPE.changed({"strategy": strategy, "base": str(tiny_encoder)})
        return socle.adapt(files[data], recipe=recipe)

    return make


@pytest.fixture(scope="module")
def exported(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Return a function that gives the export of such a model."""

    @functools.cache
    def give(strategy: str, data: str, to: str) -> Path:
        return export(made(strategy, data), to, tmp_path_factory.mktemp("out") / "model")

    return give


@pytest.fixture
def weighed(made: Made) -> Callable[..., AdaptedModel]:
    """Return a function that gives a head of random weights on layers of the tiny base."""

    def make(layers: list[int], prefix: str = "", **settings: Any) -> AdaptedModel:
        model = made("head")
        rng = np.random.default_rng(1)
        learnt = Adaptation(
            {
                "weight": rng.normal(0, 1, (32 * len(layers), 2)).astype(np.float32),
                "bias": rng.normal(0, 1, 2).astype(np.float32),
            },
            {"engine": "onnx", "layers": layers},
        )
        assert model.located is not None
        base = dataclasses.replace(model.located.base, prefix=prefix)
        located = dataclasses.replace(model.located, base=base)
        recipe = model.recipe.changed(settings)
        return dataclasses.replace(model, adaptation=learnt, located=located, recipe=recipe)

    return make


def expected(model: AdaptedModel, texts: list[str] = TEXTS) -> np.ndarray:
    return np.asarray(model.task.probabilities(model.predictor().scores(texts)))


def loaded(folder: Path) -> tuple[Any, Any]:
    """Return model and tokenizer as a stranger loads them."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    with loading.quietly():
        network = AutoModelForSequenceClassification.from_pretrained(folder, trust_remote_code=True)
    return network.eval(), AutoTokenizer.from_pretrained(folder, trust_remote_code=True)


def by_transformers(folder: Path, texts: list[str] = TEXTS) -> np.ndarray:
    import torch

    network, tokenizer = loaded(folder)
    batch = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        logits = network(**batch).logits
    several = network.config.problem_type == "multi_label_classification"
    return np.asarray(logits.sigmoid() if several else logits.softmax(-1))


def by_onnx(folder: Path, texts: list[str] = TEXTS) -> np.ndarray:
    import onnxruntime
    from tokenizers import Tokenizer

    read = Tokenizer.from_file(str(folder / "tokenizer.json")).encode_batch(texts)
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    assert [i.name for i in session.get_inputs()] == ["input_ids", "attention_mask"]
    assert {i.type for i in session.get_inputs()} == {"tensor(int64)"}
    given = {
        "input_ids": np.array([r.ids for r in read], dtype=np.int64),
        "attention_mask": np.array([r.attention_mask for r in read], dtype=np.int64),
    }
    logits, probabilities = session.run(["logits", "probabilities"], given)
    several = json.loads((folder / "labels.json").read_text())["several"]
    powers = np.exp(logits - logits.max(1, keepdims=True))
    own = 1 / (1 + np.exp(-logits)) if several else powers / powers.sum(1, keepdims=True)
    np.testing.assert_allclose(probabilities, own, atol=1e-6)
    return np.asarray(probabilities)


@strategies
@both
def test_transformers_answers_alike(
    strategy: str, data: str, made: Made, exported: Exported
) -> None:
    model, folder = made(strategy, data), exported(strategy, data, "huggingface")
    wanted = expected(model)
    assert wanted.std(axis=0).max() > 1e-3
    np.testing.assert_allclose(by_transformers(folder), wanted, atol=1e-4)


@pytest.mark.parametrize("strategy", ["partial", "scratch"])
def test_every_other_moved_base_too(strategy: str, made: Made, exported: Exported) -> None:
    folder = exported(strategy, "reviews", "huggingface")
    np.testing.assert_allclose(by_transformers(folder), expected(made(strategy)), atol=1e-4)


@strategies
@both
def test_onnx_answers_alike(strategy: str, data: str, made: Made, exported: Exported) -> None:
    model, folder = made(strategy, data), exported(strategy, data, "onnx")
    np.testing.assert_allclose(by_onnx(folder), expected(model), atol=1e-4)
    np.testing.assert_allclose(by_onnx(folder, TEXTS[:1]), expected(model, TEXTS[:1]), atol=1e-4)
    assert json.loads((folder / "labels.json").read_text()) == {
        "labels": list(model.task.labels),
        "several": data == "news",
    }


@both
def test_the_pipeline_names_the_labels(data: str, made: Made, exported: Exported) -> None:
    from transformers import pipeline

    model = made("head", data)
    folder = exported("head", data, "huggingface")
    with loading.quietly():
        ask: Any = pipeline(
            "text-classification", model=str(folder), trust_remote_code=True, device="cpu"
        )
        answers = ask(TEXTS, top_k=None)
    for found, row in zip(answers, expected(model), strict=True):
        said = {answer["label"]: answer["score"] for answer in found}
        assert said == pytest.approx(dict(zip(model.task.labels, row, strict=True)), abs=1e-4)


@strategies
def test_the_encoder_loads_without_foreign_code(strategy: str, exported: Exported) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = exported(strategy, "reviews", "huggingface")
    network, tokenizer = loaded(folder)
    with loading.quietly():
        encoder = AutoModel.from_pretrained(folder / "encoder").eval()
    assert type(encoder).__name__ == "BertModel"
    batch = AutoTokenizer.from_pretrained(folder / "encoder")(TEXTS[:1], return_tensors="pt")
    assert batch["input_ids"].tolist() == [tokenizer(TEXTS[0])["input_ids"]]
    with torch.no_grad():
        states = encoder(**batch).last_hidden_state
        own = network.encoder(**batch).last_hidden_state
    torch.testing.assert_close(states, own)


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
def test_peft_loads_the_adapter(tiny_encoder: Path, exported: Exported, tmp_path: Path) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModel

    folder = exported("lora", "reviews", "huggingface")
    network, tokenizer = loaded(folder)
    batch = tokenizer(TEXTS, padding=True, return_tensors="pt")
    with loading.quietly(), torch.no_grad():
        plain: Any = AutoModel.from_pretrained(tiny_encoder)
        before = plain.eval()(**batch).last_hidden_state
        changed = PeftModel.from_pretrained(plain, folder / "adapter").eval()
        after = changed(**batch).last_hidden_state
        merged = network.encoder(**batch).last_hidden_state
    torch.testing.assert_close(after, merged, atol=1e-4, rtol=0)
    assert (after - before).abs().max() > 1e-3
    assert not (exported("full", "reviews", "huggingface") / "adapter").exists()


@pytest.mark.parametrize("layers", [[-2], [-1], [-2, -1], [-1, -3]])
def test_a_head_on_other_layers(
    layers: list[int], weighed: Callable[..., AdaptedModel], tmp_path: Path
) -> None:
    model = weighed(layers)
    wanted = expected(model)
    by_hand = by_transformers(export(model, "huggingface", tmp_path / "h"))
    np.testing.assert_allclose(by_hand, wanted, atol=1e-4)
    np.testing.assert_allclose(by_onnx(export(model, "onnx", tmp_path / "o")), wanted, atol=1e-4)


def test_the_prefix_is_in_the_tokenizer(
    weighed: Callable[..., AdaptedModel], tmp_path: Path
) -> None:
    model = weighed([-1], prefix="query: ")
    wanted = expected(model)
    assert np.abs(wanted - expected(weighed([-1]))).max() > 1e-3
    by_hand = by_transformers(export(model, "huggingface", tmp_path / "h"))
    np.testing.assert_allclose(by_hand, wanted, atol=1e-4)
    np.testing.assert_allclose(by_onnx(export(model, "onnx", tmp_path / "o")), wanted, atol=1e-4)


@pytest.mark.parametrize("prefix", ["", "query: "])
@pytest.mark.parametrize("window", [None, 24, 9])
def test_classify_reads_long_texts_whole(
    prefix: str, window: int | None, weighed: Callable[..., AdaptedModel], tmp_path: Path
) -> None:
    model = weighed([-1], prefix, window=window)
    texts = [LONG, *TEXTS, LONG[:300]]
    network, tokenizer = loaded(export(model, "huggingface", tmp_path / "out"))
    found = network.classify(texts, tokenizer, batch_size=3).numpy()
    np.testing.assert_allclose(found, expected(model, texts), atol=1e-4)
    assert network.classify([], tokenizer).shape == (0, 2)


def test_one_window_is_what_the_base_can_read(made: Made, exported: Exported) -> None:
    folder = exported("head", "reviews", "huggingface")
    _, tokenizer = loaded(folder)
    assert len(tokenizer(LONG, truncation=True)["input_ids"]) == 128
    cut = by_transformers(folder, [LONG])
    np.testing.assert_allclose(by_onnx(exported("head", "reviews", "onnx"), [LONG]), cut, atol=1e-4)
    assert np.abs(cut - expected(made("head"), [LONG])).max() > 1e-5


def test_the_exported_code_needs_no_socle(exported: Exported) -> None:
    folder = exported("head", "reviews", "huggingface")
    tree = ast.parse((folder / "modeling_socle.py").read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    tops = {name.split(".")[0] for name in names}
    assert tops == {"__future__", "collections", "typing", "torch", "transformers"}


def test_labels_train_it_further(made: Made, exported: Exported) -> None:
    import torch

    for data, labels in (("reviews", torch.tensor([1])), ("news", torch.ones(1, 3))):
        network, tokenizer = loaded(exported("head", data, "huggingface"))
        found = network(**tokenizer(TEXTS[:1], return_tensors="pt"), labels=labels)
        row = expected(made("head", data), TEXTS[:1])[0]
        wanted = -np.log(row[1]) if data == "reviews" else -np.log(row).mean()
        assert found.loss.item() == pytest.approx(float(wanted), abs=1e-3)


def test_without_trust_it_is_refused_not_guessed(exported: Exported) -> None:
    from transformers import AutoModelForSequenceClassification

    folder = exported("head", "reviews", "huggingface")
    with pytest.raises(ValueError, match="trust_remote_code"):
        AutoModelForSequenceClassification.from_pretrained(folder, trust_remote_code=False)


@pytest.mark.parametrize("to", ["huggingface", "onnx"])
def test_the_folder_says_how_to_load_it_and_under_which_licence(
    to: str, made: Made, weighed: Callable[..., AdaptedModel], exported: Exported, tmp_path: Path
) -> None:
    model = weighed([-1])
    assert model.located is not None
    base = dataclasses.replace(
        model.located.base, licence="LicenseRef-llama", use_restrictions="Not above 700 million."
    )
    place = tmp_path / "base"
    place.mkdir()
    for file in model.located.folder.iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    (place / "LICENSE.txt").write_text("Be kind.")
    located = dataclasses.replace(model.located, base=base, folder=place)
    folder = export(dataclasses.replace(model, located=located), to, tmp_path / "out")
    told = (folder / "README.md").read_text(encoding="utf-8")
    assert told.startswith("---\nlicense: other\n")
    assert "under the licence LicenseRef-llama" in told
    assert "Not above 700 million." in told
    assert "**Long texts.**" in told
    assert "128 tokens" in told
    assert apart(made("head").card)[1].strip() in told
    assert told.count("library_name:") == 1
    assert (folder / "LICENSE.txt").read_text() == "Be kind."
    assert {oct(p.stat().st_mode)[-3:] for p in folder.rglob("*") if p.is_file()} == {"644"}
    assert str(place) not in "".join(p.read_text("utf-8") for p in folder.rglob("*.json"))


@pytest.mark.parametrize("to", ["huggingface", "onnx"])
def test_an_export_is_replaced_and_nothing_else(
    to: str, weighed: Callable[..., AdaptedModel], tmp_path: Path
) -> None:
    model, out = weighed([-1]), tmp_path / "out"
    export(model, to, out)
    (out / "left over").write_text("from before")
    assert export(model, to, out) == out
    assert not (out / "left over").exists()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("precious")
    saved = model.save(tmp_path / "saved")
    for foreign in (tmp_path / "notes", saved, tmp_path / "notes" / "mine.txt"):
        with pytest.raises(ModelError, match="left as it"):
            export(model, to, foreign)
    assert (tmp_path / "notes" / "mine.txt").read_text() == "precious"
    assert socle.load(saved).strategy == "head"


def test_a_failed_export_leaves_the_former_one(
    weighed: Callable[..., AdaptedModel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, out = weighed([-1]), tmp_path / "out"
    export(model, "onnx", out)
    before = (out / "model.onnx").read_bytes()

    def broken(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("socle.exporting._write_about", broken)
    with pytest.raises(KeyboardInterrupt):
        export(weighed([-2]), "onnx", out)
    assert (out / "model.onnx").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_unknown_target(made: Made, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'tensorflow'") as caught:
        export(made("head"), "tensorflow", tmp_path / "out")
    assert caught.value.hint == "Choose among: huggingface, onnx"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("strategy", ["classical", "majority"])
def test_a_model_without_network(strategy: str, made: Made, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no neural network") as caught:
        export(made(strategy), "onnx", tmp_path / "out")
    assert "socle predict" in caught.value.hint
    assert not list(tmp_path.iterdir())


@pytest.mark.real
def test_a_head_on_multilingual_e5_small(fetched: Callable[[str], Any], tmp_path: Path) -> None:
    fetched("multilingual-e5-small")
    with SAMPLE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))[:40]
    recipe = RECIPE.changed({"strategy": "head", "base": "multilingual-e5-small"})
    model = socle.adapt(rows, recipe=recipe)
    # What fits into one window of 256 tokens is read alike everywhere.
    texts = [*(row["text"] for row in rows if len(row["text"]) < 500), *TEXTS]
    wanted = expected(model, texts)
    folder = export(model, "huggingface", tmp_path / "h")
    np.testing.assert_allclose(by_transformers(folder, texts), wanted, atol=1e-4)
    network, tokenizer = loaded(folder)
    long = [" ".join(row["text"] for row in rows), texts[0]]
    found = network.classify(long, tokenizer).numpy()
    np.testing.assert_allclose(found, expected(model, long), atol=1e-4)
    graph = export(model, "onnx", tmp_path / "o")
    np.testing.assert_allclose(by_onnx(graph, texts), wanted, atol=1e-4)


def test_a_process_without_socle_answers(made: Made, exported: Exported) -> None:
    folder = exported("head", "reviews", "huggingface")
    code = (
        "import sys; sys.modules['socle'] = None\n"
        "from transformers import pipeline\n"
        f"ask = pipeline('text-classification', model={str(folder)!r}, trust_remote_code=True)\n"
        f"print(ask({TEXTS[0]!r})[0]['score'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(expected(made("head"))[0].max(), abs=1e-4)
