"""The quality gate: which guidelines may become members of a memory.

It reads text alone. A rule that is well put and wrong passes: that is for outcomes and for the judge model to find.
"""

from vilomem_core.gate.judge import judge_guideline
from vilomem_core.gate.settings import GateSettings
from vilomem_core.gate.verdict import GateVerdict

__all__ = ["GateSettings", "GateVerdict", "judge_guideline"]
