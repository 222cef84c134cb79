"""What a server receives, and what becomes of its answer."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chat import SCHEMA, a_request, picture
from tests.support.fake_openai import FakeOpenAI, Received
from vilomem_core.backends.chat.openai import OpenAIChat
from vilomem_core.backends.chat.wire import data_url, parse_reply, without_thinking
from vilomem_core.backends.openai_embeddings import OpenAIEmbedder
from vilomem_core.errors import ModelError, ModelUnavailable, ReplyUnusable, SettingsError
from vilomem_core.protocols import ChatReply, ChatRequest, Message, Sampling
from vilomem_core.settings.models import EndpointSettings
from vilomem_core.types import Image, Role


def ask(fake: FakeOpenAI, request: ChatRequest, **settings: Any) -> ChatReply:
    async def once() -> ChatReply:
        model = OpenAIChat("tiny", EndpointSettings(base_url=fake.base_url, max_retries=0, **settings))
        try:
            return await model.complete(request)
        finally:
            await model.aclose()

    return asyncio.run(once())


def test_text_and_images_arrive_in_their_order() -> None:
    with FakeOpenAI() as fake:
        ask(fake, a_request("Compare", picture("first"), "with", picture("second"), "and choose."))
    first, second = (f"data:image/png;base64,{base64.b64encode(name).decode()}" for name in (b"first", b"second"))
    assert fake.received[0].parts == ["Compare", first, "with", second, "and choose."]


def test_messages_keep_their_roles_and_a_lone_text_is_a_string() -> None:
    messages = (Message("system", ("Be brief.",)), Message("user", ("Hi", picture("x"))), Message("assistant", ("Yes?",)))
    with FakeOpenAI() as fake:
        ask(fake, ChatRequest(Role.SOLVER, "c", messages))
    sent = fake.received[0].body["messages"]
    assert [message["role"] for message in sent] == ["system", "user", "assistant"]
    assert sent[0]["content"] == "Be brief."
    assert [part["type"] for part in sent[1]["content"]] == ["text", "image_url"]


def test_sampling_is_sent_and_repeated_draws_differ_in_their_seed() -> None:
    sampling = Sampling(temperature=0.7, top_p=0.9, max_tokens=99, seed=5)
    with FakeOpenAI() as fake:
        for sample in (0, 3):
            ask(fake, a_request(sampling=sampling, sample=sample))
        ask(fake, a_request())
    first, fourth, unseeded = (received.body for received in fake.received)
    assert (first["temperature"], first["top_p"], first["max_tokens"], first["seed"]) == (0.7, 0.9, 99, 5)
    assert fourth["seed"] == 8
    assert "seed" not in unseeded
    assert first["model"] == "tiny"


def test_a_schema_is_sent_and_its_reply_fits() -> None:
    with FakeOpenAI() as fake:
        reply = ask(fake, a_request(schema=SCHEMA, role=Role.VISUAL_CRITIC))
    wanted = fake.received[0].body["response_format"]
    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"] == {"name": "reflect_visual", "strict": True, "schema": SCHEMA}
    assert json.loads(reply.text)["is_visual_error"] is True


def test_without_a_schema_no_form_is_asked_for() -> None:
    with FakeOpenAI() as fake:
        ask(fake, a_request("plain"))
    assert "response_format" not in fake.received[0].body
    assert fake.received[0].parts == ["plain"]


def test_the_key_is_a_header_only_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeOpenAI() as fake:
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        ask(fake, a_request())
        monkeypatch.setenv("HOUSE_KEY", "sk-house-key\n")
        ask(fake, a_request(), api_key_env="HOUSE_KEY")
    assert "Authorization" not in fake.received[0].headers
    assert fake.received[1].headers["Authorization"] == "Bearer sk-house-key"


def test_no_proxy_comes_between_this_machine_and_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with FakeOpenAI() as fake:
        assert ask(fake, a_request()).text


def ask_elsewhere(**settings: Any) -> ChatReply:
    """A request to a machine that does not exist: only a proxy can answer it."""

    async def once() -> ChatReply:
        model = OpenAIChat("tiny", EndpointSettings(base_url="http://models.invalid/v1", max_retries=0, **settings))
        try:
            return await model.complete(a_request())
        finally:
            await model.aclose()

    return asyncio.run(once())


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize("variable", ["http_proxy", "ALL_PROXY"])
def test_other_machines_are_reached_through_the_proxy_that_the_environment_names(
    variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password else's\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HOUSE_KEY", "sk-house-key")
    with FakeOpenAI() as proxy:
        monkeypatch.setenv(variable, proxy.base_url.removesuffix("/v1").replace("//", "//me:s3cret@"))
        ask_elsewhere(api_key_env="HOUSE_KEY")
        OpenAIEmbedder("tiny", EndpointSettings(base_url="http://models.invalid/v1", max_retries=0)).embed(["a text"])
    chat, embedding = proxy.received
    assert (chat.path, embedding.path) == ("/v1/chat/completions", "/v1/embeddings")
    assert chat.headers["Authorization"] == "Bearer sk-house-key"
    login = "Basic " + base64.b64encode(b"me:s3cret").decode()
    assert [received.headers["Proxy-Authorization"] for received in proxy.received] == [login, login]


@pytest.mark.usefixtures("no_proxies")
def test_a_proxy_does_not_see_the_key_of_a_server_behind_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUSE_KEY", "sk-house-key")
    seen: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def once() -> None:
        async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            monkeypatch.setenv("https_proxy", f"http://me:s3cret@127.0.0.1:{port}")
            endpoint = EndpointSettings(base_url="https://models.invalid/v1", max_retries=0, api_key_env="HOUSE_KEY")
            model = OpenAIChat("tiny", endpoint)
            with pytest.raises(ModelUnavailable):
                await model.complete(a_request())
            await model.aclose()

    asyncio.run(once())
    (request,) = seen
    assert request.startswith(b"CONNECT models.invalid:443 ")
    assert b"proxy-authorization: Basic " + base64.b64encode(b"me:s3cret") in request
    assert b"sk-house-key" not in request


@pytest.mark.usefixtures("no_proxies")
def test_hosts_that_need_no_proxy_are_asked_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeOpenAI() as proxy:
        monkeypatch.setenv("http_proxy", proxy.base_url.removesuffix("/v1"))
        monkeypatch.setenv("no_proxy", "models.invalid")
        with pytest.raises(ModelUnavailable):
            ask_elsewhere()
    assert proxy.received == []


@pytest.mark.usefixtures("no_proxies")
def test_a_proxy_that_speaks_no_http_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    with pytest.raises(SettingsError, match="not an HTTP proxy"):
        ask_elsewhere()


def test_a_body_of_megabytes_arrives_whole() -> None:
    large = Image(64 * "0", "image/png", 2000, 2000, bytes(3 << 20))
    with FakeOpenAI() as fake:
        ask(fake, a_request("Look:", large))
    (received,) = fake.received
    assert received.parts[1] == data_url(large)


def test_tokens_are_those_of_the_server() -> None:
    with FakeOpenAI(reply=lambda received: "x" * 40) as fake:
        reply = ask(fake, a_request("y" * 400, picture("p")))
    assert (reply.usage.calls, reply.usage.prompt_tokens, reply.usage.completion_tokens) == (1, 186, 11)
    assert 0 < reply.usage.seconds < 10
    assert reply.model == "tiny"


def body(message: object, finish: object = "stop", **more: object) -> dict[str, object]:
    return {"choices": [{"message": message, "finish_reason": finish}], **more}


def replying(answer: dict[str, object]) -> Callable[[Received], dict[str, object]]:
    return lambda received: answer


def test_a_reply_that_reached_its_limit_says_so() -> None:
    with FakeOpenAI(reply=replying(body({"content": "Step 1: the"}, "length"))) as fake:
        reply = ask(fake, a_request())
    assert (reply.text, reply.finish_reason) == ("Step 1: the", "length")
    assert (reply.usage.calls, reply.usage.prompt_tokens) == (1, 0)  # this server counts nothing


def test_thinking_that_the_server_keeps_apart_stays_out_of_the_text() -> None:
    message = {"content": "The answer is C.", "reasoning_content": "Perhaps \\boxed{A}?"}
    with FakeOpenAI(reply=replying(body(message))) as fake:
        assert ask(fake, a_request()).text == "The answer is C."


def test_a_reply_cut_off_while_thinking_is_no_answer_and_not_paid_for_again() -> None:
    message = {"content": None, "reasoning_content": "Perhaps \\boxed{A}?"}
    with FakeOpenAI(reply=replying(body(message, "length"))) as fake, pytest.raises(ReplyUnusable, match="Raise max_tokens"):
        ask(fake, a_request())
    assert len(fake.received) == 1


@pytest.mark.parametrize(
    ("text", "finish", "answer"),
    [
        ("<think>Maybe A.</think>\n\nB.", "stop", "B."),
        ("\n<think>\n</think>B.", "stop", "B."),
        ("Maybe A. </think> B.", "stop", "B."),
        ("<think>Maybe A.", "length", ""),
        ("<think>B, and no end.", "stop", "<think>B, and no end."),
        ("The tag <think>x</think> is shown in the figure.", "stop", "The tag <think>x</think> is shown in the figure."),
        ("No tags.", "stop", "No tags."),
    ],
)
def test_thinking_inside_the_text_is_left_out(text: str, finish: str, answer: str) -> None:
    assert without_thinking(text, finish) == answer


def test_text_in_parts_is_joined() -> None:
    message = {"content": [{"type": "text", "text": "The answer "}, {"type": "text", "text": "is C."}]}
    assert parse_reply(body(message), "m", 0.0, "").text == "The answer is C."


def test_lone_surrogates_are_replaced_so_that_the_reply_can_be_stored() -> None:
    reply = parse_reply(json.loads('{"choices": [{"message": {"content": "a\\ud83db \\ud83d\\ude00"}}]}'), "m", 0.0, "")
    assert reply.text == "a�b 😀"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["error", "text", "content", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(choice=JSON, message=JSON, content=JSON, finish=JSON, usage=JSON, refusal=JSON)
def test_any_json_is_a_reply_with_text_or_a_model_error(
    choice: object, message: object, content: object, finish: object, usage: object, refusal: object
) -> None:
    right = {"content": content, "refusal": refusal}
    for answer in (body(right, finish, usage=usage), body(message, finish), {"choices": [choice]}, {"choices": choice}):
        try:
            reply = parse_reply(answer, "m", 0.0, "")
        except ModelError:
            continue
        assert reply.text.strip()
        assert reply.usage.calls == 1
        assert min(reply.usage.prompt_tokens, reply.usage.completion_tokens) >= 0
