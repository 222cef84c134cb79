"""HuggingFace-style Parquet: pictures as struct{bytes, path} or plain bytes, options as a list or as a list written as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vilomem_core.readers.pictures import PictureFolder, picture_fields
from vilomem_core.readers.problems import Place, Problem, Refusal
from vilomem_core.readers.rows import RawRow, check_columns, raw_row
from vilomem_core.settings.tree import ReaderSettings

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH_ROWS = 16  # rows carry their pictures
BUFFER_BYTES = 1 << 20  # pages are streamed through this instead of reading whole row groups
TEXT_COLUMNS = frozenset(
    [
        "id",
        "index",
        "question",
        "options",
        "answer",
        "answer_type",
        "answer_letter",
        "tolerance",
        "subject",
        "category",
        "tags",
        "level",
        "source",
    ]
)


def read_parquet(path: Path, settings: ReaderSettings) -> Iterator[RawRow | Problem]:
    """One item a row. Raises ``Refusal`` when the file cannot be read, or not to its end."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = PictureFolder(Path(settings.image_root or path.parent), settings.max_image_bytes)
    row = 0
    try:
        with pq.ParquetFile(path, buffer_size=BUFFER_BYTES, pre_buffer=False) as file:
            columns = _columns(file.schema_arrow.names, settings.require_answer)
            for batch in _batches(file, columns):
                for i in range(batch.num_rows):
                    row += 1
                    yield _item(batch, i, Place(str(path), row=row), folder)
    except PermissionError:
        raise
    except (pa.ArrowException, OSError) as exc:
        after = f" after row {row}" if row else ""
        raise Refusal("parquet_unreadable", f"{path.name} cannot be read{after}: it is cut, damaged or not Parquet") from exc


def _columns(names: list[str], require_answer: bool) -> list[str]:
    pictures = picture_fields(names)
    check_columns(names, has_pictures=bool(pictures), require_answer=require_answer)
    return [name for name in names if name in TEXT_COLUMNS or name in pictures or (len(name) == 1 and name.isupper())]


def _batches(file: pq.ParquetFile, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Group by group: a batch over two groups would lose the rows of the first when the second is damaged."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(BATCH_ROWS, row_groups=[group], columns=columns, use_threads=False)


def _item(batch: pa.RecordBatch, index: int, place: Place, folder: PictureFolder) -> RawRow | Problem:
    try:
        fields: dict[str, object] = batch.slice(index, 1).to_pylist()[0]
    except UnicodeDecodeError:
        return place.problem("invalid_utf8", "a text of this row is not UTF-8")
    if "id" not in fields and "index" not in fields:
        fields["id"] = f"{Path(place.file).stem}-{place.row}"
    return raw_row(fields, place, folder)
