"""What a page says and how it stands, read in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page, expect

AXE = (Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
# A small phone, a phone, and a desk at 200 % zoom, which is also spaced out.
SIZES = ((320, 640), (390, 844), (720, 450))
PHONE = 390
ZOOMED = SIZES[-1]

# All that a person sees or hears, but what is no word of a language (code, keys) or says that it is of another one.
TEXTS = """() => {
    const lang = document.documentElement.lang
    const left = 'code, pre, kbd, script, style, noscript, textarea'
    const own = each => each.closest('[lang]')?.lang === lang && each.closest(left) === null
    const found = [document.title]
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walk.nextNode()) if (own(walk.currentNode.parentElement)) found.push(walk.currentNode.data)
    const names = ['aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext', 'title', 'placeholder',
        'alt', 'label', 'data-label']
    for (const each of document.querySelectorAll(names.map(name => `[${name}]`).join()))
        if (own(each)) found.push(...names.map(name => each.getAttribute(name) ?? ''))
    return [...new Set(found.map(text => text.trim()).filter(Boolean))]
}"""

# Wider than the screen, or cut off where neither a scroll bar nor a title gives the rest.
CUTS = """() => {
    const name = each => `${each.tagName.toLowerCase()}.${String(each.className?.baseVal ?? each.className)}`
        + ` "${each.textContent.trim().slice(0, 40)}"`
    const found = []
    const wide = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth > wide) {
        const beyond = [...document.body.querySelectorAll('*')].filter(each => {
            if (each.getBoundingClientRect().right <= wide + 1) return false
            for (let up = each.parentElement; up; up = up.parentElement)
                if (up !== document.body && getComputedStyle(up).overflowX !== 'visible') return false
            return true
        })
        found.push(`page wider than its screen: ${document.documentElement.scrollWidth}: `
            + beyond.slice(-3).map(name).join(' < '))
    }
    for (const each of document.body.querySelectorAll('*')) {
        if (each.clientWidth < 3 || each.clientHeight < 3 || !each.textContent.trim()) continue
        if (each.closest('[title], .vh, .skip, svg, option') !== null) continue
        const style = getComputedStyle(each)
        const cut = overflow => overflow === 'hidden' || overflow === 'clip'
        if (cut(style.overflowX) && each.scrollWidth > each.clientWidth + 1)
            found.push(`cut at its side (${each.scrollWidth} > ${each.clientWidth}): ${name(each)}`)
        if (cut(style.overflowY) && each.scrollHeight > each.clientHeight + 2)
            found.push(`cut below (${each.scrollHeight} > ${each.clientHeight}): ${name(each)}`)
    }
    return found
}"""

# Names of people and things may be one long word, and break; the words of a button do not.
BROKEN = """() => {
    const found = []
    for (const button of document.querySelectorAll('button, a.btn')) {
        const walk = document.createTreeWalker(button, NodeFilter.SHOW_TEXT)
        while (walk.nextNode()) {
            let at = 0
            for (const word of walk.currentNode.data.split(/(\\s+)/)) {
                const range = document.createRange()
                range.setStart(walk.currentNode, at)
                range.setEnd(walk.currentNode, at += word.length)
                const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)))
                if (word.trim().length && word.length <= 20 && lines.size > 1) found.push(`broken: ${word}`)
            }
        }
    }
    return found
}"""

# One main heading a page; that of a dialog is its own.
HEADINGS = """() => {
    const found = [...document.querySelectorAll('h1')].filter(each => !each.closest('dialog, [role=dialog]'))
    const names = found.map(each => each.textContent).join(', ')
    return found.length === 1 ? [] : [`${found.length} main headings: ${names}`]
}"""

# What has the focus is at least in part in sight: no bar lies over it.
COVERED = """() => {
    const found = []
    const box = document.querySelector('dialog, [role=dialog]') ?? document.body
    for (const each of box.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')) {
        if (each.disabled || !each.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
        if (each.closest('.skip, .vh, nav:not(main nav), header:not(main header)') !== null) continue
        each.focus()
        if (document.activeElement !== each) continue
        const { left, right, top, bottom } = each.getBoundingClientRect()
        const seen = [0.2, 0.5, 0.8].some(part => {
            const [x, y] = [left + (right - left) * 0.5, top + (bottom - top) * part]
            const hit = document.elementFromPoint(x, y)
            return hit !== null && (each.contains(hit) || hit.contains(each) || each.labels?.[0]?.contains(hit)
                || hit.closest('label, .mantine-Input-wrapper')?.contains(each))
        })
        const name = (each.ariaLabel ?? each.textContent).trim().slice(0, 40)
        if (!seen) found.push(`covered: ${each.tagName.toLowerCase()} "${name}"`)
    }
    return found
}"""

# WCAG 1.4.12; a style sheet of a script, which the page's policy lets in.
SPACE_OUT = """() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important;'
        + ' word-spacing: 0.16em !important } p { margin-bottom: 2em !important }')
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}"""
SPACE_BACK = "() => { document.adoptedStyleSheets = document.adoptedStyleSheets.slice(0, -1) }"

FAULTS = """async rules => {
    const place = document.querySelector('dialog, [role=dialog]') ?? document
    const find = selectors => axe.run(place, { resultTypes: ['violations'], selectors, ...rules })
    // To name each element by a selector costs a fifth more.
    let { violations } = await find(false)
    if (violations.length > 0) violations = (await find(true)).violations
    return violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`))
}"""
CONTRAST = {"runOnly": ["color-contrast"]}


def stand(page: Page) -> None:
    """Wait until the page has loaded all that it shows."""
    expect(page.get_by_role("heading", level=1).or_(page.get_by_role("dialog")).first).to_be_attached()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def axe_faults(page: Page) -> list[str]:
    """What axe finds, in an open dialog where there is one: all rules in light, those of colours in dark too."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[str] = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.wait_for_function(f"() => document.documentElement.dataset.mantineColorScheme === '{theme}'")
        # A theme only changes colours, so the rules about other things are asked in one of them.
        rules: dict[str, Any] = CONTRAST if theme == "dark" else {}
        found += [f"{theme}: {fault}" for fault in page.evaluate(FAULTS, rules)]
    return found


def layout_faults(page: Page, sizes: tuple[tuple[int, int], ...] = SIZES) -> list[str]:
    """What is cut off at each size, at the last one also with wide spacing; what is covered at 200 % zoom.

    A page has parts on a phone that it does not have on a desk, so axe is asked there again; after axe_faults(). A
    dialog has the same ones.
    """
    before = page.viewport_size
    found: list[str] = []
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        settle(page)
        found += [f"{width}: {fault}" for fault in page.evaluate(CUTS)]
        if width == PHONE and page.locator("dialog, [role=dialog]").count() == 0:
            found += [f"{width}: {fault}" for fault in page.evaluate(FAULTS, {})]
    page.evaluate(SPACE_OUT)
    settle(page)
    found += [f"{sizes[-1][0]}, spaced: {fault}" for fault in page.evaluate(CUTS)]
    page.evaluate(SPACE_BACK)
    # An open list lies over the page on purpose.
    if sizes[-1] == ZOOMED and page.locator("[role=listbox]:visible").count() == 0:
        found += page.evaluate(COVERED)
    if before:
        page.set_viewport_size(before)
        settle(page)
    return found


def find_broken_words(page: Page) -> list[str]:
    """Words of buttons that stand on two lines on a phone."""
    before = page.viewport_size
    page.set_viewport_size({"width": PHONE, "height": 844})
    settle(page)
    found: list[str] = page.evaluate(BROKEN)
    if before:
        page.set_viewport_size(before)
        settle(page)
    return found


def settle(page: Page) -> None:
    """Two frames: layout and what reacts to it are done."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
