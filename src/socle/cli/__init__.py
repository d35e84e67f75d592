"""The command line: `socle <command>`. One file per command; parse, call a flow, print.

A command is a module of this folder that holds a function of its own name, or a `typer.Typer`
called `app` when it has commands of its own. Other modules here are what commands share.

What a user did wrong ends with a message and a hint, never with a traceback: exit 1 for the input
or the environment, 2 for wrong usage, 130 for an interrupt.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

_ORDER = ("adapt", "compare", "predict", "evaluate", "read", "check", "bases", "export")
_ABOUT = "Adapt open foundation models to your texts on a plain CPU, and know if it was worth it."
_INTERRUPTED = 130
_GO_ON = "What was done is kept: adapt goes on with --resume, compare with the same command."


def main() -> None:
    """Run the command line; the console entry point."""
    _settle_environment()
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """Run one command and return its exit code."""
    import typer

    from socle.errors import SocleError

    # Its root class of refusals comes from click, or from a copy of click inside newer versions.
    refusal: Any = typer.BadParameter.__mro__[2]
    try:
        code = application()(args=words, standalone_mode=False, prog_name="socle")
        sys.stdout.flush()
    except SocleError as error:
        return _fail(error.message, error.hint, error.exit_code)
    except typer.Exit as exit_:
        code = exit_.exit_code
    except refusal as error:
        error.show()
        return int(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except OSError as error:
        return _system(error)
    except MemoryError:
        return _fail("The memory of this machine is not enough.", "Try with fewer rows.", 1)
    except Exception as error:
        return _surprise(error)
    if code == _INTERRUPTED:  # newer versions of typer turn the interrupt into this code
        return _fail("Interrupted.", _GO_ON, code)
    return code if isinstance(code, int) else 0


def application() -> Any:
    """Return the command that holds all commands of this folder."""
    import typer

    from socle import __version__

    # Plain help: panels would load half of rich, a third of the time that `--help` may take.
    app = typer.Typer(
        help=_ABOUT,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    def version(asked: bool) -> None:
        if asked:
            print(f"socle {__version__}")
            raise typer.Exit

    @app.callback()
    def root(
        version: bool = typer.Option(
            False, "--version", is_eager=True, callback=version, help="Show the version and exit."
        ),
    ) -> None: ...

    found = commands()
    for name, command in found.items():
        if isinstance(command, typer.Typer):
            command.rich_markup_mode = None
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    made: Any = typer.main.get_command(app)
    made.commands = {name: made.commands[name] for name in found}  # typer puts groups at the end
    return made


def commands() -> dict[str, Any]:
    """Return the commands of this folder by name, the daily ones first."""
    import importlib
    import pkgutil

    found = {}
    for module in pkgutil.iter_modules(__path__):
        holder = importlib.import_module(f"{__name__}.{module.name}")
        command = getattr(holder, "app", None) or getattr(holder, module.name, None)
        if command is not None:
            found[module.name.replace("_", "-")] = command
    return {name: found[name] for name in sorted(found, key=lambda name: (_place(name), name))}


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _settle_environment() -> None:
    """Choose what must stand before any heavy library is loaded; the user's own choice wins."""
    from socle.machine import QUIET

    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    for stream in (sys.stdout, sys.stderr):
        # Files and pipes are UTF-8 wherever Socle runs; a half character becomes a JSON escape.
        if hasattr(stream, "reconfigure") and not stream.isatty():
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _fail(message: str, hint: str, code: int) -> int:
    from rich.markup import escape

    from socle.cli.options import console

    screen = console()
    # Not wrapped when piped: a path in a log stays in one piece.
    screen.print(f"[bold red]Error:[/] {escape(message)}", soft_wrap=not screen.is_terminal)
    if hint:
        screen.print(hint, markup=False, soft_wrap=not screen.is_terminal)
    return code


def _system(error: OSError) -> int:
    if error.errno == errno.EPIPE:
        # Whoever read our output has gone: say nothing, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _fail(
            "The disk is full.", "Free some space, or point --out and SOCLE_HOME elsewhere.", 1
        )
    place = f" ({error.filename})" if error.filename else ""
    return _fail(f"{error.strerror or error}{place}.", "Check the path and its permissions.", 1)


def _surprise(error: Exception) -> int:
    """Apologise for a fault of ours, and keep the details for a report."""
    import platform
    import traceback

    from socle import __version__
    from socle.errors import ResourceError
    from socle.files import cache_folder, write_atomically

    details = "".join(traceback.format_exception(error))
    if os.environ.get("SOCLE_DEBUG"):
        print(details, file=sys.stderr)
    versions = f"socle {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    try:
        path = cache_folder("faults") / "last.txt"
        write_atomically(path, versions + details)
        how = f"Please report it where you got Socle, with the file {path}"
    except (OSError, ResourceError):
        how = "Please report it where you got Socle"
    said = str(error).strip().splitlines()[:1]
    return _fail(
        f"Sorry, Socle met a fault of its own: {': '.join([type(error).__name__, *said])}",
        f"{how}; SOCLE_DEBUG=1 shows the details.",
        1,
    )
