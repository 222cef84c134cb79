"""Votes where rules cannot tell: those of a judge model, and, where there is no gold answer, those of other samples."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vilomem_core.errors import ModelError, ReplyUnusable
from vilomem_core.json_reply import parse_object
from vilomem_core.prompts import fence, fill, template
from vilomem_core.protocols import ChatModel, ChatRequest, Message, Sampling
from vilomem_core.settings.method import DEFAULTS, VerificationSettings
from vilomem_core.types import AnswerType, Case, Role, Usage, Verdict, VerdictStatus, option_letter
from vilomem_core.verification.cascade import compare, extract, verdict_of
from vilomem_core.verification.records import Comparison, Extraction

LONGEST_ANSWER = 600  # characters; a longer "answer" is prose that would only argue with the judge
SCHEMA = {
    "type": "object",
    "properties": {"equivalent": {"type": "boolean"}, "reason": {"type": "string", "maxLength": 300}},
    "required": ["equivalent", "reason"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Vote:
    """One judge reply; ``equivalent`` is None when there was none that could be used, and ``reason`` says why."""

    equivalent: bool | None
    reason: str
    usage: Usage = Usage()


async def verify_with_judge(case: Case, reply: str, settings: VerificationSettings, judge: ChatModel | None) -> Verdict:
    """The verdict of the rules, and of ``judge`` where they leave room for one.

    The judge is asked about answers that the rules cannot compare and about texts that differ from the gold answer in wording.
    An outage,
    a timeout or nonsense of the judge makes the verdict undetermined, with the reason: it is never a verdict about the answer.
    """
    extraction, comparison = await asyncio.to_thread(_by_rules, case, reply, settings)
    verdict = verdict_of(extraction, comparison)
    if judge is None or not _leaves_room(case, extraction, comparison, settings):
        return verdict
    votes = await asyncio.gather(*(_vote(case, extraction, settings, judge, sample) for sample in range(settings.judge_quorum)))
    return _decided(verdict, list(votes), judge.name)


def _by_rules(case: Case, reply: str, settings: VerificationSettings) -> tuple[Extraction, Comparison]:
    extraction = extract(case, reply, settings)
    return extraction, compare(case, extraction, settings)


def _leaves_room(case: Case, extraction: Extraction, comparison: Comparison, settings: VerificationSettings) -> bool:
    if case.answer is None or extraction.answer is None:
        return False
    return comparison.equal is None or (comparison.equal is False and not comparison.closed and settings.judge_rechecks_texts)


def _decided(verdict: Verdict, votes: list[Vote], name: str) -> Verdict:
    """More than half of all votes that were asked for decide; anything less is undetermined."""
    count = Counter(vote.equivalent for vote in votes)
    usage = sum((vote.usage for vote in votes), Usage())
    method = f"{verdict.method}, judge {name}"
    for equivalent, status in ((True, VerdictStatus.CORRECT), (False, VerdictStatus.INCORRECT)):
        if 2 * count[equivalent] > len(votes):
            reason = next(vote.reason for vote in votes if vote.equivalent is equivalent)
            return replace(verdict, status=status, method=method, reason=reason, usage=usage)
    reason = next((vote.reason for vote in votes if vote.equivalent is None), "the judges do not agree")
    return replace(verdict, status=VerdictStatus.UNDETERMINED, method=method, reason=reason, usage=usage)


async def _vote(case: Case, extraction: Extraction, settings: VerificationSettings, judge: ChatModel, sample: int) -> Vote:
    request = judge_request(case, extraction, settings, sample)
    usage = Usage()
    try:
        reply = await asyncio.wait_for(judge.complete(request), settings.judge_limit_s)
        usage = reply.usage
        equivalent, reason = _parsed(reply.text)
    except TimeoutError:
        return Vote(None, f"the judge took longer than {settings.judge_limit_s} s")
    except ModelError as exc:
        return Vote(None, f"the judge gave no usable reply: {type(exc).__name__}: {exc}", usage + (exc.usage or Usage()))
    return Vote(equivalent, reason, usage)


def judge_request(case: Case, extraction: Extraction, settings: VerificationSettings, sample: int) -> ChatRequest:
    """What the judge is asked; all untrusted text is fenced. With a quorum, samples after the first are drawn with temperature."""
    options = "\n".join(f"{option_letter(index)}. {option}" for index, option in enumerate(case.options)) or "(none)"
    texts = {
        "question": case.question,
        "options": options,
        "gold": case.answer or "",
        "answer": (extraction.answer or "")[:LONGEST_ANSWER],
    }
    prompt = fill("answer_judge", {name: fence(text) for name, text in texts.items()})
    sampling = Sampling(temperature=0.0 if sample == 0 else 0.7, max_tokens=settings.judge_max_tokens, seed=sample)
    messages = (Message("system", (template("system"),)), Message("user", (prompt,)))
    return ChatRequest(Role.JUDGE, case.id, messages, sampling, SCHEMA, sample)


def _parsed(text: str) -> tuple[bool, str]:
    found = parse_object(text)
    equivalent = found.get("equivalent")
    if not isinstance(equivalent, bool):
        raise ReplyUnusable("the judge's reply has no true or false under 'equivalent'")
    return equivalent, str(found.get("reason", ""))[:300]


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
