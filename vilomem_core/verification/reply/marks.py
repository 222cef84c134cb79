r"""Explicit final markers: "Final answer:", \boxed{}, <answer>, "the answer is", the answer key of a JSON object."""

from __future__ import annotations

import re

from vilomem_core.verification.patterns import one_of, plain_rows
from vilomem_core.verification.records import Mark
from vilomem_core.verification.reply.statements import Segment
from vilomem_core.verification.strict import LONGEST_PAYLOAD, MAX_MARKS, boxes

_KIND = one_of(
    "answer: kind",
    plain_rows(
        "final|correct|right|best|overall|corrected|revised|updated|amended|new|actual|only|likely|closest|short|numerical|numeric"
        "|exact|possible|intended|proper|resulting|complete|definitive",
        "the {} answer",
    ),
    after=r"\b",
).pattern
_NOUN = one_of(
    "answer: noun",
    {"answers?": "the answers"}
    | plain_rows("ans|choice|option|result|solution|conclusion|letter|value|response|pick|one|verdict", "my {} is 7"),
    after=r"\b",
).pattern
_VERB = one_of(
    "answer: verb",
    {
        "(?:would|should|must|will|has to|can only|can|ought to|might|may|could|turns out to) be": "the answer must be 7",
        "comes (?:out )?to": "the answer comes to 7",
    }
    | plain_rows("is|are|was|becomes|remains|stays|reads|equals", "the answer {} 7"),
    before=r"\s+",
    after=r"\b",
).pattern
_IS = (
    rf"(?:{_VERB}(?:\s+(?:therefore|thus|then|hence|simply|clearly|now|indeed|still|just|again|also))?(?:\s*:)?"
    r"|\s*(?::|=|->|→|⇒|=>|\||—|–)|\s+-(?=\s))"
)
_ANSWER = re.compile(
    rf"\b(?:{_KIND}\s+){{0,4}}{_NOUN}"
    r"(?P<link>(?:\s*\([^()\n]{0,40}\))?(?:\s+(?:to|for|of|in|here|given|from|we (?:get|have|want|need|seek|obtain)"
    rf"|you(?:'re| are) looking for)\b(?:\s+[^\s.:=,;]+){{0,12}}?)?{_IS})",
    re.IGNORECASE,
)
# "answer" carries enough weight alone; the other nouns need an adjective of finality before or a colon at the beginning of a
# line after
_NEEDS_KIND = re.compile(rf"^(?:answers?|ans)\b|^{_KIND}\s", re.IGNORECASE)
_HEADED = re.compile(r"^\W*(?:(?:so|thus|hence|therefore|the|my|our)\W+)*$", re.IGNORECASE)
_FINAL = re.compile(r"(?:^|(?<=[.!?…] ))(?:final|finally|in the end)\s*[:=]\s*", re.IGNORECASE)
_BARE = re.compile(
    r"(?:^|\b(?:final|correct|my|the|so|thus|therefore|hence|i|we|would|i'd"
    r"|i'll)\s+)answer\s+(?=[(\[\"']?(?:[A-Z]\b|-?[$€£]?\d|\\))"
)
_CHINESE = one_of(
    "answer: Chinese",
    {
        "(?:最终|正确|最后|本题|最佳|我的|所以|因此|故|综上){0,4}的?(?:答案|结果|结论|选项)"
        r"(?:应该|应当|应|就|为|是|选|:|=|,|\s){1,8}": "所以正确答案是",
        r"答\s*:": "答: 三个",
        "(?:故|应|因此|所以|我|综上|于是|正确|答案|,|。|^)(?:本题|此题|我们)?(?:应该?|该|会)?选(?:择|项)?"
        r"(?:是|为|:)?\s*(?=[(\[]?[A-Z])": "故选B",
    },
    flags=re.NOFLAG,
)
_OTHER_TONGUES = one_of(
    "answer: other tongues",
    plain_rows("antwort|lösung|ergebnis|réponse|resposta|respuesta|risposta|antwoord|ответ|svar|odpowiedź|cevap", "{}: 7"),
    before=r"\b",
    after=r"\b(?:\s+(?:finale?|final|correcta|correta|corretta|correcte))?\s*(?::|\s(?:ist|est|es|é|è|is|lautet|är|to)\b|\s[-—])\s*",
    unframed={r"(?:答え|正解|回答|解答)\s*(?:は|:)\s*": "答えは7", r"(?:정답|답)\s*(?:은|:)\s*": "정답은 7"},
)
# the sentence speaks about an answer without giving it
_UNREAL = one_of(
    "answer: not given",
    {
        "suppos(?:e|ing)": "suppose the ",
        "assum(?:e|ing)": "assuming the ",
        "would (?:mean|imply|make|give)": "that would make the ",
        "(?:might|may|could) (?:think|say|guess|expect|assume|be tempted)": "they might guess the ",
        r"tempt\w*": "it is tempting to take the ",
        "at first": "at first the ",
        "first (?:thought|guess|impression)": "my first guess for the ",
        "previous(?:ly)?": "the previous ",
        "one (?:could|might|may)": "one may take 7 as the ",
        "some (?:people|would|might|may|students?)": "some students take 7 as the ",
        "people (?:often|might|may|would)": "people often take 7 as the ",
        "don't (?:know|think)": "I don't know the ",
        "(?:can't|cannot) (?:say|be sure)": "I cannot be sure of the ",
        "(?:has to|should) be (?:given|written)": "it should be written as the ",
        "depends?": "it depends on the ",
        "ask(?:s|ed)?": "it asks for the ",
    }
    | plain_rows(
        r"not|if|whether|unless|initially|originally|earlier|wrong|incorrect|naive|unsure|doubt|seems like|example|find|format",
        "it is {} the ",
    ),
    before=r"\b",
    after=r"\b(?:(?! but | so | thus | hence | therefore | then )[^.!?,;:])*$",
    unframed={r"n't\s*$": "it isn't "},
)
_EMPTY = re.compile(r"^\W*(?:as follows|below|this|the following|given by|given below|here)?\W*$", re.IGNORECASE)
REACH = 240  # how far back a condition or a denial can stand, in characters
_HEADING = re.compile(r"^\W*(?:(?:the |my )?(?:final )?(?:answer|result|conclusion|choice)|final|最终答案|答案)\W*$", re.IGNORECASE)
_IF_WOULD = re.compile(r"\bif\b", re.IGNORECASE)


