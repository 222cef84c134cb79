r"""Explicit final markers: "Final answer:", \boxed{}, <answer>, "the answer is", the answer key of a JSON object."""

from __future__ import annotations

import re

from vilomem_core.verification.records import Mark
from vilomem_core.verification.reply.statements import Segment
from vilomem_core.verification.strict import LONGEST_PAYLOAD, MAX_MARKS, boxes

_KIND = (
    r"(?:final|correct|right|best|overall|corrected|revised|updated|amended|new|actual|only|likely|closest|short"
    r"|numerical|numeric|exact|possible|intended|proper|resulting|complete|definitive|overall)"
)
_IS = (
    r"(?:\s+(?:is|are|was|would be|should be|must be|will be|has to be|can only be|can be|ought to be|might be|may be"
    r"|could be|comes (?:out )?to|becomes|remains|stays|turns out to be|reads|equals)\b(?:\s+(?:therefore|thus|then"
    r"|hence|simply|clearly|now|indeed|still|just|again|also))?(?:\s*:)?|\s*(?::|=|->|→|⇒|=>|\||—|–)|\s+-(?=\s))"
)
_ANSWER = re.compile(
    rf"\b(?:{_KIND}\s+){{0,4}}(?:answers?|ans|choice|option|result|solution|conclusion|letter|value|response|pick|one|verdict)\b"
    rf"(?P<link>(?:\s*\([^()\n]{{0,40}}\))?(?:\s+(?:to|for|of|in|here|given|from|we (?:get|have|want|need|seek"
    rf"|obtain)|you(?:'re| are) looking for)\b(?:\s+[^\s.:=,;]+){{0,12}}?)?{_IS})",
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
_CHINESE = re.compile(
    r"(?:最终|正确|最后|本题|最佳|我的|所以|因此|故|综上){0,4}的?(?:答案|结果|结论|选项)(?:应该|应当|应|就|为|是|选|:|=|,|\s){1,8}|答\s*:|(?:故|应|因此|所以|我|综上|于是|正确"
    r"|答案|,|。|^)(?:本题|此题|我们)?(?:应该?|该|会)?选(?:择|项)?(?:是|为|:)?\s*(?=[(\[]?[A-Z])"
)
_OTHER_TONGUES = re.compile(
    r"\b(?:antwort|lösung|ergebnis|réponse|resposta|respuesta|risposta|antwoord|ответ|svar|odpowiedź"
    r"|cevap)\b(?:\s+(?:finale?|final|correcta|correta|corretta|correcte))?\s*(?::|\s(?:ist|est|es|é|è|is|lautet|är"
    r"|to)\b|\s[-—])\s*"
    r"|(?:答え|正解|回答|解答)\s*(?:は|:)\s*|(?:정답|답)\s*(?:은|:)\s*",
    re.IGNORECASE,
)
# the sentence speaks about an answer without giving it
_UNREAL = re.compile(
    r"\b(?:not|if|whether|unless|suppose|supposing|assum(?:e|ing)|would (?:mean|imply|make|give)|might (?:think|say"
    r"|guess|expect|assume)|may (?:think|say|be tempted)|could (?:think|say|be tempted)|tempt\w*|tempting"
    r"|at first(?: glance| sight)?|initially|first (?:thought|guess|impression)|originally|previous(?:ly)?|earlier"
    r"|one (?:could|might|may)|some (?:people|would|might|may|students?)|people (?:often|might|may|would)"
    r"|common (?:mistake|error|wrong)|wrong|incorrect|naive|not (?:sure|certain|clear)|unsure|don't (?:know|think)"
    r"|do not (?:know|think)|doubt|can't (?:say|be sure)|cannot (?:say|be sure)|seems like|example|e\.g"
    r"|has to be (?:given|written)|should be (?:given|written)|find|determine whether|depends?|format|asks?"
    r"|asked)\b(?:(?! but | so | thus | hence | therefore | then )[^.!?,;:])*$|n't\s*$",
    re.IGNORECASE,
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
