"""Learns from ten drawn questions with recorded replies, recalls, exports, and recalls from the exported bundle; uses ``vilomem`` alone.

Every answer is wrong, and every critic has the same advice. Files go to the folder ``job``.
"""

import json
from pathlib import Path

import vilomem
from vilomem_core.simulation import write_demo_dataset

ADVICE = "Read the scale of an axis before comparing two of its marks."
CRITIC = {"analysis_summary": "The scale was not read.", "guideline": ADVICE}
REPLIES = {
    "solve": "The answer is \\boxed{none of these}",
    "analyze": "Subject: Charts\nKey Concepts: scale, axis",
    "reflect_visual": json.dumps({"is_visual_error": True, **CRITIC}),
    "reflect_logic": json.dumps({"error_type": "Logical", **CRITIC}),
}
QUESTION = "Which mark on the axis has the larger scale?"
LEXICAL = {"embedders": {"text": "lexical"}}


def main(folder: Path) -> None:
    cases = write_demo_dataset(folder / "data", 10)
    ids = [json.loads(line)["id"] for line in cases.read_text(encoding="utf-8").splitlines()]
    replies = folder / "replies.jsonl"
    rows = [{"case_id": case, "model": "m", "role": role, "text": text} for case in ids for role, text in REPLIES.items()]
    replies.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    solver = {"model": f"recorded:{replies}?model=m"}

    report = vilomem.learn(
        {"data": [str(cases)], "roles": {"solver": solver}, "engine": {"kind": "inline"}, **LEXICAL}, store=folder / "store"
    )
    assert [row.record.incorrect for row in report.rounds] == [10]
    memory = vilomem.open_memory(folder / "store", settings=LEXICAL)
    hits = memory.recall(QUESTION)
    assert ADVICE in memory.prompt(hits)
    bundle = vilomem.export(store=folder / "store", out=folder / "bundle")
    assert vilomem.open_memory(bundle, settings=LEXICAL).recall(QUESTION) == hits
    print(f"{vilomem.__file__}: ten cases learned, {len(hits)} rules recalled, from the store and from its bundle")


if __name__ == "__main__":
    main(Path("job"))