def marks(segment: Segment) -> list[Mark]:
    """The explicit markers of ``segment`` in order. Those inside an if, a supposition or a denial are left out."""
    found = boxes(segment.body)
    lines = segment.statements
    for index, statement in enumerate(lines):
        spots = _spots(statement.text)[-MAX_MARKS:]
        stops = [start for start, _, _ in spots[1:]] + [len(statement.text)]
        for (start, end, rule), stop in zip(spots, stops, strict=bool(spots)):
            before = statement.text[max(0, start - REACH) : start]
            payload = statement.text[end : min(max(stop, end), end + LONGEST_PAYLOAD)]
            if _UNREAL.search(before) or ("would" in statement.text[start:end] and _IF_WOULD.search(before)):
                continue
            if _EMPTY.match(payload):
                payload = lines[index + 1].text if index + 1 < len(lines) else ""
            found.append(Mark(payload, rule, before, statement.start + start))
        if (index or "final" in statement.text.lower()) and _HEADING.match(statement.text) and index + 1 < len(lines):
            found.append(Mark(lines[index + 1].text, "answer-line", "", statement.start))
    return sorted(found, key=lambda mark: mark.start)[-MAX_MARKS:]


def _spots(text: str) -> list[tuple[int, int, str]]:
    spots = [(found.start(), found.end(), "answer-line") for found in _ANSWER.finditer(text) if _is_final(text, found)]
    for pattern in (_BARE, _FINAL, _CHINESE, _OTHER_TONGUES):
        spots += [(found.start(), found.end(), "answer-line") for found in pattern.finditer(text)]
    return sorted(spots)


def _is_final(text: str, found: re.Match[str]) -> bool:
    if _NEEDS_KIND.match(found[0]):
        return True
    colon = found["link"].strip()[-1:] in {":", "=", "→", "⇒", "|"} or found["link"].strip().endswith((">", "-"))
    return colon and bool(_HEADED.match(text[: found.start()]))
