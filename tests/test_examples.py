"""The running examples against the published numbers, typed here once from the facts of the course."""
import itertools
import random

import numpy as np
import pytest

import course_lib
from course_lib import (apply_mask, attention, batch, causal_mask, checks, embed, examples, merge_heads, multi_head_attention,
                        planes, plots, pocket, project, scale, score, sentence, softmax, steps, tables, weighted_sum)
from course_lib.examples import make_batch, make_pocket, make_sentence
from course_lib.explorers import flow, heads, lessons
from tests.each import each

MOUSE = [[[1, 3]], [[1, 2]], [[3, 0]], [0, 2]]         # query, key, value, column of W_O


@pytest.fixture(scope="module")
def chain():
    """X, scores, scaled_scores, weights, output and concatenation of the sentence, both heads."""
    X = embed(sentence.ids, sentence.E_token, sentence.E_pos)
    Q, K, V = (project(X, W) for W in (sentence.W_Q, sentence.W_K, sentence.W_V))
    output, weights = attention(Q, K, V, causal_mask(5))
    return {"Q": Q, "K": K, "scores": score(Q, K), "scaled_scores": scale(score(Q, K), 8), "weights": weights, "output": output,
            "concatenation": merge_heads(output)}


def published(values, digits=4):
    """The values as they are printed: rounded to so many decimals."""
    return np.round(values, digits).tolist()


@pytest.mark.parametrize("make, example", [(make_sentence, sentence), (make_pocket, pocket), (make_batch, batch)])
def test_an_example_made_again_is_the_same(make, example):
    """Bit for bit, with the same types, and no array can be written to: nothing but its own code decides its numbers."""
    for again, first in zip(make(), example, strict=True):
        assert type(again) is type(first) and np.array_equal(again, first)
        assert isinstance(again, tuple) or (again.dtype == first.dtype and not again.flags.writeable)


def test_the_sentence_has_its_tokens_and_sizes():
    """Five tokens, their ids in a vocabulary of six, d_model 16, two heads of 8."""
    assert sentence.vocabulary == ("<PAD>", "<BOS>", "<EOS>", "I", "like", "transformers")
    assert sentence.tokens == ("<BOS>", "I", "like", "transformers", "<EOS>") and sentence.ids.tolist() == [1, 3, 4, 5, 2]
    shapes = {"E_token": (6, 16), "E_pos": (5, 16), "W_Q": (2, 16, 8), "W_K": (2, 16, 8), "W_V": (2, 16, 8), "W_O": (16, 16)}
    assert {name: getattr(sentence, name).shape for name in shapes} == shapes


def test_the_sentence_gives_the_published_scores(chain):
    """Landmarks of head 0: the row of <BOS>, and the first terms of the score of I with <BOS>."""
    assert published(chain["scores"][0, 0]) == [-0.0126, 0.0213, -0.0152, 0.0211, -0.0137]
    assert published(chain["Q"][0, 1, :3]) == [-0.0997, -0.0394, 0.0301]
    assert published(chain["K"][0, 0, :3]) == [-0.0090, -0.0398, 0.0085]
    assert published(chain["scores"][0, 1, 0]) == 0.0021
    assert published(chain["scaled_scores"][0, 1]) == [0.0007, -0.0047, 0.0042, -0.0009, 0.0032]


def test_the_sentence_gives_the_published_weights_and_output(chain):
    """The row of I in both heads, its softmax terms, and the first entries of its output."""
    assert published(chain["weights"][:, 1]) == [[0.5014, 0.4986, 0, 0, 0], [0.5009, 0.4991, 0, 0, 0]]
    row = chain["scaled_scores"][0, 1, :2]
    assert published(np.exp(row - row.max())) == [1, 0.9945] and published(np.exp(row - row.max()).sum()) == 1.9945
    assert published(chain["output"][0, 1, :3]) == [0.0683, 0.0368, -0.0263]


