"""The pages with their dialogs, editors and questions, refused forms, empty and failing ones, and how to get there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser.languages import words_of
from tests.browser.looks import SIZES
from tests.browser.seed import EMPTY, LONG, Seed

Act = Callable[["Visitor"], None]


@dataclass(frozen=True)
class State:
    """act: what is done on the page at `path`. fails: part of the address of answers that fail.

    looks: not only its words are read; sizes: at these it must stand whole.
    """

    name: str
    path: str
    act: Act | None = None
    fails: str = ""
    looks: bool = True
    sizes: tuple[tuple[int, int], ...] = SIZES


class Visitor:
    """Somebody who finds controls by their words, in the language of the page."""

    def __init__(self, page: Page, language: str) -> None:
        self.page = page
        self.language = language

    def says(self, english: str, context: str = "") -> str:
        """A text of the code in the visitor's language."""
        return words_of(self.language, english, context)

    def button(self, english: str) -> Locator:
        """The first button or link of that name, in the page or its dialog."""
        name = _pattern(self.says(english))
        inside = self.page.locator("#main, [role=dialog]")
        return inside.get_by_role("button", name=name).or_(inside.get_by_role("link", name=name)).first

    def press(self, english: str) -> None:
        """Click it."""
        self.button(english).click()

    def fill(self, english: str, value: str) -> None:
        """Into the first field of that label."""
        inside = self.page.locator("#main, [role=dialog], form")
        inside.get_by_label(_pattern(self.says(english))).first.fill(value)

    def is_told(self, selector: str = "[role=alert], [aria-invalid=true]") -> None:
        """Wait for the answer to what was done."""
        expect(self.page.locator(selector).locator("visible=true").first).to_be_visible()


def _pattern(message: str) -> re.Pattern[str]:
    """A whole name (of a required field with its star), whose values may be anything."""
    return re.compile(r"^\s*" + ".*".join(map(re.escape, re.split(r"\{\w+\}", message))) + r"[\s*]*$")


def _open(*presses: str) -> Act:
    """Press one after the other."""

    def act(visitor: Visitor) -> None:
        for english in presses:
            visitor.press(english)

    return act


def _click(selector: str) -> Act:
    return lambda visitor: visitor.page.locator(selector).first.click()


def _search(visitor: Visitor) -> None:
    visitor.page.keyboard.press("Control+k")
    visitor.page.keyboard.type("9Q7X")
    visitor.is_told("[role=option]")


def _help(visitor: Visitor) -> None:
    visitor.page.keyboard.press("?")
    visitor.is_told("[role=dialog]")


def _enter_wrong_moment(visitor: Visitor, button: str, form: str) -> None:
    visitor.press(button)
    field = visitor.page.locator(f"{form} input").first
    field.fill("1")
    field.press("Enter")
    visitor.is_told("form [role=alert]")


def _own_range(visitor: Visitor) -> None:
    _enter_wrong_moment(visitor, "Own range", "form[class*=own]")


def _filter_alerts(visitor: Visitor) -> None:
    visitor.page.locator("#main details summary").first.click()
    visitor.page.locator("#main [role=group] input[type=checkbox]").first.check()


def _wrong_rule(visitor: Visitor) -> None:
    visitor.page.get_by_label(visitor.says("Hours and days")).select_option("some")
    visitor.fill("Name", "")
    visitor.press("Save rule")
    visitor.is_told("[aria-invalid=true]")


def _leave_rule(visitor: Visitor) -> None:
    visitor.fill("Name", "0002")
    visitor.page.locator("nav a[href$='/devices']").first.click()
    visitor.is_told("[role=dialog]")


def _wrong_window(visitor: Visitor) -> None:
    _enter_wrong_moment(visitor, "Plan maintenance", "form[class*=plan]")


def _taken_id(visitor: Visitor) -> None:
    visitor.fill("Name", "0006")
    visitor.fill("Device id", visitor.page.locator("#main a[href*='/devices/d9']").first.get_attribute("href") or "")
    visitor.is_told()


def _connect_device(visitor: Visitor) -> None:
    visitor.fill("Name", "0004")
    visitor.press("Continue")
    visitor.is_told("pre code")
    visitor.page.keyboard.press("Escape")
    visitor.is_told("[role=dialog] [role=alert]")


