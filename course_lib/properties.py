"""What holds of every right function, however it is written. A property is a small function that is given one, tries it on
inputs of its own, and raises AssertionError, with a sentence, where the property does not hold.

ATTENTION, MASKED_WEIGHTS and ROTATE name the properties of three functions of the course:

    attention(Q, K, V, mask=None) → output, weights        masked_weights(scores, mask) → weights        rotate(X, first=0) → X

Only the last of each group knows right numbers, those of one tiny case. What else a wrong function raises gets out as it is.
"""
import math

import numpy as np

CAUSAL = np.tri(3, 5, dtype=bool)                   # 3 queries, 5 keys
PADDING = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]], dtype=bool)[:, None, None, :]     # 2 texts; for all heads and queries


def holds(a_property, function):
    """Whether a property holds of a function; it does not where the function itself raises an error."""
    try:
        with np.errstate(all="ignore"):
            a_property(function)
    except Exception:
        return False
    return True


def whole(seed, *shape):
    """Whole numbers from -2 to 2, as floats, always the same for a seed: few enough digits for a float32."""
    return np.random.default_rng(seed).integers(-2, 3, shape).astype(float)


def queries_keys_values(*batch):
    """Q (..., 3, 4), K (..., 5, 4), V (..., 5, 2)"""
    return whole(1, *batch, 3, 4), whole(2, *batch, 5, 4), whole(3, *batch, 5, 2)


def require(condition, sentence):
    """Raise AssertionError(sentence) unless the condition holds: an `assert` that no setting of Python leaves out."""
    if not condition:
        raise AssertionError(sentence)


def require_close(got, expected, sentence):
    """Raise AssertionError(sentence) unless the two have the same shape and, but for rounding, the same numbers."""
    require(np.shape(got) == np.shape(expected) and np.allclose(got, expected, rtol=1e-4, atol=1e-5), sentence)


# attention(Q, K, V, mask=None) → output, weights

def sums(attention):
    """Weights are not negative, and every row sums to 1."""
    for mask in (None, CAUSAL):
        _, weights = attention(*queries_keys_values(), mask)
        require(np.min(weights) >= 0, "A weight is negative.")
        require_close(np.sum(weights, axis=-1), np.ones(3), "A row of the weights does not sum to 1.")


def sizes(attention):
    """With other numbers of keys than of queries, and values of another width, each result has its own shape."""
    output, weights = attention(*queries_keys_values())
    require(np.shape(output) == (3, 2), "The output must have a row for each query, as wide as a value.")
    require(np.shape(weights) == (3, 5), "The weights must have a row for each query and a column for each key.")


def leak(attention):
    """A key that is forbidden, and its value, may be anything: nothing changes."""
    Q, K, V = queries_keys_values()
    before = attention(Q, K, V, CAUSAL)
    for key in (1000 * Q[0], -1000 * Q[0]):                         # its score is huge, far above the others or far below
        for new, old in zip(attention(Q, np.vstack([K[:4], key]), V + [[0], [0], [0], [0], [7]], CAUSAL), before, strict=True):
            require_close(new, old, "A key that nobody may look at has changed something.")


def order(attention):
    """With keys, values and the columns of the mask in another order, the weights come in that order, the output is the same."""
    (Q, K, V), new = queries_keys_values(), [2, 0, 4, 1, 3]
    output, weights = attention(Q, K, V, CAUSAL)
    moved_output, moved_weights = attention(Q, K[new], V[new], CAUSAL[:, new])
    require_close(moved_output, output, "The output depends on the order in which the keys stand.")
    require_close(moved_weights, weights[:, new], "A weight does not move with its key.")


def shift(attention):
    """The same added to all scores of a row changes no weight, however much it is."""
    Q, K, V = queries_keys_values()
    Q = abs(Q) + 1                                                  # so what is added to the keys has one sign in all scores
    before = attention(Q, K, V)
    for far in (-40000, 40000):
        for new, old in zip(attention(Q, K + far, V), before, strict=True):
            require_close(new, old, "The same was added to all scores of a row, and something has changed.")


