"""Faults that change what a simulated device sends: a wrong clock, gaps, spikes, smoke, heat."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from belvedere.simulator.curves import happens, seed_of, unit_random

Values = dict[str, float]


class Sent(NamedTuple):
    """What a device sends at one moment. ts_ms: the time on its reading."""

    ts_ms: int
    values: Values


# None: the device sends nothing at that moment.
Fault = Callable[[float, Sent], Sent | None]

# Faults come and go, so that one run shows both the trouble and the recovery.
EVERY_SECONDS = 120
LASTS_SECONDS = 40


def _break_clock(device: str) -> Fault:
    """The clock runs 12 minutes ahead for odd devices and stands in 1970 for even ones."""
    ahead = seed_of(device) % 2

    def fault(t: float, sent: Sent) -> Sent:
        del t
        return sent._replace(ts_ms=sent.ts_ms + 720_000 if ahead else sent.ts_ms % 86_400_000)

    return fault


def _make_gaps(device: str) -> Fault:
    seed = seed_of(device + "gap")

    def fault(t: float, sent: Sent) -> Sent | None:
        return None if happens(seed, t, EVERY_SECONDS, LASTS_SECONDS, 1.0) else sent

    return fault


def _make_spikes(device: str) -> Fault:
    seed = seed_of(device + "spike")

    def fault(t: float, sent: Sent) -> Sent:
        if unit_random(seed, int(t * 10)) > 0.03:
            return sent
        # A loose wire reads far off on every analogue input at once; switches keep their 0 and 1.
        return sent._replace(
            values={name: value if value in (0.0, 1.0) else value * 4 + 50 for name, value in sent.values.items()}
        )

    return fault


def _raise_metric(metric: str) -> Callable[[str], Fault]:
    def make(device: str) -> Fault:
        seed = seed_of(device + metric)

        def fault(t: float, sent: Sent) -> Sent:
            on = happens(seed, t, EVERY_SECONDS, LASTS_SECONDS, 1.0)
            return sent._replace(values={**sent.values, metric: float(on)})

        return fault

    return make


def _heat(device: str) -> Fault:
    seed = seed_of(device + "hot")

    def fault(t: float, sent: Sent) -> Sent:
        if "temperature" not in sent.values or not happens(seed, t, EVERY_SECONDS, LASTS_SECONDS, 1.0):
            return sent
        return sent._replace(values={**sent.values, "temperature": sent.values["temperature"] + 20})

    return fault


FAULTS: dict[str, Callable[[str], Fault]] = {
    "clock": _break_clock,
    "gap": _make_gaps,
    "spike": _make_spikes,
    "smoke": _raise_metric("smoke"),
    "leak": _raise_metric("water_leak"),
    "motion": _raise_metric("motion"),
    "hot": _heat,
}


class FaultChoice(NamedTuple):
    """One `--fault KIND[:DEVICE]`; without a device it applies to all."""

    kind: str
    device: str | None

    @classmethod
    def parse(cls, text: str) -> FaultChoice:
        """Parse the option. Raises ValueError with one sentence."""
        kind, _, device = text.partition(":")
        if kind not in FAULTS:
            raise ValueError(f"there is no fault {kind!r}; choose from {', '.join(FAULTS)}")
        return cls(kind, device or None)


def select_faults(device: str, choices: list[FaultChoice]) -> list[Fault]:
    """The chosen faults of this device."""
    return [FAULTS[choice.kind](device) for choice in choices if choice.device in (None, device)]


def apply(faults: list[Fault], t: float, values: Values) -> Sent | None:
    """Apply the faults to the values at `t`; None where the device sends nothing."""
    sent: Sent | None = Sent(int(t * 1000), values)
    for fault in faults:
        if sent is None:
            return None
        sent = fault(t, sent)
    return sent
