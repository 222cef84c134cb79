"""A bank as a folder: whole, read-only, and refused when it is not what it says."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.vilomem_core.recall.samples import along, ask, bank_of, candidate, memory, picture, visual
from vilomem_core.errors import StoreError
from vilomem_core.recall.bundle import load, save
from vilomem_core.recall.recaller import Recaller
from vilomem_core.recall.sketch import build_sketch
from vilomem_core.settings.method import RecallSettings

DEFAULT = RecallSettings()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    source = candidate("c", (0,), guideline="Add them.", question="Three bulbs glow. ünï", concepts=("bulbs", "circuit"))
    save(
        bank_of((memory("series", (0,), members=(source,)), (source,)), memory("maps", (2,)), visual("bars", (0,), picture(1))),
        tmp_path / "bundle",
    )
    return tmp_path / "bundle"


def edit_manifest(bundle: Path, **changes: object) -> None:
    path = bundle / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_an_opened_bundle_answers_like_the_bank_it_was_made_from(bundle: Path) -> None:
    source = candidate("c", (0,), guideline="Add them.", question="Three bulbs glow. ünï", concepts=("bulbs", "circuit"))
    bank = bank_of((memory("series", (0,), members=(source,)), (source,)), memory("maps", (2,)), visual("bars", (0,), picture(1)))
    opened = load(bundle, verify=True)

    for query in (ask(0), ask(2), ask(0, images=(picture(1),)), ask(0, case_key="case_c"), ask(9)):
        assert Recaller(opened, DEFAULT).recall(query) == Recaller(bank, DEFAULT).recall(query)
    assert (opened.snapshot_id, opened.fingerprints, opened.calibration) == (bank.snapshot_id, bank.fingerprints, bank.calibration)
    assert list(opened.texts) == list(bank.texts)


def test_an_empty_bank_can_be_kept(tmp_path: Path) -> None:
    save(bank_of(), tmp_path / "bundle")

    assert Recaller(load(tmp_path / "bundle"), DEFAULT).recall(ask(0)) == ()


def test_an_opened_bank_outlives_its_folder(bundle: Path) -> None:
    recaller = Recaller(load(bundle), DEFAULT)
    before = recaller.recall(ask(0, images=(picture(1),)))
    shutil.rmtree(bundle)

    assert recaller.recall(ask(0, images=(picture(1),))) == before
    assert len(before) == 2


def test_a_bundle_is_never_written_over(bundle: Path) -> None:
    with pytest.raises(StoreError, match="there already"):
        save(bank_of(memory("a", (0,))), bundle)


def test_a_folder_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="cannot write the bundle"):
        save(bank_of(memory("a", (0,))), tmp_path / "file" / "bundle")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_unknown_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no recall bundle at"):
        load(tmp_path / "nowhere")


def test_another_version_is_an_error(bundle: Path) -> None:
    edit_manifest(bundle, version=99)

    with pytest.raises(StoreError, match=r"version 99.*[Ee]xport the snapshot again"):
        load(bundle)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": "other"}', '{"format": "vilomem-recall-bundle", "version": 2}'])
def test_a_broken_manifest_is_an_error(bundle: Path, text: str) -> None:
    (bundle / "manifest.json").write_text(text)

    with pytest.raises(StoreError):
        load(bundle)


def test_a_shortened_file_is_an_error(bundle: Path) -> None:
    path = bundle / "prototypes.npy"
    path.write_bytes(path.read_bytes()[:-4])

    with pytest.raises(StoreError, match=r"prototypes\.npy has \d+ bytes instead of"):
        load(bundle)


def test_every_changed_byte_of_a_small_bundle_is_noticed(bundle: Path) -> None:
    for path in sorted(bundle.iterdir()):
        whole = path.read_bytes()
        if path.name == "manifest.json":
            continue
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(StoreError, match="does not have its checksum"):
            load(bundle)
        path.write_bytes(whole)


@pytest.mark.parametrize("name", ["rules", "prototypes.npy", "memories.arrow", "words_places.npy"])
def test_a_missing_file_is_an_error(bundle: Path, name: str) -> None:
    files = json.loads((bundle / "manifest.json").read_text())["files"]
    edit_manifest(bundle, files={known: about for known, about in files.items() if known != name})
    (bundle / name).unlink(missing_ok=True)

    if name in files:
        with pytest.raises(StoreError, match="is damaged"):
            load(bundle)
    else:
        load(bundle)


def test_a_manifest_cannot_point_out_of_its_folder(bundle: Path) -> None:
    edit_manifest(bundle, files={"../manifest.json": {"bytes": 1, "sha256": ""}})

    with pytest.raises(StoreError, match="not the name of a file"):
        load(bundle)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("text_owner", np.array([0, 0, 0, 1, 2, 99], np.int32)),
        ("streams", np.array([0, 7, 1], np.uint8)),
        ("prototypes", np.zeros((3, 12), np.float64)),
        ("source_keys", np.array([9, 1], np.uint64)),
        ("text_vectors", np.zeros((2, 12), np.float32)),
    ],
)
def test_columns_that_do_not_fit_together_are_an_error(bundle: Path, name: str, array: np.ndarray) -> None:
    np.save(bundle / f"{name}.npy", array)
    files = json.loads((bundle / "manifest.json").read_text())["files"]
    data = (bundle / f"{name}.npy").read_bytes()
    edit_manifest(bundle, files=files | {f"{name}.npy": {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}})

    with pytest.raises(StoreError, match="is damaged"):
        load(bundle)


def test_a_sound_sketch_is_opened(tmp_path: Path) -> None:
    bank = bank_of(memory("a", (0,)), memory("b", (1,)))
    sketch = build_sketch(bank.prototypes)
    save(replace(bank, text_sketch=sketch), tmp_path / "sound")
    opened = load(tmp_path / "sound").text_sketch

    assert opened is not None
    assert np.array_equal(opened.bits, sketch.bits)


@pytest.mark.parametrize("change", ["fewer turns", "no flips", "other bits", "no mean"])
def test_a_sketch_of_another_make_is_an_error(tmp_path: Path, change: str) -> None:
    """It would let the wrong memories through."""
    bank = bank_of(memory("a", (0,)), memory("b", (1,)))
    sketch = build_sketch(bank.prototypes)
    wrong = {
        "fewer turns": replace(sketch, flips=sketch.flips[:1]),
        "no flips": replace(sketch, flips=0 * sketch.flips),
        "other bits": replace(sketch, bits=sketch.bits.astype(np.int64)),
        "no mean": replace(sketch, mean=sketch.mean + np.float32(np.nan)),
    }[change]
    save(replace(bank, text_sketch=wrong), tmp_path / "other")

    with pytest.raises(StoreError, match="the text sketch was made in another way"):
        load(tmp_path / "other")


def test_the_arrays_are_mapped_not_copied(bundle: Path) -> None:
    opened = load(bundle)

    with pytest.raises(ValueError, match="read-only"):
        opened.prototypes[0] = along(3)
