"""The keys of a data set, in little memory."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vilomem_core.ids import CaseKeys, case_key
from vilomem_core.simulation import tiny_cases

keys = st.lists(st.binary(min_size=12, max_size=12).map(lambda packed: f"case_{packed.hex()}"), max_size=8)


@given(keys, st.integers(-10, 10), st.slices(8))
def test_they_are_what_was_put_in_at_any_place_and_in_any_slice(given_keys: list[str], place: int, part: slice) -> None:
    packed = CaseKeys(given_keys)

    assert list(packed) == given_keys
    assert len(packed) == len(given_keys)
    assert list(packed[part]) == given_keys[part]
    if -len(given_keys) <= place < len(given_keys):
        assert packed[place] == given_keys[place]
    else:
        with pytest.raises(IndexError):
            packed[place]


def test_real_keys_come_back_and_equal_ones_are_equal() -> None:
    made = [case_key(case) for case in tiny_cases(20)]

    assert list(CaseKeys(made)) == made
    assert CaseKeys(made) == CaseKeys(iter(made))
    assert CaseKeys(made) != CaseKeys(made[:-1])


@pytest.mark.parametrize("text", ["", "case_", "case_12", "att_" + 24 * "a", 24 * "a", "case_" + 26 * "a", "case_" + 24 * "x"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        CaseKeys([text])


def test_a_part_does_not_grow_with_the_whole() -> None:
    whole = CaseKeys(f"case_{hashlib.md5(b'%d' % number).hexdigest()[:24]}" for number in range(4))
    part = whole[:2]
    whole.append("case_" + 24 * "0")

    assert len(part) == 2
