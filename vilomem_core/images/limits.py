"""How large, small and long a picture may be."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.errors import SettingsError
from vilomem_core.images.problem import ImageProblem


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Limits on one picture; the first two bound memory, the others keep out what vision models refuse or misread."""

    #: Pixels after decoding. 50 million decode to 150 MB of RGB; cameras and benchmark scans stay below.
    max_pixels: int = 50_000_000
    #: Bytes of the file, before decoding.
    max_bytes: int = 32 * 1024 * 1024
    #: Pixels of the shorter side; hosted Qwen-VL models refuse pictures under this.
    min_side: int = 10
    #: Longer side over shorter side; the Qwen-VL image processors refuse more.
    max_aspect_ratio: float = 200.0

    def __post_init__(self) -> None:
        if self.max_pixels < 1 or self.max_bytes < 1 or self.min_side < 1 or not self.max_aspect_ratio >= 1:
            raise SettingsError("Image limits must be 1 or more.", "Remove the limit to get its default.")


def check_size(width: int, height: int, limits: ImageLimits) -> None:
    """Judge a picture by the size that its header declares, in pixels. Raises ``ImageProblem``."""
    size = f"{width}x{height}"
    if width < 1 or height < 1:
        raise ImageProblem("image_too_small", f"the header declares {size} pixels")
    if width * height > limits.max_pixels:
        reason = f"{size} is {width * height / 1e6:,.0f} million pixels; the limit is {limits.max_pixels / 1e6:g} million"
        raise ImageProblem("image_too_large", reason)
    ratio = max(width, height) / min(width, height)
    if ratio > limits.max_aspect_ratio:
        reason = f"{size} has an aspect ratio of {ratio:.0f}; the limit is {limits.max_aspect_ratio:g}"
        raise ImageProblem("image_aspect_ratio", reason)
    if min(width, height) < limits.min_side:
        raise ImageProblem("image_too_small", f"{size} pixels; each side needs at least {limits.min_side}")


def check_bytes(size: int, limits: ImageLimits) -> None:
    """Judge a picture by the bytes of its file. Raises ``ImageProblem``."""
    if size == 0:
        raise ImageProblem("image_empty", "0 bytes")
    if size > limits.max_bytes:
        raise ImageProblem("image_too_large", f"a file of {size:,} bytes; the limit is {limits.max_bytes:,}")
