"""How heads learn: a task, a small language model made of the steps, the way back through them, and training. Notebook 09.

A gradient has the shape of what it belongs to: an entry says by how much the loss would grow for each unit by which that number
grows. `g` is the gradient of what a step gave; `g_X` is what the step hands back to its X. Going forward, a part of the model
returns its result and a function `back`, which turns `g` into `g_X` and the gradients of the part's parameters.

Parameters are a dict of arrays. Those of the layers have the layer as their first axis: `P["W_Q"]` is (n_layers, n_heads,
d_model, d_k). NumPy only.
"""
import math

import numpy as np

from course_lib.steps import attention, causal_mask, embed, merge_heads, project, softmax, split_heads

LETTERS = "abcdefghijklmnop"
SEQ_LEN, SHORTEST, LONGEST = 24, 5, 12
LAYER = ("W_Q", "W_K", "W_V", "W_O", "W_1", "W_2")


# The task

def repeated_words(rng, n):
    """Sequences of 24 letters: a random word of 5 to 12 letters, said again and again.

    → ids (n, 24), periods (n, 1), the number of letters of each word
    """
    periods = rng.integers(SHORTEST, LONGEST + 1, size=(n, 1))
    words = rng.integers(len(LETTERS), size=(n, LONGEST))
    return np.take_along_axis(words, np.arange(SEQ_LEN) % periods, axis=1), periods


def can_be_known(periods):
    """Whether the letter after each position follows from what was said, if one knows that the word has begun again: it has, at
    or before this position.

    periods (n, 1) → (n, 23), boolean
    """
    return np.arange(SEQ_LEN - 1) >= periods


# The way back through the steps

def by_nudging(step, *inputs, g):
    """The gradients of a step's inputs without a formula: nudge every number up and down, and see what (g · result).sum() does.

    step takes the inputs, g is of the shape of its result → a list, a gradient of the shape of each input
    """
    gradients = [np.zeros(np.shape(matrix)) for matrix in inputs]
    for i, gradient in enumerate(gradients):
        for place in np.ndindex(gradient.shape):
            nudged = [np.array(matrix, dtype=np.float64) for matrix in inputs]
            nudged[i][place] += 1e-5
            up = (g * step(*nudged)).sum()
            nudged[i][place] -= 2e-5
            gradient[place] = (up - (g * step(*nudged)).sum()) / 2e-5
    return gradients


def product_gradients(A, B, g):
    """The way back through C = A @ B. What broadcasting has copied gets the sum over its copies.

    A (..., n, m), B (..., m, k), g (..., n, k) → g_A, g_B, of the shapes of A and B
    """
    return _summed(g @ B.mT, A.shape), _summed(A.mT @ g, B.shape)


def softmax_gradient(weights, g):
    """The way back through softmax: a score's price is its weight times (the weight's price − the row's mean price).

    weights (..., n_k), g (..., n_k) → g_scores (..., n_k); a forbidden key has the weight 0 and gets the gradient 0
    """
    return weights * (g - (weights * g).sum(axis=-1, keepdims=True))


def attention_gradients(Q, K, V, weights, g):
    """The way back through weighted sum, softmax, mask, scaling and scores.

    Q, K, V, weights as `attention` takes and gives them, g (..., n_q, d_v) → g_Q, g_K, g_V
    """
    g_weights, g_V = product_gradients(weights, V, g)
    g_scores = softmax_gradient(weights, g_weights) / math.sqrt(Q.shape[-1])
    g_Q, g_KT = product_gradients(Q, K.mT, g_scores)
    return g_Q, g_KT.mT, g_V


def embed_gradients(ids, E_token, E_pos, g):
    """The way back through `embed`: every row that was looked up gets the sum of what its copies are handed.

    ids (n, seq_len), g (n, seq_len, d_model) → g_E_token, g_E_pos
    """
    g_E_token, g_E_pos = np.zeros_like(E_token), np.zeros_like(E_pos)
    np.add.at(g_E_token, ids, g)
    g_E_pos[:ids.shape[-1]] = g.sum(axis=0)
    return g_E_token, g_E_pos


def _summed(g, shape):
    """Add up the axes along which an array of this shape was broadcast."""
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1), keepdims=True)


# The parts of the model

def attend(X, layer, mask, divisor=None):
    """Multi-head attention, with the course's own steps; what divides the scores is √d_k, if no divisor is given.

    → change (n, seq_len, d_model), weights, back
    """
    Q, K, V = (project(X, layer[name]) for name in LAYER[:3])
    stretch = 1 if divisor is None else math.sqrt(Q.shape[-1]) / divisor        # `attention` will divide by the root
    Q = stretch * Q
    outputs, weights = attention(Q, K, V, mask)
    concat = merge_heads(outputs)

    def back(g):
        g_concat, g_W_O = product_gradients(concat, layer["W_O"], g)
        g_Q, *others = attention_gradients(Q, K, V, weights, split_heads(g_concat, len(layer["W_Q"])))
        parts = stretch * g_Q, *others
        pairs = [product_gradients(X[:, None], layer[name], g) for name, g in zip(LAYER[:3], parts, strict=True)]
        return sum(g_X[:, 0] for g_X, _ in pairs), dict(zip(LAYER[:3], (g_W for _, g_W in pairs), strict=True), W_O=g_W_O)

    return concat @ layer["W_O"], weights, back


