"""Does this text say what the gold answer says? Case, punctuation, articles and spelling aside, nothing broader and nothing
narrower.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from vilomem_core.settings.method import Preset
from vilomem_core.types import Case
from vilomem_core.verification.asked import asked
from vilomem_core.verification.mathematics.comparison import same_expression
from vilomem_core.verification.numbers.number_words import with_digits
from vilomem_core.verification.records import Comparison, Extraction
from vilomem_core.verification.reply.clean import clean, normal_words, plain, vocabulary
from vilomem_core.verification.texts.aliases import canonical
from vilomem_core.verification.texts.sentence import states
from vilomem_core.verification.texts.yes_no import is_yes_no, normal_yes_no
from vilomem_core.words import stem

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
    digits = tuple(normal_words(with_digits(clean(text))) for text in (one, other))
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


_SEPARATOR = re.compile(
    r"\s*(?:,\s*(?:and|then|or|followed by)\b|[,;、，；<>→|]|->|\s+(?:[-–—]|&)\s+|\n|\b(?:and then|and|then|followed by"
    r"|before)\b|和|与|以及)\s*",
    re.IGNORECASE,
)
_COMMAS = re.compile(r"\s*(?:,\s*(?:and|then)\b|[,;、，；<>→|]|->|\n)\s*", re.IGNORECASE)
_PREDICATE = re.compile(
    r"(?<=\w)\s+(?:wins|won|is|comes?|came|finish(?:es|ed)|was|goes|arriv(?:es|ed)|leads|led|follows|followed|starts|being)\b.*$",
    re.IGNORECASE,
)
_NUMBERING = re.compile(r"^\s*(?:\(?\d{1,2}[.):]|[-*•]|first|second|third|finally|next|last)\s*,?:?\s*(?=\S)", re.IGNORECASE)


_FUNCTION = frozenset(
    map(stem, vocabulary("in on at of by the a an is are was were be it its they both only has had have with from to for"))
)


def looks_like_list(gold: str) -> bool:
    """ "[2007, 2008]" or "Mercury, Mars, Earth"; one comma alone, as in "Paris, France", also counts: order is then not asked
    for.
    """
    gold = gold.strip()
    return (gold.startswith("[") and gold.endswith("]")) or (
        len(_COMMAS.split(gold)) > 1 and not re.search(r"\d,\d{3}\b|[()\\{}]", gold)
    )


def gold_elements(gold: str) -> tuple[str, ...]:
    return _cleaned(_COMMAS.split(gold.strip().strip("[]")))


def elements(text: str, expected: int) -> tuple[str, ...]:
    """The elements of ``text``. An "and" separates only where commas alone do not give ``expected`` elements ("salt and
    pepper, oil").
    """
    text = text.strip().strip("[](){}\"'").strip()
    by_commas = _cleaned(_COMMAS.split(text))
    several = any(re.search(r"\s(?:and|&)\s", part) for part in by_commas)
    return by_commas if len(by_commas) == expected and not (several and expected > 1) else _cleaned(_SEPARATOR.split(text))


def listed_in(text: str, question: str, expected: int) -> tuple[str, ...]:
    """The list inside a sentence, before its verb or after it: "In May and June sales rose" is May, June. Empty when there is none
    of ``expected`` elements; words of the question and of grammar at its two ends are none.
    """
    parts = [part.split() for part in _SEPARATOR.split(text.strip())]
    if len(parts) != expected or not all(parts):
        return ()
    sides = [re.split(r"\b(?:is|are|was|were)\b", " ".join(part)) for part in parts]
    if all(len(side) == 2 and side[1].strip() for side in sides):  # "the top is red, the middle is yellow"
        return _cleaned([side[1] for side in sides])
    parts[-1] = parts[-1][1:] if parts[-1][0].lower() in {"the", "a", "an"} else parts[-1]
    known = {stem(word) for word in normal_words(question)} | _FUNCTION
    marks = [[stem("".join(normal_words(word))) in known for word in part] for part in (parts[0], parts[-1])]
    first = next((place for place in range(len(parts[0]), 0, -1) if marks[0][place - 1]), 0)
    last = next((place for place, known_word in enumerate(marks[1]) if known_word), len(parts[-1]))
    found = [" ".join(parts[0][first:]), *(" ".join(part) for part in parts[1:-1]), " ".join(parts[-1][:last])]
    return _cleaned(found) if all(found) and len(_cleaned(found)) == expected else ()


def _cleaned(parts: Sequence[str]) -> tuple[str, ...]:
    kept = (plain(_PREDICATE.sub("", _NUMBERING.sub("", part)).strip("\"'")) for part in parts)
    return tuple(part for part in kept if part)


def written_list(found: Sequence[str], gold: str) -> str:
    joined = ", ".join(found)
    return f"[{joined}]" if gold.strip().startswith("[") else joined


def descends(text: str) -> bool:
    """Its elements are joined by > only: the largest stands first."""
    return ">" in text and "<" not in text


_INLINE_NUMBER = re.compile(r"(?:^|[,;]?\s)\(?\d{1,2}\)\s+(?=\D)")
LONGEST_ITEM = 6  # words of one line of a list
_NUMBERED = re.compile(r"^\s*\(?\d{1,2}[.):]\s+\S")


def enumerated(text: str, expected: int) -> str:
    """A list of short lines at the end of ``text`` as one line with commas, if they are numbered or nothing but ``expected`` lines;
    so is "1) red 2) blue" on one line; other texts unchanged.
    """
    if "\n" not in text.strip():
        text = _INLINE_NUMBER.sub(", ", text).lstrip(", ")
        return re.sub(r";\s+", ", ", text) if text.count(";") == expected - 1 else text
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) == expected and all(len(line.split()) <= LONGEST_ITEM for line in lines):
        return ", ".join(_NUMBERING.sub("", line).strip(" .;,") for line in lines)
    tail = 0
    while tail < len(lines) and _NUMBERED.match(lines[-1 - tail]) and len(lines[-1 - tail].split()) <= LONGEST_ITEM:
        tail += 1
    if tail < 2:
        return text
    return "\n".join([*lines[:-tail], ", ".join(_NUMBERING.sub("", line).strip(" .;,") for line in lines[-tail:])])
