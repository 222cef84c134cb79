"""Replays stored replies: real runs can be repeated without a model, and without a cost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from vilomem_core.backends.chat.wire import encodable, token_count
from vilomem_core.errors import DataError, ReplyMissing, SettingsError
from vilomem_core.protocols import ChatReply, ChatRequest
from vilomem_core.types import Usage


class RecordedChat:
    """Replies from a JSONL file of ``{"case_id", "model", "role", "text"}``, found by case and role.

    Rows of other models are skipped. Several rows of one case and role are its samples 0, 1, 2, … in the file's order. Optional
    fields: ``finish_reason``, ``prompt_tokens``, ``completion_tokens``; without them a reply counts one call and no tokens.
    ``model`` None takes the only model of the file.

    Raises ``SettingsError`` for a missing file or model, ``DataError`` with the line for a row that cannot be read.
    """

    def __init__(self, path: Path, model: str | None = None) -> None:
        self._path = path
        if not path.is_file():
            raise SettingsError(f"There is no file of recorded replies at {path}.", "Write recorded:PATH?model=NAME.")
        models, self._replies = _read(path, model)
        if model is None and len(models) == 1:
            model = models.pop()
        elif model is None or model not in models:
            asked = "names no model" if model is None else f"asks for model {model!r}"
            there = ", ".join(sorted(models)) or "none"
            raise SettingsError(f"recorded:{path} {asked}; models in the file: {there}.", "Write recorded:PATH?model=NAME.")
        self._model = model

    @property
    def name(self) -> str:
        return f"recorded:{self._model}"

    async def complete(self, request: ChatRequest) -> ChatReply:
        samples = self._replies.get((request.case_id, request.role.value), [])
        if request.sample >= len(samples):
            wanted = f"case {request.case_id}, role {request.role}, sample {request.sample}"
            raise ReplyMissing(f"{self._path.name} holds no reply of {self._model} for {wanted} (it has {len(samples)}).")
        return samples[request.sample]

    async def aclose(self) -> None:
        """Nothing to give back."""


def _read(path: Path, wanted: str | None) -> tuple[set[str], dict[tuple[str, str], list[ChatReply]]]:
    """The models of a file, and the replies of the wanted one, or of all when None, by case and role."""
    models: set[str] = set()
    replies: dict[tuple[str, str], list[ChatReply]] = {}
    for place, line in _lines(path):
        key, reply = _parse(line, place)
        models.add(reply.model)
        if wanted is None or reply.model == wanted:
            replies.setdefault(key, []).append(reply)
    return models, replies


def _lines(path: Path) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")  # noqa: PLW2901 - a byte order mark of some editors
            if line.strip():
                yield f"{path}:{number}", line


def _parse(line: bytes, place: str) -> tuple[tuple[str, str], ChatReply]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise DataError(f"{place}: not a line of JSON ({exc}).") from exc
    if not isinstance(row, dict):
        raise DataError(f"{place}: a {type(row).__name__} instead of an object.")
    for name in ("case_id", "model", "role", "text"):
        if not isinstance(row.get(name), str):
            raise DataError(f"{place}: {name!r} is missing or not a string.")
    finish = row.get("finish_reason", "stop")
    if not isinstance(finish, str):
        raise DataError(f"{place}: 'finish_reason' is not a string.")
    usage = Usage(1, token_count(row.get("prompt_tokens")), token_count(row.get("completion_tokens")))
    return (row["case_id"], row["role"]), ChatReply(encodable(row["text"]), row["model"], finish, usage)
