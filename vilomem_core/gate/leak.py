"""Answer leaks: a guideline that hands over a result instead of a way to find it.

With the case at hand, its gold answer gives a leak away; without it, only the form of the sentence does: an option to choose, a
value "of this question", a count memorised from a picture.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vilomem_core.words import one_line, readable, word_set, words

_NUMBER = r"[-+−]?\$?\d[\d.,/:]*(?:\s?(?:%|°|π|√\d+))?"
_COUNT = r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fifteen|twenty)"
_LETTER = r"\(?[A-H]\)?(?![\w'’°=+*/-])"
_IS = r"""(?:is|was|are|were|=|:|equals|should be|must be|has to be|will be|would be|ought to be|comes (?:out )?to
    |turns out to be)"""
_EXACT = r"(?:(?:simply|always|exactly|just|only|about|approximately|therefore|indeed|clearly|actually|still) )?"

# (what is named in the reason, pattern, case-sensitive)
_LEAKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "it states the answer",
        one_line(
            rf"""(?i:\b(?:answers?|solutions?|correct (?:value|result|count|reading|choice|option|one)|final (?:value
                |result)|right (?:one|choice|option)|results? (?:here|for this|of this|in this)\w*)\b(?: (?:here|to it
                |to this(?: \w+)?|to the (?:\w+ ){{1,6}}|for (?:\w+ ){{1,5}}
                |in this(?: \w+)?))? ?{_IS} {_EXACT}(?:option |choice |letter )?)(?:\\boxed|{_LETTER}|(?i:{_NUMBER}
                |{_COUNT}\b|"[^"]+"|'[^']+'|yes\b|no\b|true\b|false\b))"""
        ),
    ),
    (
        "it names the option to choose",
        one_line(
            r"""(?i:\b(?:choose|select|pick|mark|tick|take|prefer|go (?:for|with)|opt for|answer(?: with)?
                |reply(?: with)?|respond(?: with)?|settle on))(?i: (?:the |option |choice |answer |letter[ ]
                |alternative )*)(?:(?<=option )|(?<=choice )|(?<=answer )|(?<=letter )|(?<=alternative )
                |\()["']?(?:[A-H]|[1-9])["')]*(?![\w'’])"""
        ),
    ),
    (
        "it names the option to choose",
        one_line(r"""(?i:\b(?:option|choice|alternative|letter) ["'(]*)[A-H](?![\w'’])["')]*(?i:(?:,? which| that)? (?:is|was
            |must be|should be|will be|as|because|since|here)\b)"""),
    ),
    (
        "it names the option to choose",
        one_line(r"""(?i:\b(?:choose|select|pick|answer(?: with)?|go (?:for|with)|reply
            |respond with)) ["']?[B-H]["']?(?=[\s.,;!]|$)"""),
    ),
    (
        "it names the option to choose",
        one_line(r"""(?i:,? (?:so|thus|hence|therefore|which makes it|that is)) (?i:(?:it is|it's|the answer is|choose
            |option) )?\(?[A-H]\)?\.?$"""),
    ),
    (
        "it dictates a value",
        one_line(
            rf"""(?i)\b(?:answer|reply|respond|say|write)(?: with| down)?:? {_NUMBER}(?: ?[a-zµΩ°²³/%]{{1,5}})?(?=[.,;!]|$)"""
        ),
    ),
    (
        "it dictates a value",
        one_line(rf"""(?i)^(?:for|in|on) (?:the|this|that) [^,.]{{3,80}}(?:question|problem|puzzle|task|item|exercise|picture
            |image|photo|figure|chart|diagram|case)\b,? (?:just |simply |always )?(?:take|use|write|assume|put|enter
            |insert) {_NUMBER}"""),
    ),
    (
        "it tells what to answer when asked",
        one_line(
            rf"""(?i)\b(?:when|if|whenever|once|in case) (?:you are |you're |you get |the model is |it is |someone is[ ]
                |being )?(?:asked|questioned|the question (?:asks|is|wants))\b[^.;]{{3,160}}?,? (?:please |just |then[ ]
                |simply |always )?(?:remember|recall|know|note|answer|say|reply|respond|state|write|give|there (?:are
                |is|were)|it (?:is|was)|they are|the (?:count|number|value
                |total) is)\b[^.;]{{0,40}}?(?<![\w/^.,=<>+*-])(?:{_NUMBER}|{_COUNT})(?! (?:ways?|steps?|times|kinds?
                |cases|things|sides|parts|groups|sets|points?|digits?|decimals?))\b"""
        ),
    ),
    (
        "it memorises a count",
        one_line(rf"""(?i)\b(?:remember|recall|note|know|keep in mind|memori[sz]e|be aware|learn) (?:that )?(?:there (?:are|is
            |were|was)|it (?:is|has|was)|they (?:are|were)|the (?:\w+ ){{1,5}}?(?:is|are|has|have|was
            |shows?)) {_EXACT}{_COUNT}\b"""),
    ),
    (
        "it memorises a count",
        one_line(rf"""(?i)\bthere (?:are|is|were|was) {_EXACT}{_COUNT} (?:of them|(?:\w+ ){{1,4}}(?:in|on|at|inside) (?:the|this
            |that) (?:\w+ ){{0,2}}(?:figure|picture|image|photo|diagram|drawing|scene|chart|puzzle|question
            |problem))\b"""),
    ),
    (
        "it states the value of one figure",
        one_line(
            rf"""(?i)^(?:so |thus |hence |remember,? |note,? |remember that |note that |in (?:the|this) [^,.]{{3,60}},[ ]
                |for (?:the|this) [^,.]{{3,60}}, )?(?:the (?:missing|unknown|correct|right|actual|true|real|final
                |shaded|hidden|required|requested|sought|red|blue|green|yellow|purple|orange|grey|gray|brown|black
                |white|cyan)\b[^.;]{{0,60}}|(?:the )?(?:value|length|area|angle|measure|side|number|count|total
                |perimeter|volume|probability|height|radius|speed|mass|time)\b[^.;]{{0,40}}?(?:\b[x-z]\b
                |∠? ?\b[A-Z]{{2,3}}\b|in (?:this|the) (?:figure|picture|image|photo|diagram|drawing|question|problem
                |chart))|[x-z]) ?{_IS} {_EXACT}{_NUMBER}[^.;]{{0,25}}\.?$"""
        ),
    ),
    (
        "it states the value of one figure",
        one_line(
            rf"""(?i)^(?:for|in|on) (?:the|this|that) [^,.]{{3,80}}(?:question|problem|puzzle|task|item|exercise
                |picture|image|photo|figure|chart|diagram|case|scene|clock|graph|network|circuit
                |triangle)\b[^,.]{{0,40}},? (?:the|it|there|its|x|y
                |they) ?[^.;]{{0,60}}?{_IS} {_EXACT}{_NUMBER}[^.;]{{0,40}}\.?$"""
        ),
    ),
)
# a sentence about one thing that just is: no condition, no advice, no "a" or "any" that would make it general
_RULE_CUE = one_line(
    r"""(?i)\b(?:an?|any|every|each|all|both|if|when|whenever|where|wherever|unless|before|after|while|whereas|always
        |never|must|need|only|not all|no|means?|counts?|instead|rather|than|per|times|with|without|by)\b|\b(?:cannot
        |can|could|may|might)\b"""
)
_BARE_VALUE = one_line(
    rf"""(?i)^(?:the|there|it|its|this|that|these|[x-z]|∠?[A-Z]{{2,3}})\b[^.;]{{0,80}}?(?:is|are|equals|should be
        |must be|will be|has|have|shows?|reads?|contains?|measures?|costs?|weighs?) (?:the (?:number|result|value
        |answer) )?{_EXACT}{_NUMBER}(?![\w.]*[:=])"""
)
_DEFINITE_START = one_line(r"(?i)(?:the|there|it|its|it's|this|that|these|those|so|thus|hence|[x-z]|∠?[A-Z]{2,3})\b")
_SENTENCE = one_line(r"(?<=[.!?;])\s+")
# numbers that rules use whatever the case: angles, percentages, dimensions, powers of ten
_COMMON_NUMBERS = word_set("0 1 2 3 4 10 12 24 30 45 60 90 100 180 270 360 1000 0.5")
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_DIGITS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_EVERYDAY = word_set("yes no true false none all both neither same equal left right up down more less red blue green yes.")
_NUMBERS_IN = one_line(r"""(?<![\w.,])-?\d+(?:[.,]\d+)*(?![\w])|(?<![\w.,])-?\d+(?:\.\d+)?(?=(?:°|%|π|cm|mm|km|kg|m\b|s\b|g\b))""")
_SPACE_LATEX = one_line(r"\\(?:left|right|text|mathrm|,|;|!|\s)|[\s${}\\]")
_VALUE_CUES = r"(?:is|are|was|be|=|≈|equals?|gives?|get|makes?|answer|not|exactly|only|to|of|as|with)"


