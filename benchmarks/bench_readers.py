"""How fast the readers are, and that their memory does not grow with the rows.

    python benchmarks/bench_readers.py [ROWS]

Each form is read in a process of its own, at a tenth of ROWS and at ROWS (default 20,000). Every row has a picture of 64x48 pixels.
"""

from __future__ import annotations

import base64
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import PIL.Image
import pyarrow as pa
import pyarrow.parquet as pq

from vilomem_core.readers import read_cases
from vilomem_core.types import Case

PICTURES = 50
FORMS = ("jsonl", "tsv", "tsv_references", "parquet")


def pictures() -> list[bytes]:
    rng = np.random.default_rng(0)
    made = []
    for _ in range(PICTURES):
        buffer = io.BytesIO()
        PIL.Image.fromarray(rng.integers(0, 4, (48, 64, 3), dtype=np.uint8) * 60).save(buffer, "PNG")
        made.append(buffer.getvalue())
    return made


def write(form: str, rows: int, home: Path) -> Path:
    data = pictures()
    path = home / f"data.{form.split('_', maxsplit=1)[0]}"
    if form == "jsonl":
        for i, picture in enumerate(data):
            (home / f"{i}.png").write_bytes(picture)
        with path.open("w") as file:
            for i in range(rows):
                made = {
                    "id": f"q{i}",
                    "question": f"How many in {i}?",
                    "options": ["4", "5", "6"],
                    "answer": "5",
                    "answer_type": "choice",
                }
                file.write(json.dumps(made | {"image": f"{i % PICTURES}.png"}) + "\n")
    elif form == "parquet":
        write_parquet(path, rows, data)
    else:
        packed = [base64.b64encode(picture).decode() for picture in data]
        with path.open("w") as file:
            file.write("index\timage\tquestion\tA\tB\tanswer\n")
            for i in range(rows):
                image = str(i % PICTURES) if form == "tsv_references" and i >= PICTURES else packed[i % PICTURES]
                file.write(f"{i}\t{image}\tHow many in {i}?\t4\t5\tB\n")
    return path


def write_parquet(path: Path, rows: int, data: list[bytes]) -> None:
    schema = pa.schema([("id", pa.string()), ("question", pa.string()), ("answer", pa.string()), ("image", pa.binary())])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, rows, 500):
            part = range(start, min(start + 500, rows))
            columns = [
                [f"q{i}" for i in part],
                [f"How many in {i}?" for i in part],
                ["5"] * len(part),
                [data[i % PICTURES] for i in part],
            ]
            writer.write_table(pa.table(columns, schema=schema))


def measure(path: str) -> None:
    """One JSON line: cases, seconds of wall and CPU, peak memory in MB."""
    wall, cpu = time.perf_counter(), time.process_time()
    cases = sum(1 for item in read_cases(path) if isinstance(item, Case))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cases": cases, "wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu, "peak_mb": peak}))


def main(rows: int) -> None:
    results = {}
    print(f"{'form':16} {'cases':>8} {'cases/s':>9} {'cpu ms/case':>12} {'peak MB':>8}")
    for form in FORMS:
        for count in (rows // 10, rows):
            with tempfile.TemporaryDirectory() as home:
                path = write(form, count, Path(home))
                out = subprocess.run([sys.executable, __file__, "--read", str(path)], check=True, capture_output=True, text=True)
            made = json.loads(out.stdout)
            assert made["cases"] == count
            rate, cost = count / made["wall_s"], made["cpu_s"] / count * 1e3
            print(f"{form:16} {count:8d} {rate:9.0f} {cost:12.3f} {made['peak_mb']:8.0f}")
            results[f"{form}_{count}"] = {
                "cases_per_s": round(rate),
                "cpu_ms_per_case": round(cost, 3),
                "peak_mb": round(made["peak_mb"]),
            }
    print(json.dumps(results))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        measure(sys.argv[2])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
