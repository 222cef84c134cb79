"""When a snapshot may become the one that everybody uses."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.errors import SettingsError


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
