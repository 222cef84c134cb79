"""How candidates become memories, and how memories are given up."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.errors import SettingsError


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
