import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from belvedere.config.cli import FAILURE, USAGE, main
from belvedere.config.settings.env import LEAST_WAITING_MB, SETTINGS, ConfigurationError, describe_unencrypted, load
from belvedere.config.wiring.worker import BYTES_A_VALUE
from belvedere.readings.store.cluster.fold import FREEZE_ROWS


def test_options_of_every_setting_exist_and_say_what_they_do() -> None:
    assert all(setting.help.endswith(".") for setting in SETTINGS)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("BELVEDERE_PORT", "99999", "65535"),
        ("BELVEDERE_PORT", "http", "a port is a number"),
        ("BELVEDERE_PROFILE", "huge", "embedded or cluster"),
        ("BELVEDERE_LOG_LEVEL", "loud", "debug, info"),
        ("BELVEDERE_TLS_CERT", "/x.pem", "both"),
        ("BELVEDERE_TLS_KEY", "/x.pem", "both"),
        ("BELVEDERE_TRUSTED_PROXIES", "everybody", "BELVEDERE_TRUSTED_PROXIES"),
        ("BELVEDERE_CAMERA_ALLOW", "10.0.0.0/99", "BELVEDERE_CAMERA_ALLOW"),
        ("BELVEDERE_PORT_FILE", "/no/such/file", "cannot read"),
        ("BELVEDERE_PORT_FILE", sys.executable, "not a text file"),
        ("BELVEDERE_ALLOWED_HOSTS", "http://nha.example", "leave out http://"),
        ("BELVEDERE_ALLOWED_HOSTS", "nha.example:8000", "and the port"),
        ("BELVEDERE_ALLOWED_HOSTS", "[fd00::5]:8000", "and the port"),
        ("BELVEDERE_PROFILE", "cluster", "needs BELVEDERE_DATABASE, BELVEDERE_MONGO, BELVEDERE_REDIS, BELVEDERE_KAFKA"),
        ("BELVEDERE_DATABASE", "postgres://db/belvedere", "mysql://"),
        ("BELVEDERE_DATABASE", "mysql://db", "mysql://"),
        ("BELVEDERE_SLOTS", "0", "from 1 to 1000"),
        ("BELVEDERE_WAITING_MB", "0", "from 1 to 1000000"),
        ("BELVEDERE_SETUP_TOKEN", "1234", "at least 16"),
    ],
)
def test_a_bad_value_stops_the_start_with_one_sentence(variable: str, value: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load({variable: value})
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_demo_without_its_extra_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert main(["demo"]) == USAGE
    assert "install the extra `demo`" in capsys.readouterr().err


def test_a_file_gives_a_setting_too(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("8123\n")
    assert load({"BELVEDERE_PORT_FILE": str(tmp_path / "port")}).port == 8123


@pytest.mark.parametrize("hosts", ["*", "", "nha.example,*"])
def test_off_loopback_the_host_names_must_be_said(hosts: str) -> None:
    with pytest.raises(ConfigurationError, match="ALLOWED_HOSTS"):
        load({"BELVEDERE_HOST": "0.0.0.0", "BELVEDERE_ALLOWED_HOSTS": hosts})


def test_off_loopback_with_host_names_is_fine() -> None:
    env = load({"BELVEDERE_HOST": "0.0.0.0", "BELVEDERE_ALLOWED_HOSTS": "nha.example, 192.168.1.5,[fd00::5]"})
    assert env.allowed_hosts == ("nha.example", "192.168.1.5", "[fd00::5]")


@pytest.mark.parametrize(
    ("variables", "open_parts"),
    [
        ({}, []),
        ({"BELVEDERE_HOST": "0.0.0.0"}, ["HTTP on 0.0.0.0"]),
        ({"BELVEDERE_MQTT_HOST": "::"}, ["MQTT on ::"]),
        ({"BELVEDERE_HOST": "192.168.1.5", "BELVEDERE_MQTT_HOST": "0.0.0.0"}, ["HTTP on 192", "MQTT on 0"]),
        ({"BELVEDERE_HOST": "0.0.0.0", "BELVEDERE_TLS_CERT": "/c.pem", "BELVEDERE_TLS_KEY": "/k.pem"}, []),
        ({"BELVEDERE_HOST": "0.0.0.0", "BELVEDERE_TRUSTED_PROXIES": "172.30.84.0/24"}, []),
        # A proxy of this machine reaches loopback: nothing needs to be open.
        ({"BELVEDERE_HOST": "0.0.0.0", "BELVEDERE_TRUSTED_PROXIES": "127.0.0.1/32"}, ["HTTP on 0.0.0.0"]),
        ({"BELVEDERE_MQTT_HOST": "0.0.0.0", "BELVEDERE_MQTT_PUBLIC": "mqtts://farm.local:8883"}, []),
        ({"BELVEDERE_MQTT_HOST": "0.0.0.0", "BELVEDERE_MQTT_PUBLIC": "mqtt://farm.local:1883"}, ["MQTT on 0.0.0.0"]),
    ],
)
def test_what_crosses_the_network_in_the_clear_is_said(variables: dict[str, str], open_parts: list[str]) -> None:
    said = describe_unencrypted(load({"BELVEDERE_ALLOWED_HOSTS": "farm.local", **variables}))
    assert [sentence[: len(part)] for sentence, part in zip(said, open_parts, strict=True)] == open_parts
    assert all("in the clear" in sentence and "--tls-cert" in sentence for sentence in said)


def test_a_process_without_mqtt_says_nothing_of_it() -> None:
    env = load({"BELVEDERE_MQTT_HOST": "0.0.0.0"})
    assert describe_unencrypted(env)
    assert describe_unencrypted(env, takes_devices=False) == []


def test_a_proxy_is_trusted_by_address_or_network() -> None:
    trusted = load({"BELVEDERE_TRUSTED_PROXIES": "10.0.0.5, 192.168.7.0/24,fd00::/8"}).trusted_proxies
    assert [str(network) for network in trusted] == ["10.0.0.5/32", "192.168.7.0/24", "fd00::/8"]


def test_a_secret_is_no_option_and_in_no_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert [setting.name for setting in SETTINGS if not setting.is_option] == [
        "secret_key",
        "encryption_key",
        "setup_token",
    ]
    with pytest.raises(SystemExit):
        main(["up", "--secret-key", "k"])
    with pytest.raises(ConfigurationError) as caught:
        load({"BELVEDERE_SETUP_TOKEN": "ABCD-EFGH"})
    assert "ABCD" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"SLOTS": "3"}, "BELVEDERE_SLOTS=3 is more than BELVEDERE_PARTITIONS=2"),
        ({"WAITING_MB": "3"}, "BELVEDERE_WAITING_MB=3 is too little for BELVEDERE_PARTITIONS=2: give at least 4."),
    ],
)
def test_settings_of_a_cluster_that_do_not_go_together_stop_the_start(settings: dict[str, str], words: str) -> None:
    servers = {"DATABASE": "mysql://root@db/belvedere", "MONGO": "m", "REDIS": "r", "KAFKA": "k:9092"}
    given = {"PROFILE": "cluster", "PARTITIONS": "2", **servers, **settings}
    with pytest.raises(ConfigurationError) as caught:
        load({f"BELVEDERE_{name}": value for name, value in given.items()})
    assert words in str(caught.value)