def test_the_output_projection_is_not_transposed(chain):
    """Entry [0][0] is -0.001460 with W_O, the published hand check, and 0.033421 with its transpose, the published slip."""
    X = embed(sentence.ids, sentence.E_token, sentence.E_pos)
    output = multi_head_attention(X, sentence.W_Q, sentence.W_K, sentence.W_V, sentence.W_O, causal_mask(5))[0]
    assert published(output[0, 0], 6) == -0.001460
    assert published((chain["concatenation"] @ sentence.W_O.mT)[0, 0], 6) == 0.033421


def test_the_pocket_example_has_the_keys_values_and_query_of_the_paper():
    """Its projections give them, as integers."""
    X = pocket.E_token[pocket.ids] + pocket.E_pos
    assert pocket.K.tolist() == (X @ pocket.W_K).tolist() == [[1, 0], [3, 1], [0, 3], [2, 0]]
    assert pocket.V.tolist() == (X @ pocket.W_V).tolist() == [[0, 0], [4, 1], [2, 2], [0, 0]]
    assert pocket.Q.tolist() == (X @ pocket.W_Q).tolist() and pocket.Q[3].tolist() == [2, 3]
    assert pocket.labels == ("the (0)", "cat (1)", "chases (2)", "the (3)")


def test_the_pocket_s_heads_write_where_it_says_something():
    """A thing under `cat` and, because its word is a noun, under `the`; an action under `chases`."""
    written = [[pocket.vocabulary[i] for i in np.flatnonzero(row)] for row in pocket.W_O]
    assert written == [["the", "cat"], ["chases"]] and pocket.W_O.max() == 1


def test_one_head_imitates_the_pocket_s_two_for_one_text_only():
    """Values solved for give it their findings, by huge numbers; with *cat* and *chases* exchanged all is wrong."""
    def found(ids, W_V):
        X = embed(ids, pocket.E_token, pocket.E_pos)
        Q, K, V = X @ pocket.W_Q, X @ pocket.W_K, X @ pocket.W_V
        two, _ = attention(Q.mT[..., None], K.mT[..., None], V.mT[..., None], causal_mask(4))
        one, weights = attention(Q, K, V if W_V is None else X @ W_V, causal_mask(4))
        return X, weights, one, merge_heads(two)
    X, weights, _, two = found(pocket.ids, None)
    W_V = np.linalg.solve(X, np.linalg.solve(weights, two))
    assert np.allclose(found(pocket.ids, W_V)[2], two) and W_V.max() > 5000
    _, _, one, two = found(pocket.ids[[0, 2, 1, 3]], W_V)
    assert np.abs(one[3] - two[3]).max() > 4000


def test_free_to_choose_a_query_two_heads_beat_one_by_a_hair():
    """Less of head 0 leaves the hull and says *mouse* more surely than any query of one head on a grid, or any blend."""
    def mouse(found):
        return softmax(found @ pocket.W_U)[..., 0]
    def two(query):
        return merge_heads(attention(np.array(query)[:, None, None], pocket.K.mT[..., None], pocket.V.mT[..., None])[0])
    grid = np.linspace(-30, 30, 241)
    queries = np.stack(np.meshgrid(grid, grid), axis=-1)
    one = mouse(attention(queries, pocket.K, pocket.V)[0])
    blends = np.array([(1 - a - b, a, b) for a in np.linspace(0, 1, 101) for b in np.linspace(0, 1 - a, 101)]) @ pocket.V[:3]
    assert published([one.max(), mouse(blends).max(), mouse(two([0.68, 30]))[0]]) == [0.9489, 0.9489, 0.9556]
    assert published(two([0.68, 30])[0]) == [2.2501, 2] and (pocket.V @ [1, 2]).max() == 6 < two([0.68, 30])[0] @ [1, 2]


def test_two_heads_and_one_say_mouse():
    """How surely, as the teaching notes of 08 tell: both, each with the other one's number of the single head, with the single
    head's divisor, and one head that looks at *chases* alone."""
    def found(divisor):
        return merge_heads(attention(pocket.Q.mT[..., None] / divisor, pocket.K.mT[..., None], pocket.V.mT[..., None])[0])[3]
    two, (one, _) = found(1), attention(pocket.Q[3:], pocket.K, pocket.V)
    both = np.array([two, [two[0], one[0, 1]], [one[0, 0], two[1]], found(np.sqrt(2)), pocket.V[2]])
    assert published(softmax(both @ pocket.W_U)[:, 0]) == [0.9222, 0.7185, 0.9471, 0.9403, 0.9479]


