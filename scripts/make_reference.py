"""Write docs/reference.md: commands, settings, JSON and Python names, read off the code.

    python scripts/make_reference.py

`tests/docs/test_reference.py` fails when the page no longer says what the code does.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference.md"
_WIDTH = 100
_SEVERAL_SPACES = re.compile(r"\s+")

# The one part that is written by hand: tests/docs/test_reference.py holds it against real answers.
JSON: Mapping[str, Mapping[str, str]] = {
    "socle adapt --json": {
        "model": "folder of the model",
        "task": "name of the task",
        "base": "name of the base, or null",
        "strategy": "name of the strategy that was kept",
        "n_train": "examples to learn from",
        "n_test": "examples of the test set",
        "metrics": "`accuracy`, `macro_f1`, `micro_f1`, `mcc`, `ece` on the test set; for words "
        "`f1`, `las` and others, see docs/words.md; for texts that are written `chrf`, `rougeL` "
        "and others, see docs/generation.md",
        "intervals": "95 % interval of the metric that decides",
        "rivals": "metrics by strategy, for the other candidates",
        "verdict": "`winner`, `cheapest_equivalent`, `text`, `kind`",
        "seconds": "`total`, and `train` of the strategy that was kept",
        "candidates": "one object each: `strategy`, `base`, then `skipped` (the reason), or "
        "`validated`, `seconds`, `metrics`, `interval`, `documents_per_second`",
        "labels": "one object each: `label`, `precision`, `recall`, `f1`, `support`",
        "pairs": "the best candidate against every other one: `a`, `b`, `metric`, `difference` "
        "(a less b), `interval`, `p`, `p_adjusted` (Holm), `test`, `order` (over seeds, or null)",
        "detectable": "the smallest difference that the test set can show: `difference` (or null), "
        "`disagreement`, `power`, `alpha`, `text`",
        "calibration": "`ece`, and `bins` of `low`, `high`, `confidence`, `accuracy`, `count`",
        "abstention": "one object a precision: `precision`, `threshold` (null: out of reach), "
        "`coverage`, `lower`",
        "licence": "rights in the model: `licence`, `commercial`, `conditions`, `parts`, `text`",
        "data": "`name`, `licence`, and the SHA-256 of the examples of `train` and `test`",
        "learnt": "what fitting found: `engine`, `int8` (the trial), `strength`, `precision` ...",
        "notes": "what reading the rows had to guess or repair",
    },
    "socle compare --json": {
        "data": "`name`, `n_train`, `n_test`, `labels`, `several`, `licence`, SHA-256 of "
        "`train` and `test`",
        "task": "name of the task",
        "metric": "the metric that decides: `accuracy`; for words `f1`, `upos` or `las`; `chrf` or "
        "`rougeL`",
        "effort": "quick, normal or thorough",
        "seed": "of the split and of the first fits",
        "seeds": "those that candidates were fitted with",
        "seconds": "of the whole comparison",
        "detectable": "as for adapt",
        "candidates": "one object each, cheapest first: `name`, `strategy`, `base`, `rank`, then "
        "`skipped` or `failed` (the reason), or `metrics`, `interval`, `intervals`, `by_seed`, "
        "`spread`, `settings`, `labels`, `cost`, `calibration`, `risk_coverage`, `abstention`, "
        "`confusion`, `licence`, `forgetting`",
        "pairs": "as for adapt; by accuracy and by macro-F1",
        "verdict": "`winner`, `cheapest_equivalent`, `text`, `kind` (clear, tie, nothing_learnt, "
        "too_few)",
        "transfer": "candidates on a base against `scratch` and `classical`: `candidate`, "
        "`against`, `difference`, `interval`, `p`, `sign` (positive, null, negative)",
        "curve": "the learning curve: `metric`, `candidates` (`name`, `points`, `forecast`, "
        "`text`), `text`; or null",
        "faults": "of the training rows: `n_suspects`, `suspects`, `confusable`, and "
        "`correction` if it was tried; or null",
        "disagreements": "texts on which two candidates differ, one of them being right",
        "hosted": "what hosted models would charge: `tokens_per_1000`, `models`, `dated`, `note`",
        "pareto": "candidates that none beats in both accuracy and cost",
        "machine": "`processor`, `cores`, `instructions`, `memory_gb`, `system`",
        "notes": "what reading had to guess, and what time or failures left out",
    },
    "socle evaluate --json": {
        "model": "folder of the model",
        "n": "examples",
        "metrics": "as for adapt",
        "intervals": "as for adapt",
        "labels": "as for adapt",
        "notes": "as for adapt",
    },
    "socle evaluate --json, of a treebank": {
        "model": "folder of the model",
        "n": "sentences",
        "metrics": "`upos`, `xpos`, `ufeats`, `lemma`, `uas`, `las`, `clas` on its own words",
        "intervals": "95 % interval of `las` (of `upos` without trees), by the bootstrap",
        "labels": "as for adapt, by relation",
        "notes": "as for adapt",
        "raw": "the same scores, and `tokens`, `sentences`, `words`, on the raw text (CoNLL 2018)",
    },
    "socle predict --json (one object per line)": {
        "text": "the text",
        "label": "the answer; a list where a text may carry several labels; null where it "
        "abstains, and then `abstained` is true",
        "probability": "calibrated probability of the answer; of several labels, the least sure",
        "alternatives": "labels with their probabilities, best first",
    },
    "socle predict --json, entities (one object per line)": {
        "text": "the text",
        "tokens": "words of all its sentences",
        "sentences": "first token of each sentence, and the one behind its last",
        "tags": "tag of every token",
        "offsets": "first character of every token, and the one behind its last",
        "spans": "one object an entity: `start`, `end` (characters), `label`, `text`, "
        "`probability`",
        "probability": "mean probability of the tags",
    },
    "socle predict --json, trees (one object per line)": {
        "text": "the text",
        "tokens": "words of all its sentences, those of multiword tokens apart",
        "sentences": "first token of each sentence, and the one behind its last",
        "upos": "part of speech of every token; so `xpos`, `feats`, `lemmas` as far as learnt",
        "feats": "morphological features of every token",
        "lemmas": "lemma of every token",
        "offsets": "first character of every token, and the one behind its last",
        "heads": "number of the head of every token, from 1 over the whole text; 0 for a root",
        "deprels": "relation of every token to its head",
        "triples": "one object each: `subject`, `verb`, `object`, `negated`, `passive`",
        "probability": "mean probability of parts of speech and arcs",
    },
    "socle predict --json, texts that are written (one object per line)": {
        "text": "the text",
        "output": "what was written",
        "finish": "`stop`, `length` (cut at the longest answer allowed), or `parts` (a long text "
        "was answered in parts)",
    },
    "socle predict --json, several models (one object per line)": {
        "text": "the text",
        "entities": "those that any model found: `start`, `end`, `text`, `label`, `probability`",
        "sentences": "one object each: `start`, `end`, `words` with the columns of all models",
        "answers": "model -> its answer as it gives it alone, without `text`; of relations between "
        "entities that another model found: `relations`",
    },
    "socle check --json": {
        "data": "file",
        "test": "file, or null",
        "task": "the task whose rows these are",
        "columns": "`text`, `label`; of pairs the source and the target",
        "n": "rows",
        "n_test": "rows of the test file",
        "labels": "examples by label",
        "findings": "one object each: `kind`, `severity`, `message`, `rows`, `hint`",
        "notes": "what reading the rows had to guess or repair",
    },
    "socle export --json": {
        "model": "folder of the model",
        "to": "huggingface or onnx",
        "out": "folder that was written",
    },
}


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """Return the whole page in Markdown."""
    parts = (_opening(), _commands(), _settings(), _json(), _names())
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _opening() -> Iterator[str]:
    yield "# Reference"
    yield ""
    yield "Written by `make docs`; do not edit."


def _commands() -> Iterator[str]:
    from socle.cli import application

    yield "## Commands"
    for words, command in walk(application(), ("socle",)):
        context = command.make_context(words[-1], [], resilient_parsing=True)
        usage = " ".join([*words, *command.collect_usage_pieces(context)])
        yield f"\n### `{' '.join(words)}`\n\n```text\n{usage}\n\n{_about(command)}"
        rows = [
            record for p in command.get_params(context) if (record := p.get_help_record(context))
        ]
        width = max(len(name) for name, _ in rows) if rows else 0
        if rows:
            yield ""
        for name, said in rows:
            yield f"  {name:<{width}}  {said}".rstrip()
        yield "```"


def walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command below `command` with the words that call it, itself first."""
    yield words, command
    for name, below in getattr(command, "commands", {}).items():
        yield from walk(below, (*words, name))


