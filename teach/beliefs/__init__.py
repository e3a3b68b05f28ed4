"""What a class believes: the mistakes in its submitted notebooks, counted. Run as `python -m teach.beliefs FOLDER`."""
