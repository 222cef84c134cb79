"""A data set larger than memory: what reading, sharding, solving and staging keep in the driver. Prints a table and one JSON line.

    python benchmarks/bench_stream.py [--sizes 20000 100000] [--solve 20000] [--folder FOLDER]

Synthetic questions with a picture of 16 x 16 pixels, as JSONL, through the reader into the cases table; the first ``--solve`` of
them are then solved by the simulated learner, shard by shard, staged and committed. Each size is a process of its own. ``MB`` is
resident memory, ``peak`` its highest, ``B/case`` how the peak grows between the two largest sizes; the last line extrapolates from
it to a million cases, and says so. ``--sizes 1000000 --solve 1000000`` takes about an hour and 6 GB of disk; with ``--folder`` what
was done stays there, and a measurement that was killed goes on: its memory is of the last start, its times are not shown.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

MILLION = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--solve", type=int, default=20_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        with kept(given.folder) if given.folder else tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            print(json.dumps(measure(given.child, given.solve, Path(folder))))
        return
    print(f"{'cases':>9} {'base MB':>8} {'ingested':>9} {'solved':>8} {'peak':>7} {'read ms/case':>13} {'solve ms/case':>14}")
    rows = []
    for size in sorted(given.sizes):
        command = [sys.executable, __file__, "--child", str(size), "--solve", str(given.solve)]
        command += ["--folder", str(given.folder / str(size))] if given.folder else []
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        row = json.loads(output.strip().rpartition("\n")[2])
        rows.append(row)
        print(
            f"{size:9,} {row['base_mb']:8.0f} {row['ingested_mb']:9.0f} {row['solved_mb']:8.0f} {row['peak_mb']:7.0f} "
            f"{row['read_ms']:13.2f} {row['solve_ms']:14.2f}",
            flush=True,
        )
    found: dict[str, object] = {"rows": rows}
    if len(rows) > 1:
        small, large = rows[-2:]
        growth = (large["peak_mb"] - small["peak_mb"]) / (large["cases"] - small["cases"]) * 1e6
        found |= {
            "bytes_a_case": round(growth),
            "peak_mb_at_a_million": round(large["peak_mb"] + growth * (MILLION - large["cases"]) / 1e6),
        }
        print(f"{growth:.0f} B/case; extrapolated, not run: a peak of {found['peak_mb_at_a_million']} MB at a million cases")
    print(json.dumps(found))


@contextlib.contextmanager
def kept(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    yield folder


def measure(size: int, solve: int, folder: Path) -> dict[str, float]:
    """One data set of so many cases, in this process."""
    os.environ["PREFECT_HOME"] = str(folder / "prefect")
    data = folder / "cases.jsonl"
    if not data.exists():
        write_cases(data, size)
    from tasks.orchestrator import configure_logs

    configure_logs(verbose=False)  # before the orchestrator is imported
    from flows.ingest import ingest
    from flows.solve import solve_round
    from tasks.build_models import loop_plan
    from tasks.session import Session
    from vilomem_core.settings.layers import Layer
    from vilomem_core.settings.load import load_settings

    values = {
        "data": [str(data)],
        "store": str(folder / "store"),
        "roles.solver.model": "simulated",
        "engine.kind": "inline",
        "embedders.text": "lexical",
    }
    settings = load_settings(None, {}, [Layer("bench", values)]).settings
    resumed = (folder / "store").exists()
    with Session(settings) as session:
        _ = session.engine
        base, begun = resident_mb(), time.process_time()
        keys = ingest(session).keys
        ingested, read = resident_mb(), time.process_time() - begun
        begun = time.process_time()
        plan = loop_plan(settings, snapshot_id="", arm="learn", round_number=1, reflect=True)
        counts = solve_round(session, plan, keys[:solve])
        assert counts.correct + counts.incorrect == min(solve, size), counts
        spent = time.process_time() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        return {
            "cases": size,
            "base_mb": base,
            "ingested_mb": ingested,
            "solved_mb": resident_mb(),
            "peak_mb": peak,
            "read_ms": math.nan if resumed else read / size * 1e3,
            "solve_ms": math.nan if resumed else spent / counts.cases * 1e3,
        }


def write_cases(path: Path, size: int) -> None:
    """The cases as JSONL, written one by one; they share a few pictures."""
    from vilomem_core.simulation import tiny_cases

    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as lines:
        for case in tiny_cases(size):
            (image,) = case.images
            picture = path.parent / f"{image.sha256}.png"
            if not picture.exists():
                picture.write_bytes(image.data)
            row = {
                "id": case.id,
                "question": case.question,
                "options": list(case.options) or None,
                "answer": case.answer,
                "answer_type": str(case.answer_type),
                "image": picture.name,
            }
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
    part.rename(path)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main()
