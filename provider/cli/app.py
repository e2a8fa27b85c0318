"""The command `provider` and its subcommands."""

import typer

from provider.cli.brake import brake
from provider.cli.config import config
from provider.cli.crds import crds
from provider.cli.hostname import hostname
from provider.cli.leases import lease, leases, status
from provider.cli.manifest import manifest
from provider.cli.options import LEFTOVERS
from provider.cli.panels import PanelledCommand
from provider.cli.rbac import rbac
from provider.cli.run import run
from provider.cli.sdl import sdl

_DAEMON = "The daemon"
_RUNNING = "Ask a running daemon"
_OFFLINE = "Without a daemon"

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Example: provider run --provider akash1… --market https://rest.example.com",
)
app.command(
    rich_help_panel=_DAEMON,
    cls=PanelledCommand,
    context_settings=LEFTOVERS,
    epilog="Example: provider run --provider akash1… --market https://rest.example.com",
)(run)
app.add_typer(config, name="config", rich_help_panel=_DAEMON)
app.command(rich_help_panel=_RUNNING, epilog="Example: provider leases --json")(leases)
app.command(rich_help_panel=_RUNNING)(status)
app.add_typer(lease, name="lease", rich_help_panel=_RUNNING)
app.add_typer(manifest, name="manifest", rich_help_panel=_RUNNING)
app.add_typer(hostname, name="hostname", rich_help_panel=_RUNNING)
app.add_typer(brake, name="brake", rich_help_panel=_RUNNING)
app.add_typer(sdl, name="sdl", rich_help_panel=_OFFLINE)
app.command(rich_help_panel=_OFFLINE, epilog="Example: provider crds | kubectl apply -f -")(crds)
app.command(rich_help_panel=_OFFLINE, epilog="Example: provider rbac | kubectl apply -f -")(rbac)


@app.callback()
def provider() -> None:
    """Leasekeeper: runs what tenants lease, on Kubernetes."""
