"""Secrets of the simulated devices: read from the file of an earlier run, else created over the API."""

from __future__ import annotations

import json
import os
from pathlib import Path

from belvedere.simulator.api import Api, ApiError
from belvedere.simulator.scenarios import Scenario


class CredentialsError(Exception):
    """Secrets are missing and cannot be created; the sentence says what to do."""

    permanent = True


def read(path: Path) -> dict[str, str]:
    """Device id -> secret. Raises CredentialsError."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(device): str(secret) for device, secret in found["devices"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise CredentialsError(f'{path} is not {{"devices": {{id: secret}}}}: {error}.') from error


def write(path: Path, secrets: dict[str, str]) -> None:
    """Replace the file; only its owner can read it."""
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump({"devices": secrets}, file, indent=1)
    part.replace(path)


def create_devices(api: Api, site: str, scenario: Scenario, have: dict[str, str]) -> dict[str, str]:
    """Create the devices that are not in `have`; gives the secrets of all. Raises ApiError."""
    secrets = dict(have)
    for device in scenario.devices:
        if device.id in secrets:
            continue
        body = {"site": site, "id": device.id, "name": device.name}
        if device.zone:
            body["zone"] = device.zone
        try:
            secrets[device.id] = api.post("devices", body)["secret"]
        except ApiError as error:
            if error.status not in (400, 409):
                raise
            # The device exists from a run whose secrets are lost: make a new secret.
            secrets[device.id] = api.post(f"devices/{device.id}/credentials")["secret"]
    return secrets


def name_series(api: Api, site: str, scenario: Scenario) -> int:
    """Give series the scenario's names, as far as they exist yet; returns how many are still missing."""
    wanted = {(script.device, script.metric): script for script in scenario.series}
    for series in api.get(f"sites/{site}/series"):
        script = wanted.pop((series["device"], series["metric"]), None)
        if script and series["name"] != script.name:
            api.patch(f"series/{series['id']}", {"name": script.name, **({"unit": script.unit} if script.unit else {})})
    return len(wanted)
