"""Loaded by pytest before nbval, which makes its start three times as quick.

nbval imports nbformat, nbformat imports jsonschema, and jsonschema compiles grammars for URI formats that no notebook
asks it to check. Without that optional module it leaves those formats out.
"""
import os
import sys

sys.modules["rfc3987_syntax"] = None                    # an import of it now fails, as if it were not installed
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")      # two threads on small matrices only wait for each other
os.environ["COURSE_LIB_NO_PROGRESS"] = "1"               # a reader's record of solved exercises is none of the tests' business
