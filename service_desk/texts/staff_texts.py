"""Texts of e-mails to staff, in both languages side by side."""

from service_desk.texts.bilingual import Bilingual

STAFF_TEXTS = {
    "subject_alert_digest": Bilingual(
        en="Service Desk: {count} clocks need you", zh="服务台：{count} 个时限提醒"
    ),
    "subject_alert_single": Bilingual(
        en="Service Desk: a clock needs you", zh="服务台：1 个时限提醒"
    ),
    "alert_line": Bilingual(
        en="{number}: {clock} at {percent} % of its time, due {time}, {left}. {subject}",
        zh="{number}：{clock}时限已用 {percent}%，截止 {time}，{left}。{subject}",
    ),
    "alert_left": Bilingual(en="{duration} left", zh="还剩{duration}"),
    "alert_late": Bilingual(en="{duration} overdue", zh="已超时{duration}"),
    "alert_paused": Bilingual(en="paused", zh="已暂停"),
    "alert_ended": Bilingual(en="done meanwhile", zh="现已办结"),
    "alert_ended_late": Bilingual(
        en="done meanwhile, {duration} late", zh="现已办结，超时{duration}"
    ),
    "alert_more": Bilingual(
        en="… and {count} more; see the queue.", zh="……另有 {count} 条，请查看队列。"
    ),
    "subject_low_rating": Bilingual(
        en="Ticket {number} was rated {score} of 5", zh="工单 {number} 被评为 {score} 分"
    ),
    "low_rating": Bilingual(
        en="The customer rated ticket {number} with {score} of 5: please look at it. {subject}",
        zh="客户对工单 {number} 评了 {score} 分，请查看原因。{subject}",
    ),
    "clock_response": Bilingual(en="response", zh="响应"),
    "clock_handling": Bilingual(en="handling", zh="处理"),
    "clock_resolution": Bilingual(en="resolution", zh="解决"),
    "clock_next_response": Bilingual(en="next response", zh="再次答复"),
    "clock_promise": Bilingual(en="promise", zh="承诺"),
    "clock_referral": Bilingual(en="referral", zh="请示"),
    "notice_safety": Bilingual(
        en="Ticket {number}: a safety ticket. {subject}",
        zh="工单 {number}：安全工单。{subject}",
    ),
    "notice_assigned": Bilingual(
        en="Ticket {number}: assigned to you. {subject}",
        zh="工单 {number}：已分派给您。{subject}",
    ),
    "notice_customer_message": Bilingual(
        en="Ticket {number}: the customer wrote. {subject}",
        zh="工单 {number}：客户来信。{subject}",
    ),
    "notice_referred": Bilingual(
        en="Ticket {number}: a question for you. {subject}",
        zh="工单 {number}：请示。{subject}",
    ),
    "notice_answered": Bilingual(
        en="Ticket {number}: your question was answered. {subject}",
        zh="工单 {number}：请示已答复。{subject}",
    ),
    "notice_supplier_answer": Bilingual(
        en="Ticket {number}: the supplier answered. {subject}",
        zh="工单 {number}：供应商已答复。{subject}",
    ),
    "notice_decision_waiting": Bilingual(
        en="Ticket {number}: a decision awaits you. {subject}",
        zh="工单 {number}：待您决定。{subject}",
    ),
    "notice_supplier_proposal": Bilingual(
        en="{supplier}: a penalty or award of this supplier awaits your decision.",
        zh="供应商 {supplier}：有一项处罚或奖励待您决定。",
    ),
    "notice_low_rating": Bilingual(
        en="Ticket {number}: a low rating. {subject}",
        zh="工单 {number}：低分评价。{subject}",
    ),
    "notice_message_failed": Bilingual(
        en="Ticket {number}: a message did not arrive. {subject}",
        zh="工单 {number}：消息未送达。{subject}",
    ),
}
