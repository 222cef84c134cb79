"""Options by their texts: which ones a statement names by their words or by their value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from vilomem_core.types import option_letter
from vilomem_core.verification.mathematics.comparison import same_expression
from vilomem_core.verification.numbers.number_words import with_digits
from vilomem_core.verification.numbers.quantities import Quantity, normalized, quantities
from vilomem_core.verification.records import NOTHING, Reading
from vilomem_core.verification.reply.clean import READINGS, clean, normal_words, vocabulary
from vilomem_core.verification.reply.wording import CONCLUSION
from vilomem_core.words import stem

LONGEST_VALUE = 200  # characters
_NOT = re.compile(
    r"(?:\b(?:not|never|neither|nor|no|without|except|rather than|instead of|unlike|cannot|than)|n't)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class OptionTexts:
    """The options of one case as word sequences; ``cleaned`` are their texts without markup.

    ``labels`` are what is left of each without the words that all have in common ("ii" of "Graph II"), where that tells them apart.
    """

    cleaned: tuple[str, ...]
    sequences: tuple[tuple[str, ...], ...]
    labels: tuple[tuple[str, ...], ...] = ()


def option_at(index: int, options: OptionTexts) -> Reading:
    """Option number ``index`` as a reading; no option has this number where it is too large."""
    letter = option_letter(index)
    return Reading(letter) if index < len(options.cleaned) else Reading(refused=f"{letter} is no option")


@lru_cache(maxsize=256)
def option_texts(options: tuple[str, ...]) -> OptionTexts:
    cleaned = tuple(clean(option) for option in options)
    sequences = tuple(normal_words(option) for option in cleaned)
    return OptionTexts(cleaned, sequences, _labels(sequences))


def _labels(sequences: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    # one option may stand apart, as "None" does beside "Type I", "Type II", "Type III"
    counts = Counter(word for sequence in sequences for word in set(sequence))
    common = {word for word, count in counts.items() if count >= max(3, len(sequences) - 1) or count == len(sequences) > 1}
    labels = tuple(tuple(word for word in sequence if word not in common) for sequence in sequences)
    letters = {chr(ord("a") + index) for index in range(len(sequences))}
    if not common or not all(labels) or len(set(labels)) < len(labels) or any(set(label) & letters for label in labels):
        return ()  # a label that is a letter of an option is read as that letter
    return labels


def made_of_letters(options: OptionTexts) -> bool:
    """Two options or more are made of letters themselves, as pairs of points or figures are ("B and C")."""
    letters = [sum(len(word) == 1 and word.isascii() and word.isalpha() for word in sequence) for sequence in options.sequences]
    return sum(count >= 2 for count in letters) >= 2


@dataclass(frozen=True, slots=True)
class Named:
    """Option number ``index``, named by words ``start:end`` of the statement; ``ruled_out`` when the words before deny it."""

    index: int
    start: int
    end: int
    ruled_out: bool


def spelled_option(text: str, options: OptionTexts) -> int | None:
    """The only option with the very words of ``text``, articles included."""
    given = normal_words(text, articles=True)
    alike = [index for index, option in enumerate(options.cleaned) if given and normal_words(option, articles=True) == given]
    return alike[0] if len(alike) == 1 else None


def equal_option(text: str, options: OptionTexts) -> int | None:
    """The only option whose text is all of ``text``, by words, by number or as an expression."""
    given = normal_words(text)
    alike = [index for index, sequence in enumerate(options.sequences) if sequence == given and given]
    if not alike and given in options.labels:
        return options.labels.index(given)
    if len(alike) == 1:
        return alike[0]
    return None if alike else equal_value(text, options)


def equal_value(text: str, options: OptionTexts) -> int | None:
    """The only option that has the value of ``text``."""
    number = _only_quantity(text) if len(text) <= LONGEST_VALUE else None
    if number is not None:
        golds = [_only_quantity(option) for option in options.cleaned]
        alike = [index for index, gold in enumerate(golds) if gold is not None and _same_quantity(number, gold)]
        if len(alike) == 1:
            return alike[0]
    if len(text) > LONGEST_VALUE or not re.search(r"[\d\\^√π]", text):
        return None
    same = [index for index, option in enumerate(options.cleaned) if same_expression(text, option)]
    return same[0] if len(same) == 1 else None


@lru_cache(maxsize=READINGS)
def _only_quantity(text: str) -> Quantity | None:
    ready = normalized(text)
    found = quantities(ready)
    if len(found) != 1:
        return None
    rest = ready[: found[0].start] + " " + ready[found[0].end :]
    return found[0] if len(re.findall(r"[A-Za-z]{2,}", rest)) <= 2 and not re.search(r"\d", rest) else None


def _same_quantity(given: Quantity, gold: Quantity) -> bool:
    if given.number is None or given.number != gold.number or given.percent != gold.percent:
        return (
            given.number is not None
            and gold.number is not None
            and given.percent is not gold.percent
            and _as_share(given) == _as_share(gold)
        )
    return (
        given.unit is None
        or gold.unit is None
        or (given.unit.dimension == gold.unit.dimension and given.unit.factor == gold.unit.factor)
    )


def _as_share(one: Quantity) -> object:
    return one.number / 100 if one.percent and one.number is not None else one.number


def named_options(text: str, options: OptionTexts) -> list[Named]:
    """Every option that the statement names by its whole text. Of overlapping texts the longest is meant ("light blue", not
    "blue").
    """
    given = normal_words(text)
    found = []
    for index, sequence in enumerate(options.sequences):
        size = len(sequence)
        if size:
            found += [
                (start, start + size, index) for start in range(len(given) - size + 1) if given[start : start + size] == sequence
            ]
    if not found:
        found = _named_by_numbers(text, given, options)
    longest = [
        one
        for one in found
        if not any(
            other != one and other[0] <= one[0] and one[1] <= other[1] and other[1] - other[0] > one[1] - one[0] for other in found
        )
    ]
    return [Named(index, start, end, _is_denied(given, start, options.sequences[index])) for start, end, index in sorted(longest)]


def _named_by_numbers(text: str, given: Sequence[str], options: OptionTexts) -> list[tuple[int, int, int]]:
    """Options that hold numbers in words where the statement has digits, or the other way round."""
    digits = normal_words(with_digits(text))
    found = []
    for index, wording in enumerate(options.cleaned):
        sequence = normal_words(with_digits(wording))
        size = len(sequence)
        if size and (digits != tuple(given) or sequence != options.sequences[index]):
            found += [
                (start, start + size, index) for start in range(len(digits) - size + 1) if digits[start : start + size] == sequence
            ]
    return found


def _is_denied(given: Sequence[str], start: int, sequence: Sequence[str]) -> bool:
    if sequence[:1] and sequence[0] in {"not", "no", "none", "never", "neither"}:
        return False
    before = " ".join(given[max(0, start - 4) : start])
    return bool(
        _NOT.search(before)
        or re.search(
            r"(?:\bnot|n't|\bnever|\bneither|\bnor|\brather than|\binstead of|\bunlike|\bexcept)(?: (?!but\b|so\b)\w+){0,2}$",
            before,
        )
        or re.search(r"[不非没无]\s?[是为有]?$", before)
    )


def fuzzy_option(text: str, options: OptionTexts) -> int | None:
    """The only option all of whose words occur in the statement, in any order and in other inflections."""
    given = {stem(word) for word in normal_words(text)}
    hits = []
    for index, sequence in enumerate(options.sequences):
        needed = {stem(word) for word in sequence if word not in _LIGHT}
        if needed and needed <= given:
            hits.append((index, needed))
    hits = [one for one in hits if not any(one[1] < other[1] for other in hits)]
    return hits[0][0] if len(hits) == 1 else None


_LIGHT = vocabulary(
    "and or of in on at to the a an is are it its with for by from be was were they there he she we these those this that"
)


_PLACES = ("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th", "sixth 6th")
_ORDINALS = {word: place for place, pair in enumerate(_PLACES) for word in pair.split()}
_PLACE = re.compile(
    r"\b(?:the\s+)?(first|1st|second|2nd|third|3rd|fourth|4th|fifth|5th|sixth|6th|last)\s+(?:option|choice|answer"
    r"|alternative)\b|\b(?:option|choice)\s*(?:number\s*|no\.?\s*|#\s*)?(\d{1,2})\b",
    re.IGNORECASE,
)
_ORDINAL_NOUN = re.compile(rf"\b({'|'.join(_ORDINALS)})\s+([a-z]+)", re.IGNORECASE)
_SIDE_BY_SIDE = frozenset({"or", "maybe", "perhaps", "possibly", "either", "and", "/", "option"})
_CONCLUDES = re.compile(rf"{CONCLUSION}|\b(?:is|are|was|were|must be|but)\b|:", re.IGNORECASE)
_DENIES = re.compile(r"\bnot\b|n't\b|\bnever\b|\bno\b", re.IGNORECASE)
MAX_VALUES = 8  # a statement with more numbers names no option by one of them
_SIDES = re.compile(r"=|≈|≅|\\approx|\bis\b|\bare\b|:")


def by_text(text: str, options: OptionTexts, marked: bool) -> Reading:
    """The one option that the statement names. An option that it only denies stops the search where there is no marker."""
    named = named_options(text, options)
    standing = [one for one in named if not one.ruled_out]
    if len({one.index for one in standing}) == 1:
        return option_at(standing[0].index, options)
    if standing:
        return _last_named(text, standing, options)
    ordinal = _ORDINAL_NOUN.search(text)
    if ordinal and options.labels and ordinal[2].lower() in options.sequences[0]:  # "the first drawing" is Drawing 1
        label = (str(_ORDINALS[ordinal[1].lower()] + 1),)
        if label in options.labels:
            return option_at(options.labels.index(label), options)
    place = _PLACE.search(text)
    if place:
        return _by_place(place, options)
    return NOTHING if named and not marked else _by_value(text, options)


def _by_place(place: re.Match[str], options: OptionTexts) -> Reading:
    """ "The second option", "option 2" where no option is called 2."""
    count = len(options.cleaned)
    index = _ORDINALS.get(place[1].lower(), count - 1) if place[1] else int(place[2]) - 1
    return option_at(index, options) if 0 <= index < count else Reading(refused="no such option")


def _by_value(text: str, options: OptionTexts) -> Reading:
    sides = _SIDES.split(text)
    candidates = [text, re.sub(r"[\s.,;!]+$", "", sides[-1]).strip()] if len(sides) > 1 else [text]
    for candidate in candidates:
        index = equal_value(candidate, options)
        if index is not None:
            return option_at(index, options)
    ready = normalized(text)
    found = quantities(ready)[:MAX_VALUES]
    hits = {equal_value(ready[one.start : one.end], options) for one in found} - {None}
    if len(hits) == 1:
        return option_at(next(hit for hit in hits if hit is not None), options)
    fuzzy = None if _DENIES.search(text) else fuzzy_option(text, options)
    return NOTHING if fuzzy is None else option_at(fuzzy, options)


def _last_named(text: str, standing: list[Named], options: OptionTexts) -> Reading:
    """Of several options named, the one after the conclusion; two that are kept side by side are no answer."""
    given = normal_words(text)
    before_last, last = standing[-2], standing[-1]
    if before_last.index != last.index and set(given[before_last.end : last.start]) <= _SIDE_BY_SIDE:
        return Reading(refused="two options are kept as alternatives")
    cues = list(_CONCLUDES.finditer(text))
    concluded = [one for one in named_options(text[cues[-1].end() :], options) if not one.ruled_out] if cues else []
    if len({one.index for one in concluded}) == 1:
        return option_at(concluded[0].index, options)
    begins = standing[0].start == 0
    return option_at(last.index, options) if begins or len(standing) == 2 else NOTHING