def answer_leak(text: str, question: str, answer: str, options: Sequence[str]) -> str:
    """The objection to ``text``, or an empty string. Without a gold answer only the form of the sentences is judged."""
    flat = " ".join(text.split())
    for name, pattern in _LEAKS:
        found = pattern.search(flat)
        if found:
            return f"{name}: {found[0][:60]}"
    bare = _BARE_VALUE.search(flat)
    if bare and all(_DEFINITE_START.match(sentence) for sentence in _SENTENCE.split(flat)) and not _RULE_CUE.search(flat):
        return f"it states a value and no rule: {bare[0][:60]}"
    gold = readable(answer).strip(" .$")
    if not gold:
        return ""
    return _gold_number(flat, gold, question) or _gold_phrase(flat, gold, question) or _gold_formula(flat, gold, question, options)


def _gold_number(text: str, gold: str, question: str) -> str:
    """A gold number in the guideline: telling numbers anywhere, everyday ones only where a value is stated."""
    number = _plain_number(gold)
    if number is None or number in {_plain_number(found) for found in _NUMBERS_IN.findall(question)}:
        return ""
    if _spelled_number(text, number, question):
        return f"it spells the gold answer {gold[:30]} out"
    for found in _NUMBERS_IN.finditer(text):
        if _plain_number(found[0]) != number:
            continue
        stated = re.search(rf"\b{_VALUE_CUES}\s*$|[=≈]\s*$", text[: found.start()], re.I)
        if number not in _COMMON_NUMBERS and (len(number) > 1 or stated):
            return f"it holds the gold answer {gold[:30]}"
        if stated and re.match(r"[°%\s\w]{0,6}[.,;:!)]|\s*$", text[found.end() :]) and number not in _COMMON_NUMBERS:
            return f"it holds the gold answer {gold[:30]}"
    return ""


