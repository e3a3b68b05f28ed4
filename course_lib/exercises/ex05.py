"""Exercises of notebook 05: who may look at whom."""
import numpy as np

from course_lib import steps
from course_lib.exercises.exercise import Choice, Exercise, Question

INF = np.inf


def sliding_window_mask(n, width):
    """Each query sees itself and the keys before it, `width` keys at most: two numbers → mask (n, n)"""
    return np.tri(n, dtype=bool) & ~np.tri(n, k=-width, dtype=bool)


def padding_and_causal(is_token):
    """A key may be seen if it is a token, not padding, and does not come after the query: (batch, n_k) → (batch, n_q, n_k)"""
    n = is_token.shape[-1]
    return is_token[:, None, :] & np.tri(n, dtype=bool)


def masked_weights(scores, mask):
    """Weights in which forbidden keys have no share: scores (..., n_q, n_k), mask → weights (..., n_q, n_k)"""
    exponentials = np.exp(np.where(mask, scores, -np.inf))
    total = exponentials.sum(axis=-1, keepdims=True)
    return exponentials / np.where(total == 0, 1, total)


def leaks(attend, X):
    """The leak test: a function and X (n, d) → (n, n), True at [i, j] where token j, after i, changes output i"""
    n = len(X)
    changes = np.zeros((n, n), dtype=bool)
    for j in range(n):
        changed = X.copy()
        changed[j] += 1
        changes[:, j] = (attend(changed) != attend(X)).any(axis=-1)
    return np.triu(changes, k=1)


# Masks for the mistakes

def _tri(n_q, n_k=None, k=0):
    return np.tri(n_q, n_k, k, dtype=bool)


def _causal(is_token):
    return _tri(is_token.shape[-1])


def _window_by_loop(n, width):
    mask = np.zeros((n, n), dtype=bool)
    for i in range(n):
        for j in range(i - width + 1, i + 1):
            mask[i, j] = True
    return mask


def _window_by_slices(n, width):
    mask = np.zeros((n, n), dtype=bool)
    for i in range(n):
        mask[i, i - width + 1:i + 1] = True
    return mask


# Weights for the mistakes

def _shares(exponentials):
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _safe_shares(exponentials):
    total = exponentials.sum(axis=-1, keepdims=True)
    return exponentials / np.where(total == 0, 1, total)


def _at_least_1(scores, mask):
    exponentials = np.exp(np.where(mask, scores, -INF))
    return exponentials / np.maximum(exponentials.sum(axis=-1, keepdims=True), 1)


def _over_axis_1(exponentials):
    total = exponentials.sum(axis=1, keepdims=True)
    return exponentials / np.where(total == 0, 1, total)


def _without_keepdims(scores, mask):
    exponentials = np.exp(np.where(mask, scores, -INF))
    total = exponentials.sum(axis=-1)
    return exponentials / np.where(total == 0, 1, total)


# What a learner's leak test is tried on: small models, whose names say what they see

def _attend(scores, X):
    return (steps.softmax(scores)[:, :, None] * X).sum(axis=1)


def _scores(X):
    if np.ndim(X) != 2:
        raise ValueError("attend takes one whole X, of shape (n, d)")
    return (X[:, None] * X).sum(axis=-1)


def without_mask(X):
    return _attend(_scores(X), X)


def with_causal_mask(X):
    return _attend(np.where(_tri(len(X)), _scores(X), -INF), X)


def sees_one_ahead(X):
    return _attend(np.where(_tri(len(X), k=1), _scores(X), -INF), X)


def sees_the_last_token(X):
    return _attend(np.where(_tri(len(X)) | (np.arange(len(X)) == len(X) - 1), _scores(X), -INF), X)


def with_a_window_of_2(X):
    return _attend(np.where(sliding_window_mask(len(X), 2), _scores(X), -INF), X)


def second_head_without_mask(X):
    return np.concatenate([with_causal_mask(X), without_mask(X)], axis=-1)


def filled_with_minus_20(X):
    return _attend(np.where(_tri(len(X)), _scores(X), -20), X)


def passes_on_the_second_number(X):
    return _attend(np.zeros_like(_scores(X)), X[:, [1, 1]])


def with_opposite_numbers(X):
    return _attend(np.zeros_like(_scores(X)), np.outer(X.sum(axis=1), [1, -1]))


