"""The library against PyTorch, an implementation that shares nothing with it.

Every comparison runs on committed data, so that none is left out where PyTorch is not installed (the tests do not ask for
it; see tools/torch_reference.py). Where it is installed each runs a second time, live and on other inputs: nothing is skipped
anywhere, there are only no live tests to collect without it.
"""
from importlib.util import find_spec

import numpy as np
import pytest

from course_lib import attention, batch, causal_mask, embed, multi_head_attention, softmax
from tools.torch_reference import DATA, reference

# How many roundings the two may differ by, relative to the largest number: measured were 2 committed and 3.5 live.
ROUNDINGS = 8


@pytest.fixture(scope="module", params=["committed", *["live"] * (find_spec("torch") is not None)])
def data(request):
    """Inputs and PyTorch's results, by case and name."""
    if request.param == "live":
        return reference(seed=1)
    with np.load(DATA) as file:
        return dict(file)


def of(data, case):
    """The arrays of one case by their names."""
    return {name.partition("/")[2]: data[name] for name in data if name.partition("/")[0] == case}


def close(ours, theirs):
    """The same dtype and, but for the last bits, the same numbers."""
    theirs = np.asarray(theirs)
    assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
    eps = np.finfo(theirs.dtype).eps
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=ROUNDINGS * eps * max(1, np.abs(theirs).max()))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
class TestParity:
    """Each function that PyTorch has too."""

    def test_attention_is_scaled_dot_product_attention(self, data, dtype):
        """Without a mask, with one that broadcasts, and with one under which a query may attend to nothing: its output is 0."""
        case = of(data, f"attention {dtype}")
        Q, K, V = case["Q"], case["K"], case["V"]
        for mask, output in ((None, "output"), (case["full"], "output_full"), (case["padding"], "output_padding")):
            close(attention(Q, K, V, mask)[0], case[output])
        assert not case["full"][0, 1, 2].any() and not case["output_full"][0, 1, 2].any()

    def test_the_causal_mask_is_that_of_is_causal(self, data, dtype):
        """Also with more keys than queries, and with fewer."""
        case = of(data, f"attention {dtype}")
        Q, K, V = case["Q"], case["K"], case["V"]
        close(attention(Q, K, V, causal_mask(4, 5))[0], case["output_causal"])
        close(attention(K, Q, V[..., :4, :], causal_mask(5, 4))[0], case["output_causal_tall"])

    def test_multi_head_attention_is_nn_multiheadattention(self, data, dtype):
        """With its weights carried over, output and weights of each head; where it has NaN, for a query that may attend to
        nothing, ours is 0."""
        case = of(data, f"multi_head {dtype}")
        W_Q, W_K, W_V = case["in_proj"].reshape(3, 3, 4, 12).mT
        allowed = {"all": None, "causal": causal_mask(5), "nothing": np.arange(5)[:, None] != 2}
        for name, mask in allowed.items():
            nothing = np.isnan(case[f"output_{name}"])
            assert nothing.any() == (name == "nothing")
            ours = multi_head_attention(case["X"], W_Q, W_K, W_V, case["out_proj"].T, mask)
            for mine, theirs in zip(ours, (case[f"output_{name}"], case[f"weights_{name}"]), strict=True):
                close(mine, np.nan_to_num(theirs))

    def test_softmax_is_softmax(self, data, dtype):
        """Small scores, large ones, with -inf among them; of nothing but -inf PyTorch makes NaN, and we make 0."""
        case = of(data, f"softmax {dtype}")
        assert np.isnan(case["weights"][-1]).all() and not np.isnan(case["weights"][:-1]).any()
        close(softmax(case["scores"]), np.nan_to_num(case["weights"]))

    def test_embed_is_two_embeddings_added(self, data, dtype):
        """Bit for bit."""
        case = of(data, f"embed {dtype}")
        assert embed(case["ids"], case["E_token"], case["E_pos"]).tobytes() == np.asarray(case["X"]).tobytes()


def test_the_batch_example_is_torch_s_stream(data):
    """The weights of manual_seed(1337) bit for bit, and x within two units in the last place."""
    case = of(data, "batch")
    for name in ("W_Q", "W_K", "W_V"):
        assert np.array_equal(getattr(batch, name), case[name]) and case[name].dtype == np.float32
    np.testing.assert_array_max_ulp(batch.x, case["x"], maxulp=2)
