"""A published language model, SmolLM2-135M-Instruct, on the course's own steps. Notebook 10.

The package `gguf` reads the file that `python study.py model` brings. Parameters stay float32; what is computed with them is
float64 unless asked otherwise, so that four decimals are the same on every machine. Shapes are those of one text, no batch.

The design is Llama's: Touvron et al. 2023, arXiv 2302.13971, section 2.2. The model: Ben Allal et al. 2025, arXiv 2502.02737.
"""
import codecs
import ctypes
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from itertools import groupby, pairwise
from re import compile as pattern
from typing import NamedTuple

import numpy as np

from course_lib._inputs import require
from course_lib.steps import attention, causal_mask, merge_heads, softmax, split_heads


class Layer(NamedTuple):
    """The parameters of one layer. A matrix is used as `X @ W`."""

    gain_1: np.ndarray          # (d_model,), of the norm before attention
    W_Q: np.ndarray             # (d_model, n_heads · d_k)
    W_K: np.ndarray             # (d_model, n_kv_heads · d_k)
    W_V: np.ndarray             # the same
    W_O: np.ndarray             # (n_heads · d_k, d_model)
    gain_2: np.ndarray          # (d_model,), of the norm before the MLP
    W_gate: np.ndarray          # (d_model, d_hidden)
    W_up: np.ndarray            # the same
    W_down: np.ndarray          # (d_hidden, d_model)


class Model(NamedTuple):
    """All that the model has learned, and the sizes that its matrices do not show."""

    tokens: list                # id → the token, its bytes written as in BYTES
    ids: dict                   # and back
    merges: dict                # a pair of tokens that may become one → its rank; the lowest goes first
    E_token: np.ndarray         # (vocab_size, d_model): looks tokens up, and scores the next one
    layers: list
    gain: np.ndarray            # (d_model,), of the last norm
    n_heads: int
    n_kv_heads: int
    end: int                    # the id of the token that ends a text
    parts: dict = {}            # what runs it in place of the course's own functions, see `run_by`


# Tokens

# Each byte as one visible character: itself if it has a look of its own, else one of those from 256 on, in order.
VISIBLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
BYTES = dict(zip(VISIBLE, map(chr, VISIBLE), strict=True))
BYTES |= {byte: chr(256 + i) for i, byte in enumerate(sorted(set(range(256)) - set(VISIBLE)))}
BACK = {letter: byte for byte, letter in BYTES.items()}
# Where a text may be cut: English endings; letters, or anything else but letters and spaces, with the space before; spaces.
SPACE = r"[^\S\x1c-\x1f]"
PIECES = pattern(rf"'(?:s|t|re|ve|m|ll|d)| ?[^\W_]+| ?(?:(?!{SPACE})[\W_])+|{SPACE}+(?!\S)|{SPACE}+")


def pieces(text):
    """A text cut where no token may reach across: words with the space before them, single digits, signs, spaces."""
    for is_number, part in groupby(text, lambda letter: unicodedata.category(letter)[0] == "N"):
        part = list(part)
        yield from part if is_number else PIECES.findall("".join(part))


def tokenize(text, model):
    """Byte-pair encoding: begin with single bytes, and join the pair that was learned first until no known pair is left.

    Source: Sennrich, Haddow, Birch 2016, arXiv 1508.07909, section 3.2; on bytes, Radford et al. 2019, section 2.2.
    """
    found = []
    for piece in pieces(text):
        parts = [BYTES[byte] for byte in piece.encode()]
        while pairs := [pair for pair in pairwise(parts) if pair in model.merges]:
            pair = min(pairs, key=model.merges.get)
            i = list(pairwise(parts)).index(pair)
            parts[i:i + 2] = ["".join(pair)]
        found += [model.ids[part] for part in parts if part in model.ids]       # a few control characters have no token
    return found


def spell(ids, model):
    """The text of some tokens."""
    return bytes(BACK[letter] for i in ids for letter in model.tokens[i]).decode(errors="replace")


