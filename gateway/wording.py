"""What a lane tells a driver, filled in. A message is a code and its numbers; the words are the law in force's own."""

from gateway.core.effects import ShowText
from gateway.law.words import Words


def sign_lines(message: ShowText, words: Words, *, english: bool = False) -> tuple[str, ...]:
    """The lines of a sign for a message; unknown numbers show as dashes."""
    lines = words.messages[message.code].sign
    return tuple(_filled(line, message, "----", "--") for line in (lines.en if english else lines.zh))


def spoken(message: ShowText, words: Words, *, english: bool = False) -> str:
    """The sentence of the voice for a message; what is unknown is said to be."""
    missing = ("vehicle", "unknown") if english else ("该车", "未知")
    said = words.messages[message.code].voice
    return _filled(said.en if english else said.zh, message, *missing)


def _filled(line: str, message: ShowText, no_plate: str, no_mass: str) -> str:
    gross, limit = (no_mass if kg is None else _tonnes(kg) for kg in (message.gross_kg, message.limit_kg))
    return line.format(plate=message.plate or no_plate, gross_t=gross, limit_t=limit)


def _tonnes(mass_kg: int) -> str:
    return f"{mass_kg // 1000}.{mass_kg % 1000 // 10:02d}"
