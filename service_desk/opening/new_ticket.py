"""What a channel passes to open_ticket, and what it gets back."""

from datetime import datetime

import msgspec

from service_desk.attachments.schemas import NewAttachment
from service_desk.contacts.finding import NewCustomer
from service_desk.principal import CUSTOMER
from service_desk.rules.suppliers.names import clean_name
from service_desk.rules.tickets.vocabulary import MAX_SUBJECT_LENGTH, Channel, Kind, Severity
from service_desk.rules.words.languages import Locale
from service_desk.rules.words.plain_text import is_blank


class NewTicket(msgspec.Struct, frozen=True):
    """A ticket as a channel received it. `category` is a code, `supplier` a name."""

    kind: Kind
    body: str
    channel: Channel
    customer: NewCustomer
    received_at: datetime  # when the customer reached us, which starts the clocks
    actor: str = CUSTOMER  # who opens it
    acknowledge: bool = False  # by SMS or e-mail, for channels that do not reply by themselves
    subject: str = ""
    severity: Severity | None = None
    category: str | None = None
    product: str | None = None
    serial_number: str | None = None
    supplier: str | None = None
    external_id: str | None = None
    provider_id: str | None = None  # MessageSid or RecordingSid; unique
    attachments: tuple[NewAttachment, ...] = ()
    linked_to: str | None = None  # number of the earlier ticket that this one follows
    split_message: int | None = None  # id of a message of ticket `linked_to` that opens this one
    customer_id: int | None = None  # where the channel knows the customer already

    @property
    def subject_and_body(self) -> str:
        return f"{self.subject}\n{self.body}"


class OpenedTicket(msgspec.Struct, frozen=True):
    id: int
    number: str
    token: str
    locale: Locale
    customer: int
    severity: Severity
    duplicate_of: str | None


def clean(new: NewTicket) -> NewTicket:
    """Without NUL, which cannot be stored; REST passes it on. The default subject is the first line
    of the body."""
    body = new.body.replace("\0", "")
    subject = " ".join(new.subject.replace("\0", "").split())
    if is_blank(subject):
        subject = next((line.strip() for line in body.splitlines() if not is_blank(line)), "")
    if len(subject) > MAX_SUBJECT_LENGTH:
        subject = subject[: MAX_SUBJECT_LENGTH - 1] + "…"
    supplier = clean_name(new.supplier or "") or None
    return msgspec.structs.replace(new, body=body, subject=subject, supplier=supplier)
