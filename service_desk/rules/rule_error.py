"""The base of the rules' errors: a sentence that can be translated."""


class RuleError(ValueError):
    """`message`: an English sentence with {placeholders}; `params`: their values; `field`: the
    dotted path of the faulty value. str() gives the path and the sentence."""

    def __init__(self, message: str, *, field: str | None = None, **params: object) -> None:
        self.message = message
        self.field = field
        self.params = params
        sentence = message.format(**params)
        super().__init__(f"{field}: {sentence}" if field else sentence)
