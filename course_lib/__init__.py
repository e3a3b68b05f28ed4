"""Multi-head attention from nothing: the functions that the notebooks build, and what they show with them.

    from course_lib import embed, project, score, scale, causal_mask, apply_mask, softmax, weighted_sum, attention
    from course_lib import sentence, pocket, batch, glimpse, trained
    from course_lib import HeatTable, SideBySide, SpelledOut, Flow, ProgressBar
    from course_lib import curves, bars, clocks, views, agreement, grids, connections, landscape, proposals, next_word
    from course_lib import query_and_keys, values_and_outputs
    from course_lib import explore_sheet, explore_positions, explore_views, drag_query, explore_scaling, …
    from course_lib import check, hint, solution, progress, questions

Examples, pictures, explorers and exercises are made or loaded when first asked for.
"""
from course_lib.steps import (
    apply_mask,
    attention,
    causal_mask,
    embed,
    merge_heads,
    multi_head_attention,
    project,
    scale,
    score,
    sinusoidal_positions,
    softmax,
    split_heads,
    weighted_sum,
)
from course_lib.tables import HeatTable, SideBySide, SpelledOut

_EXAMPLES = ("batch", "glimpse", "pocket", "sentence", "trained")
_CHECKS = ("check", "hint", "progress", "questions", "solution")
_EXPLORERS = ("drag_query", "explore_heads", "explore_masks", "explore_outputs", "explore_positions", "explore_scaling",
              "explore_sheet", "explore_softmax", "explore_temperature", "explore_views", "fill_cache", "measure_here",
              "stack_windows", "train_live", "watch_heads")
_PICTURES = ("agreement", "bars", "clocks", "connections", "curves", "grids", "landscape", "next_word")
_PLANES = ("proposals", "query_and_keys", "values_and_outputs", "views")

__all__ = ["HeatTable", "SideBySide", "SpelledOut", "apply_mask", "attention", "causal_mask", "embed", "merge_heads",
           "multi_head_attention", "project", "scale", "score", "sinusoidal_positions", "softmax", "split_heads",
           "weighted_sum", "Flow", "ProgressBar", "explore_model", *_EXAMPLES, *_CHECKS, *_EXPLORERS, *_PICTURES, *_PLANES]


def __getattr__(name):
    if name in _EXAMPLES:
        from course_lib import examples
        value = getattr(examples, f"make_{name}")()
    elif name in _CHECKS:
        from course_lib import checks
        value = getattr(checks, name)
    elif name == "Flow":
        from course_lib.explorers.flow import Flow as value
    elif name == "ProgressBar":
        from course_lib.explorers.progress_bar import ProgressBar as value
    elif name == "explore_model":
        from course_lib.explorers.heads import explore_model as value
    elif name in _EXPLORERS:
        from course_lib.explorers import lessons
        value = getattr(lessons, name)
    elif name in _PLANES:
        from course_lib import planes
        value = getattr(planes, name)
    elif name in _PICTURES:
        from course_lib import plots
        value = getattr(plots, name)
    else:
        raise AttributeError(f"module 'course_lib' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return __all__
