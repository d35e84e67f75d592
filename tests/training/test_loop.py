"""The one training loop: what an interrupt, a resume and a batch in pieces may not change."""

from __future__ import annotations

import os
import signal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from socle.events import Event, Finished, Started, Stepped
from socle.heads.pooled import LinearHead
from socle.training import loop
from socle.training.averaging import Average
from socle.training.batching import Windows, padded
from socle.training.checkpoint import Checkpoint
from socle.training.loop import Material, Schedule, train
from socle.training.network import Network, loss_of, with_pooled_dropout

SCHEDULE = Schedule(epochs=3, batch_size=4, rate=1e-3, head_rate=1e-2, seed=5, precision="float32")
DOCUMENTS = 14
STEPS = 12


def network(dropout: float = 0.1) -> Network:
    """Return a fresh small BERT with a head, always of the same weights."""
    config = transformers.BertConfig(
        vocab_size=50,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = transformers.BertModel(config, add_pooling_layer=False).eval()
    with_pooled_dropout(encoder)
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(16, 2)).astype(np.float32)
    return Network(encoder, LinearHead(weight, np.zeros(2, dtype=np.float32)))


def material(several: bool = False) -> Material:
    """Return documents of one to three windows."""
    rng = np.random.default_rng(1)
    counts = [1 + i % 3 for i in range(DOCUMENTS)]
    owners = np.repeat(np.arange(DOCUMENTS), counts)
    ids = [rng.integers(1, 50, rng.integers(3, 12)) for _ in owners]
    shape = (DOCUMENTS, 2) if several else DOCUMENTS
    return Material(Windows(ids, owners), rng.integers(0, 2, shape))


def weights(net: Network) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in net.named_parameters()}


def assert_equal(one: Network, two: Network) -> None:
    ours, theirs = weights(one), weights(two)
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        assert torch.equal(value, theirs[name]), name


def interrupted_at(step: int, net: Network, checkpoint: Checkpoint) -> list[int]:
    """Train until Ctrl-C is pressed after `step` steps; return the steps heard of."""
    seen: list[int] = []

    def press(event: Event) -> None:
        if isinstance(event, Stepped):
            seen.append(event.done)
            if event.done == step:
                os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(net, material(), SCHEDULE, checkpoint, press)
    return seen


def steps_heard(events: list[Event]) -> list[int]:
    return [event.done for event in events if isinstance(event, Stepped)]


@pytest.mark.parametrize("dropout", [0.0, 0.1])
@pytest.mark.parametrize("step", [1, 5, STEPS - 2])
def test_a_resumed_run_ends_with_the_weights_of_an_uninterrupted_one(
    step: int, dropout: float, tmp_path: Path
) -> None:
    whole = network(dropout)
    train(whole, material(), SCHEDULE)
    first = network(dropout)
    assert interrupted_at(step, first, Checkpoint(tmp_path / "run", "a"))[-1] == step
    second = network(dropout)
    torch.manual_seed(step + 77)  # as a new process has it: no state of the one that was killed
    events: list[Event] = []
    train(second, material(), SCHEDULE, Checkpoint(tmp_path / "run", "a"), events.append)
    assert steps_heard(events)[0] > step
    assert steps_heard(events)[-1] == STEPS
    assert_equal(second, whole)