ZERO_ROW = np.array([[1.0, 0.0], [0.0, 3.0], [0.0, 0.0]])
THREE = np.array([[1.0, 0.0], [0.0, 2.0], [2.0, 1.0]])
FOUR = np.array([[1.0, 0.0], [0.0, 2.0], [2.0, 1.0], [1.0, 3.0]])


def _changes(attend, X, change=lambda X, j: X + (np.arange(len(X)) == j)[:, None],
             differ=lambda now, before: (now != before).any(axis=-1)):
    """Column j: which outputs differ when X is changed for token j."""
    return np.stack([differ(attend(change(X, j)), attend(X)) for j in range(len(X))], axis=1)


def _changed_by(change):
    def mistake(attend, X):
        return np.triu(_changes(attend, X, change), k=1)
    return mistake


def _rows_of_leaks(attend, X, differ=lambda now, before: (now != before).any()):
    later = np.triu(np.ones((len(X), len(X)), dtype=bool), k=1)
    leaky = [differ(attend(X + later[i][:, None])[i], attend(X)[i]) for i in range(len(X))]
    return later & np.array(leaky)[:, None]


def _table_or_positions(result, attend, X):
    """The result, or in words that it is a list of positions, in whatever order and form."""
    found = np.asarray(result)
    positions = found.dtype.kind in "iuf" and (found.ndim == 2 and found.shape[1] == 2 or found.shape == (0,))
    return "a list of positions" if positions else result


def _along_the_wrong_axis(attend, X):
    changes = np.zeros((len(X), len(X)), dtype=bool)
    for j in range(len(X)):
        changed = X.copy()
        changed[j] += 1
        changes[:, j] = (attend(changed) != attend(X)).any(axis=0)
    return np.triu(changes, k=1)


# Scores and masks for the last step

ROWS = np.array([[1.0, 2.0, 0.5, -1.0], [0.0, -3.0, 3.0, 1.0], [-2.0, 4.0, 0.0, 1.0]])
STACK = np.stack([ROWS, ROWS[::-1] * 2 + 1])
ALLOWED = np.array([[True, False, False, True], [False, True, True, False], [True, True, False, True]])
EMPTY = np.array([[False, False, False, False], [True, True, False, False], [True, False, True, True]])


def _index_in_a_copy(scores, mask):
    masked_scores = scores.copy()
    masked_scores[~mask] = -INF
    return masked_scores


def _two_loops(scores, mask):
    masked_scores = np.full(scores.shape, -INF)
    for i in range(scores.shape[0]):
        for j in range(scores.shape[1]):
            if mask[i, j]:
                masked_scores[i, j] = scores[i, j]
    return masked_scores


