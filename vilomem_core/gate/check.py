"""The quality gate: which guidelines may become members of a memory.

It reads text alone; checks run in a fixed order and the first objection decides. A rule that is well put and wrong passes: that is
for outcomes and for the judge model to find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.gate.injection import injection
from vilomem_core.gate.leak import answer_leak
from vilomem_core.gate.plain_english import foreign_language, markup
from vilomem_core.gate.scope import case_specific, vague
from vilomem_core.settings.method import GateSettings
from vilomem_core.words import readable, words

READ_CHARS = 20_000  # bounds the work on a guideline of a megabyte; it is far beyond any limit of length


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """``category`` and ``reason`` are empty when the guideline is accepted.

    Categories: empty, too_long, prompt_injection, markup_code, non_english, answer_leak, case_specific, vague.
    """

    accepted: bool
    category: str = ""
    reason: str = ""


def check_guideline(
    guideline: str, *, question: str = "", answer: str = "", options: Sequence[str] = (), settings: GateSettings | None = None
) -> GateVerdict:
    """May this guideline become a member? ``question``, gold ``answer`` and ``options`` of its case show leaks that words hide.

    Attacks are looked for first, so that a text which is both long and hostile is rejected as hostile.
    """
    settings = settings or GateSettings()
    text = readable(guideline[:READ_CHARS])
    if not words(text):
        return GateVerdict(False, "empty", "there are no words in it")
    for category, objection in (
        ("prompt_injection", injection(guideline[:READ_CHARS], text)),
        ("too_long", _too_long(guideline, text, settings)),
        ("markup_code", markup(text)),
        ("non_english", foreign_language(text) if settings.english_only else ""),
        ("answer_leak", answer_leak(text, question, answer, options)),
        ("case_specific", case_specific(text, question)),
        ("vague", vague(text, settings.min_specific_words)),
    ):
        if objection:
            return GateVerdict(False, category, objection)
    return GateVerdict(True)


def _too_long(guideline: str, text: str, settings: GateSettings) -> str:
    if len(guideline) > settings.max_chars:
        return f"{len(guideline)} characters, where {settings.max_chars} are allowed: it retells or lists instead of stating a rule"
    count = len(words(text))
    return f"{count} words, where {settings.max_words} are allowed" if count > settings.max_words else ""
