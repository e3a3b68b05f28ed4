"""The server is started once; every lesson is opened and run once in each app."""
from types import SimpleNamespace

import pytest

from tests.browser import apps


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A Jupyter server on a copy of the notebooks."""
    with apps.jupyter(tmp_path_factory.mktemp("home")) as server:
        yield server


@pytest.fixture(scope="module", params=[(app, path) for app in apps.APPS for path in apps.NOTEBOOKS],
                ids=lambda param: f"{param[0]}-{param[1].stem}")
def lesson(request, server, browser):
    """A notebook of the course in one of the apps: opened, looked at, and run from top to bottom."""
    app, path = request.param
    with apps.opened(browser, server, app, path) as page:
        outputs = page.locator(".jp-OutputArea")
        apps.wait(lambda: "Loading widget" not in "".join(outputs.all_inner_texts()), 60, "a widget is still on its way", page)
        before = "\n".join(outputs.all_inner_texts())
        apps.run_all(page)
        yield SimpleNamespace(app=app, path=path, page=page, before=before)
