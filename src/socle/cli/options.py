"""What every command shares: options as one value, the screen, JSON, and a listener.

Nothing of rich is loaded before something is to be shown: `socle --help` must answer at once.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from socle.events import Listener

if TYPE_CHECKING:
    from rich.console import Console

Options = TypeVar("Options")
_PLAIN_WIDTH = 120


def takes(kind: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Make a command that takes a dataclass into one whose parameters are the fields.

    A command has more options than a function should have parameters; typer reads a signature, so
    it is given one made of the fields.

    Raises:
        TypeError: a field has a default factory, which typer could not show.
    """
    hints = get_type_hints(kind, include_extras=True)
    parameters = []
    for field in fields(kind):  # type: ignore[arg-type]
        if field.default_factory is not MISSING:
            raise TypeError(f"{kind.__name__}.{field.name}: a command needs a plain default.")
        default = inspect.Parameter.empty if field.default is MISSING else field.default
        parameters.append(
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=default,
                annotation=hints[field.name],
            )
        )

    def decorated(command: Callable[[Options], None]) -> Callable[..., None]:
        def run(**given: Any) -> None:
            command(kind(**given))

        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__module__ = command.__module__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        return run

    return decorated


def console() -> Console:
    """Return the screen, standard error: rich on a terminal, plain text when piped."""
    from rich.console import Console

    return Console(
        stderr=True, width=None if sys.stderr.isatty() else _PLAIN_WIDTH, highlight=False
    )


def print_json(value: Any) -> None:
    """Print exactly one JSON object, on one line, on standard output.

    Raises:
        ValueError: a number is not finite; JSON has no word for it.
    """
    print(json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain))


@contextlib.contextmanager
def listener() -> Iterator[Listener]:
    """Give a listener that shows bars on a terminal, and a line now and then when piped."""
    from socle.cli import progress

    screen = console()
    if sys.stderr.isatty():
        with progress.bars(screen) as listen:
            yield listen
    else:
        yield progress.Lines(screen)


def _plain(value: object) -> Any:
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # a number or an array of numpy
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON")
