"""A reply made ready for reading: reasoning, talk to the grader and repetitions of the question set apart, cut at retractions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vilomem_core.types import Case, option_letter
from vilomem_core.verification.patterns import one_of, plain_rows
from vilomem_core.verification.reply.clean import clean, content_stem_set
from vilomem_core.verification.reply.grader_talk import without_grader_talk
from vilomem_core.verification.reply.statements import Segment, Statement, segments

_PLEASANTRY = one_of(
    "pleasantry",
    {
        "sure(?: thing)?": "Sure thing! Oak.",
        "(?:great|good) question": "Good question! Oak.",
        r"thanks?(?: you)?(?: for [^.!\n]{0,60})?": "Thank you for the picture. Oak.",
        "hi(?: there)?": "Hi there! Oak.",
        "ok(?:ay)?": "Okay, oak.",
        "here(?:'s| is) (?:my|the) (?:answer|solution|response|reasoning|explanation|result)": "Here is my answer: oak.",
    }
    | plain_rows("certainly|of course|absolutely|gladly|happy to help|hello|alright|no problem", "{}! Oak."),
    before=r"^(?:\W*",
    after=r"\b[^.!:\n]{0,40}[.!:,]\s+)+(?=\S)",
)
_HEADING = re.compile(
    r"^(?:\W*(?:(?:the |my )?(?:answer|solution|response|reply|explanation)|step[- ]by[- ]step solution|解答|解|答案)\W*(?:\n|$))+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Passage:
    """What a reply says as an answer.

    ``thinking``: it is reasoning that never closed, so only an explicit marker counts. ``cut_off``: it ends in the middle of a
    statement. ``unended``: it may, since its last sentence alone has no full stop. ``asked``: the stems of the question's content words.
    """

    text: str
    segments: tuple[Segment, ...]
    thinking: bool
    cut_off: bool
    unended: bool
    asked: frozenset[str]

    @property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(statement for segment in self.segments for statement in segment.statements)


def passage(case: Case, text: str, thinking: bool) -> Passage:
    """A cleaned reply made ready for reading. Never raises; an empty text stands for a reply without content.

    ``thinking``: it is reasoning that never closed.
    """
    text = _HEADING.sub("", _PLEASANTRY.sub("", without_echo(without_grader_talk(text), case)))
    return Passage(
        text,
        segments(text),
        thinking,
        _is_cut_off(text),
        _is_unended(text),
        content_stem_set(clean(case.question)),
    )


# words and signs after which something has to follow
_OPEN_SIGN = re.compile(r"(?:[=+*/×÷<>≈,(\[{\\^_-]|:)\s*$")
_UNCLOSED_BOX = re.compile(r"\\boxed\s*\{[^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*(?:\{[^{}]*){0,3}$")
LEAST_CUT_WORDS = 5  # a text of fewer words is an answer, whatever its last word is ("Stand by")
_OPEN_END = one_of(
    "open end",
    {f"{verb}s?": f"the sign {verb}s" for verb in ("read", "say", "show", "yield", "make", "equal", "give")}
    | {"an?": "it is on an"}
    | plain_rows(
        "mostly|very|about|approximately|around|roughly|nearly|giving|called|named|the|of|and|or|to|is|are|was|were|be|we|get|with|in"
        "|on|at|by|from|for|that|which|than|because|since|so|then|therefore|thus|hence|if|but|as|it|its|this|these|their|has|have|can"
        "|will|would|must|should|not|let|find|compute|i|you",
        "he said {}",
    ),
    before=r"\b",
    after=r"\s*$",
)
_LETTER_END = re.compile(r"^\W*\(?[A-Za-z]\)?\W*$|[\s(][A-Z]$")  # "So A", "1.5 A" are complete
_CLOSED_END = re.compile(r"[.!?。！？…\"')\]}%°$:;|]\s*$")
_PROSE = re.compile(r"[a-z]{2,}(?:\s+\S+){4,}$", re.IGNORECASE)


def _is_cut_off(text: str) -> bool:
    """It ends where no statement ends: after "the", after "=", inside a box."""
    last = text.rsplit("\n", 1)[-1][-400:]
    if not last.strip():
        return False
    if _UNCLOSED_BOX.search(text) or _OPEN_SIGN.search(last):
        return True
    return bool(_OPEN_END.search(last)) and not _LETTER_END.search(last) and len(last.split()) >= LEAST_CUT_WORDS


def _is_unended(text: str) -> bool:
    """It ends in prose without a full stop, while the other sentences have theirs."""
    last = text.rsplit("\n", 1)[-1][-400:]
    sentence = re.split(r"(?<=[.!?。])\s+", last)[-1]
    earlier_stop = bool(re.search(r"[.!?。](?:\s|$)", text[: len(text) - len(sentence)]))
    return earlier_stop and not _CLOSED_END.search(last) and bool(_PROSE.search(sentence))


# spellings seen in the chat templates of DeepSeek-R1, Qwen, Kimi, Mistral and Seed, and in prompts that ask for reasoning tags
_NAMES = "think|thinking|thought|thoughts|reasoning|reason|analysis|reflection|scratchpad|rationale|cot"
_TAG = re.compile(rf"<\s*(?P<close>/)?\s*(?:seed:)?(?:{_NAMES})\s*>|\[(?P<close2>/)?THINK\]|◁(?P<close3>/)?think▷", re.IGNORECASE)
_FINAL_CHANNEL = re.compile(r"<\|channel\|>\s*final\s*<\|message\|>")
_SPECIAL = re.compile(r"<\|[a-zA-Z_ ]{1,30}\|>|</?s>")


def answer_part(reply: str) -> tuple[str, bool]:
    """What was said outside reasoning tags, and whether only an explicit final marker counts in it.

    That is so when the reply is nothing but a block of reasoning that never closed: it may have reached its answer or not. A
    block that closed with nothing after it leaves an empty text: thinking alone commits to nothing.
    """
    channel = list(_FINAL_CHANNEL.finditer(reply))
    if channel:
        reply = reply[channel[-1].end() :]
    reply = _SPECIAL.sub(" ", reply)
    visible: list[str] = []
    depth, position, opened_at = 0, 0, 0
    for tag in _TAG.finditer(reply):
        closes = tag["close"] or tag["close2"] or tag["close3"]
        if not depth:
            visible.append(reply[position : tag.start()])
        if closes and not depth:
            visible.clear()  # the opening tag stood in the prompt: all before the closing one was reasoning
        elif closes:
            depth = 0  # blocks do not nest; a model that opens twice closes once
        elif not depth:
            depth, opened_at = 1, tag.end()
        position = tag.end()
    if depth:
        return ("\n".join(visible), False) if _has_ink(visible) else (reply[opened_at:], True)
    visible.append(reply[position:])
    return "\n".join(visible), False


_HEADING_ONLY = re.compile(r"^\W*(?:(?:the |my |final )?answer|solution|response|sure|okay|ok)?\W*$", re.IGNORECASE)


def _has_ink(parts: list[str]) -> bool:
    return not _HEADING_ONLY.match(" ".join(parts))


_WORD = re.compile(r"\w+")
_SPEAKER = re.compile(r"^\W*(?:q|question|frage|problem|问题|题目|问)\s*[:.]\s*", re.IGNORECASE)
_REPLY = re.compile(r"^\W*(?:a|answer|antwort|答|答案)\s*:\s*(?=\S)", re.IGNORECASE)
_OPTIONS_HEAD = re.compile(r"^\W*(?:options?|choices?|answer choices|选项)\s*:?\s*$", re.IGNORECASE | re.MULTILINE)
LEAST_ECHO_WORDS = 4  # fewer words of a question are as likely an answer ("red or white?" - "white")


def without_echo(text: str, case: Case) -> str:
    """``text`` without a literal repetition of the question, and of the whole list of options, labels and all."""
    text = _without_question(text, clean(case.question))
    if case.options:
        text = _OPTIONS_HEAD.sub("", _without_options(text, case.options))
    rest = text.strip()
    return "" if _inside(rest, clean(case.question)) else rest


def _without_question(text: str, question: str) -> str:
    words = _WORD.findall(question)
    if (len(words) < LEAST_ECHO_WORDS and not _is_cjk(question)) or not _has_words(text, words):
        return text
    pattern = re.compile(r"\W+".join(map(re.escape, words[:400])) + r"[ \t]*[?.:!。？]*\"?", re.IGNORECASE)
    found = pattern.search(text)
    if found is None:
        return text
    before = _SPEAKER.sub("", text[: found.start()])
    before = re.sub(r"(?:^|\n)\W*(?:q|question|frage|problem|问题|题目|问)?\s*[:.]?\s*[\"'(]*$", "\n", before, flags=re.IGNORECASE)
    after = _REPLY.sub("", text[found.end() :])
    return f"{before}\n{after}"


def _without_options(text: str, options: Sequence[str]) -> str:
    said = [_WORD.findall(clean(option)) for option in options]
    if not _has_words(text, [word for words in said for word in words]):
        return text
    parts = []
    for index, (option, words) in enumerate(zip(options, said, strict=True)):
        wording = r"\W+".join(map(re.escape, words)) or re.escape(clean(option))
        parts.append(rf"[(\[]?\b{option_letter(index)}\b[)\].:]*\s*{wording}")
    return re.sub(r"\W*".join(parts) + r"(?=\W|$)[.;]?", "\n", text, count=1, flags=re.IGNORECASE)


def _has_words(text: str, words: Sequence[str]) -> bool:
    """Whether all of them occur: most replies repeat nothing, and to build a pattern costs more than all else here."""
    lowered = text.lower()
    return all(word.lower() in lowered for word in words)


def _inside(text: str, question: str) -> bool:
    """Nothing but a piece of the question, of a length that no answer has."""
    words, asked = _WORD.findall(text.casefold()), _WORD.findall(question.casefold())
    if len(words) < LEAST_ECHO_WORDS:
        return False
    places = [start for start in range(len(asked) - len(words) + 1) if asked[start : start + len(words)] == words]
    # "the one in red or the one in blue?" - "the one in blue" is one side of an "or"
    return bool(places) and not any(
        "or" in (*asked[max(0, start - 1) : start], *asked[start + len(words) :][:1]) for start in places
    )


def _is_cjk(text: str) -> bool:
    return any("一" <= char <= "鿿" or "぀" <= char <= "ヿ" for char in text)
