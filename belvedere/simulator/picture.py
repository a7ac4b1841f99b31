"""The picture of a test camera as an ffmpeg filter graph: a still room, a moving box, and a running clock.

The clock is drawn as seven-segment digits from boxes, so no font has to be installed.
"""

from __future__ import annotations

from typing import NamedTuple

# Which digits light each segment of a seven-segment display: a (top), then clockwise b to f, g (middle).
_SEGMENTS = {
    "a": "02356789",
    "b": "01234789",
    "c": "013456789",
    "d": "0235689",
    "e": "0268",
    "f": "045689",
    "g": "2345689",
}


class Scene(NamedTuple):
    """One camera's picture. boxes: (x, y, w, h, colour) in 640x360; mover: (w, h, colour, y, seconds for one way)."""

    background: str
    boxes: tuple[tuple[int, int, int, int, str], ...]
    mover: tuple[int, int, str, int, float]


def _draw_shelves(left: int, step: int) -> tuple[tuple[int, int, int, int, str], ...]:
    rows = []
    for n in range(4):
        x = left + n * step
        rows += [(x, 90 + 8 * n, 44, 150 - 16 * n, "0x2f3f43"), (x + 5, 100 + 8 * n, 34, 26, "0xa9b7b4")]
        rows += [(x + 5, 140 + 6 * n, 34, 26, "0x93a3a0"), (x + 5, 180 + 3 * n, 34, 24, "0x7f908d")]
    return tuple(rows)


INSIDE = Scene(
    "0x5c6c69",
    ((0, 250, 640, 110, "0x43524f"), (275, 110, 90, 140, "0xd5dedb"), *_draw_shelves(20, 60), *_draw_shelves(395, 60)),
    (54, 62, "0xc07a1e", 214, 9.0),
)
DOOR = Scene(
    "0x71807c",
    ((0, 270, 640, 90, "0x4c5a57"), (220, 70, 200, 200, "0x2c3836"), (316, 70, 8, 200, "0x566663")),
    (34, 96, "0x33379a", 196, 7.0),
)


def _draw_digit(x: int, y: int, width: int, value: str) -> list[str]:
    """Seven boxes that light by the digit that the expression `value` gives."""
    thick, half = max(2, width // 4), width
    height = 2 * half + thick
    places = {
        "a": (x, y, width, thick),
        "b": (x + width - thick, y, thick, half + thick),
        "c": (x + width - thick, y + half, thick, half + thick),
        "d": (x, y + height - thick, width, thick),
        "e": (x, y + half, thick, half + thick),
        "f": (x, y, thick, half + thick),
        "g": (x, y + half, width, thick),
    }
    out = []
    for name, (bx, by, bw, bh) in places.items():
        lit = "+".join(f"eq({value},{digit})" for digit in _SEGMENTS[name])
        out.append(f"drawbox=x={bx}:y={by}:w={bw}:h={bh}:color=white:t=fill:enable='{lit}'")
    return out


def _draw_clock(start_seconds: float, x: int, y: int) -> list[str]:
    """HH:MM:SS that shows `start_seconds` of the day at the stream's first frame and runs with it."""
    now = f"(mod(t+{start_seconds:.2f},86400))"
    # The place value of each digit in seconds, and how many it counts to.
    digits = ((36_000, 10), (3_600, 10), (600, 6), (60, 10), (10, 6), (1, 10))
    filters = [f"drawbox=x={x - 10}:y={y - 8}:w=176:h=46:color=black@0.7:t=fill"]
    for n, (place, base) in enumerate(digits):
        # Tens of hours: 0 to 2; units of hours start again at ten and at 24.
        value = f"mod(floor({now}/{place}),{base})"
        left = x + n * 25 + (n // 2) * 8
        filters += _draw_digit(left, y, 14, value)
        if n in (1, 3):
            filters += [f"drawbox=x={left + 20}:y={y + dy}:w=4:h=4:color=white:t=fill" for dy in (8, 20)]
    return filters


def build_graph(scene: Scene, frames_per_second: int, start_seconds: float) -> str:
    """The `-filter_complex` that ends in [out], 640x360."""
    width, height, colour, y, one_way = scene.mover
    room = ",".join(
        [f"color=c={scene.background}:s=640x360:r={frames_per_second}"]
        + [f"drawbox=x={x}:y={top}:w={w}:h={h}:color={c}:t=fill" for x, top, w, h, c in scene.boxes]
    )
    travel = 640 - width
    # A triangle wave: over, back, and over again.
    x = f"{travel}*abs(mod(t/{one_way},2)-1)"
    thing = f"color=c={colour}:s={width}x{height}:r={frames_per_second}"
    clock = ",".join(_draw_clock(start_seconds, 446, 18))
    return f"{room}[room];{thing}[thing];[room][thing]overlay=x='{x}':y={y}:shortest=1,{clock},format=yuv420p[out]"
