"""The chain of the course as data: its matrices, line by line, and for each how its numbers arise from those before it."""
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_lib.examples import make_pocket
from course_lib.learning import product_gradients, softmax_gradient
from course_lib.steps import apply_mask, attention, causal_mask, scale, score, softmax, weighted_sum

# Where the numbers of a matrix, or of all of a step, come from, if nothing else is said
NOTES = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


@dataclass
class Matrix:
    """One matrix of a chain; its rows are tokens, if nothing else is said.

    name     as it is called in the lessons
    values   (n_rows, n_columns)
    step     the step of the course that makes it; "" for what is given, which is not drawn
    rule     how an entry arises: "sum", "product", "product of rows", "quotient", "mask", "softmax", "masked softmax",
             "side by side", and on the way back "product of columns", "softmax of a column", "surprise", "share minus given",
             "softmax gradient"; "" for what is given
    of       the names of the matrices that it arises from
    by       what a quotient divides by, as it is written
    note     where the numbers come from that are not drawn, or why the rule is there; if not given, as NOTES has it
    columns  names of the columns; numbers if there are none
    rows     names of the rows; the tokens if there are none
    first    beside which row of its line its first row stands
    """

    name: str
    values: np.ndarray
    step: str = ""
    rule: str = ""
    of: tuple = ()
    by: str = ""
    note: str = ""
    columns: tuple = ()
    rows: tuple = ()
    first: int = 0

    def __post_init__(self):
        learned = [name.removeprefix("columns of ") for name in self.of if "W_" in name]
        self.note = self.note or NOTES.get(self.name) or NOTES.get(self.step) or "".join(
            f"The second numbers stand in a column of {name}, which a model learns." for name in learned)

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
    output, labels = weighted_sum(weights, pocket.V), pocket.labels
    return [
        [*_embeddings(pocket), *_matrices(pocket),
         *(Matrix(name, getattr(pocket, name), "QKV", "product", ("X", f"W_{name}")) for name in "QKV"),
         Matrix("scores", scores, "Scores", "product of rows", ("Q", "K"), columns=labels),
         Matrix("scaled scores", scale(scores, 2), "Scaling", "quotient", ("scores",), "√2", columns=labels)],
        [Matrix("masked scores", masked_scores, "Masking", "mask", ("scaled scores",), columns=labels),
         Matrix("weights", weights, "Softmax", "softmax", ("masked scores",), columns=labels),
         Matrix("output", output, "Weighted sum", "product", ("weights", "V")),
         Matrix("W_U", pocket.W_U),
         Matrix("next word", output @ pocket.W_U, "Next word", "product", ("output", "W_U"), columns=pocket.next_words)]]


def two_heads(tokens):
    """From the words to the output with each column of Q, K and V as a head of its own, as in notebook 08. → lines of Matrix

    W_O writes what each head finds into a new column of its own, *next: thing* or *next: action*; only these are drawn.
    """
    pocket, lines, findings = make_pocket(tokens), [], []
    labels = pocket.labels
    for head, i in enumerate("₀₁"):
        Q, K, V = (getattr(pocket, name)[:, [head]] for name in "QKV")
        finding, weights = attention(Q, K, V, causal_mask(len(tokens)))
        lines.append([
            *(Matrix(f"W_{name}{i}", getattr(pocket, f"W_{name}")[:, [head]]) for name in "QKV"),
            *(Matrix(name + i, values, "QKV", "product", ("X", f"W_{name}{i}"))
              for name, values in zip("QKV", (Q, K, V), strict=True)),
            Matrix(f"scores{i}", score(Q, K), "Scores", "product of rows", (f"Q{i}", f"K{i}"), columns=labels),
            Matrix(f"weights{i}", weights, "Softmax", "masked softmax", (f"scores{i}",), columns=labels),
            Matrix(f"findings{i}", finding, "Weighted sum", "product", (f"weights{i}", f"V{i}"))])
        findings.append(finding)
    concat, W_O = np.hstack(findings), np.eye(2, dtype=int)
    lines[0] = [*_embeddings(pocket), *lines[0]]
    lines[1] += [Matrix("concat", concat, "Multi-head", "side by side", ("findings₀", "findings₁")),
                 Matrix("W_O", W_O),
                 Matrix("output", concat @ W_O, "Multi-head", "product", ("concat", "W_O"),
                        note="The second numbers stand in a column of W_O. Its columns for those of X, all zeros, are not drawn.",
                        columns=("thing", "action"))]                       # short, so that the line fits a slide
    return lines


