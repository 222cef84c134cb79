"""Does a memory help? Paired comparison, the release gate, blame per memory, and the held-out split. No scipy needed."""

from vilomem_core.evaluation.blame import MemoryBlame, blame
from vilomem_core.evaluation.evidence import Evidence, read_evidence, write_evidence
from vilomem_core.evaluation.holdout import is_held_out
from vilomem_core.evaluation.paired import PairedResult, compare_paired
from vilomem_core.evaluation.release import ReleaseDecision, release_gate
from vilomem_core.evaluation.settings import ReleaseSettings

__all__ = [
    "Evidence",
    "MemoryBlame",
    "PairedResult",
    "ReleaseDecision",
    "ReleaseSettings",
    "blame",
    "compare_paired",
    "is_held_out",
    "read_evidence",
    "release_gate",
    "write_evidence",
]
