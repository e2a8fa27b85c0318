"""
Law tests: the same examples in every run, and no deadline, since machines differ in speed.

Sweeps: their sizes are printed at the end.
"""

from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True, max_examples=50, database=None)
settings.load_profile("house")


def pytest_terminal_summary(terminalreporter):
    """Print how many points each sweep had; from every worker, before the count of tests."""
    lines = [
        value
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "sweep"
    ]
    if lines:
        terminalreporter.section("sweeps")
        for line in sorted(lines):
            terminalreporter.write_line(line)
