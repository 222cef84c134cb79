"""Jobs on small data sets, and a way to compare stores row by row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flows.learn import LearnReport, learn
from storage.analytics import Analytics
from storage.store import Store
from tasks.session import Session
from vilomem_core.settings.layers import Layer
from vilomem_core.settings.load import load_settings
from vilomem_core.settings.tree import Settings

# what a clock or a process says: it differs between two runs of the same job
VOLATILE = {"started_at", "ended_at", "created_at", "seconds", "analysis_seconds", "verdict_seconds"}
TABLES = ("cases", "attempts", "reflections", "candidates", "memories", "lineage", "events", "failures", "runs", "snapshots")


def job_settings(store: Path, data: Path, *, solver: str, **values: object) -> Settings:
    """Settings of a job in this process with the lexical embedder, unless ``values`` (dots as ``__``) say otherwise."""
    base = {
        "data": [str(data)],
        "store": str(store),
        "roles.solver.model": solver,
        "engine.kind": "inline",
        "embedders.text": "lexical",
    }
    given = {name.replace("__", "."): value for name, value in values.items()}
    return load_settings(None, {}, [Layer("test", {**base, **given})]).settings


def run(settings: Settings) -> LearnReport:
    with Session(settings) as session:
        return learn(session)


def rows(store: Path, table: str) -> list[dict[str, object]]:
    """A table's rows by id, without what depends on the clock."""
    return query(store, f"SELECT * FROM {table} ORDER BY ALL")


def query(store: Path, sql: str) -> list[dict[str, object]]:
    with Store.open(store, read_only=True) as opened, Analytics(opened) as analytics:
        found = analytics.sql(sql).to_pylist()
    return [{name: value for name, value in row.items() if name not in VOLATILE} for row in found]


def contents(store: Path, tables: Sequence[str] = TABLES) -> dict[str, list[str]]:
    """All rows of a store in a comparable form."""
    return {table: sorted(map(repr, rows(store, table))) for table in tables}
