"""The known metrics by name, with unit, kind, and how old a value may be."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """How a series is drawn and which values it takes."""

    NUMBER = "number"
    BINARY = "binary"


class Metric(NamedTuple):
    """Defaults of a series whose metric has this name.

    unit: as shown after the value, a space between. freshness_seconds: age up to which a value
    counts as fresh when the reporting interval is not known yet. usual: offered for a rule before
    any series has it.
    """

    unit: str
    kind: Kind
    name_vi: str
    name_en: str
    freshness_seconds: int = 15
    usual: bool = False

    def name_in(self, language: str) -> str:
        """In this language; in Vietnamese where it is no other that is known."""
        return self.name_en if language == "en" else self.name_vi


def _make_number(unit: str, name_vi: str, name_en: str, *, usual: bool = False) -> Metric:
    return Metric(unit, Kind.NUMBER, name_vi, name_en, usual=usual)


def _make_binary(name_vi: str, name_en: str, *, usual: bool = False) -> Metric:
    return Metric("", Kind.BINARY, name_vi, name_en, 120, usual)


METRICS: dict[str, Metric] = {
    "temperature": _make_number("°C", "Nhiệt độ", "Temperature", usual=True),
    "humidity": _make_number("%", "Độ ẩm", "Humidity", usual=True),
    "pressure": _make_number("hPa", "Áp suất", "Pressure"),
    "co2": _make_number("ppm", "CO₂", "CO₂"),
    "nh3": _make_number("ppm", "Khí NH₃", "NH₃ gas"),
    "pm25": _make_number("µg/m³", "Bụi PM2.5", "PM2.5"),
    "illuminance": _make_number("lx", "Độ sáng", "Light"),
    "soil_moisture": _make_number("%", "Độ ẩm đất", "Soil moisture"),
    "ph": _make_number("", "pH", "pH"),
    "voltage": _make_number("V", "Điện áp", "Voltage"),
    "current": _make_number("A", "Dòng điện", "Current"),
    "power": _make_number("kW", "Công suất", "Power"),
    "energy": _make_number("kWh", "Điện năng", "Energy"),
    "battery": _make_number("%", "Pin", "Battery"),
    "rssi": _make_number("dBm", "Sóng", "Signal"),
    "water_level": _make_number("cm", "Mực nước", "Water level"),
    "flow": _make_number("L/min", "Lưu lượng", "Flow"),
    "speed": _make_number("rpm", "Tốc độ", "Speed"),
    "motion": _make_binary("Chuyển động", "Motion", usual=True),
    "smoke": _make_binary("Khói", "Smoke", usual=True),
    "water_leak": _make_binary("Rò nước", "Water leak", usual=True),
    "door": _make_binary("Cửa", "Door", usual=True),
    "window": _make_binary("Cửa sổ", "Window"),
    "occupancy": _make_binary("Có người", "Occupancy"),
    "presence": _make_binary("Hiện diện", "Presence"),
    "gas": _make_binary("Rò khí", "Gas leak"),
    "vibration": _make_binary("Rung", "Vibration"),
    "tamper": _make_binary("Cạy mở", "Tamper"),
    "alarm": _make_binary("Báo động", "Alarm"),
    "contact": _make_binary("Tiếp điểm", "Contact"),
    "relay": _make_binary("Rơ-le", "Relay"),
    "power_on": _make_binary("Có điện", "Mains power"),
}

BINARY_METRICS = frozenset(name for name, metric in METRICS.items() if metric.kind is Kind.BINARY)


def find_metric(name: str) -> Metric:
    """The known metric of that name, else a number without a unit, titled by its name."""
    known = METRICS.get(name)
    if known:
        return known
    title = name.replace("_", " ").capitalize()
    return _make_number("", title, title)