def _about(command: Any) -> str:
    return _flat(inspect.cleandoc(command.help or "").split("\n\n")[0])


def _settings() -> Iterator[str]:
    from socle.recipe import Recipe

    said = _options() | _docstrings(Recipe)
    yield "## Settings of a recipe"
    yield ""
    yield "Given as TOML with `--recipe`, or as `socle.Recipe(...)`."
    yield ""
    yield "| setting | type | default | meaning |"
    yield "| --- | --- | --- | --- |"
    for field in dataclasses.fields(Recipe):
        kind = str(field.type).replace(" | None", "")
        default = "derived" if field.default is None else f"`{field.default!r}`"
        yield f"| `{field.name}` | {kind} | {default} | {said[field.name]} |"


def _options() -> dict[str, str]:
    """Return what the options of `socle adapt` say, by name."""
    from socle.cli import application

    adapt = application().commands["adapt"]
    return {p.name: p.help for p in adapt.params if p.help}


def _docstrings(kind: type) -> dict[str, str]:
    """Return the text that stands below each field of a class, by field."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    if not isinstance(body, ast.ClassDef):
        raise TypeError(f"{kind} is not a class")
    found = {}
    for field, after in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            found[field.target.id] = _flat(str(after.value.value))
    return found


def _json() -> Iterator[str]:
    yield "## JSON"
    yield ""
    yield "With `--json` a command prints one JSON object on standard output, and nothing else."
    for command, keys in JSON.items():
        words, bracket, more = command.partition(" (")
        yield f"\n### `{words}`{bracket}{more}"
        yield ""
        yield "| key | value |"
        yield "| --- | --- |"
        for key, said in keys.items():
            yield f"| `{key}` | {said} |"


def _names() -> Iterator[str]:
    import socle

    yield "## Python"
    for name in sorted(socle.__all__, key=str.lower):
        value = getattr(socle, name)
        yield f"\n### `socle.{name}`\n"
        if not isinstance(value, types.ModuleType):
            yield f"```text\n{signature(name, value)}\n```\n"
        yield _flat(inspect.cleandoc(value.__doc__ or "").split("\n\n")[0])
        if inspect.isclass(value):
            yield from _members(value)


def _members(kind: type) -> Iterator[str]:
    own = [(n, v) for n, v in vars(kind).items() if not n.startswith("_") and inspect.isfunction(v)]
    if own:
        yield ""
    for name, value in own:
        first = _flat(inspect.cleandoc(value.__doc__ or "").split("\n\n")[0])
        shown, returned = _parameters(value)
        yield f"- `.{name}({', '.join(shown)}){returned}`: {first}"


def signature(name: str, value: Any) -> str:
    """Return how a public name is called, one parameter a line where it is long."""
    shown, returned = _parameters(value)
    whole = f"{name}({', '.join(shown)}){returned}"
    if len(whole) <= _WIDTH:
        return whole
    return "\n".join([f"{name}(", *(f"    {one}," for one in shown), f"){returned}"])


def _parameters(value: Any) -> tuple[list[str], str]:
    """Return the parameters of a function or class as written, and what it returns."""
    found = inspect.signature(value)
    shown, starred = [], False
    for one in found.parameters.values():
        if one.name == "self":
            continue
        if one.kind is one.KEYWORD_ONLY and not starred:
            shown.append("*")
            starred = True
        shown.append(_parameter(one))
    silent = inspect.isclass(value) or found.return_annotation in (found.empty, None, "None")
    return shown, "" if silent else f" -> {_kind(found.return_annotation)}"


def _parameter(one: inspect.Parameter) -> str:
    mark = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
    kind = "" if one.annotation is one.empty else f": {_kind(one.annotation)}"
    if one.default is one.empty:
        return f"{mark}{one.name}{kind}"
    default = getattr(one.default, "__name__", repr(one.default))
    if default == "<factory>":
        default = "..."
    return f"{mark}{one.name}{kind}{' = ' if kind else '='}{default}"


def _kind(annotation: Any) -> str:
    return (
        annotation
        if isinstance(annotation, str)
        else str(getattr(annotation, "__name__", annotation))
    )


def _flat(text: str) -> str:
    return _SEVERAL_SPACES.sub(" ", text).strip()


if __name__ == "__main__":
    main()