def forbidden_row(attention):
    """A query that may look at nobody gets weights of 0 and the output 0; the other queries do not notice. Nor does it matter
    whether they are in the same case."""
    before = attention(*queries_keys_values(), CAUSAL)
    for sees in ([[True], [False], [True]], [[False]] * 3):
        for new, old in zip(attention(*queries_keys_values(), CAUSAL & sees), before, strict=True):
            require_close(new, old * sees, "A query that may look at nobody must get 0, and no other may change.")


def two_batch_axes(attention):
    """A batch of texts and heads gives what each gives alone, and a mask with fewer axes or shorter ones serves them all."""
    Q, K, V = queries_keys_values(2, 3)
    for mask in (None, CAUSAL, PADDING):
        output, weights = attention(Q, K, V, mask)
        for text, head in np.ndindex(2, 3):
            one = mask if mask is None else np.broadcast_to(mask, (2, 3, 3, 5))[text, head]
            alone = attention(Q[text, head], K[text, head], V[text, head], one)
            require_close(output[text, head], alone[0], "In a batch the output is not what it is alone.")
            require_close(weights[text, head], alone[1], "In a batch the weights are not what they are alone.")


def loop(attention):
    """On one tiny case of whole numbers it gives what the definition gives, number by number."""
    Q, K, V = np.array([[1, 0, 2], [0, -1, 1]]), np.array([[2, 1, 0], [0, 3, 1]]), np.array([[4, 0, 1, 2], [0, 8, 2, 1]])
    for mask in (None, np.array([[True, False], [True, True]])):
        output, weights = attention(Q, K, V, mask)
        for i in range(2):
            shares = [math.exp(sum(Q[i] * K[j]) / math.sqrt(3)) * (mask is None or mask[i, j]) for j in range(2)]
            right = [share / sum(shares) for share in shares]
            require_close(weights[i], right, "On a tiny case a weight is not what the definition gives.")
            require_close(output[i], right[0] * V[0] + right[1] * V[1], "On a tiny case the output is not what it should be.")


# masked_weights(scores, mask) → weights

def scores_and_mask(*batch):
    """scores (..., 3, 5) of moderate size, as notebook 05 has them, and its causal mask (..., 3, 5)"""
    return whole(4, *batch, 3, 5), np.broadcast_to(CAUSAL, (*batch, 3, 5))


def weights_sum(masked_weights):
    """Weights are not negative, and every row sums to 1: of usual scores, and of low ones."""
    scores, mask = scores_and_mask()
    for low in (0, -30):
        weights = masked_weights(scores + low, mask)
        require(np.min(weights) >= 0, "A weight is negative.")
        require_close(np.sum(weights, axis=-1), np.ones(3), "A row of the weights does not sum to 1.")


def weights_leak(masked_weights):
    """A forbidden key gets no weight, and whatever its score is, huge or infinite, no weight changes."""
    scores, mask = scores_and_mask()
    before = masked_weights(scores, mask)
    require_close(before * ~mask, np.zeros((3, 5)), "A forbidden key has got a weight.")
    for score in (1e12, -1e12, 3):
        new = masked_weights(np.where(mask, scores, score), mask)
        require_close(new, before, "A forbidden score has changed a weight.")


def weights_order(masked_weights):
    """With the columns of scores and mask in another order, the weights come in that order."""
    (scores, mask), new = scores_and_mask(), [2, 0, 4, 1, 3]
    moved = masked_weights(scores[:, new], mask[:, new])
    require_close(moved, masked_weights(scores, mask)[:, new], "A weight does not move with its key.")


def weights_shift(masked_weights):
    """The same added to all scores of a row, in each row something else, changes no weight."""
    scores, mask = scores_and_mask()
    moved = masked_weights(scores + [[-30], [3], [30]], mask)
    require_close(moved, masked_weights(scores, mask), "The same was added to all scores of a row, and a weight has changed.")


def weights_of_forbidden_row(masked_weights):
    """A query that may look at nobody gets weights of 0, alone or among others, which do not notice."""
    scores, mask = scores_and_mask()
    for sees in ([[True], [False], [True]], [[False]] * 3):
        new = masked_weights(scores, mask & sees)
        right = masked_weights(scores, mask) * sees
        require_close(new, right, "A query that may look at nobody must get 0, and no other may change.")


