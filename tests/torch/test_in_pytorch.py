"""What notebook 12 says of PyTorch, on inputs other than its own: the answers of its exercises, and the gradients of 09."""
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.attention.bias import causal_lower_right
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

from course_lib import check, learning, solution
from course_lib.exercises import EXERCISES
from course_lib.steps import attention, causal_mask, multi_head_attention

torch.set_num_threads(1)
LESSON = Path(__file__).parents[2] / "notebooks" / "12_in_pytorch.ipynb"
RNG = np.random.default_rng(12)


def answer(name, *arguments):
    """What an exercise's answer gives."""
    return EXERCISES[name].answer(*arguments)


def drawn(*shape):
    """An array as it is, and as a tensor that PyTorch watches."""
    array = RNG.normal(size=shape)
    return array, torch.tensor(array, requires_grad=True)


def carried(W_Q, W_K, W_V, W_O):
    """The module with the course's matrices."""
    n_heads, d_model, _ = W_Q.shape
    module = nn.MultiheadAttention(d_model, n_heads, bias=False, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        module.in_proj_weight.copy_(torch.tensor(answer("carry_in", W_Q, W_K, W_V)))
        module.out_proj.weight.copy_(torch.tensor(W_O.T))
    return module


@pytest.mark.parametrize("n_heads, d_k", [(1, 5), (2, 3), (4, 1), (3, 4)])
def test_a_model_is_carried_in_and_out(n_heads, d_k):
    """The module gives the course's outputs, weights and their mean, with both masks; what is carried out again is the same."""
    matrices = [RNG.normal(size=(n_heads, n_heads * d_k, d_k)) for _ in range(3)] + [RNG.normal(size=(n_heads * d_k,) * 2)]
    module, ids = carried(*matrices), np.array([[1, 2, 3, 4], [5, 6, 0, 0], [7, 8, 9, 0]])
    X, (causal, padding) = RNG.normal(size=(3, 4, n_heads * d_k)), answer("masks_for_module", ids)
    x = torch.tensor(X)
    with torch.no_grad():
        output, weights = module(x, x, x, attn_mask=torch.tensor(causal), key_padding_mask=torch.tensor(padding),
                                 average_attn_weights=False)
        _, mean = module(x, x, x, attn_mask=torch.tensor(causal), key_padding_mask=torch.tensor(padding))
    ours, our_weights = multi_head_attention(X, *matrices, ~causal & ~padding[:, None, None])
    np.testing.assert_allclose(output, ours, atol=1e-12)
    np.testing.assert_allclose(weights, our_weights, atol=1e-12)
    np.testing.assert_allclose(mean, our_weights.mean(axis=1), atol=1e-12)
    back = answer("carry_out", module.in_proj_weight.detach().numpy(), n_heads)
    assert all(map(np.array_equal, back, matrices))


@pytest.mark.parametrize("n_q, n_k", [(1, 4), (3, 4), (4, 4), (2, 7)])
def test_masks_mean_what_the_answers_say(n_q, n_k):
    """The boolean mask of the last queries, and the same as floats, are PyTorch's own mask for that corner."""
    Q, K, V = (torch.tensor(RNG.normal(size=(2, 1, n, 3))) for n in (n_q, n_k, n_k))
    mask = answer("bottom_right", n_q, n_k)
    theirs = scaled_dot_product_attention(Q, K, V, attn_mask=causal_lower_right(n_q, n_k))
    for ours in (mask, answer("to_additive", mask)):
        np.testing.assert_allclose(scaled_dot_product_attention(Q, K, V, attn_mask=torch.tensor(ours)), theirs, atol=1e-12)


def test_ones_and_zeros_hide_nothing_and_one_query_sees_the_first_key():
    """Floats are added to the scores, and the triangle of is_causal begins at the top left."""
    Q, K = (torch.tensor(RNG.normal(size=(4, 3))) for _ in range(2))
    identity = torch.eye(4, dtype=torch.float64)
    assert scaled_dot_product_attention(Q, K, identity, attn_mask=torch.tensor(np.tri(4))).all()
    module = nn.MultiheadAttention(3, 1, dtype=torch.float64)
    assert module(Q, Q, Q, attn_mask=torch.tensor(np.tri(4)))[1].all()
    assert scaled_dot_product_attention(Q[3:], K, identity, is_causal=True).tolist() == [[1, 0, 0, 0]]


@pytest.mark.parametrize("need_weights", [True, False])
def test_ones_and_zeros_raise_no_error_in_the_dtype_of_the_matrices_alone(need_weights):
    """In float32, the default, `mask.double()` is an error; `mask.float()` is silent, and hides nothing."""
    X, mask = torch.tensor(RNG.normal(size=(4, 6))).float(), torch.tensor(causal_mask(4))
    module = nn.MultiheadAttention(6, 2)
    with pytest.raises(RuntimeError, match="dtype"):
        module(X, X, X, attn_mask=mask.double(), need_weights=need_weights)
    changed = X.clone()
    changed[3] += 1
    first, again = (module(A, A, A, attn_mask=mask.float(), need_weights=need_weights)[0][0] for A in (X, changed))
    assert not torch.allclose(first, again)


def test_without_batch_first_a_word_sees_its_place_in_other_sentences():
    """Sentences leak, at one place alone, so the leak test for later tokens finds nothing; the first axis is read as tokens."""
    X, forbidden = torch.tensor(RNG.normal(size=(4, 4, 6))), ~torch.tensor(causal_mask(4))
    module = nn.MultiheadAttention(6, 2, dtype=torch.float64)
    for sentence in range(4):
        changed = X.clone()
        changed[sentence, 2] += 1
        before, after = (module(A, A, A, attn_mask=forbidden)[0] for A in (X, changed))
        moved = ~before.isclose(after).all(dim=-1)
        assert moved[sentence:, 2].all() and moved.sum() == 4 - sentence


def test_neighbours_share_a_head():
    """enable_gqa copies key heads as np.repeat does, 0, 0, 1, 1, as the lesson's dictionary says; np.tile gives other numbers."""
    Q, K, V = (RNG.normal(size=(n_heads, 5, 3)) for n_heads in (4, 2, 2))
    theirs = scaled_dot_product_attention(*map(torch.tensor, (Q, K, V)), is_causal=True, enable_gqa=True)
    repeated, tiled = ([copy(A, *how) for A in (K, V)] for copy, how in ((np.repeat, (2, 0)), (np.tile, ((2, 1, 1),))))
    np.testing.assert_allclose(attention(Q, *repeated, causal_mask(5))[0], theirs, atol=1e-12)
    assert not np.allclose(attention(Q, *tiled, causal_mask(5))[0], theirs)


def test_a_query_without_keys_gets_zeros_by_the_function_and_nan_by_the_module():
    """As the lesson says; by booleans and by floats. With need_weights=False a module without a bias gives zeros, too."""
    mask = np.array([[True, False], [False, False]])
    Q = torch.tensor(RNG.normal(size=(2, 4)))
    for ours in (mask, answer("to_additive", mask)):
        assert not scaled_dot_product_attention(Q, Q, Q, attn_mask=torch.tensor(ours))[1].any()
    module = nn.MultiheadAttention(4, 1, dtype=torch.float64)
    output, _ = module(Q, Q, Q, attn_mask=torch.tensor(~mask))
    assert output[1].isnan().all() and not output[0].isnan().any()
    plain = nn.MultiheadAttention(4, 1, bias=False, dtype=torch.float64)
    output, _ = plain(Q, Q, Q, attn_mask=torch.tensor(~mask), need_weights=False)
    assert output[0].all() and not output[1].any()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("watched", [True, False])
def test_the_module_gives_zero_or_nan_by_the_path_it_takes(bias, training, watched):
    """A mask turned round or padding in front, no weights wanted: with the default bias NaN after eval() and without gradients,
    else 0."""
    X, forbidden = torch.tensor(RNG.normal(size=(1, 4, 4))), ~torch.tensor(causal_mask(4))
    padding = torch.tensor([[True, True, False, False]])
    module = nn.MultiheadAttention(4, 2, bias=bias, batch_first=True, dtype=torch.float64).train(training)
    with torch.set_grad_enabled(watched):
        output, _ = module(X, X, X, attn_mask=forbidden, key_padding_mask=padding, need_weights=False)
        turned, _ = module(X, X, X, attn_mask=~forbidden, need_weights=False)
    assert output[0, 2:].isfinite().all() and turned[0, :3].isfinite().all()
    for alone in (output[0, :2], turned[0, 3]):
        if bias and not training and not watched:
            assert alone.isnan().all()
        else:
            assert not alone.any()                                # a new module's bias is 0 behind W_O


def test_a_query_without_keys_is_nan_in_a_whole_layer_of_pytorch():
    """In the everyday case: its default bias, after eval(), without gradients."""
    X, forbidden = torch.tensor(RNG.normal(size=(1, 4, 4))), ~torch.tensor(causal_mask(4))
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, dtype=torch.float64).eval()
    with torch.no_grad():
        output = layer(X, src_mask=forbidden, src_key_padding_mask=torch.tensor([[True, True, False, False]]))
    assert output[0, :2].isnan().all()


