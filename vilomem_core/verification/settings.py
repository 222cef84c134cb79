"""Settings of verification, and what each benchmark's own scoring adds to the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vilomem_core.errors import SettingsError

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
