"""Names that everybody takes for the same thing. Nothing broader, narrower or merely related belongs here."""

from __future__ import annotations

import re
from functools import cache

from vilomem_core.verification.reply.clean import normal_words

# one group of spellings a line; the first is the name of the group
_GROUPS = """
united states|usa|us|united states of america|u.s.|america|the states
united kingdom|uk|great britain|britain|u.k.|united kingdom of great britain and northern ireland
united arab emirates|uae
soviet union|ussr|u.s.s.r.
european union|eu
united nations|un|uno
south korea|republic of korea
north korea|dprk|democratic people's republic of korea
china|people's republic of china|prc|中国
russia|russian federation
netherlands|holland
czech republic|czechia
turkey|türkiye|turkiye
ivory coast|côte d'ivoire|cote d'ivoire
myanmar|burma
eswatini|swaziland
cape verde|cabo verde
east timor|timor leste
vatican city|holy see|vatican
democratic republic of the congo|drc|dr congo|congo kinshasa
republic of the congo|congo brazzaville
germany|deutschland|federal republic of germany|德国
france|法国
japan|日本
new york city|nyc|new york new york
los angeles|la
san francisco|sf
washington dc|washington d.c.|district of columbia
saint petersburg|st petersburg|st. petersburg
mumbai|bombay
kolkata|calcutta
chennai|madras
ho chi minh city|saigon
beijing|peking|北京
mount everest|mt everest|mt. everest|everest
world war 1|world war one|world war i|first world war|ww1|wwi|ww 1
world war 2|world war two|world war ii|second world war|ww2|wwii|ww 2
television|tv|television set|tv set
telephone|phone
cell phone|cellphone|mobile phone|mobile|smartphone|smart phone
refrigerator|fridge
bicycle|bike|push bike
motorcycle|motorbike
airplane|plane|aeroplane|aircraft
automobile|car|motor car
photograph|photo
advertisement|ad|advert
examination|exam
laboratory|lab
gymnasium|gym
influenza|flu
mathematics|math|maths
couch|sofa|settee
rubbish bin|trash can|garbage can|trash bin|dustbin|wastebasket
elevator|lift
sidewalk|pavement
soccer|football
apartment|flat
autumn|fall
trousers|pants
sneakers|trainers|running shoes
eyeglasses|glasses|spectacles
sunglasses|shades
traffic light|traffic lights|traffic signal|stoplight
stop sign|stop-sign
fire truck|fire engine
ladybug|ladybird
corn|maize
eggplant|aubergine
zucchini|courgette
potato chips|crisps
french fries|fries|chips
cookie|biscuit
soda|soft drink
hamburger|burger
doughnut|donut
ketchup|catsup
yogurt|yoghurt
laptop|notebook computer|laptop computer
personal computer|pc
mother|mom|mum|mommy|mummy
father|dad|daddy
grandmother|grandma
grandfather|grandpa
gray|grey
color|colour
center|centre
theater|theatre
meter|metre
liter|litre
aluminum|aluminium
tire|tyre
mold|mould
jewelry|jewellery
pajamas|pyjamas
plow|plough
ax|axe
curb|kerb
check|cheque
artificial intelligence|ai
water|h2o
carbon dioxide|co2
oxygen|o2
table salt|sodium chloride|nacl
ultraviolet|uv
deoxyribonucleic acid|dna
kilometer|kilometre|km
centimeter|centimetre|cm
kilogram|kg
o'clock|oclock
january|jan|一月
february|feb|二月
march|mar|三月
april|apr|四月
may|五月
june|jun|六月
july|jul|七月
august|aug|八月
september|sep|sept|九月
october|oct|十月
november|nov|十一月
december|dec|十二月
monday|mon|星期一|周一
tuesday|tue|tues|星期二|周二
wednesday|wed|星期三|周三
thursday|thu|thur|thurs|星期四|周四
friday|fri|星期五|周五
saturday|sat|星期六|周六
sunday|sun|星期日|星期天|周日
north|n
south|s
east|e
west|w
northeast|ne|north east
northwest|nw|north west
southeast|se|south east
southwest|sw|south west
clockwise|cw
counterclockwise|anticlockwise|anti clockwise|counter clockwise|ccw
approximately|approx|about|roughly
versus|vs|v
and|&
number|no.|nr
saint|st
mount|mt
doctor|dr
mister|mr
limited|ltd
incorporated|inc
corporation|corp
company|co
first|1st
second|2nd
third|3rd
fourth|4th
fifth|5th
sixth|6th
seventh|7th
eighth|8th
ninth|9th
tenth|10th
red|红色|红
blue|蓝色|蓝
green|绿色|绿
yellow|黄色|黄
black|黑色|黑
white|白色|白
"""
_INSIDE_PHRASES = frozenset(
    {"gray", "color", "center", "theater", "meter", "liter", "and", "versus", "saint", "mount", "aluminum", "tire", "jewelry"}
)


@cache
def _whole() -> dict[tuple[str, ...], str]:
    groups = [line.split("|") for line in _GROUPS.strip().splitlines()]
    return {normal_words(name): group[0] for group in groups for name in group}


@cache
def _single() -> dict[str, str]:
    return {name[0]: group for name, group in _whole().items() if len(name) == 1 and group in _INSIDE_PHRASES}


def canonical(text: str) -> tuple[str, ...]:
    """The words of ``text`` with one name for each thing and one spelling for each word."""
    given = normal_words(text)
    group = _whole().get(given)
    if group is not None:
        return normal_words(group)
    return tuple(_single().get(word, _british(word)) for word in given)


def _british(word: str) -> str:
    """Regular differences of British and American spelling: -our/-or, -ise/-ize, -ll-, -tre/-ter."""
    if len(word) < 6:
        return {"grey": "gray"}.get(word, word)
    word = re.sub(r"([^aeiou])our(ed|s|ing|ful|less|able|ite|y)?$", r"\1or\2", word)
    word = (
        re.sub(r"is(e|ed|es|ing|ation)$", r"iz\1", word)
        if not word.endswith(("wise", "rise", "cise", "vise", "mise", "noise", "praise", "raise", "ising"))
        else word
    )
    return re.sub(r"([aeiou])ll(ed|ing|er)$", r"\1l\2", word)
