"""What Maven has and Debian has not, fetched once into the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>belvedere</groupId>
  <artifactId>{artifact}-of-tests</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>{group}</groupId>
      <artifactId>{artifact}</artifactId>
      <version>{version}</version>
    </dependency>
  </dependencies>
</project>
"""


def can_fetch(name: str, version: str) -> bool:
    """Whether `fetch_jars` of this name has them already, or Maven is there."""
    return shutil.which("mvn") is not None or (find_home(name, version) / "libs").is_dir()


def find_home(name: str, version: str) -> Path:
    """The folder in the cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "belvedere-tests" / f"{name}-{version}"


def fetch_jars(name: str, group: str, artifact: str, version: str) -> Path:
    """A folder with the jar and all that it depends on."""
    home = find_home(name, version)
    jars = home / "libs"
    if not jars.is_dir():
        home.mkdir(parents=True, exist_ok=True)
        draft = home / f"libs-{os.getpid()}"
        pom = home / "pom.xml"
        pom.write_text(_POM.format(group=group, artifact=artifact, version=version))
        command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={draft}"]
        subprocess.run(command, check=True, cwd=home)
        publish(draft, jars)
    return jars


def publish(draft: Path, place: Path) -> None:
    """Give a finished folder its name; where somebody else was faster, theirs stays."""
    try:
        draft.rename(place)
    except OSError:
        shutil.rmtree(draft)
