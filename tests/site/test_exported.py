"""A notebook as anybody exports it: `jupyter nbconvert --to html`, opened without a network, without running it."""
import json

import pytest

from tools.site import NOTEBOOKS

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
# Whether an output shows something where it stands, words or pictures, and whether each of its pictures is one.
SHOWN = """outputs => outputs.map(output => output.offsetHeight > 10
    && !!(output.innerText.trim() || output.querySelector("img, svg"))
    && [...output.querySelectorAll("img")].every(img => img.complete && img.naturalWidth > 0 && img.offsetHeight > 10))"""


@pytest.fixture(scope="module", params=PATHS, ids=lambda path: path.stem)
def exported(request, tmp_path_factory):
    """The notebook and its page."""
    from nbconvert import HTMLExporter
    page = tmp_path_factory.mktemp("exported") / f"{request.param.stem}.html"
    page.write_text(HTMLExporter().from_filename(request.param)[0], encoding="utf-8")
    return json.loads(request.param.read_text(encoding="utf-8")), page


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_every_picture_and_a_still_of_every_control_is_there(chromium, exported, scripts):
    """Every output has something to see; what lives does so where scripts run, and elsewhere shows its still."""
    notebook, path = exported
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    lives = sum("<script" in "".join(output.get("data", {}).get("text/html", "")) for output in outputs)
    context = chromium.new_context(java_script_enabled=scripts, offline=True)
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(path.as_uri(), wait_until="domcontentloaded")
    shown = page.locator(".jp-OutputArea-output").evaluate_all(SHOWN)       # Playwright's own scripts run always
    assert shown == [True] * len(outputs)
    assert page.locator("[data-alive]").count() == lives * scripts
    context.close()