def mlp(X, layer):
    """A small network for every token alone: into d_hidden numbers, the negative ones become 0, and back. → change, back"""
    hidden = np.maximum(X @ layer["W_1"], 0)

    def back(g):
        g_hidden, g_W_2 = product_gradients(hidden, layer["W_2"], g)
        g_X, g_W_1 = product_gradients(X, layer["W_1"], g_hidden * (hidden > 0))
        return g_X, {"W_1": g_W_1, "W_2": g_W_2}

    return hidden @ layer["W_2"], back


def layer_norm(X):
    """Every row is moved and stretched to mean 0 and standard deviation 1.  → normed X, back

    Source: Ba, Kiros, Hinton 2016, arXiv 1607.06450, without the learned gain and bias.
    """
    spread = np.sqrt(X.var(axis=-1, keepdims=True) + 1e-5)
    normed = (X - X.mean(axis=-1, keepdims=True)) / spread

    def back(g):
        return (g - g.mean(axis=-1, keepdims=True) - normed * (g * normed).mean(axis=-1, keepdims=True)) / spread

    return normed, back


# The model

def start(rng, n_layers=2, n_heads=2, d_model=32, d_hidden=0, previous=False):
    """Random parameters to begin with; d_hidden 0 means no MLP, previous a table by which X holds the previous letter, too."""
    d_k, n_letters = d_model // n_heads, len(LETTERS)
    to_heads = (n_layers, n_heads, d_model, d_k)
    shapes = {"E_token": (n_letters, d_model), "E_pos": (SEQ_LEN, d_model), "W_Q": to_heads, "W_K": to_heads, "W_V": to_heads,
              "W_O": (n_layers, d_model, d_model), "W_1": (n_layers, d_model, d_hidden), "W_2": (n_layers, d_hidden, d_model),
              "W_U": (d_model, n_letters)} | ({"E_previous": (n_letters, d_model)} if previous else {})
    return {name: rng.normal(0, 0.02, shape).astype(np.float32) for name, shape in shapes.items()}


def forward(ids, P, residual=True, norm=True, causal=True, divisor=None):
    """From letters to a score for every next letter, through layers of attention and, if there is one, MLP.

    ids (n, seq_len), P → logits (n, seq_len, 16), weights (n_layers, n, n_heads, seq_len, seq_len), back

    residual  whether a part's change is added to what was there, or replaces it
    norm      whether every part reads its rows through layer norm
    causal    whether a letter may look only at itself and at what came before it
    divisor   what the scores are divided by, in place of √d_k
    """
    X, mask = embed(ids, P["E_token"], P["E_pos"]), causal_mask(ids.shape[-1]) if causal else None
    if "E_previous" in P:
        X[:, 1:] += P["E_previous"][ids[:, :-1]]
    all_weights, backs = [], []
    normed = layer_norm if norm else lambda X: (X, lambda g: g)
    for i in range(len(P["W_Q"])):
        layer = {name: P[name][i] for name in LAYER}
        H, back_norm = normed(X)
        change, weights, back = attend(H, layer, mask, divisor)
        X = X + change if residual else change
        all_weights.append(weights)
        backs.append((i, back, back_norm))
        if P["W_1"].shape[-1]:
            H, back_norm = normed(X)
            change, back = mlp(H, layer)
            X = X + change if residual else change
            backs.append((i, back, back_norm))
    H, last_norm = normed(X)

    def back_through_all(g):
        G = {name: np.zeros_like(matrix) for name, matrix in P.items()}
        g, G["W_U"] = product_gradients(H, P["W_U"], g)
        g = last_norm(g)
        for i, back, back_norm in reversed(backs):
            g_H, gradients = back(g)
            g = back_norm(g_H) + g if residual else back_norm(g_H)
            for name, gradient in gradients.items():
                G[name][i] = gradient
        G["E_token"], G["E_pos"] = embed_gradients(ids, P["E_token"], P["E_pos"], g)
        if "E_previous" in P:
            np.add.at(G["E_previous"], ids[:, :-1], g[:, 1:])
        return G

    return H @ P["W_U"], np.stack(all_weights), back_through_all


def cross_entropy(logits, ids):
    """The mean surprise, −log of the probability that each next letter was given, and its gradient.

    logits (n, seq_len, 16), ids (n, seq_len) → loss in nats a letter, g (n, seq_len, 16)
    """
    probabilities, letters = softmax(logits[:, :-1]), ids[:, 1:, None]
    given = np.take_along_axis(probabilities, letters, axis=-1)
    g = np.zeros_like(logits)
    g[:, :-1] = probabilities
    np.put_along_axis(g[:, :-1], letters, given - 1, axis=-1)
    return -np.log(given).mean(), g / given.size


