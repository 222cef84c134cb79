"""How memories are recalled."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.errors import SettingsError
from vilomem_core.types import Stream


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