def word(token, model):
    """The text of one token, or its bytes where they are no whole letter."""
    text = spell([token], model)
    return model.tokens[token] if "\ufffd" in text else text


def labels(ids, model):
    """The tokens as tables and pictures name them, with their places: `cat (1)`."""
    return [f"{word(token, model).strip()} ({i})" for i, token in enumerate(ids)]


# The parts that are new

def rms_norm(X, gain):
    """Every row is divided by the root of the mean of its squares, then every column is stretched by its gain.

    X (..., d_model), gain (d_model,) → (..., d_model)

    Source: Zhang and Sennrich 2019, arXiv 1910.07467, equation 4.
    """
    return X / np.sqrt((X**2).mean(axis=-1, keepdims=True) + 1e-5) * gain


def rotate(X, first=0):
    """Columns 2i and 2i + 1 are one hand of a clock; it turns by position / 100000^(2i / d_k) radians.

    X (..., seq_len, d_k), the position of its first row → the same shape

    The score of a turned query and a turned key depends on how far apart they stand, not on where.
    Source: Su et al. 2021, arXiv 2104.09864, section 3.2.2.
    """
    seq_len, d_k = X.shape[-2:]
    angles = np.arange(first, first + seq_len)[:, None] / 100000 ** (np.arange(0, d_k, 2) / d_k)
    cos, sin = (wave(angles).astype(np.result_type(X, np.float32)) for wave in (np.cos, np.sin))      # float32 stays float32
    x, y = X[..., 0::2], X[..., 1::2]
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1).reshape(X.shape)


