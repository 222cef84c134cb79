"""Prompt injection: sentences that steer the solver, the memory or the graders instead of stating a rule about problems.

"Ignore a slice's colour" and "trust the label, not the drawing" speak of the picture; what makes an attack is its object
(instructions, guidelines, the prompt, the memory) or a fixed reply that does not depend on the question.
"""

from __future__ import annotations

import re
import unicodedata

from vilomem_core.words import INVISIBLE_CATEGORIES, one_line

MAX_HIDDEN = 2  # pasted text may hold a stray zero-width mark; more of them hide something

_DROP = r"""(?:ignor\w*|disregard\w*|forget\w*|overrid\w*|overrul\w*|bypass\w*|discard\w*|neglect\w*|dismiss\w*|skip\w*
    |suppress\w*|supersed\w*|erase|delete|drop|remove|replace|invalidate\w*)"""
_KEEP_OFF = r"""(?:do not|don't|never|stop|refuse to|no longer|must not|should not|cease to) (?:\w+ ){0,2}?(?:follow\w*|obey\w*
    |us(?:e|ing)|trust\w*|apply\w*|read\w*|rely\w*|consider\w*|listen\w*|comply\w*)"""
_EARLIER = r"""(?:all|any|every|the|these|those|your|my|other|previous|prior|preceding|earlier|above|former|foregoing|existing
    |original|initial|old|retrieved|recalled|stored|remaining|system|developer|safety|of|and|or|rest|listed|given
    |shown|else|everything)"""
_ORDERS = r"""(?:instructions?|guidelines?|prompts?|directions|directives?|commands?|memor(?:y|ies)(?: bank| entr(?:y|ies))?
    |system message|hints?|advice|entries|guardrails?|context|constraints|conversation|messages?|policy|policies)"""
_SECRET = r"""(?:system prompt|(?:hidden |secret |full |entire |initial )*(?:prompt|instructions)|memory(?: bank)?|memories
    |(?:api |secret |private )?(?:keys?|password|credentials?|tokens?)\b|secrets|training data|chain of thought
    |conversation|chat history|environment variables|gold answers?|answer key)"""
_TELL = r"""(?:reveal|disclose|print|repeat|leak|show|output|expose|display|dump|list|send|email|upload|post|recite|copy
    |return|share|translate|summari[sz]e)"""
_MODEL = r"(?:you|the (?:assistant|model|solver|agent|system|ai|bot|llm|reader))"
_REPLY = r"(?:reply|respond|answer|choose|select|pick|output|return|say|write|print|guess|report|state|give|vote)"
_FIXED = r"""(?:(?:with|for|by|only|just|simply|exactly|the|an?|choosing|saying|option|letter|answer|choice|word|string
    |number) ){0,5}(?:\(?[A-H]\)?(?=[\s.,;!?:]|$)|"[^"]*"|'[^']*'|-?\d+(?:\.\d+)?\b|(?:first|second|third|fourth
    |last|longest|shortest) (?:option|choice|answer)|yes\b|no\b|none\b|nothing\b|i don't know|cannot be determined
    |\\boxed)"""

