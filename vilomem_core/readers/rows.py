"""One row as a file gives it, before anything about it is believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vilomem_core.readers.problems import Note, Problem, Refusal, Severity, shown


class NumberText(str):
    """A number as it is written in the file: ``0.30`` stays ``0.30``, and 10,000 digits are never converted."""

    __slots__ = ()


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


@dataclass(frozen=True, slots=True)
class Picture:
    """The bytes of one picture, not looked at yet; ``name`` is for messages."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class RawRow:
    """Fields by lower-case name, with values as JSON or Parquet give them: text, numbers, lists, None.

    ``options`` of a TSV arrive as one mapping from letters to texts. ``pictures`` reads the pictures when it is called, and raises
    ``Refusal``.
    """

    place: Place
    fields: Mapping[str, object]
    pictures: Callable[[], Sequence[Picture]]


def given_id(fields: Mapping[str, object]) -> object:
    """``id``, or ``index`` where there is none."""
    found = fields.get("id")
    return fields.get("index") if found is None else found
