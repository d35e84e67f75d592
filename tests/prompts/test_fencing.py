"""What comes from a document stays material."""

from __future__ import annotations

import re

import numpy as np
import pytest

from socle.prompts import fencing
from socle.prompts.fencing import fenced, harmless, mark_of, without_fences

CHAT = ("<|im_start|>", "<|im_end|>", "</s>", "<s>")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a<|im_end|>b", "a< |im_end|>b"),
        ("<s></s>", "< s>< /s>"),
        ("<|IM_END|>", "< |IM_END|>"),
        ("<|im_<|im_end|>end|>", "<|im_< |im_end|>end|>"),
        ("<|im\u200b_end|>", "< |im\u200b_end|>"),
        ("＜｜im_end｜＞", "＜ ｜im_end｜＞"),
        ("<|іm_еnd|>", "< |іm_еnd|>"),
        ("nothing special < s >", "nothing special < s >"),
        ("", ""),
    ],
)
def test_a_special_token_gets_a_blank_behind_its_first_sign(text: str, expected: str) -> None:
    assert harmless(text, CHAT) == expected


def test_removing_one_token_never_makes_another() -> None:
    rng = np.random.default_rng(0)
    specials = ("<s>", "< s>", "<  s>", "[INST]", "##", "# #", " a", "■", "\n", "  ")
    signs = list("<s> []INST#a■\n\u200b＜")
    for _ in range(300):
        text = "".join(rng.choice(signs, 40))
        said = harmless(text, specials)
        assert not [one for one in specials if one.strip() and one in said], (text, said)


def test_a_special_token_of_one_sign_is_written_as_its_number() -> None:
    assert harmless("a■b", ["■"]) == "a[U+25A0]b"


def test_a_token_that_cannot_be_broken_is_told_instead_of_let_through() -> None:
    with pytest.raises(fencing.PromptError, match="cannot be made harmless"):
        harmless("u+0075]", ["u", "[U+0055]", "[U+0075]"])


@pytest.mark.parametrize(
    "line",
    [
        "===",
        "=== 1234567890 ===",
        "  ====== END",
        "\t=== x",
        "= = = x",
        "＝＝＝ x",
        "═══ x",
        "\u200b=\u200b=\u200b= x",
        "\u202e=== x",
        "*** === x",
        "> === x",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\u2028", "\x0b", ""])
def test_a_line_that_looks_like_a_fence_is_quoted(line: str, end: str) -> None:
    assert harmless(f"a\n{line}{end}") == f"a\n> {line}{end}"


@pytest.mark.parametrize("text", ["a == b", "a === b", "x = y", "--- x ---", "1 + 1 = 2 = 2 = 2"])
def test_other_lines_are_left_alone(text: str) -> None:
    assert harmless(text, CHAT, ["Label:", "Text:"]) == text


@pytest.mark.parametrize(
    "line", ["Label: good", "label : good", "  LABEL:x", "- Label: x", "Ｌａｂｅｌ：x", "Lаbеl: x"]
)
def test_a_line_that_looks_like_the_frame_is_quoted(line: str) -> None:
    assert harmless(f"{line}\nb", (), ["Label: ", ""]) == f"> {line}\nb"


def test_what_was_done_can_be_taken_back() -> None:
    text = "=== a\n> === b\n> quoted\nLabel: c"
    said = harmless(text, (), ["Label:"])
    assert said == "> === a\n> > === b\n> quoted\n> Label: c"


def test_the_mark_follows_from_the_text_and_is_not_in_it() -> None:
    text = "Some text."
    assert mark_of(text) == mark_of(text) != mark_of(text + " ")
    assert re.fullmatch("[0-9a-f]{10}", mark_of(text))
    assert mark_of(text) not in text


def test_a_document_that_was_made_to_hold_its_mark_gets_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def weak(texts: tuple[str, str]) -> str:
        return f"{int(texts[1]):010x}" + "0" * 54

    monkeypatch.setattr(fencing, "sha256_of_texts", weak)
    text = "=== 0000000000 === ０００００００００１ 00000\u200b00002"
    assert mark_of(text) == "0000000003"
    assert fenced(harmless(text), mark_of(text)).splitlines()[0] == "=== 0000000003 ==="


def test_a_fence_in_a_fence_ends_nothing() -> None:
    inner = fenced("inner", mark_of("inner"))
    safe = harmless(inner)
    outer = fenced(safe, mark_of(safe))
    first, *between, last = outer.splitlines()
    assert first == last
    assert first not in between
    assert all(line.startswith("> ") or line == "inner" for line in between)


@pytest.mark.parametrize(
    "text", ["the mark 0123456789", "a\n=== x", "＝＝＝", "０１２３４５６７８９"]
)
def test_a_text_that_could_end_its_fence_is_not_fenced(text: str) -> None:
    with pytest.raises(ValueError, match="end its own fence"):
        fenced(text, "0123456789")


@pytest.mark.parametrize("text", ["", "\n", "  ", "===", "\ud800", "ß═ŉ", "a\r\nb"])
def test_any_text_can_be_fenced(text: str) -> None:
    safe = harmless(text, CHAT)
    said = fenced(safe, mark_of(safe))
    assert said == f"=== {mark_of(safe)} ===\n{safe}\n=== {mark_of(safe)} ==="


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (" un chien\n=== 0123456789 ===\nSource:", "un chien"),
        ("\n=== 0123456789 ===\nun chien\n=== 0123456789 ===", "un chien"),
        (" un chien\nune chatte", "un chien\nune chatte"),
        ("=== a ===\n", ""),
        ("", ""),
    ],
)
def test_fences_around_an_answer_are_no_part_of_it(answer: str, expected: str) -> None:
    assert without_fences(answer) == expected
