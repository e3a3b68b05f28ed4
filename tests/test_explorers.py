"""Explorers: what they draw is what steps.py computes, controls move the picture, and without a kernel a still remains."""
import itertools
import json
import re
from fractions import Fraction
from functools import cache
from html import escape
from pathlib import Path

import numpy as np
import pytest

from course_lib import attention, causal_mask, embed, glimpse, looks, pocket, project, score, sentence, softmax
from course_lib.examples import make_pocket
from course_lib.explorers import browser, lessons, views
from course_lib.explorers import explorer as widgets
from course_lib.explorers.panel import Bars, Panel, alive, still
from course_lib.planes import Plane
from tests.each import each

POCKET, SENTENCE = "the cat chases the", "<BOS> I like transformers <EOS>"
TWELVE = "one two three <b>four</b> five & seven \"eight\" 'nine' ten <script> zwölf"
EXPLORERS = [name for name in vars(lessons) if name.startswith("explore_")]
OTHERS = ["drag_query", "fill_cache", "measure_here", "stack_windows", "train_live", "watch_heads"]


def table(panel, start=""):
    """The numbers of a panel's first table whose caption starts so."""
    return next(part.rows for part in panel.parts if hasattr(part, "rows") and part.caption.startswith(start))


class TestViews:
    """Each picture against the steps, or against arithmetic written out."""

    @each(list(itertools.product([(2, 3), (1, 3), (0, 3), (4, 6), (0, 1)], [(0, 3), (0, 6), (6, 6), (0, 0)])))
    def test_the_sheet_is_the_one_that_is_filled_in_by_hand(self, both):
        """Score, share of the sum, weighted value and their sums, in fractions."""
        query, key = both
        keys, values = [(1, 0), (3, 1), key, (2, 0)], [(0, 0), (4, 1), (2, 2), (0, 0)]
        scores = [query[0] * k[0] + query[1] * k[1] for k in keys]
        weights = [Fraction(s, sum(scores)) for s in scores]
        weighted = [[w * v[0], w * v[1]] for w, v in zip(weights, values, strict=True)]
        rows = [[*k, *v, s, w, *wv] for k, v, s, w, wv in zip(keys, values, scores, weights, weighted, strict=True)]
        bottom = ["", "", "", "", sum(scores), 1, sum(w[0] for w in weighted), sum(w[1] for w in weighted)]
        assert table(views.paper_sheet(*query, *key)) == [*rows, bottom]

    def test_a_sheet_whose_scores_sum_to_0_says_so(self):
        """The query (0, 0) has no weights, and no division by zero."""
        panel = views.paper_sheet(0, 0, 0, 3)
        assert "nothing can be divided" in panel.says and table(panel)[1] == [3, 1, 4, 1, 0, "", "", ""]
        assert table(panel)[-1] == ["", "", "", "", 0, "", "", ""] and "output" not in repr(panel.parts[1]).partition("\n")[2]

    @pytest.mark.parametrize("first, second", list(itertools.combinations(range(4), 2)))
    @pytest.mark.parametrize("with_positions", [False, True])
    def test_a_swap_shows_only_with_positions_of_different_parity(self, with_positions, first, second):
        """X is the embedding of the swapped words; the sentence counts rows that the original does not have."""
        order = [{first: second, second: first}.get(i, i) for i in range(4)]
        panel = views.positions(with_positions, first, second)
        X = embed(pocket.ids[order], pocket.E_token, pocket.E_pos * with_positions)
        seen = with_positions and (first + second) % 2 == 1 and (first, second) != (0, 3)
        assert np.array_equal(table(panel, "X"), X) and ("can be seen" in panel.says) == seen
        cosines = [[a @ b / np.sqrt((a @ a) * (b @ b)) for b in X] for a in X]
        assert np.allclose(table(panel, "cosine"), cosines)

    @each(list(itertools.product(range(-1, 7), range(-1, 7), [False, True])))
    def test_the_next_word_follows_from_the_row_of_w_q(self, case):
        """Query, scores, shares and the candidates' scores, written out; the winner is the only one with the most."""
        thing, action, keys_speak = case
        keys, values = [(1, 0), (3, 1), (0, 3), (2, 0)], [(0, 0), (4, 1), (2, 2), (0, 0)]
        words = {"mouse": (3, 3), "tail": (2, 2), "moon": (4, 0), "sleeps": (0, 4)}
        panel, (first, second) = views.who_wins(thing, action, keys_speak), (thing + 1, action + 1)
        assert panel.says.startswith(f"The row ({thing}, {action}) makes the query ({first}, {second})")
        assert ("query", first, second) in panel.parts[0].marks
        assert table(panel, "the question") == [[thing, action], [1, 1], [first, second]]
        scores, gives = [first * k[0] + second * k[1] for k in keys], keys if keys_speak else values
        total = sum(scores)
        shares = [Fraction(s, total) if total else "" for s in scores]
        assert table(panel, "whom it hears") == [[s, w, *g] for s, w, g in zip(scores, shares, gives, strict=True)]
        if total == 0:
            assert panel.says.endswith("all scores are 0: nobody is heard.") and len(panel.parts) == 3
            return
        output = [sum(w * g[i] for w, g in zip(shares, gives, strict=True)) for i in (0, 1)]
        told = {word: float(output[0] * a + output[1] * b) for word, (a, b) in words.items()}
        winners = [word for word in told if told[word] == max(told.values())]
        assert panel.parts[3].heights == told and [panel.says.split()[-2]] == winners

    @each(list(itertools.product((-4, -0.5, 0, 2, 4), repeat=2)))
    def test_a_query_in_the_plane_attends_as_attention_does(self, query):
        """Scores, weights and output are those of the library, without a mask; lengths and cosine multiply to the score."""
        (output,), (weights,) = attention(np.array([query]), pocket.K, pocket.V)
        panel = views.query_in_the_plane(*query)
        lengths, cosines, *shown = zip(*table(panel), strict=True)
        assert np.allclose(shown, [pocket.K @ query, weights]) and ("output", *output.tolist()) in panel.parts[1].marks
        products = np.hypot(*query) * np.array(lengths)
        assert np.allclose(lengths, np.hypot(*pocket.K.T)) and f"of length {np.hypot(*query):.4f}:" in panel.says
        assert list(cosines) == [""] * 4 if query == (0, 0) else np.allclose(products * cosines, shown[0])

    @each(glimpse.divisors)
    def test_the_knob_of_the_real_model_tells_what_was_measured(self, divisor):
        """What it says first stands in the sentence; the head's tokens each once; the loss of this divisor is marked."""
        largest, loss, mouse, said, heard = glimpse.divisors[divisor]
        panel = views.real_model(divisor)
        says, hears, losses = (bars.heights for bars in panel.parts)
        assert says == said and f"chases the {[*said][0]}, with {max(said.values()):.4f}." in panel.says
        assert f"loss is {loss:.4f}" in panel.says and f"{largest:.4f}, on average" in panel.says
        assert [*hears.values()] == heard.tolist() and len(hears) == 15 and said.get("mouse", mouse) == mouse
        assert losses.pop(f"→ {divisor}") == loss and [*losses] == [str(each) for each in glimpse.divisors if each != divisor]

    def test_the_masks_read_aloud(self):
        """Who sees whom, written out for four tokens."""
        rows = {("causal", 2): "1000 1100 1110 1111", ("padding", 1): "1110 1110 1110 1110", ("window", 2): "1000 1100 0110 0011",
                ("prefix", 2): "1100 1100 1110 1111", ("all", 2): "1111 1111 1111 1111"}
        for (kind, size), mask in rows.items():
            written = [[cell == "1" for cell in row] for row in mask.split()]
            assert views.choose_mask(kind, size, 4, []).tolist() == written
            assert views.choose_mask("painted", 1, 4, written).tolist() == written

    def test_a_painted_mask_fits_a_longer_and_a_shorter_sentence(self):
        """What was painted stays; what is new is causal."""
        painted = np.zeros((2, 2), dtype=bool)
        assert views.choose_mask("painted", 1, 3, painted).tolist() == [[False] * 3, [False] * 3, [True] * 3]
        assert views.choose_mask("painted", 1, 1, painted).tolist() == [[False]]

    @each(list(itertools.product(views.MASKS[:-1], range(4))))
    def test_the_leak_test_agrees_with_the_mask(self, both):
        """Output i changes when token j is replaced only if i may attend to j, or is j itself."""
        kind, replaced = both
        panel = views.masked_attention(POCKET, kind, 2, replaced, [])
        mask = views.choose_mask(kind, 2, 4, [])
        assert np.allclose(table(panel, "weights"), attention(pocket.Q, pocket.K, pocket.V, mask)[1])
        may = mask[:, replaced] | (np.arange(4) == replaced)
        changed = np.array(table(panel, "outputs")[0])
        assert not (changed & ~may).any() and ("leaks" in panel.says) == changed[:replaced].any()

    def test_a_query_that_may_attend_to_nobody_is_named(self):
        """Its row of weights is 0, and the panel says so."""
        panel = views.masked_attention(POCKET, "painted", 1, 3, [[False] * 4, [True] * 4, [True] * 4, [True] * 4])
        assert "the (0) may attend to nobody" in panel.says and table(panel, "weights")[0] == [0, 0, 0, 0]

    def test_the_trace_ends_in_softmax(self):
        """Every step follows from the one before, and a shift of all scores changes no weight."""
        for shift, temperature in itertools.product((-1000, 0, 1000), (0.1, 1, 50)):
            rows = table(views.softmax_trace(2, 9, 8.5, -4, shift, temperature))
            scores, divided, reduced, exponentials, weights = (np.array(row[:4]) for row in rows)
            assert np.allclose(scores - shift, [2, 9, 8.5, -4]) and np.allclose(divided, scores / temperature)
            assert reduced.max() == 0 and np.allclose(np.diff(reduced), np.diff(divided))
            assert np.allclose(exponentials, np.exp(reduced))
            assert np.allclose(weights, softmax(np.array([2, 9, 8.5, -4]) / temperature))

    @pytest.mark.parametrize("text", [POCKET, TWELVE, "one"])
    def test_a_sentence_at_a_temperature(self, text):
        """The temperature divides the plain scores, and √2 is attention; the entropy of n equal weights is log n."""
        example = make_pocket(text.split())
        for temperature, causal in itertools.product((0.1, 1, 100), (False, True)):
            panel = views.temperature_of_a_sentence(text, temperature, causal)
            mask = causal_mask(len(example.tokens)) if causal else None
            assert np.allclose(table(panel), attention(example.Q * np.sqrt(2) / temperature, example.K, example.V, mask)[1])
        entropies = list(views.temperature_of_a_sentence(text, 1e9, True).parts[1].heights.values())
        assert np.allclose(entropies, np.log(np.arange(1, len(example.tokens) + 1)), atol=1e-6)

    def test_the_output_is_the_weighted_sum_and_stays_in_the_hull(self):
        """Cold it is a value, hot the mean; and never outside of any side of the hull."""
        example = make_pocket(TWELVE.split())
        for query, temperature in itertools.product(range(12), (0.1, 1, 100)):
            panel = views.output_in_the_hull(TWELVE, query, temperature)
            output = np.array(table(panel)[-1][-2:])
            assert np.allclose(output, attention(example.Q[[query]] * np.sqrt(2) / temperature, example.K, example.V)[0])
            corners = panel.parts[0].hull
            for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
                assert np.linalg.det([b - a, output - a]) > -1e-9
        assert np.allclose(table(views.output_in_the_hull(POCKET, 1, 0.01))[-1][-2:], pocket.V[1])
        assert np.allclose(table(views.output_in_the_hull(POCKET, 3, 1e9))[-1][-2:], pocket.V.mean(axis=0))

    def test_two_heads_have_the_published_weights(self):
        """The sentence as it is; and any number of heads is attention with the same columns cut differently."""
        X = embed(sentence.ids, sentence.E_token, sentence.E_pos)
        Q, K = project(X, sentence.W_Q), project(X, sentence.W_K)
        panel = views.heads_of_a_sentence(SENTENCE, 2, 1, True)
        for h, part in enumerate(panel.parts):
            assert np.allclose(part.rows, attention(Q[h], K[h], K[h], causal_mask(5))[1])
        sharper = views.heads_of_a_sentence(SENTENCE, 2, 500, True).parts
        assert np.allclose(sharper[1].rows, attention(500 * Q[1], K[1], K[1], causal_mask(5))[1])
        for n_heads in (1, 4, 8):
            width = 16 // n_heads
            for h, part in enumerate(views.heads_of_a_sentence(SENTENCE, n_heads, 1, False).parts):
                q, k = (np.hstack(list(A))[:, h * width:(h + 1) * width] for A in (Q, K))
                assert np.allclose(part.rows, softmax(score(q, k) / np.sqrt(width)))

    @pytest.mark.parametrize("text, message", [("", "1 to 12 words"), ("  ", "here are 0"), ("a " * 13, "here are 13"),
                                               ("a" * 21, "20 characters; aaaaaaaaaaaaaaaaaaaa… has 21")])
    def test_a_sentence_too_short_or_too_long_is_refused_in_words(self, text, message):
        """The message says what was given and what is asked for."""
        with pytest.raises(ValueError, match=re.escape(message)):
            views.words(text)


