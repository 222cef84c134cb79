"""The demonstration's question set: as cases, and as files in the project's JSONL form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from random import Random

from PIL import Image as Pillow

from vilomem_core.simulation.canvas import HEIGHT, PALETTE, WIDTH, Canvas, png_bytes
from vilomem_core.simulation.exercise import Exercise, TrapFamily
from vilomem_core.simulation.families import FAMILIES, case_id, make_exercise
from vilomem_core.simulation.lessons import lessons
from vilomem_core.types import Case, Image

SOURCE = "vilomem demo"
NUMBERS_PER_SEED = 10_000_000  # so that sets of different seeds share no case up to 16 x this many cases
TINY_SIDE = 16  # pixels


def demo_cases(n: int, seed: int = 0) -> Iterator[Case]:
    """The first ``n`` cases of the set with that seed, families mixed, each with a picture of 320 x 240 pixels (about 3 ms a case).

    Every run of as many cases as there are families holds each family once. ``n`` only says where to stop.
    """
    return _cases(n, seed, _drawn)


def tiny_cases(n: int, seed: int = 0) -> Iterator[Case]:
    """The same questions with one very small picture a family, for measuring scale (tens of microseconds a case)."""
    return _cases(n, seed, lambda family, _: _tiny(family.name))


def write_demo_dataset(folder: str | Path, n: int, seed: int = 0) -> Path:
    """Writes ``cases.jsonl`` and ``images/`` into ``folder``, which is made if need be; returns the path of ``cases.jsonl``."""
    folder = Path(folder)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    target = folder / "cases.jsonl"
    with target.open("w", encoding="utf-8", newline="\n") as lines:
        for case in demo_cases(n, seed):
            name = f"images/{case.id}.png"
            (folder / name).write_bytes(case.images[0].data)
            lines.write(json.dumps(_row(case, name), ensure_ascii=False) + "\n")
    return target


def _cases(n: int, seed: int, picture: Callable[[TrapFamily, Exercise], Image]) -> Iterator[Case]:
    if n < 0 or seed < 0:
        raise ValueError("the number of cases and the seed are 0 or more")
    for index in range(n):
        block, place = divmod(index, len(FAMILIES))
        family = FAMILIES[_order(seed, block)[place]]
        number = seed * NUMBERS_PER_SEED + block
        exercise = make_exercise(family, number)
        yield Case(
            id=case_id(family, number),
            question=exercise.question,
            answer=exercise.answer,
            answer_type=exercise.answer_type,
            options=exercise.options,
            images=(picture(family, exercise),),
            subject=lessons()[family.name].subjects[0],
            tags=(f"trap:{family.name}", f"stream:{family.stream}"),
            source=SOURCE,
        )


@lru_cache(maxsize=1)
def _order(seed: int, block: int) -> list[int]:
    order = list(range(len(FAMILIES)))
    Random(f"order:{seed}:{block}").shuffle(order)
    return order


def _drawn(_: TrapFamily, exercise: Exercise) -> Image:
    canvas = Canvas()
    exercise.draw(canvas)
    return _image(canvas.png(), WIDTH, HEIGHT)


@cache
def _tiny(family: str) -> Image:
    """Two colours that depend on the family's name."""
    rng = Random(f"tiny:{family}")
    picture = Pillow.new("RGB", (TINY_SIDE, TINY_SIDE), rng.choice(PALETTE))
    left = rng.randrange(TINY_SIDE // 2)
    picture.paste(f"#{rng.randrange(1 << 24):06x}", (left, rng.randrange(TINY_SIDE // 2), TINY_SIDE, TINY_SIDE))
    return _image(png_bytes(picture), TINY_SIDE, TINY_SIDE)


def _image(data: bytes, width: int, height: int) -> Image:
    return Image(hashlib.sha256(data).hexdigest(), "image/png", width, height, data)


def _row(case: Case, image: str) -> dict[str, object]:
    return {
        "id": case.id,
        "question": case.question,
        "options": list(case.options) or None,
        "answer": case.answer,
        "answer_type": str(case.answer_type),
        "image": image,
        "subject": case.subject,
        "tags": list(case.tags),
        "source": case.source,
    }
