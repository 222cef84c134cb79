"""The settings tree: every key that a YAML file, the environment or the command line may set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vilomem_core.errors import SettingsError
from vilomem_core.settings.method import (
    ConsolidationSettings,
    GateSettings,
    HeatmapSettings,
    RecallSettings,
    ReleaseSettings,
    VerificationSettings,
)
from vilomem_core.settings.models import (
    HOSTED_ROLES,
    BudgetSettings,
    EmbedderSettings,
    EndpointSettings,
    RolesSettings,
    VLLMSettings,
)


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
class ImageLimits:
    """Limits on one picture; the first two bound memory, the others keep out what vision models refuse or misread."""

    #: Pixels after decoding. 50 million decode to 150 MB of RGB; cameras and benchmark scans stay below.
    max_pixels: int = 50_000_000
    #: Bytes of the file, before decoding.
    max_bytes: int = 32 * 1024 * 1024
    #: Pixels of the shorter side; hosted Qwen-VL models refuse pictures under this.
    min_side: int = 10
    #: Longer side over shorter side; the Qwen-VL image processors refuse more.
    max_aspect_ratio: float = 200.0

    def __post_init__(self) -> None:
        if self.max_pixels < 1 or self.max_bytes < 1 or self.min_side < 1 or not self.max_aspect_ratio >= 1:
            raise SettingsError("Image limits must be 1 or more.", "Remove the limit to get its default.")


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """Limits on rows and pictures; the defaults take every benchmark that we know and keep out what models would refuse."""

    #: Characters of a question, of all its options together, and of an answer. Models with 32k tokens of context stop near 100,000.
    max_question_chars: int = 50_000
    #: Pictures of one case; vision servers commonly refuse more.
    max_images: int = 16
    #: Pixels of one picture after decoding.
    max_image_pixels: int = 50_000_000
    #: Bytes of one picture file.
    max_image_bytes: int = 32 * 1024 * 1024
    #: Pixels of the shorter side of a picture.
    min_image_side: int = 10
    #: Longer over shorter side of a picture.
    max_aspect_ratio: float = 200.0
    #: Refuse questions without a gold answer.
    require_answer: bool = True
    #: Folder that picture paths start from and must stay in; by default the folder of the file that names them.
    image_root: str | None = None

    def __post_init__(self) -> None:
        for name in ("max_question_chars", "max_images"):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name} must be 1 or more.", "Remove it to get the default.")
        _ = self.image_limits  # has checks of its own

    @property
    def image_limits(self) -> ImageLimits:
        return ImageLimits(self.max_image_pixels, self.max_image_bytes, self.min_image_side, self.max_aspect_ratio)


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
