"""What customers and agents do on a ticket of the sample data, by the desk's own operations."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from service_desk.contacts.finding import NewCustomer
from service_desk.demo.sample_data.issues import IssueTexts, SampleTexts, load_sample_texts
from service_desk.demo.sample_data.people import AGENTS, SAMPLE_STAFF, SampleCustomer
from service_desk.demo.sample_data.stories import Story, StoryAction
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.operations import open_ticket
from service_desk.self_service.rating import rate
from service_desk.tickets import progress
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.conversation import add_note, log_call, receive_message, reply

SUPERVISOR = next(colleague.email for colleague in SAMPLE_STAFF if colleague.role == "supervisor")
PROMISE_WITHIN = timedelta(hours=3)
CHANNELS_WITH_SERIAL = ("web", "call", "counter")
SCORES = {5: 46, 4: 32, 3: 12, 2: 6, 1: 4}


class StoryActions:
    """`staff`: ids by e-mail. `serials`: of the registered units, by customer and model.
    `numbers`: of the tickets opened so far, by the index of their story."""

    def __init__(
        self,
        people: Sequence[SampleCustomer],
        staff: Mapping[str, int],
        random: Random,
        serials: Mapping[tuple[int, str], str],
    ) -> None:
        self.people = people
        self.serials = serials
        self.staff = staff
        self.random = random
        self.texts: dict[str, SampleTexts] = {
            locale: load_sample_texts(locale) for locale in ("en", "zh")
        }
        self.numbers: dict[int, str] = {}
        self.done: defaultdict[int, set[str]] = defaultdict(set)

    async def open(self, index: int, story: Story, now: datetime) -> None:
        person = self.people[story.customer]
        opening = self.random.choice(self._issue_texts(story).openings).format(model=story.model)
        new = NewTicket(
            kind=story.issue.kind,
            body=opening,
            channel=story.channel,
            customer=NewCustomer(
                name=person.name, phone=person.phone, locale=None, region=person.region
            ),
            product=story.model,
            serial_number=self.serials.get((story.customer, story.model))
            if story.channel in CHANNELS_WITH_SERIAL
            else None,
            supplier=story.maker.name if story.channel in ("web", "api", "counter") else None,
            received_at=now,
            acknowledge=story.channel in ("web", "sms", "api"),
        )
        opened = await open_ticket(new, now=now)
        self.numbers[index] = opened.number

    async def do(self, index: int, story: Story, action: StoryAction, now: datetime) -> None:
        number, email = self.numbers[index], AGENTS[story.agent].email
        staff_id = self.staff[email]
        if action == "assign":
            await progress.assign(number, email, staff_id=staff_id, now=now)
        elif action in _CUSTOMER_ACTIONS:
            await self._customer_does(number, story, action, now)
        elif action in _MESSAGE_ACTIONS:
            await self._write(number, index, story, action, staff_id, now)
        else:
            await self._work(number, story, action, staff_id, now)
        self.done[index].add(action)

    async def _customer_does(
        self, number: str, story: Story, action: StoryAction, now: datetime
    ) -> None:
        texts, issue = self.texts[story.locale], self._issue_texts(story)
        if action == "rate":
            (score,) = self.random.choices(list(SCORES), list(SCORES.values()))
            await rate(number, score, now=now, body=str(score), channel="sms")
            return
        texts_of_action = {
            "ask": (issue.asks,),
            "answer": texts.confirmations,
            "relapse": texts.relapses,
            "thank": texts.thanks,
        }[action]
        await receive_message(
            number,
            self.random.choice(texts_of_action),
            channel="sms",
            now=now,
            reopens=action != "thank",
        )

    async def _write(
        self,
        number: str,
        index: int,
        story: Story,
        action: StoryAction,
        staff_id: int,
        now: datetime,
    ) -> None:
        texts, issue = self.texts[story.locale], self._issue_texts(story)
        if action == "call" or (action == "reply" and story.channel == "call"):
            log = self.random.choice(texts.call_logs)
            await log_call(number, log, answered=True, staff_id=staff_id, now=now)
        elif action == "note":
            note = self.random.choice(self.texts[AGENTS[story.agent].locale].notes)
            await add_note(number, note, staff_id=staff_id, now=now)
        else:
            repeated = action in self.done[index] or action == "reply_again"
            first_time = issue.first if action == "reply" else issue.update
            body = self.random.choice(texts.progress) if repeated else first_time
            await reply(number, body, staff_id=staff_id, now=now)

    async def _work(
        self, number: str, story: Story, action: StoryAction, staff_id: int, now: datetime
    ) -> None:
        issue = self._issue_texts(story)
        desk = self.texts[AGENTS[story.agent].locale]
        match action:
            case "plan":
                await progress.record_plan(
                    number, diagnosis=issue.diagnosis, plan=issue.plan, staff_id=staff_id, now=now
                )
            case "classify":
                await classify(number, _classification(story), staff_id=staff_id, now=now)
            case "wait_customer":
                await progress.wait(number, "customer", staff_id=staff_id, now=now)
            case "wait_supplier":
                note = desk.supplier_wait
                await progress.wait(number, "supplier", note, staff_id=staff_id, now=now)
            case "resume":
                await progress.resume(number, staff_id=staff_id, now=now)
            case "promise":
                await progress.promise(number, now + PROMISE_WITHIN, staff_id=staff_id, now=now)
            case "refer":
                await progress.refer(number, desk.referral, SUPERVISOR, staff_id=staff_id, now=now)
            case "refer_answer":
                by = self.staff[SUPERVISOR]
                await add_note(number, desk.referral_answer, staff_id=by, now=now)
            case _:
                await progress.resolve(
                    number, issue.resolution, story.issue.cause, staff_id=staff_id, now=now
                )

    def _issue_texts(self, story: Story) -> IssueTexts:
        return self.texts[story.locale].issues[story.issue.key]


_CUSTOMER_ACTIONS = ("ask", "answer", "relapse", "thank", "rate")
_MESSAGE_ACTIONS = ("reply", "update", "call", "note", "reply_again")


def _classification(story: Story) -> Classification:
    issue = story.issue
    if issue.kind == "enquiry":
        return Classification(category=issue.category, cause=issue.cause)
    return Classification(category=issue.category, cause=issue.cause, supplier=story.maker.name)
