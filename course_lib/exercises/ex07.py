"""To be written."""
EXERCISES = ()
QUESTIONS = ()