def test_one_cut_finds_the_chaser_or_the_chased():
    """By place, whatever the shares: one cut finds only what has the larger share, and with halves neither."""
    chaser, chased = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    def found(answers, number):
        return number[answers == 0].max() < number[answers == 1].min()
    for share in np.linspace(0, 1, 101):
        number = share * chaser + (1 - share) * chased
        assert [found(answers, number) for answers in (chaser, chased)] == [share > 0.5, share < 0.5]
        cat, mouse = np.random.default_rng(0).normal(size=(2, 5))                       # longer values: still on one line
        longer = sum(np.outer(part * who, cat) + np.outer(part * (1 - who), mouse)
                     for part, who in ((share, chaser), (1 - share, chased)))
        assert np.allclose(longer, mouse + np.outer(number, cat - mouse))


def test_a_word_cannot_win_lose_and_win_again():
    """By points for each unit that comes home, and others to begin with, whatever they are: it wins between two ends."""
    points = np.random.default_rng(0).normal(size=(2000, 5, 2))
    winners = (points @ [[0.4, 0.6, 1], [1, 1, 1]]).argmax(axis=1)
    assert not ((winners[:, 0] == winners[:, 2]) & (winners[:, 0] != winners[:, 1])).any()


def test_word_and_place_together_find_both():
    """One head looks at *cat* in front, at *mouse* behind and at *so*, all alike; cuts at 0.2 read both answers."""
    for chaser, chased in itertools.product((1, 0), repeat=2):
        _, weights = attention(np.ones((1, 1)), np.array([[chaser], [0], [1 - chased], [1]]) * 1000, np.eye(4))
        cats, mice = weights[0, 0] * chaser + weights[0, 2] * chased, weights[0, 0] * (1 - chaser) + weights[0, 2] * (1 - chased)
        assert (cats > 0.2, mice < 0.2) == (chaser, chased)


def test_no_table_reads_two_places_from_one_head():
    """A head gives the shares a and b to the words i and j. That a table gives the right word the most points, for all ordered
    pairs of three words or more, are conditions on its numbers, with one for each answer besides; those for one of the places
    contradict each other, for with weights above 0 they add up to nothing. So they do if the head looks at words as well: then
    each share has a factor of its word, and softmax divides the row by what the factors make."""
    factors = np.random.default_rng(0).uniform(0.1, 10, 6)
    for n, (a, b) in itertools.product((3, 5), ((0.6, 0.4), (0.5, 0.5), (0.9, 0.1), (1, 0), (0.4, 0.6))):
        words, brought = range(n), {(i, j): a * np.eye(n + 1)[i] + b * np.eye(n + 1)[j] + np.eye(n + 1)[n]
                                    for i, j in itertools.permutations(range(n), 2)}
        sums = {pair: row @ factors[:n + 1] for pair, row in brought.items()}
        brought = {pair: row * factors[:n + 1] / sums[pair] for pair, row in brought.items()}
        lost = 1 if a >= b else 0                                           # the farther place, unless it has the larger share
        large, small = max(a, b), min(a, b)
        conditions = np.zeros((n + 1, n))
        for pair, row in brought.items():
            right, other = pair[lost], pair[1 - lost]
            for wrong in set(words) - {right}:                              # row @ table must be larger at right than at wrong
                weight = sums[pair] * (small * (n - 2) if wrong == other else large - small)
                conditions += weight * np.outer(row, np.eye(n)[right] - np.eye(n)[wrong])
        assert small * (n - 2) + large - small > 0 and np.allclose(conditions, 0)


def test_a_table_reads_two_places_from_two_heads():
    """Each head brings home the word of its place, unmixed; three columns answer one question, three the other."""
    tables = np.eye(6)[:, :3], np.eye(6)[:, 3:]
    for pair in itertools.permutations(range(3), 2):
        assert [(np.hstack(np.eye(3)[list(pair)]) @ table).argmax() for table in tables] == list(pair)


