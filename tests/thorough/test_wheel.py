"""What an installed course_lib has, outside the clone. Needs the network, or pip's cache, for the build's own flit_core."""
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from course_lib.exercises import EXERCISES, QUESTIONS

ROOT = Path(__file__).parent.parent.parent
USE = f"""
import course_lib
from course_lib import check, drag_query, explore_masks, pocket, solution, trained
from course_lib.exercises import EXERCISES, QUESTIONS
assert (len(EXERCISES), len(QUESTIONS)) == ({len(EXERCISES)}, {len(QUESTIONS)})
def score(Q, K):
    return 2 * Q @ K.mT
score.__module__ = "learner"
assert check(score).relation == "Every number is the right one times 2."
assert "def softmax(scores):" in repr(solution("softmax"))
drag_query(), explore_masks()
assert trained.steps[0] == 0 and len(trained.checkpoints) == len(trained.steps)
print(course_lib.__file__)
"""


def test_the_wheel_holds_all_that_the_library_needs(tmp_path):
    """Sheets, scripts and styles too: checks, controls and solutions work where there is no clone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_CONSTRAINT", "PYTHONPATH"))}
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, env=environment)
    [wheel] = tmp_path.glob("course_lib-*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    environment |= {"PYTHONPATH": str(tmp_path / "installed"), "COURSE_LIB_NO_PROGRESS": "1"}
    done = subprocess.run([sys.executable, "-c", USE], cwd=tmp_path, env=environment, capture_output=True, text=True,
                          encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(tmp_path / "installed")
