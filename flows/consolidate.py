"""The consolidate flow: from the candidate log to memories (ARCHITECTURE.md, decision 1)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from prefect import flow

from tasks.build_models import build_merger
from tasks.orchestrator import run_to_end
from tasks.session import Session
from vilomem_core.consolidation.consolidate import consolidate as derive_memories
from vilomem_core.consolidation.derivation import Consolidation
from vilomem_core.consolidation.log import GuidelineLog
from vilomem_core.types import MemoryState, Usage


@dataclass(frozen=True, slots=True)
class ConsolidationReport:
    """What one consolidation changed. ``events`` counts memory events by kind."""

    candidates: int
    changed: int
    unchanged: int
    events: tuple[tuple[str, int], ...]
    usage: Usage


@flow(name="consolidate", flow_run_name="consolidate-{consolidation_id}", validate_parameters=False, persist_result=False)
def consolidate(session: Session, consolidation_id: str, rebuild: bool = False) -> ConsolidationReport:
    """Derive the memories from the log again, touching only what new candidates and outcomes reach; one write at the end."""
    session.progress.start("consolidating", None)
    store = session.store
    log = store.guideline_log()
    result = run_to_end(_derive(session, log, consolidation_id, rebuild))
    store.write_consolidation(result.changed, result.judgements, result.events)
    return ConsolidationReport(
        candidates=len(log.ids),
        changed=len(result.changed),
        unchanged=len(result.unchanged_ids),
        events=tuple(sorted(Counter(event.kind for event in result.events).items())),
        usage=result.usage,
    )


async def _derive(session: Session, log: GuidelineLog, consolidation_id: str, rebuild: bool) -> Consolidation:
    merger = build_merger(session.settings)
    if merger is not None:
        merger = session.budgets.metered("merger", merger)
    try:
        return await derive_memories(
            log,
            session.store.memories(tuple(MemoryState)),
            session.store.judgements(),
            session.store.recall_outcomes(),
            embedder=session.embedders.text,
            merger=merger,
            settings=session.settings.consolidation,
            consolidation_id=consolidation_id,
            rebuild=rebuild,
        )
    finally:
        if merger is not None:
            await merger.aclose()