# (what is named in the reason, pattern)
_ATTACKS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, one_line(pattern, re.I | re.M))
    for name, pattern in (
        ("it tells to drop other instructions", rf"\b{_DROP} (?:{_EARLIER} ){{1,5}}{_ORDERS}\b"),
        (
            "it tells to drop what came before",
            r"""\b(?:ignore|disregard|forget) (?:everything|anything|all)(?: else)?(?: that| which)?(?: (?:was|is|has been
            |you))?(?: (?:were|been))? ?(?:above|before|earlier|previously|so far|told|said|learned|you know)""",
        ),
        (
            "it tells to drop the question",
            r"""\b(?:ignore|disregard|forget|skip) (?:(?:the|this|that|every|any|all) )+(?:questions?|tasks?|problems?)(?: itself
            |asked)?(?= and\b| but\b|[,.;:!]|$)""",
        ),
        (
            "it tells not to follow other instructions",
            rf"""\b{_KEEP_OFF}(?: on
            | to)? (?:{_EARLIER} ){{1,5}}{_ORDERS}\b
            (?<!the instruction)(?<!the direction)(?<!the directions)(?<!the context)(?<!the hint)(?<!the message)""",
        ),
        (
            "it ranks itself above other guidelines",
            r"""\bth(?:is|e following) (?:guideline|rule|instruction|hint|memory|entry|message|advice
            |note) (?:\w+ ){0,3}?(?:overrides?|takes? precedence|supersedes?|replaces?|outranks?
            |has (?:the )?(?:highest|top|absolute) priority|must (?:always )?be (?:followed|obeyed|retrieved|kept
            |shown|used)|invalidates?)""",
        ),
        (
            "it ranks itself above other guidelines",
            r"""\b(?:highest|top|absolute|maximum) priority\b.{0,40}\b(?:instruction|guideline|message|rule|command)
            |\b(?:instruction|guideline|message|command)s?\b.{0,30}\b(?:highest|top|absolute) priority""",
        ),
        (
            "it poses as a chat role",
            r"""(?:^|[.!?\n]\s*)[\[<#*\s]*(?:system|assistant|user|human|developer|admin(?:istrator)?|root
            |operator)(?: (?:message|prompt|note|override|update|notice|instruction|command))?[\]>*\s]*:""",
        ),
        (
            "it holds chat control marks",
            r"""<\|[^|>\n]*\|>|\[/?INST\]|<</?SYS>>|</?(?:system|assistant|user|instructions?)>|#{2,}\s*(?:instruction
            |system|response|human|assistant)""",
        ),
        (
            "it gives the model a new role",
            rf"""\b(?:you are|you're) (?:now|no longer|henceforth|actually)\b|\b(?:from now on|henceforth
            |starting now)\b.{{0,30}}\b{_MODEL}\b|\bact as (?:if you|though you|an? (?:ai|assistant|model|different
            |unrestricted|expert))|\bpretend (?:to be|you are|that you)|\bas an? (?:ai|language model
            |assistant),? you\b|\brole-?play\b|\bjailbreak\b|\bdeveloper mode\b|\bdo anything now\b""",
        ),
        (
            "it speaks of new instructions",
            r"""\b(?:new|updated|real|actual|true|secret|following) (?:system )?(?:instructions?|prompt|orders
            |directives?)\b\s*(?::|are\b|is\b|follow)""",
        ),
        ("it asks for what must stay inside", rf"\b{_TELL} (?:\w+ ){{0,6}}?(?:of )?(?:your |the |its |all |any )?{_SECRET}"),
        (
            "it fixes the reply, whatever the question",
            rf"""\b(?:always|only|just|simply|blindly|must|invariably|every time)\b (?:\w+ )?{_REPLY} {_FIXED}""",
        ),
        (
            "it fixes the reply, whatever the question",
            rf"""\b{_REPLY} {_FIXED}[^.]{{0,60}}\b(?:regardless|no matter|whatever|irrespective|independent(?:ly)? of
            |for (?:every|all|any) (?:question|problem|case)s?|every time|in all cases|without (?:reading|looking
            |thinking|reasoning|checking))""",
        ),
        (
            "it fixes the reply, whatever the question",
            rf"""\b(?:regardless of|no matter what|whatever|irrespective of|for every|for all|for any|without (?:reading
            |looking at)) (?:\w+ ){{0,5}}?(?:questions?|problems?|images?|pictures?|cases?|options|tasks?|shows?
            |asks?)[^.]{{0,40}}?\b{_REPLY} {_FIXED}""",
        ),
        (
            "it tells to stop working",
            r"""\b(?:do not|don't|never|stop|refuse to|without) (?:answer(?:ing)?|solv(?:e|ing)|reason(?:ing)?
            |think(?:ing)?|explain(?:ing)?|respond(?:ing)?)(?: to)? (?:\w+ ){0,2}?(?:any|further|the user|this user
            |questions?|at all|anymore|step by step)\b|\brefuse (?:to answer|all|every|any)""",
        ),
        (
            "it addresses the graders",
            r"""\b(?:grad(?:er|ing model)|verifier|evaluator|judge model|reviewer|scorer)s?\b.{0,40}\b(?:must|should
            |has to|shall|will|please|to)\b.{0,30}\b(?:accept|mark|score|approve|pass|award|give|treat|rate|grade)
            |\b(?:mark|score|rate|grade|treat|count|accept) (?:this|the|every|any|all|each) (?:\w+ )?(?:repl(?:y|ies)
            |answers?|responses?|guidelines?|candidates?|attempts?|outputs?) (?:as )?(?:correct|right|accepted
            |full marks|passed|valid|perfect)""",
        ),
        (
            "it asks to act outside the task",
            r"""\b(?:execute|run|eval(?:uate)?) (?:the |this |following |any |a )*(?:\w+ )?(?:command|code|script|program
            |shell|query|payload)\b|\b(?:visit|open|fetch|download|browse to|click)(?: on)? (?:the |this |a[ ]
            |following )*(?:link|url|website|web page|page at|file from|https?)\b|\bcall (?:the |this )?(?:tool
            |function|api)\b""",
        ),
        (
            "it tampers with the memory",
            r"""\b(?:delete|erase|wipe|clear|overwrite|reset|poison|remove|purge
            |disable) (?:\w+ ){0,3}?(?:memory(?: bank)?|memories|stored (?:rules|guidelines|entries)|knowledge base
            |other (?:rules|guidelines|entries)|log\b)|\b(?:store|save|insert|write|add|keep) (?:this
            |the following) (?:\w+ ){0,3}?(?:in|into|to) (?:\w+ ){0,2}?(?:memory|memory bank|every (?:rule|guideline))""",
        ),
        (
            "it hides something from the user",
            r"""\b(?:do not|don't|never) (?:tell|inform|warn|mention|disclose|reveal|let) (?:\w+ ){0,3}?(?:users?|anyone
            |humans?|this (?:message|instruction|guideline|rule))\b|\bwithout (?:telling|informing|warning) (?:the[ ]
            |any )?(?:user|human|anyone)""",
        ),
        (
            "it tells to drop every other rule",
            r"""\b(?:other|all|any|remaining|every other|rest of the|previous|earlier) (?:retrieved |recalled |stored[ ]
            |listed )?(?:guidelines?|rules?|hints?|memories|entries|instructions?|advice)\b[^.]{0,40}\b(?:are|is|were
            |have been|has been|should be|must be|can be)(?: now| all| to be)? (?:outdated|wrong|false|invalid
            |obsolete|void|cancelled|canceled|ignored|disregarded|discarded|revoked|superseded|not valid|deprecated
            |removed|deleted|unreliable|untrue)""",
        ),
        (
            "it speaks of the memory that it is part of",
            r"""\b(?:this|other|another|previous|earlier|retrieved|recalled|stored|remaining|those|your|any|every|each
            |that) (?:\w+ )?(?:guidelines?|memory (?:entry|entries|record)|memories|other memory)\b|\bmemory (?:bank
            |store|entry|entries)\b|\bretriev\w+ (?:any |other |more |this |no |another ){1,3}(?:memory|memories|rule
            |entry|entries)""",
        ),
        (
            "it speaks of the machinery around the model",
            r"""\bsystem (?:message|prompt|administrator|instruction)s?\b|\b(?:user|developer|assistant) (?:messages?
            |turns?|instructions?)\b|\bthe (?:assistant|developers?|admin|administrator|graders?|evaluators?|verifier
            |red team|test authors)\b|\b(?:language model|answer key|gold label|api key|graders? (?:accept|want|like
            |prefer)|note to (?:the )?(?:evaluator|grader|reviewer|judge|model|assistant))\b|\bapprove (?:this
            |the) (?:memory|guideline|entry|rule)\b""",
        ),
        (
            "it speaks of itself",
            r"""\bthis (?:very )?(?:message|sentence|text|note|memory|prompt|instruction)\b(?! (?:type|kind|box|field
            |string))""",
        ),
        (
            "it dictates words of the reply",
            r"""\b(?:append|insert|add|include|begin|start|end|finish|prefix|open|close|sign
            |conclude)\b[^.;]{0,40}\b(?:your|each|every|the final|all|any) (?:final )?(?:repl(?:y|ies)|answers?
            |responses?|outputs?|analys[ei]s|messages?)\b[^.;]{0,30}(?:"|'|\bthe (?:phrase|words?|string
            |sentence)\b)|\b(?:append|insert|prepend)\b[^.;]{0,10}["][^"]+["]""",
        ),
        (
            "it tells to drop every other rule",
            r"""\b(?:your|the|all|any) (?:earlier|previous|prior|other|original|existing|current
            |remaining)(?: \w+)? (?:rules|instructions|orders|hints)\b[^.;]{0,30}\b(?:no longer|do not apply
            |don't apply|not apply|are off|end here|by mistake|not follow)""",
        ),
        (
            "it tells to drop other instructions",
            rf"""\b{_DROP} (?:\w+ ){{1,3}}(?:system|developer|user|operator)(?:'s)? (?:message|prompt|instructions?|says
            |said|wants|asks)""",
        ),
        (
            "it tells to drop every other rule",
            rf"""\b{_DROP} (?:(?:all|any|every|each|the) )?(?:(?:other|previous|earlier|remaining|retrieved|recalled|stored
            |above) )+(?:\w+ )?(?:rules?|tips?|lessons?|notes?|suggestions?|warnings?)\b""",
        ),
    )
)


def injection(raw: str, text: str) -> str:
    """The objection, or an empty string. ``raw`` is the guideline as it came, ``text`` its readable form."""
    if _hidden_characters(raw) > MAX_HIDDEN:
        return "it holds characters that nobody can see"
    flat = " ".join(text.split())
    for name, pattern in _ATTACKS:
        found = pattern.search(text) or (pattern.search(flat) if flat != text else None)
        if found:
            return f"{name}: {' '.join(found[0].split())[:60]}"
    return ""


def _hidden_characters(text: str) -> int:
    """How many characters of ``text`` nobody can see (a soft hyphen and a byte order mark are innocent)."""
    if text.isascii():
        return 0
    return sum(unicodedata.category(char) in INVISIBLE_CATEGORIES and char not in "\u00ad\ufeff" for char in text)