def weights_in_a_batch(masked_weights):
    """A batch of texts and heads gives what each gives alone."""
    scores, mask = scores_and_mask(2, 4)
    weights = masked_weights(scores, mask)
    for text, head in np.ndindex(2, 4):
        alone = masked_weights(scores[text, head], mask[text, head])
        require_close(weights[text, head], alone, "In a batch the weights are not what they are alone.")


def weights_by_a_loop(masked_weights):
    """On one tiny case it gives what the definition gives, number by number. A triangle would hide other keys than this mask."""
    scores, mask = np.array([[1, 3, 2], [0, 2, 1]]), np.array([[True, False, True], [False, True, True]])
    weights = masked_weights(scores, mask)
    for i in range(2):
        shares = [math.exp(scores[i, j]) * mask[i, j] for j in range(3)]
        right = [share / sum(shares) for share in shares]
        require_close(weights[i], right, "On a tiny case a weight is not what the definition gives.")


# rotate(X, first=0) → X turned

def position_0(rotate):
    """The row at position 0 stays as it is, and no other does."""
    X = whole(5, 3, 6) + 0.5
    require_close(rotate(X)[0], X[0], "The row at position 0 has been turned.")
    require_close(rotate(X, 0)[0], X[0], "The row at position 0 has been turned.")


def lengths(rotate):
    """A pair of neighbours is a hand of a clock: turned, it is as long as before."""
    X = whole(6, 4, 6) + 0.5
    before, after = (np.hypot(Y[:, 0::2], Y[:, 1::2]) for Y in (X, np.asarray(rotate(X, 3))))
    require_close(after, before, "A pair of columns has not kept its length.")


def pairs(rotate):
    """A pair depends on nothing but itself: another pair may be anything."""
    X = whole(7, 4, 6) + 0.5
    other = X + [0, 0, 5, -3, 0, 0]
    require_close(rotate(other)[:, [0, 1, 4, 5]], rotate(X)[:, [0, 1, 4, 5]], "A pair of columns depends on another pair.")


def distance(rotate):
    """Scores of turned queries and keys depend on how far apart they stand, not on where."""
    Q, K = whole(8, 4, 6) + 0.5, whole(9, 4, 6) + 0.5
    scores, later = (rotate(Q, first) @ rotate(K, first).mT for first in (0, 50))
    require_close(later, scores, "A score has changed though query and key stand as far apart as before.")


def continued(rotate):
    """The second part of a text, begun where it stands, gives what it gives in the whole text."""
    X = whole(10, 5, 6) + 0.5
    require_close(rotate(X[2:], 2), rotate(X)[2:], "A part of a text does not give what it gives in the whole.")


def rotate_a_batch(rotate):
    """A batch of texts and heads gives what each gives alone."""
    X = whole(11, 2, 3, 4, 6) + 0.5
    for text, head in np.ndindex(2, 3):
        require_close(rotate(X, 1)[text, head], rotate(X[text, head], 1), "In a batch a table is not what it is alone.")


def one_turn(rotate):
    """On one tiny case of whole numbers it gives what the definition gives: x = 1, y = 0 at position 2, in both pairs."""
    slow = 2 / math.sqrt(100000)
    right = [[math.cos(2), math.sin(2), math.cos(slow), math.sin(slow)]]
    require_close(rotate(np.array([[1, 0, 1, 0]]), 2), right, "On a tiny case a number is not what the definition gives.")


ATTENTION = {"sums": sums, "n_k ≠ n_q": sizes, "leak": leak, "order of the keys": order, "shift": shift,
             "forbidden row": forbidden_row, "two batch axes": two_batch_axes, "one tiny case": loop}
MASKED_WEIGHTS = {"sums": weights_sum, "leak": weights_leak, "order of the keys": weights_order, "shift": weights_shift,
                  "forbidden row": weights_of_forbidden_row, "two batch axes": weights_in_a_batch,
                  "one tiny case": weights_by_a_loop}
ROTATE = {"position 0": position_0, "lengths": lengths, "pairs": pairs, "only the distance": distance, "continued": continued,
          "two batch axes": rotate_a_batch, "one tiny case": one_turn}
PROPERTIES = {"attention": ATTENTION, "masked_weights": MASKED_WEIGHTS, "rotate": ROTATE}
