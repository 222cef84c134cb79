"""What a guideline may look like."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.errors import SettingsError


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
