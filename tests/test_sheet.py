"""A sheet is read as its form says, and where it does not fit, the error names file and line."""
import re

import pytest

from course_lib.exercises import EXERCISES
from course_lib.exercises.exercise import Exercise
from course_lib.exercises.sheet import SheetError, both, read
from tests.each import each

SHEET = """# 99 Test

> A remark.

## total
hint: Add.
hint: Add them all.
why: A sum is a sum.
also: by hand
  ```python
  result = 0
  for x in row:
      result += x

  return result
  ```

- `row → row[1:]`: The first is missing.
- `+= → =`: Only the last is left.
- `return result → ⇥return result`: The `return` is inside the loop.
- `result = 0 → result = 0⏎⇥row = row[::2]`: Every other one is missing.
- `max(row)`: That is the largest.
- None of them counts.
  ```python
  return 0
  ```

# Questions

## Is it a sum?
- [x] Yes.
  It says so,
  and it is.
- [ ] No.
  It is one.
"""
RESULTS = {"The first is missing.": 6, "Only the last is left.": 4, "The `return` is inside the loop.": 1,
           "Every other one is missing.": 5, "That is the largest.": 4, "None of them counts.": 0}


def total(row):
    """A row of numbers → number"""
    return sum(row)


@pytest.fixture
def made(tmp_path):
    """Reads a sheet with this text."""
    def make(text):
        path = tmp_path / "99_test.md"
        path.write_text(text, encoding="utf-8")
        return read(path, [Exercise(total, [([1, 2, 4],)])], globals())
    return make


def test_a_mistake_is_a_change_an_expression_or_code_of_its_own(made):
    """Changes are made to the first right answer that they fit; words and order are those of the sheet."""
    (exercise,), (question,) = made(SHEET)
    assert {mistake.says: mistake([1, 2, 4]) for mistake in exercise.mistakes} == RESULTS
    assert [mistake.says for mistake in exercise.mistakes] == list(RESULTS)
    assert exercise.hints == ("Add.", "Add them all.") and exercise.why == "A sum is a sum." and len(exercise.others) == 1
    assert question.text == "Is it a sum?" and [choice.right for choice in question.choices] == [True, False]
    assert question.choices[0].why == "It says so, and it is."


def test_two_changes_are_made_together_and_what_is_no_change_is_not(made):
    """Of a mistake that is an expression, or code of its own, and another there is no double."""
    first, second, *_, expression, own = made(SHEET)[0][0].mistakes
    assert both(first, second)([1, 2, 4]) == 4
    assert both(first, own) is both(own, first) is both(expression, own) is both(expression, second) is None


def test_what_counts_of_a_result_is_said_by_the_first_case_that_holds(tmp_path):
    """Conditions and words speak of what the code beside the sheet makes of a result, and of its own names."""
    path = tmp_path / "99_test.md"
    path.write_text(SHEET.replace("also: by hand", "found: `n < len(SHEET) < 0`: never\nfound: `n > 5`: {n}, much\n"
                                                   "found: `True`: {n}\nalso: by hand"), encoding="utf-8")
    exercise = Exercise(total, [([1, 2, 4],)], what_counts=lambda result, row: {"n": result + row})
    ((read_one,), _) = read(path, [exercise], globals())
    assert [read_one.what_counts(result, 1) for result in (3, 7)] == ["4", "8, much"]
    path.write_text(SHEET.replace("also: by hand", "found: n > 5: much\nalso: by hand"), encoding="utf-8")
    with pytest.raises(SheetError, match="99_test.md, line 9: this is written"):
        read(path, [exercise], globals())


@pytest.mark.parametrize("old, new, line, words", [
    ("`row → row[1:]`", "`raw → row[1:]`", 18, "`raw` must stand exactly once in a right answer, and stands 0 times in"),
    ("`row → row[1:]`", "`r → R`", 18, "`r` must stand exactly once in a right answer, and stands 3 times in"),
    ("`row → row[1:]`", "`row → row[1:`", 18, "does not match opening parenthesis"),
    ("`max(row)`", "`max(row))`", 22, "unmatched ')'"),
    ("- None of them counts.\n  ```python\n  return 0\n  ```", "- None of them counts.", 23, "with code below that is indented"),
    ("- None of them counts.\n  ```python\n  return 0\n  ```", "- None of them counts.\n  return 0", 23, "with code below"),
    ("`max(row)`: That", "`max(row)` That", 22, "a mistake is written - `change`: sentence"),
    ("`row → row[1:]`", "`row -> row[1:]`", 18, "the arrow of a change is →, not ->"),
    ("  return 0\n  ```\n", "  return 0\n", 23, "with code below"),
    ("why: A sum", "because: A sum", 8, "each on one line; this is because: A sum is a sum."),
    ("hint: Add.\n", "", 5, "an exercise has two or three hints and one why; total has 1 and 1"),
    ("# 99 Test\n", "hint: Early.\n", 1, "this stands under no exercise and no question"),
    ("- [x] Yes.", "- Yes.", 31, "a choice is written"),
    ("  It is one.\n", "", 34, "a choice is written")])
def test_what_does_not_fit_is_told_with_file_and_line(made, old, new, line, words):
    """A change that fits nowhere, code that is no Python, words in the wrong place."""
    assert old in SHEET
    with pytest.raises(SheetError) as caught:
        for mistake in made(SHEET.replace(old, new, 1))[0][0].mistakes:
            mistake([1, 2, 4])
    assert str(caught.value).startswith(f"99_test.md, line {line}: ") and words in str(caught.value)


def test_sheet_and_code_have_the_same_exercises(made):
    """One without the other is named."""
    with pytest.raises(SheetError, match="99_test.md, and the code beside it, .* only one of them has sum_up, total"):
        made(SHEET.replace("## total", "## sum_up"))


@each(EXERCISES)
def test_a_mistake_is_one_line_unless_it_has_code_of_its_own(name):
    """Every mistake can be run at all, and its change or expression is short enough to be read at a glance."""
    for mistake in EXERCISES[name].mistakes:
        assert callable(mistake.function)
        written = re.match("`([^`]+)`: ", mistake.item.words)
        assert mistake.item.below or len(written[1]) <= 230, mistake.item.words