# Training

def train(P, rng, n_steps, batch=32, rate=5e-3, **parts):
    """Change P, in place, step by step; yields the step, the loss, and the accuracy.

    The optimizer is Adam (Kingma and Ba 2015, arXiv 1412.6980): every number moves against the mean of its latest
    gradients, divided by their usual size: by `rate` or, where they disagree, by less. `rate` rises over the first
    100 steps and then falls to a tenth. `parts` are those of `forward`.
    """
    mean, square = ({name: np.zeros_like(matrix) for name, matrix in P.items()} for _ in range(2))
    for step in range(1, n_steps + 1):
        ids, periods = repeated_words(rng, batch)
        logits, _, back = forward(ids, P, **parts)
        loss, g = cross_entropy(logits, ids)
        now = rate * min(step / 100, 1 - 0.9 * step / n_steps)
        for name, gradient in back(g).items():
            mean[name] += 0.1 * (gradient - mean[name])
            square[name] += 0.01 * (gradient**2 - square[name])
            P[name] -= now * (mean[name] / (1 - 0.9**step)) / (np.sqrt(square[name] / (1 - 0.99**step)) + 1e-8)
        yield step, float(loss), accuracy(logits, ids, periods)


def ideal_loss():
    """The loss of a reader who knows how the texts are made, and nothing else: no model can have a lower one on average.

    A text is as surprising, as a whole, as the dice that made it: one of 8 lengths, then so many letters of 16. (A few texts can
    be made in two ways, a word of 10 being one of 5 said twice; they change the 7th decimal.) Its first letter is not guessed.
    """
    n_lengths, letters = LONGEST - SHORTEST + 1, (SHORTEST + LONGEST) / 2
    return (math.log(n_lengths) + (letters - 1) * math.log(len(LETTERS))) / (SEQ_LEN - 1)


def accuracy(logits, ids, periods):
    """The share of right first guesses where the next letter can be known, see `can_be_known`."""
    right = logits[:, :-1].argmax(axis=-1) == ids[:, 1:]
    return float(right[can_be_known(periods)].mean())


def guesses(text, P, **parts):
    """The first guess of each letter of a text, to stand below it: a capital if it is right; a dot for the first letter.

    text, a string of `LETTERS` → a string as long; `parts` are those of `forward`
    """
    ids = np.array([[LETTERS.index(letter) for letter in text]])
    said = [LETTERS[i] for i in forward(ids, P, **parts)[0][0, :-1].argmax(axis=-1)]
    return "." + "".join(guess.upper() if guess == letter else guess for guess, letter in zip(said, text[1:], strict=True))


def write(text, P, n, **parts):
    """Go on with a text, letter by letter: the first guess at its end is added, and then all is read again, n times.

    text, a string of `LETTERS` → the n letters; with text and what is written at most 25 letters. `parts` are those of `forward`
    """
    for _ in range(n):
        logits, _, _ = forward(np.array([[LETTERS.index(letter) for letter in text]]), P, **parts)
        text += LETTERS[logits[0, -1].argmax()]
    return text[-n:]


def measure(P, n=500, seed=1000, **parts):
    """Accuracy on new sequences, and each head's scores there. → accuracy, previous (n_layers, n_heads), induction, likewise"""
    ids, periods = repeated_words(np.random.default_rng(seed), n)
    logits, weights, _ = forward(ids, P, **parts)
    return accuracy(logits, ids, periods), *head_scores(weights, periods)


# What a head does, as a number

def previous_token_score(weights):
    """The mean weight that a token gives to the one just before it.

    weights (..., seq_len, seq_len) → the mean over tokens, (...)
    """
    return np.diagonal(weights, -1, axis1=-2, axis2=-1).mean(axis=-1)


def induction_score(weights, period):
    """The mean weight that a token of a repeated word gives to the token one word back and one place on.

    weights (..., seq_len, seq_len), the number of tokens in the word → the mean over tokens from the first repeated one on, (...)
    """
    token = np.arange(period, weights.shape[-1])
    return weights[..., token, token - period + 1].mean(axis=-1)


def head_scores(weights, periods):
    """Both scores of every head, as means over the sequences.

    weights (n_layers, n, n_heads, seq_len, seq_len), periods (n, 1) → previous (n_layers, n_heads), induction, likewise
    """
    induction = [induction_score(weights[:, i], period) for i, period in enumerate(periods[:, 0])]
    return previous_token_score(weights).mean(axis=1), np.mean(induction, axis=0)


def without(P, *heads):
    """The same parameters with some heads silenced: the rows of W_O through which they speak are 0. heads: (layer, head)"""
    d_v = P["W_V"].shape[-1]
    W_O = P["W_O"].copy()
    for layer, head in heads:
        W_O[layer, head * d_v:(head + 1) * d_v] = 0
    return {**P, "W_O": W_O}
