"""A language model behind an address: any server that speaks OpenAI's protocol.

Servers differ in what they tell. The decoder finds out with short questions of its own, never with
a user's text, and remembers it; `socle.bases.completions` says in which ways likelihoods are had.
Answers that are the same whenever they are asked for are kept in the folder of the base, so that a
run that broke off goes on from there.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from socle.bases import Located, completions
from socle.bases.endpoints import address
from socle.bases.serving import Server, Wait, in_flight
from socle.decoders import Precision, Style
from socle.errors import EndpointError, PromptError
from socle.events import Finished, Listener, Noted, Started, Stepped, silent
from socle.examples import Written
from socle.files import sha256_of_texts, write_atomically

T = TypeVar("T")
Route = Literal["completions", "chat/completions"]

TOKEN_BYTES = 3
"""Bytes of UTF-8 (in English as many characters) that a token is taken to have where the server
does not count: fewer than in most texts, so that the estimate is mostly too high."""
_KEPT = "1"
"""Of the way in which answers are kept; another number leaves the old ones aside."""
_PROBE_SCHEMA = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}
_SPECIALS = """
<s> </s> <unk> <pad> <bos> <eos> <|endoftext|> <|im_start|> <|im_end|> <|im_sep|> [INST] [/INST]
<<SYS>> <</SYS>> <|begin_of_text|> <|end_of_text|> <|start_header_id|> <|end_header_id|> <|eot_id|>
<|eom_id|> <|system|> <|user|> <|assistant|> <|end|> <start_of_turn> <end_of_turn> <|start|>
<|message|> <|channel|> <|return|> [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_CALLS]
"""


class UnfinishedError(EndpointError):
    """A server failed before all prompts were answered."""

    def __init__(self, message: str, hint: str = "", done: Mapping[int, Any] | None = None) -> None:
        super().__init__(message, hint)
        self.done = dict(done or {})
        """Number of a prompt -> its answer: a `Written`, or a row of likelihoods."""


class RemoteDecoder:
    """A model behind an address; each call is a conversation of its own."""

    def __init__(self, located: Located, wait: Wait = time.sleep) -> None:
        self.way: completions.Way | None = None
        """How likelihoods are had; None until they were asked for."""
        self._located = located
        self._address = address(located.base.name)
        self._wait = wait
        self._counts: bool | None = None
        """Whether the server is llama.cpp's, which counts tokens; None until it has answered."""
        self._route: Route | None = None
        self._tells = False
        """Whether completions come with their probabilities."""
        self._schema_route: Route | None = None

    @property
    def context(self) -> int:
        """Most tokens that a prompt and its answer may have together."""
        return self._located.base.context

    @property
    def specials(self) -> tuple[str, ...]:
        """Special tokens of widespread models: which of them this one has, the server hides."""
        return tuple(_SPECIALS.split())

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return how many tokens each text has, (n,); estimated, unless the server is llama.cpp's.

        Raises:
            EndpointError: a server that counts has failed.
        """
        with Server(self._address, self._wait) as server:
            return self._counted(server, texts)

    def likelihoods(
        self, prompts: Sequence[str], options: Sequence[str], listen: Listener = silent
    ) -> NDArray[np.float64]:
        """Return how likely each option is to follow each prompt, in the best way there is.

        Sums of logarithms where `way` is `echo`, stand-ins for them otherwise.

        Raises:
            PromptError: a prompt with the longest option is longer than the context.
            UnfinishedError: the server failed; what was answered is in it, and kept.
            EndpointError: it failed before that.
        """
        if not prompts or not options:
            return np.zeros((len(prompts), len(options)))
        with Server(self._address, self._wait) as server:
            self._refuse_long(server, prompts, int(self._counted(server, options).max()))
            way = self.way = self.way or completions.best_way(server)

            def one(i: int) -> list[float]:
                score = partial(completions.WAYS[way], server, prompts[i], options)
                return self._kept([way, prompts[i], *options], score)

            rows = self._each(one, len(prompts), listen, kept=True)
        found = np.asarray(rows, dtype=np.float64)
        lost = int((np.ptp(found, axis=1) == 0).sum()) if len(options) > 1 else 0
        if lost and way != "echo":
            told = f"{lost} of {len(prompts)} prompts are undecided"
            listen(Noted(f"{told}: the server's answer tells no option from the others."))
        return found

    def write(
        self, prompts: Sequence[str], style: Style, listen: Listener = silent
    ) -> list[Written]:
        """Return what the model writes behind each prompt, in order.

        Raises:
            PromptError: a prompt and the longest answer are longer than the context, the server
                does not hold to a schema, or the style asks for what the protocol lacks.
            UnfinishedError: the server failed; what was answered is in it, and kept unless the
                answers were drawn.
            EndpointError: it failed before that.
        """
        _refuse_style(style)
        if not prompts:
            return []
        with Server(self._address, self._wait) as server:
            self._refuse_long(server, prompts, style.max_tokens)
            route = self._way_to_write(server, style)
            kept = style.temperature == 0

            def one(i: int) -> Written:
                body = self._body(prompts[i], style, route)

                def ask() -> dict[str, Any]:
                    read = partial(completions.written, stops=style.stop)
                    return asdict(server.ask(route, body, read))

                meant = [route, json.dumps(body, sort_keys=True)]
                return Written(**(self._kept(meant, ask) if kept else ask()))

            return self._each(one, len(prompts), listen, kept)

    def _counted(self, server: Server, texts: Sequence[str]) -> NDArray[np.int64]:
        if not self._is_llama(server):
            sizes = [len(text.encode(errors="replace")) for text in texts]
            return np.array([-(-size // TOKEN_BYTES) for size in sizes], dtype=np.int64)

        def one(i: int) -> int:
            return server.ask("/tokenize", {"content": texts[i]}, _length)

        done, error = in_flight(one, len(texts), lambda done: None)
        if error:
            raise error
        return np.array([done[i] for i in range(len(texts))], dtype=np.int64)

    def _is_llama(self, server: Server) -> bool:
        if self._counts is None:
            with contextlib.suppress(EndpointError):  # one that is down says so where it is needed
                self._counts = (
                    server.ask_if_able("/tokenize", {"content": "a"}, _length, 1) is not None
                )
        return bool(self._counts)

    def _refuse_long(self, server: Server, prompts: Sequence[str], more: int) -> None:
        # No token is shorter than a byte, so most prompts need not be counted.
        room = self.context - more
        sizes = [len(prompt.encode(errors="replace")) + 2 for prompt in prompts]
        unsure = [i for i, size in enumerate(sizes) if size > room]
        counts = self._counted(server, [prompts[i] for i in unsure]).tolist() if unsure else []
        for i, count in zip(unsure, counts, strict=True):
            if count > room:
                about = "" if self._counts else "about "
                raise PromptError(
                    f"Prompt {i + 1} has {about}{count} tokens, its answer up to {more}: the "
                    f"context of {self._address.name} is {self.context}.",
                    f"Shorten the prompt or the answer. {self._located.base.notes}".rstrip(),
                )

    def _way_to_write(self, server: Server, style: Style) -> Route:
        """Return where the server writes, as the style wants it; found out once."""
        if self._route is None:
            self._route, self._tells = _best_route(server)
        if style.schema is None:
            return self._route
        if self._schema_route is None:
            probe = Style(max_tokens=64, schema=_PROBE_SCHEMA)
            self._is_llama(server)
            routes: tuple[Route, ...] = (self._route, "chat/completions")
            for route in dict.fromkeys(routes):
                body = self._body("Is the sky blue? Answer in JSON.", probe, route)
                if server.ask_if_able(route, body, _keeps_to_probe_schema):
                    self._schema_route = route
                    return route
            raise PromptError(
                f"{self._address.name} does not hold its answers to a JSON schema.",
                "Ask for no schema, or use another server.",
            )
        return self._schema_route

    def _body(self, prompt: str, style: Style, route: Route) -> dict[str, Any]:
        chat = route == "chat/completions"
        body: dict[str, Any] = completions.said_by_user(prompt) if chat else {"prompt": prompt}
        body |= {"max_tokens": style.max_tokens, "temperature": style.temperature}
        body |= {"top_p": style.top_p, "seed": style.seed}
        if style.stop:
            body["stop"] = list(style.stop)
        if self._tells and not chat:
            body["logprobs"] = 1
        if style.schema is not None:
            named = {"name": "answer", "schema": dict(style.schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
            # llama.cpp's own name for it; others refuse what they do not know.
            body |= {"json_schema": dict(style.schema)} if self._counts else {}
        return body

    def _kept(self, meant: Sequence[str], make: Callable[[], T]) -> T:
        """Return an answer that was kept, or make and keep it; a damaged one is made again."""
        key = sha256_of_texts([_KEPT, self._located.sha256, *meant])
        path = self._located.folder / key[:2] / f"{key}.json"
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            answer: T = json.loads(path.read_bytes())["answer"]
            return answer
        answer = make()
        write_atomically(path, json.dumps({"answer": answer}))
        return answer

    def _each(self, work: Callable[[int], T], count: int, listen: Listener, kept: bool) -> list[T]:
        job, start = f"Asking {self._address.host}", time.monotonic()
        listen(Started(job, count))
        done, error = in_flight(work, count, lambda so_far: listen(Stepped(job, so_far)))
        if isinstance(error, EndpointError):
            more = " They are kept: the same command goes on from there." if kept and done else ""
            raise UnfinishedError(
                f"{error.message} {len(done)} of {count} prompts were answered before.{more}",
                error.hint,
                done,
            ) from None
        if error:
            raise error
        listen(Finished(job, time.monotonic() - start))
        return [done[i] for i in range(count)]


class Endpoint:
    """The engine of every model behind an address; `wait` sleeps between tries."""

    def __init__(self, wait: Wait = time.sleep) -> None:
        self._wait = wait

    def suits(self, located: Located) -> str | None:
        """Return why a base cannot be run here, or None if it can."""
        base = located.base
        far = any(source.kind == "endpoint" for source in base.sources)
        return None if far else f"{base.name} is not behind an address"

    def prepare(self, located: Located, folder: Path, precision: Precision) -> RemoteDecoder:
        """Make a model ready, without asking its server, whose precision is its own choice."""
        return RemoteDecoder(located, self._wait)


def _refuse_style(style: Style) -> None:
    if style.beams > 1 or style.repetition_penalty != 1 or style.no_repeat:
        raise PromptError(
            "A model behind an address knows no beams, repetition_penalty or no_repeat.",
            "Leave them as they are, or take a model on this machine.",
        )


def _best_route(server: Server) -> tuple[Route, bool]:
    """Return where a server writes, and whether with probabilities."""
    for more in ({"logprobs": 1}, {}):
        body = {"prompt": completions.PROBE, "max_tokens": 1, "temperature": 0, **more}
        logs = server.ask_if_able("completions", body, _text_and_logs)
        if logs is not None:
            return "completions", bool(more and logs)
    return "chat/completions", False


def _text_and_logs(said: Any) -> list[float]:
    completions.text_of(said)
    return completions.log_probabilities(said["choices"][0])


def _length(said: Any) -> int:
    return len(said["tokens"])


def _keeps_to_probe_schema(said: Any) -> bool:
    return isinstance(json.loads(completions.text_of(said))["ok"], bool)


OPTION = Endpoint()
