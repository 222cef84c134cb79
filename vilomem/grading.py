"""Is a reply's answer right? The verification of the pipeline, for programs."""

from __future__ import annotations

from collections.abc import Sequence

from vilomem_core.errors import DataError
from vilomem_core.readers.cases import question_case
from vilomem_core.settings.method import PresetName, VerificationSettings
from vilomem_core.types import Verdict
from vilomem_core.verification import verify as verify_case


def verify(
    question: str,
    reply: str,
    answer: str,
    *,
    options: Sequence[str] | None = None,
    answer_type: str = "",
    tolerance: float | None = None,
    preset: PresetName = "generic",
) -> Verdict:
    """The verdict of the rules on ``reply``: ``correct``, ``incorrect``, or ``undetermined`` where they cannot tell.

    ``answer`` is the gold answer: with ``options`` the text or the letter of one of them. ``answer_type`` is choice, number,
    expression or text, and follows from the answer where it is not given; ``tolerance`` is relative (0.05 = 5 %); ``preset`` is the
    benchmark whose grading convention is used. Raises ``DataError`` for a question, options or an answer that cannot be used.
    """
    if not isinstance(reply, str):
        raise DataError(f"the reply is no text: {reply!r:.100}.", "Give what the model wrote.")
    if not (options is None or isinstance(options, list | tuple)):
        raise DataError(f"options are a list of texts, not {options!r:.100}.", 'Example: options=["red", "blue"]')
    fields = {
        "question": question,
        "answer": answer,
        "options": list(options or ()),
        "answer_type": answer_type,
        "tolerance": tolerance,
    }
    return verify_case(question_case(fields), reply, VerificationSettings(preset=preset))
