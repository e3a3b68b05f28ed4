"""The progress bar of what is watched, and the thread that does it."""
import threading

import pytest

from course_lib.explorers.progress_bar import html, in_thread


def test_its_name_and_numbers_are_told():
    """To a screen reader as to the eye, and never as HTML."""
    page = html("<b>", 3, 8)
    assert ">&lt;b&gt; <progress" in page and 'max="8" value="3"' in page and page.endswith("3 of 8</label>")


@pytest.mark.parametrize("has_threads", [True, False])
def test_work_is_done_with_threads_and_without(monkeypatch, has_threads):
    """In one of its own, or at once in a browser's kernel, which cannot start any. In the end none is left."""
    def refuse(thread):
        raise RuntimeError("can't start new thread")

    if not has_threads:
        monkeypatch.setattr(threading.Thread, "start", refuse)
    done_by = []
    thread = in_thread(lambda: done_by.append(threading.current_thread()))
    if has_threads:
        thread.join()
    assert done_by == [thread if has_threads else threading.main_thread()] and not thread.is_alive()
