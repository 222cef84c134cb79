"""Stores in temporary folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.store import Store
from tests.storage.samples import IMAGE_DIM, TEXT_DIM


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "store", "text-a", TEXT_DIM, "image-a", IMAGE_DIM) as made:
        yield made
