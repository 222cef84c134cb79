"""VLMEvalKit's TSV: one header, base64 pictures, options in columns A, B, C, … or open questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from vilomem_core.readers.columns import check_columns
from vilomem_core.readers.lines import read_lines
from vilomem_core.readers.problems import Problem, Refusal, shown
from vilomem_core.readers.rows import Place, RawRow
from vilomem_core.readers.settings import ReaderSettings
from vilomem_core.readers.tsv_pictures import TsvPictures
from vilomem_core.readers.tsv_records import MAX_RECORD_BYTES, Record, read_records, split_quoted


def read_tsv(path: Path, settings: ReaderSettings) -> Iterator[RawRow | Problem]:
    """One item a record. Raises ``Refusal`` when the file as a whole is something else, ``OSError`` as files do."""
    with path.open("rb") as file:
        lines = read_lines(file, MAX_RECORD_BYTES)
        first = next((line for line in lines if line.data is None or line.data.strip()), None)
        if first is None:
            return
        header = _header(first.data, settings.require_answer)
        store = TsvPictures(path, header, settings)
        for row, record in enumerate(read_records(lines, len(header)), 1):
            place = Place(str(path), record.line, row)
            try:
                yield _raw_row(record, header, place, store)
            except Refusal as refusal:
                yield place.refused(refusal)


def _header(data: bytes | None, require_answer: bool) -> list[str]:
    if data is None:
        raise Refusal("line_too_long", f"the header is longer than {MAX_RECORD_BYTES:,} bytes")
    try:
        names = [name.decode().strip() for name in split_quoted(data)[0]]
    except UnicodeDecodeError as exc:
        raise Refusal("invalid_utf8", f"the header is not UTF-8 at byte {exc.start + 1}; save the file as UTF-8") from exc
    has_pictures = "image" in names or "image_path" in names
    check_columns(names, has_pictures=has_pictures, require_answer=require_answer)
    return names


def _raw_row(record: Record, header: Sequence[str], place: Place, store: TsvPictures) -> RawRow:
    if record.fields is None:
        what = f"has {record.found} fields where the header has {len(header)}" if record.found else "is too long"
        raise Refusal("row_width", f"line {record.line} {what}")
    try:
        texts = [field.decode() for field in record.fields]
    except UnicodeDecodeError as exc:
        raise Refusal("invalid_utf8", f"line {record.line} is not UTF-8; save the file as UTF-8") from exc
    fields: dict[str, str] = {name: text for name, text in zip(header, texts, strict=True) if text}
    index = fields.get("index", "").strip()
    label = f"index {shown(index)}" if index else ""
    return RawRow(
        Place(place.file, place.line, place.row, fields.get("id", index) or None, label), fields, lambda: store.read(fields)
    )
