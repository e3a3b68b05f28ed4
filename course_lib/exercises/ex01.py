"""Exercises of notebook 01: from tokens to the rows of X."""
import math
import operator

import numpy as np

from course_lib import steps
from course_lib.exercises.exercise import Choice, Exercise, Question

SMALL_TOKENS, SMALL_POSITIONS = np.array([[1.0, 2], [3, 4], [5, 6]]), np.array([[10.0, 20], [30, 40], [50, 60]])
TOKENS, POSITIONS = np.arange(1.0, 21).reshape(5, 4) % 7, 10 + 10 * (np.arange(24.0).reshape(6, 4) * 5 % 23)
BATCH = np.array([[[1.0, 2], [3, 4], [5, 6]], [[1, 1], [2, 2], [3, 3]]])
STACK = np.arange(48.0).reshape(3, 4, 4) * 7 % 11
TWELVE = 10 * np.arange(1.0, 25).reshape(12, 2)


# Answers that are no steps of the library

def one_hot_rows(ids, vocab_size):
    """For each id a row of zeros with a 1 in the column of the id: (seq_len,), number → (seq_len, vocab_size)"""
    return np.eye(vocab_size)[ids]


def embedded_shape(ids_shape, E_token_shape, E_pos_shape):
    """The shape of X: (..., seq_len), (vocab_size, d_model), (max_seq_len, d_model) → (..., seq_len, d_model)"""
    return (*ids_shape, E_token_shape[1])


def cosine_map(X):
    """The cosine of every pair of rows: (seq_len, d_model) → (seq_len, seq_len)"""
    directions = X / np.linalg.norm(X, axis=-1, keepdims=True)
    return directions @ directions.mT


def add_positions(token_rows, E_pos):
    """Position 0, 1, 2, … of every sentence: (n_batch, seq_len, d_model), (max_seq_len, d_model) → (n_batch, seq_len, d_model)"""
    return token_rows + E_pos[:token_rows.shape[1]]


# What the mistakes share

def _filled(ids, vocab_size, where):
    """Zeros with ones where the slip puts them."""
    rows = np.zeros((len(ids), vocab_size))
    rows[where(ids)] = 1
    return rows


def _shape_seen(result, *arguments):
    """A shape as text, whether it came as tuple, list or array; anything else in words."""
    array = isinstance(result, np.ndarray) and result.ndim > 1
    try:
        return str(tuple(map(operator.index, result)))
    except TypeError:
        if isinstance(result, (int, float, np.number)):
            return "a single number"
        nested = isinstance(result, (tuple, list)) and any(isinstance(part, (tuple, list)) for part in result)
        return "an array" if array else "a tuple within a tuple" if nested else "not a shape"


def _unpacked(ids_shape, E_token_shape, E_pos_shape):
    n_batch, seq_len = ids_shape
    return n_batch, seq_len, E_token_shape[1]


def _lengths(X, axis=-1):
    return np.linalg.norm(X, axis=axis, keepdims=True)


def _numbered_through(token_rows, E_pos):
    """Positions that go on counting from one sentence to the next."""
    flat = token_rows.reshape(-1, token_rows.shape[-1])
    return (flat + E_pos[:len(flat)]).reshape(token_rows.shape)


def _angles(seq_len, exponents, base=10000.0, first=0):
    return (np.arange(seq_len)[:, None] + first) / base ** np.asarray(exponents)


def _pairs(d_model):
    """2k / d_model for every pair of columns k."""
    return np.arange(0, d_model, 2) / d_model


def _columns(d_model):
    """c / d_model for every column c."""
    return np.arange(d_model) / d_model


def _alternate(even, odd):
    """Columns of `even` and of `odd` in turn."""
    return np.stack([even, odd], axis=-1).reshape(len(even), -1)


def _waves(angles):
    """Sines and cosines in turn, one angle for each pair."""
    return _alternate(np.sin(angles), np.cos(angles))


def _halves(angles):
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def _one_angle_a_column(angles):
    """Sine in the even columns, cosine in the odd ones, each column with its own angle."""
    return np.where(np.arange(angles.shape[1]) % 2, np.cos(angles), np.sin(angles))


def _fill(E_pos, sines):
    """Sines into the even columns, which fails unless they are half as many."""
    E_pos[:, 0::2] = sines
    return E_pos