@pytest.mark.parametrize("training", [True, False])
def test_a_false_promise_is_kept_or_broken_by_eval(training):
    """A mask that hides nothing, and is_causal: before eval() the module follows the promise, after it the mask."""
    X, forbidden = torch.tensor(RNG.normal(size=(1, 4, 4))), ~torch.tensor(causal_mask(4))
    module = nn.MultiheadAttention(4, 2, batch_first=True, dtype=torch.float64).train(training)
    with torch.no_grad():
        promised, _ = module(X, X, X, attn_mask=torch.zeros_like(forbidden), is_causal=True, need_weights=False)
        causal, _ = module(X, X, X, attn_mask=forbidden, need_weights=False)
        everybody, _ = module(X, X, X, need_weights=False)
    assert torch.allclose(promised, causal) == training
    assert torch.allclose(promised, everybody) != training


def test_nan_reaches_the_gradients_of_a_loss_that_leaves_it_out():
    """The loss is a number, for it adds up other rows; on the way back 0 meets NaN. Where the module gives 0, no NaN comes."""
    X, forbidden = torch.tensor(RNG.normal(size=(3, 4))), torch.tensor(np.tri(3, dtype=bool))
    module = nn.MultiheadAttention(4, 2, bias=False, dtype=torch.float64)
    for need_weights in (True, False):
        module.zero_grad()
        loss = module(X, X, X, attn_mask=forbidden, need_weights=need_weights)[0][:2].sum()
        loss.backward()
        assert loss.isfinite() and module.in_proj_weight.grad.isnan().all() == need_weights
        assert module.in_proj_weight.grad.isnan().any() == need_weights


