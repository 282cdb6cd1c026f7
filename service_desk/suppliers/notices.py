"""The notice that a supplier gets of a rung, in its language: by e-mail, else by SMS."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from msgspec import Struct

from service_desk.i18n.formats import money
from service_desk.outbox.queue import queue_message
from service_desk.rows import get
from service_desk.rules.suppliers.ladder import ProposalReason, Rung
from service_desk.rules.words.languages import Locale
from service_desk.settings import get_settings
from service_desk.suppliers.facts import LADDER_POLICY
from service_desk.tables import SupplierAction

Occasion = Literal["issued", "overturned"]
Consequence = Literal["reversed", "reinstated", "still_removed"]
MAX_TICKETS_LISTED = 30


class NoticeText(NamedTuple):
    """Subject and body in both languages, the English pair first."""

    subject_en: str
    body_en: str
    subject_zh: str
    body_zh: str


ISSUED_TEXTS: dict[Rung, NoticeText] = {
    "verbal_warning": NoticeText(
        "Warning: complaints in {month}",
        "In {month} we received {count} valid complaints about {category} of your products, "
        "above the warning limit of {above}. Please find the cause and tell us what you will "
        "change. Tickets: {tickets}.",
        "{month}投诉警告",
        "{month}我们收到 {count} 起关于贵司产品“{category}”的有效投诉，已超过 {above} 起的警告线。"
        "请查明原因并告知整改措施。工单：{tickets}。",
    ),
    "ultimatum": NoticeText(
        "Ultimatum: complaints in {month}",
        "In {month} we received {count} valid complaints about {category} of your products; the "
        "limit is {above}. If next month brings more than {warning_above} in this category again, "
        "you will be removed as our supplier and forfeit your deposit. Tickets: {tickets}.",
        "{month}投诉最后通牒",
        "{month}我们收到 {count} 起关于贵司产品“{category}”的有效投诉，已超过 {above} 起。"
        "若次月同一类别再次超过 {warning_above} 起，将取消供应商资格并没收全部保证金。"
        "工单：{tickets}。",
    ),
    "removal": NoticeText(
        "Removal as a supplier",
        "Following the ultimatum of {ultimatum_month}, we received another {count} valid "
        "complaints about {category} in {month}. You are removed as our supplier and forfeit your "
        "deposit. Tickets: {tickets}.",
        "取消供应商资格",
        "在{ultimatum_month}最后通牒之后，{month}“{category}”仍有 {count} 起有效投诉。"
        "现取消贵司供应商资格，并没收全部保证金。工单：{tickets}。",
    ),
    "complaint_fund": NoticeText(
        "Complaint fund due",
        "We have received {count} valid complaints about your products in total. A complaint fund "
        "of {amount} is due at once, once per contract; otherwise the contract ends. "
        "Tickets: {tickets}.",
        "缴纳投诉基金",
        "贵司产品有效投诉累计已达 {count} 起，须立即缴纳投诉基金 {amount}（每份合同一次），"
        "否则终止合作。工单：{tickets}。",
    ),
    "late_referral": NoticeText(
        "Complaint not answered in time",
        "You missed the deadline of a complaint that we referred to you (ticket {tickets}). The "
        "compensation of {amount} is deducted from your deposit, and the person in charge is "
        "fined {fine}.",
        "投诉处理超时",
        "贵司未在期限内处理转交的投诉（工单 {tickets}）。赔付款 {amount} 从保证金中扣除，"
        "并对责任人罚款 {fine}。",
    ),
    "award": NoticeText(
        "No complaints all year: thank you",
        "In {year} there was not a single valid complaint about your products. You receive our "
        "“no complaints all year” award. Thank you.",
        "全年无投诉奖",
        "{year}年贵司产品全年无一起有效投诉，特授予“全年无投诉”奖，感谢贵司的努力。",
    ),
}
OBJECTION = (
    " If you object, reply to this message with your reasons.",
    "如有异议，请回复说明理由。",
)
OVERTURNED_TEXT = NoticeText(
    "Overturned: {subject}",
    "Following your objection, we overturn this decision: {subject}.",
    "撤销：{subject}",
    "经核实贵司的异议，现撤销以下决定：{subject}。",
)
CONSEQUENCES: dict[Consequence, tuple[str, str]] = {
    "reversed": (" Its charges are reversed.", "相应款项已冲回。"),
    "reinstated": (" You are our supplier again.", "贵司恢复供应商资格。"),
    "still_removed": (
        " Another removal still stands: you remain removed, and your deposit stays forfeited.",
        "另一项取消供应商资格的决定仍然有效：贵司的供应商资格和保证金暂不恢复。",
    ),
}
"""What follows from overturning, in both languages."""


class Notice(Struct, frozen=True):
    """What a notice says, and where it goes."""

    rung: Rung
    month: date
    because: ProposalReason
    evidence: list[str]
    locale: Locale
    email: str | None
    phone: str | None
    name_en: str | None
    name_zh: str | None


NOTICE_COLUMNS = {
    "locale": SupplierAction.supplier.locale,
    "email": SupplierAction.supplier.email,
    "phone": SupplierAction.supplier.phone,
    "name_en": SupplierAction.category.name_en,
    "name_zh": SupplierAction.category.name_zh,
}


async def send_notice(
    action: int, occasion: Occasion, now: datetime, consequences: Sequence[Consequence] = ()
) -> None:
    """Queue the notice, in the caller's transaction. A supplier without a contact gets none."""
    notice = await get(Notice, SupplierAction, columns=NOTICE_COLUMNS, id=action)
    assert notice is not None
    subject, body = render_notice(notice, occasion, consequences)
    if notice.email:
        await queue_message(
            channel="email", recipient=notice.email, subject=subject, body=body,
            purpose="supplier_notice", now=now,
        )  # fmt: skip
    elif notice.phone:
        await queue_message(
            channel="sms", recipient=notice.phone, body=body, purpose="supplier_notice", now=now
        )


