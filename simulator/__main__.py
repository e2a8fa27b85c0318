"""`python -m simulator`, and the `simulator` command."""

from simulator.cli.commands import app
from simulator.demo.command import demo

app.command()(demo)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
