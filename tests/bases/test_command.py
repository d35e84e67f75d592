"""`socle bases`, as it is typed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import BloomConfig
from typer.testing import CliRunner

from socle.bases import catalogue
from socle.cli.bases import app
from socle.errors import DamagedBaseError, MissingBaseError, UnknownBaseError

BLOOM = BloomConfig(vocab_size=10, hidden_size=16, n_layer=2, n_head=2, seq_length=64)


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words), catch_exceptions=True)


def answer(*words: str) -> dict[str, Any]:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_list_shows_every_record() -> None:
    rows = answer("list")["bases"]
    assert {row["name"] for row in rows} == set(catalogue.names())
    assert not any(row["here"] for row in rows)


def test_list_by_kind_and_place(
    saved: Callable[..., Path], in_hub_cache: Callable[[Path, str], Path]
) -> None:
    in_hub_cache(saved("BloomForCausalLM", BLOOM), "bigscience/bloom-1b1")
    assert [row["name"] for row in answer("list", "--here")["bases"]] == ["bloom-1b1"]
    assert answer("list", "--here", "--kind", "encoder")["bases"] == []
    kinds = {row["kind"] for row in answer("list", "--kind", "encoder-decoder")["bases"]}
    assert kinds == {"encoder-decoder"}


def test_list_for_people_is_one_line_a_base() -> None:
    done = run("list", "--kind", "encoder")
    lines = [line for line in done.stdout.splitlines() if line.startswith("camembertav2-base ")]
    assert len(lines) == 1
    assert lines[0].split()[1:] == ["encoder", "111", "M", "2024", "fr", "MIT"]


def test_show_tells_what_is_known_and_where_it_is(
    saved: Callable[..., Path], in_hub_cache: Callable[[Path, str], Path]
) -> None:
    assert answer("show", "gemma")["folder"] == ""
    assert "Gemma terms" in answer("show", "gemma")["use_restrictions"]
    snapshot = in_hub_cache(saved("BloomForCausalLM", BLOOM), "bigscience/bloom-1b1")
    found = answer("show", "bloom-1b1", "--verify")
    assert found["folder"] == str(snapshot)
    assert len(found["sha256"]) == 64
    assert "ROOTS" in run("show", "bloom-1b1").stdout


def test_show_says_what_is_damaged(
    saved: Callable[..., Path], in_hub_cache: Callable[[Path, str], Path]
) -> None:
    snapshot = in_hub_cache(saved("BloomForCausalLM", BLOOM), "bigscience/bloom-1b1")
    answer("show", "bloom-1b1")
    (snapshot / "tokenizer.json").unlink()
    assert isinstance(run("show", "bloom-1b1").exception, DamagedBaseError)


def test_fetch_of_what_is_here_prints_one_object(
    saved: Callable[..., Path], in_hub_cache: Callable[[Path, str], Path]
) -> None:
    snapshot = in_hub_cache(saved("BloomForCausalLM", BLOOM), "bigscience/bloom-1b1")
    found = answer("fetch", "bloom-1b1")
    assert found["folder"] == str(snapshot)
    assert found["licence"].startswith("LicenseRef-")
    assert "harmful" in found["restrictions"]


def test_errors_are_left_to_the_command_above(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCLE_OFFLINE", "1")
    assert isinstance(run("fetch", "camembert").exception, MissingBaseError)
    assert isinstance(run("fetch", "nothing-like-it").exception, UnknownBaseError)


def test_plot_writes_where_it_is_told(tmp_path: Path) -> None:
    out = tmp_path / "plot.svg"
    assert answer("plot", "--out", str(out)) == {"plot": str(out), "bases": []}
    assert out.stat().st_size > 10_000


def test_the_command_loads_neither_torch_nor_transformers() -> None:
    code = (
        "import sys, socle.cli.bases, socle.bases.finding, socle.bases.fetching, "
        "socle.bases.loading, socle.bases.plotting, socle.bases.e5s1, socle.bases.gguf_files;"
        "print([m for m in ('torch', 'transformers', 'tokenizers', 'matplotlib', 'huggingface_hub')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
