"""The simulated sites: zones, devices and, for each device, `play(t) -> {metric: value}`.

All scripts are pure: the same seed and time give the same values.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from belvedere.simulator.curves import daily, happens, sawtooth, seed_of, unit_random, wander, working

Values = dict[str, float]
Play = Callable[[float], Values]


class ZoneScript(NamedTuple):
    """A part of the site, in the order the overview shows them."""

    name: str
    note: str


class DeviceScript(NamedTuple):
    """One simulated device. interval_seconds: between two readings. play: Unix seconds -> the values then."""

    id: str
    name: str
    zone: str
    interval_seconds: float
    play: Play


class SeriesScript(NamedTuple):
    """The name of a series, where the metric's own name is not enough."""

    device: str
    metric: str
    name: str
    unit: str = ""


class Scenario(NamedTuple):
    """A site to simulate."""

    name: str
    zones: tuple[ZoneScript, ...]
    devices: tuple[DeviceScript, ...]
    series: tuple[SeriesScript, ...] = ()


def _make_cold_room(seed: int) -> Play:
    def play(t: float) -> Values:
        swing = sawtooth(t, 1500, 0.6) * 1.6
        warm = 0.8 * working(t) + 0.35 * wander(seed, t, 900) + 0.1 * wander(seed + 1, t, 40)
        temperature = 3.3 + swing + warm + (0.9 if happens(seed + 9, t, 5400, 420, 0.6 * working(t) + 0.05) else 0)
        humidity = 90 + 2.2 * wander(seed + 2, t, 2400) - 0.8 * swing + 0.4 * wander(seed + 3, t, 60)
        return {"temperature": round(temperature, 1), "humidity": round(min(98.0, humidity), 1)}

    return play


def _make_compressor(seed: int) -> Play:
    def play(t: float) -> Values:
        running = t / 1500 % 1 >= 0.55
        current = 11.1 + 0.7 * wander(seed, t, 600) + 0.15 * wander(seed + 1, t, 12) if running else 0.4
        return {"current": round(current, 1)}

    return play


def _make_door(seed: int, every_seconds: float, lasts_seconds: float) -> Play:
    def play(t: float) -> Values:
        return {"door": float(happens(seed, t, every_seconds, lasts_seconds, 0.85 * working(t)))}

    return play


def _make_freezer(seed: int) -> Play:
    def play(t: float) -> Values:
        defrost = happens(seed + 5, t, 21_600, 1200, 1.0)
        room = -18.7 + 0.9 * sawtooth(t, 2400, 0.7) + 0.25 * wander(seed, t, 1200) + (0.7 if defrost else 0)
        coil = -24.4 + 1.1 * wander(seed + 1, t, 900) + (3.5 if defrost else 0)
        return {"temperature": round(room, 1), "coil_temperature": round(coil, 1)}

    return play


def _dry(t: float) -> Values:
    del t
    return {"water_leak": 0.0}


def _make_work_room(seed: int) -> Play:
    def play(t: float) -> Values:
        temperature = 16.6 + 1.1 * working(t) + 0.4 * daily(t, 14) + 0.3 * wander(seed, t, 1500)
        nh3 = 2.6 + 1.1 * wander(seed + 1, t, 1800) + (5.5 if happens(seed + 2, t, 28_800, 600, 0.5) else 0)
        humidity = 72 + 5 * wander(seed + 3, t, 2700) + 4 * working(t)
        return {"temperature": round(temperature, 1), "humidity": round(humidity, 1), "nh3": round(max(0.0, nh3), 1)}

    return play


def _make_switchboard(seed: int) -> Play:
    def play(t: float) -> Values:
        power = 15 + 24 * working(t) + (5.5 if t / 1500 % 1 >= 0.55 else 0) + 1.6 * wander(seed, t, 240)
        voltage = 228 - 5 * working(t) + 2.5 * wander(seed + 1, t, 500) + 0.6 * wander(seed + 2, t, 15)
        return {"power": round(power, 1), "voltage": round(voltage, 1), "smoke": 0.0}

    return play


def _make_yard(seed: int) -> Play:
    def play(t: float) -> Values:
        motion = happens(seed, t, 600, 45, 0.7 * working(t) + 0.04)
        light = 42_000 * max(0.0, daily(t, 12)) ** 1.3 * (0.8 + 0.2 * wander(seed + 1, t, 700))
        return {"motion": float(motion), "illuminance": round(light)}

    return play


