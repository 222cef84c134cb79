"""A raw row to a case."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from vilomem_core.errors import DataError
from vilomem_core.images import ImageProblem, load_image
from vilomem_core.readers.answers import read_gold, read_options
from vilomem_core.readers.pictures import Picture
from vilomem_core.readers.problems import Note, Refusal, Severity, quote
from vilomem_core.readers.rows import RawRow, bounded, clean, given_id, has_ink, scalar_text, text_field
from vilomem_core.settings.tree import ReaderSettings
from vilomem_core.types import Case, Image

ID_CHARS = 200  # short enough to be a file name, should anybody make it one
LABEL_CHARS = 500
PLACEHOLDER = re.compile(r"\s*<image\s?1?>\s*", re.IGNORECASE)


def build_case(row: RawRow, settings: ReaderSettings) -> tuple[Case, list[Note]]:
    """The case of one row, and what had to be changed. Raises ``Refusal`` with the first reason not to use it.

    Pictures come last: a row that is refused for its text costs no decoding.
    """
    notes: list[Note] = []
    fields, limit = row.fields, settings.max_question_chars
    case_id = read_id(fields, notes)
    question = text_field(fields, "question", limit, notes)
    if not has_ink(question):
        raise Refusal("question_empty", "the question is empty")
    options = read_options(fields, limit, notes)
    gold = read_gold(fields, options, limit, settings.require_answer, notes)
    tolerance = _tolerance(fields)
    subject = text_field(fields, "subject", LABEL_CHARS, notes) or text_field(fields, "category", LABEL_CHARS, notes)
    tags = _tags(fields, notes)
    source = text_field(fields, "source", LABEL_CHARS, notes)
    images = _images(row.pictures(), settings, notes)
    if len(images) == 1:
        question = without_placeholder(question)
    case = Case(case_id, question, gold.answer, gold.answer_type, options, images, tolerance, subject, tags, source)
    return case, notes


def question_case(fields: Mapping[str, object]) -> Case:
    """A question without pictures and without a file, read as a row of a data set is. Raises ``DataError``."""
    row = {name: value for name, value in fields.items() if value not in (None, [], "")}
    notes: list[Note] = []
    limit = ReaderSettings().max_question_chars
    try:
        question = text_field(row, "question", limit, notes)
        if not has_ink(question):
            raise Refusal("question_empty", "the question is empty")
        options = read_options(row, limit, notes)
        gold = read_gold(row, options, limit, True, notes)
        return Case("question", question, gold.answer, gold.answer_type, options, tolerance=_tolerance(row))
    except Refusal as refusal:
        raise DataError(f"{refusal.reason}.") from refusal


def read_id(fields: Mapping[str, object], notes: list[Note]) -> str:
    """``id``, or ``index`` where there is none. Raises ``Refusal`` for ids that could name a place outside a folder."""
    raw = scalar_text(given_id(fields), "id")
    text = "" if raw is None else clean(raw, "id", notes)
    if not has_ink(text):
        raise Refusal("id_missing", "there is no id")
    bounded(text, "id", ID_CHARS)
    if not text.isprintable() or "\\" in text or any(part in ("", ".", "..") for part in text.split("/")) or text.startswith("~"):
        raise Refusal("id_unsafe", f"the id {quote(text)} could be taken for a path")
    return text


def without_placeholder(question: str) -> str:
    """The question without ``<image1>``, when that is all but one blank of difference; it says nothing beside a single picture."""
    stripped = PLACEHOLDER.sub(" ", question).strip()
    return stripped if has_ink(stripped) else question


def _images(pictures: Sequence[Picture], settings: ReaderSettings, notes: list[Note]) -> tuple[Image, ...]:
    if len(pictures) > settings.max_images:
        raise Refusal("image_too_many", f"{len(pictures)} pictures; the limit is {settings.max_images}")
    images = []
    for picture in pictures:
        try:
            image, changes = load_image(picture.data, settings.image_limits)
        except ImageProblem as exc:
            raise Refusal(exc.kind, f"{picture.name}: {exc.reason}") from exc
        images.append(image)
        notes.extend(Note(change.kind, Severity.CONVERSION, f"{picture.name}: {change.reason}") for change in changes)
    return tuple(images)


def _tolerance(fields: Mapping[str, object]) -> float | None:
    """Relative, 0.05 = 5 %."""
    raw = scalar_text(fields.get("tolerance"), "tolerance")
    if raw is None or not raw.strip():
        return None
    try:
        tolerance = float(raw)
    except ValueError:
        tolerance = math.nan
    if not 0 <= tolerance < math.inf:
        raise Refusal("tolerance_invalid", f"the tolerance {quote(raw)} is not a number of 0 or more")
    return tolerance


def _tags(fields: Mapping[str, object], notes: list[Note]) -> tuple[str, ...]:
    """``tags`` as they are; where there are none, the level of upstream forms becomes one."""
    given = fields.get("tags")
    if given is None:
        level = text_field(fields, "level", LABEL_CHARS, notes)
        return (f"level:{level}",) if level else ()
    values = given if isinstance(given, list) else [given]
    texts = [bounded(clean(scalar_text(value, "tags") or "", "tags", notes), "tags", LABEL_CHARS) for value in values]
    return tuple(text for text in texts if text)
