"""Every block of the pages is checked: shell against the command line and the Makefile, settings, data and programs by their readers."""

from __future__ import annotations

import ast
import io
import json
import pkgutil
import re
import subprocess
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.exceptions import TyperException

from tests.docs.pages import LANGUAGES, PAGES, PROJECT, Block, blocks, check_command_line, commands
from vilomem.cli.app import app
from vilomem_core.errors import SettingsError
from vilomem_core.settings.load import load_settings

OTHER_PROGRAMS = {  # which are not ours to check
    *("cd", "echo", "export", "git", "head", "pip", "sleep", "trap", "uv", "wait"),
    *("ollama", "ray", "scontrol", "srun", "vllm"),
}
TARGETS = set(re.findall(r"^(\w+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), flags=re.M))
PACKAGES = ("vilomem", "vilomem_core", "storage", "tasks", "flows")
SOURCES = [file for folder in (*PACKAGES, "benchmarks", "examples", "tests") for file in sorted((PROJECT / folder).rglob("*.py"))]
DOTTED_NAME = re.compile(rf"(?<![\w./-])(?:{'|'.join(PACKAGES)})(?:\.(?!md\b)[A-Za-z_]\w*)+")
FILE_OR_FOLDER = re.compile(rf"(?<![\w./-])(?:{'|'.join(PACKAGES)}|benchmarks|docs|examples|tests)/[\w/.-]*")
FILE_NAME = re.compile(r"`(\w+\.py)`")
EXTRAS = set(tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"])


def test_every_block_is_fenced_and_in_a_language_that_is_checked() -> None:
    assert [str(block) for block in blocks() if block.language not in LANGUAGES] == []
    assert len({block.page for block in blocks()}) >= 10


def check_shell_command(words: list[str]) -> None:
    """Raises what is wrong with one command."""
    match words:
        case ["vilomem", *rest] | ["python", "-m", "vilomem", *rest]:
            check_command_line(rest)
        case ["make", *targets]:
            assert set(targets) <= TARGETS, f"the Makefile has no {set(targets) - TARGETS}"
        case ["bash" | "python", file, *_]:
            assert (PROJECT / file).is_file(), f"there is no {file}"
        case [program, *_]:
            assert program in OTHER_PROGRAMS, f"nothing checks {program}"


@pytest.mark.parametrize("block", blocks("sh", "console"), ids=str)
def test_a_block_of_shell_holds_commands_that_exist(block: Block) -> None:
    if block.language == "sh":
        subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)
    assert commands(block)
    for words in commands(block):
        check_shell_command(words)
    assert set(re.findall(r"vilomem\[(\w+)\]", block.text)) <= EXTRAS


@pytest.mark.parametrize(
    "line",
    [
        "vilomem learn DATA --ray HEAD:6379",
        "vilomem lern",
        "vilomem learn DATA --set recall.top=3",
        "vilomem score verification",
        "python -m vilomem sql",
        "echo x | vilomem export --form bundle",
        "A=1 make tests",
        "cd a && python no/such.py",
        "unheard-of",
    ],
)
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    (*_, words) = commands(Block("a page", 1, "sh", line))
    with pytest.raises((TyperException, SettingsError, AssertionError)):
        check_shell_command(words)


def test_commands_are_found_between_what_else_a_shell_knows() -> None:
    text = """
# a comment
A=$(first --option "x y" | second) third \\
    --more > file  # and another
until fourth $((N - 1)); do fifth 'it; is' & done
"""
    found = commands(Block("a page", 1, "sh", text))
    assert found == [["first", "--option", "x y"], ["second"], ["third", "--more"], ["fourth", "1"], ["fifth", "it; is"]]


def test_commands_in_a_sentence_exist() -> None:
    """Arguments may be left out there, as in `vilomem pin`."""
    for page in PAGES:
        for line in re.findall(r"(?<!`)`(vilomem [a-z][^`]*)`(?!`)", page.read_text(encoding="utf-8")):
            for words in commands(Block(page.name, 0, "sh", line)):
                try:
                    check_shell_command(words)
                except TyperException as error:
                    assert "Missing" in error.format_message(), f"{page.name}: {line}: {error.format_message()}"


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_a_block_of_settings_holds_settings_that_exist(block: Block, tmp_path) -> None:
    file = tmp_path / "job.yaml"
    file.write_text(block.text, encoding="utf-8")
    load_settings(file)


@pytest.mark.parametrize("block", blocks("json", "toml"), ids=str)
def test_a_block_of_data_can_be_read(block: Block) -> None:
    if block.language == "toml":
        assert tomllib.loads(block.text)
        return
    rest = block.text.strip()
    while rest:  # one object after the other, as in a JSONL file
        value, end = json.JSONDecoder().raw_decode(rest)
        assert isinstance(value, dict)
        rest = rest[end:].strip()


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_a_program_can_be_compiled(block: Block) -> None:
    compile(block.text, str(block), "exec")


def test_every_command_and_option_is_documented() -> None:
    text = (PROJECT / "docs" / "commands.md").read_text(encoding="utf-8")
    for name, command in typer.main.get_command(app).commands.items():
        assert f"`vilomem {name}" in text, f"docs/commands.md does not show {name}"
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option != "--help":
                    assert option in text, f"docs/commands.md does not show {option} of {name}"


def test_every_link_to_a_file_leads_somewhere() -> None:
    for page in PAGES:
        links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == [], page.name


def missing(text: str) -> list[str]:
    """The paths and dotted names of the project in ``text`` that do not exist."""
    paths = [path for path in FILE_OR_FOLDER.findall(text) if not (PROJECT / path.rstrip(".")).exists()]
    paths += [name for name in FILE_NAME.findall(text) if name not in {source.name for source in SOURCES}]
    return [*paths, *(name for name in DOTTED_NAME.findall(text) if not _is_there(name))]


def _is_there(name: str) -> bool:
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


def prose(source: Path) -> Iterator[str]:
    """The docstrings and comments of a file."""
    text = source.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def test_what_a_page_names_of_the_project_exists() -> None:
    assert {page.name: found for page in PAGES if (found := missing(page.read_text(encoding="utf-8")))} == {}


def test_what_a_docstring_or_a_comment_names_of_the_project_exists() -> None:
    assert {str(source): found for source in SOURCES if (found := missing("\n".join(prose(source))))} == {}


def test_what_does_not_exist_is_found() -> None:
    there = "`storage/store.py`, `store.py`, `storage.store.Store` and docs/"
    not_there = "`storage/shop.py`, tests/shop/, `shop.py`, `storage.store.Shop` and `tasks.shop.Shop`"
    assert missing(there) == []
    assert missing(not_there) == ["storage/shop.py", "tests/shop/", "shop.py", "storage.store.Shop", "tasks.shop.Shop"]
