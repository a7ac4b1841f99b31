"""Parts of a program: started in order, stopped in reverse."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import structlog

from belvedere.config.listening import Addresses
from belvedere.config.settings.env import Env, unusable_address
from belvedere.domain.provided import unbind_all
from belvedere.pipeline.ingest.mqtt.endpoint import MqttEndpoint
from belvedere.registry.tail import RegistryTail

log = structlog.get_logger(__name__)

STOP_SECONDS = 2.0  # for each part that has to finish something


class Part(NamedTuple):
    """Something with a beginning and an end."""

    name: str
    start: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]]


async def start_parts(parts: Sequence[Part]) -> None:
    """Bring everything up, in order."""
    for part in parts:
        await part.start()


async def stop_parts(parts: Sequence[Part]) -> None:
    """Everything down, last started first."""
    for part in reversed(parts):
        try:
            await asyncio.wait_for(part.stop(), STOP_SECONDS)
        except TimeoutError:
            log.warning("stop_took_too_long", part=part.name)
        except Exception:  # what one part cannot save must not cost the others theirs
            log.exception("stop_failed", part=part.name)


def run_in_thread(step: Callable[[], object]) -> Callable[[], Awaitable[None]]:
    """The step as a coroutine that waits for it in a thread."""

    async def run() -> None:
        await asyncio.to_thread(step)

    return run


def follow_registry(tail: RegistryTail, prepare: Callable[[], None]) -> Part:
    """What every program begins with: `prepare` binds what asks the registry, then the tail gives its readers all."""

    def load() -> None:
        prepare()
        tail.load()
        tail.start()

    def unload() -> None:
        tail.stop()
        unbind_all()

    return Part("registry", run_in_thread(load), run_in_thread(unload))


async def do_nothing() -> None:
    """Some parts have no end."""


async def listen_for_devices(
    endpoint: MqttEndpoint, env: Env, addresses: Addresses, context: ssl.SSLContext | None
) -> None:
    """Open the MQTT port, and note where it is. Raises ConfigurationError."""
    try:
        addresses.mqtt_port = await endpoint.start(env.mqtt_host, env.mqtt_port, context)
    except OSError as error:
        raise unusable_address(env.mqtt_host, env.mqtt_port, error) from error
    addresses.tls = context is not None
