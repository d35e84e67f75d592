"""A model behind an address is a base: what its server is asked, and what no address may hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from socle.bases import Base, completions, endpoints, fetching, finding
from socle.bases.serving import OFFLINE, TIMEOUT
from socle.errors import EndpointError, UnknownBaseError, UsageError
from tests.servers import FakeServer, Reply, models

on_this_machine = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.mark.parametrize(
    ("typed", "url", "model"),
    [
        ("http://localhost:8080/v1", "http://localhost:8080/v1", ""),
        (" HTTP://LocalHost:8080/ ", "http://localhost:8080/v1", ""),
        ("https://host.example/api/v1/#m", "https://host.example/api/v1", "m"),
        ("https://h/v1#@cf/meta/llama:1b", "https://h/v1", "@cf/meta/llama:1b"),
        ("http://[::1]:8080", "http://[::1]:8080/v1", ""),
    ],
)
def test_an_address_is_taken_apart(typed: str, url: str, model: str) -> None:
    assert endpoints.is_endpoint(typed)
    assert endpoints.address(typed) == endpoints.Address(url, model)
    assert endpoints.address(endpoints.address(typed).name).name == endpoints.address(typed).name


@pytest.mark.parametrize("typed", ["camembert-base", "owner/name", "./http", "ftp://host", "http"])
def test_other_names_are_no_addresses(typed: str) -> None:
    assert not endpoints.is_endpoint(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "http://me:s3cret@host/v1",
        "https://s3cret@host/v1#m",
        "http://me:s3c#ret@host/v1",
        "http://me:s3c/ret@host/v1",
        "https://host/v1?api_key=s3cret",
        "https://host/v1?api_key=s3cret#m",
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(UsageError, match="saved with every model") as caught:
        finding.find(typed)
    assert "SOCLE_API_KEY" in caught.value.hint
    assert not any(part in str(caught.value) for part in ("s3c", "ret@"))


@pytest.mark.parametrize("typed", ["http://", "http:///v1", "http://a b/v1", "http://h:port/v1"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(UnknownBaseError, match="not the address of a server"):
        finding.find(typed)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:8080/v1", True),
        ("http://127.0.0.1/v1", True),
        ("http://127.8.8.8/v1", True),
        ("http://[::1]:80/v1", True),
        ("http://a.localhost/v1", True),
        ("http://localhost.example/v1", False),
        ("http://192.168.1.2/v1", False),
        ("http://2130706433/v1", False),
        ("https://host.example/v1", False),
    ],
)
def test_what_is_on_this_machine_needs_no_notice(url: str, local: bool) -> None:
    assert endpoints.is_local(url) == local
    base = endpoints.described(url)
    told = endpoints.notice(endpoints.Located(base, Path(), ""))
    assert (told is None) == local
    if told:
        secret = "." if url.startswith("https") else ", unencrypted."
        assert told == f"Texts are sent to {endpoints.Address(url).host}{secret}"


def test_bases_on_this_machine_are_found_without_any_server(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"max_position_embeddings": 8}')
    save_file({"weight": np.zeros(2, dtype=np.float32)}, tmp_path / "model.safetensors")
    located = finding.find(tmp_path)  # sockets are blocked
    assert endpoints.notice(located) is None


@on_this_machine
@pytest.mark.parametrize(
    ("told", "props", "context"),
    [
        ({"max_model_len": 2048}, None, 2048),
        ({"context_length": 1024, "max_model_len": None}, None, 1024),
        ({"meta": {"n_ctx_train": 9999}}, {"default_generation_settings": {"n_ctx": 512}}, 512),
        ({}, {"n_ctx": 256}, 256),
        ({}, [1], 4096),
        ({"max_model_len": "many"}, None, 4096),
    ],
)
def test_a_server_tells_what_it_has(told: dict[str, Any], props: Any, context: int) -> None:
    with FakeServer({"/v1/models": models("lion", **told)}) as server:
        if props is not None:
            server.routes["/props"] = lambda body: props
        located = finding.find(server.url)
        assert located == finding.find(located.base.name) == fetching.fetch(server.url)
    base = located.base
    assert base.name == f"{server.url}#lion"
    assert (base.kind, base.title, base.licence, base.parameters) == (
        "decoder",
        "lion",
        "unknown",
        0,
    )
    assert [(source.kind, source.id) for source in base.sources] == [("endpoint", server.url)]
    assert base.context == context
    assert ("assumed" in base.notes) == (context == 4096)
    assert located.folder.is_dir()


@on_this_machine
def test_other_weights_have_another_hash() -> None:
    hashes = []
    for size, window in ((1, 10), (1, 20), (2, 10)):
        with FakeServer(
            {"/v1/models": models("m", meta={"size": size, "n_ctx": window})}
        ) as server:
            located = finding.find(server.url)
        hashes.append(located.sha256)
    assert len(set(hashes)) == 3  # of three addresses
    with FakeServer({}) as server:
        seen = []
        for size, window in ((1, 10), (1, 20), (2, 10)):
            server.routes["/v1/models"] = models("m", meta={"size": size, "n_ctx": window})
            seen.append(finding.find(server.url).sha256)
    assert seen[0] == seen[1] != seen[2]


@on_this_machine
def test_of_several_models_one_must_be_named() -> None:
    with FakeServer({"/v1/models": models("lion", "tiger", max_model_len=64)}) as server:
        with pytest.raises(UnknownBaseError, match="2 models: lion, tiger") as caught:
            finding.find(server.url)
        assert caught.value.hint == f"Name one, as in {server.url}#lion"
        assert finding.find(f"{server.url}#tiger").base.context == 64
        assert finding.find(f"{server.url}#alias").base.context == 4096


@on_this_machine
def test_a_server_that_lists_nothing_is_a_base_all_the_same() -> None:
    with FakeServer({}) as server:
        assert finding.find(server.url).base.name == server.url


@on_this_machine
def test_a_page_of_the_web_is_no_server() -> None:
    page = Reply(200, b"<html><body>Welcome</body></html>")
    waits: list[float] = []
    with FakeServer({"/v1/models": lambda body: page}) as server:
        with pytest.raises(EndpointError, match="nonsense") as caught:
            endpoints.located(server.url, waits.append)
        assert len(server.seen) == 4
    assert "<html><body>Welcome" in caught.value.message
    assert len(waits) == 3


def test_another_machine_is_not_asked_where_the_network_is_forbidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(OFFLINE, "1")
    with pytest.raises(EndpointError, match="SOCLE_OFFLINE forbids the network"):
        finding.find("https://host.example/v1")


@on_this_machine
@pytest.mark.parametrize("said", ["soon", "0", "-1", "1,2,3", "nan", "inf", "5,", ","])
def test_limits_of_time_that_are_none_are_refused(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TIMEOUT, said)
    with FakeServer({}) as server, pytest.raises(UsageError, match=TIMEOUT):
        finding.find(server.url)


def test_a_base_of_the_catalogue_has_no_address() -> None:
    assert isinstance(finding.known("camembert-base"), Base)
    assert all(s.kind != "endpoint" for s in finding.known("camembert-base").sources)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("positive", 0),
        (" **Positive.**\n", 0),
        ("<think>negative? no</think>\n\npositive", 0),
        ("Label: very positive", 1),
        ("The answer is 'negative'.", 2),
        ("Negative, for it is not positive", 2),
        ("positive, not very positive", 0),
        ("it is positive or negative", None),
        ("positives", None),
        ("", None),
        ("I cannot tell.", None),
    ],
)
def test_an_answer_names_an_option(said: str, meant: int | None) -> None:
    assert completions.named(said, [" positive", " very positive", " negative"]) == meant


def test_options_that_differ_in_case_only_are_told_apart() -> None:
    assert completions.named("Non\n", ["non", "Non"]) == 1


def test_first_tokens_are_shared_among_options() -> None:
    listed = {"yes": -1.0, "no": -0.9, "not": -3.0, "n": -2.0, "ma": -2.5, "zzz": -4.0}
    yes, no, unsure, maybe, mad, other = completions.shares(
        listed, [" yes", " no", " not sure", " maybe", " mad", " other"]
    )
    assert (yes, no, unsure) == (-1.0, -0.9, -3.0)
    assert maybe == mad == pytest.approx(-2.5 - 0.6931, abs=1e-3)
    assert other <= -4.0
    # One that begins with a whole other option has nothing to itself.
    assert completions.shares({"no": -0.1, "yes": -3.0}, [" no", " no way"])[1] <= -3.0
    # " p" says nothing of "positive" where "positive" itself is listed.
    positive, polite = completions.shares({"positive": -0.5, "p": -1.2}, ["positive", "polite"])
    assert (positive, polite <= -1.2) == (-0.5, True)
