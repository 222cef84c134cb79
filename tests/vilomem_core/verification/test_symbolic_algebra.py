"""The process that does symbolic algebra: bounded in time and memory, replaced when it dies, gone when its parent is."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.processes import has_ended
from tests.vilomem_core.verification.samples import verdict
from vilomem_core.errors import SettingsError
from vilomem_core.types import AnswerType, Case, VerdictStatus
from vilomem_core.verification import VerificationSettings, verify
from vilomem_core.verification.mathematics.symbolic_algebra import SymbolicAlgebra

ENDLESS = r"(x+y)^{300}(x-y)^{300}"  # sympy expands it for minutes
IDENTITY = (r"\cos(2x)", r"1-2\sin^2 x")


@pytest.fixture
def algebra() -> Iterator[SymbolicAlgebra]:
    made = SymbolicAlgebra(limit_s=0.3, memory_mib=1024)
    yield made
    made.close()


def test_equal_and_unequal_expressions_are_told_apart() -> None:
    calm = SymbolicAlgebra(limit_s=20.0, memory_mib=1024)
    assert calm.equivalent(*IDENTITY).equal is True
    assert calm.equivalent(IDENTITY[0], r"1+2\sin^2 x").equal is False
    calm.close()


def test_what_takes_too_long_is_undetermined_ended_and_not_asked_again(algebra: SymbolicAlgebra) -> None:
    algebra.equivalent("1", "2")  # starts it
    first = algebra.pid
    assert first is not None
    outcome = algebra.equivalent(ENDLESS, "7")
    assert outcome.equal is None and "longer than 0.3 s" in outcome.reason
    assert has_ended(first, 0.0)
    assert algebra.equivalent(ENDLESS, "7").reason == "symbolic algebra ran out of time before"


def test_a_killed_process_is_replaced(algebra: SymbolicAlgebra) -> None:
    algebra.equivalent("1", "2")
    first = algebra.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)  # it has died, and nobody has noticed yet
    assert algebra.equivalent("1", "2").equal is False and algebra.pid not in (None, first)


def test_many_threads_share_one_process() -> None:
    calm = SymbolicAlgebra(limit_s=20.0, memory_mib=1024)
    questions = [(str(number), str(number % 3)) for number in range(24)]
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda question: calm.equivalent(*question).equal, questions))
    assert outcomes == [number == number % 3 for number in range(24)]
    calm.close()
    assert calm.pid is None


def test_memory_is_bounded() -> None:
    """The limit is an address space that the process cannot leave; it is read where the system keeps it."""
    small = SymbolicAlgebra(limit_s=20.0, memory_mib=300)
    small.equivalent("1", "2")
    limits = Path(f"/proc/{small.pid}/limits").read_text(encoding="utf-8")
    (line,) = [line for line in limits.splitlines() if line.startswith("Max address space")]
    assert line.split()[3] == str(300 << 20)
    small.close()


PARENT = """
import sys, os
from vilomem_core.verification.mathematics.symbolic_algebra import SymbolicAlgebra
algebra = SymbolicAlgebra.shared(__import__("vilomem_core.settings.method", fromlist=["x"]).VerificationSettings())
algebra.equivalent("1", "2")
print(algebra.pid, flush=True)
{then}
"""


@pytest.mark.parametrize(
    "then",
    ["os.kill(os.getpid(), 9)", "sys.exit(0)"],
    ids=["killed", "exits"],
)
def test_it_does_not_outlive_its_parent(then: str) -> None:
    parent = subprocess.run(
        [sys.executable, "-c", PARENT.format(then=then)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    )
    assert has_ended(int(parent.stdout))


FORKED = """
pid = os.fork()
if pid == 0:
    assert algebra.__class__._shared == {} and algebra.pid is None
    other = SymbolicAlgebra.shared(__import__("vilomem_core.settings.method", fromlist=["x"]).VerificationSettings())
    assert other.equivalent("1", "1").equal is True and other.pid is not None
    sys.exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
assert algebra.equivalent("2", "2").equal is True
"""


def test_a_forked_child_gets_a_process_of_its_own_and_leaves_the_parents_alone() -> None:
    done = subprocess.run([sys.executable, "-c", PARENT.format(then=FORKED)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _in_another_process(connection: multiprocessing.connection.Connection) -> None:  # type: ignore[name-defined]
    connection.send(verdict("Simplify.", IDENTITY[0], rf"\boxed{{{IDENTITY[1]}}}", "expression").status)


def test_it_works_outside_the_main_thread_and_in_other_processes() -> None:
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(verdict, "Simplify.", IDENTITY[0], rf"\boxed{{{IDENTITY[1]}}}", "expression").result()
    assert found.status is VerdictStatus.CORRECT
    ours, theirs = multiprocessing.Pipe()
    other = multiprocessing.get_context("spawn").Process(target=_in_another_process, args=(theirs,))
    other.start()
    assert ours.recv() is VerdictStatus.CORRECT
    other.join()


def test_integrals_and_sums_are_compared_by_their_values() -> None:
    settings = VerificationSettings(algebra_limit_s=20.0)
    cases = {r"\int_0^1 x^2 dx": ("1/3", "1/4"), r"\sum_{k=1}^{10} k": ("55", "54")}
    for gold, (right, wrong) in cases.items():
        case = Case("case", "Evaluate.", gold, AnswerType.EXPRESSION)
        assert verify(case, right, settings).status is VerdictStatus.CORRECT
        assert verify(case, wrong, settings).status is VerdictStatus.INCORRECT


def test_unusable_limits_are_refused() -> None:
    for wrong in ({"algebra_limit_s": 0.0}, {"algebra_limit_s": 1000.0}, {"algebra_memory_mib": 10}):
        with pytest.raises(SettingsError):
            VerificationSettings(**wrong)  # type: ignore[arg-type]
