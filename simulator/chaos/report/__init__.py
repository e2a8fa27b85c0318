"""What people look at after a run: traces on file, pages, and timelines on a terminal."""
