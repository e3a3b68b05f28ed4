"""Nothing of a submission runs outside of a process of its own, and whatever it does there, it loses nothing of the others."""
import json
import multiprocessing
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.exercises import EXERCISES
from course_lib.exercises.sheet import source
from teach.beliefs import judging
from teach.beliefs.__main__ import main
from tests.test_beliefs import notebook, written
from tools import made_up_class
from tools.made_up_class import HOSTILE

ROOT = Path(__file__).parent.parent.parent
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no limit of memory and no signals")
WITHIN = "with open('inside.txt', 'w') as file:\n        file.write('mine')\n    return scores"
# What a submission does in an exercise, and what the report says of it: the outcome's sentence or a note
BODIES = {
    "paper_weights": (HOSTILE["endless"], "had not finished after 2 seconds"),
    "one_hot_rows": (HOSTILE["stubborn"], "had not finished after"),
    "entropy": (HOSTILE["exit"], "ended Python itself (exit code 3)"),
    "score": ("    open('FOLDER/keep', 'w').close()", "writing outside of its folder"),
    "project": ("    import os\n    os.remove('FOLDER/keep')", "deleting outside of its folder"),
    "split_heads": ("    import os\n    os.rename('FOLDER/keep', 'FOLDER/lost')", "writing outside of its folder"),
    "weighted_sum": (HOSTILE["connect"], "opening a connection"),
    "induction_score": (HOSTILE["start"], "starting or ending a process"),
    "merge_heads": ("    import os\n    return os.fork() if hasattr(os, 'fork') else os.system('exit')",
                    "starting or ending a process"),
    "embed": ("    import os\n    os.kill(os.getppid(), 0)", "starting or ending a process"),
    "apply_mask": (HOSTILE["noise"].format("scores"), "It also printed, beginning with"),
    "softmax": ("    " + WITHIN, "writing in its folder"),
    "causal_mask": (HOSTILE["crash"], "crashed Python (SIGSEGV)"),
    "scale": (HOSTILE["memory"], "MemoryError"),
    "attention": ("    import os\n    os.closerange(3, 100)\n    return Q", "ended Python itself"),
    "rms_norm": ("    import threading\n    threading.Thread(target=lambda: [None for _ in iter(int, 1)]).start()\n    return X",
                 "This is `X` as it came."),
    # importing matplotlib looks for fonts with a program, which is nobody's fault
    "rotate": ("    plt.close()\n" + source(EXERCISES["rotate"].answer).partition("\n")[2], "is right"),
    "paper_attention": ("    import sys\n    sys.exit(3)", "SystemExit"),
    "one_query": ("    return input()", "EOFError"),
    # and so it does within a function
    "surprise": ("    import matplotlib.pyplot as plt\n    plt.plot([1, 2])\n    return letters", "This is `letters` as it"),
    "one_score": ("    import sqlite3\n    sqlite3.connect(':memory:')", "opening a database"),
    "scaled_by_hand": ("    import os\n    os.mkfifo('FOLDER/pipe')", "writing somewhere"),
    "repaired_scale": ("    import os\n    os.remove('keep', dir_fd=os.open('FOLDER', os.O_RDONLY))", "deleting somewhere"),
    "join": ("    raise NotImplementedError", "not attempted yet")}
