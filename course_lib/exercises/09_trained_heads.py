"""Notebook 09: the answers, and the inputs that tell them from the mistakes. All words stand in 09_trained_heads.md."""
import numpy as np

from course_lib.exercises.exercise import Exercise, uneven, whole
from course_lib.steps import softmax


def surprise(probabilities, letters):
    """The mean of −log of what each letter was given: (..., n, vocab_size), (..., n) → number"""
    given = np.take_along_axis(probabilities, letters[..., None], axis=-1)
    return -np.log(given).mean()


def numerical_gradient(f, x):
    """How f grows with each number of x, by a small step to both sides: f, x of any shape → the same shape"""
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = 1e-5
        gradient[i] = (f(x + step) - f(x - step)) / (2 * step[i])
    return gradient


def product_gradients(A, B, g):
    """The way back through A @ B: (..., n, m), (..., m, k), g (..., n, k) → g_A, g_B, of the shapes of A and B"""
    return g @ B.mT, A.mT @ g


def softmax_gradient(weights, g):
    """The way back through softmax: (..., n_k), g (..., n_k) → (..., n_k)"""
    mean = (weights * g).sum(axis=-1, keepdims=True)
    return weights * (g - mean)


def layer_norm(X):
    """Every row gets mean 0 and standard deviation 1: (..., d_model) → (..., d_model)"""
    mean = X.mean(axis=-1, keepdims=True)
    variance = X.var(axis=-1, keepdims=True)
    return (X - mean) / np.sqrt(variance + 1e-5)


def previous_token_score(weights):
    """The mean weight on the token just before, from the second token on: (..., n, n) → (...)"""
    return np.diagonal(weights, -1, axis1=-2, axis2=-1).mean(axis=-1)


def induction_score(weights, period):
    """The mean weight on what came after the same token one word earlier: (..., n, n), number → (...)"""
    token = np.arange(period, weights.shape[-1])
    return weights[..., token, token - period + 1].mean(axis=-1)


def formula(text):
    """The function of an array x of any shape that a text writes down; in messages it is shown as that text."""
    function = eval(f"lambda x: {text}", {"np": np, "softmax": softmax})
    function.__name__ = f"lambda x: {text}"
    return function


def shares(seed, *shape, causal=False):
    """Rows of weights that sum to 1, all different; behind a causal mask, if wanted."""
    numbers = np.random.default_rng(seed).uniform(0.05, 1, shape)
    numbers = np.tril(numbers) if causal else numbers
    return numbers / numbers.sum(axis=-1, keepdims=True)


def letters(seed, high, *shape):
    """Ids below `high`."""
    return np.random.default_rng(seed).integers(high, size=shape)


SQUARES, PRODUCT, STEEP = formula("(x**2).sum()"), formula("x.prod()"), formula("1e8 * x.sum()**2")
TOTAL, SIZES = (formula(f"({x} * np.arange(1, x.size + 1).reshape(x.shape)).sum()") for x in ("x", "abs(x)"))
SHARE = formula("np.log(softmax(x)[..., 0]).sum()")
WEIGHTS = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.0, 0.2, 0.8]])
HEADS = np.array([[[8, 0, 0], [1, 7, 0], [0, 3, 5]], [[8, 0, 0], [6, 2, 0], [2, 5, 1]], [[8, 0, 0], [8, 0, 0], [4, 0, 4]],
                  [[8, 0, 0], [3, 5, 0], [6, 1, 1]]]) / 8
NEARLY_CONSTANT = np.array([[0, 4, -2, 2], [2, 2, 2, 2], [10, 0, 3, -30], [0.11, 0, -0.23, 0.34]]) / 1000

