"""Training itself, which takes seconds: it helps, and it goes where the shipped parameters came from."""
import numpy as np

from course_lib import trained
from course_lib.learning import start, train


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
