"""What kind of sentence a statement is: a question, a refusal, a supposition, an intention, a conclusion."""

from __future__ import annotations

import re

_QUESTION = re.compile(r"[?？]\W*$")
_REFUSAL = re.compile(
    r"\b(?:(?:i|we|you|one)(?: really| simply| therefore| just)? (?:can(?:not|'t| not)|could(?: not|n't))|can(?:not"
    r"|'t| not) (?:be )?(?:\w+ly )?(?:determin|tell|say|see\b|seen|answer|identif|know|read|make out|made out|view"
    r"|provid|give|count|recogni|discern|distinguish|verif|conclu|infer|decid|access|help|assist|analy|process"
    r"|estimat)\w*|unable to|not able to|(?:is|was|it's) (?:im|not )possible to|impossible to|(?:too )?(?:difficult"
    r"|hard) to|no way (?:to|of)|not (?:clear|sure|certain|possible|enough|visible|legible|readable)"
    r"|(?:do|does|did)(?: not|n't) (?:know|have (?:enough|access|sufficient|the)|see (?:any|an|the) (?:image"
    r"|picture)|show enough|contain|provide|include|allow)|insufficient|not sufficient|unclear|uncertain"
    r"|undetermined|ambiguous|illegible|unreadable|too (?:blurry|dark|small|blurred)|without (?:the|more|further"
    r"|additional)"
    r"|lack(?:s|ing)?|no idea|unknown|please (?:provide|upload|share|clarify|give|attach|send|specify)|need(?:s"
    r"|ed)? (?:more|further|additional|to see)|(?:isn't|is not|wasn't|was not|aren't) (?:enough|visible|given|shown"
    r"|provided|clear|possible|specified)|as an ai\b|i(?:'m| am) (?:sorry|afraid|not sure|unsure)|apologi[sz]e"
    r"|i (?:must |have to |will )?(?:decline|refuse))"
    r"|无法|不能|不清楚|不确定|看不清|抱歉|对不起|难以|不足以|没有足够|不知道|请提供",
    re.IGNORECASE,
)
_HYPOTHETICAL = re.compile(
    r"^\W*(?:if|suppose|supposing|assum(?:e|ing)|imagine|unless|were|had|let us suppose|let's suppose|one (?:might"
    r"|could|may)|someone|some (?:people|would|may|might|students?)|at first (?:glance|sight)|initially|it (?:might"
    r"|may|could) (?:seem|look|appear)|you (?:might|may|could))\b|\bwould (?:need|mean|require|imply|have (?:to"
    r"|been)|be (?:too|the case|possible|wrong|needed|required))\b|\bwere (?:right|true|correct)\b|如果|假设|假如",
    re.IGNORECASE,
)
_INTENTION = re.compile(
    r"^\W*(?:first|next|now|then|so|ok(?:ay)?|well|hmm+|alright)?\W*(?:let(?:'s| us| me)|i (?:need|have|want|will"
    r"|'ll|am going|should|must) (?:to )?|i'll|i'm going to|we (?:need|have|want|are asked|are given|will|must"
    r"|should|know that|can now)(?: to)?|to (?:find|solve|determine|answer|calculate|compute|get|count|work)"
    r"|the (?:question|problem|task|exercise) (?:asks|is|wants|states|says|gives|requires)|you (?:ask|want"
    r"|are asking)|given|recall|note that|consider|looking at)\b|需要|我们(?:来|先|要)|题目|让我",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"^\W*(?:given|find|known|data|to find|wanted|required|we are given|task|question|problem)\s*:|^\W*(?:已知|求)", re.IGNORECASE
)
CONCLUSION = (
    r"(?:\b(?:so|therefore|thus|hence|consequently|accordingly|in conclusion|to conclude|in summary|to sum up"
    r"|overall|in short|finally|ergo|as a result|it follows that|this means|that means|which means"
    r"|we conclude(?: that)?|in total|altogether)\b"
    r"|∴|⇒|→|=>|->|所以|因此|故|于是|综上|可得|因而|总共|一共|共有|共)"
)
_ADVERBIAL = re.compile(
    r"^\W*(?:looking|based on|according to|judging|given|considering|as (?:shown|seen|can be seen|indicated"
    r"|we can see)|from|in the (?:image|picture|photo|chart|figure|graph|map)|after"
    r"|having)\b[^,.:]{0,80}[,:]\s*(?=\S)",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:either|or maybe|or perhaps|or possibly|maybe|perhaps|possibly|could be|might be|may be|alternatively)\b|或者|可能",
    re.IGNORECASE,
)
CONTRAST = re.compile(r"\b(?:but|however|yet|nevertheless|nonetheless|still|though)\b|但是?|不过", re.IGNORECASE)


def is_question(text: str) -> bool:
    return bool(_QUESTION.search(text[-8:]))


def is_refusal(text: str) -> bool:
    """It says that there is no way to tell, or asks for more."""
    return bool(_REFUSAL.search(text))


def is_hypothetical(text: str) -> bool:
    """It says what would be, not what is. "I would say" is no supposition."""
    return bool(_HYPOTHETICAL.search(text))


def is_intention(text: str) -> bool:
    """It says what will be done, or restates the task."""
    if _TASK.match(text):
        return True
    text = without_adverbial(text)
    return bool(_INTENTION.search(text)) and not re.search(r"=|≈|\b(?:is|are|equals?|gives?|get)\s+\W*\S+\W*$", text)


def without_adverbial(text: str) -> str:
    """``text`` without an opening such as "Based on the image," and without "therefore"."""
    return re.sub(rf"^\W*{CONCLUSION}\W*", "", _ADVERBIAL.sub("", text), flags=re.IGNORECASE)


def is_hedged(text: str) -> bool:
    return bool(_HEDGE.search(text))


def after_contrast(text: str) -> str:
    """What follows the last "but" or "however"; empty when there is none."""
    found = list(CONTRAST.finditer(text))
    return text[found[-1].end() :] if found else ""