EXERCISES = [
    Exercise(surprise, inputs=[
        ([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]], [0, 1]), ([[0.125, 0.125, 0.5, 0.25]], [3]),
        (shares(901, 4, 5), [4, 0, 2, 2]), (shares(902, 2, 3, 5), letters(903, 5, 2, 3)),
        (shares(904, 3, 2, 4, 6), letters(905, 6, 3, 2, 4)), ([[0.5, 1e-30, 0.5], [0.25, 0.25, 0.5]], [1, 2]),
        ([[0.0, 0.75, 0.25], [0.5, 0.5, 0.0], [0.1, 0.3, 0.6]], [1, 0, 2]),
        ([[0.0, 1.0], [0.25, 0.75]], [0, 1]), ([[0.00075, 0.99925]], [1]),
        (shares(908, 2, 1, 4), [[1], [3]]), ([[1.0]], [0]), (np.ones((2, 1)), [0, 0])]),
    Exercise(numerical_gradient, inputs=[
        (SQUARES, [1.0, 2.0, -3.0, 0.5]), (SIZES, np.zeros((3, 2))), (PRODUCT, [[1.0, 2.0, 3.0], [-1.0, 0.5, 4.0]]),
        (formula("(x**3).sum()"), [[0.1, 1.0], [2.0, -0.5], [0.25, 3.0]]), (TOTAL, np.zeros((3, 2))),
        (PRODUCT, [[3, 1], [2, 5]]), (SHARE, whole(906, 2, 3, 4) / 4), (STEEP, [0.5, -1.5, 1.0]), (STEEP, [[0.375, -1.5, 2.5]]),
        (SHARE, (whole(907, 3, 2) / 4).astype(np.float32)), (SQUARES, [[[2.5]]])]),
    Exercise(product_gradients, inputs=[
        ([[1.0, 2.0], [0.0, 1.0]], [[3.0, 0.0], [1.0, -1.0]], [[1.0, 0.0], [2.0, 1.0]]),
        (whole(911, 2, 3), whole(912, 3, 4), whole(913, 2, 4)),
        (whole(914, 3, 3), whole(915, 3, 3).astype(int), whole(916, 3, 3)),
        (whole(917, 5, 2, 3) / 2, whole(918, 5, 3, 4), whole(919, 5, 2, 4) / 4),
        (whole(920, 2, 3, 4, 5), whole(921, 2, 3, 5, 6), whole(922, 2, 3, 4, 6)),
        (uneven(923, 3, 4), whole(924, 4, 2), whole(925, 3, 2)), (whole(926, 3, 4), uneven(927, 4, 2), whole(928, 3, 2)),
        (whole(929, 3, 4), whole(930, 4, 2), uneven(931, 3, 2)), ([[2.0]], [[5.0, -1.0, 3.0]], [[3.0, 1.0, 2.0]])]),
    Exercise(softmax_gradient, inputs=[
        ([[0.25, 0.75], [0.5, 0.5]], [[4.0, 0.0], [1.0, 3.0]]), ([0.0, 1.0, 0.0], [2.0, 5.0, -1.0]),
        (WEIGHTS[:2], [[3.0, -1.0, 2.0], [5.0, 1.0, 0.0]]), (WEIGHTS, whole(932, 3, 3) / 8),
        (WEIGHTS, whole(933, 3, 3).astype(int)), (shares(934, 2, 3, 4), whole(935, 2, 3, 4)),
        (shares(936, 2, 3, 4, 5), whole(937, 2, 3, 4, 5) / 2), (shares(938, 3, 4), uneven(939, 3, 4)), ([[1.0]], [[7.0]]),
        ([[0.0, 0.0], [0.5, 0.5]], [[3.0, 1.0], [-20000.0, 2.0]]), (WEIGHTS[0], [-0.0081, -0.00067, 0.00082]),
        (np.ones((2, 3, 1)), whole(940, 2, 3, 1))]),
    Exercise(layer_norm, inputs=[
        ([[1.0, 2.0, 6.0], [0.0, 4.0, 2.0]],), (whole(941, 3, 3),), (whole(942, 3, 5).astype(int),), (NEARLY_CONSTANT,),
        (whole(943, 2, 3, 4) / 2,), (whole(944, 2, 3, 4, 5),), (uneven(945, 3, 4),), ([[7.0], [-2.0]],),
        ([1.0, 2.0, 2.0, 5.0],)]),
    Exercise(previous_token_score, inputs=[
        (HEADS,), ([[1.0, 0.0, 0.0], [0.75, 0.25, 0.0], [0.25, 0.5, 0.25]],), (shares(951, 2, 3, 3, causal=True),),
        (shares(952, 4, 4),), (shares(953, 2, 3, 5, 5, causal=True),), (shares(954, 5, 3, 4, 4),), (shares(955, 2, 3, 4, 6, 6),),
        ([[1.0, 0.0], [0.875, 0.125]],), (shares(956, 1, 2, 3, 3),)]),
    Exercise(induction_score, inputs=[
        (HEADS, 2), (np.array([[4, 0, 0, 0], [1, 3, 0, 0], [0, 2, 2, 0], [0, 0, 3, 1]]) / 4, 2),
        (shares(961, 7, 7, causal=True), 3),
        (shares(962, 2, 6, 6, causal=True), 2), (shares(963, 2, 3, 8, 8, causal=True), 3), (shares(964, 3, 9, 9), 4),
        (shares(965, 2, 3, 4, 7, 7), 5), (shares(966, 4, 4), 3), (shares(967, 1, 2, 5, 5), 3)]),
]
