"""Work that one watches in a page: the thread that does it, and a progress bar."""
from html import escape
from threading import Thread

PAUSE = 0.1                             # seconds between two pictures: quicker nobody sees


def html(doing, count, total):
    """A bar with its name and its numbers, which a screen reader knows as one."""
    return (f'<label style="font-family:var(--jp-content-font-family,system-ui,sans-serif)">{escape(doing)} '
            f'<progress max="{total}" value="{count}" style="vertical-align:middle"></progress> {count} of {total}</label>')


def in_thread(work):
    """Start the work in a thread; in a browser's kernel, which has none, do it at once, and other cells wait. → the thread"""
    thread = Thread(target=work, daemon=True)
    try:
        thread.start()
    except RuntimeError:
        work()
    return thread
