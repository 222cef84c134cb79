"""What a reader accepts."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.errors import SettingsError
from vilomem_core.images import ImageLimits


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """Limits on rows and pictures; the defaults take every benchmark that we know and keep out what models would refuse."""

    #: Characters of a question, of all its options together, and of an answer. Models with 32k tokens of context stop near 100,000.
    max_question_chars: int = 50_000
    #: Pictures of one case; vision servers commonly refuse more.
    max_images: int = 16
    #: Pixels of one picture after decoding.
    max_image_pixels: int = 50_000_000
    #: Bytes of one picture file.
    max_image_bytes: int = 32 * 1024 * 1024
    #: Pixels of the shorter side of a picture.
    min_image_side: int = 10
    #: Longer over shorter side of a picture.
    max_aspect_ratio: float = 200.0
    #: Refuse questions without a gold answer.
    require_answer: bool = True
    #: Folder that picture paths start from and must stay in; by default the folder of the file that names them.
    image_root: str | None = None

    def __post_init__(self) -> None:
        for name in ("max_question_chars", "max_images"):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name} must be 1 or more.", "Remove it to get the default.")
        _ = self.image_limits  # has checks of its own

    @property
    def image_limits(self) -> ImageLimits:
        return ImageLimits(self.max_image_pixels, self.max_image_bytes, self.min_image_side, self.max_aspect_ratio)
