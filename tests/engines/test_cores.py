"""How many cores an engine uses."""

from __future__ import annotations

import os

import pytest

from socle.machine import physical_cores


def test_it_is_told_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCLE_THREADS", "7")
    assert physical_cores() == 7


@pytest.mark.parametrize("asked", ["", "0", "-2", "many", "1.5"])
def test_what_is_no_number_of_cores_is_ignored(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOCLE_THREADS", raising=False)
    expected = physical_cores()
    monkeypatch.setenv("SOCLE_THREADS", asked)
    assert physical_cores() == expected


def test_it_is_no_more_than_the_machine_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOCLE_THREADS", raising=False)
    assert 1 <= physical_cores() <= (os.cpu_count() or 1)


def test_cores_that_are_not_ours_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOCLE_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert physical_cores() == 1
