"""The options of a choice, in every form that data sets write them, and the gold answer: its type, and which option it means."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from vilomem_core.readers.problems import Note, Refusal, Severity, quote
from vilomem_core.readers.rows import NumberText, bounded, clean, has_ink, scalar_text
from vilomem_core.types import AnswerType, option_letter

NUMBER_CHARS = 320  # the longest finite double has 309 digits before its point
NUMBER = re.compile(r"[-+−]?[$€£¥]?(?P<digits>(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\s?[%°]?", re.ASCII)
FRACTION = re.compile(r"[-+−]?\d+\s?/\s?(?P<below>\d+)", re.ASCII)
EXPRESSION = re.compile(r"\\[A-Za-z]|\$[^$]+\$|\^|[√π]")
LETTER = re.compile(r"\(?([A-Za-z])[).:]?")
# One item of a list that was written as text, by Python, NumPy (no commas) or JSON.
ITEM = re.compile(
    r"""\s*(?:'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s'",\[\]][^'",\[\]]*))\s*,?\s*""", re.DOTALL
)
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\\'\"nrt/]))")
ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def read_options(fields: Mapping[str, object], limit: int, notes: list[Note]) -> tuple[str, ...]:
    """``options`` (a list, a mapping from letters, a list written as text) or the columns A, B, C, …; empty for open questions.

    Raises ``Refusal``. ``limit`` is in characters, over all options.
    """
    given = fields.get("options")
    if given is None:
        given = {name: value for name, value in fields.items() if len(name) == 1 and name in ascii_uppercase}
    values = _option_values(given, notes)
    options = tuple(clean(scalar_text(value, "options") or "", "options", notes) for value in values)
    bounded("".join(options), "options", limit)
    _check_options(options)
    return options


def _option_values(given: object, notes: list[Note]) -> Sequence[object]:
    match given:
        case str():
            if not given.strip():
                return ()
            values = list_in_text(given)
            if values is None:
                raise Refusal("options_not_a_list", f"options must be a list of texts, not the text {quote(given)}")
            notes.append(
                Note("options_not_a_list", Severity.CONVERSION, "options was a list written as text; it was read as a list")
            )
            return values
        case Mapping():
            return _by_letter(given)
        case list() | tuple():
            return given
        case _:
            raise Refusal("options_not_a_list", f"options must be a list of texts, not a {type(given).__name__}")


def _by_letter(given: Mapping[object, object]) -> Sequence[object]:
    """Letters without a text at the end are no options; a gap before the last one would shift the letters after it."""
    texts = {str(letter).strip().upper(): value for letter, value in given.items() if value is not None and value != ""}
    letters = [option_letter(i) for i in range(len(texts))]
    if len(texts) != sum(1 for value in given.values() if value is not None and value != ""):
        raise Refusal("options_duplicate", "options has the same letter twice")
    if set(letters) != set(texts):
        named = ", ".join(quote(name, 8) for name in sorted(texts)[:8])
        raise Refusal("options_empty", f"options must be lettered A, B, C, … without a gap, but there are {named}")
    return [texts[letter] for letter in letters]


def _check_options(options: Sequence[str]) -> None:
    if len(options) == 1:
        raise Refusal("options_too_few", f"there is only one option, {quote(options[0])}")
    first_with: dict[str, int] = {}
    for i, option in enumerate(options):
        if not option:
            raise Refusal("options_empty", f"option {option_letter(i)} is empty")
        if option in first_with:
            letters = f"{option_letter(first_with[option])} and {option_letter(i)}"
            raise Refusal("options_duplicate", f"options {letters} are both {quote(option)}")
        first_with[option] = i


def list_in_text(text: str) -> list[str] | None:
    """The items of a list of texts that was written out as text; None when it is something else. Nothing is evaluated."""
    inner = text.strip()
    if not (inner.startswith("[") and inner.endswith("]")):
        return None
    inner, position, items = inner[1:-1].strip(), 0, []
    while position < len(inner):
        found = ITEM.match(inner, position)
        if found is None:
            return None
        bare = found["bare"]
        items.append(bare.strip() if bare is not None else _unescaped(found["single"] or found["double"] or ""))
        position = found.end()
    return items


def _unescaped(text: str) -> str:
    return ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else ESCAPED.get(m[3], m[3]), text)


@dataclass(frozen=True, slots=True)
class Gold:
    """``answer`` is the text of an option for choices, None where questions without gold are accepted."""

    answer: str | None
    answer_type: AnswerType


def read_gold(fields: Mapping[str, object], options: Sequence[str], limit: int, required: bool, notes: list[Note]) -> Gold:
    """The answer as it stands in ``answer``, ``answer_type`` and ``answer_letter``. Raises ``Refusal``."""
    declared = _declared_type(fields)
    raw = scalar_text(fields.get("answer"), "answer")
    answer = "" if raw is None else clean(raw, "answer", notes)
    if isinstance(raw, NumberText) and not is_number(answer):
        raise Refusal("answer_not_a_number", f"the answer {quote(answer)} is not a finite number")
    if not has_ink(answer):
        if required:
            raise Refusal("answer_missing", "there is no answer")
        return Gold(None, AnswerType.CHOICE if options else declared or AnswerType.TEXT)
    bounded(answer, "answer", limit)
    if options:
        return Gold(_chosen(fields, answer, options, declared, notes), AnswerType.CHOICE)
    return Gold(answer, _open_type(answer, declared, notes))


def _declared_type(fields: Mapping[str, object]) -> AnswerType | None:
    given = scalar_text(fields.get("answer_type"), "answer_type")
    if given is None or not given.strip():
        return None
    try:
        return AnswerType(given.strip().lower())
    except ValueError:
        known = ", ".join(AnswerType)
        raise Refusal("answer_type_unknown", f"answer_type {quote(given)} is none of {known}") from None


def _open_type(answer: str, declared: AnswerType | None, notes: list[Note]) -> AnswerType:
    if declared is AnswerType.CHOICE:
        raise Refusal("options_missing", "answer_type is choice, but there are no options")
    if declared is None:
        if is_number(answer) and not FRACTION.fullmatch(answer):
            return AnswerType.NUMBER
        return AnswerType.EXPRESSION if EXPRESSION.search(answer) or FRACTION.fullmatch(answer) else AnswerType.TEXT
    if declared is AnswerType.NUMBER and not is_number(answer):
        if not EXPRESSION.search(answer):
            raise Refusal("answer_not_a_number", f"answer_type is number, but the answer is {quote(answer)}")
        notes.append(Note("answer_type_changed", Severity.CONVERSION, f"the answer {quote(answer)} was read as an expression"))
        return AnswerType.EXPRESSION
    return declared


def _chosen(
    fields: Mapping[str, object], answer: str, options: Sequence[str], declared: AnswerType | None, notes: list[Note]
) -> str:
    """The text of the option that is meant.

    A row that declares its type follows our own form, where the answer is a text, and a letter is a slip that is noted. Upstream
    forms give the letter, so there the letter comes first when both readings are possible.
    """
    by_text, by_letter = _text_index(answer, options), _letter_index(answer, options)
    readings = [i for i in ((by_letter, by_text) if declared is None else (by_text, by_letter)) if i is not None]
    if not readings:
        given = ", ".join(quote(option, 24) for option in options[:6])
        raise Refusal("answer_not_in_options", f"the answer {quote(answer)} is not among the options {given}")
    index = readings[0]
    if len(set(readings)) > 1:
        reason = f"the answer {quote(answer)} is the text of one option and the letter of another; read as {option_letter(index)}"
        notes.append(Note("answer_ambiguous", Severity.WARNING, reason))
    elif by_text is None and declared is not None:
        reason = f"the answer {quote(answer)} is not one of the options; read as the letter of {quote(options[index])}"
        notes.append(Note("answer_not_in_options", Severity.CONVERSION, reason))
    if declared not in (None, AnswerType.CHOICE):
        notes.append(
            Note("answer_type_changed", Severity.CONVERSION, f"answer_type is {declared}, but with options it is a choice")
        )
    letter = scalar_text(fields.get("answer_letter"), "answer_letter")
    if letter and _letter_index(letter.strip(), options) != index:
        raise Refusal("answer_letter_differs", f"answer_letter is {quote(letter)}, but the answer is option {option_letter(index)}")
    return options[index]


def _text_index(answer: str, options: Sequence[str]) -> int | None:
    """Equal text; failing that, the only option that is equal but for case and blanks."""
    if answer in options:
        return options.index(answer)
    wanted = " ".join(answer.split()).casefold()
    alike = [i for i, option in enumerate(options) if " ".join(option.split()).casefold() == wanted]
    return alike[0] if len(alike) == 1 else None


def _letter_index(answer: str, options: Sequence[str]) -> int | None:
    found = LETTER.fullmatch(answer)
    index = ord(found[1].upper()) - ord("A") if found else len(options)
    return index if index < len(options) else None


def is_number(text: str) -> bool:
    """A finite number: sign, thousands commas, decimals, exponent, one currency sign, per cent or degrees; or a fraction."""
    if len(text) > NUMBER_CHARS:
        return False
    fraction = FRACTION.fullmatch(text)
    if fraction:
        return int(fraction["below"]) != 0
    found = NUMBER.fullmatch(text)
    return found is not None and math.isfinite(float(found["digits"].replace(",", "")))
