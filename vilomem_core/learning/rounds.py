"""How a data set is divided into rounds: pure arithmetic over case keys."""

from __future__ import annotations

from dataclasses import dataclass

from vilomem_core.evaluation import is_held_out
from vilomem_core.ids import CaseKeys, content_id
from vilomem_core.settings.load import settings_digest
from vilomem_core.settings.tree import LearnSettings, Settings


@dataclass(frozen=True, slots=True)
class Schedule:
    """The rounds of a run, each a slice of case keys, and the cases that are held out for evaluation."""

    run_id: str
    rounds: tuple[CaseKeys, ...]
    held_out: CaseKeys


def schedule(keys: CaseKeys, digest: str, settings: Settings) -> Schedule:
    """The same data and settings give the same run, so that a second start resumes the first.

    ``digest`` is the data set's. A run's id covers data, settings and the run's name, not the store or the engine.
    """
    learn = settings.learn
    held_out = CaseKeys(key for key in keys if is_held_out(key, learn.holdout))
    taught = CaseKeys(key for key in keys if not is_held_out(key, learn.holdout))
    shape = [learn.rounds, learn.round_size, learn.passes, learn.holdout, learn.run]
    merger = settings.roles.merger.model
    run_id = content_id("run", digest, settings_digest(settings), shape, merger)
    return Schedule(run_id, tuple(slices(taught, learn)) * learn.passes, held_out)


def slices(keys: CaseKeys, learn: LearnSettings) -> list[CaseKeys]:
    """Consecutive slices of equal size, the first ones one longer where it does not divide; empty ones are left out."""
    if learn.round_size is not None:
        return [keys[start : start + learn.round_size] for start in range(0, len(keys), learn.round_size)]
    size, longer = divmod(len(keys), learn.rounds)
    parts, start = [], 0
    for number in range(learn.rounds):
        end = start + size + (number < longer)
        parts.append(keys[start:end])
        start = end
    return [part for part in parts if part]
