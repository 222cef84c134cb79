"""Symbolic algebra inside a Ray actor, whose methods do not run in the main thread: it works, is bounded, and goes with the actor."""

from __future__ import annotations

import pytest

from tests.support.processes import has_ended
from vilomem_core.types import VerdictStatus

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("local_ray")]


HANGS = r"\int_0^1 \frac{\sin(x)\ln(x+2)}{\cos(x)+x^3} dx"  # sympy looks for it for minutes


class Verifier:
    """What runs in the actor."""

    def decide(self, gold: str, reply: str) -> tuple[VerdictStatus, str]:
        from vilomem_core.types import AnswerType, Case
        from vilomem_core.verification import VerificationSettings, verify

        settings = VerificationSettings(algebra_limit_s=0.5)
        verdict = verify(Case("case", "Simplify.", gold, AnswerType.EXPRESSION), reply, settings)
        return verdict.status, verdict.reason

    def process(self) -> int | None:
        from vilomem_core.verification import VerificationSettings
        from vilomem_core.verification.mathematics.symbolic_algebra import SymbolicAlgebra

        return SymbolicAlgebra.shared(VerificationSettings(algebra_limit_s=0.5)).pid


def test_an_actor_verifies_stops_what_hangs_and_leaves_nothing_behind() -> None:
    import ray

    actor = ray.remote(num_cpus=0)(Verifier).options(max_concurrency=4).remote()
    hung = ray.get(actor.decide.remote(HANGS, r"\boxed{\frac{1}{3}}"))
    assert hung[0] is VerdictStatus.UNDETERMINED and hung[1]
    assert ray.get([actor.decide.remote("x^2-1", r"\boxed{(x-1)(x+1)}") for _ in range(4)]) == [(VerdictStatus.CORRECT, "")] * 4
    pid = ray.get(actor.process.remote())
    assert pid is not None
    ray.kill(actor)
    assert has_ended(pid)
