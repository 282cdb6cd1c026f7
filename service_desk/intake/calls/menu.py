"""What callers hear and may press, as TwiML. Every question has an end that asks nothing more."""

from collections.abc import Sequence
from typing import Literal, cast
from urllib.parse import urlencode

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from service_desk.phone_line.schemas import StaffPhone
from service_desk.settings import get_settings
from service_desk.texts.customer_texts import render_text

BASE = "/webhooks/twilio/voice"
TWILIO_LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
OTHER_LOCALE = {"en": "zh", "zh": "en"}

Choice = Literal["complaint", "repair", "progress", "person"]
CHOICES: dict[str, Choice] = {"1": "complaint", "2": "repair", "3": "progress", "0": "person"}
OTHER_LANGUAGE_KEY = "9"

MAX_TRIES = 3
KEY_SECONDS, NUMBER_SECONDS = 6, 10
SILENCE_SECONDS, MAX_RECORDING_SECONDS = 5, 180
MAX_TRANSCRIBED_SECONDS = 119  # of two minutes or more there is a recording, but no transcription
RING_SECONDS = 25  # less than until a mobile phone's own mailbox answers


def greeting(locale: str, known: tuple[str, str] | None) -> str:
    """The first words: who we are, how the caller's ticket stands (`known`: number and state in
    words), and the menu."""
    words = [render_text("say_greeting", locale)]
    if known is not None:
        words.append(_status(locale, *known))
    return _menu(locale, *words)


def menu_again(locale: str, attempt: int) -> str:
    """The menu for the `attempt`-th time, after a key that means nothing."""
    return _menu(locale, render_text("say_not_understood", locale), attempt=attempt)


def menu_in(locale: str) -> str:
    """The menu in a language just chosen."""
    return _menu(locale)


def ask_number(locale: str, attempt: int, *apologies: str) -> str:
    response = VoiceResponse()
    gather = _gather(response, _url("menu", step="number", attempt=attempt), seconds=NUMBER_SECONDS)
    for name in (*apologies, "say_ask_number"):
        _say(gather, locale, render_text(name, locale))
    return _redirect(response, "menu", step="number", attempt=attempt)


def no_ticket_menu(locale: str, why: str) -> str:
    """There is no ticket to tell of (`why`): a message instead, or a person."""
    response = VoiceResponse()
    gather = _gather(response, _url("menu", step="instead"), digits=1)
    for name in (why, "say_message_or_person"):
        _say(gather, locale, render_text(name, locale))
    return _redirect(response, "menu", step="instead")


def ask_phone(locale: str, attempt: int, *before: str) -> str:
    """Ask a withheld caller for a number. The hash key alone ends nothing: who has none waits."""
    response = VoiceResponse()
    gather = _gather(response, _url("menu", step="phone", attempt=attempt), seconds=NUMBER_SECONDS)
    for name in (*before, "say_ask_phone"):
        _say(gather, locale, render_text(name, locale))
    return _redirect(response, "menu", step="phone", attempt=attempt)


def check_phone(locale: str, attempt: int, digits: str) -> str:
    """Read the number back: it is used only if the caller says that it is right."""
    response = VoiceResponse()
    where = {"step": "phone-check", "attempt": attempt}
    gather = _gather(response, _url("menu", **where), digits=1)
    _say(gather, locale, render_text("say_check_phone", locale, digits=digit_by_digit(digits)))
    return _redirect(response, "menu", **where)


def say_status(locale: str, number: str, state: str) -> str:
    """How a ticket stands, and the offer to leave a message on it, or to speak with a person."""
    response = VoiceResponse()
    gather = _gather(response, _url("menu", step="after", ticket=number), digits=1)
    _say(gather, locale, _status(locale, number, state))
    _say(gather, locale, render_text("say_after_status", locale))
    return _goodbye(response, locale)


def ring_staff_phones(
    locale: str, call_sid: str, phones: Sequence[StaffPhone], *before: str, caller_id: str | None
) -> str:
    """Ring all these phones at once. Whoever picks up is asked first (`offer`): what answers may
    be a mailbox. Afterwards, answered or not, the call goes on at `dialled`.

    `caller_id`: the number that the phones show, None for the caller's own. Of a withheld caller
    Twilio would pass on what is no number, and ring nobody (error 13214).
    https://www.twilio.com/docs/voice/twiml/number
    """
    response = VoiceResponse()
    for name in (*before, "say_connecting"):
        _say(response, locale, render_text(name, locale))
    dial = cast(
        Dial,
        response.dial(  # pyright: ignore[reportUnknownMemberType]
            action=_url("dialled"),
            method="POST",
            timeout=RING_SECONDS,
            answer_on_bridge=True,
            caller_id=caller_id,
        ),
    )
    for one in phones:
        url = _url("offer", call=call_sid, staff=one.staff)
        dial.number(one.phone, url=url, method="POST")  # pyright: ignore[reportUnknownMemberType]
    return str(response)


