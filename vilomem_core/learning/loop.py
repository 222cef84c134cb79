"""The loop that one case goes through: analyse, recall, solve, verify, and reflect on what was wrong (ViLoMem, sec. 3).

A stage that fails becomes a ``Failure`` of that stage and ends the stages that need it; it is never an answer. Only an incorrect
verdict is reflected on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from vilomem_core.errors import ModelError, SettingsError
from vilomem_core.heatmaps import heatmap_query, make_heatmap_images
from vilomem_core.ids import case_key, content_id
from vilomem_core.learning.candidates import CaseVectors, candidate_texts, make_candidates
from vilomem_core.learning.plan import CRITICS, CaseWork, Embedders, LoopPlan, RoleModels
from vilomem_core.learning.requests import (
    analysis_request,
    logic_critic_request,
    parse_analysis,
    parse_reflection,
    request_digest,
    sample_request,
    solve_request,
    visual_critic_request,
)
from vilomem_core.learning.thread_batcher import ThreadBatcher
from vilomem_core.protocols import ChatModel, ChatRequest
from vilomem_core.recall.recaller import Recaller, render_memory_section
from vilomem_core.types import (
    F32,
    Analysis,
    Attempt,
    Candidate,
    Case,
    CaseOutcome,
    Failure,
    Image,
    RecallHit,
    Reflection,
    Role,
    Stream,
    Usage,
    Verdict,
    VerdictStatus,
)
from vilomem_core.verification import VerificationSettings, verify_by_majority, verify_with_judge

Found = TypeVar("Found")


@dataclass(slots=True)
class StageCost:
    """What the replies of a stage have cost so far; its failure keeps it when the stage gives no result."""

    usage: Usage = Usage()
    analysis: Usage = Usage()


class CaseLoop:
    """Carries cases through the loop of one round; safe for many cases at once on one event loop.

    A ``SettingsError`` of a back end (a wrong key, a model that the server does not have) is the run's, not a case's: it is raised.
    """

    def __init__(self, plan: LoopPlan, models: RoleModels, embedders: Embedders, recaller: Recaller | None) -> None:
        self.plan = plan
        self._models = models
        self._embedders = embedders
        self._recaller = recaller
        # Threads of its own for embedding and search, no more of them than help: with those of asyncio.to_thread (six on two cores)
        # a case takes up to twice the CPU, because they evict each other's data from the caches.
        self._threads = threads = ThreadPoolExecutor(embedders.threads, "vilomem-embedding")
        self._texts, self._images = ThreadBatcher(threads, embedders.threads), ThreadBatcher(threads)
        self._search, self._gate = ThreadBatcher(threads), ThreadBatcher(threads)

    def close(self) -> None:
        """End the loop's threads. A case that is still under way, because nobody waits for it any more, fails when it needs one."""
        self._threads.shutdown(wait=False)

    async def advance(self, work: CaseWork) -> CaseOutcome:
        """Do what is left of one case. Never raises a ``ModelError``; raises ``RunStopped`` when a budget ends the run."""
        failures: list[Failure] = []
        attempt, vectors = work.attempt, CaseVectors(work.case, self._embedders)
        if attempt is None:
            attempt = await self._guarded(work, Role.SOLVER, lambda cost: self._attempt(work.case, vectors, cost), failures)
        if attempt is None or not self.plan.reflect or attempt.verdict.status is not VerdictStatus.INCORRECT:
            return CaseOutcome(case_key(work.case), attempt, work.reflections, (), tuple(failures))
        if attempt.analysis is None and not attempt.analysis_error:
            attempt = await self._with_analysis(work, attempt, failures)
            if attempt.analysis is None and not attempt.analysis_error:
                # an outage: a guideline would now be filed under no subject and no concepts
                return CaseOutcome(attempt.case_key, attempt, work.reflections, (), tuple(failures))
        reflections = await self._reflect(work, attempt, failures)
        taught = [reflection for reflection in reflections if reflection.guideline is not None]
        candidates: list[Candidate] = []
        if taught:
            candidates = await self._candidates(work.case, attempt, taught, vectors)
        return CaseOutcome(attempt.case_key, attempt, tuple(reflections), tuple(candidates), tuple(failures))

    async def _attempt(self, case: Case, vectors: CaseVectors, cost: StageCost) -> Attempt:
        analysis, analysis_error, spent = None, "", Usage()
        hits: tuple[RecallHit, ...] = ()
        if self._recaller is not None:
            looked = asyncio.ensure_future(self._image_vectors(vectors))  # while the analyst answers
            try:
                analysis, analysis_error, spent = await self._analyse(case, cost)
            finally:
                await looked
            hits = await self._recall(self._recaller, analysis, vectors)
        heatmaps = await self._heatmaps(case, hits)
        section = render_memory_section(hits, self.plan.recall)
        request = solve_request(case, section, heatmaps, self.plan.sampling.solver, self.plan.heatmap.mode)
        reply = await self._models.solver.complete(request)
        cost.usage = reply.usage
        verdict, voters = await verdict_on(
            case, request, reply.text, self.plan.verification, self._models.solver, self._models.judge
        )
        key = case_key(case)
        return Attempt(
            id=self.plan.attempt_id(key),
            case_key=key,
            case_id=case.id,
            snapshot_id=self.plan.snapshot_id,
            reply=reply.text,
            prompt_digest=request_digest(request),
            model=reply.model,
            finish_reason=reply.finish_reason,
            verdict=verdict,
            hits=hits,
            analysis=analysis,
            analysis_error=analysis_error,
            heatmap=self.plan.heatmap.mode if heatmaps else "none",
            seed=request.sampling.seed,
            usage=reply.usage + voters,
            analysis_usage=spent,
            arm=self.plan.arm,
            round=self.plan.round,
        )

    async def _analyse(self, case: Case, cost: StageCost) -> tuple[Analysis | None, str, Usage]:
        """An analysis, or the reason why there will never be one; an outage is raised, because it passes."""
        try:
            reply = await self._models.analyst.complete(analysis_request(case, self.plan.sampling.analyst))
        except ModelError as exc:
            cost.analysis, exc.usage = exc.usage or Usage(), None  # the analyst's, whichever stage it belongs to
            if exc.retryable or isinstance(exc, SettingsError):
                raise
            return None, f"{type(exc).__name__}: {exc.message}", cost.analysis
        cost.analysis = reply.usage
        try:
            return parse_analysis(reply.text), "", reply.usage
        except ModelError as exc:
            return None, f"{type(exc).__name__}: {exc.message}", reply.usage

    async def _with_analysis(self, work: CaseWork, attempt: Attempt, failures: list[Failure]) -> Attempt:
        """The attempt with the analysis that its guidelines will be filed under."""
        found = await self._guarded(work, Role.ANALYST, lambda cost: self._analyse(work.case, cost), failures)
        if found is None:
            return attempt
        analysis, error, spent = found
        return replace(attempt, analysis=analysis, analysis_error=error, analysis_usage=attempt.analysis_usage + spent)

    async def _recall(self, recaller: Recaller, analysis: Analysis | None, vectors: CaseVectors) -> tuple[RecallHit, ...]:
        await self._image_vectors(vectors)  # on their own thread, so that the query finds them there
        query = await self._texts.run(partial(vectors.query, analysis))
        return await self._search.run(partial(recaller.recall, query))

    async def _candidates(
        self, case: Case, attempt: Attempt, taught: Sequence[Reflection], vectors: CaseVectors
    ) -> list[Candidate]:
        texts = candidate_texts(case, attempt, taught)
        text_vectors = await self._texts.run(partial(vectors.texts, texts))
        image_vectors = await self._image_vectors(vectors)
        return await self._gate.run(partial(make_candidates, case, attempt, taught, text_vectors, image_vectors, self.plan.gate))

    async def _image_vectors(self, vectors: CaseVectors) -> F32:
        return vectors.images() if vectors.has_images else await self._images.run(vectors.images)

    async def _heatmaps(self, case: Case, hits: Sequence[RecallHit]) -> tuple[Image, ...]:
        if not hits or self.plan.heatmap.mode == "none" or self._embedders.attention is None:
            return ()
        query = heatmap_query(case.question, [hit.rule for hit in hits])
        return await asyncio.to_thread(make_heatmap_images, case.images, query, self._embedders.attention, self.plan.heatmap)

    async def _reflect(self, work: CaseWork, attempt: Attempt, failures: list[Failure]) -> list[Reflection]:
        """Both critics at once; a critic that has already spoken is not asked again."""
        known = {reflection.stream: reflection for reflection in work.reflections}

        async def ask(stream: Stream) -> Reflection | None:
            if stream in known:
                return known[stream]
            return await self._guarded(
                work, CRITICS[stream], lambda cost: self._criticise(work.case, attempt, stream, cost), failures
            )

        found = await asyncio.gather(*(ask(stream) for stream in Stream))
        return [reflection for reflection in found if reflection is not None]

    async def _criticise(self, case: Case, attempt: Attempt, stream: Stream, cost: StageCost) -> Reflection:
        if stream is Stream.VISUAL:
            request = visual_critic_request(case, attempt, self.plan.sampling.visual_critic)
            reply = await self._models.visual_critic.complete(request)
        else:
            request = logic_critic_request(case, attempt, self.plan.sampling.logic_critic)
            reply = await self._models.logic_critic.complete(request)
        cost.usage = reply.usage
        return parse_reflection(reply, attempt.id, stream)

    async def _guarded(
        self, work: CaseWork, role: Role, call: Callable[[StageCost], Awaitable[Found]], failures: list[Failure]
    ) -> Found | None:
        """The result of a stage, or None and one more failure."""
        cost = StageCost()
        try:
            return await call(cost)
        except ModelError as exc:
            if isinstance(exc, SettingsError):
                raise
            cost.usage += exc.usage or Usage()
            failures.append(stage_failure(self.plan, work, role.value, exc, cost))
            return None


