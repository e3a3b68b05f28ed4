"""The mask that is painted, without Jupyter: by clicks, by a quick finger and by keys."""
import pytest

from tests.browser import apps

LABELS, LOOKS = ["<b>a</b>", "b", "c", "d"], [["rgb(1, 2, 3)", "●"], ["red", "■"], ["red", "▲"]]
STYLE = (apps.ROOT / "course_lib" / "explorers" / "mask.css").read_text(encoding="utf-8")
CAUSAL = [[j <= i for j in range(4)] for i in range(4)]


@pytest.fixture
def bare(browser):
    """A causal mask of four tokens in an empty page."""
    with apps.bare(browser, "mask.js", {"labels": LABELS, "looks": LOOKS, "value": CAUSAL}) as page:
        yield page


def changed(page, *cells):
    """Whether the model and the page show the causal mask with just these cells turned."""
    expected = [[cell != ((i, j) in cells) for j, cell in enumerate(row)] for i, row in enumerate(CAUSAL)]
    pressed = page.locator("button").evaluate_all("cells => cells.map(cell => cell.getAttribute('aria-pressed') === 'true')")
    return page.evaluate("model.get('value')") == expected == [pressed[4 * i:4 * i + 4] for i in range(4)]


def centre(page, i, j):
    """Where a cell is."""
    box = page.locator(f"[data-i='{i}'][data-j='{j}']").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def heads(page):
    """The tokens at the left, without their marks."""
    return [text.lstrip("●■▲ ") for text in page.locator("tbody th").all_inner_texts()]


def test_tokens_have_their_marks(bare):
    """In the colours of their words, above and at the left; one that has none yet is a name alone."""
    for row in ("thead th", "tbody th"):
        assert bare.locator(row).all_inner_texts()[-4:] == ["● <b>a</b>", "■ b", "▲ c", "d"]
        assert bare.locator(f"{row} span").first.evaluate("mark => getComputedStyle(mark).color") == "rgb(1, 2, 3)"


def test_a_click_turns_one_cell_and_back(bare):
    """And nothing else, and no text is selected."""
    bare.mouse.click(*centre(bare, 0, 3))
    assert changed(bare, (0, 3)) and bare.locator("[data-i='0'][data-j='3']").inner_text() == "yes"
    bare.mouse.click(*centre(bare, 0, 3))
    assert changed(bare) and bare.evaluate("String(getSelection())") == ""


def test_a_swipe_up_or_down_scrolls_and_paints_nothing(chromium, bare):
    """A finger paints what it taps, or a row and whatever it comes to then."""
    bare.set_viewport_size({"width": 600, "height": 300})
    bare.add_style_tag(content=STYLE + "body { padding: 100px 0 900px }")
    x, y = centre(bare, 3, 1)
    apps.swipe(bare, (x, y), (x, y - 120))
    assert changed(bare) and bare.evaluate("scrollY") > 50
    bare.evaluate("scrollTo(0, 0)")
    apps.swipe(bare, centre(bare, 3, 1))
    assert changed(bare, (3, 1))
    apps.swipe(bare, centre(bare, 0, 1), centre(bare, 0, 3), centre(bare, 2, 3))
    assert changed(bare, (3, 1), (0, 1), (0, 2), (0, 3), (1, 3), (2, 3))


def test_a_quick_finger_leaves_no_gap(bare):
    """From one end of a row to the other in a single move; the first cell says what is painted."""
    bare.mouse.move(*centre(bare, 0, 1))
    bare.mouse.down()
    bare.mouse.move(*centre(bare, 0, 3))
    bare.mouse.move(*centre(bare, 2, 3))
    bare.mouse.up()
    bare.mouse.move(*centre(bare, 3, 0))
    assert changed(bare, (0, 1), (0, 2), (0, 3), (1, 3), (2, 3)) and bare.evaluate("String(getSelection())") == ""


def test_keys_move_and_turn(bare):
    """Arrow keys stop at the edge; Space and Enter turn; Tab leaves the table in one step."""
    bare.keyboard.press("Tab")
    for key in ("ArrowUp", "ArrowRight", "ArrowRight", "Space", "ArrowDown", "Enter"):
        bare.keyboard.press(key)
    assert changed(bare, (0, 2), (1, 2))
    bare.evaluate("document.body.append(document.createElement('input'))")
    bare.keyboard.press("Tab")
    assert bare.evaluate("document.activeElement.tagName") == "INPUT"


def test_the_table_follows_the_sentence(bare):
    """Fewer and more tokens, told in either order, and names are shown as they were typed."""
    for labels in (["x"], ["p", "q", "r", "s", "t"]):
        mask = [[True] * len(labels)] * len(labels)
        bare.evaluate("([labels, mask]) => { model.set('value', mask); model.set('labels', labels); }", [labels, mask])
        assert heads(bare) == labels and bare.locator("button").count() == len(labels)**2
    bare.evaluate("mask => { model.set('labels', ['<b>a</b>', 'b', 'c', 'd']); model.set('value', mask); }", CAUSAL)
    assert changed(bare) and heads(bare)[0] == "<b>a</b>"