def offer(locale: str, call_sid: str, staff: int, caller: str | None) -> str:
    """What somebody of the staff hears who picked up: a mailbox presses no key."""
    response = VoiceResponse()
    who = (
        digit_by_digit(caller.lstrip("+")) if caller else render_text("say_agent_withheld", locale)
    )
    gather = _gather(response, _url("offer", call=call_sid, staff=staff, step="answer"), digits=1)
    _say(gather, locale, render_text("say_agent_offer", locale, caller=who))
    return _hang_up(response)


def connect_twiml() -> str:
    """Nothing more to say to the one who picked up: they are connected with the caller."""
    return str(VoiceResponse())


def too_late(locale: str) -> str:
    response = VoiceResponse()
    _say(response, locale, render_text("say_agent_too_late", locale))
    return _hang_up(response)


def hang_up() -> str:
    return _hang_up(VoiceResponse())


def record(locale: str, prompt: str, *before: str, ticket: str | None = None) -> str:
    """Ask for a message. A recording that stays empty skips its action: hence the redirect.

    That it is recorded is said here and not in a question, which ends with the first key.
    """
    response = VoiceResponse()
    for name in (*before, "say_consent", prompt):
        _say(response, locale, render_text(name, locale))
    named = {"ticket": ticket} if ticket else {}
    # Twilio transcribes English only (decision 0033).
    transcribe = {"transcribe": True, "transcribe_callback": _url("transcription")}
    english = locale == "en"
    response.record(  # pyright: ignore[reportUnknownMemberType]
        action=_url("recording", **named),
        method="POST",
        max_length=MAX_TRANSCRIBED_SECONDS if english else MAX_RECORDING_SECONDS,
        timeout=SILENCE_SECONDS,
        finish_on_key="#",
        play_beep=True,
        **(transcribe if english else {}),
    )
    return _redirect(response, "recording", **named)


def confirm_message(locale: str, number: str, *, heard: bool, new: bool) -> str:
    """Where the message went, and goodbye."""
    response = VoiceResponse()
    if not heard:
        _say(response, locale, render_text("say_nothing_heard", locale))
    name = "say_recorded_new" if new else "say_recorded_joined"
    _say(response, locale, render_text(name, locale, digits=digit_by_digit(number)))
    return _goodbye(response, locale)


def goodbye(locale: str) -> str:
    return _goodbye(VoiceResponse(), locale)


def digit_by_digit(number: str) -> str:
    """Read as digits, not as a hundred thousand."""
    return " ".join(number)


def _status(locale: str, number: str, state: str) -> str:
    return render_text("say_status", locale, digits=digit_by_digit(number), state=state)


def _menu(locale: str, *words: str, attempt: int = 1) -> str:
    """The address says which language it is in: 9 pressed twice, or sent twice, means the same."""
    response = VoiceResponse()
    where = {"step": "main", "attempt": attempt, "lang": locale}
    gather = _gather(response, _url("menu", **where), digits=1)
    for said in (*words, render_text("say_menu", locale)):
        _say(gather, locale, said)
    _say(gather, OTHER_LOCALE[locale], render_text("say_other_language", OTHER_LOCALE[locale]))
    return _redirect(response, "menu", **where)


def _gather(
    response: VoiceResponse, action: str, *, digits: int | None = None, seconds: int = KEY_SECONDS
) -> Gather:
    """Without `digits` the caller ends with the hash key."""
    limit = {} if digits is None else {"num_digits": digits}
    gather = response.gather(  # pyright: ignore[reportUnknownMemberType]
        input="dtmf", action=action, method="POST", timeout=seconds, **limit
    )
    return cast(Gather, gather)


def _say(to: VoiceResponse | Gather, locale: str, words: str) -> None:
    to.say(words, language=TWILIO_LANGUAGES[locale])  # pyright: ignore[reportUnknownMemberType]


def _redirect(response: VoiceResponse, path: str, **query: object) -> str:
    """What happens when nothing was pressed or said: the verb before falls through to this."""
    response.redirect(_url(path, **query), method="POST")  # pyright: ignore[reportUnknownMemberType]
    return str(response)


def _goodbye(response: VoiceResponse, locale: str) -> str:
    _say(response, locale, render_text("say_goodbye", locale))
    return _hang_up(response)


def _hang_up(response: VoiceResponse) -> str:
    response.hangup()  # pyright: ignore[reportUnknownMemberType]
    return str(response)


def _url(path: str, **query: object) -> str:
    address = f"{get_settings().public_url.rstrip('/')}{BASE}/{path}"
    return f"{address}?{urlencode(query)}" if query else address
