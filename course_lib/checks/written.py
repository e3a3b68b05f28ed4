"""What a learner's own code tells, read and not run: idioms of PyTorch, a return in a loop, names and numbers of the notebook."""
import ast
import builtins
import inspect
import re
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import numpy as np

from course_lib.exercises.sheet import pairs

PYTORCH = dict(pairs(Path(__file__).with_name("pytorch.md")))          # what PyTorch calls otherwise → what NumPy has for it
ELSEWHERE = {"size": "not callable", "view": "data type"}    # words of the errors where NumPy has the name for something else


def tree_of(function):
    """The function's own definition as a syntax tree, or None where it cannot be read."""
    try:
        [tree] = ast.parse(dedent(inspect.getsource(function))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    return tree if isinstance(tree, ast.FunctionDef) else None


def remark(function, exercise, outcomes, right):
    """What cannot be right in the code, as a sentence, or None. right: for each input whether the result was."""
    tree = tree_of(function)
    if tree is None:
        return None
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    of_errors = next(filter(None, (say(tree, error) for error in errors for say in (_pytorch, _truth, _size))), None)
    return (of_errors or _early_return(tree) or exercise.inputs[0] and _outside(tree, function)
            or _number(tree, exercise, right))


def _nodes(tree, *kinds):
    """All parts of some kinds; none where there is no tree."""
    return [node for node in ast.walk(tree) if isinstance(node, kinds)] if tree else []


def _pytorch(tree, error):
    """A word of PyTorch, where it raised an error."""
    words = {node.arg for node in _nodes(tree, ast.keyword)} | {node.attr for node in _nodes(tree, ast.Attribute)}
    found = next((word for word in PYTORCH if word in words and (
        f"'{word}'" in str(error) or ELSEWHERE.get(word, "\n") in str(error))), None)
    if isinstance(error, (TypeError, AttributeError)) and found:
        return f"`{found}` is PyTorch's word; NumPy has {PYTORCH[found]} for it."
    if isinstance(error, NameError) and getattr(error, "name", None) in ("torch", "nn", "F"):
        return f"`{error.name}` belongs to PyTorch, and is not there; in this exercise NumPy is enough."
    if isinstance(error, TypeError) and "must be Tensor, not numpy.ndarray" in str(error):
        return "A function of PyTorch got a NumPy array: make tensors of all arrays first, `torch.tensor(X)`."
    swaps = [node for node in _nodes(tree, ast.Call) if getattr(node.func, "attr", "") == "transpose" and len(node.args) == 2
             and getattr(node.func.value, "id", "") != "np"]
    if isinstance(error, ValueError) and swaps and "axes" in str(error):
        return ("`.transpose` with two axes swaps them in PyTorch; in NumPy it lists the order of all axes, and `.swapaxes` "
                "swaps two.")
    return None


def _truth(tree, error):
    """A word that wants one answer from a whole array."""
    if not isinstance(error, ValueError) or "truth value of an array" not in str(error):
        return None
    kinds = {ast.And: "and", ast.Or: "or", ast.Not: "not", ast.If: "if", ast.IfExp: "if", ast.While: "while"}
    words = dict.fromkeys(kinds[type(node)] for node in ast.walk(tree) if type(node) in kinds)
    called = next((name for node in _nodes(tree, ast.Call) if (name := getattr(node.func, "id", "")) in ("max", "min")), None)
    if called and not words:
        return f"`{called}` compares its arguments as wholes; `np.{called}imum` takes the {called}imum entry by entry."
    listed = " and ".join(f"`{word}`" for word in words) + (" ask" if len(words) > 1 else " asks")
    return f"{listed} for one answer, and an array has one for each entry: `&`, `|`, `~` and `np.where` work entry by entry." \
        if words else None


def _size(tree, error):
    """A size that was divided by `/`."""
    divided = any(isinstance(node.op, ast.Div) for node in _nodes(tree, ast.BinOp))
    return "`/` gives a float, and a size is a whole number: divide it by `//`." \
        if divided and isinstance(error, TypeError) and "interpreted as an integer" in str(error) else None


def _early_return(tree):
    """A return that every round of a loop reaches."""
    early = any(isinstance(statement, ast.Return) for loop in _nodes(tree, ast.For, ast.While) for statement in loop.body)
    return "A `return` stands inside a loop, so the function ends in the loop's first round." if early else None


def _outside(tree, function):
    """A name that is neither an argument nor made in the function, but a value of the notebook."""
    names = _nodes(tree, ast.Name)
    made = {node.arg for node in _nodes(tree, ast.arg)} | {node.id for node in names if isinstance(node.ctx, ast.Store)}
    for name in (node.id for node in names if node.id not in made and not hasattr(builtins, node.id)):
        value = getattr(function, "__globals__", {}).get(name)
        if value is not None and not callable(value) and not isinstance(value, ModuleType):
            return f"`{name}` in the function is the notebook's, the same whatever is given; is it meant to be an argument?"
    return None


def _number(tree, exercise, right):
    """A number of the example that the code has and the answer has not, where it is right just where a size is that number."""
    def numbers(code):
        return {node.value for node in _nodes(code, ast.Constant) if type(node.value) is int}

    for number in sorted(numbers(tree) - numbers(tree_of(exercise.answer)) - {0, 1}):
        fits = [any(number in (value if isinstance(value, tuple) else np.shape(value) or [value]) for value in arguments)
                for arguments in exercise.inputs]
        if any(right) and fits == right:
            return f"It is right only where a size is {number}, and {number} stands in the code: read it off an argument."
    return None


def worded(mistake, exercise, function):
    """The sentence of a mistake, with care if it speaks of code that is not there; behind it what else cannot be right there."""
    tree = tree_of(function)
    if tree is None:
        return mistake.says
    right = "".join([inspect.getsource(exercise.answer), *exercise.others])
    spans = [span for span in re.findall("`([^`]+)`", mistake.says) if not _stands(span, right)]
    there = not any(_stands(span, mistake.code) for span in spans) or any(_stands(span, ast.unparse(tree)) for span in spans)
    said = "" if there else "Your code is written otherwise, but gives what code with this slip gives:"
    early = _early_return(tree) if "return" not in mistake.says else None
    return " ".join(filter(None, (said, mistake.says, early)))


def _stands(span, code):
    """Whether a piece of code stands in another, spaces and quotes aside."""
    return re.sub(r"[\s'\"]", "", span) in re.sub(r"[\s'\"]", "", code)
