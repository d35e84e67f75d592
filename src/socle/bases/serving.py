"""Talking to a server of language models, the one way for all.

The key, where a server wants one, is read from the environment variable SOCLE_API_KEY whenever a
conversation begins, and nothing that Socle writes holds it. What may pass is tried again.
"""

from __future__ import annotations

import email.utils
import ipaddress
import json
import math
import os
import queue
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar
from urllib.parse import urlsplit

from socle.errors import EndpointError, UsageError

if TYPE_CHECKING:
    import httpx2

KEY = "SOCLE_API_KEY"
TIMEOUT = "SOCLE_ENDPOINT_TIMEOUT"
OFFLINE = "SOCLE_OFFLINE"
EXAMPLE = "http://localhost:8080/v1 or https://host/v1#model"
TRIES = 4
AT_ONCE = 4
"""Requests in flight."""
_CONNECTING, _READING = 5.0, 120.0
_LONGEST_WAIT = 60.0
"""Seconds; a server that wants us to wait longer is given up."""
_SHOWN = 200
"""Characters of an answer that an error shows."""

_UNFIT = (LookupError, TypeError, ValueError, AttributeError)
"""What a reader raises where an answer is not what was asked for."""

T = TypeVar("T")
Wait = Callable[[float], None]


class RefusedError(EndpointError):
    """A server has no such route, model or parameter: to ask again is of no use."""


class _PassingError(Exception):
    """What may be better at the next try; `wait` are the seconds that the server asks for."""

    def __init__(self, said: str, hint: str, wait: float = 0.0) -> None:
        super().__init__(said)
        self.said, self.hint, self.wait = said, hint, wait


@dataclass(frozen=True)
class Address:
    """Where a server is, and which of its models is meant."""

    url: str
    """Without a slash at its end, as in `http://localhost:8080/v1`."""
    model: str = ""
    """Empty where the server's only one is meant."""

    @property
    def name(self) -> str:
        """The address as a base is called by it."""
        return f"{self.url}#{self.model}" if self.model else self.url

    @property
    def host(self) -> str:
        """The machine's name or number."""
        return urlsplit(self.url).hostname or ""

    @property
    def root(self) -> str:
        """Where a server has what is its own and not of the protocol."""
        return self.url.removesuffix("/v1")

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


class Server:
    """A conversation with a server, held in a `with` block; several threads may ask at once."""

    def __init__(self, address: Address, wait: Wait = time.sleep) -> None:
        self.address = address
        self._wait = wait

    def __enter__(self) -> Self:
        import httpx2

        local = self.address.is_local
        if not local and os.environ.get(OFFLINE, "").strip().lower() in ("1", "true", "yes", "on"):
            raise EndpointError(
                f"{self.address.url} was not asked: {OFFLINE} forbids the network.",
                f"Unset {OFFLINE}, or name a server on this machine.",
            )
        connecting, reading = _limits()
        self._key = _key()
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {self._key}"} if self._key else {}
        # A proxy of the environment must not get what was meant for this machine. Redirections are
        # not followed: the key is for the one host that the user has named.
        self._client: httpx2.Client = httpx2.Client(
            headers=headers,
            timeout=httpx2.Timeout(reading, connect=connecting),
            trust_env=not local,
            follow_redirects=False,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def ask(
        self,
        path: str,
        body: Mapping[str, Any] | None,
        read: Callable[[Any], T],
        tries: int = TRIES,
    ) -> T:
        """Return what `read` makes of an answer.

        What may pass (no connection, too slow, 429, 5xx, nonsense) is tried again, after waits
        that double and are drawn around their mean, so that several clients do not come back at
        once; a server that says how long to wait is obeyed.

        Args:
            path: below the address, as in `completions`; with a slash first, below its root.
            body: what is sent, to which the model's name is added; None to ask for a page.
            read: takes the answer's JSON; raises LookupError, TypeError, ValueError or
                AttributeError where it is not what was asked for.
            tries: most of them.

        Raises:
            RefusedError: the server has no such route, model or parameter.
            EndpointError: it is down, too slow, refuses the key, or answers nonsense.
        """
        done = 0
        while True:
            try:
                return self._once(path, body, read)
            except _PassingError as trouble:
                done += 1
                if done >= tries or trouble.wait > _LONGEST_WAIT:
                    self._fail(trouble.said, trouble.hint, done)
                self._wait(max(trouble.wait, 2.0 ** (done - 2) * (0.5 + random.random())))

    def ask_if_able(
        self, path: str, body: Mapping[str, Any], read: Callable[[Any], T], tries: int = TRIES
    ) -> T | None:
        """Return what `ask` does; None where the server cannot do what is asked of it.

        Raises:
            EndpointError: as `ask` does.
        """

        def fit(said: Any) -> T | None:
            try:
                return read(said)
            except _UNFIT:
                return None

        try:
            return self.ask(path, body, fit, tries)
        except RefusedError:
            return None

    def _once(self, path: str, body: Mapping[str, Any] | None, read: Callable[[Any], T]) -> T:
        import httpx2

        named = {"model": self.address.model} if self.address.model else {}
        place = f"{self.address.root}{path}" if path[0] == "/" else f"{self.address.url}/{path}"
        try:
            if body is None:
                response = self._client.get(place)
            else:
                response = self._client.post(place, content=json.dumps({**named, **body}))
        except httpx2.TimeoutException as error:
            slow = f"Give it more time with {TIMEOUT}=SECONDS, or check that it is not overloaded."
            raise _PassingError("did not answer in time", slow) from error
        except httpx2.RequestError as error:
            down = "Check that the server runs, and that its address is right."
            raise _PassingError(f"cannot be reached ({self._short(str(error))})", down) from error
        except (httpx2.InvalidURL, UnicodeError) as error:
            self._fail(f"is not an address ({error})", f"One looks like {EXAMPLE}.", 1)
        if not response.is_success:
            self._refuse(response)
        try:
            return read(json.loads(response.content))
        except (*_UNFIT, RecursionError) as error:
            raise _PassingError(
                f"answered nonsense to {path}: {self._short(response.text) or 'nothing'}",
                f"Check that the address is that of a server of this kind, as in {EXAMPLE}.",
            ) from error

    def _refuse(self, response: httpx2.Response) -> NoReturn:
        code = response.status_code
        said = f"answered {code}: {self._short(response.text) or response.reason_phrase}"
        if code in (401, 403):
            asked = f"Check the key in {KEY}." if self._key else f"Set its key in {KEY}."
            self._fail(said, asked, 1)
        if 300 <= code < 400:
            to = self._short(response.headers.get("location", "elsewhere"))
            self._fail(f"redirects to {to}", "Give the address where the server is.", 1)
        # llama.cpp says 500 where it does not know a parameter.
        unknown = code == 501 or (code == 500 and "support" in response.text.casefold())
        if code in (408, 429) or (code >= 500 and not unknown):
            hint = "Wait a while, or see the server's log or your quota there."
            raise _PassingError(said, hint, _asked_wait(response.headers.get("retry-after", "")))
        raise RefusedError(
            f"{self.address.url} {said} (1 try).",
            "Check the address, which mostly ends in /v1, and the model's name behind #.",
        )

    def _fail(self, said: str, hint: str, tries: int) -> NoReturn:
        count = f"{tries} {'try' if tries == 1 else 'tries'}"
        # Without its cause: the errors of an HTTP library carry the request, and with it the key.
        raise EndpointError(f"{self.address.url} {said} ({count}).", hint) from None

    def _short(self, text: str) -> str:
        """What a server said, on one line, without the key if it was said back."""
        plain = " ".join((text.replace(self._key, "***") if self._key else text).split())
        return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}..."


