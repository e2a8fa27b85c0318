"""
The operators' listener: what runs, and manifests in. Every request carries the token.

    GET  /status
    GET  /leases/{owner}/{dseq}/{gseq}/{oseq}
    PUT  /leases/{owner}/{dseq}/{gseq}/{oseq}/manifest    the manifest as JSON
    POST /hostnames/{hostname}/transfer                   {"lease": "owner/dseq/gseq/oseq"}
    POST /brakes/{name}/release
"""

from collections.abc import Mapping
from typing import assert_never

import attrs
import orjson

from provider.cluster.submission import (
    Accepted,
    Closing,
    MarketUnknown,
    NoLease,
    Rejected,
    Submission,
    Transfer,
    Transferred,
)
from provider.gateway import shown as show
from provider.gateway.messages import JSON, Request, Response, come_back, refusal, shown
from provider.gateway.routes import Route, dispatch
from provider.gateway.served import Served
from provider.gateway.token import Token
from provider.lease.codec import decode_manifest
from provider.lease.identity import IdentityError, LeaseID
from provider.lease.manifest import ManifestError
from provider.telemetry.metrics import Metrics

_SEQUENCE_DIGITS = 20
"""Of the largest uint64."""


class _NoSuchLease(Exception):
    """A path that can name no lease; the text says why."""


@attrs.frozen(eq=False)
class Operator:
    """Answers the requests of operators."""

    served: Served
    token: Token
    metrics: Metrics

    async def handle(self, request: Request) -> Response:
        """Answer one request."""
        if not self.token.matches(request.headers.get("authorization", "")):
            return refusal(
                401,
                "unauthorized access: send the daemon's token as Authorization: Bearer",
                headers=(("www-authenticate", "Bearer"),),
            )
        try:
            return await dispatch(self._routes(), request)
        except _NoSuchLease as error:
            return refusal(400, str(error))

    def _routes(self) -> tuple[Route, ...]:
        lease = "/leases/{owner}/{dseq}/{gseq}/{oseq}"
        return (
            Route("GET", "/status", self._status),
            Route("GET", lease, self._lease),
            Route("PUT", f"{lease}/manifest", self._manifest),
            Route("POST", "/hostnames/{hostname}/transfer", self._transfer),
            Route("POST", "/brakes/{name}/release", self._release),
        )

    # ── looking ─────────────────────────────────────────────────────────────────────────────────

    async def _status(self, _request: Request, _named: Mapping[str, str]) -> Response:
        return shown(await show.status(self.served))

    async def _lease(self, _request: Request, named: Mapping[str, str]) -> Response:
        wanted = self._lease_id(_text(named))
        found = show.lease(self.served, wanted)
        if found is None:
            return refusal(404, f"no lease {wanted}; `provider leases` lists those there are")
        return shown(found)

    def _lease_id(self, text: str) -> LeaseID:
        parts = text.split("/")
        if any(len(part) > _SEQUENCE_DIGITS for part in parts[1:]):
            raise _NoSuchLease(f"a sequence has {_SEQUENCE_DIGITS} digits at most")
        try:
            return LeaseID.parse(f"{text}/{self.served.provider}")
        except IdentityError as error:
            raise _NoSuchLease(str(error)) from error

    # ── manifests ───────────────────────────────────────────────────────────────────────────────

    async def _manifest(self, request: Request, named: Mapping[str, str]) -> Response:
        lease = self._lease_id(_text(named))
        if (wrong := _not_json(request)) is not None:
            return wrong
        try:
            manifest = decode_manifest(request.body)
        except ManifestError as error:
            outcome: Submission = Rejected(error.path, error.rule)
        else:
            outcome = await self.served.accept(lease, manifest)
        self.metrics.manifests.labels(_counted(outcome)).inc()
        return _submitted(outcome)

    # ── commands ────────────────────────────────────────────────────────────────────────────────

    async def _transfer(self, request: Request, named: Mapping[str, str]) -> Response:
        if (wrong := _not_json(request)) is not None:
            return wrong
        try:
            body = orjson.loads(request.body)
            text = body["lease"]
            if not isinstance(text, str):
                raise TypeError
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return refusal(422, 'expected {"lease": "owner/dseq/gseq/oseq"}')
        # The long form, as every status shows it, is as good.
        lease = self._lease_id(text.removesuffix(f"/{self.served.provider}"))
        return _transferred(await self.served.transfer(named["hostname"].lower(), lease))

    async def _release(self, _request: Request, named: Mapping[str, str]) -> Response:
        name = named["name"]
        if not self.served.release_brake(name):
            known = ", ".join(brake.name for brake in self.served.brakes()) or "none"
            return refusal(404, f"no brake {name!r}; there are: {known}")
        return shown({"released": name})


def _text(named: Mapping[str, str]) -> str:
    """A lease as its path names it; a slash inside a part makes it no lease."""
    return "/".join(named[part] for part in ("owner", "dseq", "gseq", "oseq"))


def _not_json(request: Request) -> Response | None:
    """Refuse a body that does not say that it is JSON."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = request.headers.get("content-encoding", "identity").lower()
    if media != JSON or coding != "identity":
        return refusal(415, f"expected a body of {JSON}, not compressed")
    return None


def _submitted(outcome: Submission) -> Response:
    """200 only once the record of that generation is written."""
    match outcome:
        case Accepted(generation, new):
            return shown({"generation": generation, "new": new})
        case _:
            return _refused(outcome)


def _transferred(outcome: Transfer) -> Response:
    match outcome:
        case Transferred(hostname, lease):
            return shown({"transferred": hostname, "lease": str(lease)})
        case _:
            return _refused(outcome)


def _refused(outcome: Rejected | Closing | NoLease | MarketUnknown) -> Response:
    match outcome:
        case Rejected(path, rule):
            message = f"{path}: {rule}" if path else rule
            return refusal(422, message, path=path, rule=rule)
        case Closing(why):
            return refusal(409, why)
        case NoLease(why):
            return refusal(404, why)
        case MarketUnknown(why, retry_after_seconds):
            return come_back(why, retry_after_seconds)
        case _:
            assert_never(outcome)


def _counted(outcome: Submission) -> str:
    match outcome:
        case Accepted(_, new):
            return "accepted" if new else "unchanged"
        case Rejected():
            return "rejected"
        case Closing():
            return "closing"
        case NoLease():
            return "no-lease"
        case MarketUnknown():
            return "market-unknown"
        case _:
            assert_never(outcome)
