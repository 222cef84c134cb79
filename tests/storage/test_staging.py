from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from storage.staging import stage, staged_files, staged_outcomes
from tests.storage.samples import failed, outcome
from vilomem_core.errors import StoreError
from vilomem_core.types import Candidate, CaseOutcome


def same(left: CaseOutcome, right: CaseOutcome) -> bool:
    """Whether two outcomes are equal; arrays are compared by their numbers."""
    plain = [(made.attempt, made.reflections, made.failures, made.case_key) for made in (left, right)]
    return plain[0] == plain[1] and all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for first, second in zip(left.candidates, right.candidates, strict=True)
        for name in Candidate.__slots__
    )


def test_what_is_staged_is_read_back_in_name_order(tmp_path: Path) -> None:
    stage(tmp_path / "run", "part-2", [failed(3)])
    stage(tmp_path / "run", "part-1", [outcome(1), failed(2), outcome(4)])
    found = list(staged_outcomes(tmp_path / "run"))
    expected = [outcome(1), failed(2), outcome(4), failed(3)]
    assert len(found) == 4
    assert all(same(left, right) for left, right in zip(found, expected, strict=True))


def test_no_outcomes_and_no_folder_are_fine(tmp_path: Path) -> None:
    stage(tmp_path / "run", "empty", [])
    assert list(staged_outcomes(tmp_path / "run")) == []
    assert staged_files(tmp_path / "never") == []


def test_the_same_name_again_replaces_the_file(tmp_path: Path) -> None:
    stage(tmp_path, "part", [outcome(1)])
    stage(tmp_path, "part", [failed(2)])
    assert [found.case_key for found in staged_outcomes(tmp_path)] == [failed(2).case_key]


def test_half_written_files_of_dead_writers_are_removed_and_of_living_ones_left(tmp_path: Path) -> None:
    stage(tmp_path, "whole", [outcome(1)])
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True)
    dead = tmp_path / f".part.arrow.{socket.gethostname()}.{ended.stdout.strip()}.tmp"
    living = tmp_path / f".part.arrow.{socket.gethostname()}.{os.getpid()}.tmp"
    elsewhere = tmp_path / ".part.arrow.another-host.17.tmp"
    old = tmp_path / ".part.arrow.third-host.17.tmp"
    for path in (dead, living, elsewhere, old):
        path.write_bytes(b"half a file")
    os.utime(old, (0, 0))
    assert [path.name for path in staged_files(tmp_path)] == ["whole.arrow"]
    assert [path.exists() for path in (dead, living, elsewhere, old)] == [False, True, True, False]


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".hidden"])
def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError, match="cannot name a staged file"):
        stage(tmp_path / "run", name, [outcome(1)])


def test_a_disk_that_takes_nothing_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="failed while staging part"):
        stage(tmp_path / "run", "part", [outcome(1)])
