"""Multi-head attention from nothing: the functions that the notebooks build, and what they show with them.

`dir(course_lib)` lists them. Examples, pictures, explorers and exercises are made or loaded when first asked for.
"""
from importlib import import_module

from course_lib.steps import (apply_mask, attention, causal_mask, embed, merge_heads, multi_head_attention,
                              project, scale, score, sinusoidal_positions, softmax, split_heads, weighted_sum)
from course_lib.tables import HeatTable, SideBySide, SpelledOut

_EXAMPLES = ("batch", "glimpse", "pocket", "sentence", "trained")
_LATER = {                      # module → what is taken from it when it is first asked for
    "checks": ("check", "hint", "progress", "questions", "solution"),
    "explorers.flow": ("Flow",),
    "explorers.heads": ("explore_model",),
    "explorers.lessons": ("drag_query", "explore_heads", "explore_masks", "explore_outputs", "explore_positions",
                          "explore_scaling", "explore_sheet", "explore_softmax", "explore_temperature", "explore_views",
                          "fill_cache", "measure_here", "stack_windows", "train_live", "watch_heads"),
    "planes": ("proposals", "query_and_keys", "values_and_outputs", "views"),
    "plots": ("agreement", "bars", "clocks", "connections", "curves", "grids", "landscape", "next_word")}
_HOME = {name: module for module, names in _LATER.items() for name in names}

__all__ = ["HeatTable", "SideBySide", "SpelledOut", "apply_mask", "attention", "causal_mask", "embed", "merge_heads",
           "multi_head_attention", "project", "scale", "score", "sinusoidal_positions", "softmax", "split_heads",
           "weighted_sum", *_EXAMPLES, *_HOME]


def __getattr__(name):
    if name in _EXAMPLES:
        value = getattr(import_module("course_lib.examples"), f"make_{name}")()
    elif name in _HOME:
        value = getattr(import_module(f"course_lib.{_HOME[name]}"), name)
    else:
        raise AttributeError(f"module 'course_lib' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return __all__
