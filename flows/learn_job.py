"""The learn job as a Prefect deployment: parameters are plain JSON, the settings file says the rest."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow

from flows.learn import learn
from tasks.session import Session
from vilomem_core.settings.layers import assignment_layer
from vilomem_core.settings.load import load_settings


@flow(name="learn-job", flow_run_name="learn-job-{config}", persist_result=False)
def learn_job(config: str, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Learn as the YAML file ``config`` says, with ``overrides`` such as ``learn.rounds=4``; returns the run's id and snapshots.

    Raises as ``vilomem.learn``.
    """
    settings = load_settings(Path(config), os.environ, [assignment_layer(overrides)]).settings
    with Session(settings) as session:
        report = learn(session)
    report.check()
    return {"run": report.run_id, "snapshots": [row.record.published_id for row in report.rounds]}
