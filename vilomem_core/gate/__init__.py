"""The quality gate: which guidelines may become members of a memory. Entrance: `check.check_guideline`."""
