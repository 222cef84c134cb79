"""The one error of this package."""

from __future__ import annotations

from vilomem_core.errors import DataError


class ImageProblem(DataError):
    """A picture that cannot go to a model. ``kind`` is one of the ``image_…`` kinds of docs/data_formats.md."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.args = (kind, reason)
        self.kind = kind
        self.reason = reason
