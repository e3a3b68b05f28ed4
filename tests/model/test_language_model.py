"""The language model itself: what it says, what its heads look at, and files that are not it."""
import numpy as np
import pytest

from course_lib import language_model
from course_lib.broken import BROKEN, MUSEUM, STORY, SUSPECTS, pairs_of_halves, symptoms
from course_lib.examples import make_glimpse
from course_lib.fetch import where
from course_lib.language_model import (blind, forward, gated_mlp, labels, load, loss, next_words, repeat_heads, rms_norm, rotate,
                                       spell, tokenize, unembed, without, write)
from course_lib.learning import induction_score
from course_lib.steps import attention, causal_mask, merge_heads, scale, score, softmax, split_heads
from tests.test_language_model import HARD

TOLD = "A cat and a mouse live in the house. The cat chases the"
FIVE = [(18, 6), (17, 3), (17, 4), (17, 5), (18, 7)]            # the strongest induction heads of notebook 10
RAN = "The cat, which sat on the mat, ran away because it"


def rounded(said):
    """As `make_glimpse` has them."""
    return {word.strip(): round(p, 4) for word, p in said.items()}


def test_the_glimpse_of_the_first_evening_is_what_the_model_computes(model):
    """Every token and number of `make_glimpse`: one head's row, and the next words after three texts."""
    glimpse, ids = make_glimpse(), tokenize("The cat, which sat on the mat, ran away because it", model)
    assert [name.rpartition(" ")[0] for name in labels(ids, model)] == list(glimpse.tokens)
    assert np.array_equal(forward(ids, model)[1][13, 8, -1].round(4), glimpse.weights)
    for text, says in (("The cat, which sat on the mat, ran away because it", glimpse.says),
                       ("the cat chases the", glimpse.after_the),
                       (TOLD, glimpse.told)):
        assert rounded(next_words(text, model, len(says))) == says


@pytest.fixture(scope="module")
def last_rows(model):
    """Where the last token of the longer text about cat and mouse looks, in all heads: (n_layers, n_heads, 15)."""
    return forward(tokenize(TOLD, model), model)[1][..., -1, :]


def test_the_two_heads_of_notebook_08_look_where_it_says(model, last_rows):
    """The tokens, and both rows: of one layer, one head looks most at the mouse, the other at the one who chases."""
    glimpse = make_glimpse()
    assert tuple(name.rpartition(" ")[0] for name in labels(tokenize(TOLD, model), model)) == glimpse.told_tokens
    for name, row in glimpse.heads.items():
        assert np.array_equal(last_rows[tuple(map(int, name.split(".")))].round(4), row)
    assert [last_rows[23, :, token].argmax() for token in (4, 11)] == [1, 3] and list(glimpse.heads) == ["23.1", "23.3"]


def test_silenced_heads_of_notebook_08_do_what_it_says(model, last_rows):
    """Two alone, the five that look most at mouse or cat, and the worst of ten draws of five."""
    def said(*heads):
        shares = next_words(TOLD, without(model, *heads), len(model.tokens))
        return {word: round(shares[f" {word}"], 4) for word in ("mouse", "cat")}

    rng = np.random.default_rng(0)
    chances = [said(*(divmod(int(head), 9) for head in rng.choice(270, 5, replace=False))) for _ in range(10)]
    assert list(make_glimpse().silenced.values()) == [
        said(), said((23, 1)), said((23, 3)), said(*most(last_rows, 4)), said(*most(last_rows, 11)),
        min(chances, key=lambda said: said["mouse"])]
    assert (23, 1) in most(last_rows, 4) and (23, 3) in most(last_rows, 11)


def most(last_rows, token, n=5):
    """The n heads that give a token the most weight, as (layer, head)."""
    return [divmod(int(head), 9) for head in last_rows[..., token].ravel().argsort()[::-1][:n]]


def test_the_word_falls_when_the_mouse_is_hidden(model):
    """No later token may look at it, in any layer."""
    def blind(Q, K, V, mask):
        mask = mask.copy()
        mask[5:, 4] = False
        return attention(Q, K, V, mask)

    hidden = make_glimpse().hidden
    assert rounded(next_words(TOLD, model, len(hidden), attention=blind)) == hidden


