"""Leave out the question and the options where a reply only repeats them: an echo is no answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vilomem_core.types import Case, option_letter
from vilomem_core.verification.reply.clean import clean

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
