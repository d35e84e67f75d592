"""The one training loop: AdamW, warm-up and linear decay, length-bucketed batches, averages."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from socle.events import Finished, Listener, Started, Stepped, silent
from socle.machine import physical_cores
from socle.training import device
from socle.training.averaging import SHARE, Average
from socle.training.batching import Windows, shuffled_by_length
from socle.training.checkpoint import Checkpoint
from socle.training.network import Piece
from socle.training.replay import Replay

_MICRO_TOKENS = 4096
_SAVE_EVERY = 60.0


@dataclass(frozen=True)
class Schedule:
    """How long and how fast."""

    epochs: int
    batch_size: int
    rate: float
    """Peak learning rate of the base's weights."""
    head_rate: float
    seed: int = 0
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    precision: str = "auto"


class Trained(Protocol):
    """A network that the loop can train; a torch module besides."""

    encoder: nn.Module | None
    """None where features were computed before."""

    def head_weights(self) -> list[nn.Parameter]:
        """Return the weights that are not the encoder's."""
        ...

    def loss(self, piece: Any) -> torch.Tensor:
        """Return the mean loss of a piece's documents."""
        ...


class Lesson(Protocol):
    """What is learnt from: documents that can be run together in pieces."""

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Tokens of each document, shape (documents,)."""
        ...

    def pieces(self, chosen: NDArray[np.int64]) -> list[Any]:
        """Cut a batch of documents into pieces that fit in memory; their gradients add up.

        Each has a `share` of the batch's documents, and tells its `tokens`.
        """
        ...


@dataclass(frozen=True)
class Material:
    """Documents by their windows, with targets."""

    windows: Windows
    targets: NDArray[np.int64]
    """Shape (documents,), or (documents, labels) for several labels."""

    @cached_property
    def documents(self) -> list[NDArray[np.int64]]:
        """For each document the numbers of its windows."""
        cuts = np.flatnonzero(np.diff(self.windows.owners)) + 1
        return np.split(np.arange(len(self.windows)), cuts)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Tokens of each document, shape (documents,)."""
        lengths = self.windows.lengths
        return np.array([int(lengths[d].sum()) for d in self.documents], dtype=np.int64)

    def pieces(self, chosen: NDArray[np.int64]) -> list[Piece]:
        """Cut a batch of documents into pieces that fit in memory; their gradients add up."""
        parts = fitting_together(chosen, self.documents, self.windows.lengths)
        return [self._piece(part, len(part) / len(chosen)) for part in parts]

    def _piece(self, part: list[int], share: float) -> Piece:
        windows = np.concatenate([self.documents[d] for d in part])
        owners = np.concatenate([np.full(len(self.documents[d]), i) for i, d in enumerate(part)])
        targets = torch.from_numpy(self.targets[np.array(part)])
        return Piece(self.windows.batch(windows), owners, targets, share)


def fitting_together(
    chosen: NDArray[np.int64], documents: list[NDArray[np.int64]], lengths: NDArray[np.int64]
) -> list[list[int]]:
    """Return documents in parts whose windows, padded to the longest, fit in memory."""
    parts: list[list[int]] = []
    part: list[int] = []
    for document in chosen.tolist():
        trial = [*part, document]
        windows = np.concatenate([documents[d] for d in trial])
        if part and len(windows) * int(lengths[windows].max()) > _MICRO_TOKENS:
            parts.append(part)
            part = [document]
        else:
            part = trial
    return [*parts, part]


