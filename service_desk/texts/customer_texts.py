"""Every automatic text as shipped, in both languages side by side.

Texts for SMS stay within two segments (153 GSM-7 or 67 UCS-2 characters each, DESIGN §2.9) with a
number and a tracking link filled in: the English ones have no character outside GSM-7, which would
halve the space. E-mails are in `email_texts.py`, voice prompts in `voice_prompts.py`, texts to
staff in `staff_texts.py`.

Supervisors can edit all of them (`editing.py`). A new text needs a title in `catalogue.py`; every
caller gives all of its values.
"""

from service_desk.rules.words.languages import Locale
from service_desk.texts.bilingual import Bilingual
from service_desk.texts.email_texts import EMAIL_BODIES
from service_desk.texts.overrides import override
from service_desk.texts.staff_texts import STAFF_TEXTS
from service_desk.texts.voice_prompts import VOICE_PROMPTS

SMS_TEXTS = {
    "acknowledgement": Bilingual(
        en=(
            "Ticket {number} is open: we have your message. Text us here to add to it, or STATUS "
            "to see how it stands: {link}"
        ),
        zh="工单 {number} 已登记，我们会尽快处理。补充情况直接回复即可，发“进度”可查询： {link}",
    ),
    "acknowledgement_safety": Bilingual(
        en=(
            "Ticket {number} is open and goes first. Please switch the product off and stay clear "
            "of it. If anyone is in danger, call emergency services now. {link}"
        ),
        zh=(
            "工单 {number} 已登记，将优先处理。请先断电并远离产品；如有人身危险，请立即拨打119或"
            "120。 {link}"
        ),
    ),
    "acknowledgement_empty": Bilingual(
        en=(
            "Ticket {number} is open, but your message was empty. Please text us what is wrong: "
            "{link}"
        ),
        zh="工单 {number} 已登记，但您发来的内容是空的。请回复说明遇到的问题： {link}",
    ),
    "acknowledgement_linked": Bilingual(
        en=(
            "Ticket {earlier} is closed, so we opened ticket {number} for this and linked the "
            "two: {link}"
        ),
        zh="工单 {earlier} 已结束，已为您新开工单 {number} 并关联： {link}",
    ),
    "joined": Bilingual(en="Added to your ticket {number}.", zh="已补充到工单 {number}。"),
    "joined_safety": Bilingual(
        en=(
            "Added to your ticket {number}, which now goes first. Please switch the product off "
            "and stay clear of it. If anyone is in danger, call emergency services now."
        ),
        zh=(
            "已补充到工单 {number}，将优先处理。请先断电并远离产品；如有人身危险，请立即拨打119或"
            "120。"
        ),
    ),
    "reopened": Bilingual(
        en="Ticket {number} is open again. We are back on it.",
        zh="工单 {number} 已重新打开，我们会继续处理。",
    ),
    "thanks": Bilingual(
        en="You are welcome. (Ticket {number})",
        zh="不客气，感谢您的信任。（工单 {number}）",
    ),
    "number_mistyped": Bilingual(
        en=(
            "{wrong} is not one of our ticket numbers: please check its digits. Your message is "
            "on ticket {number} meanwhile: {link}"
        ),
        zh="{wrong} 不是有效的工单号，请核对。您的内容已先记在工单 {number}： {link}",
    ),
    "number_not_found": Bilingual(
        en=(
            "There is no ticket {wrong} under this phone number. Your message is on ticket "
            "{number} meanwhile: {link}"
        ),
        zh="此手机号下没有工单 {wrong}，请核对。您的内容已先记在工单 {number}： {link}",
    ),
    "number_corrected": Bilingual(
        en="Thank you. What you wrote before is on ticket {number} now: {link}",
        zh="谢谢，您之前发来的内容已转到工单 {number}： {link}",
    ),
    "status": Bilingual(
        en="Ticket {number}: {state}. {link}", zh="工单 {number}：{state}。 {link}"
    ),
    "status_many": Bilingual(
        en="You have {count} open tickets: {tickets}. For one of them, text STATUS and its number.",
        zh="您有 {count} 个未完成的工单：{tickets}。查询其中一个，请发“进度”加工单号。",
    ),
    "status_none": Bilingual(
        en="There is no ticket under this phone number. Text us what is wrong and we open one.",
        zh="此手机号下没有工单。请直接发来遇到的问题，我们马上登记。",
    ),
    "status_mistyped": Bilingual(
        en=(
            "{wrong} is not one of our ticket numbers: please check its digits and text STATUS "
            "again."
        ),
        zh="{wrong} 不是有效的工单号，请核对后重发“进度”加工单号。",
    ),
    "status_not_yours": Bilingual(
        en="There is no ticket {wrong} under this phone number. Please check the number.",
        zh="此手机号下没有工单 {wrong}，请核对工单号。",
    ),
    "help": Bilingual(
        en=(
            "Text us what is wrong and we open a ticket. STATUS: how it stands. CALL: we call you "
            "back. STOP: no more texts. Online: {link}"
        ),
        zh=(
            "直接发来问题即可登记工单。发“进度”查询进展，“回电”请我们致电，“退订”不再接收短信。网"
            "上： {link}"
        ),
    ),
    "opted_out": Bilingual(
        en="You will get no more texts from us. Text START to get them again.",
        zh="已退订，您将不再收到我们的短信。发“恢复”可重新接收。",
    ),
    "opted_in": Bilingual(
        en="You will get our texts again. Text HELP to see what you can ask.",
        zh="已恢复短信接收。发“帮助”查看可用的功能。",
    ),
    "callback": Bilingual(
        en="We will call you back on this number. Ticket {number}: {link}",
        zh="我们会回电到此号码。工单 {number}： {link}",
    ),
    "rating_request": Bilingual(
        en=(
            "Ticket {number} is solved: {resolution} How did we do? Reply with 1 (bad) to 5 "
            "(good), or write back if it is not solved: {link}"
        ),
        zh="工单 {number} 已解决：{resolution} 请回复1至5评价（5最好），未解决请直接回复： {link}",
    ),
    "rating_only": Bilingual(
        en=(
            "Ticket {number} is solved. How did we do? Reply with 1 (bad) to 5 (good), or write "
            "back if it is not solved: {link}"
        ),
        zh=(
            "工单 {number} 已解决。请回复1至5评价我们的服务（5为非常满意）；如未解决请直接回复："
            " {link}"
        ),
    ),
    "rating_thanks": Bilingual(
        en="Thank you for rating ticket {number} with {score}.",
        zh="感谢您对工单 {number} 评 {score} 分。",
    ),
    "rating_again": Bilingual(
        en="Please answer with a number from 1 to 5, 5 being the best. (Ticket {number})",
        zh="请回复 1 到 5 之间的一个数字，5 为最好。（工单 {number}）",
    ),
    "rating_sorry": Bilingual(
        en=(
            "Thank you for your rating of {score}. We are sorry; a supervisor will look at ticket "
            "{number} again."
        ),
        zh="感谢您的评价（{score} 分）。很抱歉未能让您满意，主管会再次查看工单 {number}。",
    ),
}

