"""How much of the code one command enters: files and functions, for `learn` on eight cases, `recall` and `export`.

    python benchmarks/bench_rooms.py                 one line a command, and the sizes of files and functions
    python benchmarks/bench_rooms.py --sizes         the sizes alone, at once: a part of `make check`
    python benchmarks/bench_rooms.py --files learn   the files that `learn` enters, with how many of their functions

A reader who follows a command through the code meets these files. Exit code 1 when a limit is passed.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, FrameType

PROJECT = Path(__file__).resolve().parents[1]
PACKAGES = ("vilomem", "flows", "tasks", "storage", "vilomem_core")
CASES = 8
GUIDELINES = (
    "Read the scale of an axis before comparing the heights of two bars.",
    "Before the heights of two bars are compared, read the scale of the axis.",
    "Check the legend to see which colour stands for which series of a chart.",
    "When a side is doubled, remember that an area grows with the square of the side.",
)
FILES_ENTERED = {"learn": 120, "recall": 40, "export": 35}
FILE_LINES, FUNCTION_LINES_P90, FILES = 300, 20, 225


class Visits:
    """The functions of the project that are entered while this is open, on every thread; bodies of modules and classes do not count."""

    def __init__(self) -> None:
        self.codes: set[CodeType] = set()

    def __enter__(self) -> Visits:
        threading.setprofile_all_threads(self._note) if sys.version_info >= (3, 12) else threading.setprofile(self._note)
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def _note(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            self.codes.add(frame.f_code)

    def functions(self) -> Counter[str]:
        """How many functions were entered, by file relative to the project."""
        found: Counter[str] = Counter()
        for code in self.codes:
            path = Path(code.co_filename)
            if path.is_relative_to(PROJECT) and path.relative_to(PROJECT).parts[0] in PACKAGES and code.co_flags & 0x2:
                found[str(path.relative_to(PROJECT))] += not code.co_name.startswith("<")
        return found


def visited(words: Sequence[str]) -> Counter[str]:
    """The functions that one command line enters in this process, imports included."""
    sys.argv = ["vilomem", *words]
    with Visits() as visits:
        from vilomem.cli.app import main

        try:
            main()
        except SystemExit as ended:
            if ended.code:
                raise
    return +visits.functions()


def advice(request: bytes) -> str:
    """What a critic says to ``request``: one of some guidelines that the gate accepts, some of which are alike; empty for other roles."""
    if b"analysis_summary" not in request:
        return ""
    guideline = GUIDELINES[zlib.crc32(request) % len(GUIDELINES)]
    said = {"analysis_summary": "A step was left out.", "guideline": guideline, "is_visual_error": True, "error_type": "Logical"}
    only = ("is_visual_error",) if b'"is_visual_error"' not in request else ("error_type",)
    return json.dumps({name: value for name, value in said.items() if name not in only})


def run_one(folder: Path, name: str) -> Counter[str]:
    """One command; before `recall` and `export`, a process of its own learns."""
    store = ["--store", str(folder / "store")]
    if name == "learn":
        from tests.support.fake_openai import FakeOpenAI, default_reply

        with FakeOpenAI(reply=lambda request: advice(request.raw) or default_reply(request, 1.0)) as server:
            models = ["--solver", "openai:model", "--base-url", server.base_url, "--engine", "inline"]
            return visited(["learn", str(folder / "data"), *models, *store])
    question = ["--question", "How much larger is the area when the side doubles?"]
    return visited(["recall", *question, *store] if name == "recall" else ["export", "--out", str(folder / "bundle"), *store])


def measure(name: str) -> str:
    """What a process says that runs one command under watch; the data and the store are made by processes of their own."""
    with tempfile.TemporaryDirectory() as home:
        steps = ["data", name] if name == "learn" else ["data", "learn", name]
        for step in steps:
            command = [sys.executable, __file__, "--step", step, "--folder", home]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{step} failed:\n{done.stdout}{done.stderr}")
    return done.stderr


def sizes() -> tuple[int, int, str, float]:
    """Source files, lines and name of the longest, and the 90th percentile of lines a function."""
    paths = [path for package in PACKAGES for path in sorted((PROJECT / package).rglob("*.py"))]
    lengths = []
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                lengths.append(node.end_lineno - node.lineno + 1)
    longest = max((len(path.read_text(encoding="utf-8").splitlines()), str(path.relative_to(PROJECT))) for path in paths)
    return len(paths), *longest, statistics.quantiles(lengths, n=10)[-1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", choices=FILES_ENTERED, help="list the files that one command enters")
    parser.add_argument("--sizes", action="store_true", help="only the sizes of files and functions")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.step == "data":
        from vilomem_core.simulation import write_demo_dataset

        write_demo_dataset(words.folder / "data", CASES)
    elif words.step:
        entered = run_one(words.folder, words.step)
        print(*(f"{count:4d}  {path}" for path, count in sorted(entered.items())), sep="\n", file=sys.stderr)
    elif words.files:
        print(measure(words.files), end="")
    else:
        return report_sizes() if words.sizes else report()
    return 0


def report() -> int:
    """What the commands enter, and the sizes, with their limits."""
    passed = True
    for name, limit in FILES_ENTERED.items():
        counts = [int(found[1]) for found in re.finditer(r"^ *([0-9]+)  [a-z_]+/", measure(name), re.MULTILINE)]
        passed &= len(counts) <= limit
        print(f"{name:7s} enters {sum(counts)} functions in {len(counts)} files (limit {limit})")
    return report_sizes() | int(not passed)


def report_sizes() -> int:
    """The sizes of files and functions with their limits."""
    files, longest, name, p90 = sizes()
    print(f"{files} files (limit {FILES}), the longest {longest} lines: {name} (limit {FILE_LINES})")
    print(f"lines of a function, 90th percentile: {p90:.0f} (limit {FUNCTION_LINES_P90})")
    return int(files > FILES or longest > FILE_LINES or p90 > FUNCTION_LINES_P90)


if __name__ == "__main__":
    sys.path.insert(0, str(PROJECT))
    sys.exit(main())
