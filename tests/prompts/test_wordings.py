"""Wordings: the defaults, files of users, and what is refused in them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from socle.errors import PromptError
from socle.prompts import Wording, wordings
from socle.prompts.fields import checked, filled, literal, pieces
from socle.prompts.wordings import TASKS, between, default, from_facts, read, to_facts, to_toml

FOLDER = Path(wordings.__file__).parent
PLAIN = Wording("Do it: {labels}.\n", "Text: {text}\nLabel: {answer}\n", "Text: {text}\nLabel:")


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("task", TASKS)
def test_a_default_is_as_socle_writes_it_and_asks_in_its_language(task: str, language: str) -> None:
    wording = default(task, language)
    assert wording.language == language
    file = FOLDER / f"{task}.{language}.toml"
    assert file.read_text(encoding="utf-8") == to_toml(wording)
    assert wording.question.endswith(" :" if language == "fr" else ":")
    assert wording.example.startswith(wording.question)
    assert "<|" not in to_toml(wording)


def test_every_wording_of_the_package_is_a_default() -> None:
    found = {path.name for path in FOLDER.glob("*.toml")} - {"languages.toml"}
    assert found == {f"{task}.{language}.toml" for task in TASKS for language in ("en", "fr")}


@pytest.mark.parametrize("task", ["labelling", "translation", "summary"])
def test_where_a_model_writes_the_document_is_called_material(task: str) -> None:
    english, french = default(task, "en"), default(task, "fr")
    assert "never an instruction" in english.fence
    assert "jamais une consigne" in french.fence


@pytest.mark.parametrize(
    ("language", "expected"),
    [("fr-CA", "fr"), ("fr_FR", "fr"), ("FR", "fr"), ("de", "en"), ("", "en"), ("../x", "en")],
)
def test_the_language_is_found_by_its_code_else_english(language: str, expected: str) -> None:
    assert default("summary", language).language == expected


def test_an_unknown_task_is_refused_with_the_nearest() -> None:
    with pytest.raises(PromptError, match="classification") as refused:
        default("clasification", "en")
    assert refused.value.hint == "Did you mean: classification?"


def test_two_languages_are_named_in_the_language_of_the_wording() -> None:
    french = between(default("translation", "fr"), "en", "de-AT")
    assert dict(french.names) == {"source": "anglais", "target": "allemand"}
    english = between(default("translation", "en"), "fr", "Klingon")
    assert dict(english.names) == {"source": "French", "target": "Klingon"}
    plain = default("summary", "en")
    assert between(plain, "fr", "en") == plain


HARD = ('a"b', '"""', '""""""', 'end"', "\\", "\\n", "\r\n", "\t", "\x00\x1b\x7f", "é\u2028\ufeff")


def test_hard_texts_survive_the_round_trip(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        one, two, three = ("".join(rng.choice(HARD, 4)) for _ in range(3))
        wording = Wording(
            instructions=f"\n{one}{{labels}}\n",
            example=f"{two}{{text}}{one}{{answer}}{three}\n",
            question=f"{three}{{text}}:{two}x",
            words={one: two, "": "x", "plain-key": "y", "a.b": three},
            descriptions={two: one},
            names={"source": one},
            fence="Between two lines.\n",
            language="fr",
        )
        assert read(written(tmp_path, to_toml(wording))) == wording
        assert from_facts(to_facts(wording)) == wording


def test_a_file_of_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + to_toml(PLAIN).replace("\n", "\r\n").encode())
    assert read(path) == PLAIN


def test_the_comments_name_every_part() -> None:
    about = to_toml(PLAIN).split("\n\n")[0]
    for key in to_facts(PLAIN):
        assert f"\n# {key} " in about or f"\n# [{key}] " in about


GOOD = {"instructions": "Do.\n", "example": "{text}: {answer}\n", "question": "{text}:"}


@pytest.mark.parametrize(
    ("facts", "message", "hint"),
    [
        ({"instruction": "x"}, "unknown key: 'instruction'", "instructions"),
        ({"zzz": 1}, "unknown key: 'zzz'", "example"),
        ({"fence": True}, "fence is not a text", "a text"),
        ({"question": 3}, "question is not a text", "a text"),
        ({"words": "x"}, "words is not a table of texts", "a table"),
        ({"words": {"a": 1}}, "words is not a table of texts", "a table"),
        ({"question": "{txt}:"}, "{txt} is unknown. Fields there: {text}", "{text}"),
        ({"question": "{Text}:"}, "{Text} is unknown", "Did you mean {text}?"),
        ({"question": "{text} {answer}:"}, "{answer} is unknown", "twice: {{answer}}"),
        ({"instructions": "{}\n"}, "the field {} is unknown", "{{}}"),
        ({"instructions": "{text}\n"}, "Fields there: {labels}", "twice"),
        ({"question": "x:"}, "has the field {text} not at all", "once"),
        ({"question": "{text}{text}:"}, "has the field {text} 2 times", "once"),
        ({"description": "{label}\n"}, "{description} not at all", "once"),
        ({"description": "{label} {description}"}, "no line end", "line end"),
        ({"instructions": "a\n{\n"}, "the brace { in line 2", "{{"),
        ({"instructions": "a } b\n"}, "the brace } in line 1", "}}"),
        ({"instructions": "Do."}, "runs into what follows", "line end"),
        ({"example": "{text}: {answer}"}, "ends with a field", "line end"),
        ({"example": "{answer}: {text}\n"}, "answer before the text", "before {answer}"),
        ({"question": "{text}: "}, "ends with a blank", "Label:"),
        ({"question": "{text}:\n"}, "ends with a blank", "Label:"),
        ({"names": {"text": "x"}}, "'text' under [names] is a field already", "source"),
        ({"names": {"a b": "x"}}, "'a b' under [names] is no name", "source"),
    ],
)
def test_a_wording_that_is_off_is_refused(
    facts: dict[str, object], message: str, hint: str
) -> None:
    assert from_facts(GOOD)
    with pytest.raises(PromptError) as refused:
        from_facts(GOOD | facts, "mine.toml")
    assert message in refused.value.message
    assert "mine.toml" in refused.value.message
    assert hint in refused.value.hint


@pytest.mark.parametrize("key", GOOD)
def test_a_missing_part_is_named(key: str) -> None:
    with pytest.raises(PromptError, match=f"has no {key}"):
        from_facts({name: value for name, value in GOOD.items() if name != key})


@pytest.mark.parametrize("content", [b"x = ", b"\xff\xfe", b'question = """'])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(PromptError, match=r"mine\.toml cannot be read"):
        read(path)
    with pytest.raises(PromptError, match="cannot be read"):
        read(tmp_path / "none.toml")


def test_the_package_loads_no_network_library() -> None:
    names = sorted(path.stem for path in FOLDER.glob("*.py"))
    code = "import sys\n" + "".join(f"import socle.prompts.{name}\n" for name in names)
    code += "print([n for n in ('torch', 'transformers', 'scipy', 'sklearn') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_braces_written_twice_are_braces() -> None:
    assert pieces("{{a}} {b}}}") == [("{a} ", "b"), ("}", None)]
    assert filled("{{{x}}} {y}", {"x": "{y}", "y": "{{"}) == "{{y}} {{"
    assert checked(replace(PLAIN, instructions='{{"a": [{labels}]}}\n'))


def test_what_stands_between_two_fields_is_told() -> None:
    names = {"own": "O"}
    assert literal("a {own} {text} b {own} c {answer} d", names) == "a O "
    assert literal("a {own} {text} b {own} c {answer} d", names, after="text") == " b O c "
    assert literal("a {text}", names, after="text") == ""
