"""Two arms on the same cases: what one got right that the other did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vilomem_core.evaluation.interval import paired_difference
from vilomem_core.evaluation.mcnemar import at_least, two_sided
from vilomem_core.types import VerdictStatus


@dataclass(frozen=True, slots=True)
class PairedResult:
    """Counts of cases by their two verdicts.

    ``fixed`` were wrong in the baseline and are right in the candidate, ``broken`` the reverse. ``undetermined``
    cases have no verdict in at least one arm, ``unpaired`` cases were in one arm only; neither kind is in any share.
    """

    both_right: int
    fixed: int
    broken: int
    both_wrong: int
    undetermined: int = 0
    unpaired: int = 0

    @property
    def pairs(self) -> int:
        """Cases with a verdict in both arms."""
        return self.both_right + self.fixed + self.broken + self.both_wrong

    @property
    def baseline_accuracy(self) -> float | None:
        """Share right in the baseline; None without pairs."""
        return (self.both_right + self.broken) / self.pairs if self.pairs else None

    @property
    def candidate_accuracy(self) -> float | None:
        return (self.both_right + self.fixed) / self.pairs if self.pairs else None

    @property
    def difference(self) -> float:
        """Candidate minus baseline, as a share; 0.0 without pairs."""
        return (self.fixed - self.broken) / self.pairs if self.pairs else 0.0

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Confidence interval of ``difference``: Newcombe's number 10, see ``interval.paired_difference``."""
        return paired_difference(self.both_right, self.broken, self.fixed, self.both_wrong, confidence)

    @property
    def p_differs(self) -> float:
        """Exact two-sided McNemar p-value: could so uneven a split of the differing cases be chance?"""
        return two_sided(self.fixed, self.broken)

    @property
    def p_better(self) -> float:
        """Exact one-sided p-value against "the candidate is no better"."""
        return at_least(self.fixed, self.fixed + self.broken)

    @property
    def p_worse(self) -> float:
        """Exact one-sided p-value against "the candidate is no worse"."""
        return at_least(self.broken, self.fixed + self.broken)


def compare_paired(baseline: Mapping[str, VerdictStatus], candidate: Mapping[str, VerdictStatus]) -> PairedResult:
    """Compares two arms by case key. Only pairs with a verdict in both arms count: an outage in one arm is not a mistake of it."""
    counts = {(left, right): 0 for left in VerdictStatus for right in VerdictStatus}
    shared = baseline.keys() & candidate.keys()
    for key in shared:
        counts[baseline[key], candidate[key]] += 1
    right, wrong = VerdictStatus.CORRECT, VerdictStatus.INCORRECT
    both_right, fixed = counts[right, right], counts[wrong, right]
    broken, both_wrong = counts[right, wrong], counts[wrong, wrong]
    return PairedResult(
        both_right=both_right,
        fixed=fixed,
        broken=broken,
        both_wrong=both_wrong,
        undetermined=len(shared) - both_right - fixed - broken - both_wrong,
        unpaired=len(baseline) + len(candidate) - 2 * len(shared),
    )
