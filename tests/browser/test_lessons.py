"""Every lesson in both apps: runs, and each of its controls is moved by the keyboard alone and by the pointer alone."""
import json
import re
from html import unescape

import pytest
from axe_playwright_python.sync_playwright import Axe

from course_lib import Flow
from course_lib.explorers import lessons
from tests.browser.apps import wait

HOSTILE = '<b>cat</b> <svg/onload=alert()> "><i>x</i> &lt;u&gt; <BOS> zwölf'


def cells(lesson):
    """The sources of the notebook's cells."""
    return ["".join(cell["source"]) for cell in json.loads(lesson.path.read_text(encoding="utf-8"))["cells"]]


def calls(lesson, start):
    """The functions of the notebook's cells whose names start so, in order."""
    return re.findall(rf"^({start}\w+)\((?:model)?\)", "\n".join(cells(lesson)), re.MULTILINE)


def explorers(lesson):
    """Each explorer of the page as (its box, the same explorer made here), in the order of the cells."""
    names = [name for name in calls(lesson, "explore_") if hasattr(lessons, name)]          # 10's has tests of its own
    boxes = lesson.page.locator(".widget-vbox:has(> .course-status)", has_text="reset")
    assert boxes.count() == len(names)
    return [(boxes.nth(i), getattr(lessons, name)()) for i, name in enumerate(names)]


def shows(lesson, box, explorer):
    """Wait until sentence and picture in the page are those of the explorer here."""
    status, picture = (box.locator(f"{part} .widget-html-content") for part in (".course-status", ".jp-RenderedHTMLCommon"))
    parsed = "html => Object.assign(document.createElement('div'), { innerHTML: html }).innerHTML"
    said, drawn = (lesson.page.evaluate(parsed, html) for html in (explorer.status.value, explorer.picture.value))
    expected = f"expected {explorer.status.value}\n{explorer.draw(**explorer.values())}"
    wait(lambda: (status.inner_html(), picture.inner_html()) == (said, drawn), 10,
         lambda: f"{expected}\n\ngot {status.inner_text()}\n{picture.inner_text()}", lesson.page)
    if explorer.beside:
        painter, words = explorer.controls[explorer.beside], {True: "yes", False: "no"}
        mask = [[f"{mark} {label}", *map(words.get, row)]
                for (_, mark), label, row in zip(painter.looks, painter.labels, painter.value, strict=True)]
        rows = "body => [...body.rows].map(row => [...row.cells].map(cell => cell.textContent))"
        wait(lambda: box.locator(".course-mask tbody").evaluate(rows) == mask, 10, "the page shows another mask", lesson.page)


def focus(lesson, element):
    """Give an element the focus as Tab does, and make sure that it has it."""
    element.focus()
    assert element.evaluate("element => element === document.activeElement")


def press_slider(lesson, box, control):
    """One step to the right by the arrow key, or to the left at the end."""
    options = [value for _, value in getattr(control, "options", ())]
    last = control.value == (options[-1] if options else control.max)
    handle = box.get_by_role("slider", name=control.description, exact=True)
    focus(lesson, handle)
    lesson.page.keyboard.press("ArrowLeft" if last else "ArrowRight")
    way = -1 if last else 1
    control.value = options[options.index(control.value) + way] if options else control.value + way * control.step


def press_choice(lesson, box, control):
    """Another option than the first, by Space."""
    option = next(option for option in control.options if option != control.value)
    button = box.get_by_role("group", name=control.description, exact=True).get_by_role("button", name=option, exact=True)
    focus(lesson, button)
    lesson.page.keyboard.press("Space")
    control.value = option
    wait(lambda: button.get_attribute("aria-pressed") == "true", 10, f"{option} is not pressed", lesson.page)


def press_switch(lesson, box, control):
    """On or off, by Space."""
    focus(lesson, box.get_by_role("checkbox", name=control.description, exact=True))
    lesson.page.keyboard.press("Space")
    control.value = not control.value


def press_text(lesson, box, control):
    """A sentence typed letter by letter, with tokens that look like HTML."""
    focus(lesson, box.get_by_role("textbox", name=control.description, exact=True))
    lesson.page.keyboard.press("ControlOrMeta+a")
    lesson.page.keyboard.type(HOSTILE)
    control.value = HOSTILE


def press_mask(lesson, box, control):
    """Down to the second row and right to the third key, then Space."""
    focus(lesson, box.get_by_role("button", name=f"{control.labels[0]} may attend to {control.labels[0]}", exact=True))
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Space"):
        lesson.page.keyboard.press(key)
    mask = [list(row) for row in control.value]
    mask[1][2] = not mask[1][2]
    control.value = mask


def drag_slider(lesson, box, control):
    """To the right end, or to the left end if it is there."""
    options = [value for _, value in getattr(control, "options", ())] or [control.min, control.max]
    handle, last = box.get_by_role("slider", name=control.description, exact=True), control.value == options[-1]
    handle.scroll_into_view_if_needed()
    x, y, left, right = handle.evaluate("""handle => {
        const { x, y, width, height } = handle.getBoundingClientRect();
        const { left, right } = handle.closest(".noUi-base").getBoundingClientRect();
        return [x + width / 2, y + height / 2, left, right];
    }""")
    lesson.page.mouse.move(x, y)
    lesson.page.mouse.down()
    lesson.page.mouse.move(left if last else right, y, steps=3)
    lesson.page.mouse.up()
    control.value = options[0 if last else -1]


def click_choice(lesson, box, control):
    """Another option than the first."""
    option = next(option for option in control.options if option != control.value)
    box.get_by_role("group", name=control.description, exact=True).get_by_role("button", name=option, exact=True).click()
    control.value = option


