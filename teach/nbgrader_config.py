"""nbgrader's configuration for this course: copy it into the folder of your nbgrader course."""
c = get_config()  # noqa: F821  nbgrader provides it

c.CourseDirectory.course_id = "attention"
c.ClearSolutions.enabled = False        # the notebooks hold no solutions, and the stubs' first lines must stay