def test_padding_in_front_leaves_no_row_empty_where_each_token_sees_itself():
    """As the lesson advises: nothing is NaN, and the other tokens get what they got."""
    X, padding = torch.tensor(RNG.normal(size=(2, 5, 4))), torch.tensor([[0, 0, 0, 0, 0], [1, 1, 0, 0, 0]], dtype=bool)
    causal, itself = torch.tensor(causal_mask(5)), torch.eye(5, dtype=bool)
    module = nn.MultiheadAttention(4, 2, bias=False, batch_first=True, dtype=torch.float64)
    spoiled, _ = module(X, X, X, attn_mask=~causal, key_padding_mask=padding)
    allowed = causal & ~padding[:, None] | itself
    output, _ = module(X, X, X, attn_mask=(~allowed).repeat_interleave(2, dim=0))
    assert spoiled[1, :2].isnan().all() and output.isfinite().all()
    assert torch.allclose(output[~padding], spoiled[~padding])


def test_two_texts_meet_in_the_module():
    """`module(X, memory, memory)` is cross-attention: queries of one text, keys and values of the other."""
    *matrices, W_O = [RNG.normal(size=(2, 4, 2)) for _ in range(3)] + [RNG.normal(size=(4, 4))]
    X, memory = RNG.normal(size=(3, 4)), RNG.normal(size=(5, 4))
    Q, K, V = (rows @ W for rows, W in zip((X, memory, memory), matrices, strict=True))
    theirs, _ = carried(*matrices, W_O)(*map(torch.tensor, (X, memory, memory)))
    np.testing.assert_allclose(theirs.detach(), np.hstack(attention(Q, K, V)[0]) @ W_O, atol=1e-12)


def heads_in_torch(X, W_Q, W_K, W_V, W_O):
    """What the exercise's reason says."""
    X, W_Q, W_K, W_V, W_O = map(torch.tensor, (X, W_Q, W_K, W_V, W_O))
    Q, K, V = (X[:, None] @ W for W in (W_Q, W_K, W_V))
    return scaled_dot_product_attention(Q, K, V, is_causal=True).transpose(1, 2).flatten(2) @ W_O


