"""What README and docs/ show is run as written, in a folder where the demo was run."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from vilomem.cli.app import app

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.S | re.M)


def shown(page: Path) -> list[str]:
    """The ``$ vilomem …`` lines of a page's console blocks."""
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ vilomem ")]


@pytest.fixture(scope="module")
def after_demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    _run("vilomem demo --cases 64 --rounds 2", folder)
    return folder


def _run(line: str, folder: Path) -> str:
    words = shlex.split(line, comments=True)
    done = subprocess.run([sys.executable, "-m", "vilomem", *words[1:]], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.docs
@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if shown(page)], ids=lambda page: page.name)
def test_every_command_that_a_page_shows_works(page, after_demo):
    for line in shown(page):
        assert _run(line, after_demo).strip(), f"{line} printed nothing"


def test_every_command_and_option_is_documented():
    text = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
    for name, command in typer.main.get_command(app).commands.items():
        assert f"`vilomem {name}" in text, f"docs/commands.md does not show {name}"
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option != "--help":
                    assert option in text, f"docs/commands.md does not show {option} of {name}"
