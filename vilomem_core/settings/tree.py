"""The settings tree: every key that a YAML file, the environment or the command line may set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vilomem_core.backends.chat.settings import BudgetSettings, EndpointSettings, VLLMSettings
from vilomem_core.consolidation.settings import ConsolidationSettings
from vilomem_core.errors import SettingsError
from vilomem_core.evaluation.release import ReleaseSettings
from vilomem_core.gate.settings import GateSettings
from vilomem_core.heatmaps.settings import HeatmapSettings
from vilomem_core.protocols import Sampling
from vilomem_core.readers.settings import ReaderSettings
from vilomem_core.recall.settings import RecallSettings
from vilomem_core.verification.settings import VerificationSettings


@dataclass(frozen=True, slots=True)
class HostSettings:
    """Ray actors of a role's own, each with one copy of its model. With none, the model lives in the actors that solve the cases."""

    actors: int = 0
    cpus_per_actor: float = 1.0
    gpus_per_actor: float = 1.0
    tensor_parallel_size: int | None = None  # None: as ``vllm.tensor_parallel_size`` says

    def __post_init__(self) -> None:
        if self.actors < 0 or self.cpus_per_actor < 0 or self.gpus_per_actor < 0:
            raise SettingsError("roles.ROLE.hosts: actors, cpus_per_actor and gpus_per_actor cannot be below 0.")


@dataclass(frozen=True, slots=True)
class RoleSettings:
    """One role: its model, how it samples, where it is reached, and what it may spend beside the run's ``budget``.

    ``model`` is BACKEND:NAME (``openai:qwen2.5-vl-7b``, ``recorded:replies.jsonl?model=x``, ``simulated``). Without one, analyst
    and critics use the solver's model; merger and judge are left out.
    """

    model: str | None = None
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 2048
    seed: int | None = 0
    endpoint: EndpointSettings = EndpointSettings()
    budget: BudgetSettings = BudgetSettings()
    hosts: HostSettings = HostSettings()

    @property
    def sampling(self) -> Sampling:
        return Sampling(self.temperature, self.top_p, self.max_tokens, self.seed)


@dataclass(frozen=True, slots=True)
class RolesSettings:
    """The settings of every role."""

    solver: RoleSettings = RoleSettings()
    analyst: RoleSettings = RoleSettings(max_tokens=256)
    visual_critic: RoleSettings = RoleSettings(max_tokens=512)
    logic_critic: RoleSettings = RoleSettings(max_tokens=512)
    merger: RoleSettings = RoleSettings(max_tokens=512)
    judge: RoleSettings = RoleSettings(max_tokens=256)

    def __post_init__(self) -> None:
        if self.merger.hosts.actors:
            raise SettingsError("roles.merger has no hosts: it writes between rounds.", "Leave roles.merger.hosts out.")
        model = self.merger.model or ""
        if model.startswith("vllm:"):
            raise SettingsError(
                f"roles.merger.model cannot be {model}: it writes between rounds, outside the workers that hold the engines.",
                "Serve a model and name it as openai:MODEL (docs/running.md), or leave it out: rules are then members' own words.",
            )


HOSTED_ROLES = ("solver", "analyst", "visual_critic", "logic_critic", "judge")


@dataclass(frozen=True, slots=True)
class EmbedderSettings:
    """``text``: auto, minilm, lexical or openai:MODEL; ``image``: descriptor or open_clip:MODEL[@WEIGHTS]."""

    text: str = "auto"
    image: str = "descriptor"


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """Where cases are solved: in this process, or on Ray actors that keep their models loaded."""

    kind: Literal["ray", "inline"] = "ray"
    actors: int = 1
    in_flight: int = 16  # cases under way in each actor
    shard_seconds: float = 10.0  # target duration of a shard (a Prefect task); its size follows from the measured speed
    shard_size: int = 512  # maximum size of a shard, in cases: their pictures are held in memory
    ray_address: str | None = None  # None: RAY_ADDRESS if it is set, else a local Ray for this run
    cpus_per_actor: float = 1.0
    gpus_per_actor: float = 0.0
    case_tries: int = 3  # attempts at a case whose failure is transient
    straggler_s: float = 120.0  # a shard without results for so long is also given to an idle actor
    stall_s: float = 3600.0  # an actor without progress for so long is ended and replaced

    def __post_init__(self) -> None:
        for name in ("actors", "in_flight", "shard_size", "case_tries"):
            if getattr(self, name) < 1:
                raise SettingsError(f"engine.{name} must be at least 1, not {getattr(self, name)}.")
        for name in ("shard_seconds", "straggler_s", "stall_s"):
            if not getattr(self, name) > 0:
                raise SettingsError(f"engine.{name} must be above 0, not {getattr(self, name)}.")


@dataclass(frozen=True, slots=True)
class LearnSettings:
    """How a data set is learned from.

    ``rounds`` cuts the data set into that many slices; ``round_size`` gives the cases of a slice instead (1 is the paper's online
    protocol). ``passes`` goes over the whole data set again. ``holdout`` is the share of cases kept for releasing by evidence.
    """

    rounds: int = 1
    round_size: int | None = None
    passes: int = 1
    holdout: float = 0.0
    run: str = ""  # a name that tells apart runs of the same data and settings
    strict: bool = False  # a bad row stops the run

    def __post_init__(self) -> None:
        if self.rounds < 1 or self.passes < 1 or (self.round_size is not None and self.round_size < 1):
            raise SettingsError("learn.rounds, learn.passes and learn.round_size must be at least 1.")
        if not 0.0 <= self.holdout < 1.0:
            raise SettingsError(f"learn.holdout is a share below 1, not {self.holdout}.", "Example: 0.2")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. ``endpoint`` holds for every role that does not say otherwise."""

    data: tuple[str, ...] = ()
    store: str = "store"
    roles: RolesSettings = RolesSettings()
    endpoint: EndpointSettings = EndpointSettings()
    vllm: VLLMSettings = VLLMSettings()
    embedders: EmbedderSettings = EmbedderSettings()
    learn: LearnSettings = LearnSettings()
    engine: EngineSettings = EngineSettings()
    reader: ReaderSettings = ReaderSettings()
    verification: VerificationSettings = VerificationSettings()
    gate: GateSettings = GateSettings()
    consolidation: ConsolidationSettings = ConsolidationSettings()
    recall: RecallSettings = RecallSettings()
    heatmap: HeatmapSettings = HeatmapSettings()
    release: ReleaseSettings = ReleaseSettings()
    budget: BudgetSettings = BudgetSettings()

    def __post_init__(self) -> None:
        hosted = [name for name in HOSTED_ROLES if getattr(self.roles, name).hosts.actors]
        if hosted and self.engine.kind != "ray":
            raise SettingsError(f"roles.{hosted[0]}.hosts are Ray actors.", "Set engine.kind to ray, or leave them out.")
        gpus, shared_by = self.engine.gpus_per_actor, self.vllm.tensor_parallel_size
        if gpus and shared_by > 1 and gpus != shared_by:
            raise SettingsError(
                f"engine.gpus_per_actor is {gpus:g}, and vllm.tensor_parallel_size {shared_by}: the engine of an actor needs "
                "as many GPUs as share its weights.",
                "Set both to the same number.",
            )
