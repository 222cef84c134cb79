"""Pictures come out as a person would see them, or not at all."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import PIL.Image
import PIL.ImageFile
import PIL.ImageOps
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vilomem_core.images import ImageLimits, ImageProblem, decode, encode, load_image


def saved(picture: PIL.Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def ramp(width: int = 64, height: int = 48) -> PIL.Image.Image:
    """Every pixel differs from its neighbours, so that turning and mirroring show."""
    y, x = np.mgrid[0:height, 0:width]
    return PIL.Image.fromarray(np.stack([x * 3, y * 4, (x + y) * 2], axis=-1).astype(np.uint8))


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(decode(load_image(data)[0]))


def kind_of(data: bytes, limits: ImageLimits = ImageLimits()) -> str:  # noqa: B008
    with pytest.raises(ImageProblem) as caught:
        load_image(data, limits)
    return caught.value.kind


@pytest.mark.parametrize(("form", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_plain_picture_keeps_its_bytes_and_gets_the_media_type_of_its_content(form: str, media_type: str) -> None:
    data = saved(ramp(), form)
    image, changes = load_image(data)
    assert (image.data, image.media_type, image.width, image.height, changes) == (data, media_type, 64, 48, [])


@pytest.mark.parametrize("mode", ["L", "1", "P"])
def test_grey_and_palette_pictures_keep_their_bytes(mode: str) -> None:
    data = saved(ramp().convert(mode), "PNG")
    image, changes = load_image(data)
    assert image.data == data
    assert not changes
    assert decode(image).mode == "RGB"


def test_opaque_alpha_is_no_reason_to_touch_a_picture() -> None:
    data = saved(ramp().convert("RGBA"), "PNG")
    image, changes = load_image(data)
    assert image.data == data
    assert not changes
    assert np.array_equal(np.asarray(decode(image)), np.asarray(ramp()))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_become_white(mode: str) -> None:
    picture = PIL.Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 20, 30))
    image, changes = load_image(saved(picture.convert(mode), "PNG"))
    seen = np.asarray(decode(image))
    assert seen[15, 5].tolist() == [0, 0, 0]
    assert seen[15, 35].tolist() == [255, 255, 255]
    assert [(change.kind, "transparent" in change.reason) for change in changes] == [("image_converted", True)]
    assert image.media_type == "image/png"


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bit_grey_keeps_its_brightness(form: str) -> None:
    levels = np.linspace(0, 65535, 256, dtype=np.uint16)[None, :].repeat(20, axis=0)
    image, changes = load_image(saved(PIL.Image.fromarray(levels), form))
    assert np.abs(np.asarray(decode(image))[10, :, 0].astype(int) - np.arange(256)).max() <= 1
    assert "16-bit" in changes[0].reason


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_as_pillow_does(orientation: int) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    data = saved(ramp(), "JPEG", exif=exif, quality=95)
    image, changes = load_image(data)
    upright = PIL.ImageOps.exif_transpose(PIL.Image.open(io.BytesIO(data)))
    assert np.array_equal(np.asarray(decode(image)), np.asarray(upright))
    assert bool(changes) == (orientation > 1)


def test_cmyk_jpeg_keeps_its_colours() -> None:
    seen = pixels(saved(PIL.Image.new("RGB", (32, 32), (250, 250, 250)).convert("CMYK"), "JPEG"))
    assert np.abs(seen.astype(int) - 250).max() < 8


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP"])
def test_animation_gives_its_first_frame_and_says_so(form: str) -> None:
    frames = [PIL.Image.new("RGB", (30, 30), colour) for colour in ("red", "lime", "blue")]
    image, changes = load_image(saved(frames[0], form, save_all=True, append_images=frames[1:], lossless=True))
    assert np.asarray(decode(image))[15, 15].tolist() == [255, 0, 0]
    assert [(change.kind, change.reason) for change in changes] == [("image_animated", "3 frames; the first frame is used")]


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF"])
def test_formats_that_servers_refuse_become_png(form: str) -> None:
    source = ramp().quantize(64) if form == "GIF" else ramp()
    image, changes = load_image(saved(source, form))
    assert image.media_type == "image/png"
    assert np.array_equal(np.asarray(decode(image)), np.asarray(source.convert("RGB")))
    assert changes[0].kind == "image_converted"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
@pytest.mark.parametrize("allow", [False, True])
def test_cut_file_is_refused_even_where_pillow_may_accept_it(form: str, allow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PIL.ImageFile, "LOAD_TRUNCATED_IMAGES", allow)
    noise = PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 80, 3), dtype=np.uint8))
    data = saved(noise, form)
    for part in (0.02, 0.3, 0.6, 0.95):
        assert kind_of(data[: int(len(data) * part)]) == "image_truncated"
    assert PIL.ImageFile.LOAD_TRUNCATED_IMAGES is allow


def test_jpeg_whose_end_was_padded_with_zeros_is_refused() -> None:
    noise = PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 80, 3), dtype=np.uint8))
    data = saved(noise, "JPEG")
    half = len(data) // 2
    assert kind_of(data[:half] + bytes(len(data) - half)) == "image_truncated"


def test_declared_size_is_judged_before_anything_is_reserved() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    assert kind_of(bomb + b"\0\0\0\0IDAT") == "image_too_large"
    webp = b"RIFF\xff\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0" + (59_999).to_bytes(3, "little") * 2
    assert kind_of(webp) == "image_too_large"


def test_limits_on_size_and_shape() -> None:
    limits = ImageLimits(max_pixels=5_000, max_bytes=20_000, min_side=12, max_aspect_ratio=4)
    assert kind_of(saved(ramp(100, 51), "PNG"), limits) == "image_too_large"
    assert kind_of(saved(ramp(11, 20), "PNG"), limits) == "image_too_small"
    assert kind_of(saved(ramp(61, 15), "PNG"), limits) == "image_aspect_ratio"
    assert kind_of(bytes(20_001), limits) == "image_too_large"
    assert load_image(saved(ramp(60, 15), "PNG"), limits)[0].width == 60


@pytest.mark.parametrize(
    ("data", "kind", "word"),
    [
        (b"", "image_empty", "0 bytes"),
        (b"hello", "image_not_recognised", "text"),
        (b"\x00\x01\x02\xff", "image_not_recognised", "not a picture"),
        (b"<!DOCTYPE html><html><body>404", "image_not_recognised", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "image_not_recognised", "git lfs pull"),
        (b'<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="x">', "image_format_unsupported", "SVG"),
        (b"\xef\xbb\xbf <svg>", "image_format_unsupported", "SVG"),
        (b"%PDF-1.7", "image_format_unsupported", "PDF"),
        (b"%!PS-Adobe", "image_format_unsupported", "PostScript"),
        (b"\0\0\0\x1cftypavif", "image_format_unsupported", "AVIF"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, kind: str, word: str) -> None:
    with pytest.raises(ImageProblem, match=word) as caught:
        load_image(data)
    assert caught.value.kind == kind


def test_thirty_two_bit_pixels_are_refused_rather_than_guessed() -> None:
    assert kind_of(saved(PIL.Image.fromarray(np.ones((20, 20), np.float32)), "TIFF")) == "image_format_unsupported"


def test_encode_and_decode_are_inverse_and_the_hash_is_of_the_bytes() -> None:
    image = encode(ramp())
    assert np.array_equal(np.asarray(decode(image)), np.asarray(ramp()))
    assert load_image(image.data)[0] == image


SAMPLES = [saved(ramp().quantize(32) if form == "GIF" else ramp(), form) for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")]


EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SAMPLES), EDITS, st.floats(0, 1))
def test_damaged_pictures_load_or_raise_image_problem(data: bytes, edits: list[tuple[float, int]], cut: float) -> None:
    broken = bytearray(data)
    for where, value in edits:
        broken[int(where * (len(broken) - 1))] = value
    kept = broken if cut > 0.5 else broken[: int(len(broken) * cut * 2)]
    try:
        image, _ = load_image(bytes(kept))
    except ImageProblem as problem:
        assert problem.kind.startswith("image_")
    else:
        assert decode(image).size == (image.width, image.height)
