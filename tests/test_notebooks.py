"""What nbval cannot see in the committed notebooks, and what the course promises about them."""
import ast
import json
import re
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

from nbformat.validator import iter_validate

import course_lib
from course_lib import (apply_mask, batch, causal_mask, embed, merge_heads, project, scale, score, sentence,
                        softmax, weighted_sum)
from course_lib.exercises import BY_NOTEBOOK
from course_lib.tables import number
from tests.each import each

ROOT = Path(__file__).parent.parent
PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
# Every letter and word of the formulas; a letter means one thing in all notebooks, or is said beside it what it means.
LETTERS = set("A B C E X W Q K V q k v s w o x y a b g h H J T M m n d e i j pos".split())
SUBSCRIPTS = set("A B Q K V O U q k v i j c ij 0 1 2 3 j1 j2".split())
WORDS = {"ids", "token", "pos", "model", "score", "scores", "scaled_scores", "weights", "output", "masked", "if", "otherwise",
         "Concat", "head", "heads", "Attention", "softmax", "RMS", "var", "diag", "standard deviation", "thing", "action", "with",
         "bytes", "layers", "bytes each"}
# Numbers of folded answers that no cell near them shows: what only a control shows, which tests/test_explorers.py holds,
# and in 06 a sum of two rounded numbers.
STATED = {"00": {"6/7"}, "06": {"3.7"}, "07": {"1.5", "0.75"}}
STEPS = ("embed", "sinusoidal_positions", "project", "score", "scale", "causal_mask", "apply_mask", "softmax", "weighted_sum",
         "attention", "split_heads", "merge_heads", "multi_head_attention")
BUILT_IN = dict(zip(STEPS, (1, 1, 2, 3, 4, 5, 5, 6, 7, 7, 8, 8, 8), strict=True))        # the notebook that builds each


PREVIEW = "weights_of"      # softmax in two lines, where a notebook needs weights before 06 builds it
NUDGED = "loss_of"          # the chain as a function, where 09 nudges one number after the other
# the dice, the model, its training and its two tests as functions, where 12 trains it
TRAINED = "throw_dice", "guess", "training_step", "train", "largest_change", "loss_on_new_throws"
OWN_LAYER = "CausalSelfAttention", "__init__", "forward"        # the layer that 12 writes in PyTorch, and its methods
TAGS = {"answer", "live", "remove-input", "sheet", "key", "ticket", "summary"}      # told apart in teach/README.md


@cache
def cells(path, kind=None):
    """The notebook's cells of one kind, or all, as they are committed; their source is joined."""
    everything = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell | {"source": "".join(cell["source"])} for cell in everything if kind in (None, cell["cell_type"])]


def sources(path, kind):
    """The text of those cells."""
    return [cell["source"] for cell in cells(path, kind)]


def prose(path):
    """The text of the Markdown cells."""
    return sources(path, "markdown")


def speakers_page(path):
    """The file with the speaker's notes of the notebook."""
    return path.parent.parent / "teach" / "notes" / f"{path.stem}.md"


def prose_and_notes(path):
    """The text of the Markdown cells, then the paragraphs and lists of the speaker's notes."""
    return prose(path) + speakers_page(path).read_text(encoding="utf-8").split("\n\n")


def minutes(path):
    """The minutes that the notebook's title claims."""
    return int(re.match(r"# .+\n\n\*(\d+) minutes", prose(path)[0])[1])


def sections(path):
    """The cells of the opening and of each section."""
    found = [[]]
    for cell in cells(path):
        if cell["cell_type"] == "markdown" and cell["source"].startswith("## "):
            found.append([])
        found[-1].append(cell)
    return found


def slide(cell, key="slide_type"):
    """What the cell is on a slide, or another entry of that kind."""
    return cell["metadata"].get("slideshow", {}).get(key)


def outputs(path, mime="text/plain"):
    """The committed outputs of a notebook in one form, printed text included."""
    found = [output for cell in cells(path, "code") for output in cell["outputs"]]
    return ["".join(output["text"] if "text" in output else output["data"].get(mime, ())) for output in found]


def shown(cell):
    """A code cell's source and the text of its outputs."""
    texts = [output["text"] if "text" in output else output["data"].get("text/plain", ()) for output in cell["outputs"]]
    return "\n".join("".join(text) for text in [cell["source"], *texts])


