"""Training itself, which takes seconds: every gradient, that it helps and goes where the shipped parameters came from, and that
a kernel which trains stays free."""
import time

import numpy as np
import pytest
from jupyter_client.manager import KernelManager

from course_lib import trained
from course_lib.explorers.training import WatchHeads
from course_lib.learning import forward, measure, repeated_words, start, train, without
from tests.test_learning import assert_gradients_of_the_model
from tests.test_watching import assert_is_right_without
from tools.outputs import ThisPython
from tools.train_heads import DIVIDED, SEED, WIDER, long_heads, outcome


@pytest.mark.parametrize("sizes, parts", [
    ({}, {}), ({}, {"causal": False}), ({}, {"divisor": 3}), ({"d_hidden": 3}, {}), ({"previous": True}, {}),
    ({"d_hidden": 3}, {"residual": False}),
    ({"d_hidden": 3, "previous": True}, {"norm": False}), ({"d_hidden": 3}, {"residual": False, "norm": False})], ids=str)
def test_the_gradients_of_the_model_with_its_parts_and_without(sizes, parts):
    """Every number of every parameter, against nudges."""
    assert_gradients_of_the_model(sizes, parts)


@pytest.mark.parametrize("t, subset", [(0, 0), (3, 0), (6, 0), (6, 1), (4, 10)])
def test_what_is_right_without_some_heads(t, subset):
    """At other times and without other heads than in tests/test_watching.py."""
    assert_is_right_without(WatchHeads(), t, subset)


def test_a_short_training_lowers_the_loss_and_leads_where_the_shipped_one_led():
    """The same seed and plan as in tools/train_heads.py, 100 of its 2000 steps: the same way within what machines differ."""
    rng = np.random.default_rng(1)
    P = start(rng)
    losses = [loss for _, (_, loss, _) in zip(range(100), train(P, rng, 2000), strict=False)]
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) - 0.2
    assert np.allclose(np.reshape(losses, (4, 25)).mean(axis=1), trained.history["two layers"][:4, 1], atol=1e-2)
    shipped = trained.checkpoints[trained.steps.index(100)]
    for name in P:
        went, led = (end[name].ravel() - trained.checkpoints[0][name].ravel() for end in (P, shipped))
        assert not went.size or went @ led > 0.99 * np.linalg.norm(went) * np.linalg.norm(led), name


def test_the_tenth_model_of_notebook_09_looks_half_way_back():
    """Both heads of its layer 0, whatever the letters; it has no induction head, and without 0.0 hardly anything is right."""
    rng = np.random.default_rng(4)
    P = start(rng)
    for _ in train(P, rng, 2000):
        pass
    right, previous, induction = measure(P)
    assert np.allclose([right, previous.max(), induction.max()], trained.seeds[4, 1:], atol=0.02)
    row = np.arange(24)
    looks_at = forward(repeated_words(np.random.default_rng(1000), 500)[0], P)[1][0].mean(axis=0) @ row     # (head, row)
    assert (np.abs(looks_at - row / 2)[:, 4:22] <= 1.7).all()
    assert f"{measure(without(P, (0, 0)))[0]:.2f}" == "0.06"


def test_the_wider_layer_of_notebook_09_comes_out_as_shipped():
    """Of one layer with twice the heads and the width, only what was measured is shipped."""
    assert np.allclose(outcome(SEED, {}, **WIDER), trained.wider[2:], atol=0.02)


@pytest.mark.parametrize(("trained_as", "moves_less"), [("16", {"W_Q"}), ("1, small steps of W_Q", {"W_Q"}),
                                                        ("1, small steps of W_Q and W_K", {"W_Q", "W_K"})])
def test_a_division_is_a_smaller_W_Q_with_equally_smaller_steps(trained_as, moves_less):
    """Five steps with a divisor are five without, in which the named matrices begin 16 times smaller and move 16 times less."""
    parts, factors = DIVIDED[trained_as]
    divided, undivided = (long_heads(np.random.default_rng(1), f) for f in (factors, [f / 16 for f in factors]))
    undivided |= {name: 16 * undivided[name] for name in {"W_Q", "W_K"} - moves_less}
    before = {name: undivided[name].copy() for name in moves_less}
    losses = [loss for _, loss, _ in train(divided, np.random.default_rng(2), 5, **parts)]
    for (_, loss, _), expected in zip(train(undivided, np.random.default_rng(2), 5, divisor=1), losses, strict=True):
        assert abs(loss - expected) < 1e-4
        for name in moves_less:
            undivided[name][:] = before[name] + (undivided[name] - before[name]) / 16
            before[name] = undivided[name].copy()
    assert all(np.allclose(16 * undivided[name], divided[name], atol=1e-3) for name in moves_less)


@pytest.mark.parametrize("name", ["1, small steps of W_Q", "1, small steps of W_Q and W_K", "16, small start"])
def test_half_a_division_begins_as_shipped(name):
    """The first 50 steps of what notebook 04 trains with a start or with steps of other sizes."""
    parts, factors = DIVIDED[name]
    rng = np.random.default_rng(SEED)
    losses = [loss for _, (_, loss, _) in zip(range(50), train(long_heads(rng, factors), rng, 2000, **parts), strict=False)]
    assert np.allclose(np.reshape(losses, (2, 25)).mean(axis=1), trained.divided[name][:2, 1], atol=1e-2)


def test_the_kernel_stays_free():
    """While it trains, cells run; an interrupt is for cells; and the kernel ends when it is told to."""
    manager = type("ThisPython", (KernelManager,), {"kernel_spec": ThisPython.kernel_spec})()
    manager.shutdown_wait_time = 120                    # long after that it would be killed
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)

        def run(code):
            asked = {"now": "(live.is_training(), live.last, live.thread.daemon)"}
            reply = client.execute_interactive(code, timeout=30, output_hook=lambda _: None, user_expressions=asked)
            return reply["content"]["user_expressions"]["now"]["data"]["text/plain"]

        run("from course_lib import train_live\nlive = train_live(100_000)\nlive.go_on()")
        before = eval(run("2 * 2"))
        manager.interrupt_kernel()
        time.sleep(0.5)
        after = eval(run("3 * 3"))
        assert before[0] and after[0] and after[1] > before[1] and after[2]
        began = time.monotonic()
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
    assert time.monotonic() - began < 60
