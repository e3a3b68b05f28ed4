"""The chain of the course as data: its matrices, line by line, and for each how its numbers arise from those before it."""
from dataclasses import dataclass

import numpy as np

from course_lib.examples import make_pocket
from course_lib.steps import apply_mask, attention, causal_mask, scale, score, softmax, weighted_sum

SCORES = "What one token asks, a row of Q, times what another offers, a row of K."
MASK = "A token sees itself and what stands before it."
SHARES = "Each score becomes a power of e; divided by their sum, they are shares of 1."
SUM = "Each value times its weight, all added up."


@dataclass
class Matrix:
    """One matrix of a chain; its rows are tokens.

    name     as it is called in the lessons
    values   (n_rows, n_columns)
    step     the step of the course that makes it; "" for what is given, which is not drawn
    rule     how an entry arises: "sum", "product", "product of rows", "quotient", "mask", "softmax", "masked softmax",
             "side by side"; "" for what is given
    of       the names of the matrices that it arises from
    by       what a quotient divides by, as it is written
    note     where the numbers come from that are not drawn, or why the rule is there
    columns  names of the columns; numbers if there are none
    """

    name: str
    values: np.ndarray
    step: str = ""
    rule: str = ""
    of: tuple = ()
    by: str = ""
    note: str = ""
    columns: tuple = ()

    def data(self):
        """The same for a page; JSON has no −∞, so null stands for it."""
        values = [[float(x) if np.isfinite(x) else None for x in row] for row in self.values]
        return vars(self) | {"values": values, "columns": self.columns or [f"number {j}" for j in range(self.values.shape[1])]}


def one_head(tokens):
    """The pocket example, or a sentence of one's own in its numbers, from the words to the next word. → lines of Matrix"""
    pocket = make_pocket(tokens)
    scores = score(pocket.Q, pocket.K)
    masked_scores = apply_mask(scale(scores, 2), causal_mask(len(tokens)))
    weights = softmax(masked_scores)
    return [
        [*_embeddings(pocket),
         *(Matrix(f"W_{name}", getattr(pocket, f"W_{name}")) for name in "QKV"),
         *(Matrix(name, getattr(pocket, name), "QKV", "product", ("X", f"W_{name}"), note=_learned(f"W_{name}"))
           for name in "QKV"),
         Matrix("scores", scores, "Scores", "product of rows", ("Q", "K"), note=SCORES, columns=pocket.labels),
         Matrix("scaled scores", scale(scores, 2), "Scaling", "quotient", ("scores",), "√2",
                "A key has 2 numbers, so the divisor is √2.", pocket.labels)],
        [Matrix("masked scores", masked_scores, "Masking", "mask", ("scaled scores",), "", MASK, pocket.labels),
         Matrix("weights", weights, "Softmax", "softmax", ("masked scores",), "", SHARES, pocket.labels),
         Matrix("output", weighted_sum(weights, pocket.V), "Weighted sum", "product", ("weights", "V"), "", SUM),
         *_next_word(pocket, "output", weighted_sum(weights, pocket.V))]]


def two_heads(tokens):
    """The same with each column of Q, K and V as a head of its own, as in notebook 08. → lines of Matrix"""
    pocket, lines, outputs = make_pocket(tokens), [], []
    for head, i in enumerate("₀₁"):
        W_Q, W_K, W_V, Q, K, V = (getattr(pocket, name)[:, [head]] for name in ("W_Q", "W_K", "W_V", "Q", "K", "V"))
        output, weights = attention(Q, K, V, causal_mask(len(tokens)))
        given = [Matrix(f"W_{name}{i}", W) for name, W in zip("QKV", (W_Q, W_K, W_V), strict=True)]
        projected = [Matrix(name + i, values, "QKV", "product", ("X", f"W_{name}{i}"), note=_learned(f"W_{name}{i}"))
                     for name, values in zip("QKV", (Q, K, V), strict=True)]
        lines.append([*given, *projected,
                      Matrix(f"scores{i}", score(Q, K), "Scores", "product of rows", (f"Q{i}", f"K{i}"), "", SCORES,
                             pocket.labels),
                      Matrix(f"weights{i}", weights, "Softmax", "masked softmax", (f"scores{i}",), "", SHARES, pocket.labels),
                      Matrix(f"output{i}", output, "Weighted sum", "product", (f"weights{i}", f"V{i}"), "", SUM)])
        outputs.append(output)
    both = np.hstack(outputs)
    lines[0] = [*_embeddings(pocket), *lines[0]]
    lines[1] += [Matrix("both heads", both, "Multi-head", "side by side", ("output₀", "output₁")),
                 *_next_word(pocket, "both heads", both)]
    return lines


def _embeddings(pocket):
    rows = pocket.E_token[pocket.ids]
    return [Matrix("token rows", rows), Matrix("position rows", pocket.E_pos),
            Matrix("X", rows + pocket.E_pos, "Embeddings", "sum", ("token rows", "position rows"),
                   note="The row of the word, and the row of its place.", columns=(*pocket.vocabulary, "odd place"))]


def _next_word(pocket, source, output):
    return [Matrix("W_U", pocket.W_U),
            Matrix("next word", output @ pocket.W_U, "Next word", "product", (source, "W_U"), note=_learned("W_U"),
                   columns=pocket.next_words)]


def _learned(name):
    return f"The second numbers stand in a column of {name}, which a model learns."
