"""Automatic e-mails to customers: `email_` and the name of the SMS that they stand for.

Nobody reads replies to our e-mails, so each of them links to the ticket's page; the footer does so
below what an agent writes.
"""

from service_desk.texts.bilingual import Bilingual

EMAIL_BODIES = {
    "email_acknowledgement": Bilingual(
        en=(
            "We have your message: it is ticket {number}, and an agent will answer you.\n\n"
            "See its status, or add text and photos, on its page:\n{link}"
        ),
        zh=(
            "您反映的问题已登记为工单 {number}，客服人员会尽快答复您。\n\n"
            "查看进度、补充说明或照片，请打开工单页面：\n{link}"
        ),
    ),
    "email_acknowledgement_safety": Bilingual(
        en=(
            "We have your message: it is ticket {number}, and goes first. Please switch the "
            "product off and stay clear of it. If anyone is in danger, call emergency services "
            "now.\n\nSee its status, or add text and photos, on its page:\n{link}"
        ),
        zh=(
            "您反映的问题已登记为工单 {number}，将优先处理。请先断电并远离产品；如有人身危险，请立"
            "即拨打119或120。\n\n查看进度、补充说明或照片，请打开工单页面：\n{link}"
        ),
    ),
    "email_rating_request": Bilingual(
        en=(
            "Ticket {number} is solved: {resolution}\n\nHow did we do? Please rate us on its page, "
            "from 1 (bad) to 5 (good), or write there if it is not solved:\n{link}"
        ),
        zh=(
            "工单 {number} 已解决：{resolution}\n\n请在工单页面评价我们的服务（1至5分，"
            "5分为非常满意）；如未解决，也请在页面上留言：\n{link}"
        ),
    ),
    "email_rating_only": Bilingual(
        en=(
            "Ticket {number} is solved. How did we do? Please rate us on its page, from 1 (bad) to "
            "5 (good), or write there if it is not solved:\n{link}"
        ),
        zh=(
            "工单 {number} 已解决。请在工单页面评价我们的服务（1至5分，5分为非常满意）；如未解决，"
            "也请在页面上留言：\n{link}"
        ),
    ),
    "email_footer": Bilingual(
        en=(
            "Please do not reply to this e-mail: nobody would read it. To write to us about "
            "ticket {number}, open its page:\n{link}"
        ),
        zh="请勿直接回复此邮件，我们无法收到。如需联系我们，请打开工单 {number} 的页面：\n{link}",
    ),
}
