"""The library against PyTorch, an implementation that shares nothing with it.

Every comparison runs on committed data, so that none is left out where PyTorch is not installed (the tests do not ask for
it; see tools/torch_reference.py). tests/torch/test_live.py runs each a second time, live and on other inputs.

How far the two may be apart is computed for every entry. A sum of n products is within n · eps / 2 of the sum of their
absolute values, in whatever order a processor adds them (Higham 2002, section 3.1); two such sums differ by twice that, and
what goes into the next step with a difference comes out with one. This holds for every BLAS, and is far below any mistake.
"""
import numpy as np
import pytest

from course_lib import (apply_mask, attention, batch, causal_mask, embed, merge_heads, multi_head_attention, project, score,
                        softmax)
from tools.torch_reference import DATA

EXPONENTIALS = 4        # units in the last place that the two exponentials are off together: NumPy's 2.52 at most, PyTorch's 1


@pytest.fixture(scope="module")
def data():
    """Inputs and PyTorch's results, by case and name."""
    with np.load(DATA) as file:
        return dict(file)


def of(data, case):
    """The arrays of one case by their names."""
    return {name.partition("/")[2]: data[name] for name in data if name.partition("/")[0] == case}


def close(ours, theirs, bound):
    """The same dtype and shape, and no two numbers further apart than the bound."""
    theirs = np.nan_to_num(theirs)
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
    assert (np.abs(ours - theirs) <= bound).all()


class Bounds:
    """For inputs of a dtype, by how much the results of two right implementations may differ, entry by entry."""

    def __init__(self, dtype):
        self.eps, self.tiny = np.finfo(dtype).eps, np.finfo(dtype).tiny

    def product(self, A, B, from_A=0.0, from_B=0.0):
        """Of A @ B, where A and B may already differ by from_A and from_B."""
        from_A, from_B = from_A + np.zeros(A.shape), from_B + np.zeros(B.shape)
        return abs(A) @ from_B + from_A @ abs(B) + (A.shape[-1] + 1) * self.eps * (abs(A) @ abs(B))

    def softmax(self, scores, from_scores=0.0):
        """Of softmax(scores): an exponent differs by as much as its score and by the rounding of what it is below the largest;
        so may all others in the sum, the other way. Then come the exponentials, the sum and the division."""
        weights, largest = softmax(scores), np.nan_to_num(scores.max(axis=-1, keepdims=True), neginf=0)
        below = largest - np.where(weights > 0, scores, largest)
        exponents = (from_scores + self.eps * below).max(axis=-1, keepdims=True)
        return weights * (np.expm1(2 * exponents) + (EXPONENTIALS + scores.shape[-1] + 2) * self.eps) + self.tiny

    def attention(self, Q, K, V, mask=None, from_Q=0.0, from_K=0.0, from_V=0.0):
        """Of attention(Q, K, V, mask): output, weights. The root and the division by it round the scores twice more."""
        scores, from_scores = score(Q, K), self.product(Q, K.mT, from_Q, (from_K + np.zeros(K.shape)).mT)
        scaled, from_scaled = (values / np.sqrt(Q.shape[-1]) for values in (scores, from_scores + 2 * self.eps * abs(scores)))
        from_weights = self.softmax(scaled if mask is None else apply_mask(scaled, mask), from_scaled)
        return self.product(attention(Q, K, V, mask)[1], V, from_weights, from_V), from_weights

    def multi_head_attention(self, X, W_Q, W_K, W_V, W_O, mask=None):
        """Of multi_head_attention: output, weights."""
        projected = [project(X, W) for W in (W_Q, W_K, W_V)]
        from_projected = [self.product(X[..., None, :, :], W) for W in (W_Q, W_K, W_V)]
        from_outputs, from_weights = self.attention(*projected, mask, *from_projected)
        return self.product(merge_heads(attention(*projected, mask)[0]), W_O, merge_heads(from_outputs)), from_weights


