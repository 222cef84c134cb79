"""What kind of learner is simulated."""

from __future__ import annotations

from dataclasses import dataclass, fields
from difflib import get_close_matches

from vilomem_core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class LearnerSettings:
    """Shares are of 1. The defaults make a learner that starts near 40 % and can reach about 90 %."""

    wrong: float = 0.6
    """Share of cases in which the learner walks into the trap when nothing warns it."""
    heed: float = 0.95
    """Share of those cases in which a remembered rule against the trap saves it."""
    slip: float = 0.03
    """Share of cases in which it writes down a wrong result for no reason."""
    mislead: float = 0.01
    """Chance that one remembered rule about something else leads it astray."""
    poor: float = 0.08
    """Share of the critics' guidelines that are vague or give the answer away."""
    misguided: float = 0.03
    """Share of the critics' guidelines that sound right and are false; no text check can find them."""
    latency_ms: float = 0.0
    """How long every reply takes."""
    seed: int = 0
    """Another seed is another learner: other lucky cases, other wordings."""

    def __post_init__(self) -> None:
        for name in ("wrong", "heed", "slip", "mislead", "poor", "misguided"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise SettingsError(f"simulated learner: {name} must be between 0 and 1, not {getattr(self, name)}.")
        if self.poor + self.misguided > 1.0:
            raise SettingsError("simulated learner: poor and misguided are parts of the same whole and may not exceed 1 together.")
        if not 0.0 <= self.latency_ms < float("inf"):
            raise SettingsError(f"simulated learner: latency_ms must be 0 or more, not {self.latency_ms}.")


def parse_options(options: str) -> LearnerSettings:
    """Reads ``wrong=0.6,latency_ms=0,seed=1``; an empty text gives the defaults. Raises ``SettingsError``."""
    known = {field.name for field in fields(LearnerSettings)}
    values: dict[str, float] = {}
    for entry in filter(None, (part.strip() for part in options.split(","))):
        name, equals, text = (part.strip() for part in entry.partition("="))
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Known options: {', '.join(sorted(known))}."
            raise SettingsError(f"simulated learner: unknown option {name!r}.", hint)
        try:
            values[name] = int(text) if name == "seed" else float(text)
        except ValueError:
            raise SettingsError(f"simulated learner: {name} needs a number, not {text!r}.", f"For example {name}=0.") from None
        if not equals:
            raise SettingsError(f"simulated learner: {name} needs a value.", f"For example {name}=0.")
    return LearnerSettings(**values)  # type: ignore[arg-type]  # seed is an int, see above
