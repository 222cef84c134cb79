"""Draws how memory grows with guidelines, and what the merge threshold does to precision and recall.

    python benchmarks/consolidation_curves.py curves.png [DIR]

Left: a made-up log (see benchmarks/bench_consolidation.py) arrives in ten parts, each consolidated on top of the memories before.
Right: labelled wordings, clustered without a model at many thresholds. DIR is a folder of the form that ``vilomem score consolidation``
reads; without it the calibration texts that ship with the package are used, a little too kindly: the scale was made on them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # benchmarks/ is no installed package

from benchmarks.bench_consolidation import made_up_log, run
from vilomem_core.backends.minilm import MiniLM
from vilomem_core.consolidation.calibration import calibration_for
from vilomem_core.consolidation.clustering import cluster
from vilomem_core.consolidation.log import distinct_wordings
from vilomem_core.scoring.consolidation import pair_score
from vilomem_core.scoring.guideline_corpus import LabelledGuideline, as_log, clear_wordings, first_rows
from vilomem_core.settings.method import ConsolidationSettings
from vilomem_core.types import Memory, MemoryState, Stream

LOG, PARTS = 8000, 10
LINKS = np.arange(0.2, 1.41, 0.1)
WIDTH, HEIGHT, MARGIN = 640, 440, 70
INK, GREY, COLOURS = "#222222", "#bbbbbb", ("#1f6f8b", "#c05a2b", "#5b8c3a", "#8a5aa8")


@dataclass(frozen=True)
class Curve:
    """A line with its name; ``x`` and ``y`` are as long as each other."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


def growth() -> list[Curve]:
    """Memories, and rules that were stated so far, after each part of the log."""
    log, rules = made_up_log(LOG, 1)
    sizes, memories, stated = [0.0], [0.0], [0.0]
    rows: dict[str, Memory] = {}
    for part in range(1, PARTS + 1):
        end = LOG * part // PARTS
        rows.update((row.id, row) for row in run(first_rows(log, end), list(rows.values()), f"part_{part}").changed)
        sizes.append(end)
        memories.append(sum(row.state is MemoryState.ACTIVE for row in rows.values()))
        stated.append(len(set(rules[:end])))
    return [Curve("rules stated so far", sizes, stated), Curve("memories", sizes, memories)]


def thresholds(wordings: Sequence[LabelledGuideline]) -> list[Curve]:
    """Pairwise precision and recall of each stream at each value of ``consolidation.link``."""
    curves = []
    for stream in sorted({wording.stream for wording in wordings}):
        chosen = [wording for wording in wordings if wording.stream is stream]
        embedder = MiniLM()
        log = as_log(chosen, embedder)
        known = distinct_wordings(log, stream, calibration_for(embedder))
        rules = [chosen[rows[0]].family for rows in known.rows]
        scores = []
        for link in LINKS:
            groups = cluster(known, range(len(rules)), (), ConsolidationSettings(link=float(link)))
            label = {row: number for number, group in enumerate(groups) for row in group}
            scores.append(pair_score([label[row] for row in range(len(rules))], rules))
        curves.append(Curve(f"{stream}: precision", LINKS, [score.precision for score in scores]))
        curves.append(Curve(f"{stream}: recall", LINKS, [score.recall for score in scores]))
    return curves


def shipped_wordings() -> list[LabelledGuideline]:
    """The calibration texts with their rules."""
    rows = json.loads((files("vilomem_core.consolidation") / "calibration_texts.json").read_text(encoding="utf-8"))
    return [
        LabelledGuideline(f"text_{number:03d}", Stream.LOGIC, row["rule"], row["subject"], tuple(row["concepts"]), row["wording"])
        for number, row in enumerate(rows)
    ]


def draw(curves: Sequence[Curve], title: str, x_name: str, steps: tuple[float, float], bounds: tuple[float, float]) -> Image.Image:
    """One panel. ``bounds`` are the largest x and y, ``steps`` the distances of the grid lines; both axes begin at zero."""
    panel = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(panel)
    font, small = ImageFont.load_default(17), ImageFont.load_default(13)

    def place(x: float, y: float) -> tuple[float, float]:
        inner_width, inner_height = WIDTH - 1.5 * MARGIN, HEIGHT - 2 * MARGIN
        return MARGIN + x / bounds[0] * inner_width, HEIGHT - MARGIN - y / bounds[1] * inner_height

    for x in np.arange(0, bounds[0] + steps[0] / 2, steps[0]):
        pen.line([place(x, 0), place(x, bounds[1])], fill="#eeeeee")
        pen.text((place(x, 0)[0], HEIGHT - MARGIN + 8), f"{x:,.10g}", fill=INK, font=small, anchor="ma")
    for y in np.arange(0, bounds[1] + steps[1] / 2, steps[1]):
        pen.line([place(0, y), place(bounds[0], y)], fill="#eeeeee")
        pen.text((MARGIN - 8, place(0, y)[1]), f"{y:,.10g}", fill=INK, font=small, anchor="rm")
    pen.line([place(0, bounds[1]), place(0, 0), place(bounds[0], 0)], fill=GREY, width=2)
    for number, curve in enumerate(curves):
        points = [place(x, y) for x, y in zip(curve.x, curve.y, strict=True)]
        pen.line(points, fill=COLOURS[number], width=3, joint="curve")
        for x, y in points:
            pen.ellipse([x - 3, y - 3, x + 3, y + 3], fill=COLOURS[number])
        left, top = MARGIN + 12 + 250 * (number % 2), 46 + 16 * (number // 2)
        pen.ellipse([left - 4, top - 4, left + 4, top + 4], fill=COLOURS[number])
        pen.text((left + 10, top), curve.name, fill=COLOURS[number], font=small, anchor="lm")
    pen.text((MARGIN, 10), title, fill=INK, font=font)
    pen.text((WIDTH - 0.5 * MARGIN, HEIGHT - 18), x_name, fill=INK, font=small, anchor="rm")
    return panel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("labelled", type=Path, nargs="?")
    given = parser.parse_args()
    grown = growth()
    top = max(max(curve.y) for curve in grown)
    left = draw(grown, "Memory size", "guidelines", (LOG / 4, 200.0), (float(LOG), 200.0 * np.ceil(top / 200)))
    wordings = clear_wordings(given.labelled) if given.labelled else shipped_wordings()
    scored = thresholds(wordings)
    right = draw(scored, "Pairs merged, no model", "consolidation.link", (0.2, 0.2), (1.4, 1.0))
    sheet = Image.new("RGB", (2 * WIDTH, HEIGHT), "white")
    sheet.paste(left, (0, 0))
    sheet.paste(right, (WIDTH, 0))
    sheet.quantize(64).save(given.out, optimize=True)
    for curve in (*grown, *scored):
        print(f"{curve.name}: {', '.join(f'{x:.3g} → {y:.3g}' for x, y in zip(curve.x, curve.y, strict=True))}")


if __name__ == "__main__":
    main()
