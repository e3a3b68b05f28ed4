"""A progress bar in a page, for what a thread does while one watches."""
from html import escape

PAUSE = 0.1                             # seconds between two pictures: quicker nobody sees


def html(doing, count, total):
    """A bar with its name and its numbers, which a screen reader knows as one."""
    return (f'<label style="font-family:var(--jp-content-font-family,system-ui,sans-serif)">{escape(doing)} '
            f'<progress max="{total}" value="{count}" style="vertical-align:middle"></progress> {count} of {total}</label>')