def numbers(text):
    """The numbers in a text as written, without a sign, → their values."""
    return {found: float(Fraction(found)) for found in re.findall(r"(?<![\w.])\d+(?:\.\d+|/[1-9]\d*)?(?!\w)", text)}


def anchors(path):
    """What a link to a heading of this notebook may say after its #, as Jupyter does it."""
    headings = re.findall(r"^#+ (.+)", "\n".join(prose(path)), re.MULTILINE)
    return {re.sub("[*`]", "", heading).replace(" ", "-") for heading in headings}


def test_the_course_has_its_notebooks():
    """Those of the list, in order, and nothing else."""
    assert [path.stem for path in PATHS] == [
        "00_attention_on_paper", "01_embeddings", "02_qkv", "03_scores", "04_scaling", "05_masking", "06_softmax",
        "07_weighted_sum", "08_multi_head", "09_trained_heads", "10_a_real_language_model", "11_long_contexts", "12_in_pytorch",
        "13_a_museum_of_bugs"]


class TestEachNotebook:
    """Properties of every single notebook."""

    @each(PATHS)
    def test_is_committed_as_run_from_top_to_bottom(self, path):
        """Counts 1, 2, 3 …, no error, nothing on stderr, and an output wherever a cell ends in a value."""
        for count, cell in enumerate(cells(path, "code"), start=1):
            assert cell["execution_count"] == count
            kinds = [output["output_type"] for output in cell["outputs"]]
            assert "error" not in kinds and not any(output.get("name") == "stderr" for output in cell["outputs"])
            last = ast.parse(cell["source"]).body[-1]
            assert ("execute_result" in kinds) == isinstance(last, ast.Expr), cell["source"]

    @each(PATHS)
    def test_shows_a_reader_something_in_every_cell(self, path):
        """No cell is empty or holds nothing but comments, neither Markdown nor code."""
        for cell in cells(path):
            comment = "#[^\n]*" if cell["cell_type"] == "code" else "(?s:<!--.*?-->)"
            assert re.sub(comment, "", cell["source"]).strip(), cell["id"]

    @each(PATHS)
    def test_code_is_folded_only_where_it_shows_something(self, path):
        """A table, a picture or text; only imports are folded without."""
        for cell in cells(path, "code"):
            if "remove-input" in cell["metadata"].get("tags", ()):
                assert cell["outputs"] or isinstance(ast.parse(cell["source"]).body[-1], ast.ImportFrom), cell["source"]

    @each(PATHS)
    def test_every_column_of_a_table_has_a_name(self, path):
        """In the prose; whoever listens to a table hears the names."""
        for head in re.findall(r"^\|(.+)\|\n\|[-:| ]+\|$", "\n\n".join(prose(path)), re.MULTILINE):
            assert all(map(str.strip, head.split("|"))), head

    @each(PATHS)
    def test_code_fits_a_window_of_a_hundred_letters(self, path):
        """Where it is not folded."""
        seen = [cell["source"] for cell in cells(path, "code") if "remove-input" not in cell["metadata"].get("tags", ())]
        assert [line for line in "\n".join(seen).splitlines() if len(line) > 100] == []

    @each(PATHS)
    def test_is_a_valid_notebook(self, path):
        """In the notebook format 4.5, the first whose cells have names of their own, by its schema and with no name twice."""
        notebook = json.loads(path.read_text(encoding="utf-8"))
        assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
        assert [error.message for error in iter_validate(notebook)] == []
        assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])

    @each(PATHS)
    def test_has_every_part_of_a_lesson(self, path):
        """A title with its number and minutes, short before the first code, the map, predictions, mistakes, a recap, Deeper."""
        markdown = prose(path)
        assert re.match(rf"# {path.stem[:2]} .+\n\n\*\d+ minutes", markdown[0]) and len(markdown[0].split()) <= 120
        assert re.search(r"^(Flow|ResidualStream)\(", sources(path, "code")[0], re.MULTILINE)
        headings = [line for text in markdown for line in text.splitlines() if line.startswith("## ")]
        ends = [line for line in headings if not line.startswith("## Deeper")]
        assert "## Mistakes worth making" in headings and ends[-1].startswith(("## Recap", "## Exit ticket")), headings
        assert sum("**Predict, then run.**" in text for text in markdown) >= 3
        levels = [len(marks) for marks in re.findall(r"^(#+) ", "\n".join(markdown), re.MULTILINE)]
        assert all(below <= above + 1 for above, below in pairwise(levels)), "a heading of a third level below the title"

    @each(PATHS)
    def test_every_prediction_has_a_folded_answer_and_then_the_code(self, path):
        """A reader can check it, and run what shows it next; an answer is a cell of its own, so that copies can drop it."""
        everything = cells(path)
        for i, cell in enumerate(everything):
            text, answers = cell["source"], "answer" in cell["metadata"].get("tags", ())
            assert answers == (cell["cell_type"] == "markdown" and "<details>" in text)
            assert not answers or re.fullmatch(r"<details><summary>Answer</summary>\n\n.+\n\n</details>", text, re.DOTALL), text
            if cell["cell_type"] == "markdown" and re.search(r"\*\*(Predict, then run|Try it)\.\*\*", text):
                assert "<details>" in everything[i + 1]["source"] and everything[i + 2]["cell_type"] == "code", text

    @each(PATHS)
    def test_is_a_deck(self, path):
        """Every slide type and tag is known, every slide has a title, no title is long, and answers are not on slides."""
        for cell in cells(path):
            kind, title, tags = slide(cell), slide(cell, "title"), set(cell["metadata"].get("tags", ()))
            assert kind in (None, "slide", "subslide", "fragment", "skip", "notes") and tags <= TAGS, (kind, tags)
            starts = kind in ("slide", "subslide")
            headed = cell["cell_type"] == "markdown" and re.match("#+ ", cell["source"])
            assert not starts or bool(title) != bool(headed), cell["source"]
            assert not title or (starts and len(title) <= 60), title
            assert kind == "notes" or "answer" not in tags, cell["source"]
        for section in sections(path):
            assert slide(next(cell for cell in section if slide(cell) != "notes")) == "slide", section[0]["source"]

    @each(PATHS)
    def test_shows_a_prediction_before_its_answer(self, path):
        """On a slide as well: the question is there, and what shows the answer comes with the next press."""
        for question, _, code in zip(cells(path), cells(path)[1:], cells(path)[2:], strict=False):
            if "**Predict, then run.**" in question["source"] and question["cell_type"] == "markdown":
                assert slide(question) not in ("skip", "notes") and slide(code) in ("fragment", "subslide"), question["source"]

    @each(PATHS)
    def test_fills_a_hand_out(self, path):
        """A summary with its recap; the work sheet of notebook 00 with its four questions, and room for the exit ticket."""
        tagged = {tag: [cell["source"] for cell in cells(path) if tag in cell["metadata"].get("tags", ())] for tag in TAGS}
        if path == PATHS[0]:
            assert len(set(tagged["answer"]) & set(tagged["sheet"]) & set(tagged["key"])) == 4
            assert set(tagged["ticket"]) <= set(tagged["sheet"]) and len(tagged["ticket"]) == 1
        else:
            assert len(tagged["summary"]) >= 10 and any(source.startswith("## Recap") for source in tagged["summary"])

    @each(PATHS)
    def test_announces_nothing_that_a_hand_out_leaves_out(self, path):
        """Words that end in a colon are on a sheet only with what follows them."""
        tags = [set(cell["metadata"].get("tags", ())) & {"sheet", "key", "summary"} for cell in cells(path)]
        for cell, own, following in zip(cells(path), tags, tags[1:], strict=False):
            if cell["cell_type"] == "markdown" and cell["source"].rstrip().endswith(":"):
                assert own <= following, cell["source"]

    @each(PATHS)
    def test_imports_only_what_earlier_notebooks_built(self, path):
        """The first cells, map and imports, list steps of earlier notebooks; a later import is the step just derived."""
        for i, source in enumerate(sources(path, "code")):
            imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
            imported = {alias.name for node in imports for alias in node.names}
            latest = max((BUILT_IN[name] for name in imported & set(STEPS)), default=0)
            assert latest <= int(path.stem[:2]) - (i < 2) or path.stem.startswith("00")

    @each(PATHS)
    def test_redefines_nothing_of_the_library_except_in_stubs(self, path):
        """No def but the stub of an exercise and, before 06, the preview of softmax, in 09 the loss of the chain, in 12 dice,
        a model, its training and two tests of it; no class but the layer of 12; nothing is assigned to a name of course_lib."""
        for source in sources(path, "code"):
            for node in ast.walk(ast.parse(source)):
                assert not isinstance(node, ast.Lambda)
                assert (not isinstance(node, ast.ClassDef)
                        or node.name == OWN_LAYER[0] and path.stem.startswith("12")), source
                assert (not isinstance(node, ast.FunctionDef) or node.name in BY_NOTEBOOK[path.stem]
                        or node.name == PREVIEW and path.stem < "06"
                        or node.name == NUDGED and path.stem.startswith("09")
                        or node.name in TRAINED + OWN_LAYER[1:] and path.stem.startswith("12")), source
                stored = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
                assert not (stored and node.id in course_lib.__all__), source

    @each(PATHS)
    def test_shows_no_machine_and_no_scalar_reprs(self, path):
        """No address, path or NumPy scalar in an output, and no negative zero."""
        for text in outputs(path):
            assert not re.search(r"0x[0-9a-f]{6}|/home/|/tmp/|site-packages|np\.(float|int|bool|str)\w*\(|-0\.0000\b", text), text

    @each(PATHS)
    def test_shows_no_digits_of_one_machine_alone(self, path):
        """Nine decimals at most in what a page holds: a sum in another order differs in the sixteenth digit."""
        for text in outputs(path, "text/html"):
            assert not (found := re.search(r"\d\.\d{10,}", text)), found[0]

    @each(PATHS)
    def test_every_number_of_the_prose_is_shown(self, path):
        """A number with two decimals or more in Markdown, or in a note, stands in an output or in the code of the notebook."""
        shown = "\n".join(outputs(path) + sources(path, "code"))
        for text in prose_and_notes(path):
            text = re.sub(r"\]\(https:[^)]*\)", "]", text)                 # an address may hold anything
            for found in re.findall(r"(?<![\w.])-?\d+\.\d{2,}(?![\w.]*\d)", text.replace("−", "-")):
                assert re.search(rf"(?<![\d.]){re.escape(found.lstrip('-'))}", shown), f"{found} in: {text}"

    @each(PATHS)
    def test_the_numbers_of_a_folded_answer_stand_around_it(self, path):
        """Each number of an answer, whole ones and fractions included, is in the code or the outputs of the cells next to it."""
        before = []
        for cell in cells(path):
            if cell["cell_type"] == "code":
                before.append(cell)
            if "answer" not in cell["metadata"].get("tags", ()):
                continue
            near = before[-4:] + cells(path, "code")[len(before):len(before) + 6]
            around = numbers("\n".join(map(shown, near))).values()
            for text, value in numbers(re.sub(r"\[[^]]*\]\([^)]*\)|\$[^$]*\$|notebooks? \d\d", "", cell["source"])).items():
                decimals = len(text.partition(".")[2]) if "/" not in text else 9
                backed = any(round(abs(other - value), 9) <= 0.5 * 10**-decimals for other in around)
                assert backed or text in STATED.get(path.stem[:2], ()), f"{text} in: {cell['source']}"

    @each(PATHS)
    def test_formulas_use_the_letters_of_the_glossary(self, path):
        """A letter, subscript or word in a formula that no notebook has used before is a slip or belongs into the glossary."""
        for formula in re.findall(r"\$\$.+?\$\$|\$[^$]+\$", "\n".join(prose_and_notes(path)), re.DOTALL):
            words = {word.replace("\\", "").strip() for word in re.findall(r"\\(?:text|operatorname)\{([^}]*)\}", formula)}
            letters = re.sub(r"\\(?:text|operatorname|begin|end)\{[^}]*\}|\\[a-zA-Z]+", " ", formula)
            below = r"_(?:\{(\w+)\}|(\w))"
            assert words <= WORDS and set(re.findall("[A-Za-z]+", re.sub(below, " ", letters))) <= LETTERS, formula
            assert {long or short for long, short in re.findall(below, letters)} <= SUBSCRIPTS, formula

    @each(PATHS)
    def test_links_lead_somewhere(self, path):
        """Every relative link of the prose is a file of the course, and every anchor one of its headings."""
        for text in prose(path):
            for link, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", text):
                target = path.parent / link if link else path
                assert link.startswith("https://") or target.exists(), link
                assert not anchor or link.startswith("https://") or anchor in anchors(target), anchor

    @each(PATHS)
    def test_stands_alone(self, path):
        """It imports NumPy, the course and Python's mathematics, 12 also PyTorch, opens no file, and runs nothing but Python."""
        pytorch = {"torch"} if path.stem.startswith("12") else set()
        for source in sources(path, "code"):
            for node in ast.walk(ast.parse(source)):            # a magic or a shell command is a syntax error here
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else (
                    [node.module] if isinstance(node, ast.ImportFrom) else [])
                roots = {name.partition(".")[0] for name in names}
                assert roots <= {"numpy", "course_lib", "math", "fractions"} | pytorch, source
                assert not isinstance(node, ast.Name) or node.id not in ("open", "exec", "eval", "__import__", "input"), source

    @each(PATHS)
    def test_claims_the_minutes_that_it_takes(self, path):
        """At least the time to read it at 150 words a minute with 20 seconds for each cell, and at most half as much again and
        two minutes for each question to answer first; what stands under *Deeper* is optional and not counted."""
        to_read = [cell for section in sections(path) if not section[0]["source"].startswith("## Deeper") for cell in section]
        kinds = [[cell["source"] for cell in to_read if cell["cell_type"] == kind] for kind in ("markdown", "code")]
        least = len(" ".join(kinds[0]).split()) / 150 + len(kinds[1]) / 3
        questions = sum("answer" in cell["metadata"].get("tags", ()) for cell in to_read)
        assert least <= minutes(path) <= 1.5 * least + 2 * questions, least


