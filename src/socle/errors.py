"""Every error that a user of Socle can meet.

    SocleError
    ├── UsageError            the words of a call are off                     (exit 2)
    ├── InputError            the user's file or rows cannot be used          (exit 1)
    │   ├── UnreadableError   missing, empty, damaged, of an unknown format
    │   ├── RowsError         read, but its rows do not fit the task
    │   └── PromptError       a prompt does not fit the model, or cannot be made
    ├── BaseError             a foundation model cannot be used
    │   ├── UnknownBaseError  nobody knows this name
    │   ├── MissingBaseError  known, but not on this machine
    │   ├── DamagedBaseError  its files are not the expected ones
    │   └── EndpointError     a model behind an address is down, too slow, or answers nonsense
    ├── ModelError            a saved model is damaged, foreign or too new
    ├── RecipeError           a setting is unknown or out of its range
    ├── ResourceError         disk full, out of memory, no permission
    └── MissingExtraError     an optional dependency is not installed

Each says what was found (`message`) and what to do next (`hint`). The command line prints both
and exits with 1 (2 for `UsageError`), never with a traceback.
"""

from __future__ import annotations


class SocleError(Exception):
    """The root of the tree: a message that says what was found, a hint that says what to do."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(SocleError):
    """The words of a call are off."""

    exit_code = 2


class InputError(SocleError):
    """The user's file or rows cannot be used."""


class UnreadableError(InputError):
    """A file is missing, empty, damaged or of an unknown format."""


class RowsError(InputError):
    """A file was read, but its rows do not fit the task."""


class PromptError(InputError):
    """A prompt does not fit the model, or cannot be made of what was given."""


class BaseError(SocleError):
    """A foundation model cannot be used."""


class UnknownBaseError(BaseError):
    """Nobody knows this name."""


class MissingBaseError(BaseError):
    """The base is known, but its files are not on this machine."""


class DamagedBaseError(BaseError):
    """The files of a base are not the ones that its record promises."""


class EndpointError(BaseError):
    """A model behind an address is down, too slow, or answers nonsense."""


class ModelError(SocleError):
    """A saved model is damaged, foreign, or written by a newer Socle."""


class RecipeError(SocleError):
    """A setting is unknown, or out of its range."""


class ResourceError(SocleError):
    """The machine has run out of disk or memory, or refuses access."""


class MissingExtraError(SocleError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"This needs the package {package!r}, which is not installed.",
            f'Install it with: pip install "socle[{extra}]"',
        )
        self._given = (package, extra)

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        # Exceptions come out of a child process made from their message, which is not enough here.
        return type(self), self._given
