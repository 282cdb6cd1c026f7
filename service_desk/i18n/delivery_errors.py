"""Why a message did not go out, or may not have, in the reader's language.

The outbox keeps what was said, in English, for whoever runs the desk; agents read what it means.
"""

import re

from service_desk.i18n.translate import N_, translate
from service_desk.i18n.twilio_codes import meaning_of

WRONG_SETTINGS = "Wrong settings:"
"""How an error begins that the operator has to mend. Such a message is tried again `later`: it is
not at fault itself. `service-desk doctor` looks for it."""

_TWILIO = re.compile(r"Twilio (?:error |[0-9]+/)([0-9]+)")
_EXPLANATIONS = (
    (
        WRONG_SETTINGS,
        N_("The desk's own settings are refused. Tell whoever runs it: service-desk doctor."),
    ),
    ("No connection to Twilio", N_("Twilio cannot be reached.")),
    ("Twilio did not answer", N_("Twilio did not answer: it may have gone out.")),
    ("Twilio's answer was", N_("Twilio's answer could not be read: it may have gone out.")),
    ("Twilio took it", N_("Twilio took it, but did not say under which id.")),
    ("The mail server did not", N_("The mail server did not confirm: it may have gone out.")),
    ("The mail server was", N_("The mail server was too slow to take it.")),
    ("Mail server: ", N_("Mail server: {said}")),
    ("The worker stopped", N_("We were interrupted while sending this: it may have gone out.")),
    ("A fault in sending", N_("A fault of ours while sending this: it may have gone out.")),
)


def delivery_error(error: str, locale: str) -> str:
    """What `error` of an outbox row means; as it stands if we do not know."""
    if (code := _TWILIO.match(error)) and (words := meaning_of(int(code[1]))):
        return translate(
            N_("Twilio error {code}: {words}"), locale, code=code[1], words=translate(words, locale)
        )
    for beginning, meaning in _EXPLANATIONS:
        if error.startswith(beginning):
            said = error.removeprefix(beginning)
            return translate(meaning, locale).replace("{said}", said)
    return error
