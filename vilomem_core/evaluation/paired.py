"""Two arms on the same cases: what one got right that the other did not, how likely that is by chance, and how large it may be.

Under the hypothesis that two arms are equally good, a case on which they differ is as likely to be fixed as to be broken, so that
the number fixed among the differing cases is binomial with probability 1/2 (McNemar 1947, Psychometrika 12, 153-157; exact form
after Fagerland, Lydersen and Laake 2013, BMC Med. Res. Methodol. 13:91). No scipy is needed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

from vilomem_core.types import VerdictStatus

_EXACT_UP_TO = 1000  # integers of a thousand bits are quick; beyond, logarithms are, and agree to about 1e-12


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
        """Confidence interval of ``difference``: Newcombe's number 10, see ``paired_difference``."""
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


def at_least(successes: int, trials: int) -> float:
    """P(X >= successes) for X ~ Binomial(trials, 1/2); 1.0 without trials."""
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials")
    if 2 * successes <= trials:  # the shorter tail is summed
        return 1.0 - _tail(trials - successes + 1, trials) if successes else 1.0
    return _tail(successes, trials)


def two_sided(fixed: int, broken: int) -> float:
    """The exact two-sided p-value: twice the smaller tail, at most 1."""
    return min(1.0, 2.0 * at_least(max(fixed, broken), fixed + broken))


def _tail(successes: int, trials: int) -> float:
    """Sum of the terms from ``successes`` up, where these are the smaller half."""
    if successes > trials:
        return 0.0
    if trials <= _EXACT_UP_TO:
        return sum(math.comb(trials, count) for count in range(successes, trials + 1)) / (1 << trials)
    first = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(trials - successes + 1) - trials * math.log(2)
    total, term = 0.0, 1.0
    for count in range(successes, trials + 1):
        total += term
        term *= (trials - count) / (count + 1)
        if term < total * 1e-17:  # every further term is smaller still
            break
    return math.exp(first) * total


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of one proportion (Wilson 1927, J. Am. Stat. Assoc. 22, 209-212); (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # at the ends the score interval reaches the end exactly; rounding must not step over it
    low = 0.0 if successes == 0 else (centre - spread) / scale
    high = 1.0 if successes == trials else (centre + spread) / scale
    return low, high


def paired_difference(both: int, first_only: int, second_only: int, neither: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval for (share right in the second arm) - (share right in the first), from the four counts of paired verdicts.

    Newcombe's square-and-add interval, number 10 in his comparison (Newcombe 1998, Stat. Med. 17, 2635-2650): the Wilson intervals
    of the two shares, joined with the correlation of the pairs. It stays inside [-1, 1], and does not shrink to a point when no
    pair differs, as the usual Wald interval does. (-1, 1) without pairs.
    """
    pairs = both + first_only + second_only + neither
    if not pairs:
        return -1.0, 1.0
    first, second = both + first_only, both + second_only
    share_1, share_2 = first / pairs, second / pairs
    (low_1, high_1), (low_2, high_2) = wilson(first, pairs, confidence), wilson(second, pairs, confidence)
    phi = _correlation(both, first_only, second_only, neither)
    down, up = share_2 - low_2, high_2 - share_2
    other_up, other_down = high_1 - share_1, share_1 - low_1
    below = math.sqrt(max(0.0, down * down - 2 * phi * down * other_up + other_up * other_up))
    above = math.sqrt(max(0.0, up * up - 2 * phi * up * other_down + other_down * other_down))
    return max(-1.0, share_2 - share_1 - below), min(1.0, share_2 - share_1 + above)


def _correlation(both: int, first_only: int, second_only: int, neither: int) -> float:
    """The phi coefficient, with Newcombe's continuity correction of a positive one."""
    pairs = both + first_only + second_only + neither
    margins = (both + first_only) * (second_only + neither) * (both + second_only) * (first_only + neither)
    if not margins:
        return 0.0
    product = float(both * neither - first_only * second_only)
    if product > 0:
        product = max(product - pairs / 2, 0.0)
    return product / math.sqrt(margins)
