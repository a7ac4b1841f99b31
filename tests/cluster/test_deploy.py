"""What deploy/ says: tried by the programs that read it where they are here, else held to what the product needs."""

from __future__ import annotations

import asyncio
import re
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509

from belvedere.accounts.keys import Given, load_keys
from belvedere.config.cli import OK, USAGE, main
from belvedere.config.deploy import SECRETS
from belvedere.config.settings.env import SETTINGS, load
from tests.cluster.haproxy import CONFIGURATION, is_installed, write_configuration
from tests.cluster.process import free_port, until_it_listens
from tests.live.server import PROGRAM

DEPLOY = Path(__file__).parents[2] / "deploy"
DOCUMENT = (DEPLOY.parent / "docs" / "deploy.md").read_text(encoding="utf-8")
HOST = "monitor.example.org"
ROLES = ("migrate", "endpoint", "web", "worker", "beat", "cameras")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What `belvedere init-deploy` has written."""
    assert main(["init-deploy", HOST, "--folder", str(tmp_path)]) == OK
    return tmp_path


def values_in(folder: Path) -> dict[str, str]:
    lines = (folder / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def secret_in(folder: Path, name: str) -> str:
    return (folder / "secrets" / name).read_text().strip()


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return loaded


def test_fresh_secrets_are_written_for_their_owner_only_and_never_twice(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    assert (folder / "certs").stat().st_mode & 0o777 == 0o700
    assert (folder / "secrets").stat().st_mode & 0o777 == 0o700
    before = values_in(folder)
    assert main(["init-deploy", HOST, "--folder", str(folder)]) == USAGE
    assert "is there already" in capsys.readouterr().err
    assert values_in(folder) == before
    other = tmp_path_factory.mktemp("other")
    assert main(["init-deploy", HOST, "--folder", str(other)]) == OK
    same = {name for name, value in values_in(other).items() if before[name] == value}
    assert same == {"BELVEDERE_HOSTNAME"}
    names = [path.name for path in (folder / "secrets").iterdir()]
    assert len(names) == 3
    assert [name for name in names if secret_in(folder, name) == secret_in(other, name)] == []


def test_what_is_written_are_keys_that_the_program_takes(folder: Path) -> None:
    given = Given(secret_in(folder, "secret-key"), secret_in(folder, "encryption-key"), may_make=False)
    assert load_keys(folder / "data", given).secret_key == given.secret
    assert load({"BELVEDERE_SETUP_TOKEN_FILE": str(folder / "secrets" / "setup-token")}).setup_token
    certificate = x509.load_pem_x509_certificate((folder / "certs" / "mqtt.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [HOST]


@pytest.mark.parametrize("name", ["http://monitor.example.org", "a,b", "", "*"])
def test_what_is_no_host_name_writes_nothing(tmp_path: Path, name: str) -> None:
    assert main(["init-deploy", name, "--folder", str(tmp_path / "deploy")]) == USAGE
    assert not (tmp_path / "deploy").exists()


def test_a_folder_with_everything_else_of_deploy_is_written_into_without_a_home(tmp_path: Path) -> None:
    """As in the container of the image, which has the repository's folder and no user's."""
    into = tmp_path / "deploy"
    shutil.copytree(DEPLOY, into, ignore=shutil.ignore_patterns(".env", "secrets", "certs"))
    before = {path: path.read_bytes() for path in into.rglob("*") if path.is_file()}
    command = [str(PROGRAM), "init-deploy", HOST, "--folder", str(into)]
    ran = subprocess.run(command, env={"HOME": "/"}, cwd="/", capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (OK, "")
    after = {path: path.read_bytes() for path in into.rglob("*") if path.is_file()}
    assert after | before == after
    written = {str(path.relative_to(into)) for path in after.keys() - before.keys()}
    assert written == {".env", "certs/mqtt.pem", *(f"secrets/{name}" for name in SECRETS)}


def test_every_variable_of_compose_is_written_or_documented_with_a_default(
    compose: dict[str, Any], folder: Path
) -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", text))
    optional = set(re.findall(r"\$\{(\w+):-", text))
    assert required == set(values_in(folder))
    assert [name for name in sorted(optional) if f"`{name}`" not in DOCUMENT] == []
    for role in ROLES:  # what is documented as one of its settings reaches it
        given = compose["services"][role]["environment"]
        assert all(str(given[name]).startswith(f"${{{name}:-") for name in optional & given.keys())
        assert {"BELVEDERE_ICE_SERVERS", "BELVEDERE_TURN_SECRET", "BELVEDERE_CAMERA_ALLOW"} < given.keys()
    assert set(re.findall(r"(?<!\$)\$\{(\w+)", text)) == required | optional


def test_every_secret_is_a_file_that_is_written_and_ends_in_no_repository(
    compose: dict[str, Any], folder: Path
) -> None:
    """A file, because Compose copies what comes from a variable, and into a container that is read-only it cannot."""
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
    assert {path.name for path in (folder / "secrets").iterdir()} == set(compose["secrets"])
    for path in ("deploy/.env", "deploy/secrets/secret-key", "deploy/certs/mqtt.pem"):
        assert subprocess.run(["git", "check-ignore", "-q", path], cwd=DEPLOY.parent, check=False).returncode == 0, path


def test_one_service_builds_each_image_and_nobody_fetches_it(compose: dict[str, Any]) -> None:
    """Several that build one name at once end with `already exists` where Docker keeps images in containerd's store."""
    services = compose["services"].values()
    built = [service["image"] for service in services if "build" in service]
    assert len(built) == len(set(built)) == 2
    own = [service for service in services if service["image"] in built]
    assert len(own) == len(ROLES) + 1
    assert {service["pull_policy"] for service in own} == {"never"}


