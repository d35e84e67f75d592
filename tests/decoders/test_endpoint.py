"""A model behind an address answers as others do, whatever its server can and however it fails."""

from __future__ import annotations

import email.utils
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from socle.bases import Located, endpoints, finding
from socle.bases.serving import AT_ONCE, KEY, TIMEOUT, TRIES
from socle.decoders import Style
from socle.decoders.endpoint import OPTION, Endpoint, RemoteDecoder, UnfinishedError
from socle.errors import EndpointError, PromptError, UsageError
from socle.events import Event, Noted
from socle.examples import Written
from tests.servers import FakeServer, Reply, chat, completed, models, without_logs, words

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

Route = Callable[[dict[str, Any]], Any]
OPTIONS = [" good", " very bad"]
COMPLETIONS, CHAT = "/v1/completions", "/v1/chat/completions"


@pytest.fixture(autouse=True)
def _a_home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCLE_HOME", str(tmp_path))


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer({"/v1/models": models("lion", max_model_len=200)}) as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def ready(server: FakeServer, waits: list[float]) -> Callable[..., RemoteDecoder]:
    """Return a function that gives the server routes, and a decoder that does not really wait."""

    def prepare(completions: Route | None = None, talk: Route | None = None) -> RemoteDecoder:
        server.routes |= {COMPLETIONS: completions} if completions else {}
        server.routes |= {CHAT: talk} if talk else {}
        located = finding.find(server.url)
        return Endpoint(waits.append).prepare(located, located.folder, "full")

    return prepare


def refusing_echo(body: dict[str, Any]) -> Any:
    if body.get("echo"):  # as llama.cpp says it
        return Reply(500, b'{"error": {"code": 500, "message": "Only no echo is supported"}}')
    return None


def test_options_are_scored_by_the_tokens_that_repeat_them(
    ready: Callable[..., RemoteDecoder], server: FakeServer
) -> None:
    decoder = ready(completed)
    found = decoder.likelihoods(["It is", "We were told:"], OPTIONS)
    assert decoder.way == "echo"
    np.testing.assert_allclose(found, [[-0.5, -0.9], [-0.5, -0.9]])
    assert {body["model"] for body in server.asked(COMPLETIONS)} == {"lion"}


def test_a_token_across_the_border_counts(ready: Callable[..., RemoteDecoder]) -> None:
    found = ready(completed).likelihoods(["so it is"], ["n't", " bad"])
    np.testing.assert_allclose(found, [[-0.6, -0.4]])  # the tokens " isn't" and " bad"


@pytest.mark.parametrize("layout", ["legacy", "content"])
def test_without_echo_first_tokens_are_scored(
    ready: Callable[..., RemoteDecoder], server: FakeServer, layout: str
) -> None:
    def answer(body: dict[str, Any]) -> Any:
        top = {" good": -0.5, " very": -1.5, " the": -3.0}
        pairs = [{"token": token, "logprob": log} for token, log in top.items()]
        told: dict[str, Any] = {"top_logprobs": [top]}
        if layout == "content":
            told = {"content": [{"token": " good", "logprob": -0.5, "top_logprobs": pairs}]}
        return refusing_echo(body) or {"choices": [{"text": " good", "logprobs": told}]}

    decoder = ready(answer)
    found = decoder.likelihoods(["It is"], [*OPTIONS, " unheard"])
    assert decoder.way == "first token"
    assert found[0, :2].tolist() == [-0.5, -1.5]
    assert found[0, 2] <= -3.0
    echoes = [body for body in server.asked(COMPLETIONS) if body.get("echo")]
    assert len(echoes) == 1  # found out once, and not tried again for what passes


def test_without_probabilities_the_answer_is_believed(
    ready: Callable[..., RemoteDecoder], server: FakeServer
) -> None:
    heard: list[Event] = []
    talk = {"It is": "Good.", "They are": "**Very bad**", "Who?": "I do not know."}

    def answer(body: dict[str, Any]) -> Any:
        said = body["messages"][0]["content"]
        assert "- good\n- very bad" in said
        return chat(next(text for begin, text in talk.items() if said.startswith(begin)))

    decoder = ready(without_logs, answer)
    found = decoder.likelihoods(list(talk), OPTIONS, heard.append)
    assert decoder.way == "chat"
    np.testing.assert_allclose(np.exp(found), [[0.99, 0.01], [0.01, 0.99], [0.5, 0.5]])
    assert [e.text[:31] for e in heard if isinstance(e, Noted)] == [
        "1 of 3 prompts are undecided: t"
    ]
    assert not any("It is" in body["prompt"] for body in server.asked(COMPLETIONS))


