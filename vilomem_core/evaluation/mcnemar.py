"""Exact tail probabilities of a fair coin: the McNemar test for paired verdicts, without scipy.

Under the hypothesis that two arms are equally good, a case on which they differ is as likely to be fixed as to be broken, so that
the number fixed among the differing cases is binomial with probability 1/2 (McNemar 1947, Psychometrika 12, 153-157; exact form
after Fagerland, Lydersen and Laake 2013, BMC Med. Res. Methodol. 13:91).
"""

from __future__ import annotations

import math

_EXACT_UP_TO = 1000  # integers of a thousand bits are quick; beyond, logarithms are, and agree to about 1e-12


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