def published():
    """Name → the matrix that the walk-through or the batch lesson prints, batch axes and all."""
    X = embed(sentence.ids, sentence.E_token, sentence.E_pos)
    Q, K, V = (project(X, W) for W in (sentence.W_Q, sentence.W_K, sentence.W_V))
    scores = score(Q, K)
    masked_scores = apply_mask(scale(scores, 8), causal_mask(5))
    weights = softmax(masked_scores)
    output = weighted_sum(weights, V)
    batch_scores = score(project(batch.x, batch.W_Q), project(batch.x, batch.W_K))
    return {"token table": sentence.E_token, "position table": sentence.E_pos, "X": X, "Q": Q, "K": K, "V": V, "scores": scores,
            "scaled_scores": scale(scores, 8), "masked_scores": masked_scores, "weights": weights, "output": output,
            "concatenation": merge_heads(output), "final output": merge_heads(output) @ sentence.W_O,
            "batch weights": softmax(apply_mask(batch_scores, causal_mask(8)))}


@cache
def lines_shown():
    """The last 5, 8 and 16 words of every line of every committed output, in pieces: the rows of all tables."""
    lines = [line.split() for path in PATHS for text in outputs(path) for line in text.splitlines()]
    return {piece for line in lines for n in (5, 8, 16) for piece in pieces(line[-n:])}


