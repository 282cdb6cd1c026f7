"""Why a message failed or has an unknown outcome, in the reader's language.

The outbox keeps the original error in English, for the operator; agents read its explanation.
"""

import re

from service_desk.i18n.translate import N_, translate
from service_desk.i18n.twilio_codes import meaning_of
from service_desk.rules.words.languages import Locale

WRONG_SETTINGS = "Wrong settings:"
"""Prefix of an error that the operator has to fix. The message itself is not at fault, and is
retried. `service-desk doctor` looks for it."""

NO_GATEWAY = "No gateway is set up: it waits."
"""Of a message that this desk has no way to send yet."""

_TWILIO = re.compile(r"Twilio (?:error |[0-9]+/)([0-9]+)")
_EXPLANATIONS = (
    (
        WRONG_SETTINGS,
        N_("The desk's own settings are rejected. Tell the operator to run service-desk doctor."),
    ),
    (NO_GATEWAY, N_("It waits: this desk cannot send by this channel yet.")),
    ("No connection to Twilio", N_("Twilio cannot be reached.")),
    ("Twilio did not answer", N_("Twilio did not answer: it may have gone out.")),
    ("Twilio's answer was", N_("Twilio's answer could not be read: it may have gone out.")),
    ("Twilio accepted it", N_("Twilio accepted it, but returned no id.")),
    ("The mail server did not", N_("The mail server did not confirm: it may have gone out.")),
    ("The mail server was", N_("The mail server was too slow to accept it.")),
    ("Mail server: ", N_("Mail server: {reply}")),
    ("The worker stopped", N_("We were interrupted while sending this: it may have gone out.")),
    ("Error while sending", N_("An error of ours while sending this: it may have gone out.")),
)


def delivery_error(error: str, locale: Locale) -> str:
    """The explanation of an outbox row's `error`, or the error itself if there is none."""
    if (code := _TWILIO.match(error)) and (words := meaning_of(int(code[1]))):
        return translate(
            N_("Twilio error {code}: {words}"), locale, code=code[1], words=translate(words, locale)
        )
    for prefix, meaning in _EXPLANATIONS:
        if error.startswith(prefix):
            reply = error.removeprefix(prefix)
            return translate(meaning, locale).replace("{reply}", reply)
    return error
