"""The records that are passed between packages.

Every record is frozen: a stage reads one, and makes a new one. Text fields hold untrusted text (datasets, model replies); nothing
here evaluates or formats it.
"""

from vilomem_core.types.attempts import Analysis, Attempt, RecallHit, Reflection, Role, Stream
from vilomem_core.types.memories import F32, Candidate, Judgement, Memory, MemoryEvent, MemoryState
from vilomem_core.types.questions import AnswerType, Case, Image, Usage, Verdict, VerdictStatus, option_letter
from vilomem_core.types.runs import CaseOutcome, Failure, RunRecord, SnapshotRecord

__all__ = [
    "F32",
    "Analysis",
    "AnswerType",
    "Attempt",
    "Candidate",
    "Case",
    "CaseOutcome",
    "Failure",
    "Image",
    "Judgement",
    "Memory",
    "MemoryEvent",
    "MemoryState",
    "RecallHit",
    "Reflection",
    "Role",
    "RunRecord",
    "SnapshotRecord",
    "Stream",
    "Usage",
    "Verdict",
    "VerdictStatus",
    "option_letter",
]
