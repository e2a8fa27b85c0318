"""The phases of a lease as its status reports them; read by nobody inside."""

from enum import StrEnum


class Phase(StrEnum):
    """Akash's names for what a deployment manager is doing."""

    DEPLOY_ACTIVE = "deploy-active"
    """Requests of a deploy are being sent."""
    DEPLOY_PENDING = "deploy-pending"
    """Held but not applying: waiting for the market, a manifest, or room."""
    DEPLOY_COMPLETE = "deploy-complete"
    """The newest accepted generation is whole in the cluster; the monitor looks on."""
    TEARDOWN_PENDING = "teardown-pending"
    """Lost, and a write of our own is still on the wire."""
    TEARDOWN_ACTIVE = "teardown-active"
    """Deletes are being sent, or their effect is awaited."""
    TEARDOWN_COMPLETE = "teardown-complete"
    """Absence was observed; nothing is owed."""
