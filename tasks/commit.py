"""The single writer: everything staged goes into the tables in one step (DESIGN, decision 3)."""

from __future__ import annotations

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from storage.commit import CommitReport, commit
from tasks.session import Session


@task(name="commit", cache_policy=NO_CACHE, persist_result=False)
def commit_staged(session: Session, folder: Path) -> CommitReport:
    """Commit the staged outcomes of ``folder``; safe to be killed and repeated."""
    return commit(session.store, folder)