def test_whoever_has_no_room_for_more_has_something_to_move_to_mongodb() -> None:
    assert LEAST_WAITING_MB * 1_000_000 / BYTES_A_VALUE > FREEZE_ROWS


def test_a_process_of_a_cluster_does_not_start_with_a_key_of_its_own(tmp_path: Path) -> None:
    servers = {
        "DATABASE": "mysql://db/belvedere",
        "MONGO": "mongodb://db",
        "REDIS": "redis://db",
        "KAFKA": "db:9092",
        "PROFILE": "cluster",
        "DATA_DIR": str(tmp_path),
    }
    env = {**os.environ, **{f"BELVEDERE_{name}": value for name, value in servers.items()}}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "belvedere.config", "manage", "check"]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (ran.returncode, list(tmp_path.iterdir())) == (USAGE, [])
    assert "BELVEDERE_SECRET_KEY_FILE is not set" in ran.stderr


def test_a_wrong_setting_is_exit_code_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("BELVEDERE_PROFILE", "huge")
    assert main(["setup-token"]) == USAGE
    assert "BELVEDERE_PROFILE" in capsys.readouterr().err


def test_without_a_token_the_command_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BELVEDERE_DATA_DIR", str(tmp_path))
    assert main(["setup-token"]) == FAILURE
    assert "no set-up token" in capsys.readouterr().err


def test_the_demo_has_a_folder_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["demo", "--data-dir", "/srv/belvedere"])
    assert refused.value.code == USAGE
    assert "--data-dir" in capsys.readouterr().err


def test_a_django_command_with_a_wrong_setting_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BELVEDERE_PORT", "http")
    assert main(["manage", "check"]) == USAGE
    assert "a port is a number" in capsys.readouterr().err


def test_reading_the_command_line_loads_nothing_of_what_the_commands_run() -> None:
    """`up --help` and a server's start need neither the simulator's clients nor Django."""
    code = "import sys\nfrom belvedere.config.cli import _make_parser\n_make_parser()\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"django", "structlog", "http.client", "asyncio", "belvedere.simulator.cli", "belvedere.config.serve"}
    assert heavy.isdisjoint(loaded)
