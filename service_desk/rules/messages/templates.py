"""Checks of texts with {placeholders} that supervisors edit (DESIGN §2.9)."""

import re
from collections.abc import Collection
from string import Formatter

from service_desk.rules.rule_error import RuleError

# Phones take everything up to the next space for the link, Chinese punctuation included.
_LINK = re.compile(r"(?<!\S)\{link\}(?!\S)")


class TemplateError(RuleError):
    """A text that could not be sent, or lacks something required."""


def check_template(
    body: str,
    *,
    required: Collection[str],
    optional: Collection[str] = (),
    max_length: int,
    multiline: bool,
) -> None:
    """Raises TemplateError unless `body` can be filled in and has what it must have.

    `required`, `optional`: placeholders that it must or may contain. `max_length`: in characters,
    placeholders unfilled. `multiline`: whether line breaks are allowed.
    """
    if not body.strip():
        raise TemplateError("A text cannot be empty. Reset it to get the shipped one back.")
    if len(body) > max_length:
        raise TemplateError("At most {max} characters.", max=max_length)
    if not multiline and len(body.splitlines()) > 1:
        raise TemplateError("This text must be one line.")
    named = placeholders(body)
    unknown = sorted(named - {*required, *optional})
    if unknown:
        raise TemplateError(
            "{unknown} cannot be used here. Available: {known}.",
            unknown=_shown(unknown),
            known=_shown(sorted({*required, *optional})) or "–",
        )
    missing = sorted(set(required) - named)
    if missing:
        raise TemplateError("The text must contain {missing}.", missing=_shown(missing))
    if "link" in named and not _LINK.search(body):
        raise TemplateError(
            "Leave a space before and after {link}, or phones will not see where it ends.",
            link="{link}",
        )


def placeholders(body: str) -> set[str]:
    """The names in braces. Raises TemplateError for anything but {name} in braces."""
    try:
        parts = [*Formatter().parse(body)]
    except ValueError as error:
        raise TemplateError(
            "There is a brace without its pair. Placeholders look like {example}; write a brace "
            "twice to get the brace itself.",
            example="{number}",
        ) from error
    names = {name for _, name, _, _ in parts if name is not None}
    plain = "".join(
        _written(text) + ("" if name is None else f"{{{name}}}") for text, name, *_ in parts
    )
    if plain != body or not all(map(str.isidentifier, names)):
        raise TemplateError(
            "Placeholders are a name in braces, such as {example}, and nothing else.",
            example="{number}",
        )
    return names


def _written(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _shown(names: list[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)
