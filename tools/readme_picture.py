"""The README's picture, which `make outputs` draws."""
import numpy as np

from course_lib.examples import make_pocket
from course_lib.plots import Picture, as_shipped
from course_lib.steps import apply_mask, attention, causal_mask, score
from course_lib.tables import HeatTable, number


@as_shipped()
def overview():
    """The pocket example through the whole chain: every matrix with its numbers, from X to the output."""
    from matplotlib.figure import Figure
    pocket = make_pocket()
    X = pocket.E_token[pocket.ids] + pocket.E_pos
    output, weights = attention(pocket.Q, pocket.K, pocket.V, causal_mask(4))
    scores = apply_mask(score(pocket.Q, pocket.K), causal_mask(4))
    figure = Figure(figsize=(10, 4.2), dpi=120, layout="constrained")
    places = figure.add_gridspec(3, 5, width_ratios=(4, 2.4, 4.4, 4.4, 3.2))
    for place, title, matrix, columns in (
            (places[:, 0], "tokens → X", X, ()),
            (places[0, 1], "Q", pocket.Q, ()),
            (places[1, 1], "K", pocket.K, ()),
            (places[2, 1], "V", pocket.V, ()),
            (places[:, 2], "scores = Q Kᵀ, masked", scores, pocket.tokens),
            (places[:, 3], "weights = softmax(scores / √d_k)", weights, pocket.tokens),
            (places[:, 4], "output = weights · V", output, ())):
        _grid(figure.add_subplot(place), title, matrix, pocket.tokens, columns)
    figure.suptitle("the cat chases the …", fontweight="bold")
    return Picture(figure, "From left to right: X, then Q, K and V, masked scores, weights, output; every row is a token.")


def _grid(axes, title, matrix, row_names, column_names):
    """A small matrix as coloured squares with their numbers, coloured as a HeatTable colours them."""
    from matplotlib.colors import to_rgba
    table = HeatTable(matrix)
    axes.imshow([[to_rgba(table.ground(value)) for value in row] for row in table.rows])
    for i, j in np.ndindex(np.shape(matrix)):
        axes.annotate(number(table.rows[i][j], min(table.decimals, 2)), (j, i), ha="center", va="center", fontsize=8)
    axes.set_title(title, fontsize=9)
    axes.set_yticks(range(len(matrix)), row_names, fontsize=8)
    axes.set_xticks(range(len(column_names)), column_names, fontsize=8, rotation=45)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
