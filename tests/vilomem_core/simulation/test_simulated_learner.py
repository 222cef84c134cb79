"""The simulated learner: what it gets wrong, what saves it, and what its critics say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest

from vilomem_core.errors import ReplyMissing, SettingsError
from vilomem_core.learning.requests import (
    analysis_request,
    logic_critic_request,
    parse_analysis,
    parse_reflection,
    solve_request,
    visual_critic_request,
)
from vilomem_core.prompts import fence
from vilomem_core.protocols import ChatReply, ChatRequest, Message, Sampling
from vilomem_core.simulation import SimulatedModel, tiny_cases
from vilomem_core.simulation.families import exercise_of, family_of
from vilomem_core.simulation.lessons import lessons
from vilomem_core.types import Attempt, Case, Reflection, Role, Stream, Verdict, VerdictStatus

SAMPLING = Sampling()
SURE = "wrong=1,heed=1,slip=0,mislead=0,poor=0,misguided=0"
CASES = list(tiny_cases(320))


def ask(model: SimulatedModel, request: ChatRequest) -> ChatReply:
    return asyncio.run(model.complete(request))


def boxed(reply: ChatReply) -> str:
    return reply.text.rsplit("\\boxed{", 1)[1].removesuffix("}")


def solved(model: SimulatedModel, case: Case, memory: str = "") -> bool:
    return boxed(ask(model, solve_request(case, memory, (), SAMPLING))) == (case.answer_letter or case.answer)


def accuracy(model: SimulatedModel, memories: Iterable[str]) -> float:
    return sum(solved(model, case, memory) for case, memory in zip(CASES, memories, strict=True)) / len(CASES)


def rule(case: Case) -> str:
    return lessons()[family_of(case.id).name].rule


def texts(role: Role, *parts: str, case_id: str = "") -> ChatRequest:
    return ChatRequest(role, case_id, (Message("user", tuple(fence(part) for part in parts)),))


def failed_attempt(case: Case, reply: str) -> Attempt:
    verdict = Verdict(VerdictStatus.INCORRECT, "test", "x")
    return Attempt("att_1", "case_1", case.id, "", reply, "", "", "stop", verdict)


def reflect(model: SimulatedModel, case: Case, reply: str) -> dict[Stream, Reflection]:
    attempt = failed_attempt(case, reply)
    return {
        Stream.VISUAL: parse_reflection(ask(model, visual_critic_request(case, attempt, SAMPLING)), attempt.id, Stream.VISUAL),
        Stream.LOGIC: parse_reflection(ask(model, logic_critic_request(case, attempt, SAMPLING)), attempt.id, Stream.LOGIC),
    }


def test_without_memory_it_is_mostly_wrong_and_with_the_right_rules_mostly_right() -> None:
    model = SimulatedModel()
    assert 0.3 < accuracy(model, ["" for _ in CASES]) < 0.5
    assert accuracy(model, map(rule, CASES)) > 0.88


def test_every_wording_of_the_rule_helps_whatever_its_line_breaks() -> None:
    model = SimulatedModel(SURE)
    for case in CASES[:32]:
        lesson = lessons()[family_of(case.id).name]
        for wording in (*lesson.wordings, lesson.rule):
            assert solved(model, case, "1. [visual] " + wording.replace(" ", "\n  ").upper())


def test_a_rule_about_another_trap_does_not_help() -> None:
    model = SimulatedModel(SURE)
    for case, other in pairwise(CASES[:17]):
        assert not solved(model, case, rule(other))


def test_unrelated_rules_mislead_now_and_then_and_false_ones_more() -> None:
    model = SimulatedModel("wrong=0,slip=0,mislead=0.1")
    unrelated = accuracy(model, map(rule, [*CASES[1:], CASES[0]]))
    false = accuracy(model, (lessons()[family_of(case.id).name].misguided for case in CASES))
    assert 0.8 < unrelated < 1.0
    assert false < unrelated
    assert accuracy(model, ["" for _ in CASES]) == 1.0


def test_replies_do_not_depend_on_order_or_company() -> None:
    requests = [solve_request(case, rule(case), (), SAMPLING) for case in CASES[:24]]
    forward = [ask(SimulatedModel("seed=5"), request) for request in requests]
    model = SimulatedModel("seed=5")

    async def together() -> list[ChatReply]:
        return await asyncio.gather(*(model.complete(request) for request in reversed(requests)))

    assert asyncio.run(together())[::-1] == forward


def test_another_seed_and_another_draw_are_other_luck() -> None:
    first, second = SimulatedModel("seed=1"), SimulatedModel("seed=2")
    assert [solved(first, case) for case in CASES] != [solved(second, case) for case in CASES]
    requests = [solve_request(case, "", (), SAMPLING) for case in CASES]
    assert [boxed(ask(first, request)) for request in requests] != [
        boxed(ask(first, replace(request, sample=1))) for request in requests
    ]


def test_it_does_not_look_at_the_gold_answer_it_is_shown() -> None:
    model = SimulatedModel()
    for case in CASES[:20]:
        lying = replace(case, answer=case.options[-1] if case.options else "1")
        requests = [solve_request(shown, "", (), SAMPLING) for shown in (case, lying)]
        assert ask(model, requests[0]) == ask(model, requests[1])


def test_the_analysis_names_subject_and_concepts_in_the_asked_form() -> None:
    for case in CASES[:32]:
        analysis = parse_analysis(ask(SimulatedModel(), analysis_request(case, SAMPLING)).text)
        lesson = lessons()[family_of(case.id).name]
        assert analysis.subject in lesson.subjects
        assert 3 <= len(analysis.key_concepts) <= 5
        assert set(analysis.key_concepts) <= set(lesson.concepts)


def test_the_critic_of_the_traps_own_stream_gives_its_rule_and_the_other_gives_none() -> None:
    model = SimulatedModel(SURE)
    for case in CASES[:48]:
        family = family_of(case.id)
        found = reflect(model, case, ask(model, solve_request(case, "", (), SAMPLING)).text)
        own = found.pop(family.stream)
        assert own.is_error
        assert own.guideline in lessons()[family.name].wordings
        (other,) = found.values()
        assert not other.is_error
        assert other.guideline is None


def test_different_runs_word_the_same_rule_differently() -> None:
    cases = [case for case in CASES if family_of(case.id).name == "dual-axis"]
    model = SimulatedModel(SURE)
    said = {reflect(model, case, ask(model, solve_request(case, "", (), SAMPLING)).text)[Stream.VISUAL].guideline for case in cases}
    assert len(said) >= 6


def test_a_mere_slip_teaches_nothing() -> None:
    model = SimulatedModel("wrong=0,slip=1")
    for case in CASES[:32]:
        reply = ask(model, solve_request(case, "", (), SAMPLING)).text
        assert boxed(ChatReply(reply, "")) != (case.answer_letter or case.answer)
        assert [reflection.guideline for reflection in reflect(model, case, reply).values()] == [None, None]


def test_some_guidelines_are_vague_or_give_the_answer_away() -> None:
    model = SimulatedModel("wrong=1,poor=1,misguided=0")
    known = {wording for lesson in lessons().values() for wording in lesson.wordings}
    leaks = 0
    for case in CASES[:64]:
        reply = ask(model, solve_request(case, "", (), SAMPLING)).text
        guideline = reflect(model, case, reply)[family_of(case.id).stream].guideline
        assert guideline is not None
        assert guideline not in known
        leaks += exercise_of(case.id).answer in guideline
    assert 8 < leaks < 56


def test_the_merger_knows_which_wordings_say_the_same() -> None:
    model, axis, gauge = SimulatedModel(), lessons()["truncated-axis"], lessons()["gauge-marks"]
    answers = [
        json.loads(ask(model, texts(Role.MERGER, *pair)).text)["same"]
        for pair in (
            (axis.wordings[0], axis.wordings[5]),
            (axis.wordings[2], axis.wordings[2]),
            (axis.wordings[0], gauge.wordings[0]),
            (axis.wordings[0], axis.misguided),
            (axis.wordings[0], "something that nobody taught"),
        )
    ]
    assert answers == [True, True, False, False, False]


def test_the_abstracter_states_the_general_rule_of_most_members() -> None:
    model, axis, gauge = SimulatedModel(), lessons()["truncated-axis"], lessons()["gauge-marks"]
    reply = ask(model, texts(Role.ABSTRACTER, axis.wordings[1], gauge.wordings[3], axis.wordings[4]))
    assert json.loads(reply.text) == {"rule": axis.rule}
    with pytest.raises(ReplyMissing):
        ask(model, texts(Role.ABSTRACTER, "Something that it did not write."))


def test_it_never_judges() -> None:
    assert json.loads(ask(SimulatedModel(), texts(Role.JUDGE, "42", "42")).text)["correct"] is None


@pytest.mark.parametrize(
    "case_id", ["mathvision-670", "demo-unknown-trap-0001", "demo-dual-axis-", "demo-dual-axis-x7", "dual-axis-0001", ""]
)
def test_a_case_that_it_did_not_draw_is_a_missing_reply(case_id: str) -> None:
    for role in (Role.ANALYST, Role.SOLVER, Role.VISUAL_CRITIC, Role.LOGIC_CRITIC):
        with pytest.raises(ReplyMissing, match="knows nothing of case"):
            ask(SimulatedModel(), texts(role, "What is it?", case_id=case_id))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("wrongs=1", "Did you mean wrong?"),
        ("model=x1", "Known options: "),
        ("wrong=often", "needs a number, not 'often'"),
        ("wrong=2", "between 0 and 1"),
        ("wrong=nan", "between 0 and 1"),
        ("poor=0.8,misguided=0.8", "may not exceed 1"),
        ("latency_ms=-1", "0 or more"),
        ("seed", "needs a"),
    ],
)
def test_wrong_options_are_explained(options: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        SimulatedModel(options)
    assert message in str(caught.value)


def test_usage_counts_text_and_pictures_and_the_name_tells_the_options() -> None:
    model = SimulatedModel("seed=3")
    case = CASES[0]
    short = ask(model, solve_request(case, "", (), SAMPLING)).usage
    long = ask(model, solve_request(case, rule(case), (), SAMPLING)).usage
    seen = ask(model, solve_request(case, "", (replace(case.images[0], width=280, height=280),), SAMPLING)).usage
    assert short.calls == 1
    assert short.completion_tokens > 10
    assert long.prompt_tokens > short.prompt_tokens
    assert seen.prompt_tokens >= short.prompt_tokens + 100
    assert (SimulatedModel().name, model.name) == ("simulated", "simulated:seed=3")
