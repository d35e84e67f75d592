"""The vocabulary of long jobs."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from socle.events import Event, Finished, Noted, Scored, Started, Stepped, duration, silent


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0.0 s"),
        (8.44, "8.4 s"),
        (9.949, "9.9 s"),
        (9.951, "10 s"),
        (75.0, "75 s"),
        (99.4, "99 s"),
        (99.6, "2 min"),
        (3540.0, "59 min"),
        (5969.0, "99 min"),
        (5970.0, "1.7 h"),
        (9000.0, "2.5 h"),
    ],
)
def test_a_duration_is_said_as_people_do(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    "event",
    [
        Started("Training"),
        Stepped("Training", 3, "loss 0.1"),
        Finished("Training", 1.5),
        Scored("head", {"accuracy": 0.9}),
        Noted("Some words."),
    ],
)
def test_an_event_is_a_value_that_nobody_changes(event: Event) -> None:
    assert type(event) in get_args(Event)
    assert event == dataclasses.replace(event)
    name = dataclasses.fields(event)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(event, name, "other")
    silent(event)
