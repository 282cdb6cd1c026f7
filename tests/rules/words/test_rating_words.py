import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_desk.rules.words.rating_words import MAX_SCORE, MIN_SCORE, find_rating, is_other_score


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("5", 5),
        ("４", 4),
        ("③", 3),
        ("3分", 3),
        ("2 stars", 2),
        ("1!", 1),
        ("5, thank you!", 5),
        ("5分 谢谢", 5),
        ("5 👍", 5),
        ("1\n\nthanks", 1),
        ("5️⃣", 5),
        ("5/5", 5),
        ("4 out of 5", 4),
        ("Rate: 5", 5),
        ("Rating 5", 5),
        ("I’d give you a 4", 4),
        ("My rating is 5 stars.", 5),
        ("5, great job", 5),
        ("Excellent service! 5", 5),
        ("five", 5),
        ("Four stars, thanks", 4),
        ("⭐⭐⭐⭐⭐", 5),
        ("★★★☆☆", 3),
        ("五", 5),
        ("评分5", 5),
        ("评分：4分", 4),
        ("打5分", 5),
        ("给你们打五分！", 5),
        ("5分好评", 5),
        ("五星好评", 5),
        ("5分，服务很好", 5),
        ("回复5", 5),
        ("5, have a nice day!", 5),
        ("1, very bad", 1),
        ("2分，太慢了", 2),
        ("3 分 一般", 3),
        ("1分 差评", 1),
        ("Rating - 5", 5),
        ("- 5 -", 5),
    ],
)
def test_ratings(text: str, score: int) -> None:
    assert find_rating(text) == score


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "6", "45", "5050", "-", "thanks", "great job", "好评"),
        *(
            "5 units broken",
            "5 but it broke again",
            "2 of them are broken",
            "1 of the feet is loose",
        ),
        *(
            "3 days without heating",
            "5 minutes",
            "1 day",
            "4.5",
            "1-5",
            "4 5",
            "3 or 4",
            "10/10",
            "4/10",
        ),
        *("option 2", "the second one broke", "5 not delivered", "1 more thing", "No 3 is loose"),
        *("one of them leaks", "five units", "5pm", "5kg", "5 bad", "1 great job but slow"),
        *(
            "5台坏了",
            "五台坏了",
            "一般",
            "一直漏水",
            "三个螺丝",
            "五分钟",
            "5点来",
            "第2个",
            "坏了5次",
        ),
        *("5分钟前又坏了", "两天没人来", "选2", "5楼"),
    ],
)
def test_other_texts_are_no_ratings(text: str) -> None:
    assert find_rating(text) is None


@given(st.integers(MIN_SCORE, MAX_SCORE), st.data())
def test_a_score_is_found_among_filler_words(score: int, data: st.DataObject) -> None:
    before = data.draw(st.sampled_from(["", "rating: ", "Rate ", "评分", "打", "我给", "“"]))
    after = data.draw(
        st.sampled_from(["", "!", "/5", " stars", "分", "星", ", thanks", " 谢谢", "\ufe0f\u20e3"])
    )
    assert find_rating(f"{before}{score}{after}") == score
    assert find_rating(f"{before}{score}{after} and it leaks") is None
    assert find_rating(f"{before}{score}{after}，漏水了") is None


@given(st.text(max_size=100))
def test_any_text_is_accepted(text: str) -> None:
    assert find_rating(text) in (None, *range(MIN_SCORE, MAX_SCORE + 1))


@pytest.mark.parametrize(
    "text",
    [
        *("6", "10", "0", " 9! ", "6分", "8/10", "7 stars", "10 points", "６"),
        *("-1", "−2", "100分", "100", "4.5", "4,5", "4.5分", "4.5 stars", "3.5/5", "4/10"),
        *("90 points", "100%", "9 out of 10", "4-5", "3~4", "(-1)"),
    ],
)
def test_a_number_that_is_no_score_of_ours(text: str) -> None:
    assert is_other_score(text)
    assert find_rating(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("5", "1", "11", "100014", "6 parts are missing", "", "6.5 kg", "six", "1分", "5/5"),
        *("4 out of 5", "10:30", "12.10.2026", "5分钟", "100014分", "10am"),
    ],
)
def test_what_is_no_such_number(text: str) -> None:
    assert not is_other_score(text)
