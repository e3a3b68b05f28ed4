"""How the site looks: Sphinx reads the pages that tools/site.py makes. This folder has no text of its own."""
import json
from html import escape
from pathlib import Path

from docutils.nodes import Element, SkipNode, paragraph, section
from myst_nb.sphinx_ext import HideCodeCellNode

from tools.launch import buttons, elsewhere

extensions = ["myst_nb"]
nb_execution_mode = "off"                           # outputs are those that are committed
nb_mime_priority_overrides = [("html", "text/html", 1)]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors, myst_heading_slug_func = 4, "tools.site.anchor"
html_theme = "furo"
html_title = project = "Attention from nothing"
html_static_path, templates_path = ["static"], ["templates"]
html_css_files, html_js_files = ["flow.css", "site.css"], [("site.js", {"defer": ""})]
html_theme_options = {"navigation_with_keys": False}
html_show_copyright = html_copy_source = html_use_index = False
html_show_search_summary = False                    # it would fetch whole lessons for a line each; search.js has texts()
html_math_renderer = "katex"
highlight_language = "text"


def visit_formula(translator, node):
    """TeX for site.js to typeset; without scripts it can be read as it is."""
    name = "span" if node.tagname == "math" else "div"
    translator.body.append(f'<{name} class="math">{escape(node.astext())}</{name}>')
    raise SkipNode


def visit_folded(translator, node):
    """What a reader is asked to predict, or code that only builds a table."""
    kind = "code" if "above-input" in node["classes"] else "result"
    translator.body.append(f'<details class="course-folded course-{kind}"><summary>The {kind}</summary>')


def depart_folded(translator, _):
    """The end of it."""
    translator.body.append("</details>")


def launch(app, page, template, context, tree):
    """Give a page the buttons that run its lesson, and a sentence where one is missing."""
    context["launch"], context["elsewhere"] = buttons(page), elsewhere(page)


def texts(app, _):
    """Write the prose of all pages, section by section, for the excerpts of search.js."""
    found = {}
    for name in sorted(app.env.found_docs):
        for part in app.env.get_doctree(name).findall(section):
            found.setdefault(name, {})[part["ids"][0]] = " ".join(" ".join(prose(part)).split())
    script = f"const texts = {json.dumps(found, ensure_ascii=False)};\n"
    (Path(app.outdir) / "_static" / "texts.js").write_text(script, encoding="utf-8")


def prose(node):
    """The paragraphs of a section, without those of the sections in it."""
    for child in node.children:
        if isinstance(child, paragraph):
            yield child.astext()
        elif isinstance(child, Element) and not isinstance(child, section):
            yield from prose(child)


def setup(app):
    """What Sphinx calls."""
    app.add_html_math_renderer("katex", (visit_formula, None), (visit_formula, None))
    app.add_node(HideCodeCellNode, override=True, html=(visit_folded, depart_folded))
    app.connect("html-page-context", launch)
    app.connect("build-finished", texts)
    app.add_css_file("launch.css")
    app.add_js_file("launch.js", loading_method="defer")
    made = Path(app.srcdir)
    app.config.html_static_path = [*app.config.html_static_path, str(made / "static")]
    app.config.html_extra_path = [str(made / "extra")]
    app.config.exclude_patterns = ["static", "extra"]
