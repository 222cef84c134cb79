"""How well verification agrees with labels: agreement, false accepts and rejects, extraction, and harmless rewrites."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vilomem_core.errors import DataError
from vilomem_core.settings.method import DEFAULTS, VerificationSettings
from vilomem_core.types import AnswerType, Case, VerdictStatus
from vilomem_core.verification.cascade import compare, extract, verdict_of

SHOWN_CHARS = 400  # of a reply in a list of disagreements


@dataclass(frozen=True, slots=True)
class LabelledReply:
    """One line of a labelled file: a case, a reply to it, and the verdict that it should get."""

    case: Case
    reply: str
    correct: bool
    extracted: str | None
    category: str
    same_as: str | None


@dataclass(frozen=True, slots=True)
class ScoredReply:
    """One labelled reply with the verdict on it. Undetermined agrees with no label."""

    labelled: LabelledReply
    status: VerdictStatus
    method: str
    extracted: str | None
    reason: str

    @property
    def agrees(self) -> bool:
        wanted = VerdictStatus.CORRECT if self.labelled.correct else VerdictStatus.INCORRECT
        return self.status is wanted

    @property
    def extraction_agrees(self) -> bool:
        """The extracted answers are equal, blanks aside."""
        given, wanted = ("".join(text.split()) if text is not None else None for text in (self.extracted, self.labelled.extracted))
        return given == wanted

    def as_json(self) -> dict[str, object]:
        """What is needed to see who is right; of a long reply its two ends."""
        case, reply = self.labelled.case, self.labelled.reply
        if len(reply) > SHOWN_CHARS:
            reply = f"{reply[: SHOWN_CHARS // 2]} […] {reply[-SHOWN_CHARS // 2 :]}"
        return {
            "case_id": case.id,
            "category": self.labelled.category,
            "question": case.question,
            "gold": case.answer,
            "response": reply,
            "expected_correct": self.labelled.correct,
            "expected_extracted": self.labelled.extracted,
            "verdict": self.status.value,
            "extracted": self.extracted,
            "method": self.method,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class VerificationScore:
    """Shares between 0 and 1. False accepts are counted among replies labelled wrong, false rejects among those labelled right."""

    replies: tuple[ScoredReply, ...]
    seconds: float

    @property
    def agreement(self) -> float:
        return _share([one.agrees for one in self.replies])

    @property
    def false_accept_rate(self) -> float:
        return _share([one.status is VerdictStatus.CORRECT for one in self.replies if not one.labelled.correct])

    @property
    def false_reject_rate(self) -> float:
        return _share([one.status is VerdictStatus.INCORRECT for one in self.replies if one.labelled.correct])

    @property
    def extraction_agreement(self) -> float:
        return _share([one.extraction_agrees for one in self.replies])

    @property
    def same_as_agreement(self) -> float:
        """How many rewrites get the verdict of what they rewrite; 1 when the file has none."""
        by_id = {one.labelled.case.id: one.status for one in self.replies}
        pairs = [(one.status, by_id.get(one.labelled.same_as)) for one in self.replies if one.labelled.same_as]
        return _share([status is original for status, original in pairs], empty=1.0)

    @property
    def disagreements(self) -> tuple[ScoredReply, ...]:
        """Replies whose verdict is not the label."""
        return tuple(one for one in self.replies if not one.agrees)

    def by_category(self) -> dict[str, dict[str, float]]:
        names = sorted({one.labelled.category for one in self.replies})
        groups = {name: [one for one in self.replies if one.labelled.category == name] for name in names}
        return {
            name: {
                "cases": len(group),
                "agreement": _share([one.agrees for one in group]),
                "extraction_agreement": _share([one.extraction_agrees for one in group]),
            }
            for name, group in groups.items()
        }

    def as_json(self) -> dict[str, object]:
        """One JSON object; ``seconds`` is wall time."""
        return {
            "agreement": self.agreement,
            "false_accept_rate": self.false_accept_rate,
            "false_reject_rate": self.false_reject_rate,
            "extraction_agreement": self.extraction_agreement,
            "same_as_agreement": self.same_as_agreement,
            "by_category": self.by_category(),
            "seconds": self.seconds,
        }


def score(path: str | Path, settings: VerificationSettings = DEFAULTS) -> VerificationScore:
    """Verify every reply of a labelled JSONL file by rules alone. Raises ``DataError`` for a file of another form."""
    labelled = read_labelled(path)
    started = time.perf_counter()
    scored = tuple(_scored(one, settings) for one in labelled)
    return VerificationScore(scored, time.perf_counter() - started)


def _scored(labelled: LabelledReply, settings: VerificationSettings) -> ScoredReply:
    extraction = extract(labelled.case, labelled.reply, settings)
    verdict = verdict_of(extraction, compare(labelled.case, extraction, settings))
    return ScoredReply(labelled, verdict.status, verdict.method, verdict.extracted, verdict.reason)


def read_labelled(path: str | Path) -> tuple[LabelledReply, ...]:
    """The lines of a labelled file: question, options by letter, answer_type, gold, response, expected_correct,
    expected_extracted.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise DataError(f"{path} cannot be read: {exc}") from exc
    rows = [_labelled(line, f"{path}, line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise DataError(f"{path} holds no labelled replies.")
    return tuple(rows)


def _labelled(line: str, place: str) -> LabelledReply:
    try:
        row = json.loads(line)
        options = dict(row.get("options") or {})
        gold, answer_type = str(row["gold"]), AnswerType(row["answer_type"])
        tolerance = row.get("tolerance")
        case = Case(
            id=str(row["case_id"]),
            question=str(row["question"]),
            answer=str(options[gold]) if answer_type is AnswerType.CHOICE else gold,
            answer_type=answer_type,
            options=tuple(str(text) for text in options.values()),
            tolerance=None if tolerance is None else float(tolerance),
        )
        extracted = row["expected_extracted"]
        return LabelledReply(
            case, str(row["response"]), bool(row["expected_correct"]), extracted, str(row["category"]), row.get("same_as") or None
        )
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise DataError(f"{place} is no labelled reply: {type(exc).__name__}: {exc}") from exc


def _share(found: Sequence[bool], empty: float = 0.0) -> float:
    return sum(found) / len(found) if found else empty
