"""docs/deploy.md, "With servers that you have": its lines as they stand there, up to the first owner."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from belvedere.simulator.api import Api, ApiError
from tests.cluster.stack import Stack, is_installed
from tests.cluster.stacks import return_stack, take_stack
from tests.live.server import PASSWORD, PROGRAM, SITE

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not is_installed(), reason="needs the servers"),
]

DOCUMENT = Path(__file__).parents[2] / "docs" / "deploy.md"
START_SECONDS = 120.0
CODE = re.compile(r"(?:[2-9A-Z]{4}-){4}[2-9A-Z]{4}")


@pytest.fixture
def stack() -> Iterator[Stack]:
    stack = take_stack()
    try:
        yield stack
    finally:
        stack.execute("DROP USER IF EXISTS belvedere")
        return_stack(stack)


@pytest.fixture
def commands(tmp_path: Path, stack: Stack) -> str:
    """The lines of the section, with this test's folder and servers."""
    section = DOCUMENT.read_text(encoding="utf-8").split("## With servers that you have")[1].split("\n## ")[0]
    kinds = re.findall(r"```(\w*)\n(.*?)```", section, re.DOTALL)
    stack.execute("DROP DATABASE belvedere")
    with stack.connect("mysql") as connection:
        for statement in "".join(text for kind, text in kinds if kind == "sql").strip().split(";\n"):
            connection.cursor().execute(statement)
    here = {
        "/etc/belvedere": str(tmp_path / "etc"),
        "db.example.org:3306": f"127.0.0.1:{stack.mariadb.port}",
        "mongodb://belvedere:password@mongo.example.org:27017/belvedere": stack.mongo.url,
        "redis://:password@redis.example.org:6379/0": stack.redis.url,
        "kafka1.example.org:9092,kafka2.example.org:9092": stack.kafka.address,
    }
    text = "".join(text for kind, text in kinds if kind == "")
    for there, place in here.items():
        assert there in text
        text = text.replace(there, place)
    return text


class Running:
    """`belvedere up`, the last line of some commands."""

    def __init__(self, commands: str, folder: Path, settings: Mapping[str, str]) -> None:
        self._log, self._ready = folder / "up.log", folder / "ready.json"
        environment = {
            "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
            "BELVEDERE_DATA_DIR": str(folder / "data"),
            "BELVEDERE_READY_FILE": str(self._ready),
            "BELVEDERE_PORT": "0",
            "BELVEDERE_MQTT_PORT": "0",
            **settings,
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["bash", "-euc", commands], env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def wait(self) -> Api:
        """Until it serves; a client of nobody yet."""
        deadline = time.monotonic() + START_SECONDS
        while not self._ready.exists():
            assert self._process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)
        return Api(json.loads(self._ready.read_text())["url"])

    @property
    def web_urls(self) -> list[str]:
        roles: dict[str, str] = json.loads(self._ready.read_text())["roles"]
        return [url for name, url in roles.items() if name.startswith("web")]

    @property
    def said(self) -> str:
        return self._log.read_text()

    def find_code(self) -> str:
        """The set-up code, as it was printed."""
        (code,) = {match[0] for match in CODE.finditer(self.said)}
        return code

    def stop(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(60)


def make_owner(api: Api, code: str) -> None:
    set_up(api, code, "alice")
    assert api.post("tokens", {"name": "tests"})["token"]


def set_up(api: Api, code: str, username: str) -> None:
    site = {"slug": SITE, "name": "Trang trại", "timezone": "Asia/Ho_Chi_Minh"}
    api.post("setup", {"token": code, "username": username, "password": PASSWORD, "site": site})


def test_its_lines_lead_to_the_first_owner(commands: str, tmp_path: Path) -> None:
    running = Running(commands, tmp_path, {})
    try:
        api = running.wait()
        make_owner(api, running.find_code())
        assert (tmp_path / "etc" / "mongo").stat().st_mode & 0o077 == 0
    finally:
        running.stop()


def test_without_a_code_of_one_s_own_up_makes_one_and_takes_it_once(stack: Stack, tmp_path: Path) -> None:
    settings = {name: value for name, value in stack.environment.items() if name != "BELVEDERE_SETUP_TOKEN"}
    running = Running("exec belvedere up --webs 2", tmp_path, settings)
    try:
        api = running.wait()
        kept = (tmp_path / "data" / "setup-token").read_text().strip()
        assert running.find_code() == kept
        assert "no_setup_code" not in running.said
        make_owner(api, kept)
        assert not (tmp_path / "data" / "setup-token").exists()
        for url in running.web_urls:
            with pytest.raises(ApiError) as caught:
                set_up(Api(url), kept, "mallory")
            assert caught.value.problem["code"] == "already_set_up"
    finally:
        running.stop()


def test_a_web_process_without_the_code_of_migrate_says_so(stack: Stack, tmp_path: Path) -> None:
    settings = {name: value for name, value in stack.environment.items() if name != "BELVEDERE_SETUP_TOKEN"}
    elsewhere = f"belvedere migrate; export BELVEDERE_DATA_DIR={tmp_path / 'other'}; exec belvedere web"
    running = Running(elsewhere, tmp_path, settings)
    try:
        running.wait()
        assert f"the set-up code is in {tmp_path / 'data' / 'setup-token'}" in running.said
        assert "this process takes no set-up code" in running.said
    finally:
        running.stop()


def test_a_web_process_with_another_data_folder_takes_the_code_of_migrate(stack: Stack, tmp_path: Path) -> None:
    settings = {name: value for name, value in stack.environment.items() if name != "BELVEDERE_SETUP_TOKEN"}
    kept = tmp_path / "data" / "setup-token"
    # The second migrate, as before an update, is given its own code and leaves it.
    lines = f"""belvedere migrate
        export BELVEDERE_SETUP_TOKEN_FILE={kept}
        belvedere migrate
        export BELVEDERE_DATA_DIR={tmp_path / "other"} BELVEDERE_SETUP_TOKEN=$(cat {kept})
        unset BELVEDERE_SETUP_TOKEN_FILE
        exec belvedere web"""
    running = Running(lines, tmp_path, settings)
    try:
        api = running.wait()
        assert "this process takes no set-up code" not in running.said
        make_owner(api, kept.read_text().strip())
    finally:
        running.stop()
