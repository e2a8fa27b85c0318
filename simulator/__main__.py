"""`python -m simulator`, and the `simulator` command."""

from simulator.cli.commands import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
