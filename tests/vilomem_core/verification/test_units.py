"""Units: every spelling is read where it stands, and what a question asks for is found."""

from __future__ import annotations

from fractions import Fraction

from vilomem_core.verification.numbers.units import KNOWN, asked_unit, conversion, unit_at


def test_every_spelling_is_read_as_its_unit() -> None:
    other = {name: unit_at(f"5 {name}", 1) for name, unit in KNOWN.items() if unit_at(f"5 {name}", 1) != (unit, 2 + len(name))}
    assert other == {}


def test_units_of_one_dimension_are_converted_and_others_are_not() -> None:
    assert conversion(KNOWN["km"], KNOWN["cm"]) == 100_000
    assert conversion(KNOWN["litres"], KNOWN["kg"]) is None


def test_powers_and_quotients_are_units_of_their_own() -> None:
    found, wanted = unit_at("2.7 g·cm^{-3}", 3), unit_at("2700 kg/m^3", 4)
    assert found is not None and wanted is not None
    assert conversion(found[0], wanted[0]) == 1000
    volume, length = unit_at("5 cm^3", 1), unit_at("5 mL", 1)
    assert volume is not None and length is not None and conversion(volume[0], length[0]) == Fraction(1)


def test_a_question_fixes_the_unit_that_it_asks_for() -> None:
    for question in ("What is the length in cm?", "How long is it (cm)?", "How many centimetres are there?"):
        assert asked_unit(question) == KNOWN["cm"]
    assert asked_unit("How many dots are in the picture?") is None
