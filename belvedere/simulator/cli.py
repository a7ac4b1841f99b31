"""`belvedere simulate`: simulated devices over real MQTT."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
import time

from belvedere.simulator import credentials
from belvedere.simulator.api import Api, ApiError
from belvedere.simulator.faults import FaultChoice, select_faults
from belvedere.simulator.history import send_history
from belvedere.simulator.mqtt import RefusedError
from belvedere.simulator.player import Player, Tally, play
from belvedere.simulator.scenarios import DeviceScript, Scenario, coldstore, house, load

EXIT_FAILURE, EXIT_USAGE = 1, 2


def _make_scenario(args: argparse.Namespace) -> Scenario:
    if args.scenario == "load":
        if args.devices < 1 or args.rate <= 0:
            raise ValueError("--devices and --rate have to be above 0")
        return load(args.devices, args.rate, args.seed)
    return {"house": house, "coldstore": coldstore}[args.scenario](args.seed)


def _parse_address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(f"--mqtt {text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _choose_site(api: Api, wanted: str) -> str:
    if wanted:
        return wanted
    sites = [site["slug"] for site in api.get("sites")]
    if len(sites) != 1:
        raise credentials.CredentialsError(f"Say with --site where the devices belong; there are: {', '.join(sites)}.")
    return str(sites[0])


def _get_secrets(args: argparse.Namespace, scenario: Scenario) -> dict[str, str]:
    have = credentials.read(args.credentials) if args.credentials else {}
    missing = [device.id for device in scenario.devices if device.id not in have]
    if not missing:
        return have
    if not args.token:
        raise credentials.CredentialsError(
            f"No secret for {missing[0]}: give --token (Settings, Access tokens) to create it, or --credentials FILE."
        )
    api = Api(args.url, args.token)
    secrets = credentials.create_devices(api, _choose_site(api, args.site), scenario, have)
    if args.credentials:
        credentials.write(args.credentials, secrets)
    return secrets


async def _report(tally: Tally, devices: int, every_seconds: float = 5.0) -> None:
    before = 0
    while True:
        await asyncio.sleep(every_seconds)
        rate = (tally.acknowledged - before) / every_seconds
        before = tally.acknowledged
        print(
            f"{tally.connected}/{devices} connected, {rate:.1f} messages/s acknowledged, {tally.acknowledged} in all,"
            f" slowest {tally.slowest_ack_ms:.0f} ms, {tally.dropped} dropped",
            flush=True,
        )
        tally.slowest_ack_ms = 0.0


async def _send_history(args: argparse.Namespace, devices: list[tuple[DeviceScript, str]], stop: asyncio.Event) -> None:
    """Send the days before now; SIGINT and SIGTERM stop it."""
    begun = time.monotonic()
    sending = asyncio.create_task(send_history(args.url, devices, args.history, time.time()))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((sending, stopping), return_when=asyncio.FIRST_COMPLETED)
    if sending.done():
        print(f"{sending.result()} readings of {args.history:g} days in {time.monotonic() - begun:.1f} s", flush=True)
    for task in (sending, stopping):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _play(args: argparse.Namespace, scenario: Scenario, secrets: dict[str, str]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if args.seconds:
        loop.call_later(args.seconds, stop.set)
    host, port = _parse_address(args.mqtt)
    choices = [FaultChoice.parse(text) for text in args.fault]
    tally = Tally()
    players = [
        Player(script, secrets[script.id], host, port, tally, select_faults(script.id, choices))
        for script in scenario.devices
    ]
    if args.history:
        await _send_history(args, [(script, secrets[script.id]) for script in scenario.devices], stop)
    reporting = asyncio.create_task(_report(tally, len(players)))
    try:
        await play(players, stop)
    finally:
        reporting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reporting
    print(f"{tally.acknowledged} of {tally.sent} messages acknowledged, {tally.reconnects} reconnects", flush=True)


def run(args: argparse.Namespace) -> int:
    """Play until the end; returns the exit code."""
    try:
        scenario = _make_scenario(args)
        _parse_address(args.mqtt)
        for text in args.fault:
            FaultChoice.parse(text)
        secrets = _get_secrets(args, scenario)
    except (ValueError, credentials.CredentialsError) as error:
        print(f"belvedere simulate: {error}", file=sys.stderr)
        return EXIT_USAGE
    except ApiError as error:
        print(f"belvedere simulate: {error}", file=sys.stderr)
        return EXIT_FAILURE
    code = 0
    try:
        asyncio.run(_play(args, scenario, secrets))
    except* (RefusedError, ApiError) as errors:
        print(f"belvedere simulate: {_unwrap(errors)}", file=sys.stderr)
        code = EXIT_FAILURE
    return code


def _unwrap(error: BaseException) -> BaseException:
    """The first exception inside the groups of task groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
