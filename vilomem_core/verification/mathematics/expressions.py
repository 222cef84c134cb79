"""Find the mathematics in a sentence: the stretches between words that read as an expression."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from vilomem_core.verification.mathematics.parser import parse
from vilomem_core.verification.mathematics.tokens import CONSTANTS, FUNCTIONS, GREEK, NotMathematics
from vilomem_core.verification.mathematics.tree import Node
from vilomem_core.verification.numbers.units import unit_at
from vilomem_core.verification.patterns import one_of, plain_rows, rewrites
from vilomem_core.verification.reply.clean import READINGS, vocabulary

LONGEST = 1200
_KEEP = FUNCTIONS | GREEK | CONSTANTS.keys() | {"and", "or"}
_WORD = re.compile(r"(?<!begin\{)(?<!end\{)(?<!\\)(?<![A-Za-z])[A-Za-z]{2,}(?:'[a-z]+)?")
_SENTENCE_A = re.compile(r"(?:^|\s)[aI](?=\s[a-z]{2,})")
_APPROXIMATES = one_of(
    "expression: approximates",
    plain_rows("approximately|roughly|about", "{} 1.4") | {r"approx\.?": "approx. 1.4"},
    before=r"(?<!\\)\b",
    after=r"(?!\w)",
    unframed=plain_rows(r"≈|≅|≃|\\approx|\\simeq", "√2 {} 1.4"),
)
_LEFT_OF_EQUALS = one_of(
    "expression: left side",
    {
        r"[a-zA-Z]'*\s*\([^()=]{1,20}\)": "f(x) = 2x",
        r"m?(?:∠|\\?angle)\s*(?:[A-Z]{1,3}|\d)": "m∠ABC = 40",
        r"\\?(?:triangle|overline|vec)\s*[A-Z]{1,3}": r"\triangle ABC = 12",
        r"\|?(?:\\?vec\s*)?[A-Z]{2}\|?": r"|\vec AB| = 5",
        r"[A-Z]{3,4}": "ABC = 40",
    },
    before=r"^\s*",
    after=r"\s*=(?!=)",
    flags=re.NOFLAG,
)
_FUNCTION_VALUE = re.compile(r"\b[fgh]\s?\(x\)(?=\s*(?:[<>≤≥]|\\[lg]))|(?<=[<>≤≥=])\s*[fgh]\s?\(x\)")  # "f(x) >= -1"
_NUMBERED_UNKNOWN = re.compile(r"\b([a-zA-Z])(?:_\{?\d\}?|\d)(?=\s*=(?!=))")  # "x_1 = 2, x_2 = 7" are values of one unknown
_POINT_NAME = re.compile(r"^\s*[A-Z]'?\s*(?=\()")
_TRIM = " \t\n.,;:!?\"'`"
_REALS = r"\b(?:the set of )?all real numbers?\b"
_IN_WORDS = rewrites(
    "expression: words",
    [
        (
            r"\b(?:and\s+)?(?:(?:the|its)\s+)?([xyz])[- ]coordinate(?:\s+of\s+\w+)?\s+(?:is|=|equals)",
            r", \1 =",
            "the x-coordinate of P is 3",
        ),
        (r"\b(?:is )?(?:greater|larger|more|bigger) than or equal to\b", ">=", "x is greater than or equal to 2"),
        (r"\bat least\b", ">=", "x is at least 2"),
        (r"\b(?:is )?(?:less|smaller) than or equal to\b", "<=", "x is less than or equal to 2"),
        (r"\bat most\b", "<=", "x is at most 2"),
        (r"\b(?:is )?(?:greater|larger|more|bigger) than\b", ">", "x is greater than 2"),
        (r"\b(?:is )?(?:less|smaller) than\b", "<", "x is less than 2"),
        (rf"{_REALS}(?!\s*(?:greater|less|larger|smaller|x\b|such|except|>|<|other))", " ℝ ", "the set of all real numbers"),
        (r"\bevery real number\b|\bthe real (?:line|numbers)\b", " ℝ ", "every real number"),
        (rf"{_REALS}\s+(?:except|other than)\b(?:\s*(?:x\s*=)?)", " x != ", "all real numbers except 2"),
        (r"\b(?:square )?root of\s+(?=\d|\()", " sqrt ", "the square root of 3"),
        (r"\b(?:no (?:real )?solutions?|(?:the )?empty set)\b", " ∅ ", "there is no real solution"),
        (r"\bplus or minus\b", "±", "plus or minus 2"),
        (r"\bnegative infinity\b", "-∞", "from negative infinity to 3"),
        (r"\bunion\b", "∪", "(0,1) union (2,3)"),
        (r"\bdegrees?\b|°", " ", "30 degrees"),
    ],
)


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
    for pattern, signs in _IN_WORDS:
        text = pattern.sub(signs, text)
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
