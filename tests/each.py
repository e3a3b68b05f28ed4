"""One test over many cases, each too small to be a test of its own."""
from functools import update_wrapper

import pytest


def each(cases):
    """Make one test of a function of a case: it runs for every case, then fails once and names each case that failed.

    It stands where pytest.mark.parametrize would, if a case takes less time than pytest needs to report it. Its `one` is the
    test of one case.
    """
    def decorate(test):
        def every(*self):
            failed = {}
            for case in cases:
                try:
                    test(*self, case)
                except (Exception, pytest.fail.Exception) as error:
                    error.add_note(f"for {case}")
                    failed[str(case)] = error
            if failed:
                raise BaseExceptionGroup(f"failed for {', '.join(failed)}", list(failed.values()))

        update_wrapper(every, test).one = test
        del every.__wrapped__                   # where pytest would look for fixtures
        return every
    return decorate
