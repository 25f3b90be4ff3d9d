"""A protocol's settings in the site file: what they may be, and what each means to who stands before the indicator."""

from collections.abc import Mapping
from dataclasses import dataclass

Setting = bool | int | str


@dataclass(frozen=True, slots=True)
class Option:
    """`known` lists what text or number it may be; without it, any value of the default's kind."""

    default: Setting
    about: str
    known: tuple[Setting, ...] = ()

    def fault(self, value: object) -> str:
        """What is wrong with a site's value, or nothing."""
        if isinstance(self.default, bool):
            return "" if isinstance(value, bool) else f"is true or false, not {value!r}"
        if self.known:
            known = ", ".join(map(str, self.known))
            return "" if value in self.known and type(value) is type(self.default) else f"{value!r}; known: {known}"
        kind = "text" if isinstance(self.default, str) else "a whole number"
        return "" if type(value) is type(self.default) else f"is {kind}, not {value!r}"


def check_settings(owner: str, options: Mapping[str, Option], settings: Mapping[str, object]) -> None:
    """Raises ValueError that lists the known options, or says what a value may be."""
    for name, value in settings.items():
        if name not in options:
            raise ValueError(f"{owner} has no option {name!r}; known: {', '.join(sorted(options)) or 'none'}")
        if fault := options[name].fault(value):
            raise ValueError(f"{owner}: {name} {fault}")
