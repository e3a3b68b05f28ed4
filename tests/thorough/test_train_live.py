"""Training in a thread, for who watches it: the numbers are those of learning.py, and one that was stopped goes on as if not."""
import re
import time
from threading import Event

import numpy as np

from course_lib import trained
from course_lib.explorers import live
from course_lib.explorers.live import LiveTraining
from course_lib.learning import measure, start, train


def status(training):
    """The sentence, without its HTML."""
    return re.sub("<[^>]*>", "", training.status.value)


class TestTrainLive:
    """A thread, its buttons, and what a hand may do meanwhile."""

    def test_it_trains_as_the_lesson_does(self):
        """The same parameters from the same seed, also when it was stopped on the way; the button says what it does."""
        watched = LiveTraining(60)
        P, rng = start(np.random.default_rng(1)), np.random.default_rng(1)
        P = start(rng)
        expected = list(train(P, rng, 60))
        assert watched.button.description == "train"
        watched.button.click()
        assert watched.button.description == "stop"
        while not watched.last:
            time.sleep(0.005)
        watched.button.click()
        assert not watched.is_training() and watched.button.description == "go on" and 0 < watched.last < 60
        assert status(watched).startswith(f"Stopped after {watched.last} of 60 steps.")
        watched.button.click()
        watched.thread.join()
        assert all(np.array_equal(P[name], watched.P[name]) for name in P)
        assert np.allclose(watched.points, np.mean(np.reshape(expected[:50], (2, 25, 3)), axis=1))
        assert status(watched).startswith("All 60 steps are done: ") and watched.button.disabled
        assert f"{100 * measure(P)[0]:.1f} %" in status(watched) and watched.picture.value.count("<figure") == 4

    def test_begin_anew_forgets(self):
        """Also in the middle, and when another number of layers or another seed is chosen."""
        watched = LiveTraining(1000)
        for change in (watched.begin_anew, lambda: watched.layers.set_trait("value", 1),
                       lambda: watched.seed.set_trait("value", 3)):
            watched.go_on()
            while not watched.last:
                time.sleep(0.005)
            change()
            assert not watched.is_training() and watched.last == 0 and not watched.points
            assert watched.button.description == "train" and "Nothing is learned yet" in status(watched)
        expected = start(np.random.default_rng(3), n_layers=1)
        assert all(np.array_equal(expected[name], watched.P[name]) for name in expected)

    def test_one_layer_has_two_heads(self):
        """And a row for each in the scores."""
        watched = LiveTraining(30)
        watched.layers.value = 1
        watched.go_on()
        watched.thread.join()
        assert watched.picture.value.count("<figure") == 2 and "layer 0, head 1</th>" in watched.picture.value

    def test_before_it_has_learned_it_shows_what_the_course_ships(self):
        """Both curves, which are gone as soon as there is one of its own."""
        watched = LiveTraining(30)
        assert ">two layers</text>" in watched.picture.value and ">one layer</text>" in watched.picture.value
        watched.go_on()
        watched.thread.join()
        assert watched.points and "one layer</text>" not in watched.picture.value

    def test_an_error_is_a_sentence(self, monkeypatch):
        """Whatever is raised in the thread; and one can begin anew."""
        def broken(*_):
            yield 1, 2.0, 0.5
            raise ZeroDivisionError("<no>")

        monkeypatch.setattr(live, "train", broken)
        watched = LiveTraining(30)
        watched.go_on()
        watched.thread.join()
        assert watched.status.value == ("<strong>The training stopped by an error, ZeroDivisionError: &lt;no&gt; "
                                        "Begin anew.</strong>")
        monkeypatch.undo()
        watched.begin_anew()
        watched.go_on()
        watched.thread.join()
        assert "All 30 steps are done" in status(watched)

    def test_one_trains_at_a_time(self):
        """A cell that is run again leaves no training behind that nobody can stop."""
        first, second = LiveTraining(5000), LiveTraining(5000)
        first.go_on()
        second.go_on()
        assert not first.is_training() and second.is_training()
        second.stop()

    def test_it_is_drawn_ten_times_a_second_at_most(self, monkeypatch):
        """However quick the steps are; here up to a thousand a second."""
        monkeypatch.setattr(live, "train", lambda *_: (time.sleep(0.001) or (step, 1.0, 0.5) for step in range(1, 10**9)))
        watched, drawn, enough = LiveTraining(10**9), [], Event()
        watched.picture.observe(lambda _: drawn.append(time.monotonic()) or len(drawn) < 4 or enough.set(), "value")
        watched.go_on()
        assert enough.wait(10)
        watched.stop()
        assert min(np.diff(drawn[:4])) >= 0.09

    def test_the_still_is_the_training_that_is_shipped(self):
        """Both curves as an image, and how buttons come; in the text the numbers."""
        watched = LiveTraining()
        bundle = watched._repr_mimebundle_()
        assert bundle["text/html"].count("<img") == 1 and "Run this cell in Jupyter, and " in bundle["text/html"]
        last = bundle["text/plain"].splitlines()[-1].split()
        ends = [trained.history[name][-1][1:] for name in ("two layers", "one layer")]
        assert last == ["1988", *(f"{x:.2f}" for end in ends for x in end)]
