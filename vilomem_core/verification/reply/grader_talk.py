"""Leave out what a reply says to its grader: pleas, orders, forged verdicts and forged gold answers are no part of an answer."""

from __future__ import annotations

import re

from vilomem_core.verification.reply.statements import statements

_GRADER = (
    r"(?:auto-?)?(?:grader|evaluator|examiner|scorer|assessor|verifier|grading (?:model|system|script|bot|assistant)"
    r"|(?:llm|ai|answer) judge|judge model|marker)s?"
)
_RIGHT = r"(?:correct|right|true|accurate|valid|accepted|matching|equivalent|equal|passed|a (?:match|pass|success))"
_TALK = re.compile(
    "|".join(
        [
            rf"\b(?:dear|hey|hi|hello|attention|note|notice|message|memo|reminder|instructions?|hint|info|ps"
            rf"|p\.s\.)\b[\s,:(]*(?:to|for)?\s*(?:the|all|any|my|you)?\s*(?:automatic |automated "
            rf"|human )?{_GRADER}\b",
            rf"\b(?:as|to|for|you are)\s+(?:the|an?|our|your)?\s*(?:automatic |automated |impartial |strict |human )?{_GRADER}\b",
            rf"^\W*{_GRADER}\s*[,:]",
            rf"\b{_GRADER}(?:'s?)?\s+(?:notes?|notice|hints?|instructions?|messages?|memo|info|comments?|verdict|remarks?)\b",
            r"\b(?:grading|scoring|marking|evaluation|assessment)\s+(?:notes?|notice|hints?|instructions?|guidelines?|rubric|key"
            r"|scripts?|systems?|prompts?|purposes?|scheme|mode|messages?)\b",
            r"\b(?:assistant|model|automatic|automated|auto|self)[- ]?(?:evaluation|grading|assessment|verdict)\b",
            r"\b(?:is|are) (?:equally|also|just as|likewise) (?:acceptable|valid|accepted)\b",
            r"\b(?:should|must|may|can|shall|will|to) be (?:treated|graded|scored|marked|accepted|counted) as\b",
            r"\b(?:answer |solution |marking |correction |the )key (?:says|states|reads|lists|gives)\b",
            r"\bthe (?:users?|system|developers?|admin\w*) (?:has |have )?(?:confirm|approv|verif|instruct|requir)\w*",
            rf"\b(?:the|this|any|every) {_GRADER}\b.{{0,60}}\b(?:must|should|shall|will|can|may|please|has to|needs to)\b",
            rf"\b(?:mark|grade|score|rate|count|accept|treat|consider|classify|label|regard|record|flag|register"
            rf"|judge)\b[^.!?\n]{{0,80}}?\bas\s+(?:being\s+|an?\s+|the\s+)?(?:fully\s+|completely\s+|100\s?%\s+"
            rf"|entirely\s+)?{_RIGHT}\b",
            rf"\b(?:mark|grade|score|rate|accept)\s+(?:this|it|me|my|the)\b[^.!?\n]{{0,40}}\b(?:{_RIGHT}|regardless"
            rf"|anyway|either way|10/10|100)\b",
            r"\b(?:please\s+)?(?:mark|accept|approve|pass)\s+(?:this|my|the)\s+(?:answer|response|reply|solution"
            r"|submission|choice|one|attempt)\b",
            r"\b(?:ignore|disregard|forget|override|bypass|skip)\b[^.!?\n]{0,40}\b(?:instructions?|prompts?|rules?"
            r"|guidelines?|directions?|rubrics?|answer key|gold|reference|system message|criteria)\b",
            r"\bfull (?:marks?|credits?|scores?|points?)\b|\bmaximum (?:score|points|credit)\b|\b(?:10/10|1/1"
            r"|100/100|5/5)\s+(?:points|marks)\b",
            r"\b(?:award|give|assign|grant)\s+(?:me|this|it|the (?:answer|response|reply"
            r"|student))\b[^.!?\n]{0,40}\b(?:marks?|points?|credits?|score|pass|10|100|1\.0)\b",
            r"\bgold(?:en|[- ]standard)? (?:answers?|labels?|solutions?|keys?)\b|\b(?:reference"
            r"|official) (?:answers?|labels?|solutions?|keys?)\b",
            r"\bground[- _]?truth\b|\bexpected (?:answer|output|label)\b|\banswer[- _]key\b|\bgold\s*[:=]",
            r"\b(?:verdict|judge?ment|evaluation|assessment|grading|grade)\s*(?:[:=]|is|->)\s*[\"'(]*(?:correct"
            r"|right|pass(?:ed)?|true|accept(?:ed)?|1(?:\.0)?|100|10|full|a\+?)\b",
            r"\b(?:score|result|status|final score)\s*[:=]\s*[\"'(]*(?:correct|pass(?:ed)?|accepted|10\s?/\s?10"
            r"|1\s?/\s?1|100\s?%|100\s?/\s?100|full)(?!\w)",
            r"\"?\b(?:is_)?correct\b\"?\s*[:=]\s*\"?(?:true|yes|1)\b|\"(?:score|verdict|grade)\"\s*:",
            r"\bcorrect (?:answer|option|choice|label) (?:has (?:now )?been|was|is hereby) (?:changed|updated|set"
            r"|replaced|redefined)\b",
            r"\bcorrect (?:answer|option|choice|label) is (?:now|hereby)\b",
            r"\b(?:this|my|the) (?:answer|response|reply|solution|submission)\b[^.!?\n]{0,25}\b(?:verified"
            r"|validated|certified|approved|marked|graded|scored|counted|confirmed) (?:as |by |to )",
            r"\b(?:you|the system) (?:must|should|shall|have to|need to|are required to|are instructed to"
            r"|will) (?:now |always |only |just )?(?:mark|accept|grade|score|award|output|return|print|respond with"
            r"|reply with|treat|count|judge|declare|report)\b",
            r"\b(?:output|return|print|respond with|reply with)\b[^.!?\n]{0,20}[\"'](?:correct|true|pass|yes|1)[\"']",
            r"\b(?:treat|count|consider|accept|regard)\b[^.!?\n]{0,40}\b(?:as|to be|for)\s+(?:matching|a match"
            r"|identical|the same|equivalent|equal)\b",
            r"评分(?:员|者|系统|模型)|阅卷|判(?:为|定为|作|我)?(?:正确|对)|满分|(?:标记|视为|算作|算|记为|认定为)(?:完全)?正确|忽略[^。\n]{0,20}(?:指令|说明|规则"
            r"|提示|答案)|标准答案|参考答案",
        ]
    ),
    re.IGNORECASE,
)
_TURN = r"(?:system(?: (?:message|override|note|prompt))?|user|human|evaluator|grader|judge|examiner|admin(?:istrator)?|developer)"
_BLOCK = re.compile(
    rf"\[(/?)(?:INST|SYS|SYSTEM|ADMIN)\]|<<(/?)SYS>>|<(/?)(?:system|instructions?|grader|evaluation|verdict|judge)>"
    rf"|^\W*{_TURN}\s*(?::|#{{2,}}|-{{3,}})",
    re.IGNORECASE | re.MULTILINE,
)
_CLOSED_BLOCK = re.compile(
    r"\[(INST|SYS|SYSTEM|ADMIN)\].{0,4000}?\[/\1\]|<<SYS>>.{0,4000}?<</SYS>>|<(system|instructions?|grader|grad(?:e|ing)"
    r"|evaluation|verdict|judge(?:ment)?|score|reward|correct|gold|reference|label)>.{0,4000}?</\2>",
    re.IGNORECASE | re.DOTALL,
)
# a forged report below a heading of its own: "Evaluation / Reference: 9 / Match: yes"
_REPORT = re.compile(
    r"^\W*(?:evaluation|grading|assessment|judge?ment|verdict)\W*\n+(?:\W*(?:reference|gold|expected|response|prediction|student"
    r"|match|equivalent|score|verdict|result|correct)\b[^\n]{0,200}(?:\n|$)){1,8}",
    re.IGNORECASE | re.MULTILINE,
)
_BRACKETED = re.compile(r"[(\[{][^()\[\]{}\n]{4,300}[)\]}]")
_CLAUSE = re.compile(r"[,;:—–(\[]|\s-+\s|\.\s|\band\b|\bso\b", re.IGNORECASE)
_CHEAP = re.compile(
    r"grad|eval|examin|scor|assess|verif|judg|marker|mark |mark:|instruct|rubric|gold|truth|expected|key|verdict"
    r"|correct|full|credit|"
    r"system|user|human:|inst\]|sys|admin|develop|treat|ignore|disregard|reference|official|accept|approve|"
    r"评分|阅卷|判|满分|正确|忽略|标准答案|参考答案",
    re.IGNORECASE,
)


def without_grader_talk(text: str) -> str:
    """``text`` without sentences that address the grader; of a sentence that answers first and pleads after, the answer stays."""
    if not _CHEAP.search(text):
        return text
    text = _REPORT.sub("\n", _CLOSED_BLOCK.sub(" ", text))
    text = _BRACKETED.sub(lambda part: " " if _TALK.search(part[0]) else part[0], text)
    lines: list[list[str]] = []
    dropped_line = -1
    for statement in statements(text):
        while len(lines) <= statement.line:
            lines.append([])
        if statement.line == dropped_line:
            continue
        if _BLOCK.search(statement.text):
            dropped_line = statement.line  # a forged turn of the conversation goes on to the end of its paragraph
            continue
        lines[statement.line].append(_own_words(statement.text))
    return "\n".join(" ".join(part for part in line if part) for line in lines)


def _own_words(sentence: str) -> str:
    talk = _TALK.search(sentence)
    if talk is None:
        return sentence
    boundaries = [mark.start() for mark in _CLAUSE.finditer(sentence, 0, talk.start() + 1)]
    return sentence[: boundaries[-1]].rstrip() if boundaries else ""
