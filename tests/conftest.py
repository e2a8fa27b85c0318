"""Law tests: the same examples in every run, and no deadline, since machines differ in speed."""

from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True, max_examples=50, database=None)
settings.load_profile("house")
