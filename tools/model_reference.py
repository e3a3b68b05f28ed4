"""What another implementation makes of the language model's file, as data that the tests compare the library with.

    python -m tools.model_reference

writes tests/model/reference.json and tests/model/reference.npz. It needs an environment with torch, transformers and accelerate
beside gguf and NumPy, and nothing of the course but the place of the file; it was made with transformers 5.24.0, tokenizers
0.23.3, PyTorch 2.13.0 (CPU) and NumPy 2.4.6.
"""
import json
from pathlib import Path

import numpy as np

from course_lib.fetch import where

FOLDER = Path(__file__).parent.parent / "tests" / "model"
PROMPTS = [
    "the cat chases the", "A cat and a mouse live in the house. The cat chases the", "The capital of France is",
    "I like transformers because", "the dog chases the cat and the cat chases the",
    "When Mary and John went to the store, John gave a drink to", "The animal didn't cross the street because it was too",
    "The cat, which sat on the mat, ran away because it"]
LOOKED_INTO = PROMPTS[-1]                       # of this one the weights of all heads are kept
# Where tokenizers differ: digits, numbers that are no digits, signs, scripts, emoji of one and of many parts, marks that combine,
# spaces of all kinds, endings, lines, nothing.
TEXTS = [
    *PROMPTS, "", " ", "  ", "   ", "\n", "\n\n", " \n ", "\t", "\r\n", "a", " a", "a ", "  a", "a  b",
    "a   b\n\n\tc ", "\na\n b", "1", "12345", " 12345", "3.14159", "1,000,000", "x2", "2x", "a1b22c333", "½", "x½",
    "Ⅷ", " Ⅷ", "a Ⅷ b", "²³", "①②", "٣٤", " १२", "一二三", "día naïve façade", "e\u0301", "ﬁ", "ß", "İ", "ǅ", "ʰ",
    "中文", "你好，世界", "こんにちは", "안녕하세요", "Привет, мир", "שלום", "مرحبا بالعالم", "नमस्ते", "ไทย", "😀",
    " 😀", "😀😀", "👩\u200d👩\u200d👧", "🇫🇷", "👍🏽", "❤️", "don't", "DON'T", "I'LL we've they'd he's it'm you're",
    "rock'n'roll", "'s", " 's", "''", "_", "__init__", "snake_case_name", "a_1", "foo.bar()", "x += 1;  // y",
    "<BOS> & <b>bold</b>", "<|im_start|>user", "...", "!!?", "—", "“quoted”", "$5.00", "50%", "C++", "a\u00a0b",
    "a\u2003b", "a\u3000b", "\u200b", "\ufeffx", "a\u0085b", "\x1c\x1da", "\u2028", "aaaaaaaaaaaaaaaa",
    "antidisestablishmentarianism", "chases", " chases", "Zyzzyva qwrtzpsd", "\\n", "http://a.b/c?d=e&f=g#h",
    "def f(x):\n    return x\n"]


def tokenizer(path):
    """The published tokenizer: digits one by one, then the cutting of GPT-2. (What a GGUF file becomes forgets the digits.)"""
    from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence
    from transformers import AutoTokenizer

    whole = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name).backend_tokenizer
    whole.pre_tokenizer = Sequence([Digits(individual_digits=True), ByteLevel(add_prefix_space=False)])
    whole.encode_special_tokens = True          # what is written like a sign of the model's own is a text like any other
    return whole


def reference():
    """→ what goes to JSON, what goes to npz"""
    import torch
    from transformers import LlamaForCausalLM

    path = where()
    tokens = tokenizer(path)
    model = LlamaForCausalLM.from_pretrained(path.parent, gguf_file=path.name, attn_implementation="eager", dtype=torch.float32)

    def tokenize(text):
        return tokens.encode(text, add_special_tokens=False).ids

    arrays = {}
    with torch.no_grad():
        for i, text in enumerate(PROMPTS):
            told = model(torch.tensor([tokenize(text)]), output_attentions=True)
            arrays[f"probabilities {i}"] = told.logits[0, -1].double().softmax(-1).float().numpy()
            if text == LOOKED_INTO:
                arrays["weights"] = torch.cat(told.attentions).numpy()
        start = torch.tensor([tokenize(PROMPTS[0])])
        written = model.generate(start, max_new_tokens=40, do_sample=False, attention_mask=torch.ones_like(start))
    return {"prompts": PROMPTS, "tokens": {text: tokenize(text) for text in TEXTS},
            "written": written[0, start.shape[1]:].tolist()}, arrays


if __name__ == "__main__":
    told, arrays = reference()
    (FOLDER / "reference.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    for name, array in arrays.items():
        if name.startswith("probabilities"):                                # the hundred likeliest are enough
            best = array.argsort()[::-1][:100]
            arrays[name] = np.stack([best, array[best]])
    np.savez_compressed(FOLDER / "reference.npz", **arrays)
