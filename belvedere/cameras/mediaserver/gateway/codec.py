"""What the gateway must know of a video codec. Implementers: h264/, h265/; codecs.py lists them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.depacketizer import Depacketizer

MAX_PARAMETER_SET_BYTES = 4096  # some 30 to 80 bytes are usual, with all scaling lists 1,500


class Parameters(Protocol):
    """What the sequence parameter set in use says.

    reorder: pictures that a decoder must hold back, None: not told. aspect: width of a pixel by its height.
    """

    @property
    def profile(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def reorder(self) -> int | None: ...
    @property
    def aspect(self) -> tuple[int, int]: ...
    @property
    def codec_string(self) -> str:
        """As in RFC 6381, e.g. avc1.42c01f."""


class Configuration(NamedTuple):
    """How MP4 tells a decoder what it needs. entry: kind of the sample entry; box: of the record in it."""

    entry: bytes
    box: bytes
    record: bytes


class ParameterSets(Protocol):
    """The newest parameter sets of a stream, by their numbers.

    Raises CameraError where they are larger than those of any camera, or more.
    """

    @property
    def all(self) -> tuple[bytes, ...]:
        """As a decoder takes them."""

    @property
    def complete(self) -> bool:
        """Whether a decoder can start."""

    def apply(self, unit: AccessUnit) -> None:
        """Take the sets out of the picture and store them; a key frame gets the complete ones as its `sets`."""

    def parse(self) -> Parameters | None:
        """Return what the set in use says; None where it cannot be read."""

    def make_configuration(self) -> Configuration:
        """Return it for MP4. Only where `parse` gives something."""


@dataclass(frozen=True)
class Codec:
    """name: as in rtpmap. parameter_sets: made from those of the description."""

    name: str
    depacketizer: Callable[[int], Depacketizer]
    parameter_sets: Callable[[Sequence[bytes]], ParameterSets]