class TestWiring:
    """Setting a control as a hand does, without a browser."""

    @pytest.fixture(params=EXPLORERS)
    def explorer(self, request):
        return getattr(lessons, request.param)()

    def shown(self, explorer):
        """What the picture must be for the controls as they are."""
        return explorer.draw(**explorer.values()).picture(skip=0 if explorer.beside is None else 1)

    def test_every_control_moves_the_picture(self, explorer):
        """Each control, moved alone, changes what is seen into what its values give."""
        for name, control in explorer.controls.items():
            if name == explorer.beside:
                continue
            explorer.choose("reset")
            before = explorer.picture.value, explorer.status.value
            options = [option[1] if isinstance(option, tuple) else option for option in getattr(control, "options", ())]
            if name == "size":
                explorer.controls["kind"].value = "window"
            for value in options or ([not control.value] if isinstance(control.value, bool) else
                                     ["the cat"] if isinstance(control.value, str) else [control.min, control.max]):
                control.value = value
                assert explorer.picture.value == self.shown(explorer)
                if (explorer.picture.value, explorer.status.value) != before:
                    break
            else:
                pytest.fail(f"{name} changed nothing")

    def test_presets_set_what_they_say_and_reset_goes_back(self, explorer):
        """A button of the page is pressed; every story is another picture than the first, and reset brings the first back."""
        first, buttons = explorer.picture.value, explorer.widget.children[1].children
        assert [button.description for button in buttons] == list(explorer.presets) and buttons[-1].description == "reset"
        for button in buttons[:-1]:
            button.click()
            now, said = explorer.values(), {**explorer.start, **explorer.presets[button.description]}
            assert all(now[name] == said[name] for name in now if name != explorer.beside)
            assert explorer.picture.value == self.shown(explorer) != first
            buttons[-1].click()
            assert explorer.picture.value == first and explorer.values() == explorer.start

    def test_the_still_is_what_the_controls_start_with(self, explorer):
        """Text, page and live picture show one state; the page has no inline SVG and says how the controls come."""
        bundle, panel = explorer._repr_mimebundle_(), explorer.draw(**explorer.start)
        assert bundle["text/plain"].endswith(repr(panel)) and "presets: " in bundle["text/plain"]
        assert "<svg" not in bundle["text/html"] and "Run this cell" in bundle["text/html"]
        assert explorer.picture.value == self.shown(explorer) and escape(panel.says) in explorer.status.value

    def test_every_control_is_named(self, explorer):
        """A description, or a caption of its own."""
        assert all(control.description or name == explorer.beside for name, control in explorer.controls.items())

    @pytest.mark.parametrize("name", ["explore_masks", "explore_temperature", "explore_outputs", "explore_heads"])
    def test_a_sentence_that_cannot_be_read_loses_nothing(self, name):
        """The picture stays, the status says why, and the next word goes on; a preset keeps what the reader typed."""
        explorer = getattr(lessons, name)()
        explorer.controls["text"].value = "my own words"
        before = explorer.picture.value
        explorer.controls["text"].value = ""
        assert explorer.picture.value == before and "1 to 12 words" in explorer.status.value
        explorer.controls["text"].value = "<img/src=x/onerror=alert()>"
        assert explorer.picture.value == before and "&lt;img/src" in explorer.status.value
        explorer.controls["text"].value = TWELVE
        html = explorer.picture.value + explorer.status.value
        assert explorer.picture.value == self.shown(explorer) and "<script>" not in html and "<b>" not in html
        kept = next(label for label, preset in explorer.presets.items() if "text" not in preset)
        explorer.choose(kept)
        assert explorer.controls["text"].value == TWELVE

    def test_painting_makes_a_mask_of_ones_own(self):
        """One cell above the diagonal: the kind becomes painted, the future leaks, and a longer sentence keeps the cell."""
        explorer = lessons.explore_masks()
        painter = explorer.controls["painted"]
        mask = [list(row) for row in painter.value]
        mask[0][3] = True
        painter.value = mask
        assert explorer.controls["kind"].value == "painted" and "it changed the output of the (0)." in explorer.status.value
        explorer.controls["text"].value = "the cat chases the mouse"
        assert painter.value[0] == [True, False, False, True, False] and len(painter.labels) == 5
        explorer.controls["kind"].value = "window"
        assert painter.value == views.choose_mask("window", 2, 5, []).tolist()

    def test_a_slider_of_tokens_reaches_to_the_last(self):
        """As long as the sentence; when a sentence has been typed anew, the slider is where it stood."""
        explorer = lessons.explore_outputs()
        query, text = explorer.controls["query"], explorer.controls["text"]
        for typed, stands in (("one two", 1), ("", 0), (TWELVE, 3)):
            text.value = typed
            assert (query.value, query.max) == (stands, max(len(typed.split()), 1) - 1)
        assert "the query of &lt;b&gt;four" in explorer.picture.value
        query.value = 11
        text.value = "one two three"
        assert query.value == 2 and "the query of three (2)" in explorer.picture.value

    def test_what_was_painted_comes_back(self):
        """Another kind and back again: the painting is still there."""
        explorer = lessons.explore_masks()
        kind, painter = explorer.controls["kind"], explorer.controls["painted"]
        painting = [[True, False, False, True], *painter.value[1:]]
        painter.value = painting
        kind.value = "causal"
        assert painter.value == np.tri(4, dtype=bool).tolist()
        kind.value = "painted"
        assert painter.value == painting and "leaks" in explorer.status.value

    def test_a_size_that_does_nothing_is_switched_off(self):
        """Only padding, window and prefix have one."""
        explorer = lessons.explore_masks()
        for kind in views.MASKS:
            explorer.controls["kind"].value = kind
            assert explorer.controls["size"].disabled == (kind in ("causal", "all", "painted"))

    def test_the_flagship_carries_its_picture_and_its_still(self):
        """The page that the browser moves is the one that Python draws, and what is committed begins with its still."""
        flagship, panel = lessons.drag_query(), views.query_in_the_plane(2, 3)
        data = flagship._repr_mimebundle_()
        assert flagship.setup["page"] == panel._repr_html_() and data["text/plain"].endswith(repr(panel))
        assert re.match(r'<div class="[\w-]+">(.*)</div><script type="module">', data["text/html"], re.DOTALL)[1] == still(panel)


