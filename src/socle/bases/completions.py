"""Completions in the words of OpenAI's protocol: what is asked for, and what the answers say.

How likely an option is to follow a prompt is had in one of three ways, best first:

- `echo`: from the probabilities that the server gives for every token of prompt and option;
- `first token`: from the 20 likeliest first tokens, as `shares` says: options that begin alike, and
  those that begin with none of these tokens, cannot be told apart;
- `chat`: from the answer to a strict instruction, which gets a probability of 0.99, and the others
  the rest; an answer that is none of the options makes them all alike.

Every reader takes the JSON of an answer, and raises LookupError, TypeError, ValueError or
AttributeError where it is not what was asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from socle.bases.serving import Server
from socle.examples import Written

Way = Literal["echo", "first token", "chat"]
Score = Callable[[Server, str, Sequence[str]], list[float]]

PROBE = "The sky is"
"""What servers are asked to find out what they can do: never a user's text."""
_PROBE_OPTION = " blue"
_LISTED = 20
"""Likeliest first tokens that are asked for."""
_SURE = 0.99
"""Probability of what was answered, where a server tells no probabilities."""
_SPARE_TOKENS = 16
"""Tokens of a chat's answer beyond the longest option: quotes, a full stop, a word around it."""
_INSTRUCTION = "Answer with exactly one of these, letter for letter, and with nothing else:"
_PUNCTUATION = " \t\n\r.,:;!?\"'`*_()[]«»“”‘’"
_WORD_MARKS = " \t\n▁Ġ"
"""How the beginning of a word is written, by tokenizers of several kinds."""
_LEAST = 1e-12


def best_way(server: Server) -> Way:
    """Return the best way that a server has to tell how likely an option is."""

    def repeated(said: Any) -> bool:
        log_probability_behind(said, PROBE, _PROBE_OPTION)
        return PROBE + _PROBE_OPTION in text_of(said)

    if server.ask_if_able("completions", _to_repeat(PROBE + _PROBE_OPTION), repeated):
        return "echo"
    listed = server.ask_if_able("completions", _to_list(PROBE), first_tokens)
    return "first token" if listed and len(listed) > 1 else "chat"


def said_by_user(text: str) -> dict[str, Any]:
    """Return what is sent for a text in a chat."""
    return {"messages": [{"role": "user", "content": text}]}


def _by_echo(server: Server, prompt: str, options: Sequence[str]) -> list[float]:
    def behind(option: str) -> float:
        def read(said: Any) -> float:
            return log_probability_behind(said, prompt, option)

        return server.ask("completions", _to_repeat(prompt + option), read)

    return [behind(option) for option in options]


def _by_first_token(server: Server, prompt: str, options: Sequence[str]) -> list[float]:
    return shares(server.ask("completions", _to_list(prompt), first_tokens), options)


def _by_chat(server: Server, prompt: str, options: Sequence[str]) -> list[float]:
    choices = "\n".join(f"- {option.strip()}" for option in options)
    body = said_by_user(f"{prompt}\n\n{_INSTRUCTION}\n{choices}")
    body |= {"temperature": 0, "max_tokens": max(map(len, options)) + _SPARE_TOKENS}
    answer = named(server.ask("chat/completions", body, text_of), options)
    count = len(options)
    if answer is None or count == 1:
        return [-math.log(count)] * count
    row = [math.log((1 - _SURE) / (count - 1))] * count
    row[answer] = math.log(_SURE)
    return row


WAYS: Mapping[Way, Score] = {"echo": _by_echo, "first token": _by_first_token, "chat": _by_chat}
"""Way -> what asks a server about a prompt, and returns a logarithm for each option."""


def _to_repeat(text: str) -> dict[str, Any]:
    # One token more than is wanted: not every server takes 0.
    return {"prompt": text, "max_tokens": 1, "temperature": 0, "echo": True, "logprobs": 1}


def _to_list(prompt: str) -> dict[str, Any]:
    return {"prompt": prompt, "max_tokens": 1, "temperature": 0, "logprobs": _LISTED}


def text_of(said: Any) -> str:
    """Return what was written, by a completion or in a chat."""
    choice = said["choices"][0]
    text = choice["text"] if "text" in choice else choice["message"]["content"]
    if not isinstance(text, str):
        raise TypeError("no text")
    return text


