"""What analyst and critics reply becomes records, and nothing else does."""

import json

import pytest

from vilomem_core.errors import ReplyUnusable
from vilomem_core.learning.requests import parse_analysis, parse_reflection
from vilomem_core.protocols import ChatReply
from vilomem_core.types import Analysis, Stream


@pytest.mark.parametrize(
    "text",
    [
        "Subject: Geometry\nKey Concepts: similar figures, scale factor",
        "Subject: Geometry; Key Concepts: similar figures, scale factor",
        "**Subject:** Geometry\n**Key Concepts:** similar figures, scale factor.",
    ],
)
def test_analysis_is_read_in_the_forms_that_models_use(text):
    assert parse_analysis(text) == Analysis("Geometry", ("similar figures", "scale factor"))


def test_an_analysis_without_concepts_is_unusable():
    with pytest.raises(ReplyUnusable):
        parse_analysis("This is a geometry problem.")


def _reply(**fields):
    return ChatReply(json.dumps(fields), "critic")


def test_a_blamed_stream_teaches():
    found = parse_reflection(_reply(is_visual_error=True, analysis_summary="s", guideline=" Count  spaces. "), "att", Stream.VISUAL)
    assert (found.is_error, found.guideline, found.attempt_id) == (True, "Count spaces.", "att")


@pytest.mark.parametrize("guideline", ["", "   ", None, 7, "Square the ratio."])
def test_a_stream_that_is_not_blamed_never_teaches(guideline):
    found = parse_reflection(_reply(error_type="Non-Logical", analysis_summary="s", guideline=guideline), "att", Stream.LOGIC)
    assert not found.is_error and found.guideline is None


@pytest.mark.parametrize("fields", [{"is_visual_error": "maybe"}, {"is_visual_error": None}, {}, {"error_type": "Logical"}])
def test_a_critic_without_a_verdict_is_unusable_not_a_no(fields):
    with pytest.raises(ReplyUnusable):
        parse_reflection(_reply(**fields), "att", Stream.VISUAL)


def test_all_recorded_critics_are_read(shared_data):
    counts = {Stream.VISUAL: 0, Stream.LOGIC: 0}
    roles = {"reflect_visual": Stream.VISUAL, "reflect_logic": Stream.LOGIC}
    for line in (shared_data / "recorded" / "mathvision.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["role"] == "analyze":
            assert parse_analysis(row["text"]).key_concepts
        elif row["role"] in roles:
            stream = roles[row["role"]]
            counts[stream] += parse_reflection(ChatReply(row["text"], row["model"]), "att", stream).guideline is not None
    assert counts == {Stream.VISUAL: 44, Stream.LOGIC: 42}