def pieces(row):
    """The row in pieces of 8 numbers at most, as wide tables fold."""
    return [tuple(row[i:i + 8]) for i in range(0, len(row), 8)]


@each(published())
def test_every_published_number_is_shown(name):
    """Each row of each matrix of the walk-through stands in a table of some notebook, digit for digit."""
    matrix = published()[name]
    rows = [piece for row in matrix.reshape(-1, matrix.shape[-1]).tolist() for piece in pieces(list(map(number, row)))]
    assert len(rows) >= 5 and [row for row in rows if row not in lines_shown()] == []


SPELLED_OUT = ["(-0.0997 × -0.0090) + (-0.0394 × -0.0398) + (0.0301 × 0.0085)", "(0.5014 × ", "1.9945", "0.033421", "-0.001460"]


@each(SPELLED_OUT)
def test_the_spelled_out_numbers_are_shown(text):
    """The score, the weighted sum, the softmax total, and both products with W_O."""
    assert any(text in shown for path in PATHS for shown in outputs(path))


def test_the_readme_names_each_notebook_with_its_minutes():
    """The table of the README agrees with the notebooks: file, number, title, question and minutes."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in PATHS:
        title, question = re.match(r"# (\d\d [^:]+): (.+)\n", prose(path)[0]).groups()
        assert f"| [{title}](notebooks/{path.name}) | {question} | {minutes(path)} |" in readme
