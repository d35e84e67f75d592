"""How progress is shown: a line now and then in a log, bars that go away on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from socle.cli.progress import EVERY, Bars, Lines, bars
from socle.events import Event, Finished, Noted, Scored, Started, Stepped


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def screen() -> Console:
    return Console(file=io.StringIO(), width=120, highlight=False)


def text(screen: Console) -> str:
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def heard(screen: Console, clock: Clock, *events: tuple[float, Event]) -> list[str]:
    """Return the lines said of events, each after so many seconds."""
    listen = Lines(screen, clock)
    for seconds, event in events:
        clock.now += seconds
        listen(event)
    return text(screen).splitlines()


def test_steps_are_said_at_intervals_only(screen: Console, clock: Clock) -> None:
    steps = [(1.0, Stepped("Training", i + 1, "loss 0.5")) for i in range(40)]
    lines = heard(screen, clock, (0, Started("Training", 100)), *steps)
    assert lines == [
        "Training: 15 of 100, about 85 s left loss 0.5",
        "Training: 30 of 100, about 70 s left loss 0.5",
    ]
    assert EVERY == 15


def test_without_a_total_no_time_is_guessed(screen: Console, clock: Clock) -> None:
    lines = heard(screen, clock, (0, Started("Reading", None)), (20, Stepped("Reading", 7)))
    assert lines == ["Reading: 7"]


def test_the_time_left_counts_from_the_start_of_the_job(screen: Console, clock: Clock) -> None:
    lines = heard(
        screen, clock, (500, Started("Reading", 10)), (0, Stepped("Reading", 0)),
        (30, Stepped("Reading", 3)),
    )  # fmt: skip
    assert lines == ["Reading: 0 of 10"[:10], "Reading: 3 of 10, about 70 s left"]


def test_what_was_found_is_said_at_once(screen: Console, clock: Clock) -> None:
    lines = heard(
        screen, clock, (0, Noted("5 rows [left] out")), (0, Scored("head", {"accuracy": 0.5}))
    )
    assert lines[0] == "5 rows [left] out"
    assert lines[1].startswith("head: accuracy 0.500")


def test_what_is_said_starts_the_interval_anew(screen: Console, clock: Clock) -> None:
    lines = heard(
        screen, clock, (0, Started("Training", 4)), (14, Noted("still here")),
        (10, Stepped("Training", 1)), (5, Stepped("Training", 2)),
    )  # fmt: skip
    assert lines == ["still here", "Training: 2 of 4, about 29 s left"]


def test_a_finished_job_is_forgotten(screen: Console, clock: Clock) -> None:
    lines = heard(
        screen, clock, (0, Started("Reading", 4)), (1, Finished("Reading", 1.0)),
        (20, Stepped("Reading", 2)),
    )  # fmt: skip
    assert lines == ["Reading: 2"]


def test_bars_come_and_go_with_their_jobs(screen: Console) -> None:
    progress = Progress(console=screen, disable=True)
    listen = Bars(progress)
    listen(Started("Reading", 10))
    listen(Started("Training", None))
    listen(Stepped("Reading", 4, "fast"))
    reading, training = progress.tasks
    assert (reading.completed, reading.total, reading.fields["detail"]) == (4, 10, "fast")
    assert training.total is None
    listen(Finished("Reading", 1.0))
    assert [task.description for task in progress.tasks] == ["Training"]


def test_a_job_that_starts_again_has_one_bar(screen: Console) -> None:
    progress = Progress(console=screen, disable=True)
    listen = Bars(progress)
    listen(Started("Reading", 10))
    listen(Stepped("Reading", 9))
    listen(Started("Reading", 20))
    [task] = progress.tasks
    assert (task.completed, task.total) == (0, 20)


def test_events_of_a_job_that_nobody_began_do_no_harm(screen: Console) -> None:
    progress = Progress(console=screen, disable=True)
    listen = Bars(progress)
    listen(Stepped("Reading", 9))
    listen(Finished("Reading", 1.0))
    assert progress.tasks == []


def test_what_is_noted_stays_above_the_bars() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=120, highlight=False)
    with bars(screen) as listen:
        listen(Started("Reading", 10))
        listen(Noted("a [note]"))
        listen(Scored("head", {"accuracy": 0.5}))
        listen(Finished("Reading", 1.0))
    assert "a [note]" in text(screen)
    assert "head: accuracy 0.500" in text(screen)