def _leave_dialog(visitor: Visitor) -> None:
    visitor.press("Rename or move")
    visitor.fill("Name", "0003")
    visitor.page.keyboard.press("Escape")
    visitor.is_told("[role=dialog] [role=alert]")


def _refused_camera(visitor: Visitor) -> None:
    visitor.press("Add camera")
    visitor.fill("Name", "0005")
    visitor.fill("RTSP address", "http://127.0.0.1/")
    visitor.page.get_by_role("dialog").locator("button[type=submit]").click()
    visitor.is_told("[aria-invalid=true]")


def _weak_account(visitor: Visitor) -> None:
    visitor.page.get_by_label(visitor.says("User name"), exact=True).fill("0007")
    visitor.fill("First password", "password")
    visitor.press("Create account")
    visitor.is_told()


def _wrong_password(visitor: Visitor) -> None:
    visitor.fill("Present password", "wrong-password")
    visitor.fill("New password", "short")
    visitor.press("Change password")
    visitor.is_told()


def _new_token(visitor: Visitor) -> None:
    visitor.fill("Name", "0008")
    visitor.press("Create token")
    visitor.is_told("#main code")


def _sign_in_wrong(visitor: Visitor) -> None:
    visitor.page.locator("input[name=username]").fill("nobody")
    visitor.page.locator("input[name=password]").fill("wrong-password")
    visitor.page.locator("button[type=submit]").click()
    visitor.is_told("[role=alert]")


def states_of_a_stranger() -> Iterator[State]:
    """Before anybody has signed in."""
    yield State("sign in", "/sign-in", _sign_in_wrong)
    yield State("missing name", "/sign-in?ended", _click("button[type=submit]"), looks=False)
    yield State("join", "/join#0000-0000")


def states_of_an_owner(seed: Seed) -> Iterator[State]:
    """The site with an alert, a refused body and names that fill any line; the empty one; what fails."""
    here, empty = f"/s/{LONG}", f"/s/{EMPTY}"
    series, device, rule = f"{here}/series/{seed.series}", f"{here}/devices/{seed.device}", f"{here}/rules/{seed.rule}"
    yield State("overview", here)
    yield State("wall", f"{here}?wall", sizes=((1920, 1080),))
    yield State("sites", here, _click("header button[aria-haspopup]"), looks=False)
    yield State("search", here, _search)
    yield State("shortcuts", here, _help)
    yield State("series", series, _own_range)
    yield State("transport", series, _open("Why this transport?"), looks=False)
    yield State("edit series", f"{series}?edit")
    yield State("camera", f"{here}/cameras/{seed.camera}")
    yield State("refused camera", f"{here}/cameras", _refused_camera)
    yield State("alerts", f"{here}/alerts", _filter_alerts)
    yield State("alert", f"{here}/alerts/{seed.alert}")
    yield State("rule", rule, _wrong_rule)
    yield State("leave rule", rule, _leave_rule, looks=False)
    yield State("maintenance", f"{here}/rules", _wrong_window)
    yield State("devices", f"{here}/devices")
    yield State("add device", f"{here}/devices/new", _taken_id, looks=False)
    yield State("connect device", f"{here}/devices/new", _connect_device)
    yield State("device", device, _open("Delete device"))
    yield State("leave device", device, _leave_dialog)
    yield State("site", f"{here}/settings/site", _open("Leave site"))
    yield State("zones", f"{here}/settings/zones", _open("Delete {name}"))
    yield State("members", f"{here}/settings/members", _weak_account)
    yield State("audit", f"{here}/settings/audit")
    yield State("more", f"{here}/more")
    yield State("account", f"{here}/settings/account", _wrong_password)
    yield State("tokens", f"{here}/settings/tokens", _new_token)
    yield State("new site", f"{here}/settings/new-site", looks=False)
    yield State("empty", empty)
    yield State("no alerts", f"{empty}/alerts", looks=False)
    yield State("no rule", f"{empty}/rules/999999", looks=False)
    yield State("fails", here, fails="/api/v1/")
    yield State("rules fail", f"{here}/rules", fails="/api/v1/rules", looks=False)


def states_of_a_viewer(seed: Seed) -> Iterator[State]:
    """Somebody who may change nothing."""
    yield State("viewer: rule", f"/s/{LONG}/rules/{seed.rule}", looks=False)
    yield State("viewer: device", f"/s/{LONG}/devices/{seed.device}", looks=False)
