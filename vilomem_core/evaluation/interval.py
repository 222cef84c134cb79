"""Confidence intervals for proportions."""

from __future__ import annotations

import math
from statistics import NormalDist


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
