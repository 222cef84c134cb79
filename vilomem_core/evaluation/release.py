"""When a snapshot may become the one that everybody uses: the held-out cases, the release gate, and the evidence that is kept.

Held-out cases never teach and only test. The evidence is the decision and the counts behind it, as the JSON text of a snapshot record.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from vilomem_core.errors import StoreError
from vilomem_core.evaluation.blame import MemoryBlame
from vilomem_core.evaluation.paired import PairedResult
from vilomem_core.settings.method import ReleaseSettings

_COUNTS = ("both_right", "fixed", "broken", "both_wrong", "undetermined", "unpaired")


def is_held_out(case_key: str, fraction: float, seed: int = 0) -> bool:
    """Whether a case belongs to the held-out part: decided by its key alone, so that every run and machine agrees.

    With the same seed a larger fraction holds out the same cases and more. Cases that share a picture or a question under different
    ids have different keys: give the key of the group where a data set has such groups.
    """
    if not 0.0 <= fraction <= 1.0:
        raise ValueError(f"a fraction is between 0 and 1, not {fraction}")
    digest = hashlib.blake2b(f"{seed}\0{case_key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) < fraction * 2**64


@dataclass(frozen=True, slots=True)
class ReleaseDecision:
    """``level`` is the risk that this one decision was allowed to take, from ``alpha`` and the number of the look."""

    released: bool
    reason: str
    level: float


def release_gate(
    result_vs_current: PairedResult | None, result_vs_none: PairedResult, settings: ReleaseSettings, look: int = 1
) -> ReleaseDecision:
    """Releases a snapshot that helps against no memory, and is not clearly worse than the current one (None: there is none yet).

    Both must hold, each at the full level: such an intersection of tests needs no correction (Berger 1982, Technometrics 24,
    295-300). Not being worse is shown by the confidence interval, which must lie above ``-margin``; a p-value that is not small
    would show nothing. Looking at the same held-out cases again for every snapshot does need a correction: decision number ``look``
    (from 1) may spend ``alpha / (look * (look + 1))``, and these add up to ``alpha`` over any number of looks (union bound).
    """
    if look < 1:
        raise ValueError(f"looks are counted from 1, not {look}")
    level = settings.alpha / (look * (look + 1))
    refusal = _against_none(result_vs_none, level, settings)
    if not refusal and result_vs_current is not None:
        refusal = _against_current(result_vs_current, level, settings)
    if refusal:
        return ReleaseDecision(False, refusal, level)
    reason = f"Better than no memory: {_counts(result_vs_none)}, p = {result_vs_none.p_better:.2g}."
    if result_vs_current is not None:
        low, _ = result_vs_current.interval(1 - 2 * level)
        reason += (
            f" Against the current snapshot {_counts(result_vs_current)}; a loss of more than {max(0.0, -low):.1%} is ruled out."
        )
    return ReleaseDecision(True, reason, level)


def _against_none(result: PairedResult, level: float, settings: ReleaseSettings) -> str:
    """Why this comparison forbids a release; empty when it does not."""
    if too_few := _too_few(result, "no memory", settings):
        return too_few
    if result.p_better > level:
        return f"Not shown to help against no memory: {_counts(result)}, p = {result.p_better:.2g} is above {level:.2g}."
    return ""


def _against_current(result: PairedResult, level: float, settings: ReleaseSettings) -> str:
    if too_few := _too_few(result, "the current snapshot", settings):
        return too_few
    low, _ = result.interval(1 - 2 * level)  # one bound at this level
    if low < -settings.margin:
        return (
            f"May be worse than the current snapshot: {_counts(result)}; a loss of {-low:.1%} cannot be ruled out, "
            f"allowed are {settings.margin:.1%}."
        )
    return ""


def _too_few(result: PairedResult, other: str, settings: ReleaseSettings) -> str:
    if not result.pairs:
        return f"No held-out case has a verdict both with this snapshot and with {other}."
    share = result.undetermined / (result.pairs + result.undetermined)
    if share > settings.max_undetermined:
        return f"Compared with {other}, {share:.0%} of the cases have no verdict; allowed are {settings.max_undetermined:.0%}."
    return ""


def _counts(result: PairedResult) -> str:
    return f"{result.fixed} fixed and {result.broken} broken of {result.pairs} cases"


@dataclass(frozen=True, slots=True)
class ReleaseEvidence:
    """What a snapshot was released or held back on; ``vs_current`` is None for the first one.

    ``suspects`` are the memories that were recalled where cases broke against no memory.
    """

    decision: ReleaseDecision
    vs_none: PairedResult
    vs_current: PairedResult | None
    suspects: tuple[MemoryBlame, ...] = ()


def write_evidence(evidence: ReleaseEvidence) -> str:
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


def read_evidence(text: str) -> ReleaseEvidence | None:
    """The evidence of a snapshot record; None for a snapshot that was never evaluated (``{}``). Raises ``StoreError``."""
    try:
        content = json.loads(text)
        if content == {}:
            return None
        current = content["vs_current"]
        return ReleaseEvidence(
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