def test_the_weights_end_as_their_mean_over_the_last_half_of_the_steps() -> None:
    net = network()
    seen: list[dict[str, torch.Tensor]] = []

    def look(event: Event) -> None:
        if isinstance(event, Stepped):
            seen.append(weights(net))

    train(net, material(), SCHEDULE, listen=look)
    for name, value in weights(net).items():
        mean = torch.stack([one[name] for one in seen[STEPS // 2 :]]).mean(0)
        torch.testing.assert_close(value, mean)
        # Nothing is learnt by keys' biases: all words of a sentence get the same from them.
        assert ".key.bias" in name or not torch.equal(value, seen[-1][name])


def test_an_interrupt_gives_the_signal_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    interrupted_at(2, network(), Checkpoint(tmp_path / "run", "a"))
    assert signal.getsignal(signal.SIGINT) is before


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    whole = network()
    train(whole, material(), SCHEDULE, Checkpoint(tmp_path / "run", "a"))
    again = network()
    events: list[Event] = []
    train(again, material(), SCHEDULE, Checkpoint(tmp_path / "run", "a"), events.append)
    assert steps_heard(events) == []
    assert_equal(again, whole)


def test_another_run_is_not_resumed(tmp_path: Path) -> None:
    interrupted_at(5, network(), Checkpoint(tmp_path / "run", "a"))
    fresh, other = network(), network()
    train(fresh, material(), SCHEDULE)
    events: list[Event] = []
    train(other, material(), SCHEDULE, Checkpoint(tmp_path / "run", "another"), events.append)
    assert steps_heard(events)[0] == 1
    assert_equal(other, fresh)


@pytest.mark.parametrize("damage", ["short", "no weights", "not json", "no about"])
def test_a_damaged_checkpoint_is_started_anew(damage: str, tmp_path: Path) -> None:
    interrupted_at(5, network(), Checkpoint(tmp_path / "run", "a"))
    state, about = (tmp_path / "run" / name for name in ("state.safetensors", "about.json"))
    if damage == "short":
        state.write_bytes(state.read_bytes()[:-100])
    elif damage == "no weights":
        state.write_bytes(b"")
    elif damage == "not json":
        about.write_text("{")
    else:
        about.unlink()
    net = network()
    optimiser = torch.optim.AdamW(net.parameters())
    before = weights(net)
    assert Checkpoint(tmp_path / "run", "a").restore(net, optimiser, Average()) == 0
    assert all(torch.equal(before[name], value) for name, value in weights(net).items())


def test_a_checkpoint_is_never_a_pickle(tmp_path: Path) -> None:
    interrupted_at(3, network(), Checkpoint(tmp_path / "run", "a"))
    assert {p.name for p in (tmp_path / "run").iterdir()} == {"state.safetensors", "about.json"}


@pytest.mark.parametrize("several", [False, True])
def test_pieces_add_up_to_the_gradient_of_one_batch(
    several: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = material(several)
    chosen = np.arange(DOCUMENTS)
    whole = given.pieces(chosen)
    monkeypatch.setattr(loop, "_MICRO_TOKENS", 30)
    parts = given.pieces(chosen)
    assert len(whole) == 1
    assert len(parts) > 3
    gradients = []
    for pieces in (whole, parts):
        net = network(dropout=0.0)
        loss = sum(loop._backward(net, piece, loop.device.FLOAT32) for piece in pieces)
        gradients.append(
            (loss, {n: w.grad for n, w in net.named_parameters() if w.grad is not None})
        )
    (one, first), (two, second) = gradients
    assert one == pytest.approx(two, rel=1e-5)
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.allclose(value, second[name], rtol=1e-3, atol=1e-6), name


def test_no_piece_is_larger_than_the_memory_meant_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "_MICRO_TOKENS", 40)
    for piece in material().pieces(np.arange(DOCUMENTS)):
        assert piece.batch.ids.size <= 40 or len(piece.targets) == 1


def test_every_document_is_read_once_in_a_pass() -> None:
    given = material()
    read = [len(piece.targets) for pieces in loop._steps(given, SCHEDULE) for piece in pieces]
    assert sum(read) == DOCUMENTS * SCHEDULE.epochs


def test_the_rate_rises_then_falls() -> None:
    shape = [loop._shape(step, 100, SCHEDULE) for step in range(100)]
    assert shape[:10] == pytest.approx(np.arange(1, 11) / 10)
    assert max(shape) == 1.0
    assert all(a > b for a, b in pairwise(shape[10:]))
    assert 0 < shape[-1] < 0.02


def test_training_is_told_step_by_step_and_lowers_the_loss() -> None:
    net = network()
    given = material()
    events: list[Event] = []
    longer = Schedule(40, 4, 3e-3, 3e-2, precision="float32")
    measured = train(net, given, longer, listen=events.append)
    total = 40 * 4
    assert events[0] == Started("Training", total)
    assert isinstance(events[-1], Finished)
    assert steps_heard(events) == list(range(1, total + 1))
    assert measured["steps"] == total
    assert measured["precision"] == "float32"
    losses = [float(e.detail.split()[1]) for e in events if isinstance(e, Stepped)]
    assert np.mean(losses[-8:]) < 0.3 * np.mean(losses[:8])
    assert not net.training


def test_the_loss_is_that_of_torch() -> None:
    scores = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0]])
    one = loss_of(scores, torch.tensor([0, 2]))
    expected = -torch.log_softmax(scores, 1)[[0, 1], [0, 2]].mean()
    assert one == pytest.approx(float(expected))
    table = torch.tensor([[1, 0, 1], [0, 0, 0]])
    p = torch.sigmoid(scores)
    each = -torch.where(table == 1, p.log(), (1 - p).log())
    assert loss_of(scores, table) == pytest.approx(float(each.sum(1).mean()))


def test_decay_spares_tables_norms_biases_and_the_head() -> None:
    net = network()
    decayed = {
        id(weight)
        for group in loop._optimiser(net, SCHEDULE).param_groups
        if group["weight_decay"] > 0
        for weight in group["params"]
    }
    names = {name for name, weight in net.named_parameters() if id(weight) in decayed}
    assert names
    assert all(name.endswith("weight") for name in names)
    assert not any("embeddings" in n or "LayerNorm" in n or n == "weight" for n in names)


def test_a_document_is_the_mean_of_its_windows_by_tokens() -> None:
    net = network().eval()
    rng = np.random.default_rng(3)
    ids = [rng.integers(1, 50, size) for size in (4, 9, 6)]
    batch = padded(ids)
    with torch.no_grad():
        found = net(batch, np.array([0, 0, 1]))
        each = net(batch, np.arange(3))
    assert torch.allclose(found[0], (4 * each[0] + 9 * each[1]) / 13, atol=1e-5)
    assert torch.allclose(found[1], each[2], atol=1e-5)
