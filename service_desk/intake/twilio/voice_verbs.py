"""The verbs of TwiML that our calls use, with types: those of Twilio's library have none."""

from typing import Protocol, cast

from twilio.twiml.voice_response import VoiceResponse


class Saying(Protocol):
    """What can speak: a response, and a <Gather>."""

    def say(self, message: str, *, language: str) -> object: ...


class Dial(Protocol):
    def number(self, phone_number: str, *, url: str, method: str) -> object: ...


class Voice(Saying, Protocol):
    """A response. An attribute that is None is left out. str() of it is the TwiML."""

    def gather(
        self,
        *,
        input: str,  # noqa: A002 - Twilio's name
        action: str,
        method: str,
        timeout: int,
        num_digits: int | None,
    ) -> Saying: ...
    def dial(
        self,
        *,
        action: str,
        method: str,
        timeout: int,
        answer_on_bridge: bool,
        caller_id: str | None,
    ) -> Dial: ...
    def record(
        self,
        *,
        action: str,
        method: str,
        max_length: int,
        timeout: int,
        finish_on_key: str,
        play_beep: bool,
        transcribe: bool | None,
        transcribe_callback: str | None,
    ) -> object: ...
    def redirect(self, url: str, *, method: str) -> object: ...
    def hangup(self) -> object: ...


def voice_response() -> Voice:
    return cast(Voice, VoiceResponse())
