"""`python -m simulator`, and the `simulator` command."""

import sys

from simulator.cli.commands import app
from simulator.demo.command import demo

app.command()(demo)


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] != ["serve"]:
        # It loads the daemon's rooms, which a server has no use for.
        from simulator.chaos.command import chaos
        from simulator.demo.lease import lease

        app.add_typer(lease, name="lease")
        app.add_typer(chaos, name="chaos")
    app()


if __name__ == "__main__":
    main()
