"""The words of the web site: taken from the project, whole and once. tests/site looks at the site itself."""
import re

import pytest

from tools import site

README = (site.ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page, text, wanted", [
    ("README.md", "[the map](CONTRIBUTING.md)", "[the map](contributing.md)"),
    ("teach/class.md", "[the README](../README.md#study)", "[the README](index.md#study)"),
    ("README.md", "[00](notebooks/00_attention_on_paper.ipynb)", "[00](00_attention_on_paper.ipynb)"),
    ("teach/README.md", "[notes](notes)", "notes"), ("README.md", "[a paper](https://arxiv.org/)", "[a paper](https://arxiv.org/)"),
    ("README.md", "[below](#test)", "[below](#test)")])
def test_a_link_leads_to_a_page_of_the_site_or_nowhere(monkeypatch, page, text, wanted):
    """Where the site has what is linked, there; what only the repository has is plain as long as nobody says where that is."""
    monkeypatch.delenv("COURSE_REPOSITORY", raising=False)
    assert site.linked(text, page) == wanted


def test_a_link_to_a_file_that_is_not_there_is_told():
    """With the page that has it."""
    with pytest.raises(ValueError, match=r"teach/README.md has a link to clas.md, which is not there"):
        site.linked("[class](clas.md)", "teach/README.md")


def test_what_only_the_repository_has_is_linked_there(monkeypatch):
    """If the environment says where it is."""
    monkeypatch.setenv("COURSE_REPOSITORY", "https://host.example/course/")
    assert site.linked("[notes](notes)", "teach/README.md") == "[notes](https://host.example/course/blob/HEAD/teach/notes)"


def test_a_heading_is_named_by_what_is_seen_of_it():
    """As Jupyter does it: without the marks of emphasis and code."""
    assert site.anchor("Does `V` know what *it* is?") == "Does-V-know-what-it-is?"


def test_the_front_page_is_the_whole_readme():
    """Every paragraph once, but the picture and the table, which are a door and cards; a card for every lesson."""
    page = site.front(README)
    paragraphs = re.split(r"\n\n+", page)
    for paragraph in re.split(r"\n\n+", README.strip()):
        assert (paragraph in paragraphs) == (not paragraph.startswith(("![", "| notebook |"))), paragraph
    assert re.findall(r'<li><a href="(\w+)\.html">', page) == [path.stem for path in site.lessons()]


def test_decks_and_hand_outs_are_linked_where_there_are_some(monkeypatch, tmp_path):
    """Those that were made, on the page for instructors; if none were, nothing is promised."""
    page = (site.ROOT / "teach" / "README.md").read_text(encoding="utf-8")
    monkeypatch.setattr(site, "BUILD", tmp_path)
    assert site.with_what_is_handed_out(page, site.hand_out(tmp_path / "none")) == page
    (tmp_path / "slides").mkdir()
    (tmp_path / "slides" / "03_scores.slides.html").touch()
    told = site.with_what_is_handed_out(page, site.hand_out(tmp_path / "some"))
    assert '<a href="slides/03_scores.slides.html">slides</a>' in told
    assert (tmp_path / "some" / "slides" / "03_scores.slides.html").exists()
