"""The optional engine: used where its program is, absent in words where it is not."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest

from socle.confining import ForbiddenError
from socle.errors import MissingExtraError, ResourceError
from socle.ocr.tesseract import OPTION, _Tesseract
from tests.printing import LINES, printed


@pytest.mark.skipif(not OPTION.present, reason="the program is not installed")
def test_print_is_read_where_it_stands() -> None:
    words = OPTION.words(printed(), 200.0)
    text = [word.text for word in words]
    assert "2024-0817" in text
    assert len(set(" ".join(LINES).split()) & set(text)) > 0.8 * len(set(text))
    first = words[0]
    assert first.text == "FACTURE"
    assert first.box == pytest.approx((62, 87, 194, 110), abs=4)


def test_without_the_program_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    engine = _Tesseract()
    assert not engine.present
    with pytest.raises(MissingExtraError, match="tesseract"):
        engine.words(printed(), 200.0)


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> _Tesseract:
    def run(*given: Any, **more: Any) -> Any:
        raise error

    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/tesseract")
    monkeypatch.setattr(subprocess, "run", run)
    return _Tesseract()


def test_in_a_guarded_process_it_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not failing(monkeypatch, ForbiddenError("no", "no")).present


def test_a_page_on_which_it_hangs_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = failing(monkeypatch, subprocess.TimeoutExpired("tesseract", 60))
    with pytest.raises(ResourceError, match="60 seconds"):
        engine.words(printed(), 200.0)
