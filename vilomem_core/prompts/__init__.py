"""The prompts, one Markdown file a role, and how untrusted text gets into them.

A template holds ``{{name}}`` marks. All marks are filled in one pass, so that text from a dataset or a model is never read as a
template again; untrusted text goes in fenced. Prompt texts are part of a run's settings digest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_MARK = re.compile(r"\{\{(\w+)\}\}")


@cache
def template(name: str) -> str:
    """The text of ``<name>.md``, without the newline at its end."""
    return (files(__name__) / f"{name}.md").read_text(encoding="utf-8").rstrip("\n")


def fill(name: str, values: Mapping[str, str]) -> str:
    """The template with every mark replaced. Raises KeyError for a mark without a value and for a value without a mark."""
    text = template(name)
    unused = set(values) - set(_MARK.findall(text))
    if unused:
        raise KeyError(f"prompt {name} has no mark for {', '.join(sorted(unused))}")
    return _MARK.sub(lambda mark: values[mark[1]], text)


def fence(text: str) -> str:
    """``text`` between two lines of backticks, longer than any run of backticks in it: it cannot close its own fence."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}\n{text}\n{ticks}"


@cache
def prompts_digest() -> str:
    """SHA-256 over all prompt files, by name: a changed prompt is a changed setting."""
    digest = hashlib.sha256()
    for path in sorted(files(__name__).iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".md"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