def _spelled_number(text: str, number: str, question: str) -> bool:
    """Does the guideline spell the gold number out? Only from eleven on: rules count smaller things all the time."""
    if not number.isdigit() or not 11 <= int(number) <= 99 or number in _COMMON_NUMBERS:
        return False
    tens, ones = divmod(int(number), 10)
    parts = [_TEENS[ones]] if tens == 1 else [_TENS[tens - 2], *([_DIGITS[ones - 1]] if ones else [])]
    spelled = re.compile(rf"\b{'[ -]'.join(parts)}\b(?![ -](?:{'|'.join(_DIGITS)})\b)", re.I)
    return bool(spelled.search(text)) and not spelled.search(question)


def _plain_number(text: str) -> str | None:
    compact = text.replace("−", "-").strip(" $°%")
    if not re.fullmatch(r"-?\d+(?:,\d{3})*(?:\.\d+)?", compact):
        return None
    compact = compact.replace(",", "")
    return compact.rstrip("0").rstrip(".") if "." in compact else compact


def _gold_phrase(text: str, gold: str, question: str) -> str:
    """A gold answer in words that the guideline repeats: as a phrase of its own, or in quotes, or said to be the answer."""
    phrase = words(gold)
    if not phrase or any(char.isdigit() for char in gold):
        return ""
    spelled, said = " ".join(phrase), " ".join(words(text))
    if f" {spelled} " not in f" {said} " or f" {spelled} " in f" {' '.join(words(question))} ":
        return ""
    quoted = re.search(rf"[\"']{re.escape(gold)}[\"']", text, re.I)
    stated = re.search(rf"\b(?:answer|choose|select|pick|option|reply|say)\b[^.;]{{0,30}}{re.escape(gold)}", text, re.I)
    if len(phrase) >= 4 or ((quoted or stated) and spelled not in _EVERYDAY):
        return f"it holds the gold answer {gold[:40]}"
    return ""


def _gold_formula(text: str, gold: str, question: str, options: Sequence[str]) -> str:
    """A gold formula, in any spacing and LaTeX dress; a choice case's other options count as much: they say what to look for."""
    for value in (gold, *options):
        formula = _SPACE_LATEX.sub("", readable(value))
        telling = (
            len(formula) >= 4 and re.search(r"\d", formula) and re.search(r"[^\d.,\w]|[a-zπ√]", formula) and not words(value)[3:]
        )
        if telling and formula in _SPACE_LATEX.sub("", text) and formula not in _SPACE_LATEX.sub("", readable(question)):
            return f"it holds an answer of its case: {value[:30]}"
    return ""
