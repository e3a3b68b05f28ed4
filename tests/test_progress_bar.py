"""The progress bar of what is watched."""
from course_lib.explorers.progress_bar import html


def test_its_name_and_numbers_are_told():
    """To a screen reader as to the eye, and never as HTML."""
    page = html("<b>", 3, 8)
    assert ">&lt;b&gt; <progress" in page and 'max="8" value="3"' in page and page.endswith("3 of 8</label>")
