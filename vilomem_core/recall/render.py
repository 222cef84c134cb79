"""The prompt section that tells a solver the recalled rules."""

from __future__ import annotations

from collections.abc import Sequence

from vilomem_core.prompts import fence, fill
from vilomem_core.recall.settings import RecallSettings
from vilomem_core.types import RecallHit, Stream

CHARACTERS_A_TOKEN = 4  # a rule of thumb for English; other scripts are counted one token a character
LABELS = {Stream.VISUAL: "seeing", Stream.LOGIC: "reasoning"}


def render_memory_section(hits: Sequence[RecallHit], settings: RecallSettings) -> str:
    """The rules as material between fences, one a line; empty when nothing was recalled or fits the budget."""
    lines = [_line(hit) for hit in within_budget(hits, settings)]
    return fill("memories", {"rules": fence("\n".join(lines))}) if lines else ""


def within_budget(hits: Sequence[RecallHit], settings: RecallSettings) -> tuple[RecallHit, ...]:
    """The hits whose rules fit into the token budget, in order; the best of each stream come before second ones.

    What ``Recaller`` returns has passed here, so that a hit is always something that the solver reads.
    """
    rank: dict[Stream, int] = {}
    order = []
    for place, hit in enumerate(hits):
        rank[hit.stream] = rank.get(hit.stream, -1) + 1
        order.append((rank[hit.stream], place))
    kept, left = set(), settings.token_budget
    for _, place in sorted(order):
        tokens = estimated_tokens(_line(hits[place]))
        if tokens <= left:
            kept.add(place)
            left -= tokens
    return tuple(hit for place, hit in enumerate(hits) if place in kept)


def estimated_tokens(text: str) -> int:
    """About how many tokens a text takes, rounded up."""
    plain = len(text) if text.isascii() else sum(character.isascii() for character in text)
    return -(-plain // CHARACTERS_A_TOKEN) + len(text) - plain


def _line(hit: RecallHit) -> str:
    """One line whatever the rule holds: a rule cannot open a line of its own."""
    rule = hit.rule
    if not rule.isprintable():
        rule = "".join(character if character.isprintable() else " " for character in rule)
    return f"- ({LABELS[hit.stream]}) {' '.join(rule.split())}"
