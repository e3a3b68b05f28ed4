"""What an instructor makes is made once."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from teach import build


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A function that makes slides, handouts or student copies once, → their folder."""
    folders = {}

    def make(name):
        if name not in folders:
            folders[name] = tmp_path_factory.mktemp(name)
            with ThreadPoolExecutor(1) as aside:            # where Playwright may run a second time
                aside.submit(build.MAKERS[name], folders[name]).result()
        return folders[name]
    return make
