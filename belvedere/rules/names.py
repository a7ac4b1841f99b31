"""What the ready rules are called in each language, until somebody gives one a name of its own."""

from __future__ import annotations

from typing import Final, NamedTuple


class ReadyName(NamedTuple):
    """The name in each language of the pages."""

    vi: str
    en: str

    def name_in(self, language: str) -> str:
        """In this language; in Vietnamese where it is no other that is known."""
        return self.en if language == "en" else self.vi


READY_NAMES: Final = {
    "temperature_high": ReadyName("Nhiệt độ cao", "High temperature"),
    "motion": ReadyName("Có chuyển động", "Motion"),
    "smoke": ReadyName("Có khói", "Smoke"),
    "water_leak": ReadyName("Rò nước", "Water leak"),
}


def find_names(code: str) -> tuple[str, ...]:
    """All names that a code stands for; none for the code of a rule that people named."""
    return READY_NAMES.get(code, ())


def translate_name(name: str, code: str, language: str) -> str:
    """The name in a language; as people wrote it where it has no code."""
    ready = READY_NAMES.get(code)
    return ready.name_in(language) if ready else name
