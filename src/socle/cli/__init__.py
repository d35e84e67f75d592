"""The command line: `socle <command>`. One file per command; parse, call a flow, print.

What a user did wrong ends with a message and a hint, never with a traceback: exit 1 for the input
or the environment, 2 for wrong usage, 130 for an interrupt.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from typing import Any

_ORDER = ("adapt", "predict", "evaluate", "check", "bases", "export")
_MACHINERY = ("options",)


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
    except SocleError as error:
        return _fail(error.message, error.hint, error.exit_code)
    except typer.Exit as exit_:
        return int(exit_.exit_code)
    except refusal as error:
        error.show()
        return int(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("Interrupted.", "What was done is kept; adapt goes on with --resume.", 130)
    except BrokenPipeError:
        # Whoever read our output has gone: say nothing, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _system(error)
    except MemoryError:
        return _fail("The memory of this machine is not enough.", "Try with fewer rows.", 1)
    except Exception:
        return _surprise()
    return code if isinstance(code, int) else 0


def application() -> Any:
    """Return the click command that holds all commands of this folder."""
    import typer

    from socle import __version__, plugins

    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Adapt open foundation models to your texts on a plain CPU, and know if it was "
        "worth it.",
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
    ) -> None:
        """Adapt open foundation models to your texts on a plain CPU; know if it was worth it."""

    found = [name for name in plugins.names("cli") if name not in _MACHINERY]
    for name in sorted(found, key=lambda n: (_place(n), n)):
        module = importlib.import_module(f"socle.cli.{name}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command(name)(getattr(module, name))
    return typer.main.get_command(app)


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _settle_environment() -> None:
    """Choose what must stand before any heavy library is loaded; the user's own choice wins.

    Waiting threads that spin collapse when a neighbour holds a core.
    """
    for name, value in {
        "OMP_WAIT_POLICY": "PASSIVE",
        "TOKENIZERS_PARALLELISM": "true",
        "TRANSFORMERS_VERBOSITY": "error",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }.items():
        os.environ.setdefault(name, value)


def _fail(message: str, hint: str, code: int) -> int:
    from rich.markup import escape

    from socle.cli.options import console

    screen = console()
    screen.print(f"[bold red]Error:[/] {escape(message)}")
    if hint:
        screen.print(hint, markup=False)
    return code


def _system(error: OSError) -> int:
    import errno

    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _fail(
            "The disk is full.", "Free some space, or point --out and SOCLE_HOME elsewhere.", 1
        )
    place = f" ({error.filename})" if error.filename else ""
    return _fail(f"{error.strerror or error}{place}.", "Check the path and its permissions.", 1)


def _surprise() -> int:
    """Apologise for a fault of ours, and keep the details for a report."""
    details = traceback.format_exc()
    if os.environ.get("SOCLE_DEBUG"):
        print(details, file=sys.stderr)
    from socle.errors import ResourceError
    from socle.files import cache_folder, write_atomically

    last = details.strip().splitlines()[-1]
    try:
        path = cache_folder("faults") / "last.txt"
        write_atomically(path, details)
        hint = f"Please report it with the file {path}; SOCLE_DEBUG=1 shows the details."
    except (OSError, ResourceError):
        hint = "Please report it; SOCLE_DEBUG=1 shows the details."
    return _fail(f"Socle met a fault of its own: {last}", hint, 1)
