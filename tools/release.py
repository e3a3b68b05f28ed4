"""What a release consists of, from one version: `python -m tools.release v1.1`.

build/release        course_lib's wheel and its source, with the version of pyproject.toml
build/notes.md       what CHANGELOG.md says of that version

It refuses a tag that is not that version, and a version that the changelog or CITATION.cff does not tell of.
"""
import logging
import re
import shutil
import sys
import tomllib
from contextlib import chdir
from pathlib import Path

ROOT = Path(__file__).parent.parent
logging.getLogger("flit_core").setLevel(logging.WARNING)         # which else tells of every file
RELEASE, NOTES = ROOT / "build" / "release", ROOT / "build" / "notes.md"


def version(root=ROOT):
    """The version of the course: it stands in pyproject.toml and, for those who cite, in CITATION.cff."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def news(tag, root=ROOT):
    """What the changelog says of the version that a tag names. Raises ValueError unless all files agree on that version."""
    if tag != f"v{version(root)}":
        raise ValueError(f"The tag is {tag}, but pyproject.toml has the version {version(root)}, whose tag is v{version(root)}.")
    if f'\nversion: "{version(root)}"\n' not in (root / "CITATION.cff").read_text(encoding="utf-8"):
        raise ValueError(f"CITATION.cff does not have the version {version(root)} of pyproject.toml.")
    first, *rest = re.split(r"^## (.+)\n", (root / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    titles, texts = rest[::2], [text.strip() for text in rest[1::2]]
    if not titles or not re.fullmatch(rf"{re.escape(version(root))}, \w+ \d{{4}}", titles[0]) or not texts[0]:
        raise ValueError(f"CHANGELOG.md must begin with what is new in ## {version(root)}, and the month, not with "
                         f"## {''.join(titles[:1])}.")
    return texts[0]


def wheel(folder):
    """Build course_lib's wheel into a folder; → its name."""
    from flit_core.buildapi import build_wheel
    with chdir(ROOT):                                   # flit builds what lies in the folder in which it runs
        return build_wheel(folder)


def source(folder):
    """Build the archive of course_lib's source into a folder; → its name."""
    from flit_core.buildapi import build_sdist
    with chdir(ROOT):
        return build_sdist(folder)


def main(words):
    """Build it; → None, or a sentence that says why not."""
    if len(words) != 1:
        return __doc__
    try:
        says = news(words[0])
    except ValueError as error:
        return f"Nothing is released. {error}"
    shutil.rmtree(RELEASE, ignore_errors=True)
    RELEASE.mkdir(parents=True)
    NOTES.write_text(says + "\n", encoding="utf-8", newline="\n")
    for name in (wheel(RELEASE), source(RELEASE)):
        print(f"made {RELEASE / name}")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))
