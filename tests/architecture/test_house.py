"""The rules of the house, held against the repository."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture.rules import LIGHT, MENUS, RULES, Module

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "socle"
FILES = sorted(PACKAGE.rglob("*.py"))
WRITTEN = {".cfg", ".csv", ".ini", ".json", ".md", ".py", ".sh", ".toml", ".txt", ".yml", ""}
NOT_OURS = {"__pycache__", "build", "demo", "dist", "node_modules", "results"}
# Cut in pieces, or this file would find itself.
HOSTS = (
    "py" + "pi.org",
    "pytho" + "nhosted",
    "pyt" + "orch.org",
    "ana" + "conda.org",
    "npm" + "js",
)
PLACES = ("/wo" + "rk/", "/op" + "t/wheels", "/op" + "t/pypi", "/ro" + "ot/", "/tm" + "p/w/")
FOREIGN = re.compile("|".join(map(re.escape, HOSTS + PLACES)), re.IGNORECASE)


def module(path: Path) -> Module:
    neighbours = frozenset(p.stem for p in path.parent.glob("*.py") if p != path)
    return Module(path.relative_to(PACKAGE), path.read_text(encoding="utf-8"), neighbours)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_package_keeps(rule: Callable[[Module], Iterator[str]]) -> None:
    broken = [f"{path.relative_to(ROOT)}:{said}" for path in FILES for said in rule(module(path))]
    assert broken == []


def test_the_rules_see_the_package() -> None:
    assert len(FILES) > 50
    assert {"data", "formats", "tasks", "metrics"} <= {module(path).top for path in FILES} & LIGHT
    assert {"strategies", "tasks", "cli"} <= {module(path).top for path in FILES} & MENUS


def ours(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") and path.name not in (".ci", ".gitignore")
        if hidden or path.name in NOT_OURS or path.suffix in (".socle", ".egg-info"):
            continue
        if path.is_dir():
            yield from ours(path)
        elif path.suffix in WRITTEN:
            yield path


def foreign(text: str) -> list[str]:
    return [found.group() for found in FOREIGN.finditer(text)]


def test_nothing_names_a_package_host_or_a_place_on_our_machines() -> None:
    paths = list(ours(ROOT))
    assert {ROOT / "Makefile", ROOT / ".ci" / "run", ROOT / "pyproject.toml"} <= set(paths)
    named = {
        str(path.relative_to(ROOT)): found
        for path in paths
        if (found := foreign(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert named == {}


@pytest.mark.parametrize("name", [*HOSTS, *PLACES])
def test_a_host_or_a_place_is_found(name: str) -> None:
    assert foreign(f"see https://{name.upper()}x for more") == [name.upper()]


def test_every_dependency_has_an_exact_version_in_the_constraints() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[^=]+", line) for line in lines)
    pinned = {normal(line.split("==")[0]) for line in lines}
    facts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *facts["build-system"]["requires"],
        *facts["project"]["dependencies"],
        *(name for extra in facts["project"]["optional-dependencies"].values() for name in extra),
        *facts["dependency-groups"]["dev"],
    ]
    names = {normal(re.split(r"[<>=!~\[; ]", requirement)[0]) for requirement in wanted}
    assert names - pinned == set()
    assert "pip" in pinned


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_constraints_leave_out_what_only_our_own_venv_has() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"^(openvino|datasets|socle|nvidia-)", text, re.MULTILINE)


def test_ci_runs_what_the_readme_tells_a_newcomer_and_no_more() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script
    assert script.rstrip().splitlines()[-1].split() == ["make", "test"]
