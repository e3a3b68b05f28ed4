"""Notebook 11: the answers, and the inputs that tell them from the mistakes. All words stand in 11_long_contexts.md."""
import numpy as np

from course_lib.exercises.exercise import Exercise, uneven, whole
from course_lib.steps import attention, causal_mask, softmax


def cache_bytes(n_tokens, n_layers, n_kv_heads, d_k, bytes_each):
    """A key and a value for every token, layer and key/value head: five numbers → a number"""
    numbers = n_tokens * n_layers * n_kv_heads * 2 * d_k
    return numbers * bytes_each


def one_step(q, K, V, k, v):
    """Keep the new key and value, then attend to all: (..., 1, d_k), (..., n, d_k), (..., n, d_v), (..., 1, d_k), (..., 1, d_v)
    → output (..., 1, d_v), K (..., n + 1, d_k), V (..., n + 1, d_v)"""
    K = np.concatenate([K, k], axis=-2)
    V = np.concatenate([V, v], axis=-2)
    output, weights = attention(q, K, V)
    return output, K, V


def window_mask(n, size, sink):
    """The last `size` keys, and the first `sink` of the text, none after the query: three numbers → mask (n, n)"""
    i, j = np.arange(n)[:, None], np.arange(n)
    near = i - j < size
    return (j <= i) & (near | (j < sink))


def receptive_field(layers, size):
    """How many of the last tokens can have had a part in the newest output: two numbers → a number"""
    return 1 + layers * (size - 1)


def merge_blocks(m1, s1, o1, m2, s2, o2):
    """Two blocks of keys as one: largest score and sum (..., n_q, 1), weighted values (..., n_q, d_v), of each → m, s, o"""
    m = np.maximum(m1, m2)
    first, second = np.exp(m1 - m), np.exp(m2 - m)
    return m, s1 * first + s2 * second, o1 * first + o2 * second


def cross_attention(X, memory, W_Q, W_K, W_V):
    """Queries from one text, keys and values from another: (..., n_q, d_model), (..., n_k, d_model), three W → (..., n_q, d_v)"""
    Q, K, V = X @ W_Q, memory @ W_K, memory @ W_V
    weights = softmax(Q @ K.mT / np.sqrt(Q.shape[-1]))
    return weights @ V


def step(seed, *batch, n=3, d_k=4, d_v=5):
    """Arguments of one_step, of small whole numbers: q, K, V, k, v."""
    shapes = (1, d_k), (n, d_k), (n, d_v), (1, d_k), (1, d_v)
    return tuple(whole(10 * seed + i, *batch, *shape, low=-2, high=2) for i, shape in enumerate(shapes))


def blocks(seed, *batch, n_q=3, d_v=4):
    """Arguments of merge_blocks: scores of eighths, sums above 0, values."""
    drawn = []
    for i in (0, 1):
        m, s, o = (whole(10 * seed + 3 * i + j, *batch, n_q, n) for j, n in enumerate((1, 1, d_v)))
        drawn += [m / 2, abs(s) + 1, o]
    return tuple(drawn)


def two_texts(seed, *batch, n_q=2, n_k=3, d_model=4, d_k=2, d_v=5):
    """Arguments of cross_attention."""
    X, memory = whole(seed, *batch, n_q, d_model, low=-2, high=2), whole(seed + 1, *batch, n_k, d_model, low=-2, high=2)
    return X, memory, *(whole(seed + 2 + i, d_model, d, low=-1, high=1) for i, d in enumerate((d_k, d_k, d_v)))


def broken(arrays):
    """The same divided by seven: whoever rounds, it shows."""
    return tuple(A / 7 for A in arrays)


NEW = ([[2.0, 3.0]], [[1.0, 0.0], [3.0, 1.0], [0.0, 3.0]], [[0.0, 0.0], [4.0, 1.0], [2.0, 2.0]], [[2.0, 0.0]], [[6.0, -3.0]])