def one_more(tokens):
    """The last token comes to a text whose keys and values are kept: only its own row is computed. → lines of Matrix"""
    pocket = make_pocket(tokens)
    last, labels = len(tokens) - 1, pocket.labels
    X, of_last = (pocket.E_token[pocket.ids] + pocket.E_pos)[-1:], {"rows": labels[-1:], "first": last}
    scores = score(pocket.Q[-1:], pocket.K)
    output, weights = attention(pocket.Q[-1:], pocket.K, pocket.V)
    return [
        [Matrix("new row of X", X, "Embeddings", "sum", ("token row", "position row"),
                columns=(*pocket.vocabulary, "odd place"), **of_last),
         Matrix("token row", pocket.E_token[pocket.ids[-1:]]), Matrix("position row", pocket.E_pos[-1:]), *_matrices(pocket),
         *(Matrix(name.lower(), getattr(pocket, name)[-1:], "QKV", "product", ("new row of X", f"W_{name}"), **of_last)
           for name in "QKV")],
        [*(Matrix(name, getattr(pocket, name), "Long contexts", "kept", (name.lower(),), str(last)) for name in "KV"),
         Matrix("scores", scores, "Scores", "product of rows", ("q", "K"), columns=labels, **of_last),
         Matrix("scaled scores", scale(scores, 2), "Scaling", "quotient", ("scores",), "√2",
                f"{NOTES['Scaling']} No mask: all that is kept lies before.", labels, **of_last),
         Matrix("weights", weights, "Softmax", "softmax", ("scaled scores",), columns=labels, **of_last)],
        [Matrix("output", output, "Weighted sum", "product", ("weights", "V"), **of_last),
         Matrix("W_U", pocket.W_U),
         Matrix("next word", output @ pocket.W_U, "Next word", "product", ("output", "W_U"), columns=pocket.next_words,
                **of_last)]]


def way_back(tokens):
    """From the loss of the first candidate, `mouse`, back to what is learned: only the last token's row has a part in it.

    What belongs to one query stands as a column, beside the tokens that it attends to. → lines of Matrix
    """
    pocket = make_pocket(tokens)
    last, words, Q = len(tokens) - 1, pocket.next_words, pocket.Q[-1:]
    scores = score(pocket.K, Q)
    weights = softmax(scale(scores, 2).mT).mT
    output = weights.mT @ pocket.V
    next_word = (output @ pocket.W_U).mT
    share = softmax(next_word.mT).mT
    g_next = share - np.eye(len(words))[:, :1]
    g_output = g_next.mT @ pocket.W_U.mT
    g_weights_row, g_V = product_gradients(weights.mT, pocket.V, g_output)
    g_scores_row = scale(softmax_gradient(weights.mT, g_weights_row), 2)
    g_Q, g_K = g_scores_row @ pocket.K, g_scores_row.mT @ Q
    X = pocket.E_token[pocket.ids] + pocket.E_pos
    of_last, of_words = {"rows": pocket.labels[-1:], "first": last}, {"rows": words, "first": max(0, len(tokens) - len(words))}
    column, learned = {"columns": ("",)}, {"rows": (*pocket.vocabulary, "odd place")}
    back = "Trained heads"
    forward = [
        Matrix("X", X), Matrix("last row of X", X[-1:]), Matrix("columns of W_U", pocket.W_U.mT), *_matrices(pocket),
        Matrix("Q", Q, "QKV", "product", ("last row of X", "W_Q"), **of_last),
        Matrix("K", pocket.K, "QKV", "product", ("X", "W_K")),
        Matrix("scores", scores, "Scores", "product of rows", ("K", "Q"), **column),
        Matrix("weights", weights, "Softmax", "softmax of a column", ("scores",), "√2", **column),
        Matrix("V", pocket.V, "QKV", "product", ("X", "W_V")),
        Matrix("output", output, "Weighted sum", "product of columns", ("weights", "V"), **of_last),
        Matrix("next word", next_word, "Next word", "product of rows", ("columns of W_U", "output"), **column, **of_words),
        Matrix("share", share, "Next word", "softmax of a column", ("next word",), **column, **of_words),
        Matrix("loss", -np.log(share[:1]), "Next word", "surprise", ("share",), rows=words[:1], first=of_words["first"],
               **column)]
    gradients = [
        Matrix("g_Q", g_Q, back, "product of columns", ("g_scores", "K"), **of_last),
        Matrix("g_K", g_K, back, "product", ("g_scores", "Q")),
        Matrix("g_scores", g_scores_row.mT, back, "softmax gradient", ("weights", "g_weights"), "√2", **column),
        Matrix("g_weights", g_weights_row.mT, back, "product of rows", ("V", "g_output"), **column),
        Matrix("g_V", g_V, back, "product", ("weights", "g_output")),
        Matrix("g_output", g_output, back, "product of columns", ("g_next word", "columns of W_U"), **of_last),
        Matrix("g_next word", g_next, back, "share minus given", ("share", "loss"), **column, **of_words)]
    parameters = [
        Matrix(f"g_W_{name}", x.mT @ g, back, "product of columns", (source, f"g_{name}"), "",
               f"Row by row: what X had in this column, times what {name} is handed. Training takes a small step against it.",
               **learned)
        for name, source, x, g in (("Q", "last row of X", X[-1:], g_Q), ("K", "X", X, g_K), ("V", "X", X, g_V))]
    return [forward, gradients, parameters]


def _embeddings(pocket):
    rows = pocket.E_token[pocket.ids]
    return [Matrix("token rows", rows), Matrix("position rows", pocket.E_pos),
            Matrix("X", rows + pocket.E_pos, "Embeddings", "sum", ("token rows", "position rows"),
                   columns=(*pocket.vocabulary, "odd place"))]


def _matrices(pocket):
    return [Matrix(f"W_{name}", getattr(pocket, f"W_{name}")) for name in "QKV"]
