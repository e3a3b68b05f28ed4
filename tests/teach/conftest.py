"""What an instructor makes is made once."""
import pytest

from teach import browser, build


@pytest.fixture(scope="session")
def chromium():
    """The system's Chromium."""
    with browser.chromium() as running:
        yield running


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A function that makes slides, handouts or student copies once, → their folder."""
    folders = {}

    def make(name):
        if name not in folders:
            folders[name] = tmp_path_factory.mktemp(name)
            build.MAKERS[name](folders[name])
        return folders[name]
    return make