def heads_by_the_module(X, *matrices, forbidden=None):
    """The same by nn.MultiheadAttention, whose output autograd watches."""
    forbidden = ~np.tri(X.shape[1], dtype=bool) if forbidden is None else forbidden
    X = torch.tensor(X)
    return carried(*matrices)(X, X, X, attn_mask=torch.tensor(forbidden))[0]


def checked(function):
    """The verdict of `check` on it, as a learner's."""
    function.__name__ = "heads_in_torch"
    return check(function)


def test_an_exercise_takes_tensors():
    """Of the function and of the module, in float32 too; a slip that PyTorch lets pass is told by name."""
    assert checked(heads_in_torch).passed and checked(lambda *arrays: heads_by_the_module(*arrays)).passed
    assert checked(lambda *arrays: heads_in_torch(*arrays).float()).passed
    turned = checked(lambda X, *arrays: heads_by_the_module(X, *arrays, forbidden=np.tri(X.shape[1], dtype=bool)))
    assert "the module gives NaN" in turned.diagnosis
    both = checked(lambda X, *arrays: (heads_by_the_module(X, *arrays), attention(X, X, X)[1]))
    assert both.passed is False


def test_a_slip_of_the_module_is_told_in_words_of_the_module():
    """W_O as it is, where the module wants it transposed, gives what `@ W_O.T` gives, so one sentence fits both; no batch_first,
    with a mask for the tokens (an error, where a batch has not as many sentences) and with one for the sentences."""
    def sentences_first(X, *matrices, of_tokens):
        module, X = carried(*matrices), torch.tensor(X)
        module.batch_first = False
        return module(X, X, X, attn_mask=torch.tensor(~np.tri(len(X[0] if of_tokens else X), dtype=bool)))[0]

    by_module = checked(lambda *arrays: heads_by_the_module(*arrays[:-1], arrays[-1].T)).diagnosis
    by_product = checked(lambda *arrays: heads_in_torch(*arrays[:-1], arrays[-1].T)).diagnosis
    assert by_module == by_product and "a module keeps (out, in), so there it has to be transposed" in by_module
    for of_tokens, says in ((True, "the mask does not fit"), (False, "a mask as long as the batch")):
        verdict = checked(lambda *arrays, of_tokens=of_tokens: sentences_first(*arrays, of_tokens=of_tokens))
        assert says in verdict.diagnosis and "batch_first" in verdict.diagnosis


def test_a_slip_that_raises_is_not_told_as_a_right_shape():
    """Heads joined where they stand raise an error where there are more tokens than heads; an array is no tensor."""
    def slip(X, *matrices):
        X, W_Q, W_K, W_V, W_O = map(torch.tensor, (X, *matrices))
        Q, K, V = (X[:, None] @ W for W in (W_Q, W_K, W_V))
        return scaled_dot_product_attention(Q, K, V, is_causal=True).flatten(-2) @ W_O

    def arrays(X, W_Q, W_K, W_V, W_O):
        return scaled_dot_product_attention(*(X[:, None] @ W for W in (W_Q, W_K, W_V)), is_causal=True)

    said = repr(checked(slip))
    assert "it raised `RuntimeError" in said and "Tokens and heads must change places first" in said
    assert "shape is right" not in said
    assert "make tensors of all arrays first" in checked(arrays).relation


def test_the_solution_shows_tensors_first():
    """And its code is right."""
    made = {"torch": torch, "scaled_dot_product_attention": scaled_dot_product_attention}
    exec(solution("heads_in_torch").parts[1].text, made)
    assert check(made["heads_in_torch"]).passed


@pytest.mark.parametrize("need_weights", [True, False])
def test_is_causal_is_a_promise_of_the_module(need_weights):
    """It wants the mask beside it; without a bias, weights and padding it does not read it; the function wants one of the two."""
    X, mask = torch.tensor(RNG.normal(size=(3, 4))), torch.tensor(causal_mask(3))
    module = nn.MultiheadAttention(4, 2, bias=False, dtype=torch.float64)
    right, _ = module(X, X, X, attn_mask=~mask)
    turned, _ = module(X, X, X, attn_mask=mask, is_causal=True, need_weights=need_weights)
    assert torch.allclose(turned, right) != need_weights
    with pytest.raises(RuntimeError, match="Need attn_mask"):
        module(X, X, X, is_causal=True, need_weights=need_weights)
    with pytest.raises(RuntimeError, match="is_causal"):
        scaled_dot_product_attention(X, X, X, attn_mask=mask, is_causal=True)


