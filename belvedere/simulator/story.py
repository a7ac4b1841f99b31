"""The story of the demo: five troubles, each with an alert, that come and go in turn.

Each is a fault laid over one device's script (faults.py), timed from the moment the demo began.
"""

from __future__ import annotations

from typing import Any

from belvedere.simulator.faults import Fault, Sent

# Long enough for each alert to resolve before the next one; the first comes within a minute.
ROUND_SECONDS = 720.0


def _count_seconds(t: float, begun: float, start: float, end: float) -> float | None:
    """Seconds since the start of a trouble that is on at `t`, else None."""
    place = (t - begun) % ROUND_SECONDS
    return place - start if t >= begun and start <= place < end else None


def climbs(metric: str, peak: float, begun: float, start: float, end: float, ramp_seconds: float) -> Fault:
    """The metric climbs to `peak` within `ramp_seconds`, stays, and falls back as fast."""

    def fault(t: float, sent: Sent) -> Sent:
        since = _count_seconds(t, begun, start, end)
        if since is None:
            return sent
        share = min(1.0, since / ramp_seconds, (end - start - since) / ramp_seconds)
        calm = sent.values[metric]
        return sent._replace(values={**sent.values, metric: round(calm + (peak - calm) * share, 1)})

    return fault


def switches_on(metric: str, begun: float, start: float, end: float) -> Fault:
    """The switch is on for that time."""

    def fault(t: float, sent: Sent) -> Sent:
        if _count_seconds(t, begun, start, end) is None:
            return sent
        return sent._replace(values={**sent.values, metric: 1.0})

    return fault


def falls_silent(begun: float, start: float, end: float) -> Fault:
    """The device sends nothing for that time."""

    def fault(t: float, sent: Sent) -> Sent | None:
        return sent if _count_seconds(t, begun, start, end) is None else None

    return fault


def list_troubles(begun: float) -> dict[str, list[Fault]]:
    """The faults of each device. begun: Unix seconds."""
    return {
        "kho-lanh-1": [climbs("temperature", 9.2, begun, 12, 150, 20)],
        "cua-kho-lanh-1": [switches_on("door", begun, 210, 275)],
        "tu-dien": [switches_on("smoke", begun, 330, 365)],
        "nuoc-xa-da": [falls_silent(begun, 420, 560)],
        "so-che": [climbs("nh3", 31.0, begun, 600, 660, 15)],
    }


def _make_rule(name: str, device: str, metric: str, severity: str, condition: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "device": device, "metric": metric, "severity": severity, "condition": condition}


# As the owner of such a store would set them; the troubles above cross the first five.
RULES: tuple[dict[str, Any], ...] = (
    _make_rule(
        "Kho lạnh 1 quá ấm",
        "kho-lanh-1",
        "temperature",
        "critical",
        {"kind": "above", "level": 8, "clear": 7.5, "for_seconds": 5},
    ),
    _make_rule("Cửa kho lạnh 1 mở lâu", "cua-kho-lanh-1", "door", "warning", {"kind": "is_true", "for_seconds": 20}),
    _make_rule("Khói ở tủ điện", "tu-dien", "smoke", "critical", {"kind": "is_true", "for_seconds": 0}),
    _make_rule("Nước xả đá mất dữ liệu", "nuoc-xa-da", "water_leak", "warning", {"kind": "no_data", "for_seconds": 60}),
    _make_rule(
        "Khí NH₃ trên 25 ppm",
        "so-che",
        "nh3",
        "critical",
        {"kind": "above", "level": 25, "clear": 20, "for_seconds": 0},
    ),
    _make_rule(
        "Kho đông quá ấm",
        "kho-dong",
        "temperature",
        "critical",
        {"kind": "above", "level": -16, "clear": -17, "for_seconds": 60},
    ),
    _make_rule(
        "Công suất tổng trên 50 kW",
        "tu-dien",
        "power",
        "warning",
        {"kind": "above", "level": 50, "clear": 48, "for_seconds": 60},
    ),
    _make_rule("Nước xả đá bị rò", "nuoc-xa-da", "water_leak", "warning", {"kind": "is_true", "for_seconds": 0}),
)
