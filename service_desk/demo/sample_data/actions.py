"""What is done on a ticket of the sample data, by the desk's own operations."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import cast

from service_desk.contacts.finding import NewCustomer
from service_desk.demo.sample_data.issues import IssueTexts, SampleTexts, load_sample_texts
from service_desk.demo.sample_data.people import AGENTS, SAMPLE_STAFF, SampleCustomer
from service_desk.demo.sample_data.stories import Story, StoryAction
from service_desk.opening.new_ticket import NewTicket
from service_desk.opening.operations import open_ticket
from service_desk.rules.tickets.vocabulary import Channel, Kind
from service_desk.self_service.rating import rate
from service_desk.tickets import progress
from service_desk.tickets.classification import Classification, classify
from service_desk.tickets.conversation import add_note, log_call, receive_message, reply

SUPERVISOR = next(colleague.email for colleague in SAMPLE_STAFF if colleague.role == "supervisor")
PROMISE_WITHIN = timedelta(hours=3)
CHANNELS_WITH_SERIAL = ("web", "call", "counter")
SCORES = {5: 46, 4: 32, 3: 12, 2: 6, 1: 4}


class StoryActions:
    """`staff`: ids by e-mail. `serials`: of the units that are known, by customer and model.
    `numbers`: tickets opened so far, by their story."""

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
        self.words: dict[str, SampleTexts] = {
            locale: load_sample_texts(locale) for locale in ("en", "zh")
        }
        self.numbers: dict[int, str] = {}
        self.done: defaultdict[int, set[str]] = defaultdict(set)

    async def open(self, place: int, story: Story) -> None:
        """Whoever writes: the ticket reaches us when the story begins."""
        person = self.people[story.customer]
        opening = self.random.choice(self._talk(story).openings).format(model=story.model)
        new = NewTicket(
            kind=cast("Kind", story.issue.kind),
            body=opening,
            channel=cast("Channel", story.channel),
            customer=NewCustomer(
                name=person.name, phone=person.phone, locale=None, region=person.region
            ),
            product=story.model,
            serial_number=self.serials.get((story.customer, story.model))
            if story.channel in CHANNELS_WITH_SERIAL
            else None,
            supplier=story.maker.name if story.channel in ("web", "api", "counter") else None,
            received_at=story.received_at,
            acknowledge=story.channel in ("web", "sms", "api"),
        )
        opened = await open_ticket(new, now=story.received_at)
        self.numbers[place] = opened.number

    async def do(self, place: int, story: Story, deed: StoryAction, now: datetime) -> None:
        number, email = self.numbers[place], AGENTS[story.agent].email
        staff_id = self.staff[email]
        if deed == "assign":
            await progress.assign(number, email, staff_id=staff_id, now=now)
        elif deed in _CUSTOMER_ACTIONS:
            await self._customer_does(number, story, deed, now)
        elif deed in _MESSAGE_ACTIONS:
            await self._say(number, place, story, deed, staff_id, now)
        else:
            await self._work(number, story, deed, staff_id, now)
        self.done[place].add(deed)

    async def _customer_does(
        self, number: str, story: Story, deed: StoryAction, now: datetime
    ) -> None:
        words, talk = self.words[story.locale], self._talk(story)
        if deed == "rate":
            (score,) = self.random.choices(list(SCORES), list(SCORES.values()))
            await rate(number, score, now=now, body=str(score), channel="sms")
            return
        said = {
            "ask": (talk.asks,),
            "answer": words.confirmations,
            "relapse": words.relapses,
            "thank": words.thanks,
        }[deed]
        await receive_message(
            number, self.random.choice(said), channel="sms", now=now, reopens=deed != "thank"
        )

    async def _say(
        self, number: str, place: int, story: Story, deed: StoryAction, staff_id: int, now: datetime
    ) -> None:
        words, talk = self.words[story.locale], self._talk(story)
        if deed == "call" or (deed == "reply" and story.channel == "call"):
            log = self.random.choice(words.call_logs)
            await log_call(number, log, answered=True, staff_id=staff_id, now=now)
        elif deed == "note":
            note = self.random.choice(self.words[AGENTS[story.agent].locale].notes)
            await add_note(number, note, staff_id=staff_id, now=now)
        else:
            repeated = deed in self.done[place] or deed == "reply_again"
            fresh = talk.first if deed == "reply" else talk.update
            body = self.random.choice(words.progress) if repeated else fresh
            await reply(number, body, staff_id=staff_id, now=now)

    async def _work(
        self, number: str, story: Story, deed: StoryAction, staff_id: int, now: datetime
    ) -> None:
        talk = self._talk(story)
        desk = self.words[AGENTS[story.agent].locale]
        match deed:
            case "plan":
                await progress.record_plan(
                    number, diagnosis=talk.diagnosis, plan=talk.plan, staff_id=staff_id, now=now
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
                    number, talk.resolution, story.issue.cause, staff_id=staff_id, now=now
                )

    def _talk(self, story: Story) -> IssueTexts:
        return self.words[story.locale].talks[story.issue.key]


_CUSTOMER_ACTIONS = ("ask", "answer", "relapse", "thank", "rate")
_MESSAGE_ACTIONS = ("reply", "update", "call", "note", "reply_again")


def _classification(story: Story) -> Classification:
    given = Classification(category=story.issue.category, cause=story.issue.cause)
    if story.issue.kind == "enquiry":
        return given
    return Classification(category=given.category, cause=given.cause, supplier=story.maker.name)
