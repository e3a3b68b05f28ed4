"""The language model is loaded once for all tests that need it."""
import pytest

from course_lib.language_model import load


@pytest.fixture(scope="session")
def model():
    """SmolLM2-135M-Instruct, from where `course_lib.fetch` keeps it."""
    return load()
