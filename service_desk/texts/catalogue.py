"""Titles, groups and limits of the automatic texts, and sample values for previews."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from service_desk.i18n.formats import duration
from service_desk.i18n.translate import N_
from service_desk.rules.tickets.numbers import make_number
from service_desk.rules.words.languages import Locale
from service_desk.settings import get_settings
from service_desk.texts.bilingual import Bilingual
from service_desk.texts.customer_texts import (
    EMAIL_SUBJECTS,
    SMS_TEXTS,
    STATE_PHRASES,
    TEXTS,
    TICKET_SUBJECTS,
)
from service_desk.texts.email_texts import EMAIL_BODIES
from service_desk.texts.staff_texts import STAFF_TEXTS
from service_desk.texts.voice_prompts import VOICE_PROMPTS

TextKind = Literal["sms", "email", "voice", "phrase"]
MAX_LENGTHS: Mapping[TextKind, int] = {"sms": 1000, "email": 2000, "voice": 1000, "phrase": 300}


class TextGroup(Struct, frozen=True):
    """`kind`: sent as SMS, e-mail or voice, or a phrase that becomes part of something else."""

    code: str
    title: str
    kind: TextKind
    texts: Mapping[str, Bilingual]


GROUPS = (
    TextGroup("sms", N_("To customers, by SMS and WhatsApp"), "sms", SMS_TEXTS),
    TextGroup("emails", N_("To customers, by e-mail"), "email", EMAIL_BODIES),
    TextGroup("voice", N_("To callers, by voice"), "voice", VOICE_PROMPTS),
    TextGroup("states", N_("Ticket status: “state” in other texts"), "phrase", STATE_PHRASES),
    TextGroup("email", N_("Subjects of e-mails"), "phrase", EMAIL_SUBJECTS),
    TextGroup("subjects", N_("Texts on tickets that start without one"), "phrase", TICKET_SUBJECTS),
    TextGroup("staff", N_("To staff, by e-mail"), "phrase", STAFF_TEXTS),
)

TITLES: Mapping[str, str] = {
    "acknowledgement": N_("A new ticket"),
    "acknowledgement_safety": N_("A new ticket, with danger"),
    "acknowledgement_empty": N_("A new ticket from an empty text"),
    "acknowledgement_linked": N_("A new ticket after one that is closed"),
    "joined": N_("Added to an open ticket"),
    "joined_safety": N_("Added to an open ticket, with danger"),
    "reopened": N_("A resolved ticket is open again"),
    "thanks": N_("The customer said thanks"),
    "number_mistyped": N_("A mistyped ticket number"),
    "number_not_found": N_("Someone else's ticket number"),
    "number_corrected": N_("The right number after a mistyped one"),
    "status": N_("STATUS: one ticket"),
    "status_many": N_("STATUS: several open tickets"),
    "status_none": N_("STATUS: no ticket"),
    "status_mistyped": N_("STATUS with a mistyped number"),
    "status_not_yours": N_("STATUS with somebody else's number"),
    "help": N_("HELP"),
    "opted_out": N_("STOP"),
    "opted_in": N_("START"),
    "callback": N_("CALL: we will call back"),
    "rating_request": N_("Resolved: please rate us"),
    "rating_only": N_("Resolved, and told otherwise: please rate us"),
    "rating_thanks": N_("Thanks for a rating"),
    "rating_again": N_("A rating that is not 1 to 5"),
    "rating_sorry": N_("Sorry for a low rating"),
    "subject_empty_text": N_("Subject: an empty text"),
    "subject_callback": N_("Subject: call me back"),
    "subject_call": N_("Subject: a phone call"),
    "call_recorded": N_("A recorded voice message"),
    "call_no_message": N_("A call without a message"),
    "call_number_entered": N_("The number that a withheld caller keyed in"),
    "call_to_person": N_("A call to speak with a person"),
    "call_answered": N_("A call that was answered"),
    "choice_complaint": N_("Chosen in the menu: complaint"),
    "choice_repair": N_("Chosen in the menu: repair"),
    "choice_person": N_("Chosen in the menu: a person"),
    "choice_progress": N_("Chosen in the menu: progress"),
    "choice_none": N_("Nothing chosen in the menu"),
    "state_new": N_("New"),
    "state_open": N_("In progress"),
    "state_waiting_customer": N_("Waiting for customer"),
    "state_waiting_supplier": N_("Waiting for supplier"),
    "state_waiting_parts": N_("Waiting for parts"),
    "state_resolved": N_("Resolved"),
    "state_closed": N_("Closed"),
    "state_agent": N_("After that: who works on it"),
    "state_answer_by": N_("After that: when we reply"),
    "state_solved_by": N_("After that: when it should be resolved"),
    "state_late": N_("After that: a promise was broken"),
    "email_acknowledgement": N_("A new ticket, by e-mail"),
    "email_acknowledgement_safety": N_("A new ticket with danger, by e-mail"),
    "email_rating_request": N_("Resolved: please rate us, by e-mail"),
    "email_rating_only": N_("Resolved, and told otherwise: please rate us, by e-mail"),
    "email_footer": N_("At the end of every e-mail, including an agent's"),
    "subject_acknowledgement": N_("E-mail about a new ticket"),
    "subject_reply": N_("E-mail with a reply"),
    "subject_rating_request": N_("E-mail that asks for a rating"),
    "say_greeting": N_("Greeting"),
    "say_consent": N_("Notice of recording, before every recording"),
    "say_menu": N_("The menu"),
    "say_other_language": N_("Switching to the other language"),
    "say_not_understood": N_("Not understood"),
    "say_record_complaint": N_("Before recording a complaint"),
    "say_record_repair": N_("Before recording a repair"),
    "say_record_person": N_("Before recording a caller who wants a person"),
    "say_record_person_entered": N_("Before recording a caller who keyed in a number"),
    "say_record_person_unknown": N_("Before recording a caller who left no number"),
    "say_record_more": N_("Before recording an addition"),
    "say_ask_phone": N_("Asking a withheld caller for a number"),
    "say_phone_invalid": N_("The number keyed in is not a phone number"),
    "say_check_phone": N_("Reading back the number keyed in"),
    "say_ask_number": N_("Asking for the ticket number"),
    "say_number_mistyped": N_("A mistyped ticket number"),
    "say_number_not_yours": N_("Someone else's ticket number"),
    "say_progress_withheld": N_("A withheld caller asks for a status"),
    "say_progress_none": N_("A caller without tickets asks for a status"),
    "say_message_or_person": N_("After that: a message or a person?"),
    "say_status": N_("The status of the ticket"),
    "say_after_status": N_("After that: a message or a person?"),
    "say_connecting": N_("Before ringing staff phones"),
    "say_nobody_free": N_("No staff phone was answered"),
    "say_agent_offer": N_("To staff: a call is offered"),
    "say_agent_withheld": N_("To staff: the caller's number is withheld"),
    "say_agent_too_late": N_("To staff: the call is no longer waiting"),
    "say_recorded_new": N_("Recorded on a new ticket"),
    "say_recorded_joined": N_("Recorded on an open ticket"),
    "say_nothing_heard": N_("Nothing was recorded"),
    "say_goodbye": N_("Goodbye"),
    "subject_alert_digest": N_("Subject: clocks that need attention"),
    "subject_alert_single": N_("Subject: a single clock that needs attention"),
    "alert_line": N_("One clock in that e-mail"),
    "alert_left": N_("After that: time is left"),
    "alert_late": N_("After that: it is overdue"),
    "alert_paused": N_("After that: it is paused"),
    "alert_ended": N_("After that: it ended in time"),
    "alert_ended_late": N_("After that: it ended late"),
    "alert_more": N_("More clocks than fit"),
    "subject_low_rating": N_("Subject: a low rating"),
    "low_rating": N_("A low rating"),
    "notice_safety": N_("Notification: a safety ticket"),
    "notice_assigned": N_("Notification: a ticket was assigned"),
    "notice_customer_message": N_("Notification: the customer wrote"),
    "notice_referred": N_("Notification: a question was referred"),
    "notice_answered": N_("Notification: a question was answered"),
    "notice_supplier_answer": N_("Notification: the supplier answered"),
    "notice_decision_waiting": N_("Notification: a decision is due"),
    "notice_supplier_proposal": N_("Notification: a supplier's penalty or award is proposed"),
    "notice_low_rating": N_("Notification: a low rating"),
    "notice_message_failed": N_("Notification: a message did not arrive"),
    "clock_response": N_("Response"),
    "clock_handling": N_("Handling"),
    "clock_resolution": N_("Resolution"),
    "clock_next_response": N_("Next response"),
    "clock_promise": N_("Promise"),
    "clock_referral": N_("Referral"),
}

# Values that are available though the shipped text does not use them.
_OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "rating_only": ("resolution",),
    "email_rating_only": ("resolution",),
}
_MULTILINE = (*SMS_TEXTS, *EMAIL_BODIES, *VOICE_PROMPTS, "low_rating")


def title_of(name: str) -> str:
    """In English, to be translated."""
    return TITLES.get(name, name)


def group_of(name: str) -> TextGroup:
    return next(group for group in GROUPS if name in group.texts)


def optional_placeholders(name: str) -> tuple[str, ...]:
    return _OPTIONAL.get(name, ())


def max_length_of(name: str) -> int:
    return MAX_LENGTHS[group_of(name).kind]


def is_single_line(name: str) -> bool:
    """A subject or a phrase within a sentence cannot have a line break."""
    return name not in _MULTILINE


def sample_values(locale: Locale) -> dict[str, object]:
    """A value for every placeholder, in that language."""
    number = make_number(1234)
    product = Bilingual(en="The washing machine does not spin", zh="洗衣机不脱水")
    solved = Bilingual(en="We replaced the pump.", zh="已更换排水泵。")
    return {
        "number": number,
        "earlier": make_number(1100),
        "wrong": "100012340",
        "digits": " ".join(number),
        "link": f"{get_settings().public_url.rstrip('/')}/t/{'x' * 32}",
        "state": TEXTS["state_open"].in_locale(locale),
        "agent": Bilingual(en="Mei Chen", zh="陈梅").in_locale(locale),
        "time": Bilingual(en="15 Oct, 14:30", zh="10月15日 14:30").in_locale(locale),
        "caller": "1 3 8 0 0 1 3 8 0 0 0",
        "phone": "+8613800138000",
        "count": 3,
        "tickets": ", ".join(make_number(serial) for serial in (1100, 1160, 1234)),
        "score": 5,
        "seconds": 12,
        "choice": TEXTS["choice_repair"].in_locale(locale),
        "clock": TEXTS["clock_response"].in_locale(locale),
        "percent": 80,
        "left": TEXTS["alert_left"].in_locale(locale).format(duration=duration(24 * 60, locale)),
        "duration": duration(24 * 60, locale),
        "subject": product.in_locale(locale),
        "resolution": solved.in_locale(locale),
        "supplier": Bilingual(en="Pumps Ltd", zh="水泵厂").in_locale(locale),
    }
