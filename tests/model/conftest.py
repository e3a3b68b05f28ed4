"""The language model, loaded once."""
import pytest

from course_lib import language_model


@pytest.fixture(scope="session")
def model():
    """As notebook 10 loads it."""
    return language_model.load()
