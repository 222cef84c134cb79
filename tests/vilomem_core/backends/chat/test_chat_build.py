"""Specs name back ends; a wrong one is answered with the right one."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from vilomem_core.backends.chat.build import build_chat_model
from vilomem_core.backends.chat.settings import EndpointSettings
from vilomem_core.errors import SettingsError

ENDPOINT = EndpointSettings()


def test_the_model_of_an_openai_spec_may_hold_colons() -> None:
    assert build_chat_model("openai:qwen2.5vl:7b", ENDPOINT).name == "openai:qwen2.5vl:7b"


def test_a_recorded_spec_names_file_and_model(tmp_path: Path) -> None:
    path = tmp_path / "replies of may.jsonl"
    path.write_text(json.dumps({"case_id": "1", "model": "org/m+1", "role": "solve", "text": "x"}))
    assert build_chat_model(f"recorded:{path}?model=org/m+1", ENDPOINT).name == "recorded:org/m+1"


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("openia:gpt", "Did you mean openai:MODEL"),
        ("OpenAI:gpt", "Did you mean openai:MODEL"),
        ("record:x.jsonl", "Did you mean recorded:PATH"),
        ("qwen2.5-vl-7b", "Write one of openai:MODEL"),
        ("openai:", "Write openai:MODEL"),
        ("recorded", "Write recorded:PATH"),
        ("", "Write one of"),
    ],
)
def test_a_spec_that_names_nothing_is_answered_with_the_nearest(spec: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        build_chat_model(spec, ENDPOINT)
    assert hint in str(caught.value)


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="the engine is installed")
def test_a_missing_engine_names_its_extra() -> None:
    with pytest.raises(SettingsError, match=r"pip install 'vilomem\[vllm\]'"):
        build_chat_model("vllm:some/model", ENDPOINT)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"base_url": "localhost:8000"}, "http://host:port/v1"),
        ({"base_url": "http://[::1"}, "http://host:port/v1"),
        ({"base_url": "https://user:pass-word@host/v1"}, "a password"),
        ({"base_url": "https://host/v1?key=pass-word"}, "api_key_env"),
        ({"api_key_env": "sk-pass-word"}, "not the key itself"),
        ({"timeout_s": 0.0}, "timeout_s is 0"),
        ({"max_in_flight": 0}, "max_in_flight is 0"),
        ({"max_retries": -1}, "max_retries is -1"),
        ({"requests_per_minute": 0}, "requests_per_minute is 0"),
        ({"prompt_price": float("nan")}, "prompt_price is nan"),
    ],
)
def test_wrong_endpoint_settings_are_told_without_showing_secrets(changes: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        EndpointSettings(**changes)  # type: ignore[arg-type]
    assert words in str(caught.value)
    assert "pass-word" not in str(caught.value)
