"""The comparisons of tests/test_parity.py, live and on other inputs."""
import pytest

from tests.test_parity import (TestParity, test_the_batch_example_is_torch_s_stream,  # noqa: F401
                               test_the_bounds_let_no_mistake_pass)
from tools.torch_reference import reference


@pytest.fixture(scope="module")
def data():
    """Inputs and what PyTorch makes of them now."""
    return reference(seed=1)
