"""Vague advice: words that fit every question and teach nothing.

A guideline must name a concept, a cue or an action of some kind of problem. The list holds the vocabulary of advice in
general; what is left after taking it away is what the guideline is about.
"""

from __future__ import annotations

import re

from vilomem_core.gate.text import word_set, words

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
