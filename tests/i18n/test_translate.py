"""Every text that people read is translated."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

import service_desk
from service_desk.errors import DeskError
from service_desk.http import problems
from service_desk.i18n.translate import FOLDER, merged_catalogue, translate, translations
from service_desk.rules.calendars import business_time
from service_desk.rules.policies import policies
from service_desk.rules.rule_error import RuleError

DEFINE_ERRORS = (problems, business_time, policies)  # which are known once they are imported
ROOT = Path(service_desk.__file__).parent
METHODS = [("web/templates/**.html", "jinja2"), ("**.py", "python")]
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def errors(kind: type[DeskError] = DeskError) -> Iterator[type[DeskError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from errors(child)


@cache
def texts() -> dict[str | tuple[str, ...], str]:
    """Every English text in templates and code, with the place of its first use."""
    raised = {error.__name__: None for error in (*errors(), *RuleError.__subclasses__())}
    keywords = DEFAULT_KEYWORDS | raised | {"translate": None}
    found: dict[str | tuple[str, ...], str] = {
        error.title: f"errors.py {error.__name__}" for error in errors()
    }
    for path, line, message, _, _ in extract_from_dir(
        ROOT,
        METHODS,
        keywords=keywords,
        options_map={"web/templates/**.html": {"extensions": "jinja2.ext.do", "silent": "false"}},
    ):
        if message:
            found.setdefault(message, f"{path}:{line}")
    return found


def chinese() -> dict[str, tuple[str, ...]]:
    return {
        message.id if isinstance(message.id, str) else message.id[0]: (
            (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        )
        for message in merged_catalogue("zh")
        if message.id
    }


def first(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else text[0]


def test_every_text_is_in_chinese():
    known = chinese()
    missing = [
        f"{place}: {first(text)!r}"
        for text, place in texts().items()
        if not all(known.get(first(text), ("",)))
    ]
    assert not missing, "\n".join(["Add to i18n/translations/zh/*.po:", *missing])


def test_nothing_is_fuzzy_or_unused():
    wanted = {first(text) for text in texts()}
    outdated: list[str] = []
    for path in sorted((FOLDER / "zh").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh"):
                if message.id and message.fuzzy:
                    outdated.append(f"{path.name}: fuzzy {message.id!r}")
                if message.id and first(message.id) not in wanted:
                    outdated.append(f"{path.name}: no longer used {message.id!r}")
    assert not outdated, "\n".join(outdated)


def test_translations_have_the_same_placeholders():
    wrong = [
        text
        for text, translated in chinese().items()
        for one in translated
        if not set(PLACEHOLDER.findall(one)) <= set(PLACEHOLDER.findall(text)) | {"%(num)s"}
        or (len(translated) == 1 and set(PLACEHOLDER.findall(text)) - set(PLACEHOLDER.findall(one)))
    ]
    assert not wrong


def test_extraction_sees_templates_code_and_errors():
    found = texts()
    assert "Queue" in found
    assert "Supplier's quality" in found
    assert "There is no ticket {number}. Check the number." in found
    assert "In conflict with the present state" in found


def test_translate_fills_in():
    assert translate("Rated {score} of 5", "en", score=4) == "Rated 4 of 5"
    assert translations("zh").gettext("Queue") == "工单队列"


def test_no_two_files_translate_a_text_differently():
    seen: dict[str, tuple[object, str]] = {}
    differing: list[str] = []
    for path in sorted((FOLDER / "zh").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh"):
                key = first(message.id)
                string, other = seen.setdefault(key, (message.string, path.name))
                if key and string != message.string:
                    differing.append(f"{key!r}: {other} {string!r}, {path.name} {message.string!r}")
    assert not differing, "\n".join(differing)