def repeat_heads(X, n_heads):
    """Every key or value head serves as many neighbouring query heads as there are for each.

    X (n_kv_heads, seq_len, d_k), n_heads → (n_heads, seq_len, d_k)

    Source: Ainslie et al. 2023, arXiv 2305.13245, section 2.2.
    """
    return np.repeat(X, n_heads // X.shape[-3], axis=-3)


def silu(X):
    """X times its own sigmoid: large numbers pass, negative ones are nearly shut off. Source: Ramachandran et al. 2017."""
    return X / (1 + np.exp(-X))


def gated_mlp(X, W_gate, W_up, W_down):
    """A network for every token alone: the gate says how much of each hidden number passes.

    X (seq_len, d_model) → (seq_len, d_model). Source: Shazeer 2020, arXiv 2002.05202, equation 6.
    """
    return (silu(X @ W_gate) * (X @ W_up)) @ W_down


# The model

LONGEST = 256                   # tokens at once: their weights in all heads take 142 MB


class Functions(NamedTuple):
    """What runs a model, and may be exchanged for your own, or for a wrong one."""

    causal_mask: Callable = causal_mask
    split_heads: Callable = split_heads
    attention: Callable = attention
    merge_heads: Callable = merge_heads
    rotate: Callable = rotate


def forward(ids, model, cache=None, dtype=np.float64, **parts):
    """All of the model: attention and MLP, layer after layer, each adding its change to what was there.

    ids (seq_len), model, cache of the tokens before these
    → X (seq_len, d_model), weights (n_layers, n_heads, seq_len, all tokens so far), cache

    parts  functions that run in place of the model's, named as in `Functions`
    """
    require(len(ids) > 0, "there is no token: the text is empty")
    require(len(ids) <= LONGEST, f"{len(ids)} tokens at once are too many: {LONGEST} at most")
    yours = Functions(**(model.parts | parts))
    past = cache[0][0].shape[-2] if cache else 0
    X, mask = model.E_token[ids].astype(dtype), yours.causal_mask(past + len(ids))[past:]
    all_weights, kept = [], []
    for i, layer in enumerate(cast(model.layers, dtype)):
        H = rms_norm(X, layer.gain_1)
        Q = yours.rotate(yours.split_heads(H @ layer.W_Q, model.n_heads), past)
        K = yours.rotate(yours.split_heads(H @ layer.W_K, model.n_kv_heads), past)
        V = yours.split_heads(H @ layer.W_V, model.n_kv_heads)
        if past:
            K, V = np.concatenate([cache[i][0], K], axis=-2), np.concatenate([cache[i][1], V], axis=-2)
        kept.append((K, V))
        K, V = repeat_heads(K, model.n_heads), repeat_heads(V, model.n_heads)
        outputs, weights = answer(yours.attention, Q, K, V, mask)
        all_weights.append(weights)
        X = X + yours.merge_heads(outputs) @ layer.W_O
        X = X + gated_mlp(rms_norm(X, layer.gain_2), layer.W_gate, layer.W_up, layer.W_down)
    del layer                                           # the room in which it was cast
    give_back()
    return rms_norm(X, model.gain), np.array(all_weights), kept


def cast(layers, dtype):
    """The layers one by one, their parameters in the precision that is computed with: a product of two takes twice as long.

    Each is written over the one before: new room for every layer takes three times as long to fill.
    """
    room = None
    for layer in layers:
        if layer.W_Q.dtype == dtype:
            yield layer
            continue
        room = room or Layer(*(np.empty_like(each, dtype) for each in layer))
        for place, each in zip(room, layer, strict=True):
            place[...] = each
        yield room


def run_by(model, causal_mask, split_heads, attention, merge_heads):
    """The model with these four functions, perhaps your own, in all of its layers."""
    given = {"causal_mask": causal_mask, "split_heads": split_heads, "attention": attention, "merge_heads": merge_heads}
    ours = Functions()._asdict()
    return model._replace(parts={name: own if name == "attention" else careful(own, ours[name])        # `answer` guards that one
                                 for name, own in given.items() if own is not ours[name]})


def careful(own, right):
    """A function of your own that says what it was given, if it raises or returns what has not the shape of the right one's."""
    @wraps(right)
    def run(*given):
        told = f"{right.__name__} got {', '.join(str(np.shape(each) or each) for each in given)}"
        try:
            result = np.asarray(own(*given))
        except Exception as error:
            raise ValueError(f"{told}, and raised {type(error).__name__}: {error}") from error
        shape = right(*given).shape
        require(result.shape == shape, f"{told}; it must return {shape}, not {result.shape}")
        require(np.isfinite(result).all(), f"{told}; its result holds numbers that are infinite or no numbers (NaN)")
        return result
    return run


def whose(model):
    """Whose functions run the model, in a line, and which of yours give other numbers. ValueError if one cannot be used."""
    first, ids = model._replace(layers=model.layers[:1], parts={}), range(5)
    right, _, _ = forward(ids, first)
    own = [name if np.allclose(forward(ids, first, **{name: part})[0], right) else f"{name} (it gives other numbers)"
           for name, part in model.parts.items()]
    ours = [name for name in Functions._fields[:4] if name not in model.parts]
    told = {"your": ", ".join(own), "the library's": ", ".join(ours)}
    return "run by " + " and ".join(f"{who} {names}" for who, names in told.items() if names)


def sizes(model):
    """How much there is of everything. → a dict from what is counted to how many"""
    in_attention, in_mlps = (sum(getattr(layer, name).size for layer in model.layers for name in names.split())
                             for names in ("W_Q W_K W_V W_O", "W_gate W_up W_down"))
    everything = sum(W.size for layer in model.layers for W in layer) + model.E_token.size + model.gain.size
    return {"layers": len(model.layers), "heads a layer": model.n_heads, "d_model": model.E_token.shape[1],
            "tokens": len(model.tokens), "parameters": everything, "in attention": in_attention, "in MLPs": in_mlps,
            "cache a token": sum(layer.W_K.shape[1] + layer.W_V.shape[1] for layer in model.layers)}


def answer(attention, Q, K, V, mask):
    """What an attention, perhaps your own, makes of Q, K, V and mask. Raises ValueError if that is not output and weights."""
    given = f"attention got Q {Q.shape}, K {K.shape}, V {V.shape} and mask {mask.shape}"
    try:
        result = attention(Q, K, V, mask)
    except Exception as error:
        raise ValueError(f"{given}, and raised {type(error).__name__}: {error}") from error
    require(isinstance(result, (tuple, list)) and len(result) == 2, f"{given}, and must return two things: output, weights")
    for name, found, shape in zip(("output", "weights"), result, (Q.shape[:-1] + V.shape[-1:], Q.shape[:-1] + K.shape[-2:-1]),
                                  strict=True):
        require(np.shape(found) == shape, f"{given}; its {name} must be {shape}, not {np.shape(found)}")
        require(np.isfinite(found).all(), f"{given}; its {name} holds numbers that are infinite or no numbers (NaN)")
    return result


def unembed(X, model):
    """How well a row matches every row of the token table: the scores of the next token.

    X (..., d_model) → (..., vocab_size), computed part by part, because the whole table in float64 would take 226 MB
    """
    scores = np.concatenate([X @ rows.T.astype(X.dtype, copy=False) for rows in np.array_split(model.E_token, 48)], axis=-1)
    give_back()
    return scores


class Shares(dict):
    """Names with their shares of something, such as the next tokens with their probabilities; shown with four decimals."""

    def __repr__(self):
        names = (name.strip() if any(map(str.isalnum, name)) else repr(name) for name in self)
        return ", ".join(f"{name} {share:.4f}" for name, share in zip(names, self.values(), strict=True))


def next_words(text, model, n=3, **parts):
    """The n most likely next tokens → their probabilities. `parts` are those of `forward`."""
    X, *_ = forward(tokenize(text, model), model, **parts)
    probabilities = softmax(unembed(X[-1], model))
    return Shares({word(i, model): float(probabilities[i]) for i in probabilities.argsort()[::-1][:n]})


def loss(text, model, **parts):
    """The mean surprise, −log of the probability that each next token of a text was given, in nats a token."""
    ids = tokenize(text, model)
    require(len(ids) > 1, "a loss needs two tokens or more: one to read, one to guess")
    X, *_ = forward(ids, model, **parts)
    given = [softmax(scores)[token] for scores, token in zip(unembed(X[:-1], model), ids[1:], strict=True)]
    return float(-np.log(given).mean())


def write(text, model, n=40, temperature=0, rng=None, cached=True, **parts):
    """Go on with a text for up to n tokens, and yield each as it comes; at temperature 0 always the most likely one.

    text    or the ids of its tokens, since no text is cut into the marks that stand around a question
    cached  whether keys and values are kept, so that only the newest token is read, or the whole text is read again each time
    parts   those of `forward`
    """
    ids = tokenize(text, model) if isinstance(text, str) else text
    cache, read = None, codecs.getincrementaldecoder("utf-8")(errors="replace")
    for _ in range(n):
        X, _, kept = forward(ids, model, cache, np.float32, **parts)
        scores = unembed(X[-1], model)
        chosen = scores.argmax() if temperature == 0 else rng.choice(len(scores), p=softmax(scores.astype(float) / temperature))
        if chosen == model.end:
            return
        ids, cache = ([int(chosen)], kept) if cached else ([*ids, int(chosen)], None)
        yield read.decode(bytes(BACK[letter] for letter in model.tokens[chosen]))


def without(model, *heads):
    """The same model with some heads silenced: the rows of W_O through which they speak are 0. heads: (layer, head)"""
    layers = list(model.layers)
    for i, head in heads:
        W_O = layers[i].W_O.copy()
        d_k = len(W_O) // model.n_heads
        W_O[head * d_k:(head + 1) * d_k] = 0
        layers[i] = layers[i]._replace(W_O=W_O)
    return model._replace(layers=layers)


def blind(key, queries):
    """A causal mask in which the tokens at some places may not look at one that stands before them."""
    def mask(seq_len):
        allowed = causal_mask(seq_len)
        allowed[queries, key] = False
        return allowed
    return mask


def strongest(scores, n=5):
    """The heads with the largest scores, as layer.head, counted from 0 → their scores. scores: (n_layers, n_heads)"""
    best = scores.ravel().argsort()[::-1][:n].tolist()
    return Shares({f"{i // scores.shape[-1]}.{i % scores.shape[-1]}": float(scores.flat[i]) for i in best})


# From the file

NAMES = {"gain_1": "attn_norm", "W_Q": "attn_q", "W_K": "attn_k", "W_V": "attn_v", "W_O": "attn_output",
         "gain_2": "ffn_norm", "W_gate": "ffn_gate", "W_up": "ffn_up", "W_down": "ffn_down"}


class Missing(FileNotFoundError):
    """The model, or what reads it, is not here. A notebook shows the sentence alone."""

    def _render_traceback_(self):
        return [str(self)]


def dots(layers):
    """The numbers of the layers, one by one, with a dot for each that is read."""
    for i in layers:
        yield i
        print(".", end="\n" if i == layers[-1] else "", flush=True)


def load(path=None, progress=dots):
    """The model from its file, by default the one that was fetched.

    progress  gets the layers' numbers and yields them again, as it likes to show them

    Raises Missing if the file is not there, and ValueError if it is another file or only a part of this one.
    """
    from course_lib.fetch import where

    path = path or where()
    try:
        model = unpack(reader()(path), progress)
    except (ImportError, FileNotFoundError):
        raise Missing("The language model is not here yet. Fetch it once, 93 MB: `make model`, or without make "
                      "`python study.py model`. Then restart the kernel.") from None
    except (ValueError, IndexError, KeyError, OSError) as error:
        raise ValueError(f"{path} is no model, or another one, or only a part of one ({error}). Delete it, and fetch it again: "
                         "make model, or python study.py model") from error
    give_back()
    return model


def reader():
    """gguf's own, but over a plain array: to cut a np.memmap, which it takes, into 250,000 parts lasts three times as long."""
    from gguf import GGUFReader                                                     # nothing else in the course needs it

    class Reader(GGUFReader):
        def __setattr__(self, name, value):
            super().__setattr__(name, np.asarray(value) if name == "data" else value)

    return Reader


def unpack(packed, progress):
    """The model out of gguf's reader. KeyError names what it lacks."""
    from gguf.quants import dequantize

    tensors = {tensor.name: tensor for tensor in packed.tensors}

    def matrix(name):
        tensor = tensors[f"{name}.weight"]
        return dequantize(tensor.data, tensor.tensor_type)

    def field(name):
        return packed.fields[name].contents()

    # As one text each, and cut again when the reader's 100,000 small arrays are gone, they lie close together.
    tokens, merges = ("\n".join(field(f"tokenizer.ggml.{name}")) for name in ("tokens", "merges"))
    n_layers, *sizes = map(field, ("llama.block_count", "llama.attention.head_count", "llama.attention.head_count_kv",
                                   "tokenizer.ggml.eos_token_id"))
    packed.fields.clear()
    tokens = tokens.split("\n")
    ids = {token: i for i, token in enumerate(tokens)}
    numbers = list(ids.values())                            # a token and a number are there once, however often they are used
    merges = {tuple(tokens[ids[part]] for part in pair.split(" ")): numbers[rank]
              for rank, pair in enumerate(merges.split("\n"))}
    room = {ours: np.empty((n_layers, *matrix(f"blk.0.{theirs}").T.shape), np.float32) for ours, theirs in NAMES.items()}
    for i in progress(range(n_layers)):
        for ours, theirs in NAMES.items():
            room[ours][i] = matrix(f"blk.{i}.{theirs}").T               # the file has PyTorch's order, (out, in)
    layers = [Layer(**{ours: matrices[i] for ours, matrices in room.items()}) for i in range(n_layers)]
    return Model(tokens, ids, merges, matrix("token_embd"), layers,
                 np.array(matrix("output_norm")), *sizes)


def give_back():
    """Memory that was freed goes back to the system; Linux's C library would keep it for later."""
    with suppress(Exception):
        ctypes.CDLL(None).malloc_trim(0)
