"""What the tests in a browser share."""
import pytest

ENGINES = "chromium", "firefox", "webkit"


def pytest_addoption(parser):
    """In which engine to look."""
    parser.addoption("--engine", choices=ENGINES, default="chromium", help="the engine of the tests in a browser")


def pytest_collection_modifyitems(config, items):
    """Another engine than Chromium gets the tests that ask for a browser, not those that ask for Chromium by its name."""
    if config.getoption("--engine") != "chromium":
        left = [item for item in items if "browser" not in item.fixturenames or "chromium" in item.fixturenames]
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)


@pytest.fixture(scope="session")
def chromium():
    """The system's Chromium."""
    from teach.browser import chromium
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def engine(request):
    """The name of the engine that was asked for."""
    return request.config.getoption("--engine")


@pytest.fixture(scope="session")
def browser(request, engine):
    """The browser that was asked for."""
    if engine == "chromium":
        yield request.getfixturevalue("chromium")
    else:
        from tests.browser import webdriver
        with getattr(webdriver, engine)() as browser:
            yield browser
