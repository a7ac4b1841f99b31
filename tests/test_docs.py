"""The documents say what the program does: every setting, command and link."""

import re
from pathlib import Path

import pytest

from belvedere.config.cli import _make_parser
from belvedere.config.settings.env import SETTINGS
from bench.__main__ import BENCHMARKS

TOP = Path(__file__).parent.parent
DOCS = sorted([*TOP.glob("*.md"), *TOP.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
FILE = re.compile(r"`([\w./-]+\.(?:py|tsx?|mjs|po|jsonl|c))`")
OPERATIONS = (TOP / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented(setting: object) -> None:
    name = setting.name  # type: ignore[attr-defined]  # a row of the table
    assert (f"`--{name.replace('_', '-')}`" in OPERATIONS) == setting.is_option  # type: ignore[attr-defined]  # the same
    assert f"`BELVEDERE_{name.upper()}`" in OPERATIONS


def test_every_command_is_documented_and_no_other() -> None:
    commands = next(action for action in _make_parser()._actions if action.choices)
    assert commands.choices is not None
    assert set(re.findall(r"`belvedere ([a-z-]+)`", OPERATIONS)) == set(commands.choices)


def test_every_figure_is_documented() -> None:
    source = (TOP / "belvedere" / "config" / "figures.py").read_text(encoding="utf-8")
    figures = set(re.findall(r"""_\w+\(\s*"(\w+)\"""", source)) | set(re.findall(r'"belvedere_(\w+)"', source))
    assert len(figures) > 20
    assert {name for name in figures if f"`{name}" not in OPERATIONS} == set()


@pytest.mark.parametrize("document", DOCS, ids=lambda path: str(path.relative_to(TOP)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), f"{document.name} -> {target}"


def test_both_readmes_lead_to_the_same_pages() -> None:
    english, vietnamese = (
        {target for target in LINK.findall((TOP / name).read_text(encoding="utf-8")) if not target.startswith("README")}
        for name in ("README.md", "README.vi.md")
    )
    assert english == vietnamese


def test_every_benchmark_and_every_fault_is_documented() -> None:
    measuring = (TOP / "docs" / "measuring.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z_]+)` \|", measuring, re.MULTILINE)) == set(BENCHMARKS)
    faults = {path.name for path in (TOP / "tests" / "faults").glob("test_*.py")}
    assert set(re.findall(r"^\| `(test_[a-z_]+\.py)` \|", measuring, re.MULTILINE)) == faults


def test_every_file_that_a_document_names_is_there() -> None:
    sources = ["belvedere", "bench", "deploy", "docs", "scripts", "tests", "web/build", "web/scripts", "web/src"]
    files = {f"/{path.relative_to(TOP)}" for folder in sources for path in (TOP / folder).rglob("*.*")}
    named = {name for document in DOCS for name in FILE.findall(document.read_text(encoding="utf-8"))}
    assert len(named) > 100
    assert [name for name in sorted(named) if not any(path.endswith(f"/{name}") for path in files)] == []


def test_every_folder_and_file_that_architecture_names_is_there() -> None:
    text = (TOP / "docs" / "architecture.md").read_text(encoding="utf-8")
    for named in re.findall(r"`([a-z_]+(?:/[a-z_.]+)+)`", text):
        assert any((TOP / folder / named).exists() for folder in ("", "belvedere")), named


def test_both_readmes_name_the_same_commands() -> None:
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):.*##", makefile, re.MULTILINE))
    english, vietnamese = (
        targets & set(re.findall(r"make ([a-z]+)", (TOP / name).read_text(encoding="utf-8")))
        for name in ("README.md", "README.vi.md")
    )
    assert english == vietnamese
    assert english >= {"demo", "test"}
