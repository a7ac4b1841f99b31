"""Names that a reader would take for each other."""

from __future__ import annotations

import unicodedata

import pytest

from belvedere.accounts.names import is_mixed, look_alike_keys, name_key, normalize_name


@pytest.mark.parametrize(
    "other",
    ["Alice", "ALICE", "аlice", "alісе", "ａｌｉｃｅ", "aIice", "a1ice", "αlice", "ΑLICE", "аӏісе"],
)
def test_names_that_differ_by_case_or_look_alike_letters_have_one_key(other: str) -> None:
    assert name_key("alice") in look_alike_keys(other)


@pytest.mark.parametrize("other", ["bob", "alina", "alíce", "alice2", "malice"])
def test_other_names_have_other_keys(other: str) -> None:
    assert name_key("alice") not in look_alike_keys(other)


def test_vietnamese_marks_tell_names_apart_however_they_are_typed() -> None:
    assert name_key("hạnh") != name_key("hanh")
    assert name_key(unicodedata.normalize("NFD", "hạnh")) == name_key("HẠNH")
    assert normalize_name(unicodedata.normalize("NFD", " hạnh ")) == "hạnh"


def test_greek_capitals_are_read_as_capitals() -> None:
    assert name_key("nikh") in look_alike_keys("ΝΙΚΗ")
    assert name_key("νίκη") == name_key("ΝΊΚΗ")


@pytest.mark.parametrize(
    ("name", "mixed"), [("alice", False), ("аlice", True), ("вова", False), ("đỗ.hạnh-2", False), ("αlice", True)]
)
def test_a_name_of_two_scripts_is_mixed(name: str, mixed: bool) -> None:
    assert is_mixed(name) is mixed


def test_a_key_is_its_own_key() -> None:
    for name in ("Alice", "ВОВА", "Straße", "ΣΊΣΥΦΟΣ", "hạnh"):
        assert name_key(name_key(name)) == name_key(name)
