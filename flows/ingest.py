"""The ingest flow: a data set into the cases and images tables, row by row, in a stable order."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from prefect import flow

from storage.allocator import release_unused
from tasks.session import Session
from vilomem_core.errors import DataError
from vilomem_core.ids import CaseKeys, case_key
from vilomem_core.readers import Problem, Severity, read_cases
from vilomem_core.types import Case

# What is written at once: every commit costs LanceDB 5 ms and 300 kB of memory that it keeps (a million cases: 0.97 GB, 1.19 with
# batches of 4,096),
BATCH_CASES = 16_384
BATCH_BYTES = 64 << 20  # but pictures have up to some MB
PROBLEMS_KEPT = 1000  # `vilomem check` lists them all


@dataclass(frozen=True, slots=True)
class Ingested:
    """The data set as case keys in order, its digest, and what was refused or converted on the way."""

    keys: CaseKeys
    digest: str
    refused: int
    noted: int
    problems: tuple[Problem, ...]


@flow(name="ingest", flow_run_name="ingest-{session.store_name}", validate_parameters=False, persist_result=False)
def ingest(session: Session) -> Ingested:
    """Read ``settings.data`` into the store. A refused row is counted and kept; with ``learn.strict`` it is a ``DataError``."""
    session.progress.start("reading the data set", None)
    keys = CaseKeys()
    digest = hashlib.sha256()
    problems: list[Problem] = []
    refused = noted = 0
    batch: list[Case] = []
    size = 0
    for row in read_cases(session.settings.data, session.settings.reader):
        if isinstance(row, Problem):
            refused += row.severity is Severity.REJECT
            noted += row.severity is not Severity.REJECT
            if row.severity is Severity.REJECT and session.settings.learn.strict:
                raise DataError(str(row), "Leave out --strict to skip such rows.")
            if len(problems) < PROBLEMS_KEPT:
                problems.append(row)
            continue
        key = case_key(row)
        digest.update(f"\n{key}".encode() if keys else key.encode())
        keys.append(key)
        batch.append(row)
        size += sum(len(image.data) for image in row.images)
        session.progress.advance(1)
        if len(batch) == BATCH_CASES or size >= BATCH_BYTES:
            session.store.add_cases(batch)
            batch, size = [], 0
            release_unused()
    session.store.add_cases(batch)
    if not keys:
        raise DataError(f"no usable case in {', '.join(session.settings.data)}.", "`vilomem check` says why each row was refused.")
    return Ingested(keys, digest.hexdigest(), refused, noted, tuple(problems))
