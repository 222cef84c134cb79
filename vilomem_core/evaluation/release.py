"""Whether a snapshot's evidence is good enough to release it."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.evaluation.paired import PairedResult
from vilomem_core.evaluation.settings import ReleaseSettings


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
