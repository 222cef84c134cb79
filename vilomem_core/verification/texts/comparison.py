"""Does this text say what the gold answer says? Case, punctuation, articles and spelling aside, nothing broader and nothing
narrower.
"""

from __future__ import annotations

import ast
import re

from vilomem_core.types import Case
from vilomem_core.verification.asked import asked
from vilomem_core.verification.mathematics.comparison import same_expression
from vilomem_core.verification.numbers.number_words import with_digits
from vilomem_core.verification.records import Comparison, Extraction
from vilomem_core.verification.reply.clean import clean
from vilomem_core.verification.reply.phrases import words
from vilomem_core.verification.settings import Preset
from vilomem_core.verification.texts.aliases import canonical
from vilomem_core.verification.texts.lists import elements, gold_elements, looks_like_list
from vilomem_core.verification.texts.sentence import states
from vilomem_core.verification.texts.yes_no import is_yes_no, normal_yes_no

_ASCENDING = re.compile(
    r"\b(?:smallest|lowest|least|shortest|lightest|youngest|slowest|nearest|ascending|coldest|cheapest|fewest|narrowest)\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"\b(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|a\.m\.?|p\.m\.?|o'clock)?(?!\w)", re.IGNORECASE)


def compare_text(case: Case, extraction: Extraction, rules: Preset) -> Comparison:
    """Compares by the conventions for texts: yes/no by polarity, lists by elements, phrases by their words and known aliases."""
    gold, answer = case.answer or "", extraction.answer or ""
    question = clean(case.question)
    if is_yes_no(gold, question) or rules.yes_no:
        polarity = normal_yes_no(gold)
        if polarity is None:
            return Comparison(None, "yes-no", f"the gold answer {gold!r} is neither yes nor no")
        equal = polarity == answer
        return Comparison(equal, "yes-no", "" if equal else f"the reply says {answer}")
    said = (answer, *extraction.also)
    golds = _several(gold) if rules.several_golds else (gold,)
    if any(same_text(one, wanted) for one in said for wanted in golds):
        return Comparison(True, "text")
    if any(states(one, wanted, question) for one in said for wanted in golds):
        return Comparison(True, "text")
    if looks_like_list(gold):
        equal = _same_list(answer, gold, case)
        return Comparison(equal, "list", "" if equal else "the elements differ", closed=equal)
    return Comparison(False, "text", f"{answer!r} is not {gold!r}", closed=False)


def same_text(one: str, other: str) -> bool:
    """The same words, apart from case, punctuation, articles, hyphens, numerals in words, plural -s and known aliases."""
    left, right = canonical(clean(one)), canonical(clean(other))
    if not left or not right:
        return False
    if left == right or "".join(left) == "".join(right) or _singular(left) == _singular(right):
        return True
    digits = tuple(words(with_digits(clean(text))) for text in (one, other))
    if digits[0] == digits[1] or _time(one) == _time(other) is not None:
        return True
    return bool(re.search(r"[\d\\]", one) and re.search(r"[\d\\]", other)) and same_expression(one, other)


def _singular(given: tuple[str, ...]) -> tuple[str, ...]:
    last = given[-1]
    return (*given[:-1], last[:-1] if len(last) > 3 and last.endswith("s") and not last.endswith(("ss", "us", "is")) else last)


def _time(text: str) -> tuple[int, int] | None:
    """A time of day as hour and minute, when the text is nothing else."""
    found = _TIME.fullmatch(text.strip(" ."))
    if found is None or not (found[2] or found[3]):
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower().replace(".", "")
    if half == "pm" and hour < 12:
        hour += 12
    return (hour % 24 if half != "am" or hour != 12 else 0, minute)


def _same_list(answer: str, gold: str, case: Case) -> bool:
    wanted = gold_elements(gold)
    found = elements(answer, len(wanted))
    question = clean(case.question)
    if len(found) != len(wanted):
        return False
    if asked(question).order:
        return all(same_text(one, other) for one, other in zip(found, wanted, strict=True))
    rest = list(wanted)
    for one in found:
        match = next((other for other in rest if same_text(one, other)), None)
        if match is None:
            return False
        rest.remove(match)
    return True


def _several(gold: str) -> tuple[str, ...]:
    """A gold answer that is written as a Python or JSON list of texts holds several right answers."""
    if gold.strip().startswith("[") and len(gold) < 2000:
        try:
            read = ast.literal_eval(gold.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return (gold,)
        if isinstance(read, list) and read and all(isinstance(item, str) for item in read):
            return tuple(read)
    return (gold,)
