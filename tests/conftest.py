"""
Law tests: the same examples in every run, and no deadline, since machines differ in speed.

Sweeps: their sizes are printed at the end. Options of tests/cluster, which pytest wants here.
"""

from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True, max_examples=50, database=None)
settings.load_profile("house")


def pytest_addoption(parser):
    group = parser.getgroup("a real cluster")
    group.addoption("--cluster", metavar="KUBECONFIG", help="let tests/cluster run there")
    group.addoption(
        "--beside-live-leases",
        action="store_true",
        help="also where another provider's records exist",
    )


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
