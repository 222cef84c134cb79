"""Settings of the method: verification, gate, consolidation, recall, heatmaps, release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vilomem_core.errors import SettingsError
from vilomem_core.types import Stream


@dataclass(frozen=True, slots=True)
class ConsolidationSettings:
    """Clustering, judge, forgetting. Similarities are on the calibrated scale: 0 unrelated, 1 two typical wordings of one rule."""

    link: float = 0.55
    """Least mean similarity of two clusters that merge without a judge; 0.35 to 0.65 cluster alike on labelled
    guidelines, lower values better by 0.02; on a log in which most rules are stated once or twice they merge too much."""
    cohesion: float = 0.75
    """Least share of the similarity within either cluster that the similarity between them must reach; 0.7 to 0.8 cluster alike."""
    max_judge_calls: int = 6
    """Judge calls for each new wording, on average; 0 uses the model for abstraction only."""
    judge_concurrency: int = 16
    """Requests to the merge model that wait for a reply at the same time."""
    capacity: int = 5000
    """Active memories a stream; beyond it the least useful retire. 0 is no bound."""
    harm_posterior: float = 0.95
    """A memory retires when it harms more often than it helps with at least this probability."""
    ageing_rounds: int = 0
    """A memory that was neither used nor confirmed by a new guideline for so many rounds retires. 0 is never."""

    def __post_init__(self) -> None:
        for name, low, high in (("link", 0.0, 3.0), ("cohesion", 0.0, 1.0), ("harm_posterior", 0.5, 1.0)):
            if not low <= getattr(self, name) <= high:
                raise SettingsError(f"consolidation: {name} must be between {low:g} and {high:g}, not {getattr(self, name)}.")
        for name, least in (("max_judge_calls", 0), ("judge_concurrency", 1), ("capacity", 0), ("ageing_rounds", 0)):
            if getattr(self, name) < least:
                raise SettingsError(f"consolidation: {name} must be at least {least}, not {getattr(self, name)}.")


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Limits of the quality gate."""

    max_chars: int = 600
    """Longest guideline in characters; the critics' reply schema allows as many."""
    max_words: int = 100
    """Longest guideline in words: one or two sentences, with room for an example (ViLoMem asks for one rule)."""
    min_specific_words: int = 2
    """Words that a guideline must have beyond general advice such as "look carefully at the image"."""
    english_only: bool = True
    """Reject other languages: queries in English would not find them."""

    def __post_init__(self) -> None:
        for name in ("max_chars", "max_words", "min_specific_words"):
            if getattr(self, name) < 1:
                raise SettingsError(f"gate: {name} must be at least 1, not {getattr(self, name)}.")


LAYER = 0.61  # layer 22 of the 36 of Qwen2.5-VL-3B, as in the ViLoMem reference code


@dataclass(frozen=True, slots=True)
class HeatmapSettings:
    """What the solver gets to see besides the plain pictures. It can cost accuracy (ViLoMem, table 3), so it is off by default."""

    #: ``overlay`` repeats each picture with warm colours where to look, ``crop`` shows the region enlarged.
    mode: Literal["none", "crop", "overlay"] = "none"
    #: Who says where to look: ``qwen_vl:PATH``, ``open_clip:MODEL[@WEIGHTS]``, or ``saliency``, which knows no question.
    attention: str = "saliency"
    #: Which layer ``qwen_vl`` reads, as a share of all layers: 0 is the first, 1 the last.
    layer: float = LAYER
    #: Opacity of the overlay where relevance is highest; what lies under it must stay readable.
    alpha: float = 0.5
    #: Share of the relevance above the average that a crop must hold.
    mass: float = 0.6
    #: Added on every side of a crop, as a share of the picture's longer side.
    margin: float = 0.06
    #: Longer side of an additional picture, in pixels: it says where, the plain picture has the details.
    max_side: int = 1024

    def __post_init__(self) -> None:
        for name, low, high in (("layer", 0.0, 1.0), ("alpha", 0.0, 1.0), ("mass", 0.0, 1.0), ("margin", 0.0, 1.0)):
            if not low <= getattr(self, name) <= high:
                raise SettingsError(f"heatmap.{name} is a share from {low:g} to {high:g}, not {getattr(self, name)}.")
        if self.max_side < 1:
            raise SettingsError(f"heatmap.max_side is a number of pixels, at least 1, not {self.max_side}.")


