"""Minimal pairs: two guidelines in nearly the same words that differ in an opposite.

"… on the circle, its measure is half the arc" and "… at the centre, its measure equals the arc" are closer to each other than to
any other wording of their rules. It is the difference that carries the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from vilomem_core.consolidation.contrast import contrasts
from vilomem_core.words import NEGATIONS, stem

RUN = 3  # words in a row that count as shared wording; shorter runs are chance
SHARED = 0.4  # of all words: look-alike rules share 0.40 or more, wordings of one rule 0.34 or less (measured on labelled rules)
COMPARED = 200  # words of a text, twice what the gate lets in: comparing is quadratic
LONG_RUN = 8  # words in a row: no two wordings of one rule shared more than 6, however long they are


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as it is compared: its words in order, and all ``RUN`` words in a row."""

    words: tuple[str, ...]
    runs: frozenset[tuple[str, ...]]


def wording(words: Sequence[str]) -> Wording:
    """Prepares a text, given as its words, for comparison with many others."""
    words = words[:COMPARED]
    return Wording(tuple(words), frozenset(zip(*(words[start:] for start in range(RUN)), strict=False)))


def minimal_pair(left: Wording, right: Wording) -> bool:
    """Do the two texts run in parallel and part in an opposite (or a "not") in the same place?"""
    a, b = left.words, right.words
    wanted = SHARED * (len(a) + len(b)) / 2
    # a block of n shared words holds n - 2 runs of three: fewer common runs than this rule both ways of sharing out
    once = len(left.runs) >= len(a) - RUN + 1 or len(right.runs) >= len(b) - RUN + 1  # no run is repeated in one of them
    if once and len(left.runs & right.runs) < min(wanted / RUN, LONG_RUN - RUN + 1):
        return False
    blocks = [block for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks() if block.size >= RUN]
    if sum(block.size for block in blocks) < wanted and max((block.size for block in blocks), default=0) < LONG_RUN:
        return False
    start_a = start_b = 0
    for block in [*blocks, None]:
        end_a, end_b = (block.a, block.b) if block else (len(a), len(b))
        if _opposed(a[start_a:end_a], b[start_b:end_b]):
            return True
        if block:
            start_a, start_b = block.a + block.size, block.b + block.size
    return False


def _opposed(left: Sequence[str], right: Sequence[str]) -> bool:
    """Do two stretches in the same place hold opposite poles, or does one of them negate?"""
    if len(NEGATIONS & set(left)) != len(NEGATIONS & set(right)):
        return True
    return bool(_named(left) & {(contrast, -pole) for contrast, pole in _named(right)})


def _named(words: Sequence[str]) -> set[tuple[int, int]]:
    """(contrast, pole) of each term in ``words`` that the opposites or the topics list; poles that are both named cancel out."""
    stems = [stem(word) for word in words]
    found: set[tuple[int, int]] = set()
    for offset, section in ((0, "Opposites"), (10_000, "Topics")):
        terms = contrasts(section).terms
        for place, first in enumerate(stems):
            for term, contrast, pole in terms.get(first, ()):
                if tuple(stems[place : place + len(term)]) == term:
                    found.add((offset + contrast, pole))
    return {(contrast, pole) for contrast, pole in found if (contrast, -pole) not in found}