def test_head_23_3_holds_the_cat_back(model):
    """Whatever animal is chased: how likely *cat* is with all heads, and without this one."""
    for animal, shares in make_glimpse().held_back.items():
        text = TOLD.replace("mouse", animal)
        said = [next_words(text, each, 1000)[" cat"] for each in (model, without(model, (23, 3)))]
        assert [round(share, 4) for share in said] == shares


@pytest.mark.parametrize("text", HARD)
def test_a_text_comes_back_from_its_tokens(text, model):
    """With all 49152 of them."""
    assert spell(tokenize(text, model), model) == text


def test_the_cache_gives_the_numbers_of_the_full_pass(model):
    """Token by token, in float64."""
    ids, cache, rows = tokenize(STORY, model)[:8], None, []
    for token in ids:
        row, _, cache = forward([token], model, cache)
        rows.append(row[0])
    assert np.allclose(rows, forward(ids, model)[0], atol=1e-9)


def test_the_pairs_of_chases_have_the_ranks_that_notebook_10_writes_down(model):
    """All neighbours of the letters, and the four pairs that arise; no other that one meets is on the list."""
    assert [model.merges[pair] for pair in zip("Ġchase", "chases", strict=True)] == [13, 70, 2998, 40, 61, 14]
    assert [model.merges[pair] for pair in (("Ġc", "h"), ("s", "es"), ("h", "as"), ("as", "es"))] == [158, 4014, 7864, 797]
    assert not {("Ġch", "as"), ("Ġch", "ases")} & model.merges.keys()


def repeats(model, seed, *heads):
    """Of two random texts, each said twice: how many of 38 tokens the model guesses without some heads, and 18.6's score."""
    texts = np.random.default_rng(seed).integers(1000, 40000, (2, 20)).tolist()
    passes = [forward(text + text, without(model, *heads), dtype=np.float32) for text in texts]
    right = sum(int((unembed(X[20:-1], model).argmax(axis=-1) == text[1:]).sum())
                for (X, *_), text in zip(passes, texts, strict=True))
    return right, float(np.mean([induction_score(weights, 20)[18, 6] for _, weights, _ in passes]))


def test_the_strongest_induction_head_needs_16_0(model):
    """Without it the score of 18.6 falls to less than half; the other eight of layer 16, each alone, leave 15 to 20 right."""
    (_, with_all), (_, without_it), *others = (repeats(model, 2, *heads) for heads in ([], *([(16, i)] for i in range(9))))
    assert without_it < with_all / 2 < min(score for _, score in others)
    assert sorted({right for right, _ in others}) == [15, 16, 18, 19, 20]


@pytest.mark.parametrize("seed, counts", {3: (16, 0, 4), 4: (25, 0, 6), 5: (16, 0, 2), 6: (26, 1, 4), 7: (19, 0, 3)}.items())
def test_other_texts_say_the_same_of_the_five_and_of_16_0(model, seed, counts):
    """How many are right depends on the text; without the five, or 16.0 alone, hardly any are, whichever text it is."""
    assert tuple(repeats(model, seed, *heads)[0] for heads in ([], FIVE, [(16, 0)])) == counts


def test_eight_of_ten_tokens_look_at_the_cat_more_than_it_does(model):
    """In head 13.8; ten other tokens come after *cat*."""
    to_cat = forward(tokenize(RAN, model), model)[1][13, 8, 2:, 1]
    assert len(to_cat[:-1]) == 10 and (to_cat[:-1] > to_cat[-1]).sum() == 8


@pytest.mark.parametrize("noun, text", {
    "key": "A small boy found the key under a stone and he kept it", "car": "My sister bought a red car and then she sold it",
    "cat": "The dog saw the cat and chased it", "book": "The teacher wrote a book and the children read it",
    "hat": "An old man lost his hat and a girl found it"}.items())
