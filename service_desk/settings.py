"""One frozen Struct read from the environment. `.env.example` explains every one of them."""

import os
import secrets
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from threading import get_ident
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from service_desk.rules.words.languages import Locale

DEFAULT_PORT = 8000
DEMO_SEGMENT_PRICE = "0.055"  # CNY, about what a Chinese SMS costs


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from one desk to another."""

    data_dir: Path = Path("./data")
    database_url: str = ""
    redis_url: str = ""
    public_url: str = f"http://127.0.0.1:{DEFAULT_PORT}"
    forwarded_allow_ips: str = ""
    secret_key: str = ""
    twilio_account_sid: str = ""
    twilio_auth_token: str = ""
    twilio_from: str = ""
    twilio_messaging_service_sid: str = ""
    twilio_whatsapp_from: str = ""
    twilio_messenger_from: str = ""
    twilio_api_base: str = "https://api.twilio.com"
    twilio_messages_per_second: Annotated[float, msgspec.Meta(gt=0, le=1000)] = 10
    sms_segment_price: Annotated[str, msgspec.Meta(pattern=r"^([0-9]+(\.[0-9]+)?)?$")] = ""
    sms_currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] = "CNY"
    webhooks_allow_private: bool = False
    smtp_url: str = ""
    attachments_url: str = ""
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] = "CNY"
    timezone: str = "Asia/Shanghai"
    locale: Locale = "zh"
    region: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] = "CN"
    cadence: Annotated[str, msgspec.Meta(pattern="^(standard|site_visits)$")] = "standard"
    demo: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def segment_price(self) -> Decimal | None:
        """The price of one SMS segment, in `sms_currency`; None where it is not set."""
        price = self.sms_segment_price or (DEMO_SEGMENT_PRICE if self.demo else "")
        return Decimal(price) if price else None

    @property
    def uses_twilio(self) -> bool:
        """Without credentials, and always in demo mode, the handset gets the outgoing messages."""
        return bool(self.twilio_account_sid and self.twilio_auth_token) and not self.demo

    @property
    def writes_to_messenger(self) -> bool:
        return self.demo or (self.uses_twilio and bool(self.twilio_messenger_from))

    @property
    def webhook_key(self) -> str:
        """What incoming webhooks are signed with: Twilio's token, else a key of our own."""
        return self.twilio_auth_token or load_or_create_secret(self.data_dir, "webhook-key")

    @property
    def csrf_secret(self) -> str:
        return self.secret_key or load_or_create_secret(self.data_dir, "secret-key")


ENVIRONMENT_NAMES = {
    "data_dir": "DESK_DATA_DIR",
    "currency": "DESK_CURRENCY",
    "timezone": "DESK_TIMEZONE",
    "locale": "DESK_LOCALE",
    "region": "DESK_REGION",
    "cadence": "DESK_CADENCE",
    "demo": "DESK_DEMO",
}


class SettingsError(Exception):
    """A setting that cannot be read. The sentence names it and what is allowed."""


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from environment variables; an empty variable counts as unset."""
    values = {
        field: environ[name]
        for field in Settings.__struct_fields__
        if environ.get(name := ENVIRONMENT_NAMES.get(field, field.upper()))
    }
    try:
        settings = msgspec.convert(values, Settings, strict=False, dec_hook=_path)
        _check(settings)
    except (msgspec.ValidationError, ValueError) as error:
        message = str(error)
        for field in Settings.__struct_fields__:
            message = message.replace(f"`$.{field}`", ENVIRONMENT_NAMES.get(field, field.upper()))
        raise SettingsError(f"A setting cannot be read: {message}. See .env.example.") from error
    return settings


@cache
def get_settings() -> Settings:
    return read_settings(os.environ)


def load_or_create_secret(data_dir: Path, name: str) -> str:
    """A random secret, made on first use and kept in the data directory, readable by its owner."""
    path = data_dir / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        data_dir.mkdir(parents=True, exist_ok=True)
        made = data_dir / f".{name}.{os.getpid()}.{get_ident()}"
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(32))
        try:
            os.link(made, path)  # fails if another process was first: then its secret is used
        except FileExistsError:
            pass
        finally:
            made.unlink()
        return path.read_text().strip()


def _check(settings: Settings) -> None:
    """Raises ValueError for what would otherwise fail at the first page. The sentence does not
    repeat a value that may hold a password."""
    try:
        settings.zone  # noqa: B018 - made to see whether it can be
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"DESK_TIMEZONE={settings.timezone} is not a time zone; write one like Asia/Shanghai"
        ) from error
    for name, url, schemes in (
        ("DATABASE_URL", settings.database_url, ("postgresql://", "postgres://")),
        ("REDIS_URL", settings.redis_url, ("redis://", "rediss://", "unix://")),
    ):
        if url and not _is_url(url, schemes):
            raise ValueError(f"{name} is not an address that begins with {' or '.join(schemes)}")


def _is_url(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        urlsplit(url).port  # noqa: B018 - raises for what is not a number
    except ValueError:
        return False
    return url.startswith(schemes)


def _path(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    raise NotImplementedError(kind)
