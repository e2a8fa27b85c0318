"""
The base of the error tree; leaves live in their rooms.

    ProviderError
    ├─ SettingsError           settings.py         at start only, exit code 2
    ├─ IdentityError           lease/identity.py   text that is no lease
    ├─ ManifestError           lease/manifest.py   a tenant's input: path and rule
    ├─ QuantityError           lease/quantity.py   text that is no quantity
    ├─ SdlError                sdl/errors.py       a stack definition: line, column, path and rule
    ├─ HttpError               http/errors.py      no answer: not sent, or outcome unknown
    ├─ AuthorizationError      http/authorization.py   no credentials at the moment; a request ends as NotSentError
    ├─ AccessError             kubernetes/document.py  at start only: file, field and what to do
    ├─ TlsError                kubernetes/tls.py       certificates or a key; becomes one of the two above
    ├─ FramingError            kubernetes/framing.py   a stream that is no row of watch events
    ├─ MalformedError          kubernetes/stored.py    an answer that is no Kubernetes object
    ├─ HostnameTaken           ledger/hostnames.py     another owner holds a hostname
    ├─ ObjectRefusedError      reconcile/execute.py    the API server will not have an object
    ├─ PlaceGoneError          reconcile/execute.py    an object or its namespace is going: look again
    ├─ ConfigurationError      configuration/effective.py   at start only: every problem with source, key and rule
    ├─ ListenError             gateway/listening.py    at start only: an address that cannot be listened on
    ├─ TokenError              gateway/token.py        a token file that cannot be used
    ├─ StateError              cli/state.py            no running daemon can be found
    ├─ LeadershipLost          cluster/leadership.py   another daemon writes now; after a drain
    └─ NotAcceptedError        cluster/service.py      a manifest that its lease cannot take

What the API server or the market *answered*, a refusal or silence included, is a value and not an
error: the caller has to look at all of its cases.
"""


class ProviderError(Exception):
    """Base of every error that this package raises on purpose; never raised itself."""
