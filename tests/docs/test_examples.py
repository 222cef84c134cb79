"""The commands, programs and queries of the pages are run, in a folder where the demo was run and what the pages name is prepared."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from storage.analytics import Analytics
from storage.store import Store
from tests.docs.pages import Block, blocks, commands

pytestmark = [pytest.mark.docs, pytest.mark.slow]

JOB = """
data: [vilomem-demo/data]
store: learned
roles: {solver: {model: simulated}}
engine: {kind: inline}
learn: {rounds: 2}
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo's data and store, a copy of the store as ``store``, its bundle ``snap``, a job and a picture."""
    folder = tmp_path_factory.mktemp("docs")
    run_command(["vilomem", "demo", "--cases", "64", "--rounds", "2"], folder)
    run_command(["vilomem", "export", "--store", "vilomem-demo/store", "--out", "snap"], folder)
    shutil.copytree(folder / "vilomem-demo" / "store", folder / "store")
    shutil.copy(next((folder / "vilomem-demo" / "data").rglob("*.png")), folder / "bars.png")
    (folder / "job.yaml").write_text(JOB, encoding="utf-8")
    return folder


def run_command(words: list[str], folder: Path) -> str:
    assert words[0] == "vilomem"
    return run_python(["-m", *words], folder)


def run_python(words: list[str], folder: Path) -> str:
    done = subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("block", blocks("console"), ids=str)
def test_every_command_that_a_page_shows_works(block: Block, prepared: Path) -> None:
    for words in commands(block):
        assert run_command(words, prepared).strip(), f"{words} printed nothing"


def pages_with_programs() -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = {}
    for block in blocks("python"):
        found.setdefault(block.page, []).append(block)
    return found


@pytest.mark.parametrize(("page", "programs"), pages_with_programs().items(), ids=list(pages_with_programs()))
def test_the_programs_of_a_page_run_one_after_the_other(page: str, programs: list[Block], prepared: Path) -> None:
    script = prepared / f"{page.removesuffix('.md')}_page.py"
    script.write_text("\n".join(f"# {block}\n{block.text}" for block in programs), encoding="utf-8")
    run_python([str(script)], prepared)


@pytest.mark.parametrize("block", blocks("sql"), ids=str)
def test_every_query_of_a_page_runs_on_the_demo(block: Block, prepared: Path) -> None:
    with Store.open(prepared / "vilomem-demo" / "store", read_only=True) as store, Analytics(store) as analytics:
        assert analytics.sql(block.text).num_columns > 1
