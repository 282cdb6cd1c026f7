"""What callers hear and can press, as TwiML. Every question leads to an end without input too."""

from collections.abc import Sequence
from urllib.parse import urlencode

from service_desk.intake.twilio.voice_verbs import Saying, Voice, voice_response
from service_desk.phone_line.schemas import StaffPhone
from service_desk.rules.tickets.vocabulary import MenuChoice
from service_desk.rules.words.languages import Locale
from service_desk.settings import get_settings
from service_desk.texts.customer_texts import render_text

BASE = "/webhooks/twilio/voice"
TWILIO_LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
OTHER_LOCALE: dict[Locale, Locale] = {"en": "zh", "zh": "en"}

CHOICES: dict[str, MenuChoice] = {"1": "complaint", "2": "repair", "3": "progress", "0": "person"}
OTHER_LANGUAGE_KEY = "9"

MAX_TRIES = 3
KEY_SECONDS, NUMBER_SECONDS = 6, 10
SILENCE_SECONDS, MAX_RECORDING_SECONDS = 5, 180
MAX_TRANSCRIBED_SECONDS = 119  # Twilio transcribes no recording of two minutes or more
RING_SECONDS = 25  # shorter than until a mobile phone's own mailbox answers


def greeting(locale: Locale, ticket: tuple[str, str] | None) -> str:
    """The greeting, the status of the caller's ticket (number, and state in words), the menu."""
    sentences = [render_text("say_greeting", locale)]
    if ticket is not None:
        sentences.append(_status(locale, *ticket))
    return _menu(locale, *sentences)


def menu_again(locale: Locale, attempt: int) -> str:
    """The menu for the `attempt`-th time, after a key without a meaning."""
    return _menu(locale, render_text("say_not_understood", locale), attempt=attempt)


def menu_in(locale: Locale) -> str:
    """The menu in a language just chosen."""
    return _menu(locale)


def ask_number(locale: Locale, attempt: int, *apologies: str) -> str:
    response = voice_response()
    gather = _gather(response, _url("menu", step="number", attempt=attempt), seconds=NUMBER_SECONDS)
    for name in (*apologies, "say_ask_number"):
        _say(gather, locale, render_text(name, locale))
    return _redirect(response, "menu", step="number", attempt=attempt)


def no_ticket_menu(locale: Locale, prompt: str) -> str:
    """There is no ticket to look up, for the reason in `prompt`: a message instead, or a person."""
    response = voice_response()
    gather = _gather(response, _url("menu", step="instead"), digits=1)
    for name in (prompt, "say_message_or_person"):
        _say(gather, locale, render_text(name, locale))
    return _redirect(response, "menu", step="instead")


def ask_phone(locale: Locale, attempt: int, *prompts: str) -> str:
    """Ask a withheld caller for a phone number. Callers who give none just wait."""
    response = voice_response()
    gather = _gather(response, _url("menu", step="phone", attempt=attempt), seconds=NUMBER_SECONDS)
    for name in (*prompts, "say_ask_phone"):
        _say(gather, locale, render_text(name, locale))
    return _redirect(response, "menu", step="phone", attempt=attempt)


def check_phone(locale: Locale, attempt: int, digits: str) -> str:
    """Read the number back: it is used only once the caller confirms it."""
    response = voice_response()
    query = {"step": "phone-check", "attempt": attempt}
    gather = _gather(response, _url("menu", **query), digits=1)
    _say(gather, locale, render_text("say_check_phone", locale, digits=digit_by_digit(digits)))
    return _redirect(response, "menu", **query)


def say_status(locale: Locale, number: str, state: str) -> str:
    """The status of a ticket, and the choice to leave a message on it or speak with a person."""
    response = voice_response()
    gather = _gather(response, _url("menu", step="after", ticket=number), digits=1)
    _say(gather, locale, _status(locale, number, state))
    _say(gather, locale, render_text("say_after_status", locale))
    return _goodbye(response, locale)


def ring_staff_phones(
    locale: Locale,
    call_sid: str,
    phones: Sequence[StaffPhone],
    *prompts: str,
    caller_id: str | None,
) -> str:
    """Ring all these phones at once. Whoever picks up must accept first (`offer`), as it may be a
    mailbox. Afterwards, answered or not, the call continues at `dialled`.

    `caller_id`: the number that the phones show, None for the caller's own. It is needed for a
    withheld caller, whose address is not a number: Twilio would ring nobody (error 13214).
    https://www.twilio.com/docs/voice/twiml/number
    """
    response = voice_response()
    for name in (*prompts, "say_connecting"):
        _say(response, locale, render_text(name, locale))
    dial = response.dial(
        action=_url("dialled"),
        method="POST",
        timeout=RING_SECONDS,
        answer_on_bridge=True,
        caller_id=caller_id,
    )
    for phone in phones:
        url = _url("offer", call=call_sid, staff=phone.staff)
        dial.number(phone.phone, url=url, method="POST")
    return str(response)