class TestPictures:
    """Bars say in text what they show, and stills and live pages show the same."""

    def test_whole_bars_have_whole_numbers(self):
        """In the text and in the picture."""
        bars = Bars("", {"x": 2.0, "y": 3.0}, limit=3)
        assert repr(bars).splitlines()[1].startswith("x  2  ") and ">2</text>" in bars._repr_html_()

    def test_bars_are_as_long_as_their_numbers(self):
        """Half the limit is half the width, in the picture and in the text."""
        bars = Bars("b", {"x": 0.5, "yy": 1.0})
        assert repr(bars) == f"b\nx   0.5000  {'█' * 15}\nyy  1.0000  {'█' * 30}"
        assert [float(w) for w in re.findall(r'<rect[^>]* width="([\d.]+)"', bars._repr_html_())] == [75, 150]

    def test_bars_of_tokens_have_their_colours_and_marks(self):
        """As everywhere; others are blue and have none."""
        html = Bars("b", {"cat (1)": 0.5, "key 1": 1.0})._repr_html_()
        assert re.findall(r'height="18" fill="([^"]*)"', html) == [looks.themed(looks.ORANGE), looks.themed(looks.BLUE)]
        assert f'<tspan fill="{looks.themed(looks.ORANGE)}">■</tspan> cat (1)' in html and "</tspan> key 1" in html

    def test_a_still_has_images_with_the_same_words(self):
        """Every SVG becomes an image whose alternative text is the plane's own."""
        plane = Plane("p", 0, 1, [])
        html = still(Panel("says <i>", plane, plane))
        assert html.count("<img alt=\"p\" src=\"data:image/svg+xml,") == 2 and "&lt;i&gt;" in html

    def test_a_live_page_holds_the_library_s_own_script_and_plain_data(self):
        """Nothing in the still or in the state ends the script or begins another."""
        state = {"a": "</script><script>&<!--", "b": [(0.1 + 0.2, -1e-17, 3, None, True)]}
        html, hostile = alive("still", "query", state), re.compile("</?script|<!--")
        own = [(browser.HERE / name).read_text(encoding="utf-8") for name in ("query.js", "alive.js")]
        _, script, rest = re.split('<script type="module">\n|\n</script>', html)
        assert script.startswith("".join(own)) and rest == "" and not hostile.search(script)
        name, told, style = json.loads(f"[{script.removeprefix(''.join(own))[len('enliven('):-2]}]")
        assert f'<div class="{name}">still</div>' in html and ".course-presets" in style
        assert told == {"a": state["a"], "b": [[0.3, 0.0, 3, None, True]]} and "-0.0" not in script.rpartition("enliven(")[2]