def train(
    network: Any,
    material: Lesson,
    schedule: Schedule,
    checkpoint: Checkpoint | None = None,
    listen: Listener = silent,
    replay: Replay | None = None,
) -> dict[str, Any]:
    """Train what requires a gradient in `network`, a `Trained`; return what was measured.

    Every step's randomness comes from the seed and the step's number, so a resumed run repeats the
    uninterrupted one. An interrupt saves the checkpoint before it goes on up. The weights end as
    their mean over the last half of the steps.
    """
    torch.set_num_threads(physical_cores())
    optimiser, average = _optimiser(network, schedule), Average()
    per_epoch = -(-len(material.sizes) // schedule.batch_size)
    total = per_epoch * schedule.epochs
    peaks = [group["lr"] for group in optimiser.param_groups]
    done = checkpoint.restore(network, optimiser, average) if checkpoint else 0
    precision = _precision(network, material, schedule, checkpoint)
    _attend(network, precision)
    network.train()
    began = saved = time.perf_counter()
    tokens = 0
    listen(Started("Training", total))
    with _interrupts() as interrupted:
        for number, pieces in enumerate(_steps(material, schedule)):
            if number < done:
                continue
            for group, peak in zip(optimiser.param_groups, peaks, strict=True):
                group["lr"] = peak * _shape(number, total, schedule)
            torch.manual_seed(schedule.seed * 1_000_003 + number)
            remind = partial(_remind, network, replay, number, schedule, precision)
            loss = _learn(network, pieces, optimiser, schedule.clip, precision, remind)
            tokens += sum(piece.tokens for piece in pieces)
            if number >= (1 - SHARE) * total:
                average.add(network)
            late = time.perf_counter() - saved > _SAVE_EVERY
            if checkpoint and (late or interrupted.is_set()):
                checkpoint.save(network, optimiser, average, number + 1)
                saved = time.perf_counter()
            if interrupted.is_set():
                raise KeyboardInterrupt
            listen(Stepped("Training", number + 1, f"loss {loss:.3f}"))
        if checkpoint and done < total:
            checkpoint.save(network, optimiser, average, total)
    average.give(network)
    network.eval()
    seconds = time.perf_counter() - began
    listen(Finished("Training", seconds))
    return {
        "steps": total,
        "tokens_per_second": round(tokens / seconds) if seconds else 0,
        "precision": precision.name,
    }


@contextlib.contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C sets, so that no step is torn in the middle."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.signal(signal.SIGINT, lambda *_: asked.set())
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _steps(material: Lesson, schedule: Schedule) -> Iterator[list[Any]]:
    rng = np.random.default_rng(schedule.seed)
    for _ in range(schedule.epochs):
        for chosen in shuffled_by_length(material.sizes, schedule.batch_size, rng):
            yield material.pieces(chosen)


def _learn(
    network: Any,
    pieces: list[Any],
    optimiser: torch.optim.Optimizer,
    clip: float,
    precision: device.Precision,
    remind: Callable[[], float],
) -> float:
    optimiser.zero_grad(set_to_none=True)
    loss = sum(_backward(network, piece, precision) for piece in pieces) + remind()
    torch.nn.utils.clip_grad_norm_([w for w in network.parameters() if w.requires_grad], clip)
    optimiser.step()
    return loss


def _backward(network: Any, piece: Any, precision: device.Precision) -> float:
    # autocast wraps one pass only: around several it would keep stale casts of trained weights.
    kind = _number_type(precision)
    with torch.autocast("cpu", dtype=kind, enabled=kind is torch.bfloat16):
        loss = network.loss(piece) * piece.share
    loss.backward()
    return float(loss.detach())


def _remind(
    network: Any,
    replay: Replay | None,
    number: int,
    schedule: Schedule,
    precision: device.Precision,
) -> float:
    """Add the gradient of the general texts of a step; return their loss."""
    if replay is None:
        return 0.0
    chosen = replay.drawn(schedule.seed, number, schedule.batch_size)
    return replay.backward(network.encoder, chosen, _number_type(precision))


def _number_type(precision: device.Precision) -> torch.dtype:
    return torch.bfloat16 if precision.name == "bfloat16" else torch.float32


def _optimiser(network: Any, schedule: Schedule) -> torch.optim.Optimizer:
    head = network.head_weights()
    names = {id(weight) for weight in head}
    rest = [w for w in network.parameters() if w.requires_grad and id(w) not in names]
    # Decay pulls matrices only: biases, norms and embedding rows have no scale to keep in check.
    tables = {id(m.weight) for m in network.modules() if isinstance(m, nn.Embedding)}
    heavy = [w for w in rest if w.ndim >= 2 and id(w) not in tables]
    kept = {id(w) for w in heavy}
    light = [w for w in rest if id(w) not in kept]
    groups = [
        {"params": heavy, "lr": schedule.rate, "weight_decay": schedule.weight_decay},
        {"params": light, "lr": schedule.rate, "weight_decay": 0.0},
        {"params": head, "lr": schedule.head_rate, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([g for g in groups if g["params"]], betas=(0.9, 0.98), fused=True)


def _shape(step: int, total: int, schedule: Schedule) -> float:
    rise = max(1, round(total * schedule.warmup))
    if step < rise:
        return (step + 1) / rise
    return max(0.0, (total - step) / max(1, total - rise))


def _precision(
    network: Any, material: Lesson, schedule: Schedule, checkpoint: Checkpoint | None
) -> device.Precision:
    order = np.argsort(material.sizes, kind="stable")
    start = max(0, (len(order) - schedule.batch_size) // 2)
    piece = material.pieces(order[start : start + schedule.batch_size])[0]

    def step(precision: device.Precision) -> None:
        _attend(network, precision)
        _backward(network, piece, precision)
        network.zero_grad(set_to_none=True)

    known = checkpoint.precision if checkpoint else ""
    chosen = device.choose(step, known or schedule.precision)
    if checkpoint:
        checkpoint.precision = chosen.name
    return chosen


def _attend(network: Any, precision: device.Precision) -> None:
    model: Any = network.encoder
    if model is None:
        return
    with contextlib.suppress(ValueError, AttributeError):
        model.set_attn_implementation(precision.attention)
