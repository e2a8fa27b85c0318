"""Entry point of `provider` and of `python -m provider`."""

from provider.cli.app import app


def main() -> None:
    """Run the command line."""
    app(prog_name="provider")


if __name__ == "__main__":
    main()
