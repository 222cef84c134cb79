"""Every error of the project, in one tree.

    ViLoMemError
    ├── UserError               what the user gave is wrong; the command line prints it in one or two lines (exit code 2)
    │   ├── SettingsError       an unknown key, a wrong value, a missing extra, a wrong API key
    │   ├── DataError           a dataset that cannot be read at all, or holds no usable case
    │   │   └── ImageProblem    one picture that no model should get (vilomem_core.images)
    │   └── StoreError          a store that is missing, older, damaged, or made with another embedder
    ├── ModelError              a model back end could not give a usable reply
    │   ├── ModelUnavailable    outage, timeout, rate limit: retryable
    │   ├── RequestRefused      the server will never take this request (too long, bad image, policy)
    │   ├── ReplyMissing        no reply was recorded for the request
    │   └── ReplyUnusable       a reply that does not hold what was asked for
    └── RunStopped              a budget or a signal ended the run; it can be resumed (exit code 3)

The message is always the first positional argument, so that errors survive pickling between processes. ``retryable`` says whether
the same call may succeed later; ``hint`` says what the user can do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from vilomem_core.types import Usage


class ViLoMemError(Exception):
    """Base of all errors that this project raises on purpose."""

    retryable = False

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UserError(ViLoMemError):
    """Something that the user gave is wrong."""


class SettingsError(UserError):
    """An unknown key, a value of the wrong kind, a missing extra."""


class DataError(UserError):
    """A dataset that cannot be read at all."""


class StoreError(UserError):
    """A store that is missing, of another version, damaged, or made with another embedder."""


class ModelError(ViLoMemError):
    """A model back end could not give a usable reply. Never a verdict about an answer.

    ``usage`` is what an unusable reply cost.
    """

    usage: Usage | None = None

    def costing(self, usage: Usage) -> Self:
        """This error, with the cost of the reply that it is about."""
        self.usage = usage
        return self


class ModelUnavailable(ModelError):
    """Outage, timeout or rate limit. ``retry_after_s`` is the delay in seconds that the server asked for, if it did."""

    retryable = True

    def __init__(self, message: str, hint: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message, hint)
        self.args = (message, hint, retry_after_s)
        self.retry_after_s = retry_after_s


class RequestRefused(ModelError):
    """The server will never take this request."""


class ReplyMissing(ModelError):
    """No reply was recorded for the request."""


class ReplyUnusable(ModelError):
    """A reply that does not hold what was asked for, even after it was asked for again."""


class RunStopped(ViLoMemError):
    """A budget or a signal ended the run cleanly; running the same command again resumes it."""

    retryable = True
