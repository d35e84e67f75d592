"""What a model costs: measured in a process of its own, coherent, and never guessed."""

from __future__ import annotations

import csv
import datetime
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from socle import costing
from socle.bases import Located, finding
from socle.costing import Cost, cost, counters, hosted, price_table
from socle.errors import ModelError, ResourceError, RowsError, UnreadableError
from socle.events import Event, Finished, Started
from socle.learning import Adaptation
from socle.metrics.energy import RAPL, Counter
from socle.model import AdaptedModel
from socle.recipe import Recipe
from socle.tasks.classification import Classification

KEYS = {
    "train_seconds",
    "train_cpu_seconds",
    "documents_per_second",
    "cpu_seconds_per_1000",
    "latency_p50_ms",
    "latency_p95_ms",
    "peak_memory_mb",
    "startup_seconds",
    "size_mb",
    "energy_wh_per_1000",
    "energy_mode",
    "price_per_1000",
    "currency",
}
FOUND = {
    "documents": 400,
    "seconds": 2.0,
    "cpu_seconds": 3.6,
    "joules": 72.0,
    "p50": 0.004,
    "p95": 0.009,
    "peak": 250.0,
    "startup": 1.5,
}
"""What a child writes: 200 documents a second, 9 CPU-seconds per 1,000, 36 W."""


def made(located: Located | None = None) -> AdaptedModel:
    """Return a model of two labels: frequencies, or a head on a base that torch runs."""
    tensors = {"scores": np.array([0.5, -1.0])}
    facts: dict[str, object] = {}
    if located:
        weight = np.random.default_rng(0).normal(size=(32, 2)).astype(np.float32)
        tensors = {"weight": weight, "bias": np.zeros(2, np.float32)}
        facts = {"engine": "torch", "layers": [-1]}
    strategy = "head" if located else "majority"
    task = Classification(("négatif", "positif"))
    return AdaptedModel(task, strategy, Adaptation(tensors, facts), Recipe(), located)


@pytest.fixture(scope="module")
def texts(tiny_reviews: Path) -> list[str]:
    with tiny_reviews.open(encoding="utf-8", newline="") as stream:
        return [row["text"] for row in csv.DictReader(stream)]


