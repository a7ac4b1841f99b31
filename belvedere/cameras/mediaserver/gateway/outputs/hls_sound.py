"""The sound of one camera for HLS: AAC and Opus as they come, other kinds as AAC while somebody watches."""

from __future__ import annotations

from belvedere.cameras.mediaserver.gateway.outputs.rendition import Rendition
from belvedere.cameras.mediaserver.gateway.rtsp.sdp import Media
from belvedere.cameras.mediaserver.gateway.sound.converter import Converter
from belvedere.cameras.mediaserver.gateway.sound.formats import find_format, make_aac
from belvedere.cameras.mediaserver.gateway.sound.frames import AAC, Frame, read_config
from belvedere.cameras.mediaserver.gateway.sound.transcoder import AAC_48K, AAC_48K_CONFIG


class HlsSound:
    """Hands frames to a rendition, at its rate."""

    def __init__(self, rendition: Rendition) -> None:
        self._rendition = rendition
        self._media: Media | None = None
        self._rate = 0
        self._converter: Converter | None = None

    def begin(self, media: Media | None) -> None:
        """A new connection of the camera, and the sound that it sends; None for none that can be heard."""
        self.stop()
        self._converter = None
        if media is not None and media.codec == AAC and not read_config(media.parameters):
            media = None
        self._media = media
        form = find_format(media) if media is not None else None
        if media is not None and form is None:
            self._converter = Converter(media, AAC_48K, self._rendition.add)
            form = make_aac(AAC_48K_CONFIG)
        self._rate = form.rate if form is not None else 0
        self._rendition.begin(form)

    def hear(self, frame: Frame, *, is_watched: bool) -> None:
        """Take the camera's next frame. What nobody watches is not converted: it is silence."""
        if self._media is None:
            return
        if self._converter is None:
            self._rendition.add(Frame(frame.data, frame.ts * self._rate // self._media.clock_rate))
            return
        self._rendition.mark_heard()
        if is_watched:
            self._converter.start()
            self._converter.feed(frame)
        else:
            self._converter.stop()

    def stop(self) -> None:
        """Convert nothing any more."""
        if self._converter is not None:
            self._converter.stop()
