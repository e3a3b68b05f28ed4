"""What the tests in a browser share."""
import pytest


@pytest.fixture(scope="session")
def chromium():
    """The system's Chromium."""
    from teach.browser import chromium
    with chromium() as browser:
        yield browser
