"""What readers say about rows that are not as they should be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

QUOTED_CHARS = 80  # enough to find the text in the file, too little to fill a terminal
PATH_CHARS = 1000


class Severity(StrEnum):
    """A rejected row is not used; a warning asks to look at it; a conversion changed its form, not its meaning."""

    REJECT = "reject"
    WARNING = "warning"
    CONVERSION = "conversion"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about one row, or about a whole file when ``row`` is None.

    ``line`` and ``row`` count from 1; ``line`` counts every line of the file, ``row`` only data rows, and Parquet has no lines.
    ``reason`` and ``id`` hold no control codes and never a whole text.
    """

    file: str
    line: int | None
    row: int | None
    id: str | None
    kind: str
    severity: Severity
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason} [{self.kind}]"

    @property
    def where(self) -> str:
        """``cases.jsonl, line 4 (row 2, id q-17)``."""
        line = "" if self.line is None else f", line {self.line}"
        names = [f"row {self.row}"] if self.row is not None else []
        names += [f"id {self.id}"] if self.id is not None else []
        return shown(self.file, PATH_CHARS) + line + (f" ({', '.join(names)})" if names else "")


class Refusal(Exception):
    """Why one row or file is not used; readers turn it into a ``Problem``, it never leaves this package."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(kind, reason)
        self.kind = kind
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Note:
    """One finding about a row that is used all the same."""

    kind: str
    severity: Severity
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row is: see ``Problem``. ``label`` is the row's own name in messages (``index 4`` in a TSV), or empty."""

    file: str
    line: int | None = None
    row: int | None = None
    id: str | None = None
    label: str = ""

    def problem(self, kind: str, reason: str, severity: Severity = Severity.REJECT) -> Problem:
        name = None if self.id is None else shown(self.id)
        return Problem(self.file, self.line, self.row, name, kind, severity, f"{self.label}: {reason}" if self.label else reason)

    def refused(self, refusal: Refusal) -> Problem:
        return self.problem(refusal.kind, refusal.reason)

    def noted(self, note: Note) -> Problem:
        return self.problem(note.kind, note.reason, note.severity)


def quote(text: str, limit: int = QUOTED_CHARS) -> str:
    """``text`` between double quotes for a message: control codes written out, cut after ``limit`` characters."""
    return f'"{shown(text, limit)}"'


def shown(text: str, limit: int = QUOTED_CHARS) -> str:
    """``text`` safe to print: one line, control, format and surrogate characters written as escapes, cut with an ellipsis."""
    cut = text[:limit]
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in cut)
    return safe + ("…" if len(text) > limit else "")
