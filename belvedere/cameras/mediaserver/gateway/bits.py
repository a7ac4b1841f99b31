"""Numbers of a NAL unit, bit by bit (ITU-T H.264 §7.2, §9.1; H.265 has the same)."""

from __future__ import annotations


class Bits:
    """Reads an RBSP bit by bit. Raises IndexError at its end. header_bytes: of the NAL unit, in front of it."""

    def __init__(self, nal: bytes, header_bytes: int = 1) -> None:
        self._data = nal[header_bytes:].replace(b"\x00\x00\x03", b"\x00\x00")
        self._at = 0

    def u(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self._data[self._at >> 3] >> (7 - (self._at & 7)) & 1
            self._at += 1
        return value

    def ue(self, highest: int = 0xFFFFFFFF) -> int:
        """Read an Exp-Golomb number. Raises ValueError beyond highest, which bounds the loops that depend on it."""
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 32:
                raise IndexError
        value = (1 << zeros) - 1 + self.u(zeros)
        if value > highest:
            raise ValueError(value)
        return value

    def se(self) -> int:
        value = self.ue()
        return (value + 1) // 2 if value & 1 else -(value // 2)
