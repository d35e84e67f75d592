"""Every rule of the house finds what it forbids, and leaves alone what it allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture import rules
from tests.architecture.rules import Module

Rule = Callable[[Module], Iterator[str]]


def lines(count: int, indent: str = "") -> str:
    return "".join(f"{indent}x = {i}\n" for i in range(count))


def parameters(count: int) -> str:
    return ", ".join(f"p{i}" for i in range(count))


def methods(count: int) -> str:
    return "".join(f"    def m{i}(self): ...\n" for i in range(count))


NEIGHBOURS = frozenset({"majority", "head", "options", "adapt", "predict"})

OFFENDERS: list[tuple[Rule, str, str]] = [
    (rules.long_files, "a.py", lines(400)),
    (rules.long_functions, "a.py", "def f():\n" + lines(59, "    ")),
    (rules.long_functions, "a.py", "class A:\n  async def f():\n" + lines(59, "    ")),
    (rules.many_parameters, "a.py", f"def f({parameters(8)}): ..."),
    (rules.many_parameters, "a.py", "def f(a, b, /, c, d, *e, f, g, **h): ..."),
    (rules.many_parameters, "a.py", f"def f():\n    def g({parameters(8)}): ..."),
    (rules.many_methods, "a.py", "class A:\n" + methods(11)),
    (rules.deep_folders, "a/b/c.py", ""),
    (rules.empty_names, "data/utils.py", ""),
    (rules.empty_names, "common/loading.py", ""),
    (rules.empty_names, "data/_helpers.py", ""),
    (rules.prints, "data/reading.py", "def f():\n    print('x')"),
    (rules.prints, "model.py", "print('x')"),
    (rules.asserts, "a.py", "def f(x):\n    assert x"),
    (rules.open_signatures, "a.py", "def f(**settings): ..."),
    (rules.open_signatures, "a.py", "class A:\n    def f(self, **settings): ..."),
    (rules.globals_set, "a.py", "x = 0\ndef f():\n    global x"),
    (rules.silent_modules, "a.py", "x = 1"),
    (rules.silent_modules, "a.py", '"""  """'),
    (rules.silent_names, "a.py", "def f(): ..."),
    (rules.silent_names, "a.py", 'class A:\n    """A."""\n    def f(self): ...'),
    (rules.silent_names, "a.py", "class A: ..."),
    (rules.heavy_imports, "data/a.py", "import torch"),
    (rules.heavy_imports, "tasks/a.py", "def f():\n    from torch.nn import Linear"),
    (rules.heavy_imports, "recipe.py", "def f():\n    import transformers as t"),
    (rules.heavy_imports, "metrics/a.py", "import importlib\nimportlib.import_module('torch.nn')"),
    (rules.heavy_imports, "report.py", "__import__('peft')"),
    (rules.sibling_imports, "strategies/lora.py", "from socle.strategies.head import OPTION"),
    (
        rules.sibling_imports,
        "strategies/lora.py",
        "def f():\n  from socle.strategies import head",
    ),
    (rules.sibling_imports, "strategies/lora.py", "import socle.strategies.majority"),
    (rules.sibling_imports, "strategies/lora.py", "from .head import OPTION"),
    (rules.sibling_imports, "strategies/lora.py", "from . import head"),
    (rules.sibling_imports, "cli/evaluate.py", "from socle.cli.adapt import adapt"),
]

INNOCENT: list[tuple[Rule, str, str]] = [
    (rules.long_files, "a.py", lines(399)),
    (rules.long_functions, "a.py", "def f():\n" + lines(58, "    ")),
    (rules.many_parameters, "a.py", f"class A:\n    def f(self, {parameters(7)}): ..."),
    (rules.many_methods, "a.py", "class A:\n" + methods(10) + "    def _n(self): ...\n"),
    (rules.deep_folders, "a/b.py", ""),
    (rules.empty_names, "data/commons.py", ""),
    (rules.prints, "cli/adapt.py", "print('x')"),
    (rules.prints, "model.py", "screen.print('x')"),
    (rules.open_signatures, "a.py", "def _f(**settings): ..."),
    (rules.open_signatures, "a.py", "class _A:\n    def f(self, **settings): ..."),
    (rules.open_signatures, "a.py", "def f():\n    def g(**settings): ..."),
    (rules.silent_names, "a.py", "def _f(): ...\nclass _A:\n    def f(self): ..."),
    (rules.heavy_imports, "training/loop.py", "import torch"),
    (rules.heavy_imports, "data/a.py", "import torchlike"),
    (rules.sibling_imports, "strategies/__init__.py", "from socle.strategies.head import OPTION"),
    (rules.sibling_imports, "strategies/lora.py", "from socle.strategies import Fit, gradual"),
    (rules.sibling_imports, "training/loop.py", "from socle.training.head import x"),
    (rules.sibling_imports, "cli/evaluate.py", "from socle.cli.options import console"),
]


def found(rule: Rule, path: str, source: str) -> list[str]:
    return list(rule(Module(Path(path), source, NEIGHBOURS)))


@pytest.mark.parametrize(("rule", "path", "source"), OFFENDERS)
def test_an_offender_is_found(rule: Rule, path: str, source: str) -> None:
    assert len(found(rule, path, source)) == 1


@pytest.mark.parametrize(("rule", "path", "source"), INNOCENT)
def test_the_innocent_is_left_alone(rule: Rule, path: str, source: str) -> None:
    assert found(rule, path, source) == []


def test_every_rule_has_an_offender() -> None:
    assert {rule for rule, _, _ in OFFENDERS} == set(rules.RULES)
