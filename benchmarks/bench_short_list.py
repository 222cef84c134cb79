"""What the search's shortcuts cost on real sentences and pictures. Prints one line each and one JSON line.

    python benchmarks/bench_short_list.py [--sentences FILE] [--pictures FOLDER] [--queries 300]

``--sentences`` is a file of one sentence a line, in any order: each is a memory, the last ones are the queries. Counted are the queries
that get the same memories as when all are matched, with the short list of today and a longer one. ``--pictures`` is a folder of PNG or
JPEG files (and of folders): 10,000 random crops of them are searched; counted is the share of the ten nearest that the sketch lets
through for the number that recall asks for.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import PIL.Image

from tasks.build_models import build_embedders
from vilomem_core.backends.descriptor import describe
from vilomem_core.recall import search
from vilomem_core.recall.bank import Fingerprints, MemoryBank
from vilomem_core.recall.build import build_bank
from vilomem_core.recall.query import RecallQuery
from vilomem_core.recall.recaller import Recaller
from vilomem_core.recall.sketch import build_sketch
from vilomem_core.settings.layers import Layer
from vilomem_core.settings.load import load_settings
from vilomem_core.settings.method import RecallSettings
from vilomem_core.types import F32, Candidate, Memory, Stream

TEXT_EMBEDDER = "minilm"
LONGER = 256  # the short list that today's is compared with
CROPS, NEAREST = 10_000, 10
SMALLEST_CROP = 0.4  # of a side
LARGEST_SIDE = 400  # pixels; the descriptor looks at fewer
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=Path)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--queries", type=int, default=300)
    given = parser.parse_args()
    if given.sentences is None and given.pictures is None:
        parser.error("give --sentences, --pictures or both")
    found: dict[str, float] = {}
    if given.sentences is not None:
        found |= same_answers(list(dict.fromkeys(given.sentences.read_text("utf-8").splitlines())), given.queries)
    if given.pictures is not None:
        found |= {"pictures let through": nearest_let_through(crops(given.pictures, CROPS + given.queries), given.queries)}
    for name, value in found.items():
        print(f"{name:44} {value:10.4g}")
    print(json.dumps(found))


def same_answers(sentences: Sequence[str], queries: int) -> dict[str, float]:
    settings = load_settings(
        None, {}, [Layer("bench", {"roles.solver.model": "simulated", "embedders.text": TEXT_EMBEDDER})]
    ).settings
    embedder = build_embedders(settings).text
    vectors = np.concatenate([embedder.embed(sentences[start : start + 256]) for start in range(0, len(sentences), 256)])
    count = len(sentences) - queries
    bank = bank_of(sentences[:count], vectors[:count], embedder.fingerprint)
    none = np.zeros((0, 1), np.float32)
    asked = [RecallQuery(sentences[place], None, vectors[place][None], none) for place in range(count, len(sentences))]
    recaller = Recaller(bank, RecallSettings(token_budget=10**6))

    def answers(short_list: int) -> list[tuple[str, ...]]:
        search.SHORT_LIST = short_list
        return [tuple(hit.memory_id for hit in recaller.recall(query)) for query in asked]

    today = search.SHORT_LIST
    whole = answers(count)  # all of a stream are matched
    shares = {short_list: sum(map(tuple.__eq__, answers(short_list), whole)) for short_list in (today, LONGER)}
    search.SHORT_LIST = today
    return {
        "sentences": float(count),
        "memories a query": float(np.mean([len(one) for one in whole])),
        **{f"of {queries} queries alike, {name} matched": float(same) for name, same in shares.items()},
    }


def bank_of(sentences: Sequence[str], vectors: F32, text_embedder: str) -> MemoryBank:
    """Every sentence is a memory of its own, half of them visual ones without a picture."""
    memories, members = [], []
    for place, (text, vector) in enumerate(zip(sentences, vectors, strict=True)):
        stream = Stream.VISUAL if place % 2 else Stream.LOGIC
        members.append(
            Candidate(
                id=f"cand_{place}",
                attempt_id=f"att_{place}",
                case_key=f"case_{place}",
                case_id=str(place),
                stream=stream,
                guideline=text,
                question=text,
                subject="",
                key_concepts=("sentence",),
                image_sha256=(),
                accepted=True,
                reject_category="",
                reject_reason="",
                guideline_vector=vector,
                question_vector=vector,
                concept_vector=vector,
                image_vectors=np.zeros((0, 1), np.float32),
            )
        )
        memories.append(Memory(f"mem_{place}", stream, text, "", ("sentence",), (f"cand_{place}",), "member", vector))
    return build_bank(memories, members, "snap_bench", Fingerprints(text_embedder, "none"))


def crops(folder: Path, count: int) -> F32:
    """f32[count, dim] of random crops of the pictures in a folder, in turns."""
    drawn = random.Random(0)
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES)
    pictures = []
    for path in paths:
        with PIL.Image.open(path) as picture:
            small = picture.convert("RGBA").convert("RGB")
        small.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
        pictures.append(small)

    def crop(picture: PIL.Image.Image) -> PIL.Image.Image:
        width, height = (max(8, int(side * drawn.uniform(SMALLEST_CROP, 1))) for side in picture.size)
        left, top = drawn.randint(0, max(0, picture.width - width)), drawn.randint(0, max(0, picture.height - height))
        return picture.crop((left, top, left + width, top + height))

    return np.stack([describe(crop(pictures[place % len(pictures)])) for place in range(count)]).astype(np.float32)


def nearest_let_through(vectors: F32, queries: int) -> float:
    """Share of the nearest that the sketch lets through for so many as the search asks it for."""
    bank, asked = vectors[:-queries], vectors[-queries:]
    sketch = build_sketch(bank)
    nearest = np.argsort(-(asked @ bank.T), axis=1)[:, :NEAREST]
    wanted = max(search.SKETCHED_EACH * search.PICTURES_EACH * NEAREST, search.SKETCHED_LEAST)
    through = [np.isin(nearest[place], sketch.nearest(vector, 0, len(bank), wanted)).mean() for place, vector in enumerate(asked)]
    return float(np.mean(through))


if __name__ == "__main__":
    main()
