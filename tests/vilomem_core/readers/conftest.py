"""Small data sets in every form, made by the tests themselves."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import PIL.Image
import pytest

from vilomem_core.readers import Problem, ReaderSettings, read_cases
from vilomem_core.types import Case

Read = Callable[..., tuple[list[Case], list[Problem]]]


def png_bytes(colour: str) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (40, 30), colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def red() -> bytes:
    return png_bytes("red")


@pytest.fixture(scope="session")
def blue() -> bytes:
    return png_bytes("blue")


@pytest.fixture
def folder(tmp_path: Path, red: bytes, blue: bytes) -> Path:
    """A data folder with ``images/red.png`` and ``images/blue.png``."""
    home = tmp_path / "data"
    (home / "images").mkdir(parents=True)
    (home / "images" / "red.png").write_bytes(red)
    (home / "images" / "blue.png").write_bytes(blue)
    return home


@pytest.fixture
def read() -> Read:
    """Reads sources to cases and problems."""

    def reading(sources: object, **changes: object) -> tuple[list[Case], list[Problem]]:
        names = [str(source) for source in sources] if isinstance(sources, list) else str(sources)
        items = list(read_cases(names, ReaderSettings(**changes)))
        return [i for i in items if isinstance(i, Case)], [i for i in items if isinstance(i, Problem)]

    return reading


@pytest.fixture
def row() -> Callable[..., dict[str, object]]:
    """A good row, with changes; a change to ``...`` takes the field away."""

    def making(**changes: object) -> dict[str, object]:
        made = {
            "id": "q",
            "question": "What number?",
            "options": ["4", "5", "6"],
            "answer": "5",
            "answer_type": "choice",
            "image": "images/red.png",
        }
        made.update(changes)
        return {name: value for name, value in made.items() if value is not ...}

    return making


@pytest.fixture
def write_jsonl(folder: Path) -> Callable[..., Path]:
    """Writes rows (objects, or lines as they are) to ``cases.jsonl``."""

    def writing(*rows: object, name: str = "cases.jsonl") -> Path:
        lines = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in rows]
        (folder / name).write_bytes(b"\n".join(lines) + b"\n")
        return folder / name

    return writing


@pytest.fixture
def read_row(row: Callable[..., dict[str, object]], write_jsonl: Callable[..., Path], read: Read) -> Read:
    """Reads one JSONL row with changes, between two good ones that must load: the case of it or None, and its problems."""

    def reading(settings: dict[str, object] | None = None, **changes: object) -> tuple[Case | None, list[Problem]]:
        lines = [row(id="first"), row(**{"id": "middle", **changes}), row(id="last")]
        path = write_jsonl(*lines)
        cases, problems = read(path, **(settings or {}))
        assert cases[0].id == "first"
        assert cases[-1].id == "last"
        assert all((problem.line, problem.row) == (2, 2) for problem in problems)
        return (cases[1] if len(cases) == 3 else None), problems

    return reading
