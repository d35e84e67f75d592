"""Servers of language models on 127.0.0.1, real ones but for the model: each word is a token.

A token has the logarithm of probability -0.1 per character, so an option's is -0.1 times its
length, into however many tokens it falls.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

BOS = "<s>"


@dataclass(frozen=True)
class Reply:
    """What a server answers, where it is not JSON with 200."""

    status: int = 200
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What a server was asked."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any] | None


class FakeServer:
    """Answers each path with what its function makes of the body; 404 for other paths."""

    def __init__(self, routes: dict[str, Callable[[dict[str, Any]], Any]]) -> None:
        self.routes = routes
        self.seen: list[Request] = []
        self.most_at_once = 0
        self._at_once = 0
        self._counting = threading.Lock()

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def asked(self, path: str) -> list[dict[str, Any]]:
        """Return the bodies of the requests to a path."""
        return [request.body or {} for request in self.seen if request.path == path]

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._handle(self, None)

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                outer._handle(self, json.loads(raw))

            def log_message(self, format: str, *given: Any) -> None:
                """Keep quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=lambda: self._http.serve_forever(0.01))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _handle(self, handler: BaseHTTPRequestHandler, body: dict[str, Any] | None) -> None:
        with self._counting:
            self.seen.append(Request(handler.path, dict(handler.headers), body))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        route = self.routes.get(handler.path, lambda body: Reply(404, b'{"error": "no such page"}'))
        said = route(body or {})
        with self._counting:
            self._at_once -= 1
        reply = said if isinstance(said, Reply) else Reply(200, json.dumps(said).encode())
        try:
            handler.send_response(reply.status)
            for name, value in reply.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(reply.content)))
            handler.end_headers()
            handler.wfile.write(reply.content)
        except OSError:
            """The client has lost its patience."""


def models(*names: str, **told: Any) -> Callable[[dict[str, Any]], Any]:
    """Return what answers /v1/models: with another time whenever it is asked, as vLLM does."""
    return lambda body: {"data": [{"id": n, "created": time.time_ns(), **told} for n in names]}


def words(text: str) -> list[str]:
    """Return the tokens of a text."""
    return re.findall(r"\s*\S+", text)


def completed(body: dict[str, Any]) -> dict[str, Any]:
    """Answer /v1/completions as vLLM does: `echo`, probabilities, and a special token first.

    What it writes is the last word of the prompt, and after it ` END`.
    """
    written = [words(body["prompt"])[-1], " END"][: body["max_tokens"]]
    tokens = [BOS, *words(body["prompt"]), *written] if body.get("echo") else written
    starts = [sum(map(len, tokens[:i])) for i in range(len(tokens))]
    logs = [None if token == BOS else -0.1 * len(token) for token in tokens]
    text = (body["prompt"] if body.get("echo") else "") + "".join(written)
    told = {"tokens": tokens, "text_offset": starts, "token_logprobs": logs}
    reason = "length" if body["max_tokens"] < 2 else "stop"
    choice = {"text": text, "finish_reason": reason}
    return {"choices": [choice | ({"logprobs": told} if body.get("logprobs") else {})]}


def without_logs(body: dict[str, Any]) -> Any:
    """Answer /v1/completions as Ollama does: neither `echo` nor probabilities, nor a schema."""
    return completed({k: v for k, v in body.items() if k not in ("echo", "logprobs")})


def chat(text: str, reason: str = "stop") -> dict[str, Any]:
    """Return the answer of a chat."""
    return {"choices": [{"message": {"content": text}, "finish_reason": reason}]}