def in_flight(
    work: Callable[[int], T], count: int, step: Callable[[int], None]
) -> tuple[dict[int, T], Exception | None]:
    """Do `work` for every number, some at once; after a failure no other begins.

    Returns:
        Number -> result, of all that were done, and the first failure.
    """
    todo = iter(range(count))
    taking, stopped = threading.Lock(), threading.Event()
    outcomes: queue.SimpleQueue[tuple[int, T] | Exception | None] = queue.SimpleQueue()

    def run() -> None:
        while not stopped.is_set():
            with taking:
                i = next(todo, None)
            if i is None:
                break
            try:
                outcomes.put((i, work(i)))
            except Exception as error:
                stopped.set()
                outcomes.put(error)
        outcomes.put(None)

    # Daemons: whoever interrupts must not have to wait for a slow server.
    running = min(AT_ONCE, count)
    for _ in range(running):
        threading.Thread(target=run, daemon=True).start()
    done: dict[int, T] = {}
    errors: list[Exception] = []
    try:
        while running:
            outcome = outcomes.get()
            if outcome is None:
                running -= 1
            elif isinstance(outcome, Exception):
                errors.append(outcome)
            else:
                done[outcome[0]] = outcome[1]
                step(len(done))
    finally:
        stopped.set()
    return done, errors[0] if errors else None


def _key() -> str:
    key = os.environ.get(KEY, "").strip()
    if not re.fullmatch(r"[!-~]*", key):
        raise UsageError(
            f"{KEY} holds a space or a character that no key has.", "Copy the key again."
        )
    return key


def _limits() -> tuple[float, float]:
    """Seconds to wait for a connection, and for an answer."""
    said = os.environ.get(TIMEOUT, "").strip()
    try:
        given = [float(part) for part in said.split(",")] if said else [_READING]
    except ValueError:
        given = []
    if len(given) not in (1, 2) or not all(0 < seconds < math.inf for seconds in given):
        raise UsageError(
            f"{TIMEOUT} is {said!r}.",
            "Give the seconds to wait for an answer, as in 300, or for a connection and for an "
            "answer, as in 5,300.",
        )
    return given[-2] if len(given) == 2 else _CONNECTING, given[-1]


def _asked_wait(said: str) -> float:
    """Seconds of a header Retry-After: a number, or a date."""
    try:
        seconds = float(said) if said else 0.0
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(said).timestamp() - time.time()
        except (ValueError, OverflowError):
            return 0.0
    return max(seconds, 0.0) if math.isfinite(seconds) else 0.0