def coldstore(seed: int = 1) -> Scenario:
    """A small cold store: vegetables at +2 to +8 °C, seafood at -18 °C, a work room and its switchboard."""
    one, two, work = "Kho lạnh 1", "Kho đông", "Khu sơ chế và tủ điện"
    fast = 5.0
    return Scenario(
        "Kho lạnh Tân Tạo",
        (
            ZoneScript(one, "rau quả · mức đặt +2 đến +8 °C"),
            ZoneScript(two, "hải sản · mức đặt −18 °C trở xuống"),
            ZoneScript(work, "bàn sơ chế, phòng máy"),
        ),
        (
            DeviceScript("kho-lanh-1", "Cảm biến kho lạnh 1", one, fast, _make_cold_room(seed + 100)),
            DeviceScript("cua-kho-lanh-1", "Cửa kho lạnh 1", one, fast, _make_door(seed + 200, 4200, 300)),
            DeviceScript("may-nen-1", "Máy nén 1", one, fast, _make_compressor(seed + 300)),
            DeviceScript("kho-dong", "Cảm biến kho đông", two, fast, _make_freezer(seed + 400)),
            DeviceScript("cua-kho-dong", "Cửa kho đông", two, fast, _make_door(seed + 500, 14_000, 240)),
            DeviceScript("nuoc-xa-da", "Nước xả đá", two, 15.0, _dry),
            DeviceScript("so-che", "Phòng sơ chế", work, fast, _make_work_room(seed + 700)),
            DeviceScript("tu-dien", "Tủ điện tổng", work, fast, _make_switchboard(seed + 800)),
            DeviceScript("san-sau", "Sân sau", work, fast, _make_yard(seed + 900)),
        ),
        (
            SeriesScript("cua-kho-lanh-1", "door", "Cửa kho"),
            SeriesScript("may-nen-1", "current", "Dòng máy nén"),
            SeriesScript("kho-dong", "coil_temperature", "Dàn lạnh", "°C"),
            SeriesScript("cua-kho-dong", "door", "Cửa kho"),
            SeriesScript("nuoc-xa-da", "water_leak", "Nước xả đá"),
            SeriesScript("so-che", "temperature", "Nhiệt độ phòng"),
            SeriesScript("tu-dien", "voltage", "Điện áp pha A"),
            SeriesScript("tu-dien", "power", "Công suất tổng"),
        ),
    )


def _make_room(seed: int, warmth: float) -> Play:
    def play(t: float) -> Values:
        temperature = 27.5 + warmth + 2.8 * daily(t, 15) + 0.4 * wander(seed, t, 1500) + 0.05 * wander(seed + 1, t, 30)
        humidity = 68 - 9 * daily(t, 15) + 3 * wander(seed + 2, t, 3000)
        at_home = 0.08 if 8 <= (t + 25_200) % 86_400 / 3600 < 17 else 0.6
        return {
            "temperature": round(temperature, 1),
            "humidity": round(humidity, 1),
            "motion": float(happens(seed + 3, t, 400, 60, at_home)),
        }

    return play


def _make_kitchen(seed: int) -> Play:
    room = _make_room(seed, 1.2)

    def play(t: float) -> Values:
        return {**room(t), "smoke": 0.0, "water_leak": 0.0}

    return play


def _make_meter(seed: int) -> Play:
    def play(t: float) -> Values:
        evening = max(0.0, daily(t, 20)) ** 2
        power = 0.25 + 1.6 * evening + (1.9 if happens(seed, t, 3600, 500, 0.5) else 0) + 0.05 * wander(seed, t, 20)
        return {"power": round(max(0.05, power), 2), "voltage": round(226 + 4 * wander(seed + 1, t, 700), 1)}

    return play


def house(seed: int = 1) -> Scenario:
    """A family house."""
    living, bed, out = "Phòng khách", "Phòng ngủ", "Cổng và kho"
    return Scenario(
        "Nhà",
        (ZoneScript(living, "tầng 1"), ZoneScript(bed, "tầng 2"), ZoneScript(out, "")),
        (
            DeviceScript("phong-khach", "Phòng khách", living, 5.0, _make_room(seed + 10, 0.4)),
            DeviceScript("bep", "Bếp", living, 5.0, _make_kitchen(seed + 20)),
            DeviceScript("phong-ngu", "Phòng ngủ", bed, 5.0, _make_room(seed + 30, -1.0)),
            DeviceScript("cua-chinh", "Cửa chính", out, 5.0, _make_door(seed + 40, 3600, 40)),
            DeviceScript("cong-to", "Công tơ", out, 5.0, _make_meter(seed + 50)),
        ),
    )


def load(devices: int, rate: float, seed: int = 1) -> Scenario:
    """`devices` devices that send `rate` messages a second between them, two metrics each."""

    def script(index: int) -> DeviceScript:
        own = seed + seed_of(f"load-{index}")

        def play(t: float) -> Values:
            return {
                "temperature": round(24 + 6 * wander(own, t, 300) + 0.2 * unit_random(own, math.floor(t * 10)), 2),
                "humidity": round(60 + 20 * wander(own + 1, t, 500), 1),
            }

        return DeviceScript(f"load-{index:05}", f"Thiết bị tải {index}", "", devices / rate, play)

    return Scenario("Tải", (), tuple(script(index) for index in range(devices)))