@pytest.mark.parametrize("query, scores, output", [((2, 3), [2, 9, 9, 4], (2.25, 1.125)), ((1, 3), [1, 6, 9, 2], (7 / 3, 4 / 3))])
def test_the_pocket_example_on_paper(query, scores, output):
    """Scores, and the output when they are normalised by their sum."""
    assert (pocket.K @ query).tolist() == scores
    np.testing.assert_allclose(weighted_sum([np.divide(scores, sum(scores))], pocket.V)[0], output, rtol=1e-15)


def next_word(ids, W_asks, W_found, W_gives=pocket.W_V, softmax_of=None):
    """What follows these words of the pocket example by such matrices, as on the sheet or by softmax (softmax_of: d_k)."""
    X = embed(np.array(ids), pocket.E_token, np.tile(pocket.E_pos, (3, 1)))
    scores = (X @ W_asks)[-1] @ (X @ W_found).mT
    weights = softmax(scores / np.sqrt(softmax_of)) if softmax_of else scores
    says = weights @ X @ W_gives @ pocket.W_U
    return pocket.next_words[says.argmax()], np.round(says, 4).tolist()


FIVE_CATS = [1, 1, 1, 1, 1, 2, 0]
ONE_FOR_BOTH = np.array([[0, 1], [2, 0], [1, 1], [1, 0]])


def test_five_cats_have_to_be_told_from_the_verb():
    """What the notes of 02 say of the average: four tokens say mouse, five cats moon; a query finds mouse in both."""
    for words, average in (([0, 1, 2, 0], "mouse"), (FIVE_CATS, "moon")):
        said = pocket.W_V[words].sum(axis=0) @ pocket.W_U                       # a place gives nothing
        assert pocket.next_words[said.argmax()] == average
        assert {next_word(words, pocket.W_Q, pocket.W_K, softmax_of=d_k)[0] for d_k in (None, 1, 2)} == {"mouse"}
        assert {next_word(words, pocket.W_K, pocket.W_K, softmax_of=d_k)[0] for d_k in (None, 1, 2)} == {"moon"}


def test_one_matrix_for_asking_and_being_found_can_say_mouse():
    """The single matrix in the notes of 02, by each rule; and one for all three jobs, which says it without a verb as well."""
    for words in (FIVE_CATS, [0, 1, 2, 0]):
        assert {next_word(words, *[ONE_FOR_BOTH] * 2, softmax_of=d_k)[0] for d_k in (None, 1, 2)} == {"mouse"}
    views = embed(pocket.ids, pocket.E_token, pocket.E_pos) @ ONE_FOR_BOTH
    assert (views[2] @ views.mT).tolist() == [1, 3, 2, 2]                        # chases finds cat
    single = np.array([[0, 1], [0, 0], [0, 0], [1, 1]])
    assert [next_word(words, single, single, single) for words in (FIVE_CATS, [0, 1, 2, 0], [2, 0], [1, 0])] == [
        ("mouse", [21, 14, 12, 16]), ("mouse", [69, 46, 32, 60]), ("mouse", [45, 30, 20, 40]), ("mouse", [45, 30, 20, 40])]
    assert next_word([1, 0], pocket.W_Q, pocket.W_K)[0] == "moon"


def test_turned_by_their_places_the_last_token_finds_the_right_one():
    """The arrows in the notes of 02: of three tokens the last scores more with the one it looks for, in whatever order."""
    angles = np.radians(120 * np.arange(3)[:, None] + 60 * np.arange(3))                     # [token, place]
    arrows = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    scores = np.einsum("ac,bpc->abp", arrows[:, 2], arrows)
    assert all(scores[a, (a + 1) % 3, p] > scores[a, (a + 2) % 3, 1 - p] + 0.4 for a in range(3) for p in (0, 1))


