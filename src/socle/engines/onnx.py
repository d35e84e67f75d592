"""Run the encoder in ONNX Runtime, in full precision or with int8 weights and activations.

The graph starts behind the token embeddings: their table, most of a multilingual base, is read in
place from disk and never copied into a graph. Weights become int8 per output channel (per tensor
loses too much), activations are scaled batch by batch. Several batches run at once, each on one
core, which needs no barrier between cores; a single batch runs on all of them.
"""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from socle.engines import WHOLE, Batch, Encoder, Part, Precision, sliced
from socle.files import folder_written_atomically, write_atomically
from socle.machine import machine, physical_cores

if TYPE_CHECKING:
    import torch
    from torch import nn

_GRAPHS = {"full": "means.onnx", "int8": "means-int8.onnx"}
_OPSET = 17


class OnnxEncoder:
    """A compiled encoder."""

    def __init__(self, folder: Path, precision: Precision) -> None:
        self._graph = folder / _GRAPHS[precision]
        about = json.loads((folder / "about.json").read_text())
        self._layers = about["layers"]
        self._table = np.load(_table_path(folder, about["table"]), mmap_mode="r")

    def run(self, batches: Iterable[Batch]) -> Iterator[NDArray[np.float32]]:
        """Yield for every batch, in order, mean states: shape (windows, layers, means, width)."""
        stream = iter(batches)
        ahead = list(islice(stream, 2))
        if len(ahead) < 2:
            for batch in ahead:
                yield self._one(self._wide, batch)
            return
        cores = physical_cores()
        waiting: deque[Future[NDArray[np.float32]]] = deque()
        with ThreadPoolExecutor(cores) as pool:
            for batch in chain(ahead, stream):
                waiting.append(pool.submit(self._one, self._narrow, batch))
                if len(waiting) > 2 * cores:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _one(self, session: Any, batch: Batch) -> NDArray[np.float32]:
        embedded = batch.states
        if embedded is None:
            embedded = np.asarray(self._table[batch.ids], dtype=np.float32)
        given = {"embedded": embedded, "mask": batch.mask}
        if self._layers:
            given["shares"] = batch.shares
        return np.asarray(session.run(None, given)[0])

    @cached_property
    def _narrow(self) -> Any:
        return _session(self._graph, threads=1)

    @cached_property
    def _wide(self) -> Any:
        return _session(self._graph, threads=physical_cores())


class OnnxEngine:
    """The option."""

    def prepare(
        self,
        encoder: nn.Module,
        layers: tuple[int, ...],
        folder: Path,
        precision: Precision,
        part: Part = WHOLE,
    ) -> Encoder:
        """Export the encoder, quantise it if asked, and keep both in `folder`."""
        if not (folder / _GRAPHS["full"]).exists():
            with folder_written_atomically(folder) as fresh:
                _export(sliced(encoder, part), layers, fresh)
                about = {"layers": list(layers), "table": _keep_table(encoder, folder)}
                (fresh / "about.json").write_text(json.dumps(about))
        about = json.loads((folder / "about.json").read_text())
        if not _table_path(folder, about["table"]).exists():
            _keep_table(encoder, folder)
        if precision == "int8" and not (folder / _GRAPHS["int8"]).exists():
            _quantise(folder)
        return OnnxEncoder(folder, precision)

    def restore(self, folder: Path, precision: Precision) -> Encoder | None:
        """Return the encoder that an earlier `prepare` compiled into `folder`, or None."""
        try:
            return (
                OnnxEncoder(folder, precision) if (folder / _GRAPHS[precision]).exists() else None
            )
        except (OSError, ValueError, KeyError):
            return None


def _session(graph: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def _export(encoder: nn.Module, layers: tuple[int, ...], folder: Path) -> None:
    import torch

    model: Any = encoder.eval()
    table = model.get_input_embeddings().weight.detach()
    attention = model.config._attn_implementation
    model.set_attn_implementation("eager")
    embedded = torch.zeros(2, 4, table.shape[1])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    shares = torch.full((2, 3, 4), 0.25)
    graph: Any = io.BytesIO()
    try:
        with warnings.catch_warnings(), torch.inference_mode(False), torch.no_grad():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _pooling(model, layers),
                (embedded, mask, shares) if layers else (embedded, mask),
                graph,
                input_names=["embedded", "mask", "shares"] if layers else ["embedded", "mask"],
                output_names=["pools"],
                dynamic_axes={
                    "embedded": {0: "windows", 1: "tokens"},
                    "mask": {0: "windows", 1: "tokens"},
                    "shares": {0: "windows", 1: "means", 2: "tokens"},
                    "pools": {0: "windows", 2: "means"} if layers else {0: "windows", 1: "tokens"},
                },
                opset_version=_OPSET,
                dynamo=False,
            )
    finally:
        model.set_attn_implementation(attention)
    (folder / _GRAPHS["full"]).write_bytes(graph.getvalue())


def _table_path(folder: Path, key: str) -> Path:
    return folder.parent / "tables" / f"{key}.npy"


def _keep_table(encoder: nn.Module, folder: Path) -> str:
    """Write the embedding table beside the compiled folders, once for all that share it."""
    model: Any = encoder
    table = model.get_input_embeddings().weight.detach().float().numpy()
    key = hashlib.sha256(np.ascontiguousarray(table).data).hexdigest()[:24]
    path = _table_path(folder, key)
    if not path.exists():
        raw = io.BytesIO()
        np.save(raw, table)
        write_atomically(path, raw.getvalue())
    return key


def _pooling(model: Any, layers: tuple[int, ...]) -> nn.Module:
    import torch

    class Pooling(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(
            self, embedded: torch.Tensor, mask: torch.Tensor, shares: torch.Tensor | None = None
        ) -> torch.Tensor:
            found = self.model(
                inputs_embeds=embedded, attention_mask=mask, output_hidden_states=True
            ).hidden_states
            if shares is None:
                last: torch.Tensor = found[-1]
                return last
            return torch.stack([shares @ found[layer] for layer in layers], 1)

    return Pooling().eval()


def _quantise(folder: Path) -> None:
    import logging

    from onnxruntime.quantization import QuantType, quantize_dynamic

    fresh = folder / f".{_GRAPHS['int8']}.new"
    logging.disable(logging.WARNING)
    try:
        quantize_dynamic(
            str(folder / _GRAPHS["full"]),
            str(fresh),
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            # Without VNNI sums of products saturate at 16 bits: seven bits of weight leave room.
            reduce_range=not any("vnni" in name for name in machine()["instructions"]),
            weight_type=QuantType.QInt8,
        )
    finally:
        logging.disable(logging.NOTSET)
    fresh.replace(folder / _GRAPHS["int8"])


OPTION = OnnxEngine()
