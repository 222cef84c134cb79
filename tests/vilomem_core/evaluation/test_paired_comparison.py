"""Paired verdicts, their exact test and their interval."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vilomem_core.evaluation import PairedResult, compare_paired
from vilomem_core.evaluation.paired import at_least, paired_difference, two_sided, wilson
from vilomem_core.types import VerdictStatus

RIGHT, WRONG, UNSURE = VerdictStatus.CORRECT, VerdictStatus.INCORRECT, VerdictStatus.UNDETERMINED
COUNTS = st.integers(0, 60)


def test_pairs_are_sorted_by_both_verdicts_and_what_has_no_verdict_is_left_out() -> None:
    baseline = {"a": RIGHT, "b": WRONG, "c": RIGHT, "d": WRONG, "e": UNSURE, "f": WRONG, "g": UNSURE, "only": RIGHT}
    candidate = {
        "a": RIGHT,
        "b": RIGHT,
        "c": WRONG,
        "d": WRONG,
        "e": RIGHT,
        "f": UNSURE,
        "g": UNSURE,
        "other": WRONG,
        "more": WRONG,
    }
    result = compare_paired(baseline, candidate)
    assert result == PairedResult(both_right=1, fixed=1, broken=1, both_wrong=1, undetermined=3, unpaired=3)
    assert (result.pairs, result.baseline_accuracy, result.candidate_accuracy, result.difference) == (4, 0.5, 0.5, 0.0)


def test_an_outage_in_one_arm_is_not_a_loss_of_that_arm() -> None:
    keys = [str(number) for number in range(50)]
    result = compare_paired(dict.fromkeys(keys, RIGHT), dict.fromkeys(keys, UNSURE))
    assert (result.pairs, result.broken, result.difference) == (0, 0, 0.0)
    assert result.baseline_accuracy is None
    assert result.interval() == (-1.0, 1.0)
    assert (result.p_differs, result.p_better, result.p_worse) == (1.0, 1.0, 1.0)


def test_interval_of_textbook_tables() -> None:
    # Bentur et al. 2009, used in Fagerland, Lydersen and Laake, Statistical Analysis of Contingency Tables, chapter 8
    assert paired_difference(1, 7, 1, 12) == pytest.approx((-0.507, -0.026), abs=0.0005)
    # Altman et al. 2000, Statistics with Confidence, table 6.2
    assert paired_difference(14, 0, 5, 22) == pytest.approx((0.011, 0.226), abs=0.0006)


def test_interval_does_not_shrink_to_a_point_when_no_pair_differs() -> None:
    low, high = PairedResult(both_right=25, fixed=0, broken=0, both_wrong=5).interval()
    assert -0.15 < low < -0.05
    assert high == pytest.approx(-low)


@pytest.mark.parametrize("shares", [(0.3, 0.2, 0.1, 0.4), (0.1, 0.5, 0.05, 0.35), (0.7, 0.1, 0.1, 0.1), (0.85, 0.1, 0.02, 0.03)])
def test_interval_covers_the_truth_about_as_often_as_it_says(shares: tuple[float, float, float, float]) -> None:
    pairs, covered = 24, 0.0
    truth = shares[1] - shares[2]
    logs = [math.log(share) for share in shares]
    for both in range(pairs + 1):
        for fixed in range(pairs + 1 - both):
            for broken in range(pairs + 1 - both - fixed):
                counts = (both, fixed, broken, pairs - both - fixed - broken)
                low, high = paired_difference(both, broken, fixed, counts[3])
                if low <= truth <= high:
                    ways = math.lgamma(pairs + 1) - sum(math.lgamma(count + 1) for count in counts)
                    covered += math.exp(ways + sum(count * log for count, log in zip(counts, logs, strict=True)))
    assert 0.93 < covered < 0.99


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_interval_holds_the_difference_and_turns_round_with_the_arms(both: int, fixed: int, broken: int, neither: int) -> None:
    result = PairedResult(both, fixed, broken, neither)
    low, high = result.interval()
    assert -1 <= low <= result.difference + 1e-12
    assert result.difference - 1e-12 <= high <= 1
    swapped = PairedResult(both, broken, fixed, neither).interval()
    assert swapped == pytest.approx((-high, -low))
    wide = result.interval(0.99)
    assert wide[0] <= low + 1e-12
    assert wide[1] >= high - 1e-12


@given(st.integers(0, 200), st.integers(0, 200))
def test_p_values_are_the_exact_tails_of_a_fair_coin(fixed: int, broken: int) -> None:
    trials = fixed + broken
    tail = Fraction(sum(math.comb(trials, count) for count in range(fixed, trials + 1)), 2**trials)
    result = PairedResult(0, fixed, broken, 0)
    assert result.p_better == pytest.approx(float(tail), rel=1e-12)
    opposite = Fraction(sum(math.comb(trials, count) for count in range(broken, trials + 1)), 2**trials)
    assert result.p_worse == pytest.approx(float(opposite), rel=1e-12)
    assert result.p_differs == pytest.approx(min(1.0, 2 * float(min(tail, opposite))), rel=1e-12)


def test_many_differing_pairs_are_quick_and_as_exact() -> None:
    for successes, trials in ((1010, 2000), (1100, 2000), (1300, 2400), (900, 2000)):
        exact = Fraction(sum(math.comb(trials, count) for count in range(successes, trials + 1)), 2**trials)
        assert at_least(successes, trials) == pytest.approx(float(exact), rel=1e-9)
    assert two_sided(500_000, 500_000) == 1.0
    assert two_sided(502_000, 498_000) == pytest.approx(6.3e-5, rel=0.05)


def test_known_p_value() -> None:
    assert two_sided(12, 2) == pytest.approx(2 * (1 + 14 + 91) / 2**14)


def test_wilson_reaches_the_ends_and_not_beyond() -> None:
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(8, 10) == pytest.approx((0.490, 0.943), abs=0.001)