async def verdict_on(
    case: Case, request: ChatRequest, reply: str, settings: VerificationSettings, solver: ChatModel, judge: ChatModel | None
) -> tuple[Verdict, Usage]:
    """The verdict on ``reply`` to ``request``, and what the samples of a vote cost.

    By the gold answer, or, where there is none and it is asked for, by the vote of more samples.

    Raises ``ModelError`` when the solver fails on a sample: a vote with a voter missing is no vote.
    """
    count = settings.self_consistency_samples
    if case.answer is not None or not count:
        return await verify_with_judge(case, reply, settings, judge), Usage()
    samples = await asyncio.gather(*(solver.complete(sample_request(request, number)) for number in range(1, count + 1)))
    verdict = await asyncio.to_thread(verify_by_majority, case, reply, [sample.text for sample in samples], settings)
    return verdict, sum((sample.usage for sample in samples), Usage())


def stage_failure(plan: LoopPlan, work: CaseWork, stage: str, error: BaseException, cost: StageCost | None = None) -> Failure:
    """The record of a stage that failed on one case, and of what it cost."""
    cost = cost or StageCost()
    key = case_key(work.case)
    attempt = plan.attempt_id(key)
    number = work.tries + 1
    return Failure(
        id=content_id("fail", attempt, stage, number),
        case_key=key,
        case_id=work.case.id,
        attempt_id=attempt,
        stage=stage,
        error=type(error).__name__,
        message=str(error)[:2000],
        retryable=getattr(error, "retryable", False),
        try_number=number,
        usage=cost.usage,
        analysis_usage=cost.analysis,
        round=plan.round,
    )
