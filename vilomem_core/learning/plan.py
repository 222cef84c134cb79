"""What is fixed before cases are solved: the rounds of a run, and for each round its settings, models, embedders and cases."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.evaluation import is_held_out
from vilomem_core.ids import CaseKeys, attempt_id, content_id
from vilomem_core.protocols import AttentionModel, ChatModel, ImageEmbedder, Sampling, TextEmbedder
from vilomem_core.settings.load import settings_digest
from vilomem_core.settings.method import GateSettings, HeatmapSettings, RecallSettings, VerificationSettings
from vilomem_core.settings.tree import LearnSettings, Settings
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


@dataclass(frozen=True, slots=True)
class Schedule:
    """The rounds of a run, each a slice of case keys, and the cases that are held out for evaluation."""

    run_id: str
    rounds: tuple[CaseKeys, ...]
    held_out: CaseKeys


def schedule(keys: CaseKeys, digest: str, settings: Settings) -> Schedule:
    """The same data and settings give the same run, so that a second start resumes the first.

    ``digest`` is the data set's. A run's id covers data, settings and the run's name, not the store or the engine.
    """
    learn = settings.learn
    held_out = CaseKeys(key for key in keys if is_held_out(key, learn.holdout))
    taught = CaseKeys(key for key in keys if not is_held_out(key, learn.holdout))
    shape = [learn.rounds, learn.round_size, learn.passes, learn.holdout, learn.run]
    merger = settings.roles.merger.model
    run_id = content_id("run", digest, settings_digest(settings), shape, merger)
    return Schedule(run_id, tuple(slices(taught, learn)) * learn.passes, held_out)


def slices(keys: CaseKeys, learn: LearnSettings) -> list[CaseKeys]:
    """Consecutive slices of equal size, the first ones one longer where it does not divide; empty ones are left out."""
    if learn.round_size is not None:
        return [keys[start : start + learn.round_size] for start in range(0, len(keys), learn.round_size)]
    size, longer = divmod(len(keys), learn.rounds)
    parts, start = [], 0
    for number in range(learn.rounds):
        end = start + size + (number < longer)
        parts.append(keys[start:end])
        start = end
    return [part for part in parts if part]
