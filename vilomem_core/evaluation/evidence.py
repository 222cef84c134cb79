"""A release decision and the counts behind it, as the JSON text that a snapshot record keeps."""

from __future__ import annotations

import json
from dataclasses import dataclass

from vilomem_core.errors import StoreError
from vilomem_core.evaluation.blame import MemoryBlame
from vilomem_core.evaluation.paired import PairedResult
from vilomem_core.evaluation.release import ReleaseDecision

_COUNTS = ("both_right", "fixed", "broken", "both_wrong", "undetermined", "unpaired")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a snapshot was released or held back on; ``vs_current`` is None for the first one.

    ``suspects`` are the memories that were recalled where cases broke against no memory.
    """

    decision: ReleaseDecision
    vs_none: PairedResult
    vs_current: PairedResult | None
    suspects: tuple[MemoryBlame, ...] = ()


def write_evidence(evidence: Evidence) -> str:
    """JSON text. Besides the counts it holds what follows from them, for people and SQL."""
    decision = evidence.decision
    content = {
        "released": decision.released,
        "reason": decision.reason,
        "level": decision.level,
        "vs_none": _record(evidence.vs_none),
        "vs_current": _record(evidence.vs_current) if evidence.vs_current else None,
        "suspects": [
            {"memory": one.memory_id, "p_harm": one.p_harm, "q_harm": one.q_harm, **_record(one.result)}
            for one in evidence.suspects
        ],
    }
    return json.dumps(content, sort_keys=True, allow_nan=False)


def read_evidence(text: str) -> Evidence | None:
    """The evidence of a snapshot record; None for a snapshot that was never evaluated (``{}``). Raises ``StoreError``."""
    try:
        content = json.loads(text)
        if content == {}:
            return None
        current = content["vs_current"]
        return Evidence(
            ReleaseDecision(bool(content["released"]), str(content["reason"]), float(content["level"])),
            _result(content["vs_none"]),
            None if current is None else _result(current),
            tuple(
                MemoryBlame(str(one["memory"]), _result(one), float(one["p_harm"]), float(one["q_harm"]))
                for one in content.get("suspects", [])
            ),
        )
    except (ValueError, KeyError, TypeError) as exc:
        raise StoreError("a snapshot's evidence cannot be read", f"It begins: {text[:80]!r}") from exc


def _record(result: PairedResult) -> dict[str, float | None]:
    low, high = result.interval()
    counts: dict[str, float | None] = {name: getattr(result, name) for name in _COUNTS}
    return counts | {
        "baseline_accuracy": result.baseline_accuracy,
        "candidate_accuracy": result.candidate_accuracy,
        "difference": result.difference,
        "difference_low": low,
        "difference_high": high,
        "p_differs": result.p_differs,
        "p_better": result.p_better,
    }


def _result(record: dict[str, int]) -> PairedResult:
    return PairedResult(*(int(record[name]) for name in _COUNTS))
