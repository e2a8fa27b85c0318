"""
Who rents what in the tour: real stack definitions, as their tenants deploy them.

The files come from akash-network/awesome-akash, unchanged.
"""

from importlib import resources

import attrs

from provider.lease.identity import LeaseID

PROVIDER = "akash1nxq8gmsw2vlz3m68qvyvcf3kh6q269ajvqw6y0"
"""Whose leases they are where nobody else is."""


@attrs.frozen
class Tenant:
    """One lease of the tour."""

    title: str
    """What the table calls it."""
    definition: str
    """File in `definitions/`, without its ending."""
    lease: LeaseID


@attrs.frozen
class Cast:
    """Everybody who rents from one provider."""

    web_app: Tenant
    with_storage: Tenant
    several_services: Tenant
    latecomer: Tenant
    """Rents the same as `several_services`, and leaves in the middle of the deploy."""

    @property
    def first(self) -> tuple[Tenant, ...]:
        """Those that are deployed whole."""
        return self.web_app, self.with_storage, self.several_services

    @property
    def all(self) -> tuple[Tenant, ...]:
        """Those, and the latecomer."""
        return *self.first, self.latecomer


def cast(provider: str = PROVIDER) -> Cast:
    """The tenants of a provider."""

    def tenant(title: str, definition: str, owner: str, dseq: int) -> Tenant:
        return Tenant(title, definition, LeaseID(owner, dseq, 1, 1, provider))

    return Cast(
        tenant("web app", "librespeed", "akash1h24fljt7p0nh82cq0za0uhsct3sfwsfu9w3c9h", 8438017),
        tenant("with storage", "baserow", "akash1eedv523xngwrx7sy7dznmslp9c75qe928477et", 26084),
        tenant("five services", "mlflow", "akash1cduzr54kdle453lzt28nxnf99ed4tue8l97lvy", 2914783),
        tenant("latecomer", "mlflow", "akash1365yvmc4s7awdyj3n2sav7xfx76adc6dnmlx63", 30000001),
    )


def definition(tenant: Tenant) -> str:
    """The tenant's stack definition as text."""
    folder = resources.files("simulator.demo") / "definitions"
    return (folder / f"{tenant.definition}.yaml").read_text()