def test_a_server_of_chats_alone_scores_and_writes(ready: Callable[..., RemoteDecoder]) -> None:
    decoder = ready(None, lambda body: chat("good", "length"))
    assert decoder.likelihoods(["It is"], OPTIONS).argmax() == 0
    assert decoder.write(["It is"], Style()) == [Written("good", "length")]


def test_no_prompts_and_no_options_ask_nothing(
    ready: Callable[..., RemoteDecoder], server: FakeServer
) -> None:
    decoder = ready(completed)
    before = len(server.seen)
    assert decoder.likelihoods([], OPTIONS).shape == (0, 2)
    assert decoder.likelihoods(["a"], []).shape == (1, 0)
    assert decoder.write([], Style()) == []
    assert len(server.seen) == before


def test_what_is_written_comes_in_order_from_several_at_once(
    ready: Callable[..., RemoteDecoder], server: FakeServer
) -> None:
    def answer(body: dict[str, Any]) -> Any:
        time.sleep(0.02 if body["prompt"].endswith(("0", "3")) else 0.005)
        return completed(body)

    style = Style(max_tokens=9, stop=(" END",), temperature=0.7, top_p=0.9, seed=3)
    found = ready(answer).write([f"Say {i}" for i in range(12)], style)
    assert [one.text for one in found] == [f" {i}" for i in range(12)]
    assert {one.finish for one in found} == {"stop"}
    assert found[0].log_probability == pytest.approx(-0.3)
    assert 2 <= server.most_at_once <= AT_ONCE
    body = server.asked(COMPLETIONS)[-1]
    assert body.pop("prompt").startswith("Say")
    style_sent = {"max_tokens": 9, "temperature": 0.7, "top_p": 0.9, "seed": 3, "stop": [" END"]}
    assert body == {"model": "lion", "logprobs": 1, **style_sent}


def test_an_answer_cut_short_says_so(ready: Callable[..., RemoteDecoder]) -> None:
    assert ready(completed).write(["Say it"], Style(max_tokens=1))[0].finish == "length"


@pytest.mark.parametrize("llama", [True, False])
def test_a_schema_is_asked_for_where_the_server_holds_to_one(
    ready: Callable[..., RemoteDecoder], server: FakeServer, llama: bool
) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}

    def talk(body: dict[str, Any]) -> Any:
        wanted = body["response_format"]["json_schema"]["schema"]["properties"]
        return chat(json.dumps({"ok": True} if "ok" in wanted else {"n": 1}))

    if llama:
        server.routes["/tokenize"] = lambda body: {"tokens": words(body["content"])}
    found = ready(without_logs, talk).write(["How many?"], Style(schema=schema))
    assert json.loads(found[0].text) == {"n": 1}
    assert ("json_schema" in server.asked(CHAT)[-1]) == llama


def test_a_schema_that_no_route_holds_to_is_refused(ready: Callable[..., RemoteDecoder]) -> None:
    with pytest.raises(PromptError, match="does not hold its answers to a JSON schema"):
        ready(without_logs, lambda body: chat("Sure!")).write(["Go"], Style(schema={}))


@pytest.mark.parametrize(
    "style", [Style(beams=2), Style(repetition_penalty=1.2), Style(no_repeat=3)]
)
def test_what_the_protocol_lacks_is_refused(
    ready: Callable[..., RemoteDecoder], style: Style
) -> None:
    with pytest.raises(PromptError, match="knows no beams"):
        ready(completed).write(["Go"], style)


def test_tokens_are_estimated_or_counted_by_llama_cpp(
    ready: Callable[..., RemoteDecoder], server: FakeServer
) -> None:
    texts = ["one two three", "", "é"]
    assert ready(completed).tokens(texts).tolist() == [5, 0, 1]
    server.routes["/tokenize"] = lambda body: {"tokens": words(body["content"])}
    assert ready(completed).tokens(texts).tolist() == [3, 0, 1]


def test_a_prompt_that_is_too_long_is_refused_before_it_is_sent(
    ready: Callable[..., RemoteDecoder], server: FakeServer
) -> None:
    decoder = ready(completed)
    long = "word " * 110  # 550 characters, 184 tokens by the estimate
    with pytest.raises(PromptError, match="Prompt 2 has about 184 tokens, its answer up to 20"):
        decoder.write(["short", long], Style(max_tokens=20))
    assert not server.asked(COMPLETIONS)
    assert decoder.write([long], Style(max_tokens=16))