# Subjects and bodies for tickets that start without text.
TICKET_SUBJECTS = {
    "subject_empty_text": Bilingual(en="Text message without words", zh="没有文字的短信"),
    "subject_callback": Bilingual(en="Please call me back", zh="请回电"),
    "subject_call": Bilingual(en="Phone call: {choice}", zh="来电：{choice}"),
    "call_recorded": Bilingual(en="Voice message, {seconds} s.", zh="语音留言，{seconds} 秒。"),
    "call_no_message": Bilingual(en="Called and left no message.", zh="来电，未留言。"),
    "call_number_entered": Bilingual(
        en="Phone number, as the caller keyed it in: {phone}.",
        zh="来电者输入的联系电话：{phone}。",
    ),
    "call_to_person": Bilingual(en="Called to speak with a person.", zh="来电，要求人工服务。"),
    "call_answered": Bilingual(en="Spoke with {agent} on the phone.", zh="与{agent}通了电话。"),
    "choice_complaint": Bilingual(en="complaint", zh="投诉"),
    "choice_repair": Bilingual(en="repair", zh="报修"),
    "choice_person": Bilingual(en="a person", zh="人工服务"),
    "choice_progress": Bilingual(en="progress", zh="查询进度"),
    "choice_none": Bilingual(en="hung up without choosing", zh="未选择即挂机"),
}

# {state} above: a ticket's state in words for its customer (DESIGN §2.2).
STATE_PHRASES = {
    "state_new": Bilingual(en="received, next in line for an agent", zh="已收到，等待客服处理"),
    "state_open": Bilingual(en="we are working on it", zh="正在处理"),
    "state_waiting_customer": Bilingual(en="we are waiting for your answer", zh="等待您的回复"),
    "state_waiting_supplier": Bilingual(
        en="we are waiting for the manufacturer",
        zh="等待厂家答复",
    ),
    "state_waiting_parts": Bilingual(en="we are waiting for parts", zh="等待配件到货"),
    "state_resolved": Bilingual(en="solved", zh="已解决"),
    "state_closed": Bilingual(en="closed", zh="已关闭"),
    # Appended to the state of an open ticket.
    "state_agent": Bilingual(en="{agent} is on it", zh="由{agent}负责"),
    "state_answer_by": Bilingual(en="you will hear from us by {time}", zh="我们将在{time}前答复您"),
    "state_solved_by": Bilingual(en="to be solved by {time}", zh="将在{time}前解决"),
    "state_late": Bilingual(
        en="we are sorry to be later than promised",
        zh="已超过承诺时间，非常抱歉，正在加紧处理",
    ),
}

# Subjects of e-mails.
EMAIL_SUBJECTS = {
    "subject_acknowledgement": Bilingual(en="Your ticket {number}", zh="您的工单 {number}"),
    "subject_reply": Bilingual(en="About your ticket {number}", zh="关于您的工单 {number}"),
    "subject_rating_request": Bilingual(
        en="Ticket {number}: how did we do?",
        zh="工单 {number}：请评价我们的服务",
    ),
}

TEXTS = {
    **SMS_TEXTS,
    **TICKET_SUBJECTS,
    **STATE_PHRASES,
    **EMAIL_SUBJECTS,
    **EMAIL_BODIES,
    **VOICE_PROMPTS,
    **STAFF_TEXTS,
}


def render_text(name: str, locale: Locale, **values: object) -> str:
    """The text `name` in `locale`, as edited or else as shipped, with its values filled in.

    Raises KeyError for an unknown name or a missing value: both are programming errors.
    """
    shipped = TEXTS[name].in_locale(locale)
    edited = override(name, locale)
    try:
        return (edited or shipped).format(**values)
    except KeyError:
        if edited is None:
            raise
        return shipped.format(**values)  # edited under a release with more placeholders
