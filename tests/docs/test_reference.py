"""The generated page says what the code does, and its JSON keys are those of real answers."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import types
from pathlib import Path

import pytest

import socle
from socle.cli import application, run
from socle.recipe import Recipe

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference.md"


@pytest.fixture(scope="module")
def script() -> types.ModuleType:
    path = ROOT / "scripts" / "make_reference.py"
    spec = importlib.util.spec_from_file_location("make_reference", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_up_to_date(script: types.ModuleType) -> None:
    fresh = script.page() == PAGE.read_text(encoding="utf-8")
    assert fresh, "docs/reference.md is stale: run `make docs`, and commit the page"


def test_every_command_setting_and_name_is_there(script: types.ModuleType) -> None:
    page = script.page()
    commands = [" ".join(words) for words, _ in script.walk(application(), ("socle",))]
    assert {"socle adapt", "socle bases fetch"} <= set(commands)
    assert all(f"\n### `{command}`\n" in page for command in commands)
    assert all(f"\n| `{field.name}` |" in page for field in dataclasses.fields(Recipe))
    assert all(f"\n### `socle.{name}`\n" in page for name in socle.__all__)


def test_no_address_of_this_run_is_printed(script: types.ModuleType) -> None:
    assert " at 0x" not in script.page()
    assert str(ROOT) not in script.page()


def test_the_json_contract_is_what_commands_print(
    script: types.ModuleType,
    tiny_reviews: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = str(tmp_path / "model.socle")
    rows = str(tiny_reviews)
    entities, trees = str(tmp_path / "entities.socle"), str(tmp_path / "trees.socle")
    for sample, out in (("entites-fr.conll", entities), ("phrases-fr.conllu", trees)):
        data = str(ROOT / "samples" / sample)
        assert run(["adapt", data, "--strategy", "classical", "--out", out]) == 0
    pairs, copying = tmp_path / "pairs.csv", str(tmp_path / "copying.socle")
    lines = (f"{c * 9} stands here,{c * 9} est ici" for c in "abcdefghijkl")
    pairs.write_text("\n".join(["source,target", *lines]), encoding="utf-8")
    assert run(["adapt", str(pairs), "--strategy", "copy", "--out", copying]) == 0
    cheap = ["--strategies", "majority,classical", "--report", str(tmp_path / "page.html")]
    calls = {
        "socle adapt --json": ["adapt", rows, "--strategy", "classical", "--out", model],
        "socle evaluate --json": ["evaluate", model, rows],
        "socle evaluate --json, of a treebank": [
            *("evaluate", trees, str(ROOT / "samples" / "phrases-fr.conllu"))
        ],
        "socle predict --json (one object per line)": ["predict", model, "Le film est parfait."],
        "socle predict --json, entities (one object per line)": ["predict", entities, "Bon."],
        "socle predict --json, trees (one object per line)": ["predict", trees, "Il parle."],
        "socle predict --json, texts that are written (one object per line)": [
            *("predict", copying, "A line.")
        ],
        "socle predict --json, several models (one object per line)": [
            *("predict", entities, trees, "Il parle à Paris.")
        ],
        "socle check --json": ["check", rows],
        "socle compare --json": ["compare", rows, *cheap],
    }
    assert set(script.JSON) - set(calls) == {"socle export --json"}  # needs a base
    for title, words in calls.items():
        assert run([*words, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert set(found) == set(script.JSON[title]), title