def test_in_other_sentences_it_looks_at_the_noun_more_than_all_others(model, noun, text):
    """In head 13.8: at least 0.94, and none of the others as much as 0.6."""
    to_noun = towards(noun, text, model)
    assert to_noun[-1] > 0.94 and max(to_noun[:-1]) < 0.6


@pytest.mark.parametrize("noun, text", {
    "dog": "The dog, which lay on the rug, barked loudly because it", "car": "The car, which stood in the street, was old and it",
    "bird": "The bird, which sat in the tree, flew away because it", "boat": "The boat, which lay at the shore, sank because it",
    "horse": "The horse, which stood in the field, ran away because it"}.items())
def test_with_which_most_tokens_look_at_the_noun_more_than_it_does(model, noun, text):
    """In head 13.8: two of three at least, as in the sentence of the cat."""
    to_noun = towards(noun, text, model)
    assert sum(to_noun[:-1] > to_noun[-1]) >= 2 / 3 * len(to_noun[:-1])


def towards(noun, text, model):
    """What the tokens after a noun give it in head 13.8; the last one is *it*."""
    ids = tokenize(text, model)
    place = [name.rpartition(" ")[0] for name in labels(ids, model)].index(noun)
    return forward(ids, model)[1][13, 8, place + 1:, place]


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_the_third_time_more_is_right(model, seed):
    """Of 38 tokens of two random texts; the second time less than two of three are."""
    second = third = 0
    for text in np.random.default_rng(seed).integers(1000, 40000, (2, 20)).tolist():
        right = unembed(forward(3 * text, model, dtype=np.float32)[0][20:-1], model).argmax(axis=-1) == (2 * text)[1:]
        second, third = second + right[:19].sum(), third + right[20:].sum()
    assert third > second + 5


def test_what_goes_to_the_cat_when_the_first_token_is_hidden(model):
    """*a* blind to *The* says *cat*; blind to both it says *mat* first, and *cat* as rarely as when blind to *cat* alone."""
    first, both, alone = (next_words(f"{RAN} was a", model, causal_mask=blind(places, [14])) for places in (0, [0, 1], 1))
    assert [round(100 * said[" cat"]) for said in (first, both, alone)] == [97, 5, 5] and next(iter(both)) == " mat"


def test_the_first_token_is_a_place_to_rest(model):
    """It gets 59 % of the weight of the tokens after it, and the shortest values: in the mean, not in each head."""
    _, weights, kept = forward(tokenize(RAN, model), model)
    assert round(100 * weights[:, :, 1:, 0].mean()) == 59
    lengths = np.array([np.linalg.norm(V, axis=-1) for _, V in kept])       # (30, 3, 13)
    means = lengths.mean(axis=(0, 1))
    assert means[0] < means[1:].min() / 2 and (lengths.argmin(axis=-1) == 0).sum() == 57


def test_the_mlp_adds_more_in_nearly_every_layer(model):
    """More than ten times as much to each row in the first; to *cat* in 26 of 30, and later 6.5 times as much at most."""
    ids = tokenize("the cat chases the", model)
    X, times = model.E_token[ids].astype(float), []
    for layer in model.layers:
        H = rms_norm(X, layer.gain_1)
        Q, K = (rotate(split_heads(H @ W, n)) for W, n in ((layer.W_Q, model.n_heads), (layer.W_K, model.n_kv_heads)))
        K, V = (repeat_heads(each, model.n_heads) for each in (K, split_heads(H @ layer.W_V, model.n_kv_heads)))
        from_heads = merge_heads(attention(Q, K, V, causal_mask(len(ids)))[0]) @ layer.W_O
        from_mlp = gated_mlp(rms_norm(X + from_heads, layer.gain_2), layer.W_gate, layer.W_up, layer.W_down)
        times.append(np.linalg.norm(from_mlp, axis=-1) / np.linalg.norm(from_heads, axis=-1))
        X = X + from_heads + from_mlp
    first, times = times[0], np.array(times)
    assert np.allclose(rms_norm(X, model.gain), forward(ids, model)[0]) and (first > 10).all()
    assert (times[:, 1] < 1).nonzero()[0].tolist() == [1, 10, 11, 24] and times[1:, 1].max().round(1) == 6.5
    assert (times > 1).sum(axis=0).tolist() == [11, 26, 28, 29, 22]     # attention adds more to the first token, the sink
    assert (np.linalg.norm(X, axis=-1) > 100 * np.linalg.norm(model.E_token[ids], axis=-1)).all()   # so RMSNorm is needed


