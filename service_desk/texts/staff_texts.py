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
}
