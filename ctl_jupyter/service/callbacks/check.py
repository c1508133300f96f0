"""What the callbacks of a job must be before the service takes them."""

from ctl_jupyter.documents import MASK, Callback, DocumentError, Job, masked
from ctl_jupyter.service.callbacks.addresses import AddressRefused, Target, addresses_of, parse_target
from ctl_jupyter.service.callbacks.signature import signing_key

__all__ = ["check_callbacks"]


def check_callbacks(job: Job, known: Job | None, *, public: bool) -> None:
    """Check URLs and secrets, and put the known ones where a document has them masked.

    Parameters
    ----------
    known
        The job that `job` takes the place of.
    public
        Whether addresses of loopback, private and link-local networks are refused.

    Raises
    ------
    DocumentError
        Naming the first callback that cannot be used by its place; never its URL or secret.
    """
    untaken = list(known.callbacks if known else [])
    for place, callback in enumerate(job.callbacks):
        try:
            if MASK in callback.url:
                callback.url = _known_url(callback, untaken)
            target = parse_target(callback.url)
            if callback.secret == MASK:
                callback.secret = _known_secret(callback, known)
            _check_secret(callback.secret)
            if public:
                _check_address(target)
        except DocumentError as error:
            raise DocumentError(f"callbacks[{place}] cannot be used: {error}") from None


def _known_url(callback: Callback, untaken: list[Callback]) -> str:
    """Take the URL of the first callback that looks the same when masked, one of the same level before others."""
    same = [other for other in untaken if masked(other.url) == callback.url]
    if not same:
        raise DocumentError("its url is masked, and the job has none like it: give it in clear.")
    taken = min(same, key=lambda other: other.level != callback.level)
    untaken.remove(taken)
    return taken.url


def _known_secret(callback: Callback, known: Job | None) -> str:
    same_url = [other for other in (known.callbacks if known else []) if other.url == callback.url and other.secret]
    # The address may stand there for several levels, with a secret each.
    for other in sorted(same_url, key=lambda other: other.level != callback.level):
        return str(other.secret)
    raise DocumentError("its secret is masked, and the job has none for this url: give it in clear.")


def _check_secret(secret: str | None) -> None:
    if secret is not None and not signing_key(secret):
        raise DocumentError("its secret is empty.")


def _check_address(target: Target) -> None:
    try:
        addresses_of(target, public=True)
    except AddressRefused as error:
        raise DocumentError(f"{error}, and this service posts to public addresses alone.") from None
    except OSError:
        # Nothing resolves it now; each delivery resolves and judges it again.
        return
