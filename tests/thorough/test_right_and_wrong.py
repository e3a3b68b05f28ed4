"""The properties of course_lib.properties hold of every right function, and together of no wrong one that the course knows."""
import numpy as np
import pytest

from course_lib import language_model, steps
from course_lib.exercises import EXERCISES
from course_lib.properties import PROPERTIES, holds, scores_and_mask, two_batch_axes
from tests.thorough.hundred import ALIKE, EXAMPLES, VARIED, caught, counts


def in_float32(function):
    """The function, as a program computes it that knows no longer floats."""
    return lambda *given: function(*(np.float32(value) if np.asarray(value).dtype.kind == "f" else value for value in given))


@pytest.mark.parametrize("name", PROPERTIES)
def test_every_property_holds_of_right_functions(name):
    """Of the library's own and of all that a learner's test must let pass, with long floats and with short ones."""
    own = [getattr(module, name) for module in (steps, language_model) if hasattr(module, name)]
    for function in (*EXERCISES[f"test_{name}"].right.values(), *own):
        for a_property in (*PROPERTIES[name].values(), *EXAMPLES[name].values()):
            with np.errstate(all="ignore"):
                a_property(function), a_property(in_float32(function))


@pytest.mark.parametrize("name", PROPERTIES)
def test_together_they_catch_every_listed_mistake(name):
    """And each property catches some."""
    mistakes = [mistake.function for mistake in EXERCISES[name].mistakes]
    caught = np.array([[not holds(a_property, wrong) for wrong in mistakes] for a_property in PROPERTIES[name].values()])
    assert caught.any(axis=0).all() and caught.any(axis=1).all(), caught.sum(axis=1)


def test_lesson_05_says_how_many_wrong_versions_a_property_stops():
    """15 of 30 for *shift*, 11 where all rows grow by 5; its notes: none stops more than 21, and seven together stop all."""
    def grows_by_5(masked_weights):
        scores, mask = scores_and_mask()
        assert np.allclose(masked_weights(scores + 5, mask), masked_weights(scores, mask))

    *alone, together, _, _ = counts("masked_weights").values()
    assert (counts("masked_weights")["shift"], len(EXERCISES["masked_weights"].mistakes)) == (15, 30)
    assert sum(caught(grows_by_5, "masked_weights")) == 11
    assert (max(alone), together, len(alone)) == (21, 30, 7)


@pytest.mark.parametrize("name", PROPERTIES)
def test_examples_that_vary_catch_every_listed_mistake_and_those_that_are_alike_do_not(name):
    """As the lessons say: it is variety that tells, whoever knows right results."""
    assert all(caught(EXAMPLES[name][VARIED], name)) and not all(caught(EXAMPLES[name][ALIKE], name))


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_says_in_a_sentence_what_does_not_hold(name):
    """Whatever assertion fails, for whatever mistake."""
    for a_property in PROPERTIES[name].values():
        for mistake in EXERCISES[name].mistakes:
            try:
                a_property(mistake.function)
            except AssertionError as error:
                assert str(error)[0].isupper() and str(error).endswith("."), mistake
            except Exception:
                pass


def test_a_mask_for_a_whole_batch_belongs_to_two_batch_axes():
    """It notices a function that lays only a table over the scores, and no padding for each text."""
    def of_tables(Q, K, V, mask=None):
        return steps.attention(Q, K, V, mask if np.ndim(mask) == 2 else None)

    assert holds(two_batch_axes, steps.attention) and not holds(two_batch_axes, of_tables)