def written(said: Any, stops: Iterable[str] = ()) -> Written:
    """Return an answer with why it ended; what a filter held back is not an answer."""
    text, choice = text_of(said), said["choices"][0]
    reason = choice.get("finish_reason")
    if reason == "content_filter":
        raise ValueError("held back")
    for stop in stops:  # most servers leave it out, not all
        text = text.partition(stop)[0]
    logs = log_probabilities(choice)
    mean = math.fsum(logs) / len(logs) if logs else 0.0
    return Written(text, "length" if reason in ("length", "max_tokens") else "stop", mean)


def log_probabilities(choice: Mapping[str, Any]) -> list[float]:
    """Return those of the tokens written, in either of two layouts; none where there are none."""
    told = choice.get("logprobs") or {}
    found = told.get("token_logprobs") or [one["logprob"] for one in told.get("content") or ()]
    return _numbers(found)


def log_probability_behind(said: Any, prompt: str, option: str) -> float:
    """Return the sum over the tokens of `option`, of an answer that repeats prompt and option."""
    told = said["choices"][0]["logprobs"]
    tokens, starts = told["tokens"], told["text_offset"]
    # Some servers count a special token that they have put first.
    shift = max("".join(tokens).find(prompt + option), 0)
    first, last = shift + len(prompt), shift + len(prompt) + len(option)
    ends = [*starts[1:], starts[-1] + len(tokens[-1])]
    places = zip(told["token_logprobs"], starts, ends, strict=True)
    # A token on the border counts, and so does one without letters: a part of a character.
    inside = [log for log, start, end in places if start < last and (end > first or start >= first)]
    if not inside:
        raise ValueError("the prompt is not repeated")
    return math.fsum(_numbers(inside))


def first_tokens(said: Any) -> dict[str, float]:
    """Return the likeliest first tokens, without the mark of a word's beginning -> logarithm."""
    told = said["choices"][0]["logprobs"]
    if told.get("content"):
        pairs = [(one["token"], one["logprob"]) for one in told["content"][0]["top_logprobs"]]
    else:
        pairs = list(told["top_logprobs"][0].items())
    listed: dict[str, float] = {}
    for token, log in zip(
        (token for token, _ in pairs), _numbers(x for _, x in pairs), strict=True
    ):
        bare = token.lstrip(_WORD_MARKS)
        listed[bare] = float(np.logaddexp(listed.get(bare, -math.inf), log))
    if not listed:
        raise ValueError("no tokens are listed")
    return listed


def shares(listed: Mapping[str, float], options: Sequence[str]) -> list[float]:
    """Return what the likeliest first tokens say of each option, as logarithms.

    An option gets the probability of the longest token that it begins with. Options that begin
    with the same one share it evenly if none of them has a longer one or is that token; an option
    that has none, or none to itself, gets the most that a token which is not listed can have.
    """
    bare = [option.lstrip(_WORD_MARKS) for option in options]
    best = [max((t for t in listed if t and o.startswith(t)), key=len, default="") for o in bare]
    rest = 1 - math.fsum(math.exp(log) for log in listed.values())
    floor = min(min(listed.values()), math.log(max(rest, _LEAST)))
    found = []
    for option, token in zip(bare, best, strict=True):
        exact = token in bare
        sharing = [b for o, b in zip(bare, best, strict=True) if o.startswith(token)]
        own = option == token if exact else set(sharing) == {token}
        log = listed[token] - (0.0 if exact else math.log(len(sharing))) if token else floor
        found.append(log if own else floor)
    return found


def named(said: str, options: Sequence[str]) -> int | None:
    """Return the number of the option that an answer names, or None if none or several.

    Case, punctuation around it and what a model has thought aloud before do not count; the whole
    answer goes before a beginning, and that before the only option that it mentions.
    """
    answer = said.rpartition("</think>")[2]
    exact = [option.strip() for option in options]
    if answer.strip() in exact:
        return exact.index(answer.strip())
    plain = [_plain(option) for option in options]
    answer = _plain(answer)
    if answer in plain:
        return plain.index(answer)
    places: dict[int, int] = {}
    for i in sorted(range(len(plain)), key=lambda i: -len(plain[i])):
        whole = rf"(?<!\w){re.escape(plain[i])}(?!\w)"
        if plain[i] and (found := re.search(whole, answer)):
            places[i] = found.start()
            # So that a shorter option is not found inside this one.
            answer = re.sub(whole, lambda match: "\0" * len(match.group()), answer)
    begins = [i for i, place in places.items() if place == 0]
    only = begins or list(places)
    return only[0] if len(only) == 1 else None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip(_PUNCTUATION)


def _numbers(values: Iterable[Any]) -> list[float]:
    found = [float(value) for value in values]
    if any(math.isnan(value) for value in found):
        raise ValueError("not a number")
    return found
