"""The examples of docs/verification.md get the verdicts that the page says."""

import re
from pathlib import Path

import pytest

from vilomem_core.types import AnswerType, Case
from vilomem_core.verification import PRESETS, verify

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "verification.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (choice|number|expression|text) \| (.+?) \| (.+?) \| `(.+?)` \| (correct|incorrect) \|", re.MULTILINE)
EXAMPLES = ROW.findall(PAGE)


def test_the_table_has_examples_of_every_type():
    assert {kind for kind, *_ in EXAMPLES} == set(AnswerType) and len(EXAMPLES) > 20


@pytest.mark.parametrize(("kind", "question", "gold", "reply", "said"), EXAMPLES)
def test_an_example_gets_the_verdict_that_the_page_says(kind, question, gold, reply, said):
    options = tuple(re.findall(r"\b[A-Z]\. (\S+)", question)) if kind == "choice" else ()
    answer = options[ord(gold) - ord("A")] if options else gold
    case = Case("example", re.sub(r" A\. .*", "", question) if options else question, answer, AnswerType(kind), options)
    assert verify(case, reply).status.value == said


def test_every_preset_is_described():
    section = PAGE.partition("## Presets")[2].partition("\n## ")[0]
    assert all(f"`{name}`" in section for name in PRESETS)
