"""Find the mathematics in a sentence: the stretches between words that read as an expression."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from vilomem_core.verification.mathematics.parser import parse
from vilomem_core.verification.mathematics.tokens import CONSTANTS, FUNCTIONS, GREEK, NotMathematics
from vilomem_core.verification.mathematics.tree import Node
from vilomem_core.verification.numbers.units import unit_at
from vilomem_core.verification.reply.words import READINGS, vocabulary

LONGEST = 1200
_KEEP = FUNCTIONS | GREEK | CONSTANTS.keys() | {"and", "or"}
_WORD = re.compile(r"(?<!begin\{)(?<!end\{)(?<!\\)(?<![A-Za-z])[A-Za-z]{2,}(?:'[a-z]+)?")
_SENTENCE_A = re.compile(r"(?:^|\s)[aI](?=\s[a-z]{2,})")
_APPROXIMATES = re.compile(r"≈|≅|≃|\\approx|\\simeq|\b(?:approximately|approx\.?|roughly|about)\b", re.IGNORECASE)
_LEFT_OF_EQUALS = re.compile(
    r"^\s*[a-zA-Z]'*\s*\([^()=]{1,20}\)\s*=(?!=)|^\s*[A-Z]{2,4}\s*(?:=(?!=))|^\s*\\?(?:angle|triangle|overline"
    r"|vec)\s*[A-Z]{1,3}\s*=|^\s*\|?\\?(?:vec\s*)?[A-Z]{2}\|?\s*=|^\s*∠\s*[A-Z]{1,3}\s*=|^\s*m∠\s*\w+\s*="
)
_FUNCTION_VALUE = re.compile(r"\b[fgh]\s?\(x\)(?=\s*(?:[<>≤≥]|\\[lg]))|(?<=[<>≤≥=])\s*[fgh]\s?\(x\)")  # "f(x) >= -1"
_NUMBERED_UNKNOWN = re.compile(r"\b([a-zA-Z])(?:_\{?\d\}?|\d)(?=\s*=(?!=))")  # "x_1 = 2, x_2 = 7" are values of one unknown
_POINT_NAME = re.compile(r"^\s*[A-Z]'?\s*(?=\()")
_TRIM = " \t\n.,;:!?\"'`"
_IN_WORDS = [
    (
        re.compile(r"\b(?:and\s+)?(?:(?:the|its)\s+)?([xyz])[- ]coordinate(?:\s+of\s+\w+)?\s+(?:is|=|equals)", re.IGNORECASE),
        r", \1 =",
    ),
    (re.compile(r"\b(?:is )?(?:greater|larger|more|bigger) than or equal to\b|\bat least\b", re.IGNORECASE), ">="),
    (re.compile(r"\b(?:is )?(?:less|smaller) than or equal to\b|\bat most\b", re.IGNORECASE), "<="),
    (re.compile(r"\b(?:is )?(?:greater|larger|more|bigger) than\b", re.IGNORECASE), ">"),
    (re.compile(r"\b(?:is )?(?:less|smaller) than\b", re.IGNORECASE), "<"),
    (
        re.compile(
            r"\b(?:the set of )?all real numbers?\b(?!\s*(?:greater|less|larger|smaller|x\b|such|except|>|<|other))"
            r"|\bevery real number\b|\bthe real (?:line|numbers)\b",
            re.IGNORECASE,
        ),
        " ℝ ",
    ),
    (re.compile(r"\b(?:the set of )?all real numbers?\s+(?:except|other than)\b(?:\s*(?:x\s*=)?)", re.IGNORECASE), " x != "),
    (re.compile(r"\b(?:square root of|root of)\s+(?=\d|\()", re.IGNORECASE), " sqrt "),
    (re.compile(r"\b(?:no (?:real )?solutions?|the empty set|empty set)\b", re.IGNORECASE), " ∅ "),
    (re.compile(r"\bplus or minus\b", re.IGNORECASE), "±"),
    (re.compile(r"\bnegative infinity\b", re.IGNORECASE), "-∞"),
    (re.compile(r"\b(?:union)\b", re.IGNORECASE), "∪"),
    (re.compile(r"\bdegrees?\b|°"), " "),
]


@dataclass(frozen=True, slots=True)
class Expression:
    """One stretch of mathematics at ``start:end``: its text, its tree, and the text of an approximation that follows it."""

    start: int
    text: str
    tree: Node
    rounded: str = ""


@lru_cache(maxsize=READINGS)
def find_expressions(text: str) -> tuple[Expression, ...]:
    """The stretches of ``text`` that read as mathematics, in order."""
    text = text[:LONGEST].replace("$", " ")
    if "=" not in text.replace("<=", "").replace(">=", ""):
        text = _FUNCTION_VALUE.sub("y", text)
    if len(_NUMBERED_UNKNOWN.findall(text)) > 1:
        text = _NUMBERED_UNKNOWN.sub(r"\1", text)
    for pattern, sign in _IN_WORDS:
        text = pattern.sub(sign, text)
    text = _SENTENCE_A.sub(lambda article: " " * len(article[0]), text)
    found = []
    start = 0
    for word in [*_WORD.finditer(text), None]:
        end = word.start() if word else len(text)
        if word and word[0] in _KEEP and not (word[0] in {"and", "or"} and not _joins(text, word)):
            continue
        if word and _is_product(word[0]) and not _is_prose_near(text, word):
            continue
        found += _read(text[start:end], start)
        start = word.end() if word else end
    return tuple(found)


def _joins(text: str, word: re.Match[str]) -> bool:
    """ "and" or "or" between two values, not between two words."""
    return bool(re.search(r"[\d)\]}a-z]\s*,?\s*$", text[: word.start()])) and bool(
        re.match(r"\s*(?:[-+(\d\\√π{\[]|[a-z]\s*[=<>≤≥]|\\)", text[word.end() :])
    )


def _is_product(word: str) -> bool:
    return len(word) <= 3 and (word.islower() or word.isupper()) and word not in _PROSE


_PROSE = vocabulary(
    "is are was be of to in on at an as by so if it we he she they for the not but has had can its our use get let ",
    "set and or cm mm km kg ft mi hr min sec cm dm mL ml deg rad sq per all one two no yes do does i.e we us",
)


def _is_prose_near(text: str, word: re.Match[str]) -> bool:
    """A short word between other words is a word; between operators it is a product of letters."""
    before, after = text[: word.start()].rstrip(), text[word.end() :].lstrip()
    operator_before = bool(before) and (before[-1] in "=+-*/^(<>≤≥,{[" or before[-1].isdigit())
    operator_after = bool(after) and after[0] in "=+-*/^)<>≤≥,}]("
    return not (operator_before or operator_after)


def _read(part: str, start: int) -> list[Expression]:
    rounded = ""
    approximate = _APPROXIMATES.search(part)
    if approximate:
        rounded, part = part[approximate.end() :].strip(_TRIM), part[: approximate.start()]
    for candidate in _candidates(part):
        tree = _tree(candidate)
        if tree is not None:
            return [Expression(start, candidate, tree, rounded)]
    if rounded:
        tree = _tree(rounded)
        return [Expression(start, rounded, tree)] if tree is not None else []
    return []


def _candidates(part: str) -> list[str]:
    """``part`` trimmed in the ways that leave an answer: whole, after a colon, after the last comma-free clause, without a unit."""
    base = part.strip(_TRIM + "→⇒")
    if sum(map(base.count, "([{")) != sum(map(base.count, ")]}")):
        base = base.strip("()") if base.startswith("(") != base.endswith(")") else base
    variants = [base]
    variants += [re.split(r"[:→⇒]\s", base)[-1]] if re.search(r"[:→⇒]\s", base) else []
    variants += [base.rsplit("=", 1)[-1].strip(_TRIM)] if "=" in base else []
    variants += [base.split(",", 1)[-1].strip(_TRIM), base.rsplit(",", 1)[0].strip(_TRIM)] if "," in base else []
    return [one for one in dict.fromkeys(variants) if _looks_mathematical(one)]


def _looks_mathematical(text: str) -> bool:
    return bool(re.search(r"\d|\\[a-z]|[π√∞ℝ∅]|\boo\b|[a-zA-Z]\s*[-+*/^=<>]\s*\(?[a-zA-Z]", text))


def _tree(text: str) -> Node | None:
    text = _LEFT_OF_EQUALS.sub("", text)
    text = _POINT_NAME.sub("", text)
    if re.match(r"\s*(?:[<>≤≥]|\\[lg]eq?\b)", text):
        text = "x " + text  # "all real numbers less than 2"
    for candidate in (text, _without_unit(text)):
        if candidate.strip():
            try:
                return parse(candidate, grouping="(" not in candidate and "{" not in candidate and "[" not in candidate)
            except NotMathematics:
                continue
    return None


def _without_unit(text: str) -> str:
    """``text`` without a unit at its end; only where the unit is no letter of the expression is this tried."""
    for beside in reversed(list(re.finditer(r"(?<=[\d)}\]π])\s*(?=[A-Za-z%°])", text))):
        unit = unit_at(text, beside.start())
        if unit and not text[unit[1] :].strip(_TRIM):
            return text[: beside.start()]
    return text
