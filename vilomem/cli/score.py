"""``vilomem score``: how well a part does on a labelled corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vilomem.cli.options import Json, output

app = typer.Typer(help="Score a part on a labelled corpus: verification, consolidation, recall.", no_args_is_help=True)


@app.command()
def verification(
    file: Annotated[Path, typer.Argument(help="Labelled replies, one JSON object a line.")],
    disagreements: Annotated[bool, typer.Option("--disagreements", help="List every case judged otherwise.")] = False,
    json: Json = False,
) -> int:
    """Agreement of the rules with labelled verdicts."""
    from vilomem_core.scoring.verification import score

    result = score(file)
    listed = {"disagreements": [one.as_json() for one in result.disagreements]} if disagreements else {}
    _show(result.as_json() | listed, json)
    return 0


@app.command()
def consolidation(
    folder: Annotated[Path, typer.Argument(help="A folder with guidelines.jsonl, families.jsonl, quality.jsonl.")],
    judge: Annotated[str, typer.Option(help="none, oracle (answers from the labels) or oracle:ERROR_RATE.")] = "none",
    order_seed: Annotated[int | None, typer.Option(help="Let the guidelines arrive in shuffled batches of 20.")] = None,
    error_seed: Annotated[int, typer.Option(help="On which pairs the oracle errs.")] = 0,
    json: Json = False,
) -> int:
    """Clusters against labelled rule families, and the gate against labelled texts."""
    from vilomem_core.scoring.consolidation import score

    _show(score(folder, judge=judge, order_seed=order_seed, error_seed=error_seed).as_json(), json)
    return 0


@app.command()
def recall(
    folder: Annotated[Path, typer.Argument(help="A folder with guidelines.jsonl, families.jsonl, questions.jsonl.")],
    json: Json = False,
) -> int:
    """Whether a question finds the rule that it needs, and a distractor finds none."""
    from vilomem_core.scoring.recall import score

    _show(score(folder).as_json(), json)
    return 0


def _show(result: object, as_json: bool) -> None:
    console = output()
    if as_json:
        import json

        print(json.dumps(result))  # noqa: T201 - exactly one JSON object on standard output
    else:
        console.print_json(data=result)
