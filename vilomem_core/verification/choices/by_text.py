"""The option that a stretch of text names by its words or by its value."""

from __future__ import annotations

import re

from vilomem_core.verification.choices.by_letter import option
from vilomem_core.verification.choices.option_texts import Named, OptionTexts, equal_value, fuzzy_option, named_options
from vilomem_core.verification.numbers.quantities import normalized, quantities
from vilomem_core.verification.records import NOTHING, Reading
from vilomem_core.verification.reply.phrases import words
from vilomem_core.verification.reply.wording import CONCLUSION

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
        return option(standing[0].index, options)
    if standing:
        return _last_named(text, standing, options)
    ordinal = _ORDINAL_NOUN.search(text)
    if ordinal and options.labels and ordinal[2].lower() in options.sequences[0]:  # "the first drawing" is Drawing 1
        label = (str(_ORDINALS[ordinal[1].lower()] + 1),)
        if label in options.labels:
            return option(options.labels.index(label), options)
    place = _PLACE.search(text)
    if place:
        return _by_place(place, options)
    return NOTHING if named and not marked else _by_value(text, options)


def _by_place(place: re.Match[str], options: OptionTexts) -> Reading:
    """ "The second option", "option 2" where no option is called 2."""
    count = len(options.cleaned)
    index = _ORDINALS.get(place[1].lower(), count - 1) if place[1] else int(place[2]) - 1
    return option(index, options) if 0 <= index < count else Reading(refused="no such option")


def _by_value(text: str, options: OptionTexts) -> Reading:
    sides = _SIDES.split(text)
    candidates = [text, re.sub(r"[\s.,;!]+$", "", sides[-1]).strip()] if len(sides) > 1 else [text]
    for candidate in candidates:
        index = equal_value(candidate, options)
        if index is not None:
            return option(index, options)
    ready = normalized(text)
    found = quantities(ready)[:MAX_VALUES]
    hits = {equal_value(ready[one.start : one.end], options) for one in found} - {None}
    if len(hits) == 1:
        return option(next(hit for hit in hits if hit is not None), options)
    fuzzy = None if _DENIES.search(text) else fuzzy_option(text, options)
    return NOTHING if fuzzy is None else option(fuzzy, options)


def _last_named(text: str, standing: list[Named], options: OptionTexts) -> Reading:
    """Of several options named, the one after the conclusion; two that are kept side by side are no answer."""
    given = words(text)
    before_last, last = standing[-2], standing[-1]
    if before_last.index != last.index and set(given[before_last.end : last.start]) <= _SIDE_BY_SIDE:
        return Reading(refused="two options are kept as alternatives")
    cues = list(_CONCLUDES.finditer(text))
    concluded = [one for one in named_options(text[cues[-1].end() :], options) if not one.ruled_out] if cues else []
    if len({one.index for one in concluded}) == 1:
        return option(concluded[0].index, options)
    begins = standing[0].start == 0
    return option(last.index, options) if begins or len(standing) == 2 else NOTHING
