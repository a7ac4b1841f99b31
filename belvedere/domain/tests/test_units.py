"""The list of units and its search."""

from __future__ import annotations

import pytest

from belvedere.domain.metrics import METRICS
from belvedere.domain.units import find_units, list_units


def test_every_unit_has_a_symbol_that_fits_and_is_there_once() -> None:
    units = list_units()
    assert len(units) > 140
    assert len({unit.symbol for unit in units}) == len(units)
    assert len({unit.ucum for unit in units}) == len(units)
    assert all(0 < len(unit.symbol) <= 20 and all(unit) for unit in units)


def test_the_units_of_the_known_metrics_are_among_them() -> None:
    symbols = {unit.symbol for unit in list_units()}
    assert {metric.unit for metric in METRICS.values() if metric.unit} <= symbols


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("°C", "°C"),
        ("c", "°C"),
        ("Cel", "°C"),
        ("m3/h", "m³/h"),
        ("ug/m3", "µg/m³"),
        ("độ c", "°C"),
        ("do cel", "°C"),
        ("mili giây", "ms"),
        ("kilowatt-hour", "kWh"),
        ("MW", "MW"),
        ("mW", "mW"),
        ("ohm", "Ω"),
    ],
)
def test_a_unit_is_found_by_what_a_person_types(typed: str, first: str) -> None:
    assert find_units(typed)[0].symbol == first


@pytest.mark.parametrize("quantity", ["pressure", "áp suất", "ap suat"])
def test_a_quantity_lists_its_units_in_both_languages(quantity: str) -> None:
    assert {"Pa", "kPa", "bar", "psi"} <= {unit.symbol for unit in find_units(quantity)}


def test_nothing_typed_shows_all_and_nonsense_none() -> None:
    assert find_units(" ") == list(list_units())
    assert find_units("xyzzy") == []