def test_a_server_that_is_down_is_given_up(waits: list[float]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(EndpointError, match=r"cannot be reached .*\(4 tries\)") as caught:
        endpoints.located(url, waits.append)
    assert url in caught.value.message
    assert caught.value.hint == "Check that the server runs, and that its address is right."
    assert len(waits) == TRIES - 1
    assert all(0.5 * 2**i <= 2 * wait <= 1.5 * 2**i for i, wait in enumerate(waits))


def test_a_server_that_is_slow_is_given_up(
    ready: Callable[..., RemoteDecoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    decoder = ready(lambda body: answered.wait(5) and completed(body))
    monkeypatch.setenv(TIMEOUT, "1,0.05")
    with pytest.raises(EndpointError, match=r"did not answer in time \(4 tries\)") as caught:
        decoder.write(["Go"], Style())
    answered.set()
    assert TIMEOUT in caught.value.hint


def test_a_server_that_recovers_is_waited_for(
    ready: Callable[..., RemoteDecoder], waits: list[float]
) -> None:
    troubles = iter([Reply(500, b"oops"), Reply(503), Reply(200, b"<html>busy</html>")])
    decoder = ready(lambda body: next(troubles, None) or completed(body))
    assert [one.text for one in decoder.write(["Go on"], Style(max_tokens=1))] == [" on"]
    assert len(waits) == 3


NONSENSE = {
    "a page": Reply(200, b"<html>Welcome</html>"),
    "truncated": Reply(200, b'{"choices": [{"text": "he'),
    "nothing": Reply(200, b""),
    "no choices": {"choices": []},
    "a list": [1, 2],
    "no text": {"choices": [{"text": None}]},
    "an error": {"error": {"message": "out of memory"}},
    "held back": {"choices": [{"text": "", "finish_reason": "content_filter"}]},
    "not bytes of a text": Reply(200, b"\xff\xfe\xfd"),
    "deep": Reply(200, b"[" * 100_000),
}


@pytest.mark.parametrize("said", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_asked_for_again_and_given_up(
    ready: Callable[..., RemoteDecoder], server: FakeServer, said: Any
) -> None:
    decoder = ready(lambda body: said if body["prompt"] == "Go" else completed(body))
    with pytest.raises(EndpointError, match="answered nonsense") as caught:
        decoder.write(["Go"], Style())
    assert len([body for body in server.asked(COMPLETIONS) if body["prompt"] == "Go"]) == TRIES
    assert "(4 tries)" in caught.value.message
    assert len(caught.value.message) < 500
    assert "server of this kind" in caught.value.hint


def test_a_server_that_says_how_long_to_wait_is_obeyed(
    ready: Callable[..., RemoteDecoder], waits: list[float]
) -> None:
    date = email.utils.formatdate(time.time() + 30, usegmt=True)
    troubles = iter([Reply(429, b"", {"Retry-After": when}) for when in ("7", date, "at noon")])
    decoder = ready(lambda body: next(troubles, None) or completed(body))
    assert decoder.write(["Go on"], Style())
    assert waits[0] == 7
    assert 25 < waits[1] <= 30
    assert 0 < waits[2] < 10


def test_a_server_that_wants_us_to_wait_for_an_hour_is_given_up(
    ready: Callable[..., RemoteDecoder], waits: list[float]
) -> None:
    decoder = ready(lambda body: Reply(429, b"quota used up", {"Retry-After": "3600"}))
    with pytest.raises(EndpointError, match=r"answered 429: quota used up \(1 try\)"):
        decoder.write(["Go on"], Style())
    assert waits == []


@pytest.mark.parametrize("what", ["write", "likelihoods"])
def test_what_was_answered_is_kept_and_gone_on_from(
    ready: Callable[..., RemoteDecoder], server: FakeServer, what: str
) -> None:
    broken = True

    def answer(body: dict[str, Any]) -> Any:
        if broken and body["prompt"].startswith("Say 57"):
            return Reply(503, b"overloaded")
        time.sleep(0.01 if broken and body["prompt"] > "Say 58" else 0)  # some are left to do
        return completed(body)

    def ask() -> Any:
        decoder = ready(answer)
        if what == "write":
            return decoder.write(prompts, Style(max_tokens=1))
        return decoder.likelihoods(prompts, OPTIONS)

    def asked() -> set[str]:
        return {b["prompt"][:6] for b in server.asked(COMPLETIONS) if b["prompt"][:3] == "Say"}

    prompts = [f"Say {i}" for i in range(10, 100)]
    with pytest.raises(UnfinishedError, match=r"answered 503: overloaded \(4 tries\)") as caught:
        ask()
    done = caught.value.done
    assert set(range(47)) <= set(done) <= set(range(89)) - {47}
    assert f"{len(done)} of 90 prompts were answered before. They are kept" in caught.value.message
    first = asked()
    assert "Say 99" not in first
    server.seen.clear()
    broken = False
    found = ask()
    assert asked() == {p for i, p in enumerate(prompts) if i not in done}
    if what == "write":
        assert [one.text for one in found] == [f" {i}" for i in range(10, 100)]
        assert all(found[i] == written for i, written in done.items())
    else:
        np.testing.assert_allclose(found, np.tile([-0.5, -0.9], (90, 1)))
    server.seen.clear()
    ask()
    assert asked() == set()


def test_drawn_answers_are_not_kept(
    ready: Callable[..., RemoteDecoder], server: FakeServer
) -> None:
    decoder = ready(completed)
    for _ in range(2):
        decoder.write(["Say it"], Style(temperature=1.0))
    assert len([b for b in server.asked(COMPLETIONS) if b["prompt"] == "Say it"]) == 2


def test_a_kept_answer_that_is_damaged_is_asked_for_again(
    ready: Callable[..., RemoteDecoder], tmp_path: Path
) -> None:
    decoder = ready(completed)
    before = decoder.write(["Say it"], Style())
    (kept,) = tmp_path.rglob("*.json")
    kept.write_text('{"answ')
    assert decoder.write(["Say it"], Style()) == before
    assert "answer" in kept.read_text()


def test_another_style_or_other_options_are_another_question(
    ready: Callable[..., RemoteDecoder],
) -> None:
    decoder = ready(completed)
    assert decoder.write(["Say it"], Style(max_tokens=1)) != decoder.write(["Say it"], Style())
    one = decoder.likelihoods(["It is"], ["a", "bcd"])
    assert (one != decoder.likelihoods(["It is"], ["bcd", "a"])).all()


def test_the_key_is_sent_and_never_kept_or_said(
    ready: Callable[..., RemoteDecoder],
    server: FakeServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = "sk-s3cret-7"
    monkeypatch.setenv("OPENAI_API_KEY", "another")
    monkeypatch.delenv(KEY, raising=False)
    decoder = ready(completed)
    decoder.write(["Say it"], Style())
    assert not any("Authorization" in request.headers for request in server.seen)
    server.seen.clear()
    monkeypatch.setenv(KEY, f" {secret}\n")
    decoder = ready(completed)
    decoder.write(["Say more"], Style())
    decoder.likelihoods(["It is"], OPTIONS)
    assert {r.headers.get("Authorization") for r in server.seen} == {f"Bearer {secret}"}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 3
    assert not any(secret in path.read_text() or secret in str(path) for path in files)
    said = f"Bad key {secret}".encode()
    for code in (401, 400, 503):
        server.routes[COMPLETIONS] = lambda body, code=code: Reply(code, said)
        server.routes[CHAT] = server.routes[COMPLETIONS]
        with pytest.raises(EndpointError, match=rf"answered {code}: Bad key \*\*\*") as caught:
            ready().write(["Say nothing"], Style())
        assert secret not in str(caught.value) + repr(vars(caught.value))
        assert not caught.value.__cause__
    server.routes[COMPLETIONS] = lambda body: Reply(401, said)
    with pytest.raises(EndpointError) as caught:
        ready().write(["Say nothing"], Style())
    assert caught.value.hint == f"Check the key in {KEY}."


def test_a_missing_key_is_asked_for(
    ready: Callable[..., RemoteDecoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY, raising=False)
    with pytest.raises(EndpointError, match=r"401.*\(1 try\)") as caught:
        ready(lambda body: Reply(401, b"who are you?")).likelihoods(["It is"], OPTIONS)
    assert caught.value.hint == f"Set its key in {KEY}."


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "clé"])
def test_a_key_that_is_none_is_refused_and_not_said(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv(KEY, key)
    with pytest.raises(UsageError) as caught:
        finding.find(server.url)
    assert key not in str(caught.value)
    assert not server.seen


def test_the_key_does_not_follow_a_redirection(
    ready: Callable[..., RemoteDecoder], server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, "sk-s3cret")
    with FakeServer({COMPLETIONS: completed}) as other:
        to = Reply(307, b"", {"Location": f"{other.url}/completions"})
        with pytest.raises(EndpointError, match="redirects to http"):
            ready(lambda body: to).write(["Go"], Style())
        assert not other.seen


def test_no_proxy_gets_what_is_for_this_machine(
    ready: Callable[..., RemoteDecoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeServer({}) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        assert ready(completed).write(["Go on"], Style())
        assert not proxy.seen


def test_bases_on_this_machine_are_left_to_other_engines() -> None:
    here = Located(finding.known("gpt2"), Path(), "")
    assert OPTION.suits(here) == "gpt2 is not behind an address"
    assert OPTION.suits(Located(endpoints.described("http://localhost"), Path(), "")) is None
