"""Heatmaps of twenty pictures on one sheet, for the eye.

    python examples/heatmap_contact_sheet.py DATA SHEET.png       twenty cases, evenly chosen from a data set (folder or file)
    python examples/heatmap_contact_sheet.py --drawn SHEET.png    twenty pictures that this project draws itself

``--mode crop`` shows the regions instead of overlays, ``--attention`` takes any spec of the settings (default: saliency).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from vilomem_core.backends.build import build_attention
from vilomem_core.heatmaps import HeatmapSettings, heatmap_query, make_heatmap_images
from vilomem_core.images import decode
from vilomem_core.protocols import AttentionModel
from vilomem_core.readers import read_cases
from vilomem_core.simulation.dataset import demo_cases
from vilomem_core.types import Case, Image

COUNT, COLUMNS = 20, 4
CELL, GAP, CAPTION = 150, 8, 14  # pixels: side of a picture's box, space between boxes, height of a line of text
COLOURS = 256  # a palette keeps the sheet small


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", help="folder or file of cases")
    parser.add_argument("sheet", type=Path, help="PNG to write")
    parser.add_argument("--drawn", action="store_true", help="pictures that this project draws itself")
    parser.add_argument("--mode", choices=("overlay", "crop"), default="overlay")
    parser.add_argument("--attention", default="saliency")
    options = parser.parse_args()
    if options.drawn == bool(options.data):
        parser.error("give either a data set or --drawn")
    cases = list(demo_cases(COUNT)) if options.drawn else chosen(options.data)
    model = build_attention(options.attention)
    contact_sheet(cases, model, HeatmapSettings(mode=options.mode)).save(options.sheet, optimize=True)


def chosen(source: str) -> list[Case]:
    """At most twenty cases with pictures, evenly over the data set."""
    cases = [case for case in read_cases(source) if isinstance(case, Case) and case.images]
    return cases[:: max(len(cases) // COUNT, 1)][:COUNT]


def contact_sheet(cases: Sequence[Case], model: AttentionModel, settings: HeatmapSettings) -> PIL.Image.Image:
    """Each case's first picture beside its heatmap, under the beginning of the question."""
    width, height = 2 * CELL + GAP, CELL + CAPTION + GAP
    rows = -(-len(cases) // COLUMNS)
    sheet = PIL.Image.new("RGB", (COLUMNS * (width + GAP) + GAP, rows * height + GAP), "white")
    draw = PIL.ImageDraw.Draw(sheet)
    font = PIL.ImageFont.load_default(10)
    for index, case in enumerate(cases):
        left, top = GAP + index % COLUMNS * (width + GAP), GAP + index // COLUMNS * height
        heat = make_heatmap_images(case.images[:1], heatmap_query(case.question, ()), model, settings)
        draw.text((left, top), caption(case.question, font), "#22282f", font)
        for place, image in enumerate((case.images[0], *heat)):
            sheet.paste(thumbnail(image), (left + place * (CELL + GAP), top + CAPTION))
    return sheet.quantize(COLOURS)


def caption(question: str, font: PIL.ImageFont.ImageFont | PIL.ImageFont.FreeTypeFont) -> str:
    """As many words of the question as fit over two boxes."""
    words = question.split()
    whole = " ".join(words)
    while len(words) > 1 and font.getlength(whole) > 2 * CELL + GAP:
        words.pop()
        whole = " ".join(words) + " …"
    return whole


def thumbnail(image: Image) -> PIL.Image.Image:
    box = PIL.Image.new("RGB", (CELL, CELL), "#eceff2")
    small = decode(image)
    small.thumbnail((CELL, CELL))
    box.paste(small, ((CELL - small.width) // 2, (CELL - small.height) // 2))
    return box


if __name__ == "__main__":
    main()
