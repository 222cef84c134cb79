"""Numbers in words, English and Chinese, put into digits where they stand."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from vilomem_core.verification.patterns import one_of, plain_rows
from vilomem_core.verification.reply.clean import READINGS

_BELOW_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
)
_UNITS = {word: value for value, word in enumerate(_BELOW_TWENTY.split())}
_TENS_IN_ORDER = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = {word: 10 * value for value, word in enumerate(_TENS_IN_ORDER.split(), 2)} | {"fourty": 40}
_LARGE = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ORDINALS = {"third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "twelfth": 12}
_PARTS = {"half": 2, "halves": 2, "quarter": 4, "quarters": 4, "hundredth": 100, "hundredths": 100}
_PARTS |= {name + ending: parts for name, parts in _ORDINALS.items() for ending in ("", "s")}
_SMALL = "|".join([*_UNITS, *_TENS])
_WORD = rf"(?:{_SMALL}|hundred|thousand|million|billion|trillion)"
_CARDINAL = re.compile(
    rf"\b(?P<minus>(?:minus|negative)\s+)?(?P<cardinal>(?:an?\s+(?=hundred|thousand|million|billion"
    rf"|dozen))?{_WORD}(?:(?:[\s-]+(?:and\s+)?|\s*,\s+){_WORD})*)"
    rf"(?P<decimals>\s+point(?:\s+(?:{_SMALL}|oh))+)?\b(?!-)",
    re.IGNORECASE,
)
_FRACTION = re.compile(
    rf"\b(?:(?P<whole>\d+|{_SMALL})\s+and\s+)?(?P<above>an?|\d{{1,2}}|{_SMALL})?(?P<link>[\s-]+"
    rf"|\b)(?P<below>{'|'.join(sorted(_PARTS, key=len, reverse=True))})\b(?!\s*-)",
    re.IGNORECASE,
)
_DOZEN = re.compile(rf"\b(?P<count>an?|{_SMALL}|\d+|half an?)\s+dozens?\b|\bdozen\b", re.IGNORECASE)
# "one" is mostly a pronoun: the one on the left, one of them, no one, each one, one can see
_PRONOUN = one_of(
    "number words: pronoun",
    plain_rows(
        "no|the|this|that|which|each|every|any|some|another|other|last|first|next|the only|correct|right|left|bigger|smaller|larger"
        "|taller|shorter|green|red|blue|upper|lower|middle|big|small|large",
        "{} one is",
    ),
    before=r"\b",
    after=r"\s+one\b(?!\s+(?:half|third|quarter|fifth|sixth|hundred|thousand|million))",
    unframed=plain_rows("can|could|may|might|must|should|would|of|another|needs|gets", "one {} it", r"\bone\s+{}\b")
    | {r"\bone\s+by one\b": "one by one", r"\bone\s+has to\b": "one has to"},
)
_NOTHING_AT_ALL = r"(?! of the (?:above|options|choices))"
_NONE = one_of(
    "number words: none",
    {
        "there (?:are|is|were|was)": "There were no cars",
        "has|have": "the tree has no leaves",
        "contains?": "it contains no nuts",
        "shows?": "it shows no cars",
        "count|find": "I count none",
        "see": "I see none",
    },
    before=r"\b",
    after=r"\s+(?:none\b|no\s+(?=\w)(?!one|doubt|way|need|information|more than|less than|fewer than))",
    unframed={
        r"^\W*no\s+(?=(?:\w+\s+){1,2}(?:are|is|were|was|can|remain|appear)\b)": "No red cars remain",
        rf"^\W*(?:none|nil|nobody|no one|nothing)\b{_NOTHING_AT_ALL}": "None at all",
    },
)


@lru_cache(maxsize=READINGS)
def with_digits(text: str) -> str:
    """``text`` with numbers in words as digits: "two thirds" is 2/3, "negative six" -6, "十三" 13, "a dozen" 12, "there are
    none" 0.
    """
    text = chinese_digits(text) if not text.isascii() else text
    if not re.search(r"[a-z]", text, re.IGNORECASE):
        return text
    text = re.sub(r"(?<=[a-z]) - (?=[a-z])", " — ", text)  # a dash between words is no minus sign
    text = _NONE.sub(
        lambda found: re.sub(r"\b(?:none|nil|nobody|no one|nothing|no)\b", "0", found[0], count=1, flags=re.IGNORECASE), text
    )
    text = _PRONOUN.sub(lambda found: re.sub("one", "that", found[0], flags=re.IGNORECASE), text)
    text = _DOZEN.sub(_dozen, text)
    text = _FRACTION.sub(_fraction, text)
    text = _CARDINAL.sub(_cardinal, text)
    return re.sub(r"\b(?:minus|negative)\s+(?=[\d.\\])", "-", text, flags=re.IGNORECASE)


def _dozen(found: re.Match[str]) -> str:
    count = (found["count"] or "a").lower()
    if count.startswith("half"):
        return "6"
    return str(12 * (int(count) if count.isdigit() else _UNITS.get(count, _TENS.get(count, 1))))


def _fraction(found: re.Match[str]) -> str:
    above, below = (found["above"] or "").lower(), found["below"].lower()
    if not above and not below.startswith("hal"):
        return found[0]  # "the third bar", "thirds" alone
    if not above and not found["link"] and not re.fullmatch(r"\W*half\W*", found.string, re.IGNORECASE) and not found["whole"]:
        rest = found.string[found.end() :].lstrip()
        if not rest.lower().startswith(("of ", "a ", "the ")):
            return found[0]
    if (
        not above.isdigit()
        and above not in {"", "a", "an", "one"}
        and below in {"half", "third", "fourth", "fifth", "sixth", "tenth"}
    ):
        return found[0]  # "twenty third" is a place in a row
    count = int(above) if above.isdigit() else _UNITS.get(above, _TENS.get(above, 1))
    whole = found["whole"]
    parts = _PARTS[below]
    if whole:
        return f"{whole if whole.isdigit() else _UNITS.get(whole.lower(), _TENS.get(whole.lower(), 0))} {count}/{parts}"
    return f"{count}/{parts}"


def _cardinal(found: re.Match[str]) -> str:
    words = re.findall(r"[a-z]+", found["cardinal"].lower())
    number = _sum_of(words)
    if number is None:
        return found[0]
    sign = "-" if found["minus"] else ""
    decimals = "".join(str(_UNITS.get(word, 0)) for word in re.findall(r"[a-z]+", (found["decimals"] or "").lower())[1:])
    if len(words) == 1 and words[0] in _LARGE:
        return found[0]  # "million" after digits is a magnitude, not a number of its own
    return f"{sign}{number}{'.' + decimals if decimals else ''}"


def _sum_of(words: list[str]) -> int | None:
    """The number that the words say; None when they are several numbers in a row ("two three"). "Nineteen eighty" is a year."""
    total, current, limit = 0, 0, 10**18  # what comes next must be smaller than ``limit``
    for word in words:
        if word in {"a", "an", "and"}:
            continue
        if word == "hundred":
            current, limit = (current or 1) * 100, 100
        elif word in _LARGE:
            total, current, limit = total + (current or 1) * _LARGE[word], 0, 10**18
        else:
            number = _UNITS.get(word, _TENS.get(word, 0))
            if 10 < current <= 20 and number >= 10 and total == 0:
                current *= 100
            elif number >= limit:
                return None
            current, limit = current + number, 10 if number >= 20 else 0
    return total + current


# --- Chinese --------------------------------------------------------------------------------------------------------------------

_CHINESE_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_CHINESE_PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_NUMERAL = "[零〇一二三四五六七八九十百千万亿两]"
_CHINESE_NUMBER = re.compile(rf"(?P<minus>负)?(?P<number>{_NUMERAL}+)(?:点(?P<decimals>[零〇一二三四五六七八九]+))?")
_CHINESE_PARTS = re.compile(rf"(?P<below>{_NUMERAL}+|\d+)分之(?P<above>{_NUMERAL}+|[\d.]+)")
_CHINESE_MAGNITUDE = re.compile(r"(\d[\d,.]*)\s*([万亿])")
# characters of numbers inside ordinary words
_CHINESE_WORDS = one_of(
    "number words: Chinese words",
    plain_rows(
        "一共|一样|一定|一般|一些|一起|一直|一下|一点|一边|一侧|一次函数|一元|一方面|一个是|统一|唯一|三角|正方|百分比|两者|二次|二元"
    )
    | {
        "第[一二三四五六七八九十]+": "第三",
        "星期[一二三四五六]": "星期五",
        "十分(?!之)": "十分清楚",
        "[四五六八]边": "六边形",
        "[三四]棱": "四棱锥",
    },
)


def chinese_digits(text: str) -> str:
    """``text`` with Chinese numerals as digits: 十三 is 13, 三分之二 2/3, 百分之五 5%, 1.5万 15000."""
    if not re.search(_NUMERAL, text):
        return text
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return chr(0xE000 + len(kept) % 4096)

    text = _CHINESE_WORDS.sub(keep, text)
    text = _CHINESE_PARTS.sub(_chinese_parts, text)
    text = _CHINESE_MAGNITUDE.sub(lambda found: _times(found[1], _CHINESE_PLACES[found[2]]), text)
    text = _CHINESE_NUMBER.sub(_chinese_number, text)
    return re.sub("[\ue001-\uefff]", lambda mark: kept[ord(mark[0]) - 0xE001] if ord(mark[0]) - 0xE001 < len(kept) else "", text)


def _times(digits: str, places: int) -> str:
    try:
        number = Fraction(digits.replace(",", "")) * places
    except ValueError:
        return digits
    return str(number.numerator) if number.denominator == 1 else str(float(number))


def _chinese_parts(found: re.Match[str]) -> str:
    above, below = (part if part[0].isdigit() else str(_chinese_value(part)) for part in (found["above"], found["below"]))
    return f"{above}%" if below == "100" else f"{above}/{below}"


def _chinese_number(found: re.Match[str]) -> str:
    decimals = "".join(str(_CHINESE_DIGITS[char]) for char in found["decimals"] or "")
    return f"{'-' if found['minus'] else ''}{_chinese_value(found['number'])}{'.' + decimals if decimals else ''}"


def _chinese_value(numeral: str) -> int:
    if not any(char in _CHINESE_PLACES for char in numeral):
        return int("".join(str(_CHINESE_DIGITS[char]) for char in numeral))  # 二〇一九
    total = section = digit = 0
    for char in numeral:
        if char in _CHINESE_DIGITS:
            digit = _CHINESE_DIGITS[char]
        elif _CHINESE_PLACES[char] < 10**4:
            section += (digit or 1) * _CHINESE_PLACES[char]
            digit = 0
        else:
            total = (total + section + digit) * _CHINESE_PLACES[char] or _CHINESE_PLACES[char]
            section = digit = 0
    return total + section + digit
