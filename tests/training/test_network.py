"""What makes training quick changes nothing that is computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import transformers
from torch import nn

from socle.heads.pooled import LinearHead
from socle.training.batching import Windows, padded
from socle.training.loop import Material, Schedule, train
from socle.training.network import (
    Masks,
    Network,
    PooledDropout,
    ShrunkEmbeddings,
    layers_of,
    with_pooled_dropout,
)

SIZES = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2}
SEEN = np.array([3, 7, 8, 21, 40, 41])


def _bert(**more: Any) -> Any:
    config = transformers.BertConfig(vocab_size=60, intermediate_size=32, **SIZES, **more)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return transformers.BertModel(config, add_pooling_layer=False).eval()


def _families() -> dict[str, Any]:
    wide = {"vocab_size": 60, "intermediate_size": 32, **SIZES}
    small = {"vocab_size": 60, "n_layers": 3, "n_heads": 2, "dim": 16, "hidden_dim": 32}
    t5 = {"vocab_size": 60, "d_model": 16, "d_kv": 8, "d_ff": 32, "num_heads": 2}
    return {
        "bert": (transformers.BertModel, transformers.BertConfig(**wide)),
        "roberta": (transformers.RobertaModel, transformers.RobertaConfig(**wide)),
        "electra": (transformers.ElectraModel, transformers.ElectraConfig(**wide)),
        "mpnet": (transformers.MPNetModel, transformers.MPNetConfig(**wide)),
        "distilbert": (transformers.DistilBertModel, transformers.DistilBertConfig(**small)),
        "modernbert": (
            transformers.ModernBertModel,
            transformers.ModernBertConfig(**wide, pad_token_id=0),
        ),
        "t5": (transformers.T5EncoderModel, transformers.T5Config(**t5, num_layers=3)),
    }


@pytest.mark.parametrize("family", _families())
def test_the_layers_of_any_encoder_are_found_lowest_first(family: str) -> None:
    kind, config = _families()[family]
    encoder = kind(config).eval()
    found = layers_of(encoder)
    assert len(found) == 3
    ran: list[int] = []
    for i, layer in enumerate(found):
        layer.register_forward_hook(lambda *_, i=i: ran.append(i))
    with torch.no_grad():
        encoder(input_ids=torch.tensor([[5, 6, 7]]))
    assert ran == [0, 1, 2]


def test_a_network_without_layers_is_refused() -> None:
    encoder = _bert()
    encoder.config.num_hidden_layers = 9
    with pytest.raises(ValueError, match="no list of 9 layers"):
        layers_of(encoder)


def _material() -> Material:
    rng = np.random.default_rng(0)
    ids = [rng.choice(SEEN, rng.integers(3, 9)) for _ in range(12)]
    return Material(Windows(ids, np.arange(12)), np.arange(12) % 2)


def _head() -> LinearHead:
    weight = np.random.default_rng(1).normal(size=(16, 2)).astype(np.float32)
    return LinearHead(weight, np.zeros(2, np.float32))


def test_a_shrunk_table_trains_as_the_whole_one_does() -> None:
    # Without dropout, whose draws would be the same anyway but whose noise would hide a slip.
    quiet = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    schedule = Schedule(4, 4, 1e-3, 1e-2, precision="float32")
    given = _material()
    whole = _bert(**quiet)
    before = whole.get_input_embeddings().weight.detach().clone()
    one = Network(whole, _head())
    train(one, given, schedule)

    shrunk = _bert(**quiet)
    table = ShrunkEmbeddings(shrunk, given.windows.ids)
    assert shrunk.get_input_embeddings().num_embeddings == len(SEEN) + 1
    ids = table.renumbered(given.windows.ids)
    two = Network(shrunk, _head())
    train(two, Material(Windows(ids, given.windows.owners), given.targets), schedule)
    table.restore()

    expected, found = dict(whole.named_parameters()), dict(shrunk.named_parameters())
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        assert torch.allclose(value, found[name], atol=1e-5), name
    words = found["embeddings.word_embeddings.weight"]
    never = np.setdiff1d(np.arange(60), [0, *SEEN])
    assert torch.equal(words[never], before[never])
    assert not torch.allclose(words[SEEN], before[SEEN], atol=1e-4)
    assert torch.allclose(one.weight, two.weight, atol=1e-5)


def test_a_frozen_table_stays_frozen() -> None:
    encoder = _bert()
    encoder.get_input_embeddings().weight.requires_grad = False
    table = ShrunkEmbeddings(encoder, [SEEN])
    assert not table.small.weight.requires_grad


def test_renumbered_windows_read_the_same_rows() -> None:
    encoder = _bert()
    whole = encoder.get_input_embeddings().weight.detach().clone()
    table = ShrunkEmbeddings(encoder, [SEEN])
    (ids,) = table.renumbered([SEEN[::-1]])
    assert torch.equal(table.small.weight[torch.from_numpy(ids)], whole[SEEN[::-1].copy()])


def test_a_head_goes_in_and_out_unchanged() -> None:
    for factor in (1e-3, 1.0, 50.0):
        head = LinearHead(_head().weight * np.float32(factor), np.array([1.0, -2.0], np.float32))
        out = Network(_bert(), head).head()
        assert np.allclose(out.weight, head.weight, rtol=1e-5)
        assert np.array_equal(out.bias, head.bias)


def test_the_head_has_an_ordinary_spread_for_the_optimiser() -> None:
    for factor in (1e-3, 50.0):
        net = Network(_bert(), LinearHead(_head().weight * np.float32(factor), _head().bias))
        assert float(net.weight.detach().std(correction=0)) == pytest.approx(0.05, rel=1e-3)


def test_a_head_of_zeros_can_be_trained() -> None:
    net = Network(_bert(), LinearHead(np.zeros((16, 2), np.float32), np.zeros(2, np.float32)))
    with torch.no_grad():
        found = net(padded([SEEN]), np.array([0]))
    assert found.tolist() == [[0.0, 0.0]]


def test_dropout_keeps_the_expectation_and_its_share() -> None:
    torch.manual_seed(0)
    layer = PooledDropout(0.2, Masks()).train()
    states = torch.full((64, 128), 3.0)
    drawn = torch.stack([layer(states) for _ in range(40)])
    assert float(drawn.mean()) == pytest.approx(3.0, rel=0.01)
    assert float((drawn == 0).float().mean()) == pytest.approx(0.2, abs=0.01)
    kept = drawn[drawn != 0]
    assert torch.allclose(kept, torch.full_like(kept, 3.0 / 0.8))
    assert not torch.equal(drawn[0], drawn[1])


def test_dropout_is_the_identity_outside_training() -> None:
    states = torch.randn(8, 8)
    assert PooledDropout(0.5, Masks()).eval()(states) is states
    assert PooledDropout(0.0, Masks()).train()(states) is states


def test_a_mask_depends_on_the_step_and_not_on_those_before() -> None:
    large, small = torch.ones(3_000_000), torch.ones(1000)
    worn, fresh = PooledDropout(0.3, Masks()).train(), PooledDropout(0.3, Masks()).train()
    worn(small), worn(large), worn(small.bfloat16())
    for states in (small, large):
        torch.manual_seed(9)
        one = worn(states)
        torch.manual_seed(9)
        assert torch.equal(one, fresh(states))


def test_every_dropout_is_replaced_and_none_left_on_attention() -> None:
    encoder = _bert(hidden_dropout_prob=0.2, attention_probs_dropout_prob=0.4)
    with_pooled_dropout(encoder)
    assert not [m for m in encoder.modules() if type(m) is nn.Dropout]
    found = {n: m.p for n, m in encoder.named_modules() if isinstance(m, PooledDropout)}
    assert {p for n, p in found.items() if "attention.self" in n} == {0.0}
    assert {p for n, p in found.items() if "attention.self" not in n} == {0.2}
