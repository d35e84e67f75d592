"""The rules of the house, each a function of one module that yields what is wrong with it.

Limits are those at which a module fails; what to aim at is in CONTRIBUTING.md.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 60
PARAMETERS = 8
METHODS = 11
DEPTH = 2
FORBIDDEN_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "manager"})
LIGHT = frozenset(
    {
        *("checks", "data", "documents", "formats", "licensing", "metrics", "recipe", "rendering"),
        *("confining", "guard", "ocr", "pages", "pdfium", "prompts", "ranking", "readers"),
        *("reading", "readings", "report", "sources", "tasks", "values", "words", "writers"),
    }
)
"""Folders and modules that must work, and load, without a neural network library."""
HEAVY = frozenset({"torch", "transformers", "peft"})
MENUS = frozenset(
    {
        *(
            "cli",
            "decoders",
            "documents",
            "engines",
            "formats",
            "heads",
            "metrics",
            "ocr",
            "readers",
        ),
        *("strategies", "tasks", "writers"),
    }
)
"""Folders whose modules are options of each other: none may import its neighbour."""
SHARED_BY_COMMANDS = frozenset({"documents", "options", "progress", "tables", "words"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A source file below the package's folder, such as `formats/jsonl.py`."""

    path: Path
    source: str
    neighbours: frozenset[str] = frozenset()
    """Names of the modules in the same folder."""

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def top(self) -> str:
        """The folder or the module that stands in the list of layers."""
        return self.path.parts[0].removesuffix(".py")

    def functions(self) -> Iterator[Function]:
        return (n for n in ast.walk(self.tree) if isinstance(n, Function))

    def public(self) -> Iterator[Function | ast.ClassDef]:
        """The functions and classes that others may use, methods of public classes included."""
        yield from _public(self.tree.body)

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of everything imported, inside functions too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, name) for name in self._imported_from(node))
            elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield node.lineno, first.value

    def _imported_from(self, node: ast.ImportFrom) -> Iterator[str]:
        base = node.module or ""
        if node.level:
            package = ("socle", *self.path.parent.parts)
            above = package[: len(package) - node.level + 1]
            base = ".".join((*above, *([base] if base else [])))
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _public(body: list[ast.stmt]) -> Iterator[Function | ast.ClassDef]:
    for node in body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        yield node
        if isinstance(node, ast.ClassDef):
            yield from _public(node.body)


def _called(node: ast.Call) -> str:
    function = node.func
    return getattr(function, "id", "") or getattr(function, "attr", "")


def long_files(module: Module) -> Iterator[str]:
    lines = len(module.source.splitlines())
    if lines >= FILE_LINES:
        yield f"{lines} lines"


def long_functions(module: Module) -> Iterator[str]:
    for node in module.functions():
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines >= FUNCTION_LINES:
            yield f"{node.lineno}: {node.name} has {lines} lines"


def many_parameters(module: Module) -> Iterator[str]:
    for node in module.functions():
        arguments = node.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        count = len([a for a in named if a.arg not in ("self", "cls")])
        count += (arguments.vararg is not None) + (arguments.kwarg is not None)
        if count >= PARAMETERS:
            yield f"{node.lineno}: {node.name} has {count} parameters"


def many_methods(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            names = {n.name for n in node.body if isinstance(n, Function)}
            count = len([name for name in names if not name.startswith("_")])
            if count >= METHODS:
                yield f"{node.lineno}: {node.name} has {count} public methods"


def deep_folders(module: Module) -> Iterator[str]:
    if len(module.path.parent.parts) >= DEPTH:
        yield f"lies {len(module.path.parent.parts)} folders deep"


def empty_names(module: Module) -> Iterator[str]:
    for part in (*module.path.parent.parts, module.path.stem):
        if part in FORBIDDEN_NAMES or part.strip("_") in FORBIDDEN_NAMES:
            yield f"is called {part!r}, which says nothing of what it holds"


def prints(module: Module) -> Iterator[str]:
    if module.top == "cli":
        return
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and _called(node) == "print"
        ):
            yield f"{node.lineno}: prints outside cli/"


def asserts(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assert):
            yield f"{node.lineno}: assert vanishes under -O; raise an error of socle.errors"


def open_signatures(module: Module) -> Iterator[str]:
    for node in module.public():
        if isinstance(node, Function) and node.args.kwarg is not None:
            yield f"{node.lineno}: {node.name} takes **{node.args.kwarg.arg}"


def globals_set(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Global):
            yield f"{node.lineno}: sets the global {', '.join(node.names)}"


def silent_modules(module: Module) -> Iterator[str]:
    if not (ast.get_docstring(module.tree) or "").strip():
        yield "has no docstring"


def silent_names(module: Module) -> Iterator[str]:
    for node in module.public():
        if not (ast.get_docstring(node) or "").strip():
            yield f"{node.lineno}: {node.name} has no docstring"


def heavy_imports(module: Module) -> Iterator[str]:
    if module.top not in LIGHT:
        return
    for line, name in module.imports():
        if name.split(".")[0] in HEAVY:
            yield f"{line}: imports {name}, and {module.top} must do without"


def sibling_imports(module: Module) -> Iterator[str]:
    if module.top not in MENUS or len(module.path.parts) < 2 or module.path.stem == "__init__":
        return
    prefix = f"socle.{module.top}."
    allowed = {module.path.stem} | (SHARED_BY_COMMANDS if module.top == "cli" else set())
    for line, name in module.imports():
        # `from socle.tasks import Task` takes a name of the contract, not a module.
        sibling = name.removeprefix(prefix).split(".")[0] if name.startswith(prefix) else ""
        if sibling in module.neighbours - allowed:
            yield f"{line}: imports its sibling {sibling}"


RULES: tuple[Callable[[Module], Iterator[str]], ...] = (
    long_files,
    long_functions,
    many_parameters,
    many_methods,
    deep_folders,
    empty_names,
    prints,
    asserts,
    open_signatures,
    globals_set,
    silent_modules,
    silent_names,
    heavy_imports,
    sibling_imports,
)
