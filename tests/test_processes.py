"""A function in a process of its own: its answer, its events, its errors, and its death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from socle import processes
from socle.errors import MissingExtraError, ResourceError, RowsError, SocleError
from socle.events import Event, Listener, Noted, Stepped
from tests.flows.running import HEARS, LIMIT


def add(a: int, b: int, *, listen: Listener) -> tuple[int, int]:
    return a + b, os.getpid()


def refuse(*, listen: Listener) -> None:
    raise RowsError("Row 7 is empty.", "Fill it.")


def lack(*, listen: Listener) -> None:
    raise MissingExtraError("gguf", "llm")


def fail(kind: type[Exception], *, listen: Listener) -> None:
    raise kind("as planned")


def die(*, listen: Listener) -> None:
    listen(Noted("dying"))
    os.kill(os.getpid(), signal.SIGKILL)


def leave(*, listen: Listener) -> None:
    os._exit(3)


def chatter(*, listen: Listener) -> str:
    sys.stdout.write("on standard output\n")
    sys.stdout.flush()
    os.write(1, b"straight to the first stream\n")
    listen(Noted("still heard"))
    return "done"


def count(n: int, *, listen: Listener) -> int:
    for i in range(n):
        listen(Stepped("counting", i, "x" * 100))
    return n


def measure(given: bytes, *, listen: Listener) -> bytes:
    return given[::-1]


def wait(mark: str, *, listen: Listener) -> None:
    Path(mark).write_text(str(os.getpid()))
    try:
        listen(Noted("waiting"))
        time.sleep(60)
    except KeyboardInterrupt:
        Path(mark).with_suffix(".saved").touch()
        raise


def test_a_function_answers_from_another_process() -> None:
    found, pid = processes.apart(add, 2, 3)
    assert found == 5
    assert pid != os.getpid()


def test_a_refusal_comes_back_as_it_was() -> None:
    with pytest.raises(RowsError) as caught:
        processes.apart(refuse)
    assert (caught.value.message, caught.value.hint) == ("Row 7 is empty.", "Fill it.")


def test_a_refusal_made_of_other_words_comes_back_too() -> None:
    with pytest.raises(MissingExtraError, match=r"socle\[llm\]"):
        processes.apart(lack)


@pytest.mark.parametrize("kind", [TypeError, MemoryError])
def test_any_other_failure_is_told_in_words(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOCLE_DEBUG", raising=False)
    with pytest.raises(ResourceError) as caught:
        processes.apart(fail, kind)
    said = "memory of this machine" if kind is MemoryError else "TypeError: as planned"
    assert said in caught.value.message
    assert caught.value.hint


def test_a_child_that_is_killed_is_told_and_harms_nobody() -> None:
    heard: list[Event] = []
    with pytest.raises(ResourceError, match=r"was killed \(signal 9\)") as caught:
        processes.apart(die, listen=heard.append)
    assert "memory" in caught.value.hint
    assert heard == [Noted("dying")]


def test_a_child_that_leaves_without_a_word_is_told() -> None:
    with pytest.raises(ResourceError, match="ended with code 3"):
        processes.apart(leave)


def test_what_a_library_prints_does_not_land_among_the_answers(
    capfd: pytest.CaptureFixture[str],
) -> None:
    heard: list[Event] = []
    assert processes.apart(chatter, listen=heard.append) == "done"
    assert heard == [Noted("still heard")]
    out, err = capfd.readouterr()
    assert out == ""
    assert "on standard output" in err
    assert "straight to the first stream" in err


def test_a_module_that_prints_while_it_is_imported_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loud_plugin.py").write_text(
        "print('loaded', flush=True)\ndef work(*, listen): return 'worked'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import loud_plugin  # type: ignore[import-not-found]

    assert processes.apart(loud_plugin.work) == "worked"


def test_events_come_in_order_and_none_is_lost() -> None:
    heard: list[Any] = []
    assert processes.apart(count, 2000, listen=heard.append) == 2000
    assert [event.done for event in heard] == list(range(2000))


def test_more_than_a_pipe_holds_goes_in_and_comes_out() -> None:
    given = os.urandom(1 << 20)
    assert processes.apart(measure, given) == given[::-1]


def test_an_interrupt_lets_the_child_save_and_goes_on_up(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = (
        f"{HEARS}\nfrom socle import processes\nfrom tests.test_processes import wait\n"
        f"try:\n    processes.apart(wait, {str(mark)!r}, listen=lambda e: print(e, flush=True))\n"
        "except KeyboardInterrupt:\n    raise SystemExit(130)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    killer = threading.Timer(LIMIT, process.kill)
    killer.start()
    assert process.stdout is not None
    with process.stdout:
        assert "waiting" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    killer.cancel()
    assert mark.with_suffix(".saved").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_a_listener_that_fails_leaves_no_child_behind(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def listen(event: Event) -> None:
        raise SocleError("enough")

    began = time.monotonic()
    with pytest.raises(SocleError, match="enough"):
        processes.apart(wait, str(mark), listen=listen)
    assert time.monotonic() - began < 50
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def add_silently(a: int, b: int) -> tuple[int, int]:
    return a + b, os.getpid()


def refuse_silently() -> None:
    refuse(listen=lambda event: None)


def ask_input() -> str:
    return sys.stdin.read()


def test_a_worker_answers_call_after_call() -> None:
    heard: list[Event] = []
    worker = processes.Worker()
    try:
        assert worker.call(add_silently, 1, 2) == (3, worker.number)
        with pytest.raises(RowsError, match="Row 7"):
            worker.call(refuse_silently)
        with pytest.raises(MemoryError):
            worker.call(fail, MemoryError, listen=heard.append)
        assert worker.call(count, 3, listen=heard.append) == 3
        assert worker.call(ask_input) == ""
        assert worker.call(measure, b"abc", listen=heard.append) == b"cba"
        assert len(heard) == 3
        assert not worker.gone
        with pytest.raises(processes.EndedError, match="ended with code 3") as caught:
            worker.call(leave, listen=heard.append)
        assert caught.value.code == 3
        assert worker.gone
    finally:
        worker.kill()
    with pytest.raises(ProcessLookupError):
        os.kill(worker.number, 0)


def test_a_worker_that_was_stopped_is_gone_at_once() -> None:
    worker = processes.Worker()
    try:
        assert worker.call(add_silently, 1, 2)[0] == 3
        os.kill(worker.number, signal.SIGSTOP)  # so that it is slow to be seen dead
        worker.stop()
        assert worker.gone
    finally:
        worker.kill()


def test_a_worker_has_the_environment_that_it_is_given() -> None:
    worker = processes.Worker(environment={"SOCLE_TEST": "here"})
    try:
        assert worker.call(os.getenv, "SOCLE_TEST") == "here"
    finally:
        worker.kill()
