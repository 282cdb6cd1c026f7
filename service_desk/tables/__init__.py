"""The whole schema, one file per noun. `piccolo_app.py` hands TABLES to the migrations."""

from piccolo.table import Table

from service_desk.tables.asset import Asset
from service_desk.tables.attachment import Attachment
from service_desk.tables.clock import SlaClock, StaffAlert
from service_desk.tables.compensation import Compensation
from service_desk.tables.customer import (
    ContactLog,
    Customer,
    CustomerPair,
    Revisit,
    RevisitPlanning,
    TierChange,
    TierReview,
)
from service_desk.tables.messaging import (
    InboundReceipt,
    Outbox,
    PhoneCall,
    SendThrottle,
    TextVersion,
    WebhookSubscription,
)
from service_desk.tables.notification import Notification
from service_desk.tables.report import (
    DemoClock,
    ImportedTicket,
    ImportRejection,
    ImportRun,
    LongJob,
    LongJobPart,
    MonthlyAnalysis,
)
from service_desk.tables.sla import CalendarVersion, PolicyMove, PolicyVersion, SlaRollout
from service_desk.tables.staff import ApiToken, IdempotentRequest, LastEdit, Staff, StaffSession
from service_desk.tables.supplier import DepositEntry, Supplier, SupplierAction
from service_desk.tables.ticket import Message, Rating, Ticket, TicketEvent
from service_desk.tables.triage import Category, SafetyWord

TABLES: tuple[type[Table], ...] = (
    Staff, StaffSession, ApiToken, IdempotentRequest,
    Category, SafetyWord, Customer, CustomerPair, TierChange, TierReview, Revisit,
    RevisitPlanning, ContactLog,
    Asset,
    Supplier, SupplierAction, DepositEntry,
    PolicyVersion, PolicyMove, CalendarVersion, SlaRollout,
    Ticket, TicketEvent, Message, Attachment, SlaClock, StaffAlert, Rating, Notification,
    WebhookSubscription, Outbox, SendThrottle, TextVersion, InboundReceipt, PhoneCall,
    Compensation, MonthlyAnalysis, ImportRun, ImportedTicket, ImportRejection, DemoClock,
    LastEdit, LongJob, LongJobPart,
)  # fmt: skip

__all__ = [
    "TABLES",
    "ApiToken",
    "Asset",
    "Attachment",
    "CalendarVersion",
    "Category",
    "Compensation",
    "ContactLog",
    "Customer",
    "CustomerPair",
    "DemoClock",
    "DepositEntry",
    "IdempotentRequest",
    "ImportRejection",
    "ImportRun",
    "ImportedTicket",
    "InboundReceipt",
    "LastEdit",
    "LongJob",
    "LongJobPart",
    "Message",
    "MonthlyAnalysis",
    "Notification",
    "Outbox",
    "PhoneCall",
    "PolicyMove",
    "PolicyVersion",
    "Rating",
    "Revisit",
    "RevisitPlanning",
    "SafetyWord",
    "SendThrottle",
    "SlaClock",
    "SlaRollout",
    "Staff",
    "StaffAlert",
    "StaffSession",
    "Supplier",
    "SupplierAction",
    "TextVersion",
    "Ticket",
    "TicketEvent",
    "TierChange",
    "TierReview",
    "WebhookSubscription",
]