class TestAnswers:
    """What the lessons' folded answers under *Explore* say."""

    def test_00_the_largest_weights_of_chases(self):
        """3/4 by the query, 2/3 by the key, 6/7 by both, among all settings of the sliders; and the sheet shows them so."""
        def weight(setting):
            *scores, own = np.vstack([pocket.K[[0, 1, 3]], setting[2:]]) @ setting[:2]
            return Fraction(int(own), int(own + sum(scores)))

        grid = list(itertools.product(range(7), repeat=2))
        by_query, by_key = [(*query, 0, 3) for query in grid[1:]], [(2, 3, *key) for key in grid]
        by_both = [(*query, *key) for query in grid[1:] for key in grid]
        for settings, best, largest in ((by_query, (0, 3, 0, 3), Fraction(3, 4)), (by_key, (2, 3, 6, 6), Fraction(2, 3)),
                                        (by_both, (0, 3, 0, 6), Fraction(6, 7))):
            assert max(map(weight, settings)) == weight(best) == table(views.paper_sheet(*best))[2][5] == largest

    def test_02_who_wins(self):
        """(3, 0) sends the cat to the moon; sleeps wins if keys speak and the query asks for no thing, and never else."""
        wins = {(*row, keys): views.who_wins(*row, keys).says.split()[-2]
                for row in itertools.product(range(-1, 7), repeat=2) for keys in (False, True) if row != (-1, -1)}
        assert [wins[*row, False] for row in ((0, 3), (3, 3), (3, 0))] == ["mouse", "mouse", "moon"]
        assert table(views.who_wins(3, 0, False), "whom")[1:3] == [[13, Fraction(13, 28), 4, 1], [3, Fraction(3, 28), 2, 2]]
        for thing, action in itertools.product(range(-1, 7), repeat=2):
            _, (cat, *_), (chases, *_), _ = table(views.who_wins(thing, action, False), "whom")
            assert (thing, action) == (-1, -1) or (wins[thing, action, False] == "moon") == (cat > 4 * chases)
        assert {row for row, word in wins.items() if word == "sleeps"} == {(-1, action, True) for action in range(7)}
        assert {word for row, word in wins.items() if not row[2]} == {"mouse", "moon"}

    def test_03_who_wins(self):
        """The queries of the first answer, and the longer key of the second."""
        for query, who in {(1, 3): "chases (2)", (3, 1): "cat (1)", (2, -4): "the (3)", (-1, -3): "the (0)"}.items():
            assert f": {who} gets the most" in views.query_in_the_plane(*query).says
        assert [row[2] for row in table(views.query_in_the_plane(2, -4))][1:4:2] == [2, 4]
        assert not any(": the (0)" in views.query_in_the_plane(x, y).says
                       for x, y in itertools.product(np.arange(-4, 4.5, 0.5), repeat=2) if x * 3 + y > 0 or y > 0)

    def test_04_the_mouse_is_found_in_a_valley_of_the_loss(self):
        """From 4 to 16 it is the first word; the loss falls to its bottom at 10 and rises again; from 4 on head 23.1 hears it."""
        first = {divisor: [*views.real_model(divisor).parts[0].heights][0] for divisor in glimpse.divisors}
        assert [divisor for divisor, word in first.items() if word == "mouse"] == [4, 5, 6, 8, 10, 12, 16]
        assert first[3] == first[20] == "cat"
        losses = [measured[1] for measured in glimpse.divisors.values()]
        bottom = losses.index(min(losses))
        assert [*glimpse.divisors][bottom] == 10
        assert (np.diff(losses[:bottom + 1]) < 0).all() and (np.diff(losses[bottom:]) > 0).all()
        heard = [views.real_model(divisor).parts[1].heights for divisor in (1, 2, 3, 4, 8, 64)]
        assert [max(row, key=row.get) for row in heard] == ["and (2)", "a (3)", "cat (11)", "mouse (4)", "mouse (4)", "cat (11)"]

    def test_05_which_masks_leak(self):
        """By kind, the replaced tokens that an earlier output betrays."""
        leaks = {kind: [j for j in range(4) if "leaks" in views.masked_attention(POCKET, kind, 2, j, []).says]
                 for kind in views.MASKS[:-1]}
        assert leaks == {"causal": [], "window": [], "all": [1, 2, 3], "prefix": [1], "padding": [1]}

    def test_06_what_breaks_the_tie(self):
        """Neither temperature nor a shift of all."""
        for shift, temperature in itertools.product((-1000, 300), (0.1, 100)):
            weights = table(views.softmax_trace(2, 9, 9, 4, shift, temperature))[-1]
            assert weights[1] == weights[2]
            assert np.allclose(weights, table(views.softmax_trace(2, 9, 9, 4, 0, temperature))[-1])

    def test_06_which_row_stays_wide(self):
        """Without the mask: cold, only the tie keeps log 2; hot, all come near log 4."""
        cold, hot = (list(views.temperature_of_a_sentence(POCKET, t, False).parts[1].heights.values()) for t in (0.1, 100))
        assert max(cold[:3]) < 0.001 and np.isclose(cold[3], np.log(2)) and np.allclose(hot, np.log(4), atol=0.001)

    def test_07_where_the_output_ends(self):
        """Halfway between cat and chases, and near the mean."""
        assert np.allclose(table(views.output_in_the_hull(POCKET, 3, 0.1))[-1][-2:], [3, 1.5])
        assert np.allclose(table(views.output_in_the_hull(POCKET, 3, 100))[-1][-2:], [1.5, 0.75], atol=0.05)

    def test_08_a_random_head_settles_on_a_word(self):
        """<EOS> on I, with nearly two thirds, and on `if`, which is no subject, with little less; but not on you."""
        of_i, of_if, of_you = (views.heads_of_a_sentence(SENTENCE.replace("I", word), 2, 500, True).parts[0].rows[-1]
                               for word in ("I", "if", "you"))
        assert np.argmax(of_i) == np.argmax(of_if) == 1 and 0.64 < of_i[1] < 2 / 3 and 0.6 < of_if[1] < of_i[1]
        assert np.argmax(of_you) != 1 and of_you[1] < 0.2

    def test_08_how_far_two_heads_are_apart(self):
        """The largest difference in one weight is told."""
        for factor, expected in ((1, "0.0022"), (500, "0.6456")):
            panel = views.heads_of_a_sentence(SENTENCE, 2, factor, True)
            first, second = (np.array(part.rows) for part in panel.parts)
            assert f"two heads' weights is {np.abs(first - second).max():.4f}" in panel.says and expected in panel.says

    def test_08_repeated_words_are_numbered(self):
        """As everywhere else."""
        assert views.heads_of_a_sentence("cat cat", 1, 1, True).parts[0].row_names == ("cat (0)", "cat (1)")


