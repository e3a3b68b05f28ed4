"""The server and the browser are started once; every lesson is opened and run once in each app."""
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
def lesson(request, server, chromium):
    """A notebook of the course in one of the apps: opened, looked at, and run from top to bottom."""
    app, path = request.param
    with apps.opened(chromium, server, app, path) as page:
        before = "\n".join(page.locator(".jp-OutputArea").all_inner_texts())
        apps.run_all(page)
        yield SimpleNamespace(app=app, path=path, page=page, before=before)
