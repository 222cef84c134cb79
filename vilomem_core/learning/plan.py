"""What a loop is given: what one round holds fixed, the models by role, the embedders, and what is known of each case."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.ids import attempt_id
from vilomem_core.protocols import AttentionModel, ChatModel, ImageEmbedder, Sampling, TextEmbedder
from vilomem_core.settings.method import GateSettings, HeatmapSettings, RecallSettings, VerificationSettings
from vilomem_core.types import Attempt, Case, Reflection, Role, Stream

CRITICS = {Stream.VISUAL: Role.VISUAL_CRITIC, Stream.LOGIC: Role.LOGIC_CRITIC}


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
class RoleModels:
    """One model a role; the same object may play several. Without a judge, undecided answers stay undetermined."""

    solver: ChatModel
    analyst: ChatModel
    visual_critic: ChatModel
    logic_critic: ChatModel
    judge: ChatModel | None = None

    async def aclose(self) -> None:
        for model in {id(model): model for model in self._all()}.values():
            await model.aclose()

    def _all(self) -> list[ChatModel]:
        models = [self.solver, self.analyst, self.visual_critic, self.logic_critic]
        return models if self.judge is None else [*models, self.judge]


@dataclass(frozen=True, slots=True)
class Embedders:
    """The embedders, and the attention model when heatmaps are asked for.

    ``threads``: in how many they are used at once; more than one helps only where an embedder waits for a server.
    """

    text: TextEmbedder
    image: ImageEmbedder
    attention: AttentionModel | None = None
    threads: int = 1


@dataclass(frozen=True, slots=True)
class CaseWork:
    """One case and what is already known of it, so that nothing is paid for twice. ``tries`` counts earlier failed passes."""

    case: Case
    attempt: Attempt | None = None
    reflections: tuple[Reflection, ...] = ()
    tries: int = 0
