"""Critics' JSON survives prose, fences, LaTeX and broken replies."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vilomem_core.errors import ReplyUnusable
from vilomem_core.json_reply import parse_object


def test_finds_the_object_between_prose_and_code_fences():
    reply = 'Here is my verdict:\n```json\n{"error_type": "Logical", "guideline": null}\n```\nHope that helps {:-)}'
    assert parse_object(reply) == {"error_type": "Logical", "guideline": None}


def test_braces_in_prose_before_the_object_do_not_hide_it():
    assert parse_object('The set {1, 2} and an open { brace. {"a": "x}y{z"}') == {"a": "x}y{z"}


def test_latex_with_single_backslashes_keeps_its_commands():
    reply = r'{"guideline": "use \frac{1}{2}, \times, \pi, \rho, \beta and \(x\)", "b": true}'
    assert parse_object(reply)["guideline"] == r"use \frac{1}{2}, \times, \pi, \rho, \beta and \(x\)"


def test_properly_escaped_latex_and_newlines_stay_as_they_are():
    assert parse_object(r'{"g": "\\frac{1}{2}\nnext \u00e9"}')["g"] == "\\frac{1}{2}\nnext é"


@pytest.mark.parametrize("reply", ["", "no json at all", '{"a": ', "{" * 5000, "[1, 2]", '{"a": 1' + "}" * 0])
def test_a_reply_without_an_object_is_unusable(reply):
    with pytest.raises(ReplyUnusable):
        parse_object(reply)


FIELDS = st.dictionaries(st.text(max_size=8), st.booleans() | st.none() | st.integers(), min_size=1, max_size=5)


@given(FIELDS, st.text(alphabet="ab {\n", max_size=30))
def test_every_json_object_comes_back_whatever_prose_precedes_it(fields, prose):
    found = parse_object(prose + json.dumps(fields))
    assert found == fields or prose.count("{") > 0


@given(st.text(max_size=400))
def test_any_text_gives_an_object_or_reply_unusable(text):
    with contextlib.suppress(ReplyUnusable):
        assert isinstance(parse_object(text), dict)
