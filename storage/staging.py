"""Staged outcomes: what workers hand to the one writer.

A worker writes Arrow files with one row a case, and what belongs to it as lists; a file is moved into place only when it is whole
and on the disk. Nothing here needs LanceDB, so any process may stage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from storage.columns import nest, unnest
from storage.errors import explain, store_errors
from storage.files import check_name, read_batch, remove_orphans, write_batch
from storage.schema import ATTEMPTS, CANDIDATES, FAILURES, REFLECTIONS
from vilomem_core.errors import StoreError
from vilomem_core.types import CaseOutcome

STAGED_SUFFIX = ".arrow"
PARTS = ("failures", "reflections", "candidates", "attempts")

Record = TypeVar("Record")


def stage(folder: Path, name: str, outcomes: Sequence[CaseOutcome]) -> Path:
    """Write ``outcomes`` to ``folder``/``name``.arrow, all or nothing; the same name again replaces it.

    Raises StoreError when the disk does not take it, and for vectors that are not finite or of mixed lengths.
    """
    path = folder / f"{check_name(name, 'a staged file')}{STAGED_SUFFIX}"
    batch = _to_batch(outcomes)
    with store_errors(folder, f"staging {name}"):
        folder.mkdir(parents=True, exist_ok=True)
        write_batch(path, batch)
    return path


def staged_files(folder: Path) -> list[Path]:
    """The whole files of a staging folder in name order; what dead writers left half-written is removed."""
    with store_errors(folder, "listing staged files"):
        if not folder.is_dir():
            return []
        remove_orphans(folder)
        return sorted(path for path in folder.glob(f"*{STAGED_SUFFIX}") if not path.name.startswith("."))


def staged_outcomes(folder: Path) -> Iterator[CaseOutcome]:
    """Every staged outcome, file by file in name order."""
    for path in staged_files(folder):
        yield from _to_outcomes(read_staged(path))


def read_staged(path: Path) -> pa.RecordBatch:
    """One staged file. Raises StoreError when it is damaged."""
    try:
        batch = read_batch(path)
    except (pa.ArrowException, OSError, IndexError) as exc:
        if isinstance(exc, OSError) and exc.errno is not None:
            raise explain(exc, path.parent, f"reading {path.name}") from exc
        raise StoreError(f"the staged file {path} is damaged.", "Delete it: its cases are then solved again.") from exc
    if batch.schema.names != ["case_key", *PARTS]:
        raise StoreError(f"{path} is not a staged file: it has other columns.", "Move it to another folder.")
    return batch


def part_rows(batch: pa.RecordBatch, part: str) -> pa.Table:
    """The rows of one of ``PARTS`` as a table of its own."""
    return unnest(batch.column(part))


def _to_batch(outcomes: Sequence[CaseOutcome]) -> pa.RecordBatch:
    attempts = [[outcome.attempt] if outcome.attempt else [] for outcome in outcomes]
    candidates = [candidate for outcome in outcomes for candidate in outcome.candidates]
    rounds = [outcome.attempt.round if outcome.attempt else None for outcome in outcomes for _ in outcome.candidates]
    text_dim = candidates[0].guideline_vector.size if candidates else 1
    image_dim = max((candidate.image_vectors.shape[-1] for candidate in candidates), default=1) or 1
    tables = {
        "failures": FAILURES.to_arrow([failure for outcome in outcomes for failure in outcome.failures]),
        "reflections": REFLECTIONS.to_arrow([reflection for outcome in outcomes for reflection in outcome.reflections]),
        "candidates": CANDIDATES.to_arrow(candidates, CANDIDATES.schema(text_dim, image_dim), round=rounds),
        "attempts": ATTEMPTS.to_arrow([attempt for group in attempts for attempt in group]),
    }
    counts = {
        "failures": [len(outcome.failures) for outcome in outcomes],
        "reflections": [len(outcome.reflections) for outcome in outcomes],
        "candidates": [len(outcome.candidates) for outcome in outcomes],
        "attempts": [len(group) for group in attempts],
    }
    columns = {part: nest(tables[part], counts[part]) for part in PARTS}
    keys = pa.array([outcome.case_key for outcome in outcomes], type=pa.string())
    return pa.RecordBatch.from_arrays([keys, *columns.values()], names=["case_key", *columns])


def _to_outcomes(batch: pa.RecordBatch) -> Iterator[CaseOutcome]:
    attempts = _groups(batch, "attempts", ATTEMPTS.from_arrow(part_rows(batch, "attempts")))
    reflections = _groups(batch, "reflections", REFLECTIONS.from_arrow(part_rows(batch, "reflections")))
    candidates = _groups(batch, "candidates", CANDIDATES.from_arrow(part_rows(batch, "candidates")))
    failures = _groups(batch, "failures", FAILURES.from_arrow(part_rows(batch, "failures")))
    for position, case_key in enumerate(batch.column("case_key").to_pylist()):
        yield CaseOutcome(
            case_key=case_key,
            attempt=next(iter(attempts[position]), None),
            reflections=reflections[position],
            candidates=candidates[position],
            failures=failures[position],
        )


def _groups(batch: pa.RecordBatch, part: str, records: Sequence[Record]) -> list[tuple[Record, ...]]:
    bounds = batch.column(part).offsets.to_pylist()
    return [tuple(records[start:stop]) for start, stop in pairwise(bounds)]


def batches_of(files: Iterable[Path], rows: int) -> Iterator[list[tuple[Path, pa.RecordBatch]]]:
    """Staged files in groups of about this many cases, so that memory stays bounded however many are staged."""
    group: list[tuple[Path, pa.RecordBatch]] = []
    cases = 0
    for path in files:
        batch = read_staged(path)
        group.append((path, batch))
        cases += batch.num_rows
        if cases >= rows:
            yield group
            group, cases = [], 0
    if group:
        yield group
