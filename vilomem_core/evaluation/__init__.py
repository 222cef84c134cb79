"""Does a memory help? Paired comparison, blame per memory, the held-out cases and the release gate. No scipy needed."""

from vilomem_core.evaluation.blame import MemoryBlame, blame
from vilomem_core.evaluation.paired import PairedResult, compare_paired
from vilomem_core.evaluation.release import (
    ReleaseDecision,
    ReleaseEvidence,
    is_held_out,
    read_evidence,
    release_gate,
    write_evidence,
)
from vilomem_core.settings.method import ReleaseSettings

__all__ = [
    "MemoryBlame",
    "PairedResult",
    "ReleaseDecision",
    "ReleaseEvidence",
    "ReleaseSettings",
    "blame",
    "compare_paired",
    "is_held_out",
    "read_evidence",
    "release_gate",
    "write_evidence",
]
