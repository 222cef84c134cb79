"""Refusals say what to set right, fall back where another form helps, and show no secret."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.chat import SCHEMA, FakeTime, a_request, picture
from tests.support.fake_openai import FakeOpenAI
from vilomem_core.backends.chat.failures import Answer, EndpointMisconfigured, Refused, failure_of
from vilomem_core.backends.chat.openai import OpenAIChat
from vilomem_core.errors import ModelError, ModelUnavailable, RequestRefused, SettingsError
from vilomem_core.protocols import ChatReply, ChatRequest
from vilomem_core.settings.models import EndpointSettings

KEY = "sk-quite-secret-0123456789"


def ask(fake: FakeOpenAI, *requests: ChatRequest, **settings: Any) -> list[ChatReply]:
    async def all_of_them() -> list[ChatReply]:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url, **settings), FakeTime().clock)
        try:
            return [await model.complete(request) for request in requests]
        finally:
            await model.aclose()

    return asyncio.run(all_of_them())


def always(reason: str) -> Callable[[dict[str, Any]], str]:
    return lambda body: reason


def refusing(**forms: str) -> Callable[[dict[str, Any]], str | None]:
    """Refuses bodies that hold a field, or whose response format is of that type, with that reason."""

    def refuse(body: dict[str, Any]) -> str | None:
        present = {*body, body.get("response_format", {}).get("type")}
        return next((reason for form, reason in forms.items() if form in present), None)

    return refuse


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("This model's maximum context length is 1024 tokens. However, you requested 4096 tokens.", "lower max_tokens"),
        ("the request exceeds the available context size", "lower max_tokens"),
        ("At most 2 image(s) may be provided in one request.", "vision model"),
        ("cannot identify image file", "vision model"),
    ],
)
def test_what_a_server_can_never_take_is_refused_at_once(reason: str, hint: str) -> None:
    request = a_request("What?", picture("x"), schema=SCHEMA)
    with FakeOpenAI(refuses=always(reason)) as fake, pytest.raises(RequestRefused) as caught:
        ask(fake, request)
    assert reason in str(caught.value)
    assert hint in str(caught.value)
    assert len(fake.received) == 1
    assert not caught.value.retryable


def test_a_refusal_without_a_known_reason_is_final_once_every_form_was_tried() -> None:
    with FakeOpenAI(refuses=always("bad request")) as fake, pytest.raises(RequestRefused, match="answered 400: bad request"):
        ask(fake, a_request(schema=SCHEMA))
    assert [received.body.get("response_format", {}).get("type") for received in fake.received] == [
        "json_schema",
        "json_object",
        None,
    ]


def test_a_server_without_schemas_is_asked_in_its_own_form_from_then_on() -> None:
    refuses = refusing(json_schema="'response_format.type' must be 'json_object'")
    with FakeOpenAI(refuses=refuses) as fake:
        ask(fake, a_request("One", schema=SCHEMA), a_request("Two", schema=SCHEMA), a_request("Three"))
    forms = [received.body.get("response_format", {}).get("type") for received in fake.received]
    assert forms == ["json_schema", "json_object", "json_object", None]
    question, instruction = fake.received[2].parts
    assert question == "Two"
    assert instruction.endswith(json.dumps(SCHEMA))
    assert fake.received[3].parts == ["Three"]


def test_a_server_without_any_form_is_asked_in_words() -> None:
    refuses = refusing(response_format="Unrecognized request argument supplied: response_format")
    with FakeOpenAI(refuses=refuses) as fake:
        ask(fake, a_request("One", schema=SCHEMA), a_request("Two", schema=SCHEMA))
    assert ["response_format" in received.body for received in fake.received] == [True, True, False, False]
    assert "JSON Schema" in fake.received[-1].parts[-1]


def test_one_refused_request_does_not_change_the_form_of_the_next() -> None:
    def refuses(body: dict[str, Any]) -> str | None:
        return "bad request" if "odd" in str(body["messages"]) else None

    async def two() -> None:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url), FakeTime().clock)
        with pytest.raises(RequestRefused):
            await model.complete(a_request("odd", schema=SCHEMA))
        await model.complete(a_request("even", schema=SCHEMA))
        await model.aclose()

    with FakeOpenAI(refuses=refuses) as fake:
        asyncio.run(two())
    assert fake.received[-1].body["response_format"]["type"] == "json_schema"


def test_hosted_reasoning_models_get_the_fields_that_they_know() -> None:
    refuses = refusing(
        max_tokens="Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        temperature="Unsupported value: 'temperature' does not support 0.0 with this model.",
        top_p="Unsupported parameter: 'top_p' is not supported with this model.",
    )
    with FakeOpenAI(refuses=refuses) as fake:
        ask(fake, a_request("One", schema=SCHEMA), a_request("Two", schema=SCHEMA))
    assert len(fake.received) == 5
    sent = fake.received[-1].body
    assert sent["max_completion_tokens"] == 2048
    assert sent["response_format"]["type"] == "json_schema"
    assert not {"max_tokens", "temperature", "top_p"} & set(sent)


@pytest.mark.parametrize("finish", ["content_filter", "stop"])
def test_a_declined_request_is_a_refusal(finish: str) -> None:
    message = {"content": None, "refusal": "I cannot help with that." if finish == "stop" else None}
    body = {"choices": [{"message": message, "finish_reason": finish}]}
    with FakeOpenAI(reply=lambda received: body) as fake, pytest.raises(RequestRefused, match="declined"):
        ask(fake, a_request(schema=SCHEMA))
    assert len(fake.received) == 1


def test_a_missing_key_names_its_variable_once_the_server_wants_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOUSE_KEY", raising=False)
    with FakeOpenAI(api_key=KEY) as fake, pytest.raises(SettingsError, match="HOUSE_KEY, which is not set"):
        ask(fake, a_request(), api_key_env="HOUSE_KEY")
    assert len(fake.received) == 1


def test_a_refused_key_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HOUSE_KEY", KEY)
    with FakeOpenAI(api_key="another") as fake, pytest.raises(EndpointMisconfigured) as caught:
        ask(fake, a_request(), api_key_env="HOUSE_KEY")
    assert fake.received[0].headers["Authorization"] == f"Bearer {KEY}"
    assert "HOUSE_KEY, which is set, but refused" in str(caught.value)
    assert "Bearer ***" in str(caught.value)  # this server repeats the key in its answer
    model = OpenAIChat("tiny", EndpointSettings(api_key_env="HOUSE_KEY"))
    for place in (str(caught.value), repr(caught.value), repr(model.__dict__), caplog.text):
        assert KEY not in place


@pytest.mark.parametrize("key", ["sk-two\nlines", "sk with blanks", "sk-ключ"])
def test_a_key_that_cannot_be_sent_is_told_without_showing_it(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("HOUSE_KEY", key)
    with pytest.raises(SettingsError, match="HOUSE_KEY") as caught:
        OpenAIChat("tiny", EndpointSettings(api_key_env="HOUSE_KEY"))
    assert key not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("status", "content", "kind", "words"),
    [
        (404, b'{"error": {"message": "The model `tiny` does not exist."}}', EndpointMisconfigured, "a model named tiny"),
        (307, b"", EndpointMisconfigured, "does base_url end"),
        (402, b'{"error": "pay first"}', EndpointMisconfigured, "no credit left"),
        (429, b'{"error": {"message": "Quota.", "code": "insufficient_quota"}}', EndpointMisconfigured, "no credit left"),
        (403, b"<html>no</html>", EndpointMisconfigured, "OPENAI_API_KEY"),
        (413, b'{"detail": "payload too large"}', RequestRefused, "payload too large"),
        (422, b'{"detail": [{"loc": ["body", "messages"], "msg": "field required"}]}', RequestRefused, "field required"),
        (529, b"\xff\x00overloaded", ModelUnavailable, "overloaded"),
        (500, b"[" * 100_000, ModelUnavailable, "answered 500"),
    ],
)
def test_every_status_has_its_meaning(status: int, content: bytes, kind: type[ModelError], words: str) -> None:
    failure = failure_of(Answer(status, {}, content), EndpointSettings(), "tiny", "")
    assert isinstance(failure, kind)
    assert words in str(failure)
    assert len(str(failure)) < 700
    assert str(failure).isprintable()


@pytest.mark.parametrize("error", [Refused("no", "hint", "detail", True), EndpointMisconfigured("no", "hint")])
def test_errors_survive_the_way_between_processes(error: ModelError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.__dict__) == (type(error), str(error), error.__dict__)
