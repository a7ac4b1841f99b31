"""What is known about a metric from its name alone: unit, kind, and how old a value may be."""

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


def _number(unit: str, name_vi: str, name_en: str, *, usual: bool = False) -> Metric:
    return Metric(unit, Kind.NUMBER, name_vi, name_en, usual=usual)


def _binary(name_vi: str, name_en: str, *, usual: bool = False) -> Metric:
    return Metric("", Kind.BINARY, name_vi, name_en, 120, usual)


METRICS: dict[str, Metric] = {
    "temperature": _number("°C", "Nhiệt độ", "Temperature", usual=True),
    "humidity": _number("%", "Độ ẩm", "Humidity", usual=True),
    "pressure": _number("hPa", "Áp suất", "Pressure"),
    "co2": _number("ppm", "CO₂", "CO₂"),
    "nh3": _number("ppm", "Khí NH₃", "NH₃ gas"),
    "pm25": _number("µg/m³", "Bụi PM2.5", "PM2.5"),
    "illuminance": _number("lx", "Độ sáng", "Light"),
    "soil_moisture": _number("%", "Độ ẩm đất", "Soil moisture"),
    "ph": _number("", "pH", "pH"),
    "voltage": _number("V", "Điện áp", "Voltage"),
    "current": _number("A", "Dòng điện", "Current"),
    "power": _number("kW", "Công suất", "Power"),
    "energy": _number("kWh", "Điện năng", "Energy"),
    "battery": _number("%", "Pin", "Battery"),
    "rssi": _number("dBm", "Sóng", "Signal"),
    "water_level": _number("cm", "Mực nước", "Water level"),
    "flow": _number("L/min", "Lưu lượng", "Flow"),
    "speed": _number("rpm", "Tốc độ", "Speed"),
    "motion": _binary("Chuyển động", "Motion", usual=True),
    "smoke": _binary("Khói", "Smoke", usual=True),
    "water_leak": _binary("Rò nước", "Water leak", usual=True),
    "door": _binary("Cửa", "Door", usual=True),
    "window": _binary("Cửa sổ", "Window"),
    "occupancy": _binary("Có người", "Occupancy"),
    "presence": _binary("Hiện diện", "Presence"),
    "gas": _binary("Rò khí", "Gas leak"),
    "vibration": _binary("Rung", "Vibration"),
    "tamper": _binary("Cạy mở", "Tamper"),
    "alarm": _binary("Báo động", "Alarm"),
    "contact": _binary("Tiếp điểm", "Contact"),
    "relay": _binary("Rơ-le", "Relay"),
    "power_on": _binary("Có điện", "Mains power"),
}

BINARY_METRICS = frozenset(name for name, metric in METRICS.items() if metric.kind is Kind.BINARY)


def metric_defaults(name: str) -> Metric:
    """The known metric of that name, else a plain number without a unit, named by itself."""
    known = METRICS.get(name)
    if known:
        return known
    title = name.replace("_", " ").capitalize()
    return _number("", title, title)