EXERCISES = (
    Exercise(
        answer=sliding_window_mask,
        inputs=[(3, 2), (5, 3), (4, 1), (6, 4), (4, 4)],
        mistakes={
            "The window is one key too wide: a width of 2 means the query itself and one key before it. The query counts too.":
                lambda n, width: _tri(n) & ~_tri(n, k=-width - 1),
            "The window is one key too narrow: a width of 2 means the query itself and one key before it. With a width of 1 "
            "each query should still see itself.": lambda n, width: _tri(n) & ~_tri(n, k=1 - width),
            "The window looks ahead: it reaches as far after the query as before it. Both rules must hold, the window and the "
            "order.": lambda n, width: _tri(n, k=width - 1) & ~_tri(n, k=-width),
            "The window lies on the wrong side: each query sees itself and the keys after it. Rows are queries, columns keys.":
                lambda n, width: (_tri(n) & ~_tri(n, k=-width)).mT,
            "The future is still open: queries see the keys after them. Not too far back is one rule, not after the query is the "
            "other; join them by `&`.": lambda n, width: ~_tri(n, k=-width),
            "The query itself is missing, and the window begins one key too early: it holds `width` keys, the query the last.":
                lambda n, width: _tri(n, k=-1) & ~_tri(n, k=-width - 1),
            "The query itself is missing: it is the last of the `width` keys. A slice or a range ends before its second number.":
                lambda n, width: _tri(n, k=-1) & ~_tri(n, k=-width),
            "`mask` is still the notebook's, (5, 5), for five tokens. Make a triangle for `n` of them.":
                lambda n, width: _tri(5) & ~_tri(n, k=-width),
            "Nothing is too far away yet: this is the causal mask. The keys further back than the window must go.":
                lambda n, width: _tri(n),
            "You kept the keys that are too far away, and hid the window. What `np.tri` with that k marks is to be taken away, "
            "with `~`.": lambda n, width: _tri(n, k=-width),
            "Nobody sees anybody. A positive k moves the triangle up, so you took away more than there was; a negative k moves "
            "it down.": lambda n, width: _tri(n) & ~_tri(n, k=width),
            "Everybody sees everybody. Two rules must both hold; joined by `|` or `or`, one of them is enough.":
                lambda n, width: _tri(n) | ~_tri(n, k=-width),
            "This is the window of 3 of the lesson, for every width. Let k depend on `width`.":
                lambda n, width: _tri(n) & ~_tri(n, k=-3),
            "The polarity: yours is True where the key is forbidden. In this course True means that the query may attend.":
                lambda n, width: ~(_tri(n) & ~_tri(n, k=-width)),
            "The first queries see the end of the line: a negative index counts from there. No key stands before key 0.":
                _window_by_loop,
            "The first queries see nobody: the slice begins at a negative index, which counts from the end. Let it begin at 0 "
            "there.": _window_by_slices,
            "The ones stand in the right places, but they are numbers, and a mask holds booleans, True and False. `np.tri` and "
            "`np.zeros` make those with `dtype=bool`.": lambda n, width: np.tri(n) - np.tri(n, k=-width),
            "Without `dtype=bool` the triangles hold the floats 1 and 0, and `~` has no meaning for floats.":
                lambda n, width: np.tri(n) * ~np.tri(n, k=-width),
            "NumPy does not subtract booleans. Say it as two rules: in the large triangle and (`&`) not (`~`) in the small one.":
                lambda n, width: _tri(n) - _tri(n, k=-width),
            "The words `and` and `not` ask whether a whole array is true. Entry by entry these are `&` and `~`.":
                lambda n, width: _tri(n) and not _tri(n, k=-width),
        },
        hints=("Two rules must both hold: not after the query, and not too far before it. Which of them do you have already?",
               "`np.tri(n, k=-3, dtype=bool)` marks what lies three or more keys back. The lesson took that away from the causal "
               "mask.",
               "Check your k with a width of 1: each query must see itself and nobody else."),
        why="One triangle says what is not after the query, the other, moved down by `width`, what is too far before it. With n "
            "tokens there are at most n · `width` scores to keep, no longer about n² / 2."),
    Exercise(
        answer=padding_and_causal,
        inputs=[(np.array([[True, False], [True, True]]),),
                (np.array([[True, True, False], [False, True, True], [True, True, True]]),),
                (np.array([[False, True, True, True]]),),
                (np.array([[True, True, True, False], [True, False, True, True], [True, True, False, False],
                           [False, False, False, True]]),)],
        mistakes={
            "You hid the rows of the padding. It is as keys that padding must not be seen, in the columns: where does the new "
            "axis go?": lambda t: t[:, :, None] & _causal(t),
            "You hid the rows of the padding as well as its columns. Nobody uses those outputs, so here a query is only asked "
            "which keys it may see.": lambda t: t[:, :, None] & t[:, None, :] & _causal(t),
            "The batch axis is lost: NumPy laid the sentences of the batch along the queries. Give `is_token` an axis for the "
            "queries, between the batch and the keys.": lambda t: t & _causal(t),
            "The new axis stands in front, so the sentences of the batch lie along the queries. It belongs between the batch and "
            "the keys.": lambda t: t[None] & _causal(t),
            "You joined the two rules by `|`, so one of them is enough. Both must hold.": lambda t: t[:, None, :] | _causal(t),
            "The padding is hidden, but the order is not: queries see tokens that come after them.":
                lambda t: np.repeat(t[:, None, :], t.shape[-1], axis=1),
            "This is the padding alone, one row for all queries. Now join it with the order, which gives each query a row of its "
            "own.": lambda t: t[:, None, :],
            "The order is right, but the padding can still be seen.":
                lambda t: np.repeat(_causal(t)[None], len(t), axis=0),
            "The order alone, and the same for all: the padding can still be seen, and the batch axis is missing.":
                lambda t: _causal(t),
            "The polarity of the padding: you kept the keys that are padding. `is_token` already says True for a token.":
                lambda t: ~t[:, None, :] & _causal(t),
            "The polarity of the result: yours is True where the key is forbidden. In this course True means that the query may "
            "attend.": lambda t: ~(t[:, None, :] & _causal(t)),
            "The triangle is the wrong way round: queries see the keys after them. Read the first row aloud.":
                lambda t: t[:, None, :] & _causal(t).mT,
            "The diagonal is hidden: a token that is not padding may see itself.":
                lambda t: t[:, None, :] & _tri(t.shape[-1], k=-1),
            "The ones stand in the right places, but they are numbers, and a mask holds booleans: `np.tri` and `np.zeros` make "
            "those with `dtype=bool`.":
                lambda t: t[:, None, :] * np.tri(t.shape[-1]),
            "The triangle has the size of the batch: `len(is_token)` counts sentences. Tokens are counted by the last axis.":
                lambda t: t[:, None, :] & _tri(len(t)),
            "Each sentence got the padding of those before it as well: they share one mask, and `&=` changes it for good. Begin "
            "with a new triangle for each.":
                lambda t: np.logical_and.accumulate(t)[:, None, :] & _causal(t),
            "All sentences got one and the same mask, which hides the padding of all. Begin with a new triangle for each.":
                lambda t: np.repeat((t.all(axis=0) & _causal(t))[None], len(t), axis=0),
            "The word `and` asks whether a whole array is true. Entry by entry that is `&`.":
                lambda t: _causal(t) and t[:, None, :],
            "`&` joins booleans, and `np.tri` makes floats, 1 and 0, unless you give it `dtype=bool`.":
                lambda t: t[:, None, :] & np.tri(t.shape[-1]),
        },
        hints=("For one sentence the lesson joined a triangle and a row by `&`, shapes (n, n) and (n,). Make a triangle of your "
               "own size; what changes with a batch in front?",
               "Axes are matched from the right. (batch, n_k) needs an axis of length 1 for the queries, which stand before the "
               "keys.",
               "`is_token[:, None, :]` has the shape (batch, 1, n_k)."),
        why="The padding mask is a row for each sentence, the causal mask a table for all sentences; broadcasting joins them. A "
            "row without a single yes, as with padding in front, is allowed: its weights will be 0."),
    Exercise(
        answer=masked_weights,
        inputs=[(np.array([[1.0, 2.0], [0.0, 3.0]]), _tri(2)), (ROWS, ALLOWED),
                (np.array([[-8.0, -10.0], [-9.0, 4.0]]), np.array([[True, True], [True, False]])),
                (STACK, np.stack([ALLOWED, ALLOWED])), (ROWS, EMPTY),
                (STACK, np.stack([ALLOWED, EMPTY])),
                (np.array([[1.0, 1000.0, 2.0], [1000.0, 0.0, 1.0]]), np.array([[True, False, True], [False, True, True]]))],
        mistakes={
            "The mask still comes after the division. 1 was shared out among all keys, so a row with a forbidden key sums to "
            "less than 1: forbid before anything is summed.": lambda s, m: _shares(np.exp(s)) * m,
            "You masked after the exponential and divided by the new sum. That mends most rows, but a huge forbidden score "
            "turns its row into NaN, and a row without a yes is 0 / 0. Replace the scores first, and mind the empty row.":
                lambda s, m: _shares(np.exp(s) * m),
            "Right until a forbidden score is huge: its exponential overflows to ∞, and 0 times ∞, like ∞ / ∞, is NaN. Replace "
            "the score before the exponential sees it.": lambda s, m: _safe_shares(np.exp(s) * m),
            "Rows with a huge forbidden score came out as 0. Was NaN turned into 0, or was the forbidden score the largest that "
            "you subtracted? Replace forbidden scores before anything else.":
                lambda s, m: np.nan_to_num(_shares(np.exp(s) * m)),
            "A forbidden score became 0, a score like any other with the exponential 1, so forbidden keys get a share. Which "
            "score has the exponential 0?": lambda s, m: _shares(np.exp(np.where(m, s, 0))),
            "A row without a yes came out as NaN: that is 0 / 0, or −∞ − (−∞) if you subtract the largest. A query that may "
            "attend to nothing gets weights of 0.": lambda s, m: _shares(np.exp(np.where(m, s, -INF))),
            "In a row without a yes you share the weight among forbidden keys. That is what -1e9 does once the row's largest "
            "score is subtracted.": lambda s, m: steps.softmax(np.where(m, s, -1e9)),
            "The polarity: you forbade the keys where the mask is True. True means that the query may attend.":
                lambda s, m: _safe_shares(np.exp(np.where(m, -INF, s))),
            "The polarity: you forbade the keys where the mask is True, which means that the query may attend. And a row with "
            "nothing left is 0 / 0, NaN.": lambda s, m: _shares(np.exp(np.where(m, -INF, s))),
            "The polarity, and the mask still comes after the division: you removed the weights where the mask is True, and what "
            "is left does not sum to 1.": lambda s, m: _shares(np.exp(s)) * ~m,
            "You put +∞ where −∞ belongs: the exponential of +∞ is ∞, and ∞ / ∞ is NaN.":
                lambda s, m: _shares(np.exp(np.where(m, s, INF))),
            "You added the mask to the scores. True counts as 1, so allowed scores grew by 1 and no key was forbidden.":
                lambda s, m: _shares(np.exp(s + m)),
            "The mask does nothing here: these are the weights of the open scores.": lambda s, m: _shares(np.exp(s)),
            "The forbidden exponentials are 0, but nothing makes a row sum to 1: divide by its sum.":
                lambda s, m: np.exp(np.where(m, s, -INF)),
            "The forbidden keys got the score 0, whose exponential is 1. Their weights are gone in the end, but the sum that "
            "divides still counts them.": lambda s, m: _shares(np.exp(np.where(m, s, 0))) * m,
            "Rows with small exponentials do not sum to 1: a sum below 1 was replaced as well. Only a sum of exactly 0 is to "
            "become 1.": _at_least_1,
            "`if` and `and` ask for one yes or no, and an array has many. Choose entry by entry, with `np.where`.":
                lambda s, m: bool(m.sum(axis=-1, keepdims=True) == 0),
            "You divided by the sum of the whole array. Every query shares out 1 of its own: sum each row, `axis=-1`.":
                lambda s, m: np.exp(np.where(m, s, -INF)) / np.exp(np.where(m, s, -INF)).sum(),
            "Right for one table. With a batch in front axis 1 counts queries: sum along the last axis, `axis=-1`.":
                lambda s, m: _over_axis_1(np.exp(np.where(m, s, -INF))),
            "The sums lost their axis, so NumPy laid them along the columns, one sum for each key. Keep it: `keepdims=True`.":
                _without_keepdims,
            "The forbidden keys are out, but the sums run down the columns. A query's weights are a row: `axis=-1`.":
                lambda s, m: _safe_shares(np.exp(np.where(m, s, -INF)).mT).mT,
        },
        hints=("What does the sum below the fraction contain that it should not?",
               "Replace the forbidden scores before the exponential: what must stand there?",
               "A row without a yes has the sum 0. The lesson divided by 1 there, with `np.where`."),
        why="With −∞ in place of a forbidden score its exponential is 0 above and below the fraction: no share, no influence. "
            "The second `np.where` is the rule for the query that may attend to nothing."),
    Exercise(
        answer=leaks,
        inputs=[(without_mask, THREE), (with_causal_mask, THREE), (sees_one_ahead, FOUR), (sees_the_last_token, FOUR),
                (with_a_window_of_2, FOUR), (second_head_without_mask, THREE), (filled_with_minus_20, FOUR),
                (passes_on_the_second_number, FOUR), (with_opposite_numbers, ZERO_ROW)],
        seen=_table_or_positions,
        mistakes={
            "You reported every influence. A token may change its own output and those after it; a leak is only what goes back, "
            "to an output before the token.": _changes,
            "The diagonal is no leak: every token may change its own output.":
                lambda attend, X: np.triu(_changes(attend, X)),
            "You kept the wrong half: what an earlier token does to a later output is allowed. A leak goes from a later token "
            "back to an earlier output.": lambda attend, X: np.tril(_changes(attend, X), k=-1),
            "Rows and columns are exchanged: [i, j] is for output i and token j, so the tokens changed run along the columns.":
                lambda attend, X: np.triu(_changes(attend, X), k=1).mT,
            "Each token changed fills a row in yours, and then you kept the upper half, which here is what earlier tokens do to "
            "later outputs. Exchange rows and columns first.": lambda attend, X: np.triu(_changes(attend, X).mT, k=1),
            "You changed token j and all tokens after it at once. Then one leak shows in several columns: change one token at a "
            "time.": lambda attend, X: np.triu(_changes(attend, X, lambda X, j: X + (np.arange(len(X)) >= j)[:, None]), k=1),
            "You found no leak at all, not even without a mask. Is `changed` a copy of X and not a second name, is the change "
            "stored in it, and do you compare `attend(changed)` with `attend(X)`?":
                lambda attend, X: np.zeros((len(X), len(X)), dtype=bool),
            "You found a leak everywhere, even with a causal mask. Is each token put back before the next is changed, with a "
            "fresh `X.copy()`? Is each output row judged for itself? And is the change finite? NaN passes even a weight of 0.":
                lambda attend, X: np.triu(_changes(attend, X, lambda X, j: X + (np.arange(len(X)) <= j)[:, None]), k=1),
            "You changed only the last token. Every token after the first can leak: test them one by one.":
                lambda attend, X: np.triu(_changes(attend, X), k=1) & (np.arange(len(X)) == len(X) - 1),
            "You missed a leak in a part of the output. An output is a row of numbers: if any of them changes, and not only the "
            "first or all together, the token comes through.":
                lambda attend, X: np.triu(_changes(attend, X, differ=lambda now, before: (now != before).all(axis=-1)), k=1),
            "You missed a small leak: the comparison rounds or allows a tolerance, or the change is tiny. No earlier output may "
            "change by even one bit, so ask with `!=`.":
                lambda attend, X: np.triu(_changes(attend, X, differ=lambda now, before: ~np.isclose(now, before).all(axis=-1)),
                                          k=1),
            "You missed a leak of a token of zeros. Set to 0, times 2, or with its sign turned it stays as it is: add to it.":
                _changed_by(lambda X, j: X * (np.arange(len(X)) != j)[:, None]),
            "You missed a leak through a token's second number: change the whole row, not only its first.":
                _changed_by(lambda X, j: X + np.outer(np.arange(len(X)) == j, np.arange(X.shape[1]) == 0)),
            "You missed a leak in which the numbers of an output change, but their sum does not. Compare the numbers themselves.":
                lambda attend, X: np.triu(_changes(attend, X, differ=lambda now, before: now.sum(-1) != before.sum(-1)), k=1),
            "You changed all later tokens at once, or cut them off: that shows that output i leaks, not from which token. Change "
            "one at a time.": _rows_of_leaks,
            "Two things: changing all later tokens at once, or cutting them off, shows that output i leaks, not from which; "
            "and a tolerance hides a small leak, so compare with `!=`.":
                lambda attend, X: _rows_of_leaks(attend, X, lambda now, before: not np.allclose(now, before)),
            "`attend` takes the whole X, (n, d), one version at a time: no batch of versions, and no single row.":
                lambda attend, X: attend(X[None]),
            "An output is a row of numbers, so `!=` gives a row of answers, and one place of the table holds one. Has any of "
            "them changed? That is `.any()`.": lambda attend, X: np.zeros(1, dtype=bool).__setitem__(0, attend(X)[0] != 0),
            "An output is a row of numbers, so `!=` gives a row of answers, and `if` or `and` takes one. Has any of them "
            "changed? That is `.any()`.": lambda attend, X: bool(attend(X)[0] != 0),
            "You looked along the wrong axis: `any(axis=0)` joins the outputs and keeps the components. Each output is a row, so "
            "join along its numbers.": _along_the_wrong_axis,
            "The table is right, but made of ones and zeros. It says yes or no: begin with `np.zeros((n, n), dtype=bool)`.":
                lambda attend, X: np.triu(_changes(attend, X), k=1) * 1.0,
            "You gave a list of positions. Asked is a table: True at those positions, False elsewhere.":
                lambda attend, X: np.argwhere(np.triu(_changes(attend, X), k=1)),
            "You said whether there is a leak. The table says where: one yes or no for each output and each token.":
                lambda attend, X: np.triu(_changes(attend, X), k=1).any().item(),
        },
        hints=("One token at a time: copy X, change row j of the copy, and compare `attend(changed)` with `attend(X)`. Any "
               "finite change will do, such as adding 1.",
               "A row of the output has changed if any of its numbers has. That is column j of your table.",
               "At the end keep what lies above the diagonal: `np.triu` with k=1."),
        why="The test needs no look inside `attend`, and compares bits, because even a forbidden weight of a billionth is a "
            "leak. A leak found is proof; none found means none for this X and this change."),
    Exercise(
        answer=steps.causal_mask,
        inputs=[(2,), (4,), (2, 4), (5, 3), (1, 3)],
        mistakes={
            "The triangle is the wrong way round: query 0 sees all keys, the last query only itself. Read the first row aloud.":
                lambda n_q, n_k=None: _tri(n_k or n_q, n_q).mT,
            "The diagonal is hidden: query i may see itself, and query 0 sees nobody here.":
                lambda n_q, n_k=None: _tri(n_q, n_k, k=-1),
            "Query i sees one key too many: keys 0 to i + 1. The triangle lies one step too high.":
                lambda n_q, n_k=None: _tri(n_q, n_k, k=1),
            "The polarity: yours is True for the keys after the query, the forbidden ones. True means that the query may attend.":
                lambda n_q, n_k=None: ~_tri(n_q, n_k),
            "The triangle is right, but made of ones and zeros. A mask holds booleans, yes or no: there is an argument for that.":
                lambda n_q, n_k=None: np.tri(n_q, n_k),
            "The triangle is the wrong way round, and made of ones and zeros where a mask holds booleans.":
                lambda n_q, n_k=None: np.tri(n_k or n_q, n_q).mT,
            "Two things: yours marks the forbidden keys, where True should mean that the query may attend; and it holds ones and "
            "zeros, not booleans.": lambda n_q, n_k=None: 1 - np.tri(n_q, n_k),
            "The diagonal is hidden, and the mask is made of ones and zeros where it holds booleans.":
                lambda n_q, n_k=None: np.tri(n_q, n_k, k=-1),
            "This holds 0 and −∞, to be added to scores. Here a mask is made of booleans, and `apply_mask` puts in the −∞.":
                lambda n_q, n_k=None: np.where(_tri(n_q, n_k), 0, -INF),
            "With as many queries as keys it is right. Otherwise yours begins at the bottom right, as if the queries were the "
            "last tokens; this one begins at the top left: query i sees keys 0 to i.":
                lambda n_q, n_k=None: _tri(n_q, n_k, k=(n_k or n_q) - n_q),
            "You left `n_k` out: the mask is always square. Columns are keys, so there are `n_k` of them when it is given.":
                lambda n_q, n_k=None: _tri(n_q),
            "Two things: `n_k` is left out, so the mask is always square; and it is made of ones and zeros, not booleans.":
                lambda n_q, n_k=None: np.tri(n_q),
            "Sizes exchanged: rows are queries, columns keys, so the shape is (`n_q`, `n_k`).":
                lambda n_q, n_k=None: _tri(n_k or n_q, n_q),
            "Called with one number, `n_k` is None, which is no size. Then there are as many keys as queries.":
                lambda n_q, n_k=None: np.tril(np.ones((n_q, n_k), dtype=bool)),
            "Called with one number, `n_k` is None, which is no size; then it is `n_q`. And where `n_k` is given, yours holds "
            "ones and zeros, not booleans.": lambda n_q, n_k=None: np.tril(np.ones((n_q, n_k))),
            "Called with one number, `n_k` is None, and `np.arange` cannot count to it. Then there are as many keys as queries.":
                lambda n_q, n_k=None: np.arange(n_k) <= np.arange(n_q)[:, None],
        },
        hints=("Read it aloud first: position 0 sees 0; position 1 sees 0 and 1. Rows are queries.",
               "One function of NumPy makes a triangle of ones, of any shape. What tells it to make booleans?",
               "If `n_k` is None, use `n_q`. `np.tri` does that by itself."),
        why="The triangle is `j <= i` for all pairs at once. `size` checks that it was given a whole number, 0 or more; "
            "without it the line does the same."),
    Exercise(
        answer=steps.apply_mask,
        inputs=[(np.array([[1.0, 5.0], [2.0, 7.0]]), _tri(2)), (ROWS, ALLOWED), (np.where(_tri(3, 4), ROWS, -INF), ALLOWED),
                (STACK, ALLOWED), (STACK, np.array([[[True, True, False, True]], [[False, False, False, True]]])),
                (ROWS, np.array([True, False, True, True])), (ROWS, EMPTY)],
        mistakes={
            "You put 0 where −∞ belongs. 0 is a score like any other: its exponential is 1, so forbidden keys get a weight.":
                lambda s, m: np.where(m, s, 0),
            "You multiplied by the mask: a forbidden score becomes 0, a score like any other, and a −∞ that was there becomes "
            "NaN. Choose between two values; do not multiply.": lambda s, m: s * m,
            "You put -1e9 where −∞ belongs. In most rows nobody notices, but a row that is all forbidden then looks at everybody "
            "alike, and no error says so.": lambda s, m: np.where(m, s, -1e9),
            "The polarity: you forbade where the mask is True. True means that the query may attend.":
                lambda s, m: np.where(m, -INF, s),
            "Two things: True means that the query may attend, so those scores should stay; and the others become −∞, not 0.":
                lambda s, m: np.where(m, 0, s),
            "Two things: True means that the query may attend, so those scores should stay; and the others become −∞, not -1e9.":
                lambda s, m: np.where(m, -1e9, s),
            "The sign: with +∞ the forbidden key would win everything. Its exponential must be 0.":
                lambda s, m: np.where(m, s, INF),
            "You added −∞ times the opposite of the mask. Where a key is allowed that is 0 times ∞, NaN, so its score is lost.":
                lambda s, m: s + ~m * -INF,
            "You multiplied by −∞: a negative score becomes +∞, and 0 becomes NaN. A forbidden score has to be replaced, "
            "whatever it was.":
                lambda s, m: s * np.where(m, 1, -INF),
            "You added the mask: True counts as 1, so allowed scores grew by 1 and nothing was forbidden.": lambda s, m: s + m,
            "You took the weights and masked them, after softmax. This step comes before: it takes scores and gives scores.":
                lambda s, m: _shares(np.exp(s)) * m,
            "You went a step too far: these are weights. `apply_mask` gives masked scores; softmax comes after it.":
                lambda s, m: _shares(np.exp(np.where(m, s, -INF))),
            "Indexing with the mask picks the allowed scores and lays them in a line. Keep the shape, and replace the others.":
                lambda s, m: s[m],
            "Right for a mask of the scores' own shape. But indexing with a mask does not broadcast it over batch and heads; "
            "`np.where` does.": _index_in_a_copy,
            "Two things: you forbade where the mask is True, which means that the query may attend; and indexing with a mask "
            "does not broadcast it. `np.where` does.": lambda s, m: _index_in_a_copy(s, ~m),
            "The two loops are right for one table and a mask of its shape. With a batch in front they run over batch and "
            "queries, and a smaller mask has no entry of its own for each pair. `np.where` takes care of both.": _two_loops,
            "The mask does nothing: all scores are still there.": lambda s, m: s,
            "You used the causal triangle, whatever the mask says. Take the mask that was given.":
                lambda s, m: np.where(_tri(*s.shape[-2:]), s, -INF),
        },
        hints=("A choice between two values, entry by entry: the score, or what else?",
               "Which number has the exponential 0, exactly?",
               "`np.where(condition, this, that)` makes a new array and broadcasts all three."),
        why="`np.where` replaces, so it does not matter what a forbidden score was, and it broadcasts the mask over batch and "
            "heads. The rest checks what was given: `boolean_mask` refuses ones and zeros, and float32 scores stay float32."),
)

