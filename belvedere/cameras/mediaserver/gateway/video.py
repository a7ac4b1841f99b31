"""What is known of a camera's video, and one clock for its pictures over all reconnects. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from belvedere.cameras.mediaserver.gateway.access_unit import AccessUnit
from belvedere.cameras.mediaserver.gateway.codec import Codec, Parameters, ParameterSets
from belvedere.cameras.mediaserver.gateway.errors import CameraError, Fault
from belvedere.cameras.mediaserver.gateway.h264.codec import H264
from belvedere.cameras.mediaserver.gateway.probe import Probe
from belvedere.cameras.mediaserver.gateway.timeline import Timeline

KEY_FRAME_SECONDS = 30.0


class Video:
    """sets: the newest parameter sets; parameters: what they say, None before the first picture that can be shown.

    timeline: where the pictures lie; the sound beside them too.
    """

    def __init__(self) -> None:
        self.codec = H264
        self.sets: ParameterSets = H264.parameter_sets(())
        self.parameters: Parameters | None = None
        self.probe = Probe()
        self.timeline = Timeline()
        self._key_wanted_since = 0.0
        self._has_key = False

    def begin(self, codec: Codec, parameter_sets: Sequence[bytes], now: float) -> None:
        """A new connection: nothing but the clock goes on. now: seconds, monotonic."""
        self.codec = codec
        self.sets = codec.parameter_sets(parameter_sets)
        self.parameters = None
        self.probe = Probe()
        self.timeline.restart()
        self._key_wanted_since = now
        self._has_key = False

    def apply(self, unit: AccessUnit, now: float) -> bool:
        """Learn from a picture, in decoding order, and put it on the clock. now: seconds, monotonic.

        False for what comes before the first key frame with its parameter sets. Raises CameraError.
        """
        self.sets.apply(unit)
        if self.parameters is None or unit.key:
            if not (unit.key and self.sets.complete):
                self._has_key = self._has_key or unit.key
                if now - self._key_wanted_since > KEY_FRAME_SECONDS:
                    raise CameraError(Fault.BAD_VIDEO if self._has_key else Fault.NO_KEY_FRAME)
                return False
            self.parameters = self.sets.parse()
            if self.parameters is None:
                raise CameraError(Fault.BAD_VIDEO)
        unit.ts = self.timeline.map(unit.ts, now, reordered=unit.bidirectional)
        self.probe.feed(unit, self.parameters)
        return True
