"""Parts of the running program that views, services and consumers need: Django makes those, so nobody can hand them in.

Everything else gets what it needs from its constructor. config/wiring/ binds each part; nothing else may.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

T = TypeVar("T")


class NotProvided(RuntimeError):
    """A part was asked for in a process that does not have it, such as a command."""


class Provided(Generic[T]):
    """One such part: `bind` it once, call it to have it.

    name: as in error messages. default: what stands in where nothing is bound; without one, the call raises
    NotProvided.
    """

    def __init__(self, name: str, default: T | None = None) -> None:
        self._name = name
        self._value = self._default = default
        _every.append(self)

    def bind(self, value: T) -> None:
        """From now on this is the part."""
        self._value = value

    def unbind(self) -> None:
        """The default again."""
        self._value = self._default

    def __call__(self) -> T:
        """The part."""
        if self._value is None:
            raise NotProvided(f"This process has no {self._name}: config/wiring/ binds it where the server starts.")
        return self._value


_every: list[Provided[Any]] = []


def unbind_all() -> None:
    """As before the start, in a program that has stopped."""
    for part in _every:
        part.unbind()