def click_switch(lesson, box, control):
    """On or off."""
    box.get_by_role("checkbox", name=control.description, exact=True).click()
    control.value = not control.value


def click_text(lesson, box, control):
    """A click behind the sentence, and one more letter."""
    box.get_by_role("textbox", name=control.description, exact=True).click()
    lesson.page.keyboard.press("End")
    lesson.page.keyboard.type("x")
    control.value += "x"


def click_mask(lesson, box, control):
    """The third key of the second row."""
    box.locator("[data-i='1'][data-j='2']").click()
    mask = [list(row) for row in control.value]
    mask[1][2] = not mask[1][2]
    control.value = mask


PRESS = {"IntSlider": press_slider, "FloatSlider": press_slider, "SelectionSlider": press_slider, "ToggleButtons": press_choice,
         "Checkbox": press_switch, "Text": press_text, "Mask": press_mask}
POINT = {"IntSlider": drag_slider, "FloatSlider": drag_slider, "SelectionSlider": drag_slider, "ToggleButtons": click_choice,
         "Checkbox": click_switch, "Text": click_text, "Mask": click_mask}


def test_runs_without_an_error(lesson):
    """No traceback and nothing on stderr after Run All."""
    kinds = lesson.page.locator(".jp-OutputArea-output").evaluate_all("outputs => outputs.map(output => output.dataset.mimeType)")
    assert not {"application/vnd.jupyter.error", "application/vnd.jupyter.stderr"} & set(kinds)


def test_shows_a_still_before_it_runs(lesson):
    """In a page that is not trusted every explorer is its still, none is a dead control; once run, none is a still. Every lesson
    has one, but the museum, 13."""
    still, least = "Run this cell in Jupyter, and ", not lesson.path.stem.startswith("13")
    assert len(calls(lesson, "(?:drag|explore|fill|measure|stack|train|watch)_")) == lesson.before.count(still) >= least
    assert "Error displaying widget" not in lesson.before
    assert still not in "\n".join(lesson.page.locator(".jp-OutputArea").all_inner_texts())


@pytest.mark.parametrize("moves", [PRESS, POINT], ids=["keyboard", "pointer"])
def test_every_control_moves_its_picture(lesson, moves):
    """From the start, each control alone, by the keyboard or by the pointer alone: the page shows what the values give."""
    for box, explorer in explorers(lesson):
        shows(lesson, box, explorer)
        for control in explorer.controls.values():
            moves[type(control).__name__](lesson, box, control)
            shows(lesson, box, explorer)
            reset = box.get_by_role("button", name="reset", exact=True)
            reset.press("Enter") if moves is PRESS else reset.click()
            explorer.choose("reset")
            shows(lesson, box, explorer)


def test_every_preset_tells_its_story(lesson):
    """A button of each story, by Enter."""
    for box, explorer in explorers(lesson):
        for preset in ("reset", *explorer.presets):
            focus(lesson, box.get_by_role("button", name=preset, exact=True))
            lesson.page.keyboard.press("Enter")
            explorer.choose(preset)
            shows(lesson, box, explorer)


def test_the_flow_answers_in_view(lesson):
    """On a phone, from the beginning of a picture that is taller than the window; the answer is whole, below the number."""
    flow = lesson.page.locator(".course-flow:has(.told)")
    if flow.count():
        lesson.page.set_viewport_size({"width": 360, "height": 640})
        try:
            tall = "flow => flow.querySelector('svg').viewBox.baseVal.width < 400"
            wait(lambda: flow.first.evaluate(tall), 10, "the picture is wide", lesson.page)
            flow.first.locator(".cell").first.click()
            cell, told = (flow.first.locator(name).bounding_box() for name in (".cell.on", ".told"))
        finally:
            lesson.page.set_viewport_size({"width": 1280, "height": 900})
        assert 0 < cell["y"] and cell["y"] + cell["height"] <= told["y"] + 1 and told["y"] + told["height"] <= 641


def test_the_flow_takes_a_sentence_of_ones_own(lesson):
    """Typed below the picture at the top it is drawn as Python draws it; what cannot be drawn is refused in words."""
    source = next((text for text in cells(lesson) if text.startswith("from course_lib import Flow")), None)
    if source is None:
        assert any("ResidualStream(" in text for text in cells(lesson))         # 10's picture has no sentence
        return
    flow, box = eval(source.splitlines()[-1], {"Flow": Flow}), lesson.page.locator(".course-flow").first
    field, told = box.get_by_role("textbox", name="a sentence of your own"), box.get_by_role("status")

    def type_in(text):
        focus(lesson, field)
        lesson.page.keyboard.press("ControlOrMeta+a")
        lesson.page.keyboard.type(text)

    type_in("one " * 13)
    wait(lambda: "Type 1 to 12 words" in told.inner_text(), 10, told.inner_text, lesson.page)
    flow.text = HOSTILE
    type_in(HOSTILE)
    drawn = [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)<", flow.setup["wide"])]
    wait(lambda: box.locator("svg text").evaluate_all("texts => texts.map(text => text.firstChild?.data ?? '')") == drawn, 10,
         "the page shows another flow", lesson.page)


def test_is_accessible(lesson):
    """axe finds nothing in any output: names, roles, contrast, and by the keyboard one reaches what scrolls."""
    for box in [*(box for box, _ in explorers(lesson)), *lesson.page.locator(".course-presets").all()]:
        box.scroll_into_view_if_needed()
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    found = Axe().run(lesson.page, ".jp-OutputArea", options=options)
    assert found.violations_count == 0, found.generate_report()
    for box, _ in explorers(lesson):
        assert box.locator(".course-status").get_attribute("role") == "status"