@pytest.mark.parametrize("training", [True, False])
def test_a_hint_hides_a_mask_turned_round_in_training_only(training):
    """With a bias, weights not wanted and no gradients, for a batch."""
    X, mask = torch.tensor(RNG.normal(size=(2, 3, 4))), torch.tensor(causal_mask(3))
    module = nn.MultiheadAttention(4, 2, batch_first=True, dtype=torch.float64).train(training)
    with torch.no_grad():
        right, _ = module(X, X, X, attn_mask=~mask, is_causal=True, need_weights=False)
        turned, _ = module(X, X, X, attn_mask=mask, is_causal=True, need_weights=False)
    assert torch.allclose(turned, right) == training and turned[:, 2].isnan().all() != training


def test_without_batch_first_a_mask_fits_as_many_sentences_only():
    """As many as the mask has rows."""
    module, forbidden = nn.MultiheadAttention(4, 2, bias=False), ~torch.tensor(causal_mask(3))
    for sentences in (2, 4):
        X = torch.zeros(sentences, 3, 4)
        with pytest.raises(RuntimeError, match="shape of the 2D attn_mask"):
            module(X, X, X, attn_mask=forbidden)


def test_only_the_module_obeys_eval():
    """The function drops weights whenever it is told to, and doubles those that survive a half."""
    X = torch.tensor(RNG.normal(size=(3, 4)))
    module = nn.MultiheadAttention(4, 2, dropout=0.5, bias=False, dtype=torch.float64).eval()
    assert torch.equal(module(X, X, X)[0], module(X, X, X)[0])
    dropped = scaled_dot_product_attention(X[:1], X[:1].expand(1000, -1), torch.eye(1000).double(), dropout_p=0.5)
    assert {round(weight, 9) for weight in dropped.flatten().tolist()} == {0, 0.002}


def test_is_causal_of_the_function_begins_at_the_top_left():
    """So a single new query sees the first key only."""
    (_, q), (_, k) = drawn(1, 3), drawn(4, 3)
    assert scaled_dot_product_attention(q, k, torch.eye(4).double(), is_causal=True).tolist() == [[1, 0, 0, 0]]


def test_letters_mean_the_same():
    """PyTorch's einsum reads them as NumPy's does."""
    Q, K = RNG.normal(size=(2, 3, 4, 5)), RNG.normal(size=(2, 6, 4, 5))
    theirs = torch.einsum("bqhd,bkhd->bhqk", torch.tensor(Q), torch.tensor(K))
    np.testing.assert_allclose(answer("scores_by_letters", Q, K), theirs, atol=1e-12)


def test_the_gradients_of_attention_are_autograd_s():
    """With heads and a batch in front, and a mask that leaves one query nothing."""
    (Q, q), (K, k), (V, v) = drawn(2, 3, 4, 5), drawn(2, 3, 6, 5), drawn(2, 3, 6, 7)
    mask, g = RNG.random((4, 6)) < 0.6, RNG.normal(size=(2, 3, 4, 7))
    mask[1] = False
    scaled_dot_product_attention(q, k, v, attn_mask=torch.tensor(mask)).backward(torch.tensor(g))
    _, weights = attention(Q, K, V, mask)
    for ours, theirs in zip(learning.attention_gradients(Q, K, V, weights, g), (q, k, v), strict=True):
        np.testing.assert_allclose(ours, theirs.grad, atol=1e-12)


def test_the_gradient_of_the_loss_and_of_the_norm_are_autograd_s():
    """The mean surprise of the next letters, through layer norm."""
    X, x = drawn(3, 5, 16)
    ids = RNG.integers(16, size=(3, 5))
    logits = nn.functional.layer_norm(x, (16,))
    loss = cross_entropy(logits[:, :-1].flatten(0, 1), torch.tensor(ids[:, 1:].flatten()))
    loss.backward()
    normed, back = learning.layer_norm(X)
    ours, g = learning.cross_entropy(normed, ids)
    assert np.isclose(ours, loss.item())
    np.testing.assert_allclose(back(g), x.grad, atol=1e-12)


