"""Work in confined children: limits, deaths, what they may not do, and that the others go on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from socle import processes
from socle.errors import ResourceError, RowsError, SocleError, UnreadableError
from socle.guard import Guard, Limits
from socle.readings import Field
from tests.flows.running import HEARS, LIMIT

MB = 1 << 20
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="a fence of this kernel")


def double(item: int, times: int = 2) -> tuple[int, int]:
    return item * times, os.getpid()


def act(item: str) -> Any:
    """Do what the name of the item says."""
    return ACTS[item]()


def _refuse() -> None:
    raise RowsError("Row 7 is empty.", "Fill it.")


def _fail() -> None:
    raise KeyError("as planned")


def _sleep() -> None:
    time.sleep(60)


def _compute() -> None:
    while True:
        pass


def _eat() -> int:
    held = []
    while True:
        held.append(bytearray(os.urandom(4096) * 2048))


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _crash() -> None:
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSEGV)


def _connect() -> None:
    socket.create_connection(("127.0.0.1", 9), timeout=5)


def _resolve() -> None:
    socket.getaddrinfo("example.org", 80)


def _send() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))


def _start() -> None:
    subprocess.run([sys.executable, "-c", ""], check=False)


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _write() -> None:
    Path("should-not-be-there").write_text("x")


def _remove() -> None:
    Path(__file__).unlink()


def _machine_code() -> dict[str, int]:
    """Call the system past Python."""
    import ctypes

    libc = ctypes.CDLL(None)
    file = libc.open(f"/tmp/should-not-be-there-{os.getpid()}".encode(), os.O_CREAT | os.O_RDWR)
    plug = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    address = b"\x02\x00\x00\x09\x7f\x00\x00\x01" + bytes(8)
    return {
        "file": file,
        "connected": libc.connect(plug, address, 16),
        "program": libc.system(b"exit 0"),
    }


def _function() -> Any:
    return subprocess.run


def _value() -> Field:
    return Field(date(2026, 1, 2).isoformat(), "2. Januar", page=1, boxes=((0, 0, 1, 1),))


def _fences() -> list[str]:
    """Which fences stand, told by the traces that they leave."""
    status = Path("/proc/self/status").read_text()
    return [line for line in status.splitlines() if line.startswith("NoNewPrivs")]


ACTS: dict[str, Callable[[], Any]] = {
    name.removeprefix("_"): found
    for name, found in list(globals().items())
    if name.startswith("_") and callable(found) and found.__module__ == __name__
}


@pytest.fixture
def guard() -> Iterator[Guard]:
    with Guard(Limits(memory=300 * MB, seconds=2.0, cpu_seconds=30), jobs=1) as guard:
        yield guard


def _one(guard: Guard, name: str) -> Any:
    [(item, found)] = guard.map(act, [name])
    assert item == name
    return found


def test_answers_come_from_warm_children(guard: Guard) -> None:
    first = dict(guard.map(double, range(5)))
    more = dict(guard.map(double, range(5), 3))
    assert {item: found[0] for item, found in first.items()} == {i: 2 * i for i in range(5)}
    assert {item: found[0] for item, found in more.items()} == {i: 3 * i for i in range(5)}
    pids = {found[1] for found in (*first.values(), *more.values())}
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_children_work_side_by_side() -> None:
    with Guard(jobs=2) as guard:
        assert len({found[1] for _, found in guard.map(double, range(400))}) == 2


def test_no_items_is_no_work(guard: Guard) -> None:
    assert list(guard.map(double, [])) == []


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("refuse", RowsError, "Row 7 is empty"),
        ("fail", ResourceError, "KeyError: 'as planned'"),
        ("sleep", UnreadableError, "more than 2 seconds and"),
        ("eat", UnreadableError, "more than 300 MB of memory"),
        ("die", ResourceError, "system killed"),
        ("crash", UnreadableError, "SIGSEGV"),
        ("connect", ResourceError, "reach the network"),
        ("resolve", ResourceError, "reach the network"),
        ("send", ResourceError, "reach the network"),
        ("start", ResourceError, "start a program"),
        ("fork", ResourceError, "start a program"),
        ("write", ResourceError, "write a file"),
        ("remove", ResourceError, "change files"),
        ("function", ResourceError, "cannot be understood"),
    ],
)
def test_a_bad_item_gets_its_own_error_and_the_others_go_on(
    guard: Guard, name: str, kind: type[SocleError], said: str
) -> None:
    found = dict(guard.map(act, ["value", name, "value"]))
    assert isinstance(found[name], kind)
    assert said in found[name].message
    assert found[name].hint
    assert found["value"] == _value()


def test_computing_is_limited_for_each_item() -> None:
    with Guard(Limits(seconds=30, cpu_seconds=1), jobs=1) as guard:
        assert "1 seconds of computing" in _one(guard, "compute").message
        assert _one(guard, "value") == _value()


@LINUX
def test_machine_code_is_confined_too(guard: Guard) -> None:
    if "NoNewPrivs:\t1" not in _one(guard, "fences"):
        pytest.skip("this kernel has no Landlock")
    found = _one(guard, "machine_code")
    assert found["file"] < 0
    assert found["connected"] < 0
    assert found["program"] != 0


def test_a_child_is_replaced_after_so_many_items() -> None:
    with Guard(jobs=1, recycled=2) as guard:
        assert len({found[1] for _, found in guard.map(double, range(6))}) == 3


def test_items_are_taken_as_there_is_room(guard: Guard) -> None:
    taken = []

    def items() -> Iterator[int]:
        for i in range(100):
            taken.append(i)
            yield i

    found = guard.map(double, items())
    next(found)
    assert len(taken) < 5
    found.close()  # type: ignore[attr-defined]
    assert dict(guard.map(double, [1]))[1][0] == 2


def test_a_guard_that_is_left_lets_go_of_who_waits() -> None:
    with Guard(jobs=2) as guard:
        found = guard.map(double, range(10))
        next(found)
        with pytest.raises(ValueError, match="another map"):
            next(guard.map(double, [1]))
    list(found)
    with pytest.raises(ValueError, match="closed"):
        next(guard.map(double, [1]))


def test_ctrl_c_kills_all() -> None:
    code = (
        f"{HEARS}\nfrom socle.guard import Guard\nfrom tests.test_guard import act, double\n"
        "with Guard(jobs=2) as guard:\n"
        "    print(*{pid for _, (_, pid) in guard.map(double, range(200))}, flush=True)\n"
        "    try:\n        list(guard.map(act, ['sleep', 'sleep']))\n"
        "    except KeyboardInterrupt:\n        raise SystemExit(130)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    killer = threading.Timer(LIMIT, process.kill)
    killer.start()
    assert process.stdout is not None
    with process.stdout:
        pids = [int(word) for word in process.stdout.readline().split()]
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    killer.cancel()
    assert pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@LINUX
def test_children_die_with_their_parent() -> None:
    code = (
        "import os, signal\nfrom socle.guard import Guard\nfrom tests.test_guard import double\n"
        "guard = Guard(jobs=1)\n"
        "print(next(guard.map(double, [1]))[1][1], flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    pid = int(done.stdout)
    until = time.monotonic() + 10
    while time.monotonic() < until and Path(f"/proc/{pid}").exists():
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


def test_what_cannot_be_sent_is_told(guard: Guard) -> None:
    found = list(guard.map(double, [threading.Lock(), 2]))
    assert isinstance(found[0][1], ResourceError)
    assert found[1][1][0] == 4


def test_a_child_that_is_not_trusted_sends_values_only() -> None:
    worker = processes.Worker(trusted=False)
    try:
        assert worker.call(_value) == _value()
        with pytest.raises(ResourceError, match="cannot be understood"):
            worker.call(_function)
    finally:
        worker.kill()
