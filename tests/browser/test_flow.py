"""Ask a number where it comes from: in a real browser, without a kernel, every number of the chain."""
import math
import re

import numpy as np
import pytest

from course_lib import Flow, apply_mask, attention, causal_mask, embed, pocket, project, scale, score, softmax, weighted_sum
from course_lib.explorers.flow import STYLE
from course_lib.learning import attention_gradients, softmax_gradient
from tests.browser import apps

X = embed(pocket.ids, pocket.E_token, pocket.E_pos)
Q, K, V = (project(X, W) for W in (pocket.W_Q, pocket.W_K, pocket.W_V))
MASKED = apply_mask(scale(score(Q, K), 2), causal_mask(4))
OUTPUT = weighted_sum(softmax(MASKED), V)
ONE = {"X": X, "Q": Q, "K": K, "V": V, "scores": score(Q, K), "scaled scores": scale(score(Q, K), 2), "masked scores": MASKED,
       "weights": softmax(MASKED), "output": OUTPUT, "next word": OUTPUT @ pocket.W_U}
HEADS, WEIGHTS = attention(*(table.T[..., None] for table in (Q, K, V)), causal_mask(4))
TWO = {"X": X, **{f"{name}{i}": table[:, [h]] for h, i in enumerate("₀₁") for name, table in zip("QKV", (Q, K, V), strict=True)},
       **{f"scores{i}": score(Q[:, [h]], K[:, [h]]) for h, i in enumerate("₀₁")},
       **{f"weights{i}": WEIGHTS[h] for h, i in enumerate("₀₁")}, **{f"findings{i}": HEADS[h] for h, i in enumerate("₀₁")},
       "concat": HEADS[..., 0].T, "output": HEADS[..., 0].T @ np.eye(2)}
SCORES = K @ Q[3:].T
WEIGHT = softmax(SCORES.T / np.sqrt(2)).T
SHARE = softmax(OUTPUT[3:] @ pocket.W_U).T
G = np.vstack([np.zeros((3, 4)), SHARE.T - [1, 0, 0, 0]])
G_QKV = attention_gradients(Q, K, V, softmax(MASKED), G @ pocket.W_U.T)
G_WEIGHTS = V @ pocket.W_U @ G[3:].T
BACK = {"Q": Q[3:], "K": K, "scores": SCORES, "weights": WEIGHT, "V": V, "output": OUTPUT[3:],
        "next word": (OUTPUT[3:] @ pocket.W_U).T, "share": SHARE, "loss": -np.log(SHARE[:1]),
        "g_next word": G[3:].T, "g_output": G[3:] @ pocket.W_U.T, "g_V": G_QKV[2],
        "g_weights": G_WEIGHTS, "g_scores": softmax_gradient(WEIGHT.T, G_WEIGHTS.T).T / np.sqrt(2), "g_K": G_QKV[1],
        "g_Q": G_QKV[0][3:], **{f"g_W_{name}": X.T @ g for name, g in zip("QKV", G_QKV, strict=True)}}
MORE = {"new row of X": X[3:], "q": Q[3:], "k": K[3:], "v": V[3:], "K": K, "V": V, "scores": SCORES.T,
        "scaled scores": SCORES.T / np.sqrt(2), "weights": WEIGHT.T, "output": OUTPUT[3:], "next word": OUTPUT[3:] @ pocket.W_U}
# How many numbers that are drawn one arises from: of a token's row, of a query and a key, of a row of weights and a column.
ORIGINS = {"X": 0, "Q": 4, "K": 4, "V": 4, "scores": 4, "scaled scores": 1, "masked scores": 1, "weights": 4, "output": 8,
           "next word": 2, "scores₀": 2, "scores₁": 2, "concat": 1}
ORIGINS_TWO = ORIGINS | {"findings₀": 8, "findings₁": 8, "output": 2}
ORIGINS_BACK = {"Q": 0, "K": 0, "V": 0, "scores": 4, "weights": 4, "output": 8, "next word": 2, "share": 4, "loss": 1,
                "g_next word": 1, "g_output": 4, "g_V": 2, "g_weights": 4, "g_scores": 8, "g_K": 2, "g_Q": 8, "g_W_Q": 1,
                "g_W_K": 4, "g_W_V": 4}
ORIGINS_MORE = {"new row of X": 0, "q": 4, "k": 4, "v": 4, "K": 1, "V": 1, "scores": 4, "scaled scores": 1, "weights": 4,
                "output": 8, "next word": 2}
# Choose a cell as a pointer does; → what is told, and the texts of the cells that are lit as its origin.
ASK = """([name, n]) => {
    const cells = document.querySelectorAll(`[data-matrix="${name}"] .cell`);
    cells[n].dispatchEvent(new MouseEvent("click", { bubbles: true }));
    return [document.querySelector("[role=status]").textContent,
            [...document.querySelectorAll(".cell.from")].map(cell => cell.textContent), cells.length];
}"""


