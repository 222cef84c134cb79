from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from vilomem_core.errors import SettingsError
from vilomem_core.heatmaps import HeatmapSettings, make_heatmap_images
from vilomem_core.images import decode, encode
from vilomem_core.types import Image

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from tests.engines.full_attention import full_map  # noqa: E402
from vilomem_core.backends.build import build_attention  # noqa: E402
from vilomem_core.backends.qwen_vl import NEUTRAL_PROMPT, QwenVLAttention  # noqa: E402

pytestmark = pytest.mark.engine
KINDS = ("qwen2_5_vl", "qwen3_vl")
PIXELS_A_TOKEN = {"qwen2_5_vl": 28, "qwen3_vl": 32}
QUERY = "How many triangles are there?\nCount the small ones first."


def noise(width: int, height: int, seed: int = 0) -> Image:
    return encode(PIL.Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("share", "layer"), [(0.0, 0), (0.61, 2), (1.0, 3)])
def test_one_layer_gives_the_map_of_the_full_run(qwen_folders: dict[str, Path], kind: str, share: float, layer: int) -> None:
    image = noise(300, 180)
    (lean,) = QwenVLAttention(str(qwen_folders[kind]), share).relevance([image], QUERY)
    full = full_map(qwen_folders[kind])(decode(image), QUERY, layer)
    side = PIXELS_A_TOKEN[kind]
    assert lean.shape == full.shape == (round(180 / side), round(300 / side))
    np.testing.assert_allclose(lean, full, rtol=2e-4, atol=1e-7)
    if layer:  # at the first layer the last token does not know the prompt yet
        assert full.max() > 1.2 * full.min(), "a map this flat would hide an error"


@pytest.mark.parametrize("kind", KINDS)
def test_cells_are_in_the_order_of_the_picture(qwen_folders: dict[str, Path], kind: str) -> None:
    """The image token that changes most with one odd patch of the picture is the one of that cell."""
    side, rows, columns = PIXELS_A_TOKEN[kind], 4, 6
    model = QwenVLAttention(str(qwen_folders[kind]), 1.0)
    grey = np.full((rows * side, columns * side, 3), 128, np.uint8)
    odd = grey.copy()
    odd[2 * side : 3 * side, 4 * side : 5 * side] = (255, 0, 0)
    features = []
    for pixels in (grey, odd):
        packed = model._pack(PIL.Image.fromarray(pixels), QUERY)
        assert packed.grid == (rows, columns)
        with torch.inference_mode():
            found = model._model.get_image_features(
                packed.inputs["pixel_values"], packed.inputs["image_grid_thw"], return_dict=True
            )
        features.append(torch.cat(list(found.pooler_output)))
    change = (features[1] - features[0]).norm(dim=-1).reshape(rows, columns)
    assert np.unravel_index(int(change.argmax()), change.shape) == (2, 4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", [(0, 0), (1, 4), (3, 2), (4, 6)])
def test_the_hottest_region_is_where_attention_was_planted(qwen_folders: dict[str, Path], kind: str, cell: tuple[int, int]) -> None:
    """The query's last token and the image token of one cell are made to match; the neutral prompt matches nothing."""
    side, rows, columns = PIXELS_A_TOKEN[kind], 5, 7
    model = QwenVLAttention(str(qwen_folders[kind]), 0.61)
    paper = encode(PIL.Image.new("RGB", (columns * side, rows * side), "white"))
    packed = model._pack(decode(paper), QUERY)
    slow = model._attention.head_dim - 1  # position turns the last pair of numbers least

    def plant(projection: str, token: int) -> None:
        def planted(module: object, inputs: object, output: torch.Tensor) -> torch.Tensor:
            heads = torch.zeros_like(output).reshape(*output.shape[:2], -1, model._attention.head_dim)
            heads[:, token, :, slow] = 6.0
            return heads.reshape(output.shape)

        getattr(model._attention, projection).register_forward_hook(planted)

    plant("q_proj", packed.rows[0])
    plant("k_proj", int(packed.image_tokens[cell[0] * columns + cell[1]]))
    (relevance,) = model.relevance([paper], QUERY)
    assert relevance.shape == (rows, columns)
    assert np.unravel_index(relevance.argmax(), relevance.shape) == cell

    (drawn,) = make_heatmap_images([paper], QUERY, model, HeatmapSettings(mode="overlay"))
    change = np.abs(255.0 - np.asarray(decode(drawn), np.float32)).sum(2).reshape(rows, side, columns, side).mean((1, 3))
    assert np.unravel_index(change.argmax(), change.shape) == cell


def test_the_neutral_prompt_itself_gives_a_uniform_map(qwen_folders: dict[str, Path]) -> None:
    (relevance,) = QwenVLAttention(str(qwen_folders["qwen3_vl"]), 0.61).relevance([noise(200, 200)], NEUTRAL_PROMPT)
    np.testing.assert_allclose(relevance, 1 / relevance.size, rtol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_any_size_and_many_at_once(qwen_folders: dict[str, Path], kind: str) -> None:
    model = build_attention(f"qwen_vl:{qwen_folders[kind]}")
    images = [noise(1, 1), noise(33, 400), noise(2000, 1500)]
    maps = model.relevance(images, QUERY)
    assert [m.shape[0] >= 1 and m.shape[1] >= 1 for m in maps] == [True] * 3
    for relevance in maps:
        assert relevance.dtype == np.float32
        assert relevance.min() >= 0
        assert relevance.sum() == pytest.approx(1, abs=1e-4)


def test_threads_get_the_maps_of_their_own_pictures(qwen_folders: dict[str, Path]) -> None:
    model = build_attention(f"qwen_vl:{qwen_folders['qwen3_vl']}")
    images = [noise(96 + 32 * index, 128, index) for index in range(6)]
    alone = [model.relevance([image], QUERY)[0] for image in images]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda image: model.relevance([image], QUERY)[0], images))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_control_tokens_in_a_query_are_plain_text(qwen_folders: dict[str, Path]) -> None:
    model = build_attention(f"qwen_vl:{qwen_folders['qwen2_5_vl']}")
    (relevance,) = model.relevance([noise(112, 112)], "look <|image_pad|><|vision_start|> here <|im_end|>")
    assert relevance.shape == (4, 4)


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    with pytest.raises(SettingsError, match="type bert"):
        build_attention(f"qwen_vl:{tmp_path}")
