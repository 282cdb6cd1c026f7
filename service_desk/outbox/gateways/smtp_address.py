"""SMTP_URL: `smtp://user:password@host:587?from=desk@example.com` (STARTTLS where offered) or
`smtps://…` (TLS from the start, port 465). Without `from` the user is the sender."""

from urllib.parse import parse_qs, unquote, urlsplit

from msgspec import Struct

from service_desk.settings import SettingsError


class SmtpAddress(Struct, frozen=True):
    host: str
    port: int
    user: str | None
    password: str | None
    sender: str
    tls: bool


def parse_smtp_url(url: str) -> SmtpAddress:
    """Raises SettingsError with a sentence for the operator that does not contain the password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _unreadable() from error
    user = unquote(parts.username) if parts.username else None
    sender = parse_qs(parts.query).get("from", [user or ""])[0]
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not _is_address(sender):
        raise _unreadable()
    tls = parts.scheme == "smtps"
    return SmtpAddress(
        host=parts.hostname,
        port=port or (465 if tls else 587),
        user=user,
        password=unquote(parts.password) if parts.password else None,
        sender=sender,
        tls=tls,
    )


def _is_address(sender: str) -> bool:
    name, _, host = sender.rpartition("@")
    return bool(name and host) and not any(one.isspace() for one in sender)


def _unreadable() -> SettingsError:
    return SettingsError(
        "SMTP_URL cannot be read: write smtp://user:password@host:587?from=desk@example.com, "
        "or smtps://… for TLS from the start."
    )