@pytest.fixture
def page(browser, request):
    """The flow in an empty page: its JavaScript and nothing else."""
    given = getattr(request, "param", None)
    flow = Flow(*given) if isinstance(given, tuple) else Flow(given)
    with apps.bare(browser, "flow.js", {"setup": flow.setup, "text": flow.text}) as bare:
        bare.add_style_tag(content=STYLE)
        bare.wait_for_selector(".cell.on")
        yield bare


def parsed(text):
    """A number as the page writes it."""
    return float(text.replace("−", "-").replace("∞", "inf"))


def evaluated(arithmetic):
    """What a sum written for people comes to."""
    code = re.sub(r"e\^(\([^)]*\)|[\d.]+)", r"exp(\1)", arithmetic.replace("e^−∞", "0"))
    return eval(code.replace("×", "*").replace("−", "-").replace("√2", "sqrt(2)"), vars(math).copy())


@pytest.mark.parametrize("page, matrices, numbers", [(None, ONE, ORIGINS), ("Multi-head", TWO, ORIGINS_TWO),
                                                     ("Trained heads", BACK, ORIGINS_BACK),
                                                     ("Long contexts", MORE, ORIGINS_MORE)],
                         indirect=["page"], ids=["one head", "two heads", "the way back", "one more token"])
def test_every_number_tells_where_it_comes_from(page, matrices, numbers):
    """What is told ends in the number that steps.py gives; its arithmetic comes to that number; each number of it is lit."""
    for name, matrix in matrices.items():
        for n, value in enumerate(np.asarray(matrix, float).flat):
            told, lit, count = page.evaluate(ASK, [name, n])
            assert count == matrix.size
            arithmetic, _, result = told.partition(": ")[2].rpartition(" = ")
            shown = parsed(result.strip("()"))
            assert shown == value or abs(shown - value) < 6e-5, (name, n, told)
            if arithmetic.startswith(("a later token", "kept from")):
                assert len(lit) == arithmetic.startswith("a later")
                continue
            origins = numbers[name if name in numbers else name[:-1]]
            assert len(lit) == (n // 4 + 1 if name in ("weights₀", "weights₁") else origins), (name, n, told)
            if arithmetic:
                assert abs(evaluated(arithmetic) - value) < 2e-3 * max(1, abs(value)), (name, n, told)
            written = list(map(parsed, re.findall(r"−?∞|−?\d+\.?\d*", arithmetic or result)))
            assert all(any(x == parsed(text) or abs(x - parsed(text)) < 0.0051 for x in written) for text in lit), (name, n, told)


def test_one_number_is_written_out(page):
    """The example of the course, in words: its row and its column of origin are lit."""
    told, lit, _ = page.evaluate(ASK, ["scores", 13])
    assert told == "scores, the (3), cat (1): 2 × 3 + 3 × 1 = 9" and lit == ["2", "3", "3", "1"]


@pytest.mark.parametrize("page", ["Trained heads"], indirect=True)
def test_blame_is_followed_from_a_key_to_the_loss(page):
    """By buttons alone, from one gradient to the number of the next that matters most."""
    told, _, _ = page.evaluate(ASK, ["g_K", 2])
    assert told == "g_K, cat (1), number 0: 0.1559 × 2 = 0.3118"
    status, path = page.get_by_role("status"), []
    while not path or "share" not in path[-1]:
        page.get_by_role("button", name="go on to g_").or_(page.get_by_role("button", name="go on to share")).first.click()
        path.append(status.text_content().partition(":")[0])
    assert path == ["g_scores, cat (1)", "g_weights, cat (1)", "g_output, the (3), number 0", "g_next word, moon", "share, moon"]


@pytest.mark.parametrize("page", ["Trained heads"], indirect=True)
def test_arrow_keys_pass_between_matrices_of_different_heights(page):
    """From the last row of K to its neighbours, which have one row or four; each keeps to the row that stands beside it."""
    page.evaluate(ASK, ["K", 6])
    for key, chosen in {"ArrowLeft": "Q, the (3), number 1", "ArrowRight": "K, the (3), number 0",
                        "ArrowUp": "K, chases (2), number 0"}.items():
        page.keyboard.press(key)
        assert page.get_by_role("status").text_content().startswith(f"{chosen}: ")
    page.keyboard.press("ArrowLeft")
    assert page.get_by_role("status").text_content().startswith("Q, the (3), number 1: ")


def test_one_can_go_on_to_the_word_and_back(page):
    """From the next word by buttons alone, through all that lies between, to a number of X; and back to where one began."""
    page.evaluate(ASK, ["next word", 12])
    told, path = page.get_by_role("status"), []
    while not path or not path[-1].startswith("X, "):
        path.append(told.text_content())
        if not path[-1].startswith("X, "):
            page.get_by_role("button", name="go on to").first.click()
    assert [place.partition(",")[0] for place in path] == [
        "next word", "output", "weights", "masked scores", "scaled scores", "scores", "Q", "X"]
    for _ in path[1:]:
        page.get_by_role("button", name="back").click()
    assert told.text_content() == path[0]


def test_arrow_keys_go_from_number_to_number(page):
    """Within a matrix and past its side to the next; what is chosen has the focus, and one number alone can be tabbed to."""
    page.evaluate(ASK, ["V", 7])
    for key, chosen in {"ArrowRight": "scores, the (3), the (0)", "ArrowUp": "scores, chases (2), the (0)",
                        "ArrowLeft": "V, chases (2), number 1"}.items():
        page.keyboard.press(key)
        assert page.get_by_role("status").text_content().startswith(f"{chosen}: ")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(f"{chosen}: ")
        assert page.locator(".cell[tabindex='0']").count() == 1


@pytest.mark.parametrize("page", [("Scores", True)], indirect=True)
def test_a_covered_number_shows_once_it_is_asked(page):
    """With those that it comes from. Nothing of it is seen or read aloud before; what was built earlier is never covered."""
    shown = ("name => [...document.querySelectorAll(`[data-matrix='${name}'] .cell text`)]"
             ".map(text => getComputedStyle(text).visibility)")
    told = "n => document.querySelectorAll('[data-matrix=weights] .cell')[n].getAttribute('aria-label')"
    assert set(page.evaluate(shown, "K")) == {"visible"} and set(page.evaluate(shown, "weights")) == {"hidden"}
    assert page.evaluate(shown, "scores").count("visible") == 1             # the one that is asked at the beginning
    assert page.evaluate(told, 5) == "weights, cat (1), cat (1): covered"
    page.evaluate(ASK, ["weights", 5])
    assert page.evaluate(told, 5) == "weights, cat (1), cat (1): 0.9717"
    assert [shows == "visible" for shows in page.evaluate(shown, "masked scores")] == [4 <= n < 8 for n in range(16)]


@pytest.mark.parametrize("page", [None, "Trained heads", "Long contexts"], indirect=True)
def test_it_fits_a_phone(page):
    """At 360 pixels nothing sticks out to the right."""
    page.set_viewport_size({"width": 360, "height": 700})
    page.wait_for_function("document.querySelector('svg').viewBox.baseVal.width < 400")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


# Press each number as a finger does, or go through them by keys; → those that were not seen together with their whole answer.
UNSEEN = """async (keys) => {
    const seen = () => {
        const [{ top, bottom }, told] = [".cell.on", ".told"].map(one => document.querySelector(one).getBoundingClientRect());
        return top >= 0 && bottom <= told.top + 1 && told.bottom <= innerHeight + 1;
    };
    const lost = [], press = key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    for (const cell of document.querySelectorAll(".cell")) {
        if (keys) press(["ArrowDown", "ArrowRight", "ArrowUp", "ArrowRight"][lost.length % 4]);
        else {
            scrollTo({ top: scrollY + cell.getBoundingClientRect().top - innerHeight + 140, behavior: "instant" });
            cell.dispatchEvent(new MouseEvent("click", { bubbles: true }));
        }
        lost.push(seen() ? "" : document.querySelector("[role=status]").textContent);
    }
    return lost.filter(Boolean);
}"""


@pytest.fixture
def phone(page):
    """The flow on a phone, in boxes as the apps and the site put round it, and with text before and after it."""
    page.set_viewport_size({"width": 360, "height": 640})
    page.add_style_tag(content="[class*=utput] { overflow: auto } body { padding: 700px 0 } "
                               "html { scroll-behavior: smooth }")
    page.evaluate("""() => {
        for (const name of ["output", "jp-OutputArea-output", "jp-OutputArea-child", "jp-Cell-outputArea", "jp-CodeCell"]) {
            const box = document.body.appendChild(Object.assign(document.createElement("div"), { className: name }));
            box.append(document.body.firstElementChild);
        }
    }""")
    page.wait_for_function("document.querySelector('svg').viewBox.baseVal.width < 400")
    return page


@pytest.mark.parametrize("page", [None, "Multi-head", "Trained heads", "Long contexts"], indirect=True)
@pytest.mark.parametrize("keys", [False, True], ids=["finger", "keys"])
def test_the_answer_is_seen_where_its_number_is(phone, keys):
    """On a phone a number that was chosen and its whole answer are in view at once, and neither covers the other."""
    phone.locator(".cell.on").focus()
    assert phone.evaluate(UNSEEN, keys) == []


def test_on_paper_the_answer_stands_below_the_picture(chromium, phone):
    """Whole, and where it covers nothing."""
    phone.emulate_media(media="print")
    assert phone.locator(".told").evaluate("told => [getComputedStyle(told).position, getComputedStyle(told).maxHeight]") == [
        "static", "none"]
