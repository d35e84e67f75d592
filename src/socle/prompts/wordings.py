"""Wordings as TOML files: the defaults of the package, those of users, and how one is written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from socle.errors import PromptError
from socle.prompts import Wording
from socle.prompts.fields import checked, nearest

TASKS = ("classification", "labelling", "relations", "summary", "translation")
_FOLDER = Path(__file__).parent
_TEXTS = ("instructions", "fence", "description", "example", "question")
_TABLES = ("words", "descriptions", "names")
_NEEDED = ("instructions", "example", "question")
_KEYS = ("language", *_TEXTS, *_TABLES)
_ABOUT = """\
# What a language model is told. A prompt is made of these parts as they stand here, line ends
# included: instructions, descriptions of labels, examples, and the question.
# Fields in braces are filled in; a brace that is no field is written twice: {{ or }}.
#
# language        of this wording
# instructions    what is to be done; {labels} is replaced by the words of all labels
# fence           follows the instructions; unless it is empty, a text stands between two lines
#                 with a mark that it cannot hold, as in === 1f0c83ab5e ===, so that it cannot pass
#                 for an instruction
# description     how the description of a label is shown: {label} and {description}
# example         how an example is shown: {text} and {answer}; what stands behind {answer} tells
#                 the model that an answer has ended
# question        how the text that is asked about is shown: {text}. It ends with the sign before
#                 the answer, such as ":", without a blank: the answer is tried, or written, with a
#                 space before its first character, as in " positive"
# [words]         "label" = "what the model reads and answers for it"; others stand for themselves
# [descriptions]  "label" = "what it means"
# [names]         fields of your own, such as source = "English" for {source}
"""
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ufeff]")


def default(task: str, language: str) -> Wording:
    """Return the wording of the package for a task, in a language if there is one, else English.

    Args:
        task: one of `TASKS`.
        language: a code such as `fr`, `fr-CA` or `fr_FR`.

    Raises:
        PromptError: there is no such task.
    """
    if task not in TASKS:
        raise PromptError(
            f"There is no wording for the task {task!r}.", f"Did you mean: {nearest(task, TASKS)}?"
        )
    code = re.split(r"[-_.]", language.casefold())[0]
    file = _FOLDER / f"{task}.{code}.toml"
    known = code.isalpha() and file.is_file()
    return read(file if known else _FOLDER / f"{task}.en.toml")


def between(wording: Wording, source: str, target: str) -> Wording:
    """Return a wording that names two languages, where it has fields for them.

    Args:
        wording: with the fields {source} and {target} among its names.
        source: code of the language of the documents, such as `en`; another word stands for
            itself.
        target: that of the answers.
    """
    table = tomllib.loads((_FOLDER / "languages.toml").read_text(encoding="utf-8"))
    own = table.get(wording.language, table["en"])
    named = {
        name: own.get(re.split(r"[-_]", code.casefold())[0], code)
        for name, code in (("source", source), ("target", target))
        if name in wording.names
    }
    return replace(wording, names={**wording.names, **named})


def read(path: Path) -> Wording:
    """Read the wording in a TOML file.

    Raises:
        PromptError: not there, not TOML, an unknown key, a value of another kind, or a field that
            is off.
    """
    try:
        # Editors of Windows put a mark at the beginning.
        facts = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PromptError(
            f"The wording {path} cannot be read: {error}",
            "It must be a TOML file in UTF-8; the comments of a wording that Socle wrote tell "
            "what may stand there. A label with an accent or a blank stands in quotes.",
        ) from error
    return from_facts(facts, str(path))


def from_facts(facts: Mapping[str, Any], where: str = "The wording") -> Wording:
    """Return the wording with these keys and values, as TOML or JSON holds them.

    Raises:
        PromptError: an unknown key (the nearest valid one is named), one is missing, a value of
            another kind, or a field that is off.
    """
    for key in facts:
        if key not in _KEYS:
            raise PromptError(
                f"{where} has an unknown key: {key!r}.", f"Did you mean: {nearest(key, _KEYS)}?"
            )
    for key in _NEEDED:
        if key not in facts:
            raise PromptError(f"{where} has no {key}.", f"Give at least: {', '.join(_NEEDED)}.")
    for key, value in facts.items():
        _check_kind(key, value, where)
    return checked(Wording(**facts), where)


def to_facts(wording: Wording) -> dict[str, Any]:
    """Return what `from_facts` needs, fit for TOML or JSON."""
    return {
        key: dict(value) if key in _TABLES else value
        for key, value in ((key, getattr(wording, key)) for key in _KEYS)
    }


def to_toml(wording: Wording) -> str:
    """Return a wording as TOML that `read` gives back exactly, with comments on every part."""
    lines = [_ABOUT, f"language = {_quoted(wording.language)}"]
    lines += [f'{key} = """\n{_block(getattr(wording, key))}"""' for key in _TEXTS]
    for key in _TABLES:
        table = getattr(wording, key)
        if table:
            lines.append(f"\n[{key}]")
            lines += [f"{_key(name)} = {_quoted(value)}" for name, value in table.items()]
    return "\n".join(lines) + "\n"


def _check_kind(key: str, value: object, where: str) -> None:
    if key in _TABLES:
        good = isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values())
        kind = "a table of texts"
    else:
        good, kind = isinstance(value, str), "a text"
    if not good:
        raise PromptError(f"{where}: {key} is not {kind}.", f"Make it {kind}.")


def _plain(text: str) -> str:
    """Write backslashes, and signs that no editor shows, as TOML does."""
    return _UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04X}", text.replace("\\", "\\\\"))


def _block(text: str) -> str:
    """Return what stands between three quotes on both sides."""
    inner = _plain(text).replace('"""', '""\\"')
    return inner[:-1] + '\\"' if inner.endswith('"') else inner


def _quoted(text: str) -> str:
    return '"' + _plain(text).replace('"', '\\"').replace("\n", "\\n") + '"'


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)
