"""The gate itself: checks in a fixed order, the first objection decides."""

from __future__ import annotations

from collections.abc import Sequence

from vilomem_core.gate.injection import injection
from vilomem_core.gate.language import foreign_language
from vilomem_core.gate.leak import answer_leak
from vilomem_core.gate.markup import markup
from vilomem_core.gate.settings import GateSettings
from vilomem_core.gate.specifics import case_specific
from vilomem_core.gate.text import readable, words
from vilomem_core.gate.vague import vague
from vilomem_core.gate.verdict import GateVerdict

READ_CHARS = 20_000  # bounds the work on a guideline of a megabyte; it is far beyond any limit of length


def judge_guideline(
    guideline: str, *, question: str = "", answer: str = "", options: Sequence[str] = (), settings: GateSettings | None = None
) -> GateVerdict:
    """May this guideline become a member? ``question``, gold ``answer`` and ``options`` of its case show leaks that words hide.

    Attacks are looked for first, so that a text which is both long and hostile is filed as hostile.
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
