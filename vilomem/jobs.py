"""The jobs, for programs: each takes settings, opens a session, and runs one flow.

Settings are a ``Settings`` object, a mapping (nested or with dotted keys) or the path of a YAML file; keyword arguments go on top
by section: ``learn("job.yaml", store="elsewhere", learn={"rounds": 2})``. The environment is read for the keys of services alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tasks.build_models import check_job
from tasks.orchestrator import set_defaults, termination_as_stop
from vilomem_core.settings.load import as_settings
from vilomem_core.settings.tree import Settings

if TYPE_CHECKING:
    from flows.consolidate import ConsolidationReport
    from flows.evaluate import EvaluationReport
    from flows.learn import LearnReport
    from tasks.session import Session
    from vilomem_core.types import SnapshotRecord

SettingsSource: TypeAlias = Settings | Mapping[str, Any] | str | Path | None

set_defaults()


def learn(settings: SettingsSource = None, **overrides: Any) -> LearnReport:
    """Learn from ``data`` in rounds: solve, verify, reflect, consolidate, publish; the same call again resumes (ViLoMem, sec. 3).

    Raises ``UserError`` for what is wrong with settings, data or store, ``ModelError`` when a model cannot be reached or gave nothing usable in the whole run, and
    ``RunStopped`` when a budget or a signal ended the run; what was solved is kept.
    """
    from flows.learn import learn as learn_flow

    resolved = as_settings(settings, **overrides)
    check_job(resolved)
    with _session(resolved) as session:
        report = learn_flow(session)
    report.check()
    return report


def evaluate(
    settings: SettingsSource = None, *, snapshot: str = "latest", against: str = "none", **overrides: Any
) -> EvaluationReport:
    """Solve ``data`` under two snapshots and compare case by case (exact McNemar test); ``none`` means no memory. Raises as ``learn``."""
    from flows.evaluate import evaluate as evaluate_flow

    resolved = as_settings(settings, **overrides)
    check_job(resolved)
    with _session(resolved) as session:
        return evaluate_flow(session, snapshot, against)


def consolidate(settings: SettingsSource = None, *, rebuild: bool = False, **overrides: Any) -> ConsolidationReport:
    """Derive the memories from the candidate log; with ``rebuild`` all of them anew. Raises ``StoreError`` where there is no store."""
    from flows.consolidate import consolidate as consolidate_flow
    from tasks.manual_changes import must_exist, new_consolidation_id

    resolved = as_settings(settings, **overrides)
    must_exist(resolved)
    with _session(resolved) as session:
        return consolidate_flow(session, new_consolidation_id(), rebuild)


def publish(settings: SettingsSource = None, **overrides: Any) -> SnapshotRecord:
    """Publish the active memories as a snapshot, without evaluation. Raises ``StoreError`` where there is no store."""
    from flows.publish import publish as publish_flow
    from tasks.manual_changes import must_exist
    from vilomem_core.ids import CaseKeys

    resolved = as_settings(settings, **overrides)
    must_exist(resolved)
    with _session(resolved) as session:
        return publish_flow(session, CaseKeys())


def export(
    settings: SettingsSource = None, *, out: str | Path, snapshot: str = "latest", form: str = "bundle", **overrides: Any
) -> Path:
    """Write a snapshot of ``store`` as a recall bundle (a folder), or with ``form="jsonl"`` as rules with their sources (a file).

    Returns the path. Raises ``StoreError`` for a store or snapshot that is not there, ``SettingsError`` for an unknown form.
    """
    from flows.export import export as export_flow  # its function is called: one file needs no orchestrator

    resolved = as_settings(settings, **overrides)
    return Path(export_flow.fn(resolved.store, snapshot, form, str(out)))


@contextmanager
def _session(settings: Settings) -> Iterator[Session]:
    from tasks.session import Session

    with Session(settings) as session, termination_as_stop():
        yield session
