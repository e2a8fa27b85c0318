"""
The base of the error tree; leaves live in their rooms.

    ProviderError
    ├─ SettingsError           settings.py         at start only, exit code 2
    ├─ IdentityError           lease/identity.py   text that is no lease
    ├─ ManifestError           lease/manifest.py   a tenant's input: path and rule
    ├─ SdlError                sdl/errors.py       a stack definition: line, column, path and rule
    └─ HttpError               http/errors.py      no answer: not sent, or outcome unknown

What the API server or the market *answered*, a refusal or silence included, is a value and not an
error: the caller has to look at all of its cases.
"""


class ProviderError(Exception):
    """Base of every error that this package raises on purpose; never raised itself."""