EXERCISES = [
    Exercise(cache_bytes, inputs=[(1, 2, 3, 4, 2), (100, 5, 3, 8, 2), (7, 11, 1, 64, 4), (4096, 32, 8, 128, 1), (0, 4, 3, 16, 2),
                                  (3, 1, 5, 6, 8), (13, 9, 2, 10, 2)]),
    Exercise(one_step, inputs=[
        NEW, step(1), step(2, 2, n=5), step(3, 2, 3, n=4, d_k=5, d_v=2), step(4, n=0), step(5, 1, n=1, d_k=1, d_v=3),
        step(6, n=2, d_k=3, d_v=3), tuple(A.astype(int) for A in step(7)), step(8, 2, 3, 4, n=2, d_k=3, d_v=1),
        broken(step(9)), broken(step(10, 4, n=2)), (*step(11)[:2], uneven(12, 3, 5), step(11)[3], uneven(13, 1, 5)),
        step(14, 4, 5, n=3)]),
    Exercise(window_mask, inputs=[(4, 2, 1), (6, 3, 0), (7, 2, 3), (1, 1, 0), (5, 9, 1), (5, 1, 0), (6, 1, 2), (3, 2, 8)]),
    Exercise(receptive_field, inputs=[(2, 3), (1, 5), (3, 4), (0, 7), (5, 1), (12, 9), (4, 2)]),
    Exercise(merge_blocks, inputs=[
        ([[0.0]], [[1.0]], [[4.0, 1.0]], [[1.0]], [[2.0]], [[2.0, 2.0]]), blocks(1), blocks(2, n_q=2, d_v=3),
        blocks(3, 2, n_q=4, d_v=1),
        ([[1000.0]], [[1.5]], [[2.0, 4.0]], [[1001.0]], [[3.0]], [[1.0, 5.0]]),
        ([[-np.inf], [3.0]], [[0.0], [2.0]], [[0.0, 0.0], [1.0, 2.0]], [[2.0], [5.0]], [[1.5], [1.0]], [[6.0, 3.0], [4.0, 4.0]]),
        blocks(4, 2, 3, n_q=2, d_v=2), broken(blocks(5)), broken(blocks(6, 2)),
        (*blocks(7)[:2], uneven(1, 3, 4), *blocks(7)[3:5], uneven(2, 3, 4)),
        ([[2.0]], [[3 / 12000]], [[1.0, 3.0]], [[1.75]], [[7 / 12000]], [[2.0, -2.0]]),
        ([[2.0]], [[35012.0]], [[1.0, 3.0]], [[1.75]], [[21007.0]], [[2.0, -2.0]]),
        ([[-800.0]], [[1.5]], [[2.0]], [[-801.0]], [[3.0]], [[7.0]])]),
    Exercise(cross_attention, inputs=[
        ([[1.0, 0.0], [0.0, 1.0]], [[1.0, 2.0], [3.0, 0.0], [1.0, 1.0]], [[1.0, 0.0], [0.0, 2.0]], [[0.0, 1.0], [1.0, 0.0]],
         [[1.0, 2.0, 0.0], [3.0, 0.0, 1.0]]),
        two_texts(10), two_texts(20, n_q=3, n_k=3, d_model=5, d_k=4, d_v=4),
        two_texts(30, 2, n_q=4, n_k=3, d_model=5, d_k=3, d_v=2),
        two_texts(40, 2, 3, n_q=1, n_k=4, d_model=2, d_k=5, d_v=3), two_texts(50, n_q=5, n_k=1, d_model=3, d_k=4, d_v=2),
        tuple(A.astype(int) for A in two_texts(60, n_q=2, n_k=4, d_model=4, d_k=3)),
        (300 * whole(70, 2, 3), whole(71, 4, 3), whole(72, 3, 2), whole(73, 3, 2), uneven(74, 3, 2)),
        broken(two_texts(80)), broken(two_texts(90, 2, n_k=4)), broken(two_texts(95, 4, n_q=3, d_k=3)),
        ([[1.0], [2.0]], [[0.75], [-0.375]], [[-1.0, 2.0]], [[2.0, 1.0]], [[3.0]])]),
]
