"""The explorers, in the order of the notebooks: which controls each has. The stories of their presets stand in lessons.json."""
import json
import math
from pathlib import Path

from course_lib.examples import make_glimpse
from course_lib.explorers import views
from course_lib.explorers.browser import Mask, Query
from course_lib.explorers.explorer import Explorer, choice, sentence, slider, stops, switch
from course_lib.explorers.live import LiveTraining
from course_lib.explorers.long import FillCache, MeasureHere, StackWindows
from course_lib.explorers.training import WatchHeads
from course_lib.looks import look, themed
from course_lib.steps import causal_mask

PRESETS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
POCKET, SENTENCE = "the cat chases the", "<BOS> I like transformers <EOS>"
ATTENTION = math.sqrt(2)          # the temperature of attention itself: √d_k, and the pocket example has d_k = 2
TEMPERATURES = [0.1, 0.2, 0.5, 1, ("√2", ATTENTION), 2, 5, 10, 20, 50, 100]


def explore_sheet():
    """00: what query, or what key of `chases`, makes the last `the` attend more to it?"""
    controls = {"query_1": slider("query, 1", 2, 0, 6), "query_2": slider("query, 2", 3, 0, 6),
                "key_1": slider("key of chases, 1", 0, 0, 6), "key_2": slider("key of chases, 2", 3, 0, 6)}
    return Explorer(views.paper_sheet, controls, PRESETS["sheet"])


def explore_positions():
    """01: can attention tell a sentence from the same words in another order?"""
    controls = {"with_positions": switch("add positions", True), "first": slider("swap position", 1, 0, 3),
                "second": slider("with position", 1, 0, 3)}
    return Explorer(views.positions, controls, PRESETS["positions"])


def explore_views():
    """02: can any row of W_Q make *sleeps* win, as long as the values speak, or the keys?"""
    controls = {"thing": slider("W_Q, row the: thing", 1, -1, 6), "action": slider("W_Q, row the: action", 2, -1, 6),
                "keys_speak": switch("read out keys in place of values", False)}
    return Explorer(views.who_wins, controls, PRESETS["views"])


def drag_query():
    """03: which query makes the last `the` look at `chases`? Runs wholly in the browser, also where no kernel does."""
    return Query(PRESETS["query"])


def explore_scaling():
    """04: a knob in a real model. What must all its heads divide by, so that it says *mouse*?"""
    return Explorer(views.real_model, {"divisor": stops("divide by", 8, list(make_glimpse().divisors))}, PRESETS["scaling"])


def explore_masks():
    """05: under which masks does the future leak? Chosen or painted, with a sentence of the reader's own."""
    painter = Mask(value=causal_mask(4).tolist())
    controls = {"text": sentence(POCKET), "kind": choice("mask", "causal", views.MASKS),
                "size": slider("size", 2, 1, 6), "replaced": slider("replace token", 3, 0, 3), "painted": painter}
    explorer = Explorer(views.masked_attention, controls, PRESETS["masks"], beside="painted")
    keep_the_painting(controls)
    return end_at_the_last_token(explorer, "replaced")


def keep_the_painting(controls):
    """Show the chosen mask to the brush; what a hand paints becomes a kind of its own, which is kept for when it is chosen."""
    painter, kind, size = (controls[name] for name in ("painted", "kind", "size"))
    painting = painter.value

    def show(_):
        try:
            tokens = views.words(controls["text"].value)
        except ValueError:                              # no sentence at the moment
            return
        size.disabled = kind.value not in ("padding", "window", "prefix")
        with painter.hold_sync():
            painter.looks = [[themed(colour), mark] for colour, mark in map(look, tokens, range(len(tokens)))]
            painter.labels = [f"{token} ({i})" for i, token in enumerate(tokens)]
            painter.value = views.choose_mask(kind.value, size.value, len(tokens), painting).tolist()

    def keep(change):
        nonlocal painting
        n = len(painter.labels)
        if len(change["new"]) == n and views.choose_mask(kind.value, size.value, n, painting).tolist() != change["new"]:
            painting = change["new"]
            kind.value = "painted"

    for name in ("text", "kind", "size"):
        controls[name].observe(show, "value")
    painter.observe(keep, "value")
    show(None)


def explore_softmax():
    """06: what changes a row of weights, and what does not?"""
    controls = {**{f"score_{i}": slider(f"score {i}", s, -10.0, 10.0, 0.5) for i, s in enumerate((2.0, 9.0, 9.0, 4.0))},
                "shift": slider("add to all", 0, -1000, 1000, 100), "temperature": stops("temperature", ATTENTION, TEMPERATURES)}
    return Explorer(views.softmax_trace, controls, PRESETS["softmax"])


def explore_temperature():
    """06: which words of a sentence of the reader's own look widely, and at which temperature?"""
    controls = {"text": sentence(POCKET), "temperature": stops("temperature", ATTENTION, TEMPERATURES),
                "causal": switch("causal mask", True)}
    return Explorer(views.temperature_of_a_sentence, controls, PRESETS["temperature"])


def explore_outputs():
    """07: where can the output of one query get to?"""
    controls = {"text": sentence(POCKET), "query": slider("query of token", 3, 0, 3),
                "temperature": stops("temperature", ATTENTION, TEMPERATURES)}
    return end_at_the_last_token(Explorer(views.output_in_the_hull, controls, PRESETS["outputs"]), "query")


def explore_heads():
    """08: what do more heads cost, and what do they give?"""
    controls = {"text": sentence(SENTENCE), "n_heads": stops("number of heads", 2, [1, 2, 4, 8]),
                "factor": stops("scores times", 1, [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]),
                "causal": switch("causal mask", True)}
    return Explorer(views.heads_of_a_sentence, controls, PRESETS["heads"])


watch_heads, train_live = WatchHeads, LiveTraining                                                  # 09
fill_cache, stack_windows, measure_here = FillCache, StackWindows, MeasureHere                      # 11


def end_at_the_last_token(explorer, name):
    """Let a slider that counts tokens end at the last one. When a sentence grows again, it returns to where it was set."""
    slider, text = explorer.controls[name], explorer.controls["text"]
    wanted = slider.value

    def set_by_hand(change):
        nonlocal wanted
        wanted = change["new"]

    def follow(_):
        nonlocal wanted
        stood = wanted                                  # moving the end may move the slider, which is no wish of the reader's
        slider.max = max(len(text.value.split()), 1) - 1
        slider.value = min(stood, slider.max)
        wanted = stood

    slider.observe(set_by_hand, "value")
    text.observe(follow, "value")
    return explorer