@pytest.fixture(scope="module")
def cheap(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> Cost:
    """Return the cost of a saved model without a base, measured while this process holds 300 MB."""
    saved = made().save(tmp_path_factory.mktemp("saved") / "model")
    held = np.ones(300 << 17)
    strange = ["", "\ud83d", "日本\n" * 40]
    found = cost(saved, [*texts, *strange], seconds=0.5, price_per_hour=0.36)
    assert held.nbytes == 300 << 20
    return found


@pytest.fixture(scope="module")
def dear(tiny_encoder: Path, texts: list[str]) -> Cost:
    """Return the cost of a head on a base."""
    return cost(made(finding.find(tiny_encoder)), texts, seconds=0.8)


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that lets some code stand in for the measuring process."""

    def stand_in(code: str) -> None:
        monkeypatch.setattr(costing, "_words", lambda *_: [sys.executable, "-c", code])

    return stand_in


def writing(found: dict[str, object]) -> str:
    return f"print({json.dumps(json.dumps(found))})"


def test_the_keys_are_those_that_others_rely_on(cheap: Cost, dear: Cost) -> None:
    for one in (cheap, dear):
        assert set(one.to_json()) == KEYS
        assert json.loads(json.dumps(one.to_json())) == one.to_json()


def test_the_numbers_are_positive_and_fit_each_other(cheap: Cost, dear: Cost) -> None:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
    for one in (cheap, dear):
        assert 0 < one.latency_p50_ms <= one.latency_p95_ms
        assert one.documents_per_second > 0
        assert one.cpu_seconds_per_1000 > 0
        assert one.peak_memory_mb is not None
        assert 20 < one.peak_memory_mb < total
        # A process takes longer to start than to answer.
        assert one.startup_seconds * 1000 > one.latency_p50_ms
        assert one.energy_wh_per_1000 > 0
        assert one.train_seconds is None
        # No more processor time than all cores have: many threads may be allowed here.
        cores = os.cpu_count() or 1
        assert one.cpu_seconds_per_1000 <= 1.1 * cores * 1000 / one.documents_per_second


def test_more_work_costs_more(cheap: Cost, dear: Cost) -> None:
    assert dear.cpu_seconds_per_1000 > 2 * cheap.cpu_seconds_per_1000
    assert dear.documents_per_second < cheap.documents_per_second
    assert dear.startup_seconds > cheap.startup_seconds
    assert (dear.peak_memory_mb or 0) > (cheap.peak_memory_mb or 0)


def test_memory_is_that_of_a_fresh_process(cheap: Cost) -> None:
    assert (cheap.peak_memory_mb or 0) < 300


def test_the_base_counts_and_is_told_apart(tiny_encoder: Path, cheap: Cost, dear: Cost) -> None:
    assert cheap.base_mb == 0.0
    weights = (tiny_encoder / "model.safetensors").stat().st_size / 2**20
    assert weights < dear.base_mb < dear.size_mb
    assert 0 < cheap.size_mb < 0.1


def test_the_price_follows_from_the_speed(cheap: Cost, dear: Cost) -> None:
    assert cheap.price_per_1000 == pytest.approx(0.36 * 1000 / cheap.documents_per_second / 3600)
    assert cheap.currency == "EUR"
    assert dear.price_per_1000 is None
    assert dear.currency is None


def test_counters_go_before_an_estimate_and_watts_before_counters(
    child: Callable[[str], None], texts: list[str]
) -> None:
    child(writing(FOUND))
    counted = cost(made(), texts)
    assert counted.energy_mode == RAPL
    assert counted.energy_wh_per_1000 == pytest.approx(72 / 3600 * 1000 / 400)
    asked = cost(made(), texts, watts=10)
    assert asked.energy_mode == "estimate: 9 CPU-seconds x 10 watts per core"
    assert asked.energy_wh_per_1000 == pytest.approx(9 * 10 / 3600)
    child(writing({**FOUND, "joules": None}))
    assert cost(made(), texts).energy_mode == "estimate: 9 CPU-seconds x 7 watts per core"


def test_figures_are_turned_into_their_units(
    child: Callable[[str], None], texts: list[str]
) -> None:
    child(writing(FOUND))
    heard: list[Event] = []
    found = cost(made(), texts, price_per_hour=7.2, currency="CHF", listen=heard.append).to_json()
    assert found["documents_per_second"] == 200
    assert found["latency_p50_ms"] == 4
    assert found["latency_p95_ms"] == 9
    assert (found["price_per_1000"], found["currency"]) == (0.01, "CHF")
    assert [type(event) for event in heard] == [Started, Finished]


def test_a_start_that_compiled_something_is_not_the_one_that_counts(
    monkeypatch: pytest.MonkeyPatch, texts: list[str]
) -> None:
    written = {"first": {"compiled": True}, "last": FOUND}
    turns: list[str] = []

    def words(folder: Path, seconds: float, turn: str) -> list[str]:
        turns.append(turn)
        return [sys.executable, "-c", writing(written[turn])]

    monkeypatch.setattr(costing, "_words", words)
    assert cost(made(), texts).startup_seconds == 1.5
    assert turns == ["first", "last"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.kill(os.getpid(), 9)", "killed, as a system does that runs out of memory"),
        ("import os; os.kill(os.getpid(), 15)", "ended by signal 15"),
        ("raise MemoryError('too big')", "memory was not enough .*too big"),
        ("raise ValueError('a fault')", "ValueError: a fault"),
        ("import sys; sys.exit(3)", "exit code 3"),
        ("print('half a resu')", "without a result"),
        ("", "without a result"),
    ],
)
def test_a_failure_says_what_happened(
    code: str, said: str, child: Callable[[str], None], texts: list[str]
) -> None:
    child(code)
    with pytest.raises(ResourceError, match=said) as caught:
        cost(made(), texts)
    assert "nothing was guessed" in caught.value.hint


def test_a_child_that_does_not_end_is_ended(
    child: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, texts: list[str]
) -> None:
    child("import time; time.sleep(60)")
    monkeypatch.setattr(costing, "_SECONDS_TO_START", 0.2)
    began = time.perf_counter()
    with pytest.raises(ResourceError, match="not done after"):
        cost(made(), texts, seconds=0.1)
    assert time.perf_counter() - began < 30


def test_there_must_be_texts_and_a_model(tmp_path: Path, texts: list[str]) -> None:
    with pytest.raises(RowsError, match="no texts"):
        cost(made(), [])
    with pytest.raises(RowsError, match="no texts"):
        hosted([], ["a"])
    with pytest.raises(ModelError, match="no model at"):
        cost(tmp_path / "nothing", texts)


def zone(powercap: Path, name: str, what: str, microjoules: str) -> Path:
    folder = powercap / name
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{what}\n")
    (folder / "energy_uj").write_text(f"{microjoules}\n")
    (folder / "max_energy_range_uj").write_text("262143328850\n")
    return folder


def test_packages_are_read_and_their_parts_left_out(tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", "package-0", "1000")
    zone(tmp_path, "intel-rapl:1", "package-1", "2000")
    zone(tmp_path, "intel-rapl:0:0", "core", "600")
    zone(tmp_path, "intel-rapl:2", "psys", "9000")
    zone(tmp_path, "intel-rapl-mmio:0", "package-0", "1000")
    assert counters(tmp_path) == {
        "intel-rapl:0": Counter(1000, 262143328850),
        "intel-rapl:1": Counter(2000, 262143328850),
    }


@pytest.mark.parametrize("damage", ["gone", "forbidden", "no number"])
def test_a_counter_that_cannot_be_read_leaves_none(damage: str, tmp_path: Path) -> None:
    zone(tmp_path, "intel-rapl:0", "package-0", "1000")
    file = zone(tmp_path, "intel-rapl:1", "package-1", "2000") / "energy_uj"
    if damage == "no number":
        file.write_text("")
    else:
        file.unlink()
    if damage == "forbidden":
        file.mkdir()  # root may read every file; no one reads a folder
    assert counters(tmp_path) == {}


def test_a_machine_without_counters_has_none(tmp_path: Path) -> None:
    assert counters(tmp_path / "nothing") == {}


def test_the_built_in_prices_are_whole_and_dated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(costing.PRICES, raising=False)
    table = price_table()
    assert 4 <= len(table) <= 6
    assert len({one.name for one in table}) == len(table)
    assert {one.size for one in table} == {"small", "medium", "large"}
    for one in table:
        assert datetime.date(2026, 1, 1) <= datetime.date.fromisoformat(one.dated)
        assert 0 < one.input < one.output < 200
        assert len(one.currency) == 3
        assert one.provider
        assert one.source


def own_table(path: Path, dated: str = "2026-11-01") -> Path:
    path.write_text(
        '[[models]]\nname = "ours"\nprovider = "us"\nsize = "small"\ninput = 2\noutput = 10.0\n'
        f'currency = "EUR"\ndated = {dated}\nsource = "our contract"\n'
    )
    return path


def test_a_table_of_ones_own_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(costing.PRICES, str(own_table(tmp_path / "prices.toml")))
    asked: list[str] = []

    def tokens(texts: Sequence[str]) -> list[int]:
        asked.extend(texts)
        return [len(text.split()) for text in texts]

    found = hosted(["one two", "one two three four"], ["yes", "no"], tokens)
    told = len(asked[0].split())
    assert "yes" in asked[0]
    assert "no" in asked[0]
    # Three words a text after the instructions, and a word and an end as the answer.
    assert found["tokens_per_1000"] == 1000 * (told + 3 + 2)
    price = ((told + 3) * 2 + 2 * 10) / 1000
    assert found["models"] == [{"name": "ours", "price_per_1000": price, "currency": "EUR"}]
    assert found["dated"] == "2026-11-01"
    assert "tokenizer of another model" in found["note"]


def test_more_labels_and_longer_texts_cost_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(costing.PRICES, raising=False)
    few = hosted(["a short text"], ["a", "b"])
    assert set(few) == {"tokens_per_1000", "models", "dated", "note"}
    assert few["dated"] == min(one.dated for one in price_table())
    for more in (hosted(["a short text"], ["a", "b"] * 30), hosted(["a short text"] * 3, ["a"])):
        assert len(more["models"]) == len(price_table())
    assert hosted(["a short text"], ["label"] * 30)["tokens_per_1000"] > few["tokens_per_1000"]
    longer = hosted(["a long text " * 30], ["a", "b"])
    for cheap_one, dear_one in zip(few["models"], longer["models"], strict=True):
        assert cheap_one["price_per_1000"] < dear_one["price_per_1000"]


@pytest.mark.parametrize("content", [None, "", "models = 3", "[[models]", '[[models]]\nname = "x"'])
def test_a_table_that_does_not_fit_is_refused(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "prices.toml"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv(costing.PRICES, str(path))
    with pytest.raises(UnreadableError, match="not a price table") as caught:
        price_table()
    assert "dated" in caught.value.hint
