"""A text in both languages."""

from msgspec import Struct

from service_desk.rules.words.languages import Locale


class Bilingual(Struct, frozen=True, kw_only=True):
    en: str
    zh: str

    def in_locale(self, locale: Locale) -> str:
        return self.zh if locale == "zh" else self.en