@cache
def explorer_cells():
    """Number of the notebook, function and committed output of every cell that shows an explorer."""
    return list(_explorer_cells())


def _explorer_cells():
    for path in sorted((Path(__file__).parent.parent / "notebooks").glob("[0-9]*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            found = re.search(rf"^(explore_\w+|{'|'.join(OTHERS)})\(\)$", "".join(cell["source"]), re.MULTILINE)
            if cell["cell_type"] == "code" and found and hasattr(lessons, found[1]):       # 10's depends on the model
                yield path.stem[:2], found[1], cell["outputs"][0]["data"]


def test_every_lesson_has_its_explorers():
    """Each shows at least one, and together they show all of them, once; but 12 shows the masks of 05 again. 10 is apart, and the
    museum, 13, has none."""
    numbers, names, _ = zip(*explorer_cells(), strict=True)
    assert sorted(set(numbers)) == [*(f"{i:02}" for i in range(10)), "11", "12"]
    assert sorted(names) == sorted([*EXPLORERS, *OTHERS, "explore_masks"])


@each([*EXPLORERS, *OTHERS])
def test_the_committed_still_is_what_is_drawn_now(name):
    """To the last character, in text and on the page: every place, colour and word of the pictures."""
    stills = [data for _, shown, data in explorer_cells() if shown == name]
    now = getattr(lessons, name)()._repr_mimebundle_()
    assert stills and all("".join(committed[kind]) == now[kind] for committed in stills for kind in ("text/plain", "text/html"))


class TestControls:
    """How far they go, what their presets tell, and how they stand on the page."""

    @pytest.mark.parametrize("name, start, low, high, step", [
        ("sheet", "", 0, 6, 1), ("positions", "", 0, 3, 1), ("views", "", -1, 6, 1), ("masks", "size", 1, 6, 1),
        ("masks", "replaced", 0, 3, 1), ("softmax", "score", -10, 10, 0.5), ("softmax", "shift", -1000, 1000, 100),
        ("outputs", "query", 0, 3, 1)])
    def test_how_far_the_sliders_go(self, name, start, low, high, step):
        """All sliders whose names begin alike go equally far, in equal steps."""
        controls = getattr(lessons, f"explore_{name}")().controls
        sliders = [control for name, control in controls.items() if name.startswith(start) and hasattr(control, "step")]
        assert sliders and {(slider.min, slider.max, slider.step) for slider in sliders} == {(low, high, step)}

    @each(EXPLORERS)
    def test_every_option_can_be_drawn(self, name):
        """None is refused."""
        explorer = getattr(lessons, name)()
        for control in explorer.controls.values():
            for option in getattr(control, "options", ()):
                control.value = option[1] if isinstance(option, tuple) else option
                assert explorer.status.value.startswith("<strong>")

    def test_options_that_any_other_could_replace(self):
        """The factors are 1, 2 and 5 at every power of ten."""
        factors = [factor for _, factor in lessons.explore_heads().controls["factor"].options]
        assert factors == [m * 10**e for e in range(4) for m in (1, 2, 5)][:10]

    def test_the_buttons_of_the_sheet_set_what_they_say(self):
        """The pair on each button is that of the arrow."""
        explorer = lessons.explore_sheet()
        for label, arrow in zip(explorer.presets, 3 * ["query query"] + ["key chases (2)"], strict=False):
            explorer.choose(label)
            assert f"{arrow}: {label[label.index('('):]}" in repr(explorer.draw(**explorer.values()))

    @pytest.mark.parametrize("name, preset, told", [
        ("positions", "swap cat and chases", ["The swap can be seen: chases (1) and cat (2) have rows that were not in X"]),
        ("positions", "swapped, positions off", ["The swap cannot be seen: X has the same rows as before", "cat (2)"]),
        ("views", "twice the query", ["makes the query (4, 6): mouse wins", "3/8"]),
        ("views", "deaf to things", ["makes the query (0, 3): mouse wins"]),
        ("views", "deaf to actions", ["makes the query (4, 0): moon wins"]),
        ("scaling", "not divided", ["Not divided: The cat chases the and, with 0.6169.", "→ 1"]),
        ("scaling", "by 4", ["Divided by 4: The cat chases the mouse"]), ("scaling", "by 16", ["chases the mouse", "→ 16"]),
        ("scaling", "by 24, the root of d_model", ["chases the cat, with 0.5403", "4.1447"]),
        ("scaling", "by 64, d_k itself", ["chases the wis, with 0.0080", "6.7069"]),
        ("masks", "two words of padding", ["<PAD> (3) was replaced by another word: no output before it changed.", "cat (1)"]),
        ("masks", "a prefix leaks inside itself", ["chases (2) was replaced by another word: the future leaks: it changed"]),
        ("softmax", "softmax saturates", ["key 2 gets the most weight: 1.0000. Entropy 0.0000 of at most 1.3863."]),
        ("temperature", "a longer sentence", ["the (6) looks most widely", "the (0) most narrowly", "runs (8)"]),
        ("outputs", "the query of cat, cold: a lookup", ["cat (1) gets the most weight: 1.0000.", "the query of cat (1)"]),
        ("outputs", "a longer sentence", ["dog (7) gets the most weight: 0.4770.", "the query of the (6)"]),
        ("heads", "no mask", ["weights is 0.5682"])])
    def test_what_the_presets_tell(self, name, preset, told):
        """The words of their pictures that make the story of the button."""
        explorer = getattr(lessons, f"explore_{name}")()
        explorer.choose(preset)
        assert all(words in repr(explorer.draw(**explorer.values())) for words in told)

    def test_stories_that_no_sentence_tells(self):
        """6 is no tie with 9, a prefix leaks no further, and the whole sentence is padding."""
        softmax, masks = lessons.explore_softmax(), lessons.explore_masks()
        softmax.choose("softmax saturates")
        assert table(softmax.draw(**softmax.values()))[0][:4] == [2, 6, 9, 4]
        masks.choose("a prefix leaks inside itself")
        masks.controls["replaced"].value = 3
        assert "the (3) was replaced by another word: no output before it changed." in masks.status.value
        masks.choose("nobody to attend to")
        assert masks.controls["size"].value == len(masks.controls["painted"].labels)

    def test_whose_sentence_a_preset_keeps(self):
        """The reader's, but not another preset's; a preset that has its own sets it, and reset brings back the first."""
        explorer = lessons.explore_temperature()
        for preset, text in (("a longer sentence", None), ("cold", POCKET), ("typed", "my own"), ("cold", "my own"),
                             ("a longer sentence", None), ("typed", "my own"), ("reset", POCKET)):
            if preset == "typed":
                explorer.controls["text"].value = text
            else:
                explorer.choose(preset)
            assert explorer.controls["text"].value == (text or explorer.presets[preset]["text"])

    def test_one_move_draws_once(self):
        """However much a widget says of it; and a preset that moves two controls does too."""
        drawn = []
        explorer = widgets.Explorer(lambda **values: drawn.append(values) or Panel(""),
                            {"a": widgets.stops("", 1, [1, 2, 3]), "b": widgets.slider("", 0, 0, 3)}, {"both": {"a": 3, "b": 2}})
        explorer.controls["a"].value = 2
        explorer.choose("both")
        assert drawn == [{"a": 1, "b": 0}, {"a": 2, "b": 0}, {"a": 3, "b": 2}]

    def test_draws_under_any_np_seterr(self):
        """What the reader has set there neither stops the first picture nor a later one."""
        with np.errstate(all="raise"):
            explorer = widgets.Explorer(lambda x: Panel(f"{np.exp(-x)}"), {"x": widgets.slider("", 800.0, 800.0, 900.0, 0.5)}, {})
            explorer.controls["x"].value = 900.0
            assert explorer.status.value == "<strong>0.0</strong>" and repr(explorer).endswith("\n\n0.0")

    def test_a_slider_of_tokens_comes_back_to_where_a_hand_put_it(self):
        """Not to where it stood at first."""
        explorer = lessons.explore_outputs()
        explorer.controls["query"].value = 1
        for text, stands in (("one", 0), (TWELVE, 1)):
            explorer.controls["text"].value = text
            assert explorer.controls["query"].value == stands

    @each(EXPLORERS)
    def test_every_control_stands_in_its_row(self, name):
        """The presets first, then all controls in order, the status, and the picture with what stands beside it."""
        explorer = getattr(lessons, name)()
        beside = [control for name, control in explorer.controls.items() if name == explorer.beside]
        keys, buttons, above, status, below = explorer.widget.children
        assert list(above.children) == [control for control in explorer.controls.values() if control not in beside]
        assert list(below.children) == [*beside, explorer.picture]
        assert status is explorer.status and isinstance(keys, browser.Keys)
        assert [row.layout.grid_gap for row in (buttons, above, below)] == ["0.2em 0.2em", "0.2em 1.5em", "0.2em 1.5em"]
        assert {row.layout.flex_flow for row in (buttons, above, below)} == {"row wrap"}

    def test_the_room_that_controls_take(self):
        """Sliders half of the page up to 32 em, or, on a phone, all of it; a sentence 30 em, all else what its words need; no
        label is cut off."""
        whole, half = widgets.slider("n", 0, 0, 1), widgets.slider("x", 0.0, 0.0, 1.0, 0.5)
        few, words = widgets.stops("s", 1, [1]), widgets.choice("", 1, [1])
        on, typed = widgets.switch("", True), widgets.sentence("")
        button = widgets.Explorer(lambda: Panel(""), {}, {}).widget.children[1].children[0]
        wide = ["max(min(47%, 32em), min(98%, 20em))"] * 3
        assert [control.layout.width for control in (whole, half, few, on, button, typed)] == [*wide, "auto", "auto", "30em"]
        assert {control.style.description_width for control in (whole, half, few, words, typed)} == {"initial"}
        assert words.style.button_width == "auto" and not on.indent
        assert (whole.readout_format, half.readout_format) == ("d", ".1f")
        assert [control.tooltip for control in (whole, half, few)] == ["n", "x", "s"]

    def test_the_page_finds_what_it_looks_for(self):
        """The classes that keys.js asks for, and the one that makes tables look as they do in outputs."""
        explorer = widgets.Explorer(lambda **_: Panel(""), {"a": widgets.stops("", 1, [1])}, {})
        asked = re.findall(r"\.(course-\w+)", str(browser.Keys._esm))
        assert asked == [*explorer.controls["a"]._dom_classes, *explorer.status._dom_classes]
        assert explorer.picture._dom_classes == ("jp-RenderedHTMLCommon",)
