"""A text in both languages."""

from msgspec import Struct


class Bilingual(Struct, frozen=True, kw_only=True):
    en: str
    zh: str

    def in_locale(self, locale: str) -> str:
        return self.zh if locale == "zh" else self.en