def _overlapping(seq_len, d_model):
    """Each pair one column after the one before, where it should be two; the cosine is written last."""
    E_pos, angles = np.zeros((seq_len, d_model)), _angles(seq_len, _pairs(d_model))
    for k in range(d_model // 2):
        E_pos[:, k], E_pos[:, k + 1] = np.sin(angles[:, k]), np.cos(angles[:, k])
    return E_pos


def _row_by_row(ids, E_token, E_pos):
    """A loop over the tokens, written for one sentence."""
    X = np.zeros((len(ids), E_token.shape[1]))
    for i, row in enumerate(ids):
        X[i] = E_token[row] + E_pos[i]
    return X


def _entry_by_entry(ids, E_token, E_pos):
    """The lesson's two loops, written for one sentence."""
    X = np.zeros((len(ids), E_token.shape[1]))
    for i in range(len(ids)):
        for c in range(E_token.shape[1]):
            X[i, c] = E_token[ids[i], c] + E_pos[i, c]
    return X


def _products_unsummed(X):
    """Two loops that put a whole row of products in one place."""
    cosines = np.zeros((len(X), len(X)))
    for i, j in np.ndindex(cosines.shape):
        cosines[i, j] = X[i] * X[j] / (np.linalg.norm(X[i]) * np.linalg.norm(X[j]))
    return cosines


EXERCISES = (
    Exercise(
        answer=one_hot_rows,
        inputs=[(np.array([1, 0]), 3), (np.array([2, 0, 2, 1, 0]), 4), (np.array([0]), 4), (np.array([2, 0, 1]), 3)],
        mistakes={
            "It is transposed: here every column belongs to a token. A token is a row, and the vocabulary lies along the "
            "columns.": lambda ids, vocab_size: np.eye(vocab_size)[ids].T,
            "Every 1 stands one column too far left, and id 0 gets the last column. Ids count from 0, as columns do.":
                lambda ids, vocab_size: np.eye(vocab_size)[ids - 1],
            "There is one column too many. The ids go from 0 to `vocab_size` - 1, so `vocab_size` columns are enough.":
                lambda ids, vocab_size: np.eye(vocab_size + 1)[ids],
            "The row holds the id where it should hold a 1, and the row of id 0 is empty. An id says where, not how much.":
                lambda ids, vocab_size: np.eye(vocab_size)[ids] * ids[:, None],
            "There are only as many columns as the largest id here needs. Entries that do not occur need a column as well: "
            "E_token has a row for them.": lambda ids, vocab_size: np.eye(ids.max() + 1)[ids],
            "There are always three columns. That is the pocket's vocabulary; here `vocab_size` says how many.":
                lambda ids, vocab_size: np.eye(3)[ids],
            "There are as many columns as tokens. Columns are for the vocabulary: one for each entry.":
                lambda ids, vocab_size: np.eye(len(ids))[ids],
            "Only the first row has its 1. Does the `return` stand inside the loop?":
                lambda ids, vocab_size: one_hot_rows(ids, vocab_size) * np.eye(len(ids))[:1].T,
            "The places are right, but they hold True and False. Make numbers of them, for example with `.astype(int)`.":
                lambda ids, vocab_size: ids[:, None] == np.arange(vocab_size),
            "Two things: it is transposed (a token should be a row), and it holds True and False, not 1 and 0.":
                lambda ids, vocab_size: ids == np.arange(vocab_size)[:, None],
            "The 1 of each row stands in the column of the token's position, not of its id: the ids were not used.":
                lambda ids, vocab_size: np.eye(len(ids), vocab_size),
            "All tokens share one row, with a 1 for each id that occurs. Each token needs a row of its own.":
                lambda ids, vocab_size: _filled(ids, vocab_size, lambda ids: (slice(None), ids))[0],
            "Every row has the 1s of all ids, but row 0 needs only the first, row 1 only the second. `[:, ids]` would mean these "
            "columns in all rows; and `[row] * n` is n times the same list.":
                lambda ids, vocab_size: _filled(ids, vocab_size, lambda ids: (slice(None), ids)),
            "Whole rows are full of 1s: a single index, `[ids]`, picks rows. One entry takes two, its row and its column.":
                lambda ids, vocab_size: _filled(ids, vocab_size, lambda ids: ids),
            "Row and column have changed places: the first index is the row, the token's place; the second is the column, its "
            "id.": lambda ids, vocab_size: _filled(ids, vocab_size, lambda ids: (ids, np.arange(len(ids)))),
            "The ids were laid along the columns, where they meet the vocabulary. To compare each id with all columns, make "
            "them a column first: `ids[:, None]`.": lambda ids, vocab_size: (ids == np.arange(vocab_size)).astype(int),
            "Two things: the ids were laid along the columns, where they should be a column, `ids[:, None]`; and a comparison "
            "gives True and False, not 1 and 0.": lambda ids, vocab_size: ids == np.arange(vocab_size),
        },
        hints=("How many rows must the result have, and how many columns? Which of the two numbers is not in `ids`?",
               "A square table with 1s on its diagonal holds the one-hot row of every id, in order.",
               "`np.eye(n)` is that table; then look the rows up as you look up rows of E_token."),
        why="Row `i` of the identity matrix is the one-hot row of id `i`, so a lookup in it gives the rows in the order of the "
            "tokens."),
    Exercise(
        answer=embedded_shape,
        inputs=[((3,), (6, 4), (5, 4)), ((2, 3), (6, 4), (5, 4)), ((7, 2, 5), (9, 3), (8, 3))],
        seen=_shape_seen,
        mistakes={
            "The last axis is as long as the vocabulary. A token picks one row of E_token; how long is a row?":
                lambda ids, token, pos: (*ids, token[0]),
            "The sentence became as long as the position table. Only its first rows are used, one for each token.":
                lambda ids, token, pos: (*ids[:-1], pos[0], token[1]),
            "The batch is gone: this is the shape for a single sentence. Each sentence of the batch keeps its own rows.":
                lambda ids, token, pos: (ids[-1], token[1]),
            "The sentences were strung together into one long one. A lookup leaves the axes of `ids` as they are.":
                lambda ids, token, pos: (math.prod(ids), token[1]),
            "That is the shape of `ids`. Each single id becomes a whole row of numbers.": lambda ids, token, pos: ids,
            "The width doubled: that is what concatenating the two rows does. Here they are added.":
                lambda ids, token, pos: (*ids, token[1] + pos[1]),
            "The numbers are right, their order is not: the axes of `ids` come first, and the new one is the last.":
                lambda ids, token, pos: (token[1], *ids),
            "E_token's shape was put behind that of `ids` as a whole. Looking a row up uses up the vocabulary's axis.":
                lambda ids, token, pos: (*ids, *token),
            "The axes of `ids` changed their order. A batch comes first, the tokens of a sentence after it.":
                lambda ids, token, pos: (*ids[::-1], token[1]),
            "Only the first axis of `ids` is left. A batch has more: keep all of them.":
                lambda ids, token, pos: (ids[0], token[1]),
            "Taken apart into two names, `ids_shape` must have two axes. There may be one or three: keep all of them.": _unpacked,
            "This counts on two axes of `ids`. There may be one, for a single sentence, or three: keep all of them.":
                lambda ids, token, pos: (ids[0], ids[1], token[1]),
            "The tokens of a sentence are gone: the axis `seq_len` must stay, for every token has a row of its own.":
                lambda ids, token, pos: (*ids[:-1], token[1]),
            "That is a single number. A shape is a tuple, with one size for each axis.":
                lambda ids, token, pos: math.prod(ids) * token[1],
            "That is the shape of E_pos itself. X has a row for each token of each sentence; the table may be longer.":
                lambda ids, token, pos: (pos[0], token[1]),
            "That is the shape of E_token itself. X has a row for each token of the sentence, not for each entry of the table.":
                lambda ids, token, pos: token,
            "A tuple and a number cannot be joined by `+`. With a comma, `(n,)`, the number is a tuple of its own.":
                lambda ids, token, pos: ids + token[1],
            "That is an array. Only its shape is asked for, a tuple with one size for each axis.":
                lambda ids, token, pos: np.zeros((*ids, token[1])),
            "That is a tuple within a tuple. `*ids_shape` lays its sizes out one by one.":
                lambda ids, token, pos: (ids, token[1]),
        },
        hints=("What does a single id turn into, and how many numbers is that?",
               "Every id is replaced by a row. All axes of `ids` stay; one is added at the end.",
               "`(*ids_shape, n)` is a tuple with all sizes of `ids_shape`, then n."),
        why="Indexing with `ids` puts a row of `d_model` numbers in the place of each id, and adding position rows changes no "
            "shape. The lengths of the two tables do not appear."),
    Exercise(
        answer=cosine_map,
        inputs=[(np.array([[3.0, 4], [0, 2]]),), (np.array([[3.0, 4, 0], [-1, 2, 2]]),),
                (np.array([[1.0, 2], [2, -1], [3, 1]]),), (STACK[0] - 4,)],
        mistakes={
            "These are dot products: long rows get large numbers. The division by both lengths is missing.":
                lambda X: X @ X.mT,
            "You divided by one length only, that of the row's own token: the map is not symmetric. Divide by the other "
            "token's length too.": lambda X: X @ X.mT / _lengths(X),
            "You divided by one length only, that of the column's token: the map is not symmetric. Divide by the other "
            "token's length too.": lambda X: X @ X.mT / _lengths(X).mT,
            "You divided by the squares of the lengths: the diagonal should be 1. A length is the root of the sum of squares.":
                lambda X: X @ X.mT / (_lengths(X) * _lengths(X).mT) ** 2,
            "The diagonal is right, but the map is not symmetric: you divided twice by the length of the row's token. The "
            "column's token has a length too.": lambda X: X @ X.mT / _lengths(X) ** 2,
            "The diagonal is right, but the map is not symmetric: you divided twice by the length of the column's token. For the "
            "row's token, keep the axis, `keepdims=True`.": lambda X: X @ X.mT / _lengths(X).mT ** 2,
            "You divided by one length and multiplied by the other. Python goes from left to right: put the product of both "
            "lengths in brackets.": lambda X: X @ X.mT / _lengths(X) * _lengths(X).mT,
            "You divided by one length and multiplied by the other, the row's. Python goes from left to right: put the product "
            "of both lengths in brackets.": lambda X: X @ X.mT / _lengths(X).mT * _lengths(X),
            "You divided by the sum of the two lengths. It is their product.":
                lambda X: X @ X.mT / (_lengths(X) + _lengths(X).mT),
            "You took the lengths of the columns. The vector of a token is a row; its numbers run along the last axis.":
                lambda X: X / _lengths(X, -2) @ (X / _lengths(X, -2)).mT,
            "This compares the columns of X with each other. Tokens are rows, so the map needs one row and one column for "
            "each token.": lambda X: cosine_map(X.mT),
            "The rows have the length 1, but then columns met columns. For rows with rows the transpose stands on the right.":
                lambda X: (X / _lengths(X)).mT @ (X / _lengths(X)),
            "Without `.mT` rows meet columns, or do not fit at all. Rows are to meet rows: transpose the second factor.":
                lambda X: X / _lengths(X) @ (X / _lengths(X)),
            "One place of the map cannot hold a whole row of numbers. A dot product multiplies and also adds: `@`, not `*`.":
                _products_unsummed,
            "You divided by one length for the whole array. Each row has its own.":
                lambda X: X / np.linalg.norm(X) @ (X / np.linalg.norm(X)).mT,
            "Two things: you divided by one length for the whole array, where each row has its own; and once, where both rows' "
            "lengths are needed.": lambda X: X @ X.mT / np.linalg.norm(X),
            "`keepdims=True` is missing: the lengths lie along the columns. Where it fits at all, each entry of a row is "
            "divided by another row's length.":
                lambda X: X / np.linalg.norm(X, axis=-1) @ (X / np.linalg.norm(X, axis=-1)).mT,
            "You divided each row by the sum of its absolute values. Its length is the root of the sum of its squares.":
                lambda X: X / np.abs(X).sum(axis=-1, keepdims=True) @ (X / np.abs(X).sum(axis=-1, keepdims=True)).mT,
            "You divided each row by its sum, as the scores in notebook 00. A vector's length is the root of the sum of its "
            "squares.": lambda X: X / X.sum(axis=-1, keepdims=True) @ (X / X.sum(axis=-1, keepdims=True)).mT,
            "These are the angles. The cosine itself is asked for: 1 is the same direction.":
                lambda X: np.arccos(np.clip(cosine_map(X), -1, 1)),
            "This is 1 minus the cosine, a distance. Of a row with itself the cosine is 1.": lambda X: 1 - cosine_map(X),
            "This is the correlation, which takes each row's mean off first. Cosines take the rows as they are.": np.corrcoef,
        },
        hints=("Give every row the length 1. What is then the dot product of two rows?",
               "`np.linalg.norm` gives lengths: of what, its `axis` decides. Keep that axis, so that each row meets its own.",
               "Two lines: the rows divided by their lengths, then all dot products at once with `@` and `.mT`."),
        why="With rows of length 1 the dot product is the cosine, so one matrix product gives the whole map. With the axis "
            "counted from the end, and `.mT`, it works for a batch too."),
    Exercise(
        answer=add_positions,
        inputs=[(BATCH, TWELVE[:6]), (BATCH[:, :2], TWELVE[:4]), (STACK[:1, :3, :2], TWELVE), (STACK[:, :3, :2] / 4, TWELVE),
                (STACK[:, :, :2], TWELVE[:4]), (STACK[:2, :3], POSITIONS)],
        mistakes={
            "This is still what the broken code does: sentence 0 gets position 0 at each of its tokens, sentence 1 position 1. "
            "Which axis counts the tokens?": lambda token_rows, E_pos: token_rows + E_pos[:len(token_rows), None],
            "Half repaired: the position rows now run along the tokens, but there are still as many of them as sentences. Which "
            "axis counts the tokens?": lambda token_rows, E_pos: token_rows + E_pos[:len(token_rows)],
            "Half repaired: there are now as many position rows as tokens, but `None` still lays them along the batch.":
                lambda token_rows, E_pos: token_rows + E_pos[:token_rows.shape[1], None],
            "You took as many position rows as the vectors have columns. A sentence needs one for each of its tokens.":
                lambda token_rows, E_pos: token_rows + E_pos[:token_rows.shape[2]],
            "You added the whole table: that fits only where the sentences are as long as the table.":
                lambda token_rows, E_pos: token_rows + E_pos,
            "You added the last rows of the table. The first token stands at position 0, so it needs the first row.":
                lambda token_rows, E_pos: token_rows + E_pos[-token_rows.shape[1]:],
            "Every token got the row of the position after it. Positions count from 0.":
                lambda token_rows, E_pos: token_rows + E_pos[1:token_rows.shape[1] + 1],
            "The positions go on counting in the second sentence. Every sentence starts again at 0.": _numbered_through,
            "Every token got the same row, the one behind those that the sentence needs. Is the colon missing? `E_pos[n]` is one "
            "row, `E_pos[:n]` the first n.": lambda token_rows, E_pos: token_rows + E_pos[token_rows.shape[1]],
            "The decimals are cut off: an array with `dtype=int` keeps whole numbers only.":
                lambda token_rows, E_pos: add_positions(token_rows, E_pos).astype(int),
            "You added the number of the position, not the table's row for it.":
                lambda token_rows, E_pos: token_rows + np.arange(token_rows.shape[1])[:, None],
            "No position has been added at all.": lambda token_rows, E_pos: token_rows,
            "Only the first sentence came back. The position rows are added to each sentence of the batch.":
                lambda token_rows, E_pos: token_rows[0] + E_pos[:token_rows.shape[1]],
            "The position rows were transposed: where they fit at all, each of them became a column.":
                lambda token_rows, E_pos: token_rows + E_pos[:token_rows.shape[1]].mT,
        },
        hints=("In the broken line, what is `len(token_rows)` for a batch of two sentences of three tokens?",
               "NumPy lines axes up from the end. Which shape must the position rows have to be added to every sentence alike?",
               "`E_pos[:n]` has the shape (n, d_model): without any `None`, its n meets the tokens. Which axis of `token_rows` "
               "is n?"),
        why="Shapes are matched from the end: (seq_len, d_model) meets the last two axes, and every sentence of the batch gets "
            "the same position rows. The broken line asked for the length of the first axis, which is the batch."),
    Exercise(
        answer=steps.sinusoidal_positions,
        inputs=[(4, 6), (5, 8), (20, 4), (1, 6)],
        mistakes={
            "All sines stand left and all cosines right. Here they take turns: columns 0, 2, 4 are sines, columns 1, 3, 5 "
            "cosines.": lambda seq_len, d_model: _halves(_angles(seq_len, _pairs(d_model))),
            "Sine and cosine have changed places: row 0 should begin 0, 1.":
                lambda seq_len, d_model: _alternate(np.cos(_angles(seq_len, _pairs(d_model))),
                                                    np.sin(_angles(seq_len, _pairs(d_model)))),
            "Two things: sine and cosine have changed places, and they stand in two halves where they should take turns.":
                lambda seq_len, d_model: np.roll(_halves(_angles(seq_len, _pairs(d_model))), d_model // 2, axis=1),
            "The even columns are right, but each odd column got an angle of its own: the exponent took the column's number. "
            "Sine and cosine of a pair share one angle.":
                lambda seq_len, d_model: _one_angle_a_column(_angles(seq_len, _columns(d_model))),
            "Two things: the exponent has the column's number where the formula counts pairs, so it is doubled; and the two "
            "columns of a pair have different angles.":
                lambda seq_len, d_model: _one_angle_a_column(_angles(seq_len, 2 * _columns(d_model))),
            "The exponent is twice what it should be: later pairs turn too slowly. Does its 2 count twice? Columns 0, 2, 4 are "
            "2k already.":
                lambda seq_len, d_model: _waves(_angles(seq_len, 2 * _pairs(d_model))),
            "The exponent is half of what it should be: later pairs turn too fast. It is 2k / d_model, for the pair number k.":
                lambda seq_len, d_model: _waves(_angles(seq_len, _pairs(d_model) / 2)),
            "Two things: the exponent lacks its 2, and sines and cosines stand in two halves where they should take turns.":
                lambda seq_len, d_model: _halves(_angles(seq_len, _pairs(d_model) / 2)),
            "The clocks are those of d_model = 8, where pos is divided by 1, 10, 100, 1000. For another width the formula gives "
            "other numbers.": lambda seq_len, d_model: _waves(_angles(seq_len, np.arange(d_model // 2), base=10.0)),
            "Below row 0 all is 0. Does the `return` stand inside the loop? Or does the array keep whole numbers only, "
            "`dtype=int`?": lambda seq_len, d_model: steps.sinusoidal_positions(seq_len, d_model).astype(int),
            "`math.sin` takes a single number. `np.sin` takes a whole array.":
                lambda seq_len, d_model: math.sin(_angles(seq_len, _pairs(d_model))),
            "You took the angles for degrees and converted them. They are radians, as `np.sin` takes them.":
                lambda seq_len, d_model: _waves(np.deg2rad(_angles(seq_len, _pairs(d_model)))),
            "You multiplied by the power of 10000, so later pairs turn faster. The formula divides.":
                lambda seq_len, d_model: _waves(_angles(seq_len, -_pairs(d_model))),
            "The number in the power is 1000. The formula has 10000.":
                lambda seq_len, d_model: _waves(_angles(seq_len, _pairs(d_model), base=1000.0)),
            "Positions count from 1 here. Row 0 belongs to position 0, where all sines are 0.":
                lambda seq_len, d_model: _waves(_angles(seq_len, _pairs(d_model), first=1)),
            "It is transposed: rows are positions, and the waves lie along the columns.":
                lambda seq_len, d_model: steps.sinusoidal_positions(seq_len, d_model).T,
            "Every pair turns at the same speed, with the angle `pos`. Each pair divides by a power of its own.":
                lambda seq_len, d_model: _waves(_angles(seq_len, 0 * _pairs(d_model))),
            "You multiplied 10000 by the exponent; the first pair then divides by 0. It is a power, `**`.":
                lambda seq_len, d_model: _waves(np.arange(seq_len)[:, None] / (10000 * _pairs(d_model))),
            "Python takes the power before the products: `10000 ** 2 * k / d_model` is the square of 10000, times k, "
            "over d_model. Put the whole exponent in brackets.":
                lambda seq_len, d_model: _waves(np.arange(seq_len)[:, None] / 10000 ** 2 * np.arange(d_model // 2) / d_model),
            "Python takes the power before the division: without brackets, `/ d_model` is no part of the exponent.":
                lambda seq_len, d_model: _waves(_angles(seq_len, np.arange(0, d_model, 2)) / d_model),
            "You took `pos / 10000` to a power. The power belongs to 10000 alone; `pos` is divided by it.":
                lambda seq_len, d_model: _waves((np.arange(seq_len)[:, None] / 10000) ** _pairs(d_model)),
            "These are the angles, one for each pair: what is asked for is their sines and cosines.":
                lambda seq_len, d_model: _angles(seq_len, _pairs(d_model)),
            "The pairs are counted from 1. The first one divides `pos` by 1, the power with k = 0.":
                lambda seq_len, d_model: _waves(_angles(seq_len, _pairs(d_model) + 2 / d_model)),
            "The exponent divides by `seq_len`. It divides by the number of columns, `d_model`.":
                lambda seq_len, d_model: _waves(_angles(seq_len, np.arange(0, d_model, 2) / seq_len)),
            "You multiplied the angles by 2π. They are used as they are, in radians.":
                lambda seq_len, d_model: _waves(2 * np.pi * _angles(seq_len, _pairs(d_model))),
            "The positions lie along the same axis as the powers. As a column, `[:, None]`, each position meets every power.":
                lambda seq_len, d_model: _waves((np.arange(seq_len) / 10000 ** _pairs(d_model))[None]),
            "There are as many angles as columns, and they do not fit into every other column. Each pair has one angle.":
                lambda seq_len, d_model: _fill(np.zeros((seq_len, d_model)), np.sin(_angles(seq_len, _columns(d_model)))),
            "The pairs overlap: pair k was written into columns k and k + 1. It belongs in 2k and 2k + 1.": _overlapping,
            "Sine and cosine have an axis of their own. Fold it into the columns: `.reshape(seq_len, d_model)`.":
                lambda seq_len, d_model: steps.sinusoidal_positions(seq_len, d_model).reshape(seq_len, -1, 2),
            "These are the sines only, half of the columns. After each of them comes the cosine of the same angle.":
                lambda seq_len, d_model: np.sin(_angles(seq_len, _pairs(d_model))),
            "The odd columns are still empty: they hold the cosines of the same angles.":
                lambda seq_len, d_model: np.where(np.arange(d_model) % 2, 0, steps.sinusoidal_positions(seq_len, d_model)),
            "The odd columns repeat the sines. They should hold the cosines of the same angles.":
                lambda seq_len, d_model: np.sin(np.repeat(_angles(seq_len, _pairs(d_model)), 2, axis=1)),
        },
        hints=("Begin with the angles, one for each position and each pair: which shape have they? Half as many columns as the "
               "result.",
               "Positions as a column, `np.arange(seq_len)[:, None]`, divided by a row of powers; `np.arange(0, d_model, 2)` "
               "gives the numbers 2k.",
               "Make an array of zeros. `[:, 0::2]` are its even columns, `[:, 1::2]` the odd ones."),
        why="One angle for each position and pair; its sine and its cosine become neighbours when they are stacked along a new "
            "last axis that is then folded into the columns. Filling an array of zeros with `[:, 0::2]` and `[:, 1::2]` is as "
            "good. `require` and `size` only check what is given."),
    Exercise(
        answer=steps.embed,
        inputs=[(np.array([2, 0]), SMALL_TOKENS, SMALL_POSITIONS), (np.array([2, 2, 0, 1]), TOKENS[:3, :3], POSITIONS[:4, :3]),
                (np.array([3, 1, 3]), TOKENS, POSITIONS), (np.array([[3, 0, 1], [1, 1, 2]]), TOKENS, POSITIONS),
                (np.array([[1, 2, 0], [0, 3, 4], [2, 2, 1]]), TOKENS / 8, POSITIONS / 8),
                (np.array([[[4, 0]], [[1, 1]]]), TOKENS, POSITIONS)],
        mistakes={
            "You looked the position row up by the id: the same token then gets the same vector everywhere. Its row is chosen "
            "by where the token stands.": lambda ids, E_token, E_pos: E_token[ids] + E_pos[ids],
            "These are the token rows alone: positions are missing, and the same token has the same vector everywhere.":
                lambda ids, E_token, E_pos: E_token[ids],
            "You added the id to the token's row, and no position. The id only says which row to take.":
                lambda ids, E_token, E_pos: E_token[ids] + ids[..., None],
            "You added the whole of E_pos: that fits only where a sentence is as long as the table. Take as many rows as it "
            "has tokens.": lambda ids, E_token, E_pos: E_token[ids] + E_pos,
            "Right for one sentence. In a batch the first axis of `ids` counts sentences; the tokens lie along the last one.":
                lambda ids, E_token, E_pos: E_token[ids] + E_pos[:len(ids)],
            "Right for one sentence. In a batch `ids.size` counts the tokens of all sentences together; each starts at "
            "position 0 again.": lambda ids, E_token, E_pos: E_token[ids] + E_pos[:ids.size],
            "A single sentence does not have this axis, and with more axes it need not be the right one. The tokens lie along "
            "the last axis of `ids`: count from the end, with -1.":
                lambda ids, E_token, E_pos: E_token[ids] + E_pos[:ids.shape[1]],
            "Right for a batch with two axes. The rows of a single sentence have the tokens along axis 0, with more axes they "
            "lie further on: count from the end.": lambda ids, E_token, E_pos: E_token[ids] + E_pos[:E_token[ids].shape[1]],
            "The positions run along the batch: all tokens of a sentence get the same position row. Let them run along its "
            "tokens.": lambda ids, E_token, E_pos: E_token[ids] + E_pos[:len(ids), None],
            "Right for one sentence. In a batch the loop runs over sentences, so all tokens of a sentence get the same position "
            "row. Can it be done without a loop?":
                lambda ids, E_token, E_pos: [E_token[row] + E_pos[i] for i, row in enumerate(ids)],
            "Right for one sentence. In a batch the loop runs over sentences, and their rows do not fit into the array of zeros. "
            "Can it be done without a loop?": _row_by_row,
            "Written for one sentence: in a batch `ids[i]` is a whole sentence, which does not fit into one place of X. Can it "
            "be done without a loop?": _entry_by_entry,
            "The decimals are cut off: an array with `dtype=int` keeps whole numbers only.":
                lambda ids, E_token, E_pos: (E_token[ids] + E_pos[:ids.shape[-1]]).astype(int),
            "Every token got the same row of E_pos, the one behind those that the sentence needs. Is the colon missing? "
            "`E_pos[n]` is one row, `E_pos[:n]` the first n.": lambda ids, E_token, E_pos: E_token[ids] + E_pos[ids.shape[-1]],
            "All tokens got the row of position 0. Each position has a row of its own.":
                lambda ids, E_token, E_pos: E_token[ids] + E_pos[0],
            "There are as many position rows as tokens, but `None` lays them along the batch. Let them run along the tokens.":
                lambda ids, E_token, E_pos: E_token[ids] + E_pos[:ids.shape[-1], None],
            "The rows lie side by side (concatenated), so the width has doubled. They are added, and the width stays.":
                lambda ids, E_token, E_pos: np.concatenate(
                    [E_token[ids], np.broadcast_to(E_pos[:ids.shape[-1]], E_token[ids].shape)], axis=-1),
            "You concatenated the rows: the width doubles, and a batch raises an error. They are added.":
                lambda ids, E_token, E_pos: np.concatenate([E_token[ids], E_pos[:ids.shape[-1]]], axis=-1),
            "You put the position rows below the token rows, as `np.concatenate` does without an axis. Each is added to its "
            "token's row.": lambda ids, E_token, E_pos: np.concatenate([E_token[ids], E_pos[:ids.shape[-1]]]),
            "You added the number of the position. What is added is the row of E_pos with that number.":
                lambda ids, E_token, E_pos: E_token[ids] + np.arange(ids.shape[-1])[:, None],
            "Two things: you added the numbers of the positions, not rows of E_pos, and they run along the columns.":
                lambda ids, E_token, E_pos: E_token[ids] + np.arange(ids.shape[-1]),
            "You took the id itself for the token: a larger id gives larger numbers. Its row of E_token is what counts.":
                lambda ids, E_token, E_pos: ids[..., None] + E_pos[:ids.shape[-1]],
            "You added the id as well. Only two rows are added: the token's and the position's.":
                lambda ids, E_token, E_pos: E_token[ids] + E_pos[:ids.shape[-1]] + ids[..., None],
            "You multiplied the two rows. They are added.": lambda ids, E_token, E_pos: E_token[ids] * E_pos[:ids.shape[-1]],
            "Every token got the row before its own, and id 0 the last row of the table. Ids count from 0, as rows do.":
                lambda ids, E_token, E_pos: E_token[ids - 1] + E_pos[:ids.shape[-1]],
            "You looked up the row after each token's own, and the largest id finds none. Ids count from 0, as rows do.":
                lambda ids, E_token, E_pos: E_token[ids + 1] + E_pos[:ids.shape[-1]],
            "Positions count from 1 here. The first token stands at position 0.":
                lambda ids, E_token, E_pos: E_token[ids] + E_pos[1:ids.shape[-1] + 1],
            "Two things are off by one: the row before each token's own was looked up, and positions count from 1. All rows "
            "count from 0.": lambda ids, E_token, E_pos: E_token[ids - 1] + E_pos[1:ids.shape[-1] + 1],
            "You took the last rows of E_pos. The first token needs its first row.":
                lambda ids, E_token, E_pos: E_token[ids] + E_pos[-ids.shape[-1]:],
            "The position rows were transposed: where they fit at all, each became a column.":
                lambda ids, E_token, E_pos: E_token[ids] + E_pos[:ids.shape[-1]].mT,
            "The tables have changed places: the id chooses the row of E_token, the place chooses the row of E_pos.":
                lambda ids, E_token, E_pos: E_pos[ids] + E_token[:ids.shape[-1]],
            "You took the first rows of E_token, one after the other: the ids were not used.":
                lambda ids, E_token, E_pos: E_token[:ids.shape[-1]] + E_pos[:ids.shape[-1]],
            "You multiplied the token rows by the root of `d_model`, as the paper does. Here they are added as they are.":
                lambda ids, E_token, E_pos: E_token[ids] * math.sqrt(E_token.shape[1]) + E_pos[:ids.shape[-1]],
        },
        hints=("Two lookups and an addition. Which of the two tables do the ids open, and which rows of the other are needed?",
               "A sentence may be shorter than E_pos: take as many of its first rows as there are tokens.",
               "Indexing with `ids` takes any number of axes. The tokens lie along the last one; `ids.shape` knows how many."),
        why="`E_token[ids]` has the shape of `ids` and one more axis, `d_model`. The first rows of E_pos, (seq_len, d_model), "
            "meet its last two axes, so every sentence of a batch gets the same positions. The two lines above only check what "
            "is given."),
)

QUESTIONS = (
    Question("Two tokens have the ids 4 and 5. What do these numbers say about them?", (
        Choice("They mean something similar, since their ids are neighbours.", False,
               "Numbers invite this, but an id is a place in a list. In another order the same tokens are far apart."),
        Choice("The second counts for more, since its id is larger.", False,
               "That would be so if ids were added or multiplied. They are only used to pick a row."),
        Choice("Nothing. An id is a name; what a model knows of a token stands in its row.", True,
               "You may shuffle the vocabulary: with the rows of E_token shuffled alike, every X stays the same."))),
    Question("The token row and the position row are added. How can a model still tell what from where?", (
        Choice("It cannot: from a sum of two numbers nobody can get the two back.", False,
               "True of two single numbers. Rows have many columns, and two tables can use different directions among them."),
        Choice("The tables can use different directions, so that a matrix can pick out either; training has to find them.", True,
               "In the pocket these are different columns: three for the word, the last for the position."),
        Choice("A later step subtracts the position rows again.", False,
               "It could, but no step does. Every later step works on the sum."),
        Choice("The first half of the columns is the token, the second half the position.", False,
               "So it would be with concatenated rows. In a sum both tables may use every column."))),
    Question("A model with sinusoidal positions was trained on texts of up to 512 tokens. Now it gets 600. What happens?", (
        Choice("It fails: E_pos has no row for position 512.", False,
               "That happens with a learned table, which ends. The formula gives a row for any position."),
        Choice("It works as well as before, for the formula holds for any position.", False,
               "The row exists, but what to do with it has to be learned, and such rows never occurred in training."),
        Choice("It runs, but how well is open: it has never met these rows.", True,
               "A formula without an end does not make a model that generalises. One has to measure it."))),
)
