"""Case specifics: what binds a guideline to one record, one file or one person of one question."""

from __future__ import annotations

import re

from vilomem_core.gate.text import one_line, word_set, words

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
