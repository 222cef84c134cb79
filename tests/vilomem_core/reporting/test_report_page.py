"""The HTML report: complete, harmless whatever the texts, and sensible for a new store."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from vilomem_core.evaluation import PairedResult, ReleaseEvidence, ReleaseSettings, release_gate
from vilomem_core.reporting import (
    FailureRow,
    LineageExample,
    MemoryRow,
    RejectedExample,
    RejectedGroup,
    ReportData,
    RoleCost,
    RoundRow,
    SnapshotRow,
    render_report,
)
from vilomem_core.reporting.charts import MAX_POINTS, points
from vilomem_core.simulation import demo_cases
from vilomem_core.types import Stream, Usage

VOID = {"meta", "img", "br", "hr", "link", "input"}
HOSTILE = (
    "</title></style><script>alert(1)</script><img src=x onerror=alert(2)>"
    "\"' onmouseover='alert(3)' {{memories}} \x00\ud800\u202e& &amp;"
)
PICTURE = next(demo_cases(1)).images[0].data
NONE = PairedResult(both_right=10, fixed=14, broken=1, both_wrong=5, undetermined=1)
EVIDENCE = ReleaseEvidence(release_gate(None, NONE, ReleaseSettings()), NONE, NONE)


class Page(HTMLParser):
    """Checks that tags nest, and keeps what the tests ask about."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert not self.stack

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def full(text: str = "plain") -> ReportData:
    """A report in which every text field holds ``text``."""
    example = LineageExample(text, text, text, text, PICTURE)
    memory = MemoryRow(text, Stream.VISUAL, text, text, (text, text), 3, text, text, 9, 4, 1, True, (example,))
    return ReportData(
        title=text,
        store=text,
        created_at=text,
        simulated=True,
        solver=text,
        rounds=tuple(
            RoundRow(text, number, text, 30, 10 + 4 * number, 19 - 4 * number, 1, 0, 8, 7, 5 + number, 3, text, text, 70.0)
            for number in range(1, 5)
        ),
        roles=(RoleCost(text, text, Usage(12, 3456, 789, 4.5), 1.25), RoleCost(text, text, Usage())),
        active=2,
        memories=(memory, replace(memory, stream=Stream.LOGIC)),
        rejected=(RejectedGroup(text, 3, (RejectedExample(text, text, text),)),),
        failures=(FailureRow(text, text, 2, True, text, text),),
        snapshots=(
            SnapshotRow(text, text, text, text, 5, 3, text, True, EVIDENCE),
            SnapshotRow(text, text, text, text, 5, 3, text),
        ),
        currency=text,
    )


def test_a_full_report_is_well_formed_and_shows_its_parts() -> None:
    page = Page(render_report(full()))
    assert page.count("svg") == 4
    assert page.count("article") == 2
    assert page.count("img") == 2
    for words in ("Rounds", "Memories", "Guidelines that were turned away", "Failures", "Snapshots and their evidence", "Cost"):
        assert words in page.text
    assert "14 fixed, 1 broken of 30" in page.text
    assert "recalled 9 · helped 4 · harmed 1" in page.text


def test_hostile_text_stays_text_everywhere() -> None:
    html = render_report(full(HOSTILE))
    page, plain = Page(html), Page(render_report(full()))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    for (_, attributes), (_, expected) in zip(page.tags, plain.tags, strict=True):
        assert set(attributes) - {"title"} == set(expected) - {"title"}
        assert not [name for name in attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in page.text  # as words
    assert html.count("{{memories}}") > 5  # a mark inside a text is not filled
    assert not re.search("[\x00\ud800\u202e]", html)
    html.encode("utf-8")


def test_nothing_is_fetched_or_run() -> None:
    html = render_report(full(HOSTILE))
    page = Page(html)
    assert page.count("script") == page.count("link") == page.count("iframe") == 0
    assert all((attributes["src"] or "").startswith("data:image/png;base64,") for tag, attributes in page.tags if tag == "img")
    policy = [attributes for tag, attributes in page.tags if attributes.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in (policy[0]["content"] or "")
    styles = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in styles
    assert "@import" not in styles


def test_light_and_dark_and_small_screens_are_provided_for() -> None:
    html = render_report(full())
    assert "prefers-color-scheme: dark" in html
    assert 'name="viewport"' in html
    colours = set(re.findall(r"var\((--[a-z-]+)\)", html))
    light = set(re.findall(r"(--[a-z-]+):", html[: html.index("prefers-color-scheme")]))
    assert colours <= light


def test_a_simulated_learner_is_named_as_such_and_a_real_one_is_not() -> None:
    assert "The learner on this page is simulated" in render_report(full())
    assert "simulated" not in render_report(replace(full(), simulated=False)).casefold()


def test_a_new_store_has_a_sensible_page() -> None:
    page = Page(render_report(ReportData("Empty", "./store", "2025-01-01T00:00:00Z", simulated=False)))
    assert page.count("svg") == page.count("table") == page.count("article") == 0
    for words in ("No round was run yet.", "Nothing is remembered yet.", "No snapshot was published yet.", "Nothing failed."):
        assert words in page.text
    assert "nan" not in page.text.casefold().split()


def row(**changes: Any) -> RoundRow:
    return replace(RoundRow("run", 1, "complete", 0, 0, 0, 0, 0, 0, 0, 0, 0), **changes)


@pytest.mark.parametrize(
    "rounds",
    [
        (row(),),
        (row(cases=5, undetermined=5),),
        (row(cases=5, failed=5), row(round=2, cases=3, correct=3)),
        tuple(row(round=number, cases=1, correct=number % 2, incorrect=1 - number % 2) for number in range(1, 1001)),
        (row(cases=10**12, correct=10**12, visual=10**9, logic=1, seconds=1e9),),
    ],
    ids=["nothing", "no verdicts", "failures first", "a thousand", "huge"],
)
def test_odd_rounds_make_a_page_without_nonsense(rounds: tuple[RoundRow, ...]) -> None:
    html = render_report(ReportData("Odd", "./store", "", simulated=False, rounds=rounds))
    Page(html)
    numbers = [float(value) for value in re.findall(r' (?:x|y|x1|y1|cx|cy|width|height)="([^"]*)"', html)]
    assert all(-5 <= value <= 500 for value in numbers)
    assert len(html) < 400_000


def test_many_small_rounds_are_pooled_with_their_counts_kept() -> None:
    rounds = [row(round=number, cases=1, correct=number % 2, incorrect=1 - number % 2, visual=number) for number in range(1, 1001)]
    shown = points(rounds)
    assert len(shown) <= MAX_POINTS
    assert sum(point.counts["correct"] for point in shown) == 500
    assert (shown[0].label, shown[-1].memories["visual"]) == ("1–25", 1000)


def test_long_texts_and_files_that_are_no_pictures_are_left_out() -> None:
    data = full("long " * 100_000)
    memory = replace(data.memories[0], examples=(LineageExample("c", "d", "q", "g", b"<svg onload=alert(1)>"),))
    html = render_report(replace(data, memories=(memory,)))
    assert len(html) < 100_000
    assert "<img" not in html
    assert "onload" not in html


def test_long_tables_say_how_much_is_missing() -> None:
    data = full()
    html = render_report(replace(data, failures=data.failures * 250, memories=data.memories * 60, active=120))
    assert "150 more are not shown." in html
    assert "20 more are not shown." in html
