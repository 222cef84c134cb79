"""docs/data_formats.md names every kind of problem, so that scripts can rely on it."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
SAID = re.compile(r'(?:Refusal|Note|Conversion|ImageProblem|\.problem)\(\s*"([a-z_0-9]+)"')


def test_every_kind_is_documented() -> None:
    sources = [file for part in ("readers", "images") for file in (PROJECT / "vilomem_core" / part).glob("*.py")]
    kinds = {kind for file in sources for kind in SAID.findall(file.read_text())}
    written = (PROJECT / "docs" / "data_formats.md").read_text()
    assert len(kinds) > 40
    assert not {kind for kind in kinds if f"`{kind}`" not in written}