@dataclass(frozen=True, slots=True)
class ReleaseSettings:
    """The release gate; ``learn.holdout`` is the share of cases that feed it."""

    alpha: float = 0.05
    """Risk, over all looks at these held-out cases, of releasing a memory that does not help."""
    margin: float = 0.05
    """Loss of accuracy against the current snapshot that must be ruled out: 0.05 = 5 points. 1 rules out nothing."""
    max_undetermined: float = 0.2
    """Largest share of cases without a verdict in either arm: beyond it the rest says little about the whole."""

    def __post_init__(self) -> None:
        for name, low, high in (("alpha", 0.0, 0.5), ("margin", 0.0, 1.0), ("max_undetermined", 0.0, 1.0)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(f"release: {name} must be between {low:g} and {high:g}, not {value}.")
        if self.alpha == 0.0:
            raise SettingsError("release: alpha must be above 0, or nothing can ever be released.")


@dataclass(frozen=True, slots=True)
class RecallSettings:
    """Which memories a case gets. Scores are on one scale for every embedder (see ``recall.bank``)."""

    #: Streams that are searched.
    streams: tuple[str, ...] = ("visual", "logic")
    #: Most memories a case gets from each stream.
    top_k: int = 3
    #: Least evidence for a visual memory; None takes the calibrated value.
    visual_threshold: float | None = None
    #: Least evidence for a logic memory; None takes the calibrated value.
    logic_threshold: float | None = None
    #: A memory this much below the threshold is recalled when another of its stream reaches it.
    runner_up_margin: float = 0.05
    #: Visual memories that image similarity lets through to the text filter (10: ViLoMem reference code); 0 goes by text alone.
    stage_one_k: int = 10
    #: A memory is left out when its rule lies closer to a chosen one than this share of the distance between unrelated rules.
    duplicate_distance: float = 0.1
    #: Most tokens of recalled rules in the prompt, estimated from their length; a rule that does not fit is left out.
    token_budget: int = 600
    #: Recall only memories of this subject (upper and lower case are the same); None recalls any.
    subject: str | None = None

    def __post_init__(self) -> None:
        unknown = set(self.streams) - {stream.value for stream in Stream}
        if unknown:
            raise SettingsError(f"recall.streams holds {', '.join(sorted(unknown))}.", "Streams: visual, logic.")
        if self.top_k < 1:
            raise SettingsError(f"recall.top_k must be at least 1, not {self.top_k}.", "For no recall at all use streams: [].")
        for name in ("stage_one_k", "token_budget"):
            if getattr(self, name) < 0:
                raise SettingsError(f"recall.{name} must not be negative, but is {getattr(self, name)}.")
        for name in ("visual_threshold", "logic_threshold"):
            value = getattr(self, name)
            if value is not None and not -1.0 <= value <= 1.0:
                raise SettingsError(f"recall.{name} is a similarity from -1 to 1, not {value}.")
        for name in ("runner_up_margin", "duplicate_distance"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise SettingsError(f"recall.{name} is a number from 0 to 1, not {getattr(self, name)}.")

    def threshold(self, stream: Stream) -> float | None:
        """The threshold that was set for a stream, if one was."""
        return self.visual_threshold if stream is Stream.VISUAL else self.logic_threshold


PresetName = Literal["generic", "mathvista", "mathvision", "mmmu", "hallusionbench", "mmstar", "realworldqa", "chartqa"]


@dataclass(frozen=True, slots=True)
class Preset:
    """How one benchmark grades where its convention differs from the generic one.

    ``tolerance`` is relative and used where a case has none of its own. ``decimals`` rounds both sides before they are compared.
    ``yes_no`` reads every text answer as yes or no. ``several_golds`` takes a gold answer that is a list as a choice of right
    answers.
    """

    tolerance: float | None = None
    decimals: int | None = None
    yes_no: bool = False
    several_golds: bool = False


PRESETS: dict[str, Preset] = {
    "generic": Preset(),
    "mathvista": Preset(),  # gold answers already carry the asked precision (MathVista, "precision" field)
    "mathvision": Preset(),  # letters, or values of LaTeX expressions (MATH-Vision evaluation)
    "mmmu": Preset(decimals=2, several_golds=True),  # MMMU parse_open_response rounds to 2 decimals; golds may be lists
    "hallusionbench": Preset(yes_no=True),  # all questions are yes/no control pairs
    "mmstar": Preset(),  # four options each
    "realworldqa": Preset(),  # letters, single words or numbers
    "chartqa": Preset(tolerance=0.05),  # "relaxed accuracy" of ChartQA, sec. 5
}


@dataclass(frozen=True, slots=True)
class VerificationSettings:
    """How a reply is compared with the gold answer, and what may help where rules cannot tell."""

    preset: PresetName = "generic"
    """the benchmark whose grading convention is used"""
    algebra_limit_s: float = 1.0
    """seconds that symbolic algebra may take for one comparison; then its process is ended and the verdict is undetermined"""
    algebra_memory_mib: int = 1024
    """address space of the process that does symbolic algebra, in MiB"""
    judge_quorum: int = 1
    """how many judge replies are asked for; the verdict needs more than half of them"""
    judge_rechecks_texts: bool = True
    """ask the judge, where one is given, also about text answers that differ in wording from the gold answer"""
    judge_max_tokens: int = 512
    """longest judge reply, in tokens"""
    judge_limit_s: float = 120.0
    """seconds to wait for one judge reply"""
    self_consistency_samples: int = 0
    """for cases without gold answer: how many samples vote on the answer; 0 leaves such cases undetermined"""

    def __post_init__(self) -> None:
        if self.preset not in PRESETS:
            raise SettingsError(f"unknown verification preset {self.preset!r}.", f"Known: {', '.join(PRESETS)}.")
        if not 0.05 <= self.algebra_limit_s <= 60:
            raise SettingsError(f"algebra_limit_s is {self.algebra_limit_s}.", "It must lie between 0.05 and 60 seconds.")
        if self.algebra_memory_mib < 256:
            raise SettingsError(f"algebra_memory_mib is {self.algebra_memory_mib}.", "Symbolic algebra needs 256 MiB or more.")
        if self.judge_quorum < 1 or self.judge_quorum % 2 == 0:
            raise SettingsError(f"judge_quorum is {self.judge_quorum}.", "Use an odd number, so that judges cannot tie.")
        if self.judge_max_tokens < 16 or self.judge_limit_s <= 0:
            raise SettingsError("judge_max_tokens must be 16 or more and judge_limit_s more than 0.")
        if self.self_consistency_samples < 0 or self.self_consistency_samples == 1:
            raise SettingsError(f"self_consistency_samples is {self.self_consistency_samples}.", "Use 0, or 2 and more.")

    @property
    def rules(self) -> Preset:
        """What the preset stands for."""
        return PRESETS[self.preset]


DEFAULTS = VerificationSettings()
