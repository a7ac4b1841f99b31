"""The pages and what opens on them: in one language, without what axe finds, nothing cut off or covered."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from playwright.sync_api import Error as PlaywrightError

from tests.browser.conftest import go, let_in, new_context
from tests.browser.languages import foreign_words
from tests.browser.looks import HEADINGS, TEXTS, axe_faults, find_broken_words, layout_faults, settle, stand
from tests.browser.seed import LONG, VIEWER, Seed
from tests.browser.states import State, Visitor, states_of_a_stranger, states_of_a_viewer, states_of_an_owner

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(400)]

LANGUAGES = ("vi", "en")
OPEN = "dialog:visible, [role=dialog]:visible, [role=listbox]:visible"
# After another language was chosen the server is asked for its names again; a loaded machine takes seconds for that.
LATEST_SECONDS = 10


class Walk:
    """Goes through states and collects what is wrong, in both languages: the page changes its language in place."""

    def __init__(self, page: Page, seed: Seed) -> None:
        self.page, self.url, self.names = page, seed.url, seed.names
        self.faults: list[str] = []

    def through(self, states: Iterable[State]) -> None:
        for state in states:
            try:
                self._enter(state)
                self._look(state)
                self._change_language(state)
                self._look(state)
            except (AssertionError, PlaywrightError) as error:
                self.faults.append(f"{state.name}: {str(error)[:400]}")
            self.page.unroute_all()

    def _enter(self, state: State) -> None:
        if state.fails:
            self.page.route(lambda url: state.fails in url and not url.endswith("/me"), _refuse)
        if state.fails or not self._go_within(state.path):
            self.page.goto(self.url + state.path)
        self._stand(state)
        if state.act:
            state.act(Visitor(self.page, self._language()))
        settle(self.page)

    def _stand(self, state: State) -> None:
        if state.fails:
            # After two more tries.
            expect(self.page.locator("main [role=alert]").first).to_be_visible()
        else:
            stand(self.page)

    def _go_within(self, path: str) -> bool:
        """Without loading the page again; whether that led there and closed what was open."""
        page = self.page
        if not page.url.startswith(self.url + "/s/"):
            return False
        if page.locator(OPEN).count():
            page.keyboard.press("Escape")
        go(page, self.url + path)
        return page.url == self.url + path and page.locator(OPEN).count() == 0

    def _look(self, state: State) -> None:
        language = self._language()
        found = self._foreign(language)
        if state.looks:
            found += find_broken_words(self.page)
        if state.looks and language == "vi":
            found += self.page.evaluate(HEADINGS) + axe_faults(self.page) + layout_faults(self.page, state.sizes)
        self.faults += [f"{state.name}, {language}: {fault}" for fault in found]

    def _language(self) -> str:
        language: str = self.page.evaluate("document.documentElement.lang")
        return language

    def _change_language(self, state: State) -> None:
        [other] = {*LANGUAGES} - {self._language()}
        self.page.evaluate(f"document.querySelector('button[lang={other}]').click()")
        expect(self.page.locator("html")).to_have_attribute("lang", other)
        if state.fails:
            # Asked for once more, in that language.
            self._stand(state)

    def _foreign(self, language: str) -> list[str]:
        end = time.monotonic() + LATEST_SECONDS
        while True:
            texts: list[str] = self.page.evaluate(TEXTS)
            found = {text: foreign_words(text, language, self.names) for text in texts}
            faults = [f"{words} in {text!r}" for text, words in found.items() if words]
            if not faults or time.monotonic() > end:
                return faults
            self.page.wait_for_timeout(100)


def _refuse(route: Route) -> None:
    """As a server does whose database is gone, with words in English."""
    body = '{"type": "about:blank", "code": "server_error", "detail": "The server made a mistake; its log says which."}'
    route.fulfill(status=500, content_type="application/problem+json", body=body)


@pytest.fixture
def page_of_a_stranger(browser: Browser) -> Iterator[Page]:
    context = new_context(browser, language="de-DE")
    page = context.new_page()
    # A form that is not saved asks before the page is left.
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    context.close()


def test_every_page_speaks_one_language_and_stands_whole(page_of_a_stranger: Page, seeded: Seed) -> None:
    page = page_of_a_stranger
    walk = Walk(page, seeded)
    walk.through(states_of_a_stranger())
    let_in(page.context, seeded.url, "alice")
    walk.through(states_of_an_owner(seeded))
    page.goto("about:blank")
    page.context.clear_cookies()
    let_in(page.context, seeded.url, VIEWER)
    walk.through(states_of_a_viewer(seeded))
    assert not walk.faults, "\n".join(walk.faults)


STRONG_LINE = """() => {
  const probe = document.body.appendChild(document.createElement('i'))
  probe.style.backgroundColor = 'var(--bv-line-strong)'
  const found = getComputedStyle(probe).backgroundColor
  probe.remove()
  return found
}"""
GROUND_OF_OFF = "switches => switches.map(one => getComputedStyle(one.nextElementSibling).backgroundColor)"


@pytest.mark.parametrize("path", ["/rules", "/settings"])
def test_a_switch_that_is_off_is_as_plain_to_see_as_the_border_of_a_control(
    her_page: Page, seeded: Seed, path: str
) -> None:
    go(her_page, f"{seeded.url}/s/{LONG}{path}")
    off = her_page.get_by_role("switch", checked=False)
    if path == "/settings":
        her_page.get_by_role("switch").first.uncheck(force=True)
    expect(off.first).to_be_attached()
    her_page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
    assert set(off.evaluate_all(GROUND_OF_OFF)) == {her_page.evaluate(STRONG_LINE)}