def test_most_of_the_cat_is_found_by_the_last_token_itself(model):
    """17 of 27 % are left if only *a* can see *cat*; *a* does not need the nine between *cat* and *because*."""
    alone, nine = (next_words(f"{RAN} was a", model, 50, causal_mask=blind(*pair))[" cat"]
                   for pair in ((1, range(2, 14)), (range(2, 11), [14])))
    assert (round(100 * alone), round(100 * nine)) == (17, 26)


def test_of_the_tokens_after_cat_because_costs_most(model):
    """Each hidden from *a* alone: *because* leaves 15 %, *was* 20 %, each of the others at least 25 of the 27 %."""
    left = [round(100 * next_words(f"{RAN} was a", model, 50, causal_mask=blind(place, [14]), dtype=np.float32)[" cat"])
            for place in range(2, 14)]
    assert left[9] == 15 and left[11] == 20 and min(*left[:9], left[10]) == 25


def left(model, animal, *heads):
    """How many percent an animal in the cat's place gets without some heads."""
    text = f"{RAN} was a".replace("cat", animal)
    return round(100 * next_words(text, without(model, *heads), 300, dtype=np.float32).get(f" {animal}", 0), 1)


@pytest.mark.parametrize("animal, before, least", [("cat", 26.7, 12.3), ("dog", 4.5, 1.8)])
def test_of_all_heads_each_silenced_alone_23_5_costs_most(model, animal, before, least):
    """And 13.8, which gives *cat* the most weight, costs nothing."""
    found = {head: left(model, animal, head) for head in np.ndindex(30, 9)}
    assert (left(model, animal), min(found.values())) == (before, least)
    assert [head for head in found if found[head] == least] == [(23, 5)] and found[13, 8] > before


