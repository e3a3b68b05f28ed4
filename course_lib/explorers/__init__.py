"""Live controls for every lesson: views.py draws, lessons.py says which controls move what, explorer.py connects them."""
