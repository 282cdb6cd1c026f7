"""What callers hear (intake/calls/menu.py), in both languages.

{digits}: a number read digit by digit. {state}: from STATE_PHRASES, as in an SMS.
"""

from service_desk.texts.bilingual import Bilingual

VOICE_PROMPTS = {
    "say_greeting": Bilingual(en="Hello, this is the service desk.", zh="您好，这里是售后服务台。"),
    "say_consent": Bilingual(
        en=(
            "What you say is recorded, so that nothing you tell us is lost. If you do not agree, "
            "please hang up and send us a text instead."
        ),
        zh="您的留言将被录音，以便准确处理您的问题。如不同意，请挂机后改发短信给我们。",
    ),
    "say_menu": Bilingual(
        en=(
            "For a complaint, press 1. For a repair, press 2. To hear the status of your "
            "ticket, press 3. To speak with a person, press 0."
        ),
        zh="投诉请按1，报修请按2，查询工单进度请按3，人工服务请按0。",
    ),
    "say_other_language": Bilingual(en="For English, press 9.", zh="中文服务请按9。"),
    "say_not_understood": Bilingual(
        en="Sorry, I did not understand that.", zh="抱歉，没有听清您的选择。"
    ),
    "say_record_complaint": Bilingual(
        en=(
            "After the tone, please say what happened, with which product, and since when. Press "
            "the hash key when you are done."
        ),
        zh="请在提示音后说明您遇到的问题、产品型号以及开始的时间，说完请按井号键。",
    ),
    "say_record_repair": Bilingual(
        en=(
            "After the tone, please say which product needs a repair, what is wrong with it, and "
            "where it is. Press the hash key when you are done."
        ),
        zh="请在提示音后说明需要维修的产品、故障情况以及所在地址，说完请按井号键。",
    ),
    "say_record_person": Bilingual(
        en=(
            "A person will call you back on this number. After the tone, please say what it is "
            "about. Press the hash key when you are done."
        ),
        zh="我们会安排专人回电到此号码。请在提示音后简单说明您的问题，说完请按井号键。",
    ),
    "say_record_person_entered": Bilingual(
        en=(
            "A person will call you back on the number that you keyed in. After the tone, please "
            "say what it is about. Press the hash key when you are done."
        ),
        zh="我们会安排专人回拨您输入的号码。请在提示音后简单说明您的问题，说完请按井号键。",
    ),
    "say_record_person_unknown": Bilingual(
        en=(
            "After the tone, please say where we can reach you, and what it is about. Press "
            "the hash key when you are done."
        ),
        zh="请在提示音后说出您的联系电话和遇到的问题，说完请按井号键。",
    ),
    "say_record_more": Bilingual(
        en="After the tone, please say what you want to add. Press the hash key when you are done.",
        zh="请在提示音后说出要补充的内容，说完请按井号键。",
    ),
    "say_ask_phone": Bilingual(
        en=(
            "So that we can reach you, please key in your phone number, then the hash key. To go "
            "on without one, just wait."
        ),
        zh="请输入您的联系电话，按井号键结束，以便我们联系您；如不便留号码，请稍候。",
    ),
    "say_phone_invalid": Bilingual(
        en="This is not a phone number that we can call.", zh="这不是可以拨打的电话号码。"
    ),
    "say_check_phone": Bilingual(
        en="You keyed in {digits}. If that is right, press 1. To key it in again, press 2.",
        zh="您输入的号码是 {digits}。正确请按1，重新输入请按2。",
    ),
    "say_ask_number": Bilingual(
        en="Please key in your ticket number, then the hash key.",
        zh="请输入您的工单号，按井号键结束。",
    ),
    "say_number_mistyped": Bilingual(
        en="This is not one of our ticket numbers. Please check the digits.",
        zh="这不是有效的工单号，请核对后重新输入。",
    ),
    "say_number_not_yours": Bilingual(
        en="There is no ticket with this number under your phone number.",
        zh="您的来电号码下没有找到这个工单。",
    ),
    "say_progress_withheld": Bilingual(
        en=(
            "We cannot see your phone number, so we cannot look up your ticket. You can call again "
            "with your number shown, or open the link in the text that we sent you."
        ),
        zh="您的来电未显示号码，无法查询工单。您可以显示号码后重新来电，或打开我们短信中的链接查看。",
    ),
    "say_progress_none": Bilingual(
        en="There is no ticket under your phone number.", zh="您的来电号码下没有工单。"
    ),
    "say_message_or_person": Bilingual(
        en="To leave a message, press 1. To speak with a person, press 0.",
        zh="留言请按1，人工服务请按0。",
    ),
    "say_status": Bilingual(en="Ticket {digits}: {state}.", zh="工单 {digits}，{state}。"),
    "say_after_status": Bilingual(
        en=(
            "To leave a message about it, press 1. To speak with a person, press 0. Otherwise you "
            "may hang up now."
        ),
        zh="如需留言补充请按1，人工服务请按0，否则您可以挂机了。",
    ),
    "say_connecting": Bilingual(
        en="One moment please, we are connecting you.",
        zh="请稍候，正在为您转接人工服务。",
    ),
    "say_nobody_free": Bilingual(en="Nobody is free right now.", zh="当前客服人员都在忙。"),
    "say_agent_offer": Bilingual(
        en="Service desk. A customer is calling: {caller}. To talk with them, press 1.",
        zh="售后服务台。客户来电：{caller}，接听请按1。",
    ),
    "say_agent_withheld": Bilingual(en="number withheld", zh="号码未显示"),
    "say_agent_too_late": Bilingual(
        en="Someone else took the call, or the customer hung up.",
        zh="该来电已由他人接听，或客户已挂机。",
    ),
    "say_recorded_new": Bilingual(
        en="Thank you. Your ticket number is {digits}. Once more: {digits}.",
        zh="谢谢，您的工单号是 {digits}，重复一遍：{digits}。",
    ),
    "say_recorded_joined": Bilingual(
        en="Thank you. It is on your ticket {digits}.",
        zh="谢谢，已记录在您的工单 {digits}。",
    ),
    "say_nothing_heard": Bilingual(
        en="We heard nothing, but we noted your call.",
        zh="没有听到您的留言，但我们已记录您的来电。",
    ),
    "say_goodbye": Bilingual(en="Goodbye.", zh="再见。"),
}