def test_every_service_is_bounded_watched_and_nobody_s_root(compose: dict[str, Any]) -> None:
    own_user = {"haproxy", "belvedere"}  # images whose user is not root by themselves
    for name, service in compose["services"].items():
        limits = service["deploy"]["resources"]["limits"]
        assert limits["cpus"], name
        assert limits["memory"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert name in own_user or service["user"].split(":")[0] not in ("0", "root"), name
        # MediaMTX's image holds its program alone, nothing that could ask.
        assert "healthcheck" in service or name == "mediamtx", name
        assert ":" in service["image"] or service["image"].startswith("$"), name
        assert not service["image"].endswith(":latest"), name


def test_the_settings_of_the_roles_are_ones_that_there_are_and_start_a_cluster(
    compose: dict[str, Any], folder: Path
) -> None:
    names = {setting.variable for setting in SETTINGS}
    for role in ROLES:
        service = compose["services"][role]
        assert service["command"] == [role]
        given = service["environment"]
        assert {name.removesuffix("_FILE") for name in given} <= names
    values = values_in(folder)
    shown = {
        name: re.sub(r"\$\{(\w+):[-?]([^}]*)\}", lambda match: values.get(match[1], match[2]), str(value))
        for name, value in given.items()
        if not name.endswith("_FILE")
    }
    env = load(shown)
    assert (env.profile, env.allowed_hosts, env.partitions) == ("cluster", (HOST,), 12)


def test_every_volume_and_file_of_compose_is_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert source == "./certs/mqtt.pem" or (DEPLOY / source).is_file(), source
            else:
                assert source in compose["volumes"]


def test_as_many_endpoints_are_balanced_as_the_document_says() -> None:
    (most,) = re.findall(r"server-template endpoint (\d+) ", CONFIGURATION.read_text())
    assert f"| up to {most} |" in DOCUMENT


# --- HAProxy ---

haproxy = pytest.mark.skipif(not is_installed(), reason="needs Debian's haproxy")


@haproxy
def test_haproxy_takes_its_configuration(folder: Path) -> None:
    text = CONFIGURATION.read_text()
    (folder / "whole.cfg").write_text(text.replace("/etc/haproxy/certs", str(folder / "certs")))
    checked = subprocess.run(
        ["haproxy", "-c", "-f", str(folder / "whole.cfg")], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert "warning" not in checked.stderr.lower()


class Endpoint:
    """Answers every CONNECT, and knows who came."""

    def __init__(self) -> None:
        self.users: list[str] = []

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        packet = await reader.read(1_000)
        assert packet[0] == 0x10, "HAProxy passes on nothing but MQTT"
        self.users.append(re.findall(rb"device-\d+", packet)[0].decode())
        writer.write(b"\x20\x02\x00\x00")
        await writer.drain()
        writer.close()

    def stop(self) -> None:
        self._server.close()


def connect_packet(user: str) -> bytes:
    """A CONNECT of MQTT 3.1.1."""

    def text(value: str) -> bytes:
        return len(value).to_bytes(2, "big") + value.encode()

    body = text("MQTT") + bytes([4, 0xC2, 0, 60]) + text("") + text(user) + text("secret")
    return bytes([0x10, len(body)]) + body


async def connect(folder: Path, port: int, first: bytes) -> bytes:
    """What comes back over TLS, checked with the certificate that devices are given."""
    context = ssl.create_default_context(cafile=str(folder / "certs" / "mqtt.pem"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=HOST)
    writer.write(first)
    await writer.drain()
    answer = await reader.read(4)
    writer.close()
    return answer


@haproxy
async def test_a_device_comes_back_to_its_endpoint_and_who_speaks_no_mqtt_to_none(folder: Path) -> None:
    port = free_port()
    endpoints = [Endpoint(), Endpoint(), Endpoint()]
    config = folder / "haproxy.cfg"
    write_configuration(config, port, [await endpoint.start() for endpoint in endpoints], certificates=folder / "certs")
    running = await asyncio.create_subprocess_exec("haproxy", "-db", "-f", str(config))
    try:
        await until_it_listens(port)
        for _ in range(3):
            for number in range(20):
                assert await connect(folder, port, connect_packet(f"device-{number}")) == b"\x20\x02\x00\x00"
        for number in range(20):
            came = [endpoint.users.count(f"device-{number}") for endpoint in endpoints]
            assert sorted(came) == [0, 0, 3]
        assert all(endpoint.users for endpoint in endpoints), "not all to one"
        assert await connect(folder, port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == b""
    finally:
        running.terminate()
        await running.wait()
        for endpoint in endpoints:
            endpoint.stop()