def test_what_24_4_adds_points_away_from_the_cat(model):
    """So far that few of 49152 tokens lose more by it; what 23.5 adds points towards it."""
    _, weights, kept = forward(tokenize(f"{RAN} was a", model), model)
    cat, sides = model.ids["Ġcat"], []
    for i, head in ((24, 4), (23, 5)):
        added = weights[i, head, -1] @ kept[i][1][head // 3] @ model.layers[i].W_O[64 * head:64 * head + 64]
        assert np.sign(added @ model.E_token[cat]) == np.sign((added * model.gain) @ model.E_token[cat])
        scores = unembed(added * model.gain, model)
        sides.append((np.sign(scores[cat]), (scores < scores[cat]).sum() < 10))
    assert sides == [(-1, True), (1, False)]


def test_with_a_boy_another_head_costs_more(model):
    """So 23.5 is no head for whoever ran away."""
    assert [left(model, "boy", *heads) for heads in ([], [(23, 5)], [(0, 6)])] == [4.4, 3.2, 1.5]


def test_in_another_sentence_more_is_left_than_before(model):
    """If only *a* can see the horse nothing is lost; the speaker's notes of 10 say so."""
    text = "The horse, which stood on the grass, ran away because it was a"
    before, alone = (next_words(text, model, 50, **parts)[" horse"] for parts in ({}, {"causal_mask": blind(1, range(2, 14))}))
    assert len(tokenize(text, model)) == 15 and (round(100 * before, 1), round(100 * alone, 1)) == (4.2, 6.8)


@pytest.mark.parametrize("text, answer", {
    "The capital of France is": "Paris", "The capital of Italy is": "Rome", "The capital of Spain is": "Madrid",
    "The opposite of hot is": "cold", "The opposite of big is": "small"}.items())
def test_without_the_first_token_an_answer_is_lost(model, text, answer):
    """Of the last token, blind to *The*."""
    hide = blind(0, [len(tokenize(text, model)) - 1])
    before, hidden = (next_words(text, model, 1000, **parts) for parts in ({}, {"causal_mask": hide}))
    assert next(iter(before)) == f" {answer}" and hidden.get(f" {answer}", 0) < 0.01


def test_without_the_first_token_a_dog_rises_as_the_cat_does(model):
    """In the same sentence: so it is not always harm."""
    text = f"{RAN} was a".replace("cat", "dog")
    before, hidden = (next_words(text, model, 50, **parts)[" dog"] for parts in ({}, {"causal_mask": blind(0, [14])}))
    assert (round(100 * before), round(100 * hidden)) == (4, 79)


def test_what_holds_of_our_story_need_not_hold_of_another(model):
    """A leak that is worse than right, and broken heads that are better than to know nothing; no mask is the best of both."""
    story = "A dog lives on a farm. Every morning the dog barks at the birds, and the birds fly away."
    right, *found = (loss(story, model, **parts) for parts in (
        {}, *(BROKEN[name] for name in ("no mask", "one token ahead", "0 for −∞", "merge by reshape"))))
    no_mask, ahead, zero, reshaped = found
    assert no_mask < ahead < right < zero and reshaped < np.log(len(model.tokens))


def test_three_mistakes_are_worse_than_to_know_nothing(model):
    """Whoever gives all tokens the same probability has a loss of log 49152."""
    nothing = np.log(len(model.tokens))
    assert round(nothing, 1) == 10.8
    worse = ["softmax on the other axis", "K for V", "merge by reshape"]
    assert [name for name, parts in BROKEN.items() if loss(STORY, model, **parts) > nothing] == worse


@pytest.mark.parametrize("name, likeliest", {"softmax on the other axis": 0.14, "K for V": 0.28, "merge by reshape": 0.2}.items())
def test_they_are_not_sure_and_give_most_tokens_less_than_an_even_share(name, likeliest, model):
    """The mean share of the likeliest token, after each token of the story."""
    ids = tokenize(STORY, model)
    shares = softmax(unembed(forward(ids, model, **BROKEN[name])[0][:-1].astype(np.float32), model))
    assert shares.max(axis=-1).mean().round(2) == np.float32(likeliest)
    assert (shares[range(len(ids) - 1), ids[1:]] < 1 / len(model.tokens)).mean() > 0.6


def test_wrong_pairs_keep_the_distance():
    """A score depends only on how far apart two tokens are, with them as well: that does not show the mistake."""
    q, k = np.random.default_rng(0).normal(size=(2, 1, 64))
    near, far = ((pairs_of_halves(q, i) @ pairs_of_halves(k, j).mT).item() for i, j in ((4, 1), (104, 101)))
    assert np.isclose(near, far)


def test_a_leak_looks_best_and_cannot_write(model):
    """Its loss is far below that of the right model, which no honest mistake reaches; its text is one word again and again."""
    right, leaking = loss(STORY, model), loss(STORY, model, **BROKEN["no mask"])
    assert leaking < right / 3
    assert all(loss(STORY, model, **BROKEN[name]) > right for name in ("no scaling", "no positions", "K for V"))
    text = "".join(write("The cat sat on the mat and", model, 6, cached=False, **BROKEN["no mask"]))
    assert text.count(" The") >= 4


def test_a_leak_needs_no_induction_heads(model):
    """Without the five strongest its loss is still far below right, as without five others of the same layers."""
    five, others = FIVE, [(17, 0), (17, 1), (17, 2), (18, 0), (18, 1)]
    right = loss(STORY, model)
    assert all(loss(STORY, without(model, *heads), **BROKEN["no mask"]) < right / 2 for heads in (five, others))


def test_the_symptoms_leave_one_mistake_each(model):
    """None of the others looks like A, B or C; equal weights do not notice the order of words, as B, but are equal."""
    told = symptoms(model, SUSPECTS | {name: parts for name, parts in BROKEN.items() if parts not in SUSPECTS.values()})
    seen = {name: [answers[name] for _, answers in told] for name in told[0][1]}
    alike = {suspect: [name for name in seen if name != suspect and seen[name][:-1] == seen[suspect][:-1]] for suspect in "ABC"}
    assert alike == {"A": [], "B": [], "C": []}
    assert [name for name in seen if seen[name][5] == "yes"] == ["equal weights"]
    assert {i for i, (B, equal) in enumerate(zip(seen["B"][:-1], seen["equal weights"][:-1], strict=True)) if B != equal} == {5}
    assert [seen[name][3] for name in ("right", "A", "B", "C", "K for V")] == ["yes", "no", "no", "yes", "yes"]
    assert [name for name in seen if seen[name][6] == "no"] == ["K for V"]


def test_the_leak_test_finds_six(model):
    """If the last token changes, so does an earlier row; three of the six leaks have a loss that is worse than right."""
    first, ids = model._replace(layers=model.layers[:1]), tokenize("the cat chases the", model)
    changed = [*ids[:-1], *tokenize(" moon", model)]
    leaks = [name for name, parts in BROKEN.items()
             if (forward(ids, first, **parts)[0][:-1] != forward(changed, first, **parts)[0][:-1]).any()]
    better = ["no mask", "one token ahead", "0 for −∞"]
    assert leaks == [*better, "mask after softmax", "softmax on the other axis", "merge by reshape"]
    right = loss(STORY, model)
    assert [name for name in leaks if loss(STORY, model, **BROKEN[name]) < right] == better


def test_the_poem_is_of_four_lines_and_then_goes_in_circles(model):
    """As notebook 10 asks for it; more tokens of the same text repeat themselves."""
    start, end, line = model.ids["<|im_start|>"], model.end, tokenize("\n", model)
    question = tokenize("user\nWrite a short poem about a cat who chases the moon.", model)
    text = "".join(write([start, *question, end, *line, start, *tokenize("assistant\n", model)], model, 70))
    assert text.splitlines()[3] == '"I chase the moon, I do."' and text.count("it's a gentle breeze") >= 2


@pytest.mark.parametrize("name", make_glimpse().museum)
def test_a_bug_of_the_museum_does_what_notebook_13_says(model, name):
    """To the loss of the story, and to the capital of France; to two decimals."""
    parts = MUSEUM.get(name, {})
    (said, p), = next_words("The capital of France is", model, 1, **parts).items()
    assert (round(loss(STORY, model, **parts), 2), said.strip(), round(p, 2)) == make_glimpse().museum[name]


@pytest.mark.parametrize("name", make_glimpse().scales)
def test_a_scale_does_what_notebook_04_says(model, name):
    """How loud one token is for the last *the*, the loss of the story, and the next word; the likeliest is among the four."""
    parts, (loudest, lost, says) = BROKEN.get(name, {}), make_glimpse().scales[name]
    row = forward(tokenize(TOLD, model), model, **parts)[1][..., -1, :]
    said = next_words(TOLD, model, len(model.tokens), **parts)
    assert (row.max(axis=-1).mean().round(4), round(loss(STORY, model, **parts), 4)) == (loudest, lost)
    assert {word: round(said[f" {word}"], 4) for word in says} == says and round(max(said.values()), 4) == max(says.values())


def test_heads_shout_as_notebook_04_shows(model, last_rows):
    """Both rows of each; in the first layer the same scores, eight times as large, so each weight is raised to the power 8."""
    loud, undivided = forward(tokenize(TOLD, model), model, **BROKEN["no scaling"])[1][..., -1, :], make_glimpse().undivided
    for name, rows in undivided.items():
        assert np.array_equal(np.stack([each[tuple(map(int, name.split(".")))] for each in (last_rows, loud)]).round(4), rows)
    assert np.allclose(last_rows[0] ** 8 / (last_rows[0] ** 8).sum(axis=-1, keepdims=True), loud[0])
    assert list(undivided) == ["0.0"]


def test_no_single_layer_takes_the_mouse_as_notebook_04_tells(model):
    """The division is left out in one layer alone, and in it and all below; the layers call attention in their order."""
    def left(undivided):
        layers = iter(range(30))

        def attend(Q, K, V, mask):
            return (BROKEN["no scaling"]["attention"] if next(layers) in undivided else attention)(Q, K, V, mask)

        return round(next_words(TOLD, model, len(model.tokens), attention=attend)[" mouse"], 4)

    told, n_layers = make_glimpse().mouse_left, len(model.layers)
    assert n_layers == 30 and left(()) == 0.9862
    assert [left({i}) for i in range(30)] == told["in this layer alone"].tolist()
    assert [left(range(i + 1)) for i in range(30)] == told["in this layer and all below"].tolist()


@pytest.mark.parametrize("divisor", make_glimpse().divisors)
def test_a_divisor_does_what_notebook_04_says(model, divisor):
    """To the largest weights, the loss of the story, the first words and head 23.1.

    `attention` divides by 8 after we multiplied by it.
    """
    def attend(Q, K, V, mask):
        return attention(Q * (8 / divisor), K, V, mask)

    largest, lost, mouse, says, heard = make_glimpse().divisors[divisor]
    row = forward(tokenize(TOLD, model), model, attention=attend)[1][..., -1, :]
    said = next_words(TOLD, model, len(model.tokens), attention=attend)
    assert (row.max(axis=-1).mean().round(4), round(loss(STORY, model, attention=attend), 4)) == (largest, lost)
    assert round(said[" mouse"], 4) == mouse and np.array_equal(row[23, 1].round(4), heard)
    assert list(rounded(dict([*said.items()][:3])).items()) == list(says.items())


def test_how_far_the_scaled_scores_of_a_row_spread(model):
    """Of the last *the*, in all 270 heads: after the training."""
    rows = []

    def attend(Q, K, V, mask):
        rows.append(scale(score(Q[..., -1:, :], K), Q.shape[-1])[..., 0, :])
        return attention(Q, K, V, mask)

    forward(tokenize(TOLD, model), model, attention=attend)
    assert np.shape(rows) == (30, 9, 15) and np.std(rows, axis=-1).mean().round(4) == make_glimpse().row_spread


def test_the_bug_that_is_missing_there_is_not_a_number(model):
    """With a filling token in front, which nobody sees; all the others are measured."""
    (missing,) = MUSEUM.keys() - make_glimpse().museum.keys()
    assert loss(STORY, model, **MUSEUM[missing]) == loss(STORY, model)              # where every token sees itself

    def first_hidden(Q, K, V, mask):
        return MUSEUM[missing]["attention"](Q, K, V, mask & (np.arange(len(mask)) > 0))

    with pytest.raises(ValueError, match="no numbers .NaN."):
        next_words("The capital of France is", model, 1, attention=first_hidden)


@pytest.mark.parametrize("n_bytes", [0, 3, 100, 3_000_000, 50_000_000])
def test_a_part_of_the_file_gets_a_sentence(tmp_path, n_bytes):
    """As an interruption leaves it."""
    with where().open("rb") as file:
        (tmp_path / "part.gguf").write_bytes(file.read(n_bytes))
    with pytest.raises(ValueError, match="is no model, or another one, or only a part of one .+fetch it again: make model"):
        load(tmp_path / "part.gguf", progress=iter)


def test_another_file_gets_a_sentence(tmp_path):
    """Something that is no model at all."""
    (tmp_path / "letter.gguf").write_text("Dear cat, …" * 100, encoding="utf-8")
    with pytest.raises(ValueError, match="is no model"):
        load(tmp_path / "letter.gguf", progress=iter)


def test_another_model_gets_a_sentence(tmp_path):
    """A file of the same kind with other contents."""
    import gguf
    writer = gguf.GGUFWriter(tmp_path / "other.gguf", "gpt2")
    writer.add_tensor("a.weight", np.ones((2, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(ValueError, match="another one, .+tokenizer"):
        load(tmp_path / "other.gguf", progress=iter)


def test_reading_shows_a_dot_a_layer(capsys):
    """On one line."""
    list(language_model.dots(range(30)))
    assert capsys.readouterr().out == "." * 30 + "\n"
