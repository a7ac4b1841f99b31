"""Each code that the server can answer has words on the page, in place of the server's English sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from belvedere.accounts.audit import AuditGroup
from belvedere.cameras.mediaserver import refusals
from belvedere.cameras.mediaserver.gateway.errors import Fault
from belvedere.cameras.source import SourceFault
from belvedere.config.http.refusals import _WORDS as CONNECTION_WORDS
from belvedere.domain.details import _FORMS, _HINTS
from belvedere.domain.reading import Reason
from belvedere.web_api.rest import _CODES as FRAMEWORK_CODES
from tests.browser.languages import catalogue, foreign_words, plain

ROOT = Path(__file__).parent.parent
WEB = ROOT / "web" / "src"
NAMES = ("air_temperature2", "BELVEDERE_CAMERA_ALLOW", "data", "ffmpeg")  # examples and what is typed as it is
CODE = 1  # its place among the arguments of Problem
OF_ONE_STATUS = {"switched_off", "secret_unreadable"}  # written by the selectors and the supervisor of cameras


def trees() -> Iterator[ast.Module]:
    for path in (ROOT / "belvedere").rglob("*.py"):
        if not path.name.startswith("test_"):
            yield ast.parse(path.read_text(encoding="utf-8"))


def called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def problem_codes() -> set[str]:
    """The codes written in the code, and those of the frameworks and of connections."""
    found: set[str] = set()
    for tree in trees():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            given = call.args[CODE : CODE + 1] if called(call) == "Problem" else []
            if called(call) in ("Problem", "AuthenticationFailed", "PermissionDenied"):
                given = given + [keyword.value for keyword in call.keywords if keyword.arg == "code"]
            found |= {
                value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)
            }
    return found | set(FRAMEWORK_CODES.values()) | {code for code, _ in CONNECTION_WORDS.values()}


def audit_kinds() -> set[str]:
    """What is recorded in the audit log: the constants of each file that calls `record`."""
    groups = "|".join(AuditGroup.values)
    found: set[str] = set()
    for tree in trees():
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        if any(called(call) in ("record", "_record") for call in calls):
            sources = {id(keyword.value) for call in calls for keyword in call.keywords if keyword.arg == "source"}
            found |= {
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
                if id(node) not in sources and re.fullmatch(rf"({groups})\.[a-z_]+", node.value)
            }
    return found


def cases(name: str) -> set[str]:
    """The codes for which a file of the dashboard has words."""
    return set(re.findall(r"case '([\w.]+)':", (WEB / name).read_text(encoding="utf-8")))


def test_the_page_has_words_for_each_code_of_a_problem() -> None:
    codes = problem_codes()
    assert len(codes) > 40
    assert codes - cases("lib/api/sentences.ts") == set()


def test_the_page_has_words_for_each_entry_of_the_audit_log() -> None:
    kinds = audit_kinds()
    assert len(kinds) > 40
    assert kinds - cases("features/settings/auditWords.ts") == set()


def test_the_page_has_words_for_each_reason_why_a_camera_shows_no_picture() -> None:
    refused = {value.code for value in vars(refusals).values() if isinstance(value, refusals.Refusal)}
    assert {*Fault, *refused, *OF_ONE_STATUS} - cases("lib/cameraReasons.ts") == set()


def test_the_page_has_words_for_each_fault_of_a_cameras_address() -> None:
    assert set(SourceFault) - cases("features/cameras/sourceSentence.ts") == set()


def test_the_page_has_words_for_each_reason_why_readings_are_refused_and_for_what_is_said_of_them() -> None:
    assert set(Reason) - cases("features/devices/words.ts") == set()
    assert {code for code, _ in (*_FORMS, *_HINTS)} - cases("features/devices/saidWords.ts") == set()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_each_text_of_the_page_is_in_its_language(language: str) -> None:
    texts = catalogue(language)
    assert len(texts) > 1000
    foreign = {
        english: foreign_words(plain(words or english), language, NAMES) for (_, english), words in texts.items()
    }
    assert {english: words for english, words in foreign.items() if words} == {}


def test_one_word_of_the_other_language_is_found() -> None:
    assert foreign_words("Đang đo on this server", "vi") == ["on", "this", "server"]
    assert foreign_words("Show cảnh báo", "vi") == ["Show"]
    assert foreign_words("Open alerts: Kho lạnh", "en") == ["Kho", "lạnh"]
    assert foreign_words("cho trong", "en") == ["cho", "trong"]
