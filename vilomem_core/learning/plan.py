"""What a loop is to do: the settings that shape requests, and the work that is left of one case."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.gate.settings import GateSettings
from vilomem_core.heatmaps.settings import HeatmapSettings
from vilomem_core.ids import attempt_id
from vilomem_core.protocols import Sampling
from vilomem_core.recall.settings import RecallSettings
from vilomem_core.types import Attempt, Case, Reflection
from vilomem_core.verification.settings import VerificationSettings


@dataclass(frozen=True, slots=True)
class RoleSampling:
    """How each role samples."""

    solver: Sampling
    analyst: Sampling
    visual_critic: Sampling
    logic_critic: Sampling


@dataclass(frozen=True, slots=True)
class LoopPlan:
    """Everything that one round's loop holds fixed.

    ``settings_digest`` covers models, sampling, prompts and the parts' settings; ``snapshot_id`` is empty for no memory; ``arm`` is
    ``learn`` or an evaluation arm; only a loop that reflects writes candidates.
    """

    settings_digest: str
    snapshot_id: str
    arm: str
    round: int
    reflect: bool
    sampling: RoleSampling
    verification: VerificationSettings
    gate: GateSettings
    recall: RecallSettings
    heatmap: HeatmapSettings

    def attempt_id(self, case_key: str) -> str:
        return attempt_id(case_key, self.snapshot_id, self.settings_digest, self.arm, self.round)


@dataclass(frozen=True, slots=True)
class CaseWork:
    """One case and what is already known of it, so that nothing is paid for twice. ``tries`` counts earlier failed passes."""

    case: Case
    attempt: Attempt | None = None
    reflections: tuple[Reflection, ...] = ()
    tries: int = 0