@pytest.mark.parametrize("dtype", ["float64", "float32"])
class TestParity:
    """Each function that PyTorch has too."""

    def test_attention_is_scaled_dot_product_attention(self, data, dtype):
        """Without a mask, with one that broadcasts, and with one under which a query may attend to nothing: its output is 0."""
        case = of(data, f"attention {dtype}")
        Q, K, V = case["Q"], case["K"], case["V"]
        for mask, output in ((None, "output"), (case["full"], "output_full"), (case["padding"], "output_padding")):
            close(attention(Q, K, V, mask)[0], case[output], Bounds(dtype).attention(Q, K, V, mask)[0])
        assert not case["full"][0, 1, 2].any() and not case["output_full"][0, 1, 2].any()

    def test_the_causal_mask_is_that_of_is_causal(self, data, dtype):
        """Also with more keys than queries, and with fewer."""
        case = of(data, f"attention {dtype}")
        Q, K, V = case["Q"], case["K"], case["V"]
        for inputs, mask, output in (((Q, K, V), causal_mask(4, 5), "output_causal"),
                                     ((K, Q, V[..., :4, :]), causal_mask(5, 4), "output_causal_tall")):
            close(attention(*inputs, mask)[0], case[output], Bounds(dtype).attention(*inputs, mask)[0])

    def test_multi_head_attention_is_nn_multiheadattention(self, data, dtype):
        """With its weights carried over, output and weights of each head; where it has NaN, for a query that may attend to
        nothing, ours is 0."""
        case = of(data, f"multi_head {dtype}")
        W_Q, W_K, W_V = case["in_proj"].reshape(3, 3, 4, 12).mT
        allowed = {"all": None, "causal": causal_mask(5), "nothing": np.arange(5)[:, None] != 2}
        for name, mask in allowed.items():
            nothing = np.isnan(case[f"output_{name}"])
            assert nothing.any() == (name == "nothing")
            inputs = case["X"], W_Q, W_K, W_V, case["out_proj"].T, mask
            theirs = case[f"output_{name}"], case[f"weights_{name}"]
            for compared in zip(multi_head_attention(*inputs), theirs, Bounds(dtype).multi_head_attention(*inputs), strict=True):
                close(*compared)

    def test_softmax_is_softmax(self, data, dtype):
        """Small scores, large ones, with -inf among them; of nothing but -inf PyTorch makes NaN, and we make 0."""
        case = of(data, f"softmax {dtype}")
        assert np.isnan(case["weights"][-1]).all() and not np.isnan(case["weights"][:-1]).any()
        close(softmax(case["scores"]), case["weights"], Bounds(dtype).softmax(case["scores"]))

    def test_embed_is_two_embeddings_added(self, data, dtype):
        """Bit for bit."""
        case = of(data, f"embed {dtype}")
        assert embed(case["ids"], case["E_token"], case["E_pos"]).tobytes() == np.asarray(case["X"]).tobytes()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_bounds_let_no_mistake_pass(data, dtype):
    """A scale that is left out or off by a thousandth, a mask that is left out or shifted, values in another order, a projection
    that is off by a hundredth, heads that are not mixed: each is beyond them."""
    def seen(function, wrong, right, theirs):
        with pytest.raises(AssertionError):
            close(function(*wrong)[0], theirs, getattr(Bounds(dtype), function.__name__)(*right)[0])

    case = of(data, f"attention {dtype}")
    Q, K, V, mask = right = case["Q"], case["K"], case["V"], case["full"]
    for wrong in ((Q * np.sqrt(np.float32(6)), K, V, mask), (Q * np.float32(1.001), K, V, mask), (Q, K, V),
                  (Q, K, V, np.roll(mask, 1, axis=-1)), (Q, K, V[..., ::-1, :], mask)):
        seen(attention, wrong, right, case["output_full"])
    case = of(data, f"multi_head {dtype}")
    X, W_Q, W_K, W_V, W_O = right = case["X"], *case["in_proj"].reshape(3, 3, 4, 12).mT, case["out_proj"].T
    for wrong in ((X, W_Q * np.float32(1.01), W_K, W_V, W_O), (*right, causal_mask(5)), (*right[:4], np.eye(12, dtype=dtype))):
        seen(multi_head_attention, wrong, right, case["output_all"])


def test_the_batch_example_is_torch_s_stream(data):
    """The weights of manual_seed(1337) bit for bit, and x within two units in the last place."""
    case = of(data, "batch")
    for name in ("W_Q", "W_K", "W_V"):
        assert np.array_equal(getattr(batch, name), case[name]) and case[name].dtype == np.float32
    np.testing.assert_array_max_ulp(batch.x, case["x"], maxulp=2)