def test_a_mask_and_is_causal():
    """Together they are an error of the function; in the module is_causal is a hint beside a mask, and alone an error."""
    Q, allowed = torch.tensor(RNG.normal(size=(3, 4))), torch.tensor(np.tri(3, dtype=bool))
    with pytest.raises(RuntimeError, match="is_causal"):
        scaled_dot_product_attention(Q, Q, Q, attn_mask=allowed, is_causal=True)
    module = nn.MultiheadAttention(4, 1, dtype=torch.float64)
    with pytest.raises(RuntimeError, match="Need attn_mask if specifying the is_causal hint"):
        module(Q, Q, Q, is_causal=True)
    plain = torch.zeros(3, 3, dtype=bool)
    _, weights = module(Q, Q, Q, attn_mask=plain, is_causal=True)
    assert weights.all()


def test_nan_reaches_tokens_that_cannot_see_it():
    """The key of a NaN token is NaN, and NaN + (−∞) is NaN: by the function and by the module."""
    X, forbidden = torch.tensor(RNG.normal(size=(3, 4))), ~torch.tensor(np.tri(3, dtype=bool))
    X[2] = torch.nan
    module = nn.MultiheadAttention(4, 1, dtype=torch.float64)
    for output in (scaled_dot_product_attention(X, X, X, is_causal=True), module(X, X, X, attn_mask=forbidden)[0]):
        assert output.isnan().all()


def test_a_parameter_is_overwritten_without_gradients_only():
    """copy_ into a watched parameter is an error outside torch.no_grad()."""
    module = nn.MultiheadAttention(4, 1)
    with pytest.raises(RuntimeError, match="in-place"):
        module.in_proj_weight.copy_(torch.zeros(12, 4))


def test_the_product_does_not_mix_kinds():
    """@ stops where float32 meets float64 or integers; * does not."""
    A = torch.ones(2, 2)
    for B in (A.double(), A.long()):
        assert (A * B).dtype in (torch.float32, torch.float64)
        with pytest.raises(RuntimeError, match="dtype"):
            A @ B


@pytest.fixture(scope="module")
def dice():
    """The lesson's own throws, `train`, `largest_change` and `loss_on_new_throws`."""
    cells = ["".join(cell["source"]) for cell in json.loads(LESSON.read_text(encoding="utf-8"))["cells"]]
    names = {"torch": torch, "nn": nn, "cross_entropy": cross_entropy}
    for begin in ("def throw_dice(", "def training_step(", "def train(", "def largest_change("):
        code, = (text for text in cells if text.startswith(begin))
        exec(re.split("\n(?:causal|models)", code)[0], names)         # the functions, without what the lesson does with them
    return names


def test_the_leak_test_finds_a_mask_with_two_holes(dice):
    """Its loss looks honest, and the sixth throw of one sentence does not show the holes; each throw in turn does."""
    causal = torch.tensor(causal_mask(9))
    holes = causal.clone()
    holes[0, 1] = holes[6, 7] = True
    model, losses = dice["train"](~holes)
    six = torch.tensor([[1, 2, 3, 4, 5, face] for face in range(6)])
    shares = dice["guess"](model, six, ~holes).softmax(-1)[:, :5]
    assert losses[-1] > 0.42 and (shares.amax(dim=0) - shares.amin(dim=0)).max() < 1e-12
    assert dice["largest_change"](model, ~holes) > 0.1
    assert dice["largest_change"](dice["train"](~causal)[0], ~causal) < 1e-12


def test_the_leak_test_needs_no_training(dice):
    """From other starts too, both leaks show before the first step, and a right mask shows none."""
    causal, start = torch.tensor(causal_mask(9)), torch.manual_seed
    for seed in range(5):
        torch.manual_seed = lambda _, seed=seed: start(seed)
        try:
            right, turned, ones = (dice["largest_change"](dice["train"](mask, steps=0)[0], mask)
                                   for mask in (~causal, causal, causal.double()))
        finally:
            torch.manual_seed = start
        assert right < 1e-12 and min(turned, ones) > 0.02, (seed, turned, ones)


def test_a_layer_that_begins_with_zeros_shows_a_leak_only_after_some_steps(dice, monkeypatch):
    """W_O, as some models begin."""
    causal = torch.tensor(causal_mask(9))
    begin = nn.MultiheadAttention.__init__

    def with_zeros(self, *arguments, **options):
        begin(self, *arguments, **options)
        nn.init.zeros_(self.out_proj.weight)
    monkeypatch.setattr(nn.MultiheadAttention, "__init__", with_zeros)
    for mask in (causal, causal.double()):
        at_first, later = (dice["largest_change"](dice["train"](mask, steps=steps)[0], mask) for steps in (0, 60))
        assert at_first == 0 and later > 0.1, (at_first, later)


