"""The documents say what the program does: every setting, command and link."""

import re
from pathlib import Path

import pytest

from belvedere.config.cli import _parser
from belvedere.config.settings.env import SETTINGS

TOP = Path(__file__).parent.parent
DOCS = sorted([*TOP.glob("*.md"), *TOP.glob("docs/**/*.md")])
OPERATIONS = (TOP / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented(setting: object) -> None:
    name = setting.name  # type: ignore[attr-defined]  # a row of the table
    assert f"`--{name.replace('_', '-')}`" in OPERATIONS
    assert f"`BELVEDERE_{name.upper()}`" in OPERATIONS


def test_every_command_is_documented_and_no_other() -> None:
    commands = next(action for action in _parser()._actions if action.choices)
    assert commands.choices is not None
    assert set(re.findall(r"`belvedere ([a-z-]+)`", OPERATIONS)) == set(commands.choices)


def test_every_figure_is_documented() -> None:
    source = (TOP / "belvedere" / "config" / "figures.py").read_text(encoding="utf-8")
    figures = set(re.findall(r"""yield _\w+\(\s*"(\w+)\"""", source)) | set(re.findall(r'"belvedere_(\w+)"', source))
    assert len(figures) > 20
    assert {name for name in figures if f"`{name}" not in OPERATIONS} == set()


@pytest.mark.parametrize("document", DOCS, ids=lambda path: str(path.relative_to(TOP)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), f"{document.name} -> {target}"


def test_both_readmes_name_the_same_commands() -> None:
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE))
    english, vietnamese = (
        targets & set(re.findall(r"make ([a-z]+)", (TOP / name).read_text(encoding="utf-8")))
        for name in ("README.md", "README.vi.md")
    )
    assert english == vietnamese
    assert english >= {"demo", "test"}
