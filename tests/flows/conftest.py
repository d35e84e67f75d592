"""Files of sentences, and models of words and relations that cost a moment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows import sentences
from tests.flows.running import done

Files = dict[str, Path]
Models = dict[str, Path]


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Return 60 sentences as a treebank, as tags alone and as entities, and 100 relations."""
    folder = tmp_path_factory.mktemp("sentences")
    return {
        "parsing": sentences.conllu(folder / "trees.conllu", sentences.trees()),
        "tagging": sentences.conllu(folder / "tags.conllu", sentences.trees(), heads=False),
        "entities": sentences.conll(folder / "entities.conll", sentences.entities()),
        "relations": sentences.relations(folder / "relations.jsonl"),
    }


@pytest.fixture(scope="session")
def models(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Return the classical model of each of the files."""
    folder = tmp_path_factory.mktemp("models")
    for name, data in files.items():
        done("adapt", data, "--strategy", "classical", "--out", folder / name)
    return {name: folder / name for name in files}


@pytest.fixture(scope="session")
def short(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return options for a run of one pass on the tiny base."""
    recipe = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    given = {"effort": "quick", "epochs": 1, "precision": "float32", "engine": "onnx"}
    recipe.write_text("\n".join(f"{k} = {json.dumps(v)}" for k, v in given.items()))
    return ["--recipe", str(recipe), "--base", str(tiny_encoder)]


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Return a function that writes a file."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
