"""What a channel understood of a new ticket, and what it is told of the one that was opened."""

import msgspec

from service_desk.attachments.schemas import NewAttachment
from service_desk.contacts.finding import NewCustomer
from service_desk.rules.suppliers.names import clean_name
from service_desk.rules.tickets.vocabulary import MAX_SUBJECT_LENGTH, Channel, Kind, Severity


class NewTicket(msgspec.Struct, frozen=True):
    """What a channel understood. `category` is a code, `supplier` a name."""

    kind: Kind
    description: str
    channel: Channel
    customer: NewCustomer
    subject: str = ""
    severity: Severity | None = None
    category: str | None = None
    product: str | None = None
    serial_number: str | None = None
    supplier: str | None = None
    external_id: str | None = None
    message_id: str | None = None  # MessageSid or RecordingSid: taken in once
    attachments: tuple[NewAttachment, ...] = ()
    linked_to: str | None = None  # number of an earlier ticket this one follows
    split: "SplitMessage | None" = None
    by: int | None = None  # id of the customer, where the channel knows them by something else

    @property
    def known_customer(self) -> int | None:
        return self.split.customer if self.split is not None else self.by

    @property
    def text(self) -> str:
        return f"{self.subject}\n{self.description}"


class SplitMessage(msgspec.Struct, frozen=True):
    """A message of a customer's other ticket (`linked_to`) that opens this one."""

    id: int
    customer: int


class OpenedTicket(msgspec.Struct, frozen=True):
    id: int
    number: str
    token: str
    locale: str
    customer: int
    severity: str
    duplicate_of: str | None


def clean(new: NewTicket) -> NewTicket:
    """NUL cannot be stored; a subject is the first line of the text if the channel has none."""
    description = new.description.replace("\0", "")
    subject = " ".join(new.subject.replace("\0", "").split())
    if not subject:
        subject = next((line.strip() for line in description.splitlines() if line.strip()), "")
    if len(subject) > MAX_SUBJECT_LENGTH:
        subject = subject[: MAX_SUBJECT_LENGTH - 1] + "…"
    supplier = clean_name(new.supplier or "") or None
    return msgspec.structs.replace(new, description=description, subject=subject, supplier=supplier)
