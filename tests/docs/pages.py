"""The pages of the project, their blocks of code, and the commands in a block of shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer.main
from markdown_it import MarkdownIt

from vilomem.cli.app import app
from vilomem_core.settings.layers import assignment_layer
from vilomem_core.settings.load import load_settings

PROJECT = Path(__file__).resolve().parents[2]
AT_THE_TOP = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md")
PAGES = [*(PROJECT / name for name in AT_THE_TOP), *sorted((PROJECT / "docs").glob("*.md"))]
LANGUAGES = ("console", "json", "python", "sh", "sql", "text", "toml", "yaml")

ARITHMETIC = re.compile(r"\$\(\([^()]*\)\)")
SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
ASSIGNMENT = re.compile(r"\w+=")
KEYWORDS = {"do", "done", "else", "fi", "if", "then", "until", "while"}


@dataclass(frozen=True)
class Block:
    """One block of a page; ``line`` counts from 1. ``language`` is empty where none is named, and None for an indented block."""

    page: str
    line: int
    language: str | None
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """The blocks of all pages in these languages, or all of them."""
    found = [block for page in PAGES for block in _blocks(page)]
    return [block for block in found if not languages or block.language in languages]


def _blocks(page: Path) -> Iterator[Block]:
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type in {"fence", "code_block"}:
            language = token.info if token.type == "fence" else None
            yield Block(page.name, (token.map or [0])[0] + 1, language, token.content)


def commands(block: Block) -> list[list[str]]:
    """The commands of a ``sh`` block, or of the ``$`` lines of a ``console`` block, as words without redirections of the shell."""
    text = block.text
    if block.language == "console":
        text = "\n".join(line[2:] for line in text.splitlines() if line.startswith("$ "))
    lines = ARITHMETIC.sub("1", text.replace("\\\n", " ")).splitlines()
    return [words for line in lines for words in _of_line(line)]


def _of_line(line: str) -> Iterator[list[str]]:
    for inner in SUBSTITUTION.findall(line):
        yield from _of_line(inner)
    lexer = shlex.shlex(SUBSTITUTION.sub("VALUE", line), posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    command: list[str] = []
    for word in [*lexer, ";"]:
        if set(word) <= set("|&;"):
            if words := _without_prefix(command):
                yield words
            command = []
        else:
            command.append(word)


def _without_prefix(words: list[str]) -> list[str]:
    """Without keywords and assignments before a command, and without where its output goes."""
    while words and (words[0] in KEYWORDS or ASSIGNMENT.match(words[0])):
        words = words[1:]
    for place, word in enumerate(words):
        if set(word) <= set("<>"):
            return words[:place]
    return words


def check_command_line(words: list[str]) -> None:
    """Parse the words after ``vilomem``, running nothing. Raises typer's errors, and ``SettingsError`` for what ``--set`` names."""
    command = typer.main.get_command(app)
    context = command.make_context("vilomem", list(words))
    while hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        if command.no_args_is_help and not rest:
            return
        context = command.make_context(name, rest, parent=context)
    load_settings(layers=[assignment_layer(context.params.get("set_") or [])])
