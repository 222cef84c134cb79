"""Chinese numerals put into digits where they stand."""

from __future__ import annotations

import re
from fractions import Fraction

_CHINESE_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_CHINESE_PLACES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_NUMERAL = "[零〇一二三四五六七八九十百千万亿两]"
_CHINESE_NUMBER = re.compile(rf"(?P<minus>负)?(?P<number>{_NUMERAL}+)(?:点(?P<decimals>[零〇一二三四五六七八九]+))?")
_CHINESE_PARTS = re.compile(rf"(?P<below>{_NUMERAL}+|\d+)分之(?P<above>{_NUMERAL}+|[\d.]+)")
_CHINESE_MAGNITUDE = re.compile(r"(\d[\d,.]*)\s*([万亿])")
# characters of numbers inside ordinary words
_CHINESE_WORDS = re.compile(
    "一(?:共|样|定|般|些|起|致|直|下|点|边|侧|旁|次函数|元|方面|个是)|统一|唯一|第[一二三四五六七八九十]+|星期[一二三四五六]|万一|十分(?!之)|三角|四边|五边|六边|八边|正方|百分比"
    "|千万别|两者|二次|三棱|四棱|二元|三视"
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
