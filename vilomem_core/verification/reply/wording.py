"""What kind of sentence a statement is: a question, a refusal, a supposition, an intention, a conclusion."""

from __future__ import annotations

import re

from vilomem_core.verification.patterns import one_of, plain_rows

_QUESTION = re.compile(r"[?？]\W*$")
_REFUSAL = one_of(
    "refusal",
    {
        r"(?:i|we|you|one)(?: really| simply| therefore| just)? (?:can(?:not|'t| not)|could(?: not|n't))": "We just can't.",
        r"can(?:not|'t| not) (?:be )?(?:\w+ly )?(?:determin|tell|say|see\b|seen|answer|identif|know|read|make out|made out|view|provid"
        r"|give|count|recogni|discern|distinguish|verif|conclu|infer|decid|access|help|assist|analy|process|estimat)\w*": (
            "It cannot be determined."
        ),
        "(?:un|not )able to": "It was not able to.",
        "(?:impossible|difficult|hard) to": "That is hard to say.",
        "no way (?:to|of)": "There is no way of telling.",
        "not (?:clear|sure|certain|possible|enough|visible|legible|readable|sufficient)": "The sign is not legible.",
        "(?:do|does|did)(?: not|n't) (?:know|have (?:enough|access|sufficient|the)|see (?:any|an|the) (?:image|picture)|show enough"
        "|contain|provide|include|allow)": "The chart doesn't show enough.",
        "(?:isn't|aren't|wasn't|is not|was not) (?:enough|visible|given|shown|provided|clear|possible|specified)": "It isn't given.",
        "too (?:blurry|blurred|dark|small)": "The picture is too dark.",
        "without (?:the|more|further|additional)": "Without more context, nobody could.",
        "lack(?:s|ing)?": "It lacks a scale.",
        "please (?:provide|upload|share|clarify|give|attach|send|specify)": "Please upload it.",
        "need(?:s|ed)? (?:more|further|additional|to see)": "I need to see it.",
        r"as an ai\b": "As an AI, I have no eyes.",
        "i(?:'m| am) (?:sorry|afraid|unsure)": "I am sorry.",
        "apologi[sz]e": "We apologise.",
        "i (?:must |have to |will )?(?:decline|refuse)": "I must decline.",
    }
    | plain_rows("insufficient|unclear|uncertain|undetermined|ambiguous|illegible|unreadable|no idea|unknown", "it is {}"),
    before=r"\b",
    unframed=plain_rows("无法|不能|不清楚|不确定|看不清|抱歉|对不起|难以|不足以|没有足够|不知道|请提供"),
)
_HYPOTHETICAL = one_of(
    "supposition",
    {
        "suppos(?:e|ing)": "Suppose x is 3.",
        "assum(?:e|ing)": "Assuming x is 3.",
        "let(?: u|')s suppose": "Let us suppose x is 3.",
        "one (?:might|could|may)": "One might think of 3.",
        "some (?:people|would|may|might|students?)": "Some people say 3.",
        "at first (?:glance|sight)": "At first glance, 3.",
        "it (?:might|may|could) (?:seem|look|appear)": "It may seem to be 3.",
        "you (?:might|may|could)": "You could say 3.",
    }
    | plain_rows("if|imagine|unless|were|had|someone|initially", "{} x is 3"),
    before=r"^\W*",
    after=r"\b",
    unframed={
        r"\bwould (?:need|mean|require|imply|have (?:to|been)|be (?:too|the case|possible|wrong|needed|required))\b": "It would mean 3.",
        r"\bwere (?:right|true|correct)\b": "Even were right the second way",
    }
    | plain_rows("如果|假设|假如"),
)
_INTENTION = one_of(
    "intention",
    {
        "let(?:'s| us| me)": "Let me count the dots",
        "i (?:need|have|want|will|am going|should|must)(?: to)?": "I have to count the dots",
        "i'(?:ll|m going to)": "I'll count the dots",
        "we (?:need|have|want|are asked|are given|will|must|should|know that|can now)(?: to)?": "So we need to count the dots",
        "to (?:find|solve|determine|answer|calculate|compute|get|count|work)": "To find the dots",
        "the (?:question|problem|task|exercise) (?:asks|is|wants|states|says|gives|requires)": "The question asks for the dots",
        "you (?:ask|want|are asking)": "You ask for the dots",
    }
    | plain_rows("given|recall|note that|consider|looking at", "{} the dots"),
    before=r"^\W*(?:first|next|now|then|so|ok(?:ay)?|well|hmm+|alright)?\W*",
    after=r"\b",
    unframed=plain_rows("需要|题目|让我") | {"我们[来先要]": "我们来数"},
)
_TASK = one_of(
    "task",
    plain_rows("given|find|known|data|to find|wanted|required|we are given|task|question|problem", "{}: two sides"),
    before=r"^\W*",
    after=r"\s*:",
    unframed={r"^\W*已知": "已知两边", r"^\W*求": "求第三边"},
)
_CONCLUSION = one_of(
    "conclusion",
    {
        "(?:in conclusion|to conclude|we conclude)": "To conclude, 3.",
        "(?:in summary|to sum up|overall|in short)": "In short, 3.",
        "(?:this|that|which) means": "That means 3.",
        "(?:in total|altogether)": "They are 3 in total.",
        "(?:consequently|accordingly|ergo|as a result|it follows that)": "It follows that x = 3.",
    }
    | plain_rows("so|therefore|thus|hence|finally", "{} 3"),
    before=r"\b",
    after=r"\b",
    unframed=plain_rows("∴|⇒|→|=>|->|所以|因此|故|于是|综上|可得|因而", "{}三个") | {"[总一]?共有?": "图中总共有三个"},
)
CONCLUSION = f"(?:{_CONCLUSION.pattern})"
_ADVERBIAL = one_of(
    "adverbial",
    {
        "looking": "Looking closely, it is 3",
        "based on": "Based on it, it is 3",
        "according to": "According to it, it is 3",
        "judging": "Judging by it, it is 3",
        "(?:given|considering)": "Given that, it is 3",
        "as (?:shown|seen|can be seen|indicated|we can see)": "As seen above, it is 3",
        "from": "From the graph: it is 3",
        "in the (?:image|picture|photo|chart|figure|graph|map)": "In the picture, it is 3",
        "after": "After that, it is 3",
        "having": "Having seen it, it is 3",
    },
    before=r"^\W*",
    after=r"\b[^,.:]{0,80}[,:]\s*(?=\S)",
)
_HEDGE = one_of(
    "hedge",
    {"(?:could|might|may) be": "it might be 3"} | plain_rows("either|maybe|perhaps|possibly|alternatively", "{} 3"),
    before=r"\b",
    after=r"\b",
    unframed=plain_rows("或者|可能"),
)
CONTRAST = one_of(
    "contrast",
    plain_rows("but|however|yet|nevertheless|nonetheless|still|though", "no, {} it is 3"),
    before=r"\b",
    after=r"\b",
    unframed={"但是?": "但是三个", "不过": "不过三个"},
)


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
