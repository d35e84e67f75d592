"""The number type is measured, unless it was asked for."""

from __future__ import annotations

import pytest

from socle.training import device
from socle.training.device import BFLOAT16, FLOAT32, Precision, choose


class Machine:
    """A machine whose speeds are given: matrix products a second, seconds a step."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, matrix: float, step: float) -> None:
        speeds = {"float32": 1e10, "bfloat16": 1e10 * matrix}
        monkeypatch.setattr(device, "matrix_speed", lambda name: speeds[name])
        monkeypatch.setattr(device, "_timed", self._timed)
        self._seconds = {FLOAT32: 1.0, BFLOAT16: 1.0 / step}
        self.ran: list[Precision] = []

    def step(self, precision: Precision) -> None:
        self.ran.append(precision)

    def _timed(self, work: object) -> float:
        work()  # type: ignore[operator]
        return self._seconds[self.ran[-1]]


@pytest.mark.parametrize(
    ("matrix", "step", "expected"),
    [(4.0, 2.0, BFLOAT16), (4.0, 1.1, FLOAT32), (4.0, 0.2, FLOAT32), (1.2, 1.2, BFLOAT16)],
)
def test_the_faster_step_wins_by_a_margin(
    matrix: float, step: float, expected: Precision, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, matrix, step)
    assert choose(machine.step, "auto") is expected
    assert set(machine.ran) == {FLOAT32, BFLOAT16}


@pytest.mark.parametrize("matrix", [0.002, 0.9, 1.1])
def test_bfloat16_is_not_even_tried_where_its_products_are_slow(
    matrix: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, matrix, 100.0)
    assert choose(machine.step, "auto") is FLOAT32
    assert machine.ran == []


@pytest.mark.parametrize(("asked", "expected"), [("float32", FLOAT32), ("bfloat16", BFLOAT16)])
def test_what_is_asked_for_is_given_unmeasured(
    asked: str, expected: Precision, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, 1.0, 1.0)
    assert choose(machine.step, asked) is expected
    assert machine.ran == []


def test_a_speed_is_measured() -> None:
    assert device.matrix_speed("float32", size=128) > 1e7