QUESTIONS = (
    Question("A language model learns very fast: its training loss is far lower than anybody expected. But the text that it "
             "writes is nonsense. What would you look at first?", (
        Choice("Whether it uses -1e9 in place of −∞.", False,
               "In a row with one ordinary score both give the same weights, to the last bit. Worth a look with padding in "
               "front, but it does not explain this."),
        Choice("Whether the model has too few heads.", False,
               "That would make training worse, not suspiciously good. Too good to be true points to information that should "
               "not be there."),
        Choice("Whether some output depends on later tokens.", True,
               "In training the answer then stands in the input, and the model learns to copy it. When it writes, those tokens "
               "do not exist yet. A leak test finds it in a minute."))),
    Question("A query gives four keys the weights 0.4, 0.3, 0.2 and 0.1. Then a mask forbids the first key. Where does its 0.4 "
             "go?", (
        Choice("To the other three keys, in equal parts.", False,
               "That would add the same to each and change their ratios. The mask leaves their exponentials alone; only the sum "
               "that divides them is smaller."),
        Choice("To the other three keys, each in proportion to what it has.", True,
               "All three are divided by 0.6: they become 1/2, 1/3 and 1/6. Their ratios stay the same, as if the first key had "
               "never been there."),
        Choice("All of it to the second key, the largest that is left.", False,
               "Softmax is no contest with one winner: every key that is left keeps its ratio to the others."),
        Choice("Nowhere: the row then sums to 0.6.", False,
               "That is what comes of masking after softmax. Masked before, the row sums to 1 again."))),
    Question("A model reads finished e-mails, a batch at a time, and marks every word as a name or not. Which mask does it "
             "need?", (
        Choice("The padding mask only.", True,
               "The whole text is there, so every word may look at every other; only the filling must not be looked at."),
        Choice("The causal mask only.", False,
               "Nothing here is written from left to right, and the words after a name help to recognise it."),
        Choice("Both, to be on the safe side.", False,
               "It would run, but each word would be judged without what follows it. Hiding what one may know is no safety."),
        Choice("None: the model learns to ignore the filling.", False,
               "It might in part, but a softmax row gives every key a share, so the same e-mail would get other outputs in a "
               "batch with longer ones."))),
)