def render_notice(
    notice: Notice, occasion: Occasion, consequences: Sequence[Consequence] = ()
) -> tuple[str, str]:
    """Subject and body in the supplier's language. `consequences`: of overturning."""
    chinese = notice.locale == "zh"
    texts = ISSUED_TEXTS[notice.rung]
    values = _values(notice, "zh" if chinese else "en")
    subject, body = (text.format(**values) for text in texts[2 * chinese : 2 * chinese + 2])
    if occasion == "issued":
        return subject, body + ("" if notice.rung == "award" else OBJECTION[chinese])
    texts = OVERTURNED_TEXT[2 * chinese : 2 * chinese + 2]
    follows = "".join(CONSEQUENCES[consequence][chinese] for consequence in consequences)
    return texts[0].format(subject=subject), texts[1].format(subject=subject) + follows


def _values(notice: Notice, locale: Locale) -> dict[str, object]:
    because = notice.because
    tickets = ", ".join(notice.evidence[:MAX_TICKETS_LISTED])
    return {
        "month": _month(notice.month, locale),
        "year": notice.month.year,
        "category": (notice.name_zh if locale == "zh" else notice.name_en) or "–",
        "count": because.count,
        "above": because.above,
        "warning_above": LADDER_POLICY.warning_above,
        "ultimatum_month": because.ultimatum_month and _month(because.ultimatum_month, locale),
        "amount": money(because.amount, get_settings().currency, locale),
        "fine": money(because.fine, get_settings().currency, locale),
        "tickets": tickets + (" …" if len(notice.evidence) > MAX_TICKETS_LISTED else ""),
    }


def _month(month: date, locale: Locale) -> str:
    return f"{month.year}年{month.month}月" if locale == "zh" else f"{month:%B %Y}"