def test_ones_and_zeros_come_below_the_limit_with_more_steps(dice):
    """As a reader tries it: after `train(…, steps=300)` the loss on new throws, and the last one, is below 0.3 with the mask of
    model C, and above 0.4 with the right mask."""
    causal = torch.tensor(causal_mask(9))
    after = []
    for mask in (causal.double(), ~causal):
        model, losses = dice["train"](mask, steps=300)
        assert len(losses) == 300
        after.append((dice["loss_on_new_throws"](model, mask), losses[-1]))
    assert max(after[0]) < 0.3 and min(after[1]) > 0.4, after


def test_without_the_shift_a_model_says_the_throw_that_it_has_read(dice, monkeypatch):
    """As the lesson's answer says: it would say 5 after 1 2 3 4 5, whatever stands there next."""
    def unshifted(scores, ids, optimizer):
        optimizer.zero_grad()
        cross_entropy(scores.mT, ids).backward()
        optimizer.step()
        return 0
    monkeypatch.setitem(dice, "training_step", unshifted)
    mask = ~torch.tensor(causal_mask(9))
    model, _ = dice["train"](mask)
    six = torch.tensor([[1, 2, 3, 4, 5, face] for face in range(6)])
    assert (dice["guess"](model, six, mask)[:, 4].softmax(-1)[:, 5] > 0.99).all()


def test_the_same_throws_again_and_again_are_learned_by_heart(dice, monkeypatch):
    """With a right mask, and one batch in every step: below the limit of 0.42, and far above it on new throws."""
    mask = ~torch.tensor(causal_mask(9))
    new = dice["throws"].clone()
    monkeypatch.setitem(dice, "throws", new[:1].repeat(60, 1, 1))
    monkeypatch.setitem(dice, "throw_dice", lambda batches: new[:1].repeat(batches, 1, 1))
    model, losses = dice["train"](mask, steps=300)
    assert losses[-1] < 0.3 and dice["loss_on_new_throws"](model, mask) > 1


def test_stacked_but_not_transposed_is_silent_and_side_by_side_is_not():
    """Three square blocks fit the module either way; side by side without the transpose they are an error."""
    module = nn.MultiheadAttention(4, 2, bias=False, dtype=torch.float64).requires_grad_(False)
    matrices = RNG.normal(size=(3, 2, 4, 2))
    module.in_proj_weight.copy_(torch.tensor(np.vstack([np.hstack(W) for W in matrices])))
    with pytest.raises(RuntimeError, match="must match"):
        module.in_proj_weight.copy_(torch.tensor(np.hstack([*matrices[0], *matrices[1], *matrices[2]])))


def test_more_steps_begin_with_the_same_and_get_throws_of_the_same_dice(dice):
    """The first losses do not depend on how many follow. Those throws are fresh: no batch is one of the first 70."""
    mask, seen = ~torch.tensor(causal_mask(9)), []
    short, guess = dice["train"](mask)[1], dice["guess"]
    dice["guess"] = lambda model, ids, *options, **more: seen.append(ids) or guess(model, ids, *options, **more)
    try:
        long = dice["train"](mask, steps=130)[1]
    finally:
        dice["guess"] = guess
    assert len(short) == 60 and long[:60] == short
    assert torch.equal(torch.stack(seen[:60]), dice["throws"][:60])
    fresh = torch.stack(seen[60:])
    assert fresh.shape == (70, 64, 9) and not (fresh[:, None] == dice["throws"]).flatten(2).all(dim=-1).any()
    follows = (fresh.diff(dim=-1) % 6 == 1).double().mean().item()
    assert abs(follows - (0.9 + 0.1 / 6)) < 0.01


def test_dropout_leaves_the_row_only_on_average():
    """Each weight is 0 or is divided by what is kept, 1 − p, so sums of rows are seldom 1; their mean is."""
    torch.manual_seed(12)
    Q, (K, identity) = torch.zeros(20000, 4).double(), (torch.zeros(4, 4).double(), torch.eye(4).double())
    dropped = scaled_dot_product_attention(Q, K, identity, dropout_p=0.2)
    assert {round(weight, 9) for weight in dropped.unique().tolist()} == {0, 0.3125}          # 1/4 / 0.8
    assert not torch.isclose(dropped.sum(dim=-1), torch.ones(1).double()).any()
    np.testing.assert_allclose(dropped.mean(dim=0), 0.25, atol=0.005)