def test_the_batch_has_torch_s_numbers():
    """x and the causal, unscaled weights of sequence 0, to every printed digit."""
    assert batch.x.dtype == batch.W_Q.dtype == np.float32 and batch.x.shape == (4, 8, 32) and batch.W_Q.shape == (32, 16)
    assert [f"{value:.5g}" for value in batch.x[0, 0, :4].tolist()] == ["0.18077", "-0.069988", "-0.35962", "-0.9152"]
    weights = softmax(apply_mask(score(project(batch.x, batch.W_Q), project(batch.x, batch.W_K)), causal_mask(8)))[0]
    printed = [[f"{value:.4f}" for value in row] for row in weights.tolist()]
    assert printed[1][:2] == ["0.1574", "0.8426"] and printed[4][:5] == ["0.0294", "0.1052", "0.0469", "0.0276", "0.7909"]
    assert printed[7] == ["0.0210", "0.0843", "0.0555", "0.2297", "0.0573", "0.0709", "0.2423", "0.2391"]


@pytest.mark.parametrize("example", [sentence, pocket, batch])
def test_the_examples_cannot_be_written_to(example):
    """No cell of a notebook can change the numbers that another one shows."""
    arrays = [value for value in example if isinstance(value, np.ndarray)]
    assert arrays and not any(array.flags.writeable for array in arrays)


@pytest.mark.parametrize("make, example", [(make_pocket, pocket), (make_sentence, sentence)])
def test_known_words_keep_their_rows(make, example):
    """A sentence of a reader's own adds rows to the tables and changes none; a word has one row, however often it comes."""
    longer = make((*example.tokens, "mouse", "<b>", "mouse"))
    n = len(example.vocabulary)
    assert longer.vocabulary == (*example.vocabulary, "mouse", "<b>") and longer.ids[-3:].tolist() == [n, n + 1, n]
    assert np.array_equal(longer.E_pos[:len(example.E_pos), -1], example.E_pos[:, -1])
    if make is make_pocket:
        assert np.array_equal(longer.K[:4], example.K) and np.array_equal(longer.W_O[:, :3], example.W_O[:, :3])
    else:
        assert np.array_equal(longer.E_token[:n], example.E_token) and np.array_equal(longer.E_pos[:5], example.E_pos)


def test_a_new_word_depends_on_nothing_but_itself():
    """Small numbers in the pocket, the draws of Random(word) in the sentence, those of its name for a new place."""
    one, other = make_pocket(["mouse"]), make_pocket(["cat", "dog", "mouse"])
    assert all(getattr(one, name)[-1].tolist() == getattr(other, name)[2].tolist() for name in "QKV")
    assert [one.Q.tolist(), one.K.tolist(), one.V.tolist(), one.W_O[:, 3].tolist()] == MOUSE
    drawn = make_sentence(["mouse"] * 7)
    for row, name in ((drawn.E_token[6], "mouse"), (drawn.E_pos[5], "position 5"), (drawn.E_pos[6], "position 6")):
        gauss = random.Random(name).gauss
        assert row.tolist() == [gauss(0, 0.1) for _ in range(16)]


def test_new_words_ask_for_something():
    """No query and no key of a new word is (0, 0): its scores would all be 0, whatever the temperature."""
    words = [f"word{i}" for i in range(200)]
    drawn = make_pocket(words)
    rows = [drawn.W_Q[3:-1], drawn.W_K[3:-1], drawn.W_V[3:-1], drawn.W_O.T[3:-1]]
    limits = [(np.min(part, axis=0).tolist(), np.max(part, axis=0).tolist()) for part in rows]
    assert limits == [([1, 0], [3, 3]), ([1, 0], [3, 3]), ([0, 0], [4, 4]), ([0, 0], [2, 2])]


@each([name for name in course_lib.__all__ if name not in vars(steps) and name not in vars(tables)])
def test_a_name_that_loads_late_is_its_module_s_own(name):
    """Asked for first, it is found in the module that has it; then it is one of the package's own and stays the same."""
    vars(course_lib).pop(name, None)
    found = getattr(course_lib, name)
    modules = checks, flow, heads, lessons, planes, plots
    homes = [module for module in modules if vars(module).get(name, module) is found]
    assert homes or repr(found) == repr(getattr(examples, f"make_{name}")())
    assert vars(course_lib)[name] is found


def test_a_name_that_there_is_not_is_named():
    """As Python says it of any module."""
    with pytest.raises(AttributeError, match="^module 'course_lib' has no attribute 'soft_max'$"):
        course_lib.soft_max  # noqa: B018