def offer(locale: Locale, call_sid: str, staff: int, caller: str | None) -> str:
    """Staff who picked up must press a key, which a mailbox does not."""
    response = voice_response()
    number = (
        digit_by_digit(caller.lstrip("+")) if caller else render_text("say_agent_withheld", locale)
    )
    gather = _gather(response, _url("offer", call=call_sid, staff=staff, step="answer"), digits=1)
    _say(gather, locale, render_text("say_agent_offer", locale, caller=number))
    return _hang_up(response)


def connect_twiml() -> str:
    """No verbs: Twilio then connects the two."""
    return str(voice_response())


def too_late(locale: Locale) -> str:
    response = voice_response()
    _say(response, locale, render_text("say_agent_too_late", locale))
    return _hang_up(response)


def hang_up() -> str:
    return _hang_up(voice_response())


def record(locale: Locale, prompt: str, *prompts: str, ticket: str | None = None) -> str:
    """Ask for a message. An empty recording skips its action: hence the redirect.

    The notice of recording is not part of a <Gather>, which the first key would cut short.
    """
    response = voice_response()
    for name in (*prompts, "say_consent", prompt):
        _say(response, locale, render_text(name, locale))
    query = {"ticket": ticket} if ticket else {}
    english = locale == "en"  # Twilio transcribes nothing else (decision 0033)
    response.record(
        action=_url("recording", **query),
        method="POST",
        max_length=MAX_TRANSCRIBED_SECONDS if english else MAX_RECORDING_SECONDS,
        timeout=SILENCE_SECONDS,
        finish_on_key="#",
        play_beep=True,
        transcribe=english or None,
        transcribe_callback=_url("transcription") if english else None,
    )
    return _redirect(response, "recording", **query)


def confirm_message(locale: Locale, number: str, *, recorded: bool, new: bool) -> str:
    """The ticket that the message is on, and goodbye."""
    response = voice_response()
    if not recorded:
        _say(response, locale, render_text("say_nothing_heard", locale))
    name = "say_recorded_new" if new else "say_recorded_joined"
    _say(response, locale, render_text(name, locale, digits=digit_by_digit(number)))
    return _goodbye(response, locale)


def goodbye(locale: Locale) -> str:
    return _goodbye(voice_response(), locale)


def digit_by_digit(number: str) -> str:
    """So that it is read as digits, not as one large number."""
    return " ".join(number)


def _status(locale: Locale, number: str, state: str) -> str:
    return render_text("say_status", locale, digits=digit_by_digit(number), state=state)


def _menu(locale: Locale, *sentences: str, attempt: int = 1) -> str:
    """The language is part of the URL, so that a repeated 9 does not switch back."""
    response = voice_response()
    query = {"step": "main", "attempt": attempt, "lang": locale}
    gather = _gather(response, _url("menu", **query), digits=1)
    for sentence in (*sentences, render_text("say_menu", locale)):
        _say(gather, locale, sentence)
    _say(gather, OTHER_LOCALE[locale], render_text("say_other_language", OTHER_LOCALE[locale]))
    return _redirect(response, "menu", **query)


def _gather(
    response: Voice, action: str, *, digits: int | None = None, seconds: int = KEY_SECONDS
) -> Saying:
    """`digits`: how many; if None, the hash key ends the input."""
    return response.gather(
        input="dtmf", action=action, method="POST", timeout=seconds, num_digits=digits
    )


def _say(verb: Saying, locale: Locale, sentence: str) -> None:
    verb.say(sentence, language=TWILIO_LANGUAGES[locale])


def _redirect(response: Voice, path: str, **query: object) -> str:
    """Without input, the verb before falls through to this."""
    response.redirect(_url(path, **query), method="POST")
    return str(response)


def _goodbye(response: Voice, locale: Locale) -> str:
    _say(response, locale, render_text("say_goodbye", locale))
    return _hang_up(response)


def _hang_up(response: Voice) -> str:
    response.hangup()
    return str(response)


def _url(path: str, **query: object) -> str:
    url = f"{get_settings().public_url.rstrip('/')}{BASE}/{path}"
    return f"{url}?{urlencode(query)}" if query else url
