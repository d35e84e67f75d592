"""Give a model to other tools: a folder that transformers or ONNX Runtime loads without Socle.

huggingface/
├── config.json, modeling_socle.py, model.safetensors    for AutoModelForSequenceClassification
├── tokenizer.json, tokenizer_config.json                with the base's prefix in it
├── encoder/                                             the encoder alone, for AutoModel
└── adapter/                                             after lora: its matrices, for peft

onnx/
├── model.onnx                                           token numbers to probabilities
└── tokenizer.json, labels.json

Both also hold README.md, the licence files of the base where it has any, and socle-export.json,
the mark by which a later export knows that it may replace the folder.
"""

from __future__ import annotations

import inspect
import json
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from socle import __version__, plugins
from socle.bases import Located, loading
from socle.bases.portable import PortableTokenizer, portable
from socle.carding import card_of_export
from socle.errors import ModelError, UsageError
from socle.files import folder_written_atomically, settle
from socle.gradients import GradientStrategy
from socle.heads.pooled import LinearHead, kept_head
from socle.model import AdaptedModel
from socle.training.encoding import windower_for

if TYPE_CHECKING:
    from torch import nn

_MARK = "socle-export.json"
_CODE = "modeling_socle"
_INPUTS = ["input_ids", "attention_mask"]
_OUTPUTS = ["logits", "probabilities"]
_OPSET = 17
_LICENCES = ("LICENSE*", "LICENCE*", "NOTICE*")


def export(model: AdaptedModel, to: str, out: Path) -> Path:
    """Write a model for another tool; a folder that was there is replaced only by a whole one.

    Args:
        model: any model that rests on a base and classifies whole texts.
        to: `huggingface` or `onnx`.
        out: the folder; a former export may stand there, nothing else.

    Raises:
        UsageError: no such target, or the model has no network that could be exported.
        ModelError: something else than an export stands at `out`.
        ResourceError: the disk is full or the place cannot be written.
    """
    if to not in _TARGETS:
        raise UsageError(f"There is no export to {to!r}.", f"Choose among: {', '.join(_TARGETS)}")
    if model.task.family != "texts" or model.task.stretches != 1:
        raise UsageError(
            f"Only models that classify whole texts can be exported, for now; this one's task is "
            f"{model.task.name}.",
            "Use its folder as it is, with `socle predict` or socle.load.",
        )
    option = plugins.load("strategies", model.strategy)
    if model.located is None or not option.needs_base:
        raise UsageError(
            f"A model of the strategy {model.strategy!r} has no neural network: there is nothing "
            f"that {to} could load.",
            "Use its folder as it is, with `socle predict` or socle.load; or adapt again with "
            "--strategy head.",
        )
    _refuse_foreign(out)
    with loading.quietly():
        source = _Source(model, model.located, option)
        with folder_written_atomically(out) as fresh:
            _TARGETS[to](source, fresh)
            _write_about(source, to, fresh)
            for file in (p for p in fresh.rglob("*") if p.is_file()):
                file.chmod(0o644)  # safetensors writes for the owner alone
    return out


@dataclass(frozen=True)
class _Network:
    """What answers: scores = concatenated means of the layers' states, through the head."""

    encoder: nn.Module
    layers: tuple[int, ...]
    head: LinearHead


@dataclass(frozen=True)
class _Source:
    """A model that rests on a base."""

    model: AdaptedModel
    located: Located
    option: Any

    @cached_property
    def network(self) -> _Network:
        """The network in float32, whatever engine the model answers with."""
        learnt = self.model.adaptation
        if isinstance(self.option, GradientStrategy):
            from socle.training import finetuning

            changed = {k: v for k, v in learnt.tensors.items() if not k.startswith("head.")}
            prepare = self.option.move().prepare
            encoder = finetuning.rebuilt(self.located, changed, prepare, self.model.recipe)
            head = LinearHead(learnt.tensors["head.weight"], learnt.tensors["head.bias"])
            return _Network(encoder, (-1,), head)
        if not {"weight", "bias"} <= set(learnt.tensors):
            raise UsageError(
                f"A model of the strategy {self.model.strategy!r} cannot be exported: it is not "
                "an encoder with a linear head.",
                "Use its folder as it is, with `socle predict` or socle.load.",
            )
        head = kept_head(learnt.tensors, learnt.facts)
        layers = tuple(learnt.facts.get("layers", (-1,)))
        return _Network(loading.load_encoder(self.located), layers, head)

    @cached_property
    def tokenizer(self) -> PortableTokenizer:
        """The tokenizer that adds the prefix by itself."""
        return portable(self.located)


def _refuse_foreign(path: Path) -> None:
    settle(path)
    if path.exists() and not path.is_dir():
        raise ModelError(f"{path} is a file; it was left as it is.", "Choose another --out.")
    if path.is_dir() and any(path.iterdir()) and not (path / _MARK).exists():
        raise ModelError(
            f"{path} is a folder with other content than an export; it was left as it is.",
            "Choose another folder with --out.",
        )


def _to_huggingface(source: _Source, folder: Path) -> None:
    _classifier(source).save_pretrained(folder)
    code = files("socle.heads").joinpath(f"{_CODE}.py").read_text(encoding="utf-8")
    (folder / f"{_CODE}.py").write_text(code, encoding="utf-8")
    encoder: Any = source.network.encoder
    encoder.save_pretrained(folder / "encoder")
    for place in (folder, folder / "encoder"):
        source.tokenizer.save_for_transformers(place)
    if source.model.strategy == "lora":
        _save_adapter(source, folder / "adapter")


