"""Where there is no gold answer: the answer that most of several samples agree on. It is recorded as what it is, a vote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vilomem_core.types import AnswerType, Case, Verdict, VerdictStatus
from vilomem_core.verification.comparison import compare
from vilomem_core.verification.extraction import extract
from vilomem_core.verification.records import Extraction
from vilomem_core.verification.settings import DEFAULTS, VerificationSettings


@dataclass(frozen=True, slots=True)
class Majority:
    """``answer`` was given by ``votes`` of ``samples`` samples; those without an answer count as samples, not as votes."""

    answer: str
    votes: int
    samples: int


def majority(case: Case, extractions: Sequence[Extraction], settings: VerificationSettings = DEFAULTS) -> Majority | None:
    """The answer of more than half of the samples; None when there is none. Equal values in other writings are one answer."""
    groups: list[tuple[Extraction, int]] = []
    for extraction in extractions:
        if extraction.answer is None:
            continue
        for place, (first, votes) in enumerate(groups):
            if same_answer(case, extraction, first, settings):
                groups[place] = (first, votes + 1)
                break
        else:
            groups.append((extraction, 1))
    best = max(groups, key=lambda group: group[1], default=None)
    if best is None or 2 * best[1] <= len(extractions) or best[0].answer is None:
        return None
    return Majority(best[0].answer, best[1], len(extractions))


def same_answer(case: Case, one: Extraction, other: Extraction, settings: VerificationSettings) -> bool:
    """Whether two samples give the same answer to ``case``."""
    if one.answer is None or other.answer is None:
        return False
    if one.answer == other.answer or case.answer_type is AnswerType.CHOICE:
        return one.answer == other.answer
    return compare(replace(case, answer=other.answer), one, settings).equal is True


def verify_by_majority(case: Case, reply: str, samples: Sequence[str], settings: VerificationSettings = DEFAULTS) -> Verdict:
    """The verdict on ``reply`` by the vote of ``samples``, which are other replies to a case without gold answer.

    ``method`` names the vote, ``self-consistency 4/5``; without a majority the verdict is undetermined.
    """
    extraction = extract(case, reply, settings)
    found = majority(case, [extract(case, sample, settings) for sample in samples], settings)
    if found is None:
        return Verdict(VerdictStatus.UNDETERMINED, "self-consistency", extraction.answer, "the samples have no majority")
    method = f"self-consistency {found.votes}/{found.samples}"
    agrees = same_answer(case, extraction, Extraction(found.answer, "majority"), settings)
    status = VerdictStatus.CORRECT if agrees else VerdictStatus.INCORRECT
    return Verdict(status, method, extraction.answer, "" if agrees else f"most samples say {found.answer}")
