"""Scope: a guideline is about a kind of problem, not about one case and not about every question.

Case specifics bind it to one record, one file or one person of one question. Vague advice names no concept, cue or action of any
kind of problem: the list of generic words holds the vocabulary of advice in general, and what is left after taking it away is what
the guideline is about.
"""

from __future__ import annotations

import re

from vilomem_core.words import one_line, word_set, words

SHARED_RUN = 9  # words in a row shared with the question: a quotation, not a rule (terms of the field come to 5 or 6)

_SPECIFICS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a file name", one_line(r"""\b[\w-]+\.(?:png|jpe?g|gif|webp|bmp|tiff?|svg|pdf|csv|jsonl?|parquet|txt|xlsx?|docx?)\b""", re.I)),
    ("a record number", one_line(r"(?:\b[a-z]+ ?|^)#\s?\d+\b|\b(?:id|nr\.?|no\.)\s*:?\s*\d+\b", re.I)),
    (
        "a record number",
        one_line(
            r"""\b(?:problem|question|item|exercise|sample|record|image|picture|photo|puzzle|task|instance
                |entry)\s+(?:no\.?\s*|number\s+|nr\.?\s*|id\s+)?\d+\b(?=\s*(?:[.,:;)]|of|in|from|on|asks|asked|shows
                |has|is|was|uses|$))""",
            re.I,
        ),
    ),
    ("a record number", one_line(r"\b[a-z]{2,}[a-z0-9]*[-_]\d{2,}\b|\b[Qq]\.?\s?\d{2,}\b")),
    (
        "a split or data set",
        one_line(
            r"""\b(?:validation|training|test|dev|held-out)[ -](?:split|set|fold|partition)\b|\b(?:physics|maths?
                |chemistry|geometry|biology|chart|vqa) (?:set|split|subset)\b|\bthis (?:data ?set|benchmark)\b""",
            re.I,
        ),
    ),
    (
        "a reference to one case",
        one_line(
            r"""\b(?:in|for|on|of|with|to|from|about|solving|answering) (?:this|the current|the present|the given
                |the above|this particular|this specific|this very) (?:problem|question|image|picture|photo|photograph
                |figure|diagram|drawing|puzzle|exercise|task|chart|graph|map|scene|item|example
                |screenshot)\b(?! (?:type|kind|class|family|of))""",
            re.I,
        ),
    ),
    (
        "a reference to one case",
        one_line(
            r"""\b(?:this|the current|the present) (?:problem|question|image|picture|photo|photograph|figure|diagram
                |puzzle|exercise|screenshot)(?:'s)? (?:is|was|has|had|shows?|contains?|asks?|asked|depicts?|wants?
                |needs?|requires?)\b""",
            re.I,
        ),
    ),
    (
        "a reference to one case",
        one_line(
            r"""\bwhen(?:ever)? (?:this|the same|this exact) [^.;]{2,60}? (?:comes up|appears|occurs|is shown|is given
                |is asked|shows up|turns up)\b""",
            re.I,
        ),
    ),
    (
        "a value for a label of one figure",
        one_line(
            r"""\b(?:use|take|assume|set|put|let|suppose|know|remember)\b(?: that)? (?:∠|angle |side |segment[ ]
                |length )?[A-Z]{2,3} ?(?:=|is|to be) ?\d"""
        ),
    ),
    (
        "a label of one figure",
        one_line(
            r"""\bthe (?:\w+ ){1,3}(?:on|at|to|in) the (?:left|right|top|bottom|middle)(?: \w+)? is (?:labelled[ ]
                |labeled |called |point |number )?[A-H]\b"""
        ),
    ),
)
# surnames of theorems and units are concepts
_EPONYMS = word_set(
    """
    pythagoras pythagorean euler euclid euclidean thales venn bayes bayesian newton ohm hooke boyle celsius fahrenheit kelvin
    kirchhoff gauss gaussian fibonacci pascal punnett mendel mendelian cartesian descartes heron vieta roman arabic greek latin
    english french german spanish chinese japanese european american africa asia europe america australia london paris monday
    tuesday wednesday thursday friday saturday sunday january february march april may june july august september october
    november december cramer bernoulli poisson fermat archimedes ptolemy ceva menelaus riemann laplace fourier taylor maclaurin
    lewis avogadro hess faraday lenz doppler snell
    """
)
_NAME = one_line(r"(?<=[a-z,;:] )[A-Z][a-z]{2,}(?:'s)?\b")
_FIRST = one_line(r"(?:^|[.!?]\s+)([A-Z][a-z]{2,})(?:'s)?\b")

_GENERIC = word_set(
    """
    a about above accurate accurately accuracy achieve across act actual actually add additional advice after again all almost
    alone along already also always am among an analysis analyse analyze analyzed and another answer answered answering answers
    any anything apply approach appropriate appropriately are arrive around as ask asked asking asks assume assuming assumption
    assumptions at attention attentive attentively aware avoid away back be because become before being best better between both
    but by calm can cannot care careful carefully careless carelessly case cases caution cautious cautiously certain challenging
    chance change check checked checking choice choices choose choosing clear clearly close closely come common commit complete
    completely complex comprehend concentrate conclude conclusion conclusions confident confirm confirming confused consider
    considered considering consistent consistently content context correct correctly correctness could cross-check data deal
    decide decision deep deeply describe detail detailed details determine did different difficult difficulty diligent do does
    doing done don't double-check down draw drawing due during each easily easy effort either else end enough ensure ensures
    ensuring error errors especially essential etc evaluate even ever every everything evidence exact exactly examine examined
    example examples exercise explain explanation extremely eye eyes fact facts fail fail far fast figure figures final finally
    find finding fine finish first fix focus focused follow following for forget forgetting form from full fully further general
    generally get getting give given gives giving glance go goal going good great guess guesses guessing had handle hard has
    hasty hastily have having help helpful hence here hints how however hurry i idea if image images importance important
    improve in inaccurate include including incorrect incorrectly information input insight inspect instead instruction
    instructions interpret interpretation interpreted interpreting into invest is issue issues it item items it's its itself job
    jump just keep keeping kind know knowing knowledge lack last lead leap learn less let like likely little logic logical
    logically long look looked looking looks lot made make makes making manner many matter may me means meant measure method
    methodical methodically mind mindful mindfully minute misinterpret misread misreading miss missed missing mistake mistaken
    mistakes misunderstand model moment more most move much must my nature necessary need needed needs never next no none nor
    not note nothing notice notices now observe observed observing of off often on once one ones only option options or order
    other others otherwise our out over overall overlook overlooked overlooking own part particular particularly parts past
    pause pay paying perform perhaps photo picture pictures place plan please point possible possibly practice precise precisely
    precision prepare present presented previous prior problem problems procedure proceed process proper properly provide
    provided purpose put question questions quick quickly quite rather re-read read reader readers reading reads really reason
    reasonable reasoning reasons recall recheck recognise recognize reconsider refer reflect regarding relevant reliable rely
    remain remember repeat reply require required requirement requires reread respond response rest result results review
    revisit right rigorous rigorously rush rushing same say says scene second see seeing seem seems sense set several shall
    should show showing shown shows similar simple simply sit situation situations skip slow slowly small so solution solutions
    solve solved solver solving some something sometimes soon specific stage start state statement stated stay step steps still
    stop straight strategy study such sufficient suitable sure systematic systematically take taken takes taking task tasks tell
    test than that the their them then there therefore these they thing things think thinking this thorough thoroughly those
    though thought thoughtful thoughtfully three through throughout thus time times tips to together too topic total toward
    towards try trying twice two type types under understand understanding understood unless unnecessary until unusual up upon
    us use used useful user using usual usually valid validate value values various verified verify verifying very view viewing
    visual visually want was watch way ways we well were what whatever when whenever where whether which while who whole whose
    why will wise with within without wonder word wording words work working would write wrong wrongly yes yet you your yourself
    diagram diagrams chart charts graph graphs calculation calculations calculate compute computation arithmetic math maths
    mathematics mathematical formula formulas equation equations number numbers rule rules concept concepts fundamental
    principle principles skill skills object objects element elements feature features aspect aspects conclusion hypothesis
    claim argument logic
    """
)
_FORMULA = re.compile(r"[=<>≤≥≠√π∠°²³⁴%/·×÷→⇒+^]|\d")
# verbs and adverbs of mere attention: with them more of a topic must be named, as they are no action of their own
_ATTENTION = word_set(
    """
    attention attentive attentively careful carefully caution cautious cautiously thorough thoroughly sure ensure ensuring mind
    mindful aware consider considering remember know understand understanding analyze analyse think thinking verify double-check
    properly correctly appropriate appropriately avoid track handle focus focused distinguish interpret examine trust account
    """
)


def case_specific(text: str, question: str) -> str:
    """The objection to ``text``, or an empty string. The question, where there is one, tells names and quotations."""
    for name, pattern in _SPECIFICS:
        found = pattern.search(text)
        if found:
            return f"it holds {name}: {' '.join(found[0].split())[:60]}"
    return _shared_name(text, question) or _quotation(text, question)


def _shared_name(text: str, question: str) -> str:
    """A person or place of the question. A capital inside a sentence shows a name; at its start only together with one inside."""
    in_question = {_bare(name) for name in _NAME.findall(question)}
    in_text = {_bare(name) for name in _NAME.findall(text) + _FIRST.findall(text)}
    shared = sorted(name for name in (in_question & in_text) - _EPONYMS if not _written_small(name, question))
    return f"it names {shared[0].title()} of its question" if shared else ""


def _written_small(name: str, question: str) -> bool:
    """Whether the question has the word without its capital, too: then it is no name."""
    return name in words(question) and re.search(rf"\b{re.escape(name)}\b", question) is not None


def _bare(name: str) -> str:
    return name.removesuffix("'s").casefold()


def _quotation(text: str, question: str) -> str:
    said, asked = words(text), f" {' '.join(words(question))} "
    for start in range(len(said) - SHARED_RUN + 1):
        run = " ".join(said[start : start + SHARED_RUN])
        if f" {run} " in asked:
            return f"it quotes its question: {run[:60]}"
    return ""


def vague(text: str, min_specific_words: int) -> str:
    """The objection to ``text``, or an empty string. A formula counts as one specific word.

    A guideline that asks for attention must name twice as many: "consider the axes and the legend" teaches nothing, "dashed means
    hidden" does.
    """
    found = words(text)
    specific = {word for word in found if word not in _GENERIC and word not in _ATTENTION and len(word) > 1}
    count = len(specific) + bool(_FORMULA.search(text))
    needed = min_specific_words * (2 if _ATTENTION & set(found) else 1)
    if count >= needed:
        return ""
    named = f"names only {', '.join(sorted(specific))}" if specific else "names no concept"
    return f"it {named}: advice that fits every question"