def _to_onnx(source: _Source, folder: Path) -> None:
    import torch

    classifier = _classifier(source)
    classifier.encoder.set_attn_implementation("eager")
    ids = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _answering(classifier, source.model.task.several),
            (ids, ids),
            str(folder / "model.onnx"),
            input_names=_INPUTS,
            output_names=_OUTPUTS,
            dynamic_axes={
                **{name: {0: "texts", 1: "tokens"} for name in _INPUTS},
                **{name: {0: "texts"} for name in _OUTPUTS},
            },
            opset_version=_OPSET,
            dynamo=False,
        )
    source.tokenizer.save_alone(folder / "tokenizer.json")
    task = source.model.task
    _write_json(folder / "labels.json", {"labels": list(task.labels), "several": task.several})


def _answering(classifier: nn.Module, several: bool) -> nn.Module:
    import torch

    class Answering(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.classifier = classifier

        def forward(
            self, ids: torch.Tensor, mask: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            logits = self.classifier(ids, mask, return_dict=False)[0]
            return logits, logits.sigmoid() if several else logits.softmax(-1)

    return Answering().eval()


def _classifier(source: _Source) -> Any:
    """Return the network in the class of the exported code."""
    import torch

    from socle.heads.modeling_socle import SocleClassifier, SocleConfig

    network, task = source.network, source.model.task
    encoder: Any = network.encoder
    takes_pooling = "add_pooling_layer" in inspect.signature(type(encoder)).parameters
    config = SocleConfig(
        encoder=_sizes(encoder),
        encoder_options={"add_pooling_layer": False} if takes_pooling else {},
        read=_reading(source),
        id2label=dict(enumerate(task.labels)),
        label2id={label: i for i, label in enumerate(task.labels)},
        problem_type=f"{'multi' if task.several else 'single'}_label_classification",
        auto_map={
            "AutoConfig": f"{_CODE}.SocleConfig",
            "AutoModelForSequenceClassification": f"{_CODE}.SocleClassifier",
        },
        tokenizer_class="PreTrainedTokenizerFast",  # or transformers 4 gives its pipeline none
        dtype="float32",
    )
    with torch.device("meta"):
        classifier: Any = SocleClassifier(config)
    classifier.encoder = encoder
    head = network.head
    for name, value in (("weight", head.weight.T), ("bias", head.bias)):
        tensor = torch.from_numpy(np.array(value, dtype=np.float32, order="C"))
        setattr(classifier.head, name, torch.nn.Parameter(tensor))
    return classifier.eval()


def _sizes(encoder: Any) -> dict[str, Any]:
    """Return the configuration of an encoder without what tells of this machine."""
    found: dict[str, Any] = json.loads(encoder.config.to_json_string(use_diff=False))
    ours = ("_name_or_path", "architectures", "transformers_version")
    return {k: v for k, v in found.items() if k not in ours}


def _reading(source: _Source) -> dict[str, Any]:
    windower = windower_for(source.located, source.model.recipe)
    frame = source.tokenizer.frame
    return {
        "layers": list(source.network.layers),
        "unit": source.network.head.units > 0,
        "window": windower.length,
        "overlap": windower.overlap,
        "start": list(frame.start),
        "prefix": list(frame.prefix),
        "end": list(frame.end),
    }


def _save_adapter(source: _Source, folder: Path) -> None:
    """Write the matrices of LoRA as peft does, for the untouched base."""
    import torch
    from peft import get_peft_model

    from socle.strategies.lora import lora_config

    encoder: Any = loading.load_encoder(source.located)
    with warnings.catch_warnings():
        # Of peft, which asks transformers in words that are going out of use.
        warnings.simplefilter("ignore", FutureWarning)
        changed: Any = get_peft_model(encoder, lora_config(encoder, source.model.recipe))
    own = dict(changed.get_base_model().named_parameters())
    with torch.no_grad():
        for name, value in source.model.adaptation.tensors.items():
            if not name.startswith("head."):
                own[name].copy_(torch.from_numpy(np.array(value)))
    base = source.located.base
    hub_id = next((s.id for s in base.sources if s.kind == "hub"), None)
    # Not the folder that it was read from: nobody else has it.
    changed.peft_config["default"].base_model_name_or_path = hub_id or base.name
    changed.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").write_text(
        f"LoRA matrices for {base.title}, without the head of the classifier. "
        "The folder above tells more.\n",
        encoding="utf-8",
    )


def _write_about(source: _Source, to: str, folder: Path) -> None:
    located = source.located
    for pattern in _LICENCES:
        for file in located.folder.glob(pattern):
            shutil.copyfile(file, folder / file.name)
    window = windower_for(located, source.model.recipe).length
    text = card_of_export(to, located.base, window, source.model.card)
    (folder / "README.md").write_text(text, encoding="utf-8")
    about = {
        "socle": __version__,
        "to": to,
        "strategy": source.model.strategy,
        "base": {"name": located.base.name, "sha256": located.sha256},
    }
    _write_json(folder / _MARK, about)


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


_TARGETS: dict[str, Callable[[_Source, Path], None]] = {
    "huggingface": _to_huggingface,
    "onnx": _to_onnx,
}
