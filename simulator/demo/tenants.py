"""
Who rents what in the tour: real stack definitions, as their tenants deploy them.

The files come from akash-network/awesome-akash, unchanged.
"""

from importlib import resources

import attrs

from provider.lease.identity import LeaseID

PROVIDER = "akash1nxq8gmsw2vlz3m68qvyvcf3kh6q269ajvqw6y0"


@attrs.frozen
class Tenant:
    """One lease of the tour."""

    title: str
    """What the table calls it."""
    definition: str
    """File in `definitions/`, without its ending."""
    lease: LeaseID


def _tenant(title: str, definition: str, owner: str, dseq: int) -> Tenant:
    return Tenant(title, definition, LeaseID(owner, dseq, 1, 1, PROVIDER))


WEB_APP = _tenant("web app", "librespeed", "akash1h24fljt7p0nh82cq0za0uhsct3sfwsfu9w3c9h", 8438017)
WITH_STORAGE = _tenant(
    "with storage", "baserow", "akash1eedv523xngwrx7sy7dznmslp9c75qe928477et", 26084
)
SEVERAL_SERVICES = _tenant(
    "five services", "mlflow", "akash1cduzr54kdle453lzt28nxnf99ed4tue8l97lvy", 2914783
)
LATECOMER = _tenant("latecomer", "mlflow", "akash1365yvmc4s7awdyj3n2sav7xfx76adc6dnmlx63", 30000001)

FIRST = (WEB_APP, WITH_STORAGE, SEVERAL_SERVICES)
"""Those that are deployed whole."""


def definition(tenant: Tenant) -> str:
    """The tenant's stack definition as text."""
    folder = resources.files("simulator.demo") / "definitions"
    return (folder / f"{tenant.definition}.yaml").read_text()