ONLY_POSIX = "causal_mask", "scale", "attention", "scaled_by_hand", "repaired_scale"


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """What the workers report of a hostile notebook, of one beside it, and of one that is broken; the folder of all."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "keep").write_text("kept", encoding="utf-8")
    head = "import matplotlib.pyplot as plt\nimport numpy as np\nfrom course_lib import softmax, apply_mask, scale, score"
    bodies = [source(EXERCISES[name].answer).partition("\n")[0] + "\n" + body.replace("FOLDER", folder.as_posix())
              for name, (body, _) in BODIES.items()
              if os.name != "nt" or name not in ONLY_POSIX]
    (folder / "hostile.ipynb").write_text(notebook(head, *bodies, *map("check({})".format, BODIES)), encoding="utf-8")
    (folder / "broken.ipynb").write_text(notebook(head)[:40], encoding="utf-8")
    (folder / "good.ipynb").write_text(notebook(head, source(EXERCISES["leaks"].answer), "check(leaks)"), encoding="utf-8")
    paths = [folder / f"{name}.ipynb" for name in ("hostile", "broken", "good")]
    return dict(zip(("hostile", "broken", "good"), judging.judged(paths), strict=True)), folder


@pytest.mark.parametrize("name", [pytest.param(name, marks=[POSIX] * (name in ONLY_POSIX)) for name in BODIES])
def test_what_a_submission_does_is_a_report(reports, name):
    """Endless, stubborn, an end, a crash, files, connections, processes, memory, noise; and after them the right one. None is
    blamed for what another tried."""
    [found] = [found for found in reports[0]["hostile"] if found["exercise"] == name]
    assert BODIES[name][1] in json.dumps(found, ensure_ascii=False)
    assert set(found.get("notes", ())) <= {BODIES[name][1]}


def test_every_exercise_and_every_submission_is_reported(reports):
    """Each once, in the course's order."""
    found, _ = reports
    assert [one["exercise"] for one in found["hostile"]] == [
        name for name in EXERCISES if name in BODIES and (os.name != "nt" or name not in ONLY_POSIX)]
    assert found["broken"] == [{"problem": "This is broken: its JSON ends or errs in line 1.", "end": True}]
    assert [one["passed"] for one in found["good"]] == [True]


def test_nothing_was_written_or_deleted(reports):
    """Beside the submissions all is as it was."""
    _, folder = reports
    assert sorted(path.name for path in folder.iterdir()) == ["broken.ipynb", "good.ipynb", "hostile.ipynb", "keep"]
    assert (folder / "keep").read_text(encoding="utf-8") == "kept"


def test_no_process_is_left(reports):
    """Nor one that a worker began: all have ended when the report is there."""
    assert multiprocessing.active_children() == []


def test_where_the_system_cannot_fork_the_reports_are_the_same(tmp_path):
    """As on Windows: each worker is a new Python, and looks for fonts where one is drawn with."""
    path = tmp_path / "a.ipynb"
    bodies = (written("softmax", "return scores"), written("entropy", "import os; os._exit(3)"),
              source(EXERCISES["leaks"].answer),
              written("surprise", "import matplotlib.pyplot as plt\n    plt.plot([1, 2])\n    return letters"))
    names = "leaks", "surprise", "entropy", "softmax"
    path.write_text(notebook("import numpy as np", *bodies, "\n".join(map("check({})".format, names))), encoding="utf-8")
    spawned, [forked] = judging.submission(multiprocessing.get_context("spawn"), path), judging.judged([path])
    assert spawned == forked and {one["exercise"] for one in forked} == set(names)
    assert next(one for one in forked if one["exercise"] == "surprise")["notes"] == []


def test_a_made_up_class_gets_its_report(tmp_path, capsys):
    """What goes wrong in it is counted, and nobody is named."""
    assert made_up_class.main([str(tmp_path / "class"), "8", "06"]) is None
    assert main([str(tmp_path / "class")], tmp_path / "build") is None
    told = capsys.readouterr().out
    assert re.match(r"8 learners, 8 notebooks, of lesson 06\. 1 notebook cannot be judged\. \d+ answers: ", told)
    assert "\nlearner 7: 06_softmax: This is broken: " in told and "learner_00" not in told
    assert {path.name for path in (tmp_path / "build").iterdir()} == {
        "beliefs.html", "counts.csv", "verdicts.csv", "names.csv"}


@POSIX
def test_a_reader_who_has_seen_enough_ends_it_quietly(tmp_path):
    """As `| head` does: no traceback."""
    (tmp_path / "06_softmax.ipynb").write_text(notebook("check(softmax)"), encoding="utf-8")
    words = ("import sys; from pathlib import Path; from teach.beliefs.__main__ import main; "
             f"sys.exit(main([{str(tmp_path)!r}], Path({str(tmp_path / 'build')!r})))")
    running = subprocess.Popen([sys.executable, "-c", words], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    running.stdout.close()
    assert running.stderr.read() == b"" and running.wait() == 0


@pytest.mark.parametrize("module", ["teach.beliefs", "tools.made_up_class"])
def test_the_commands_are_commands(module):
    """Without a folder each says what it wants, and fails."""
    done = subprocess.run([sys.executable, "-m", module], cwd=ROOT, capture_output=True, encoding="utf-8", errors="replace")
    assert done.returncode == 1 and done.stderr.startswith("Name ") and not done.stdout
