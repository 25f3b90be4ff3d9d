"""Text as LED cards take it: GB2312, which GB18030 is where that has the character."""


def card_text(line: str, bytes_max: int) -> bytes:
    """At most `bytes_max` bytes, cut between characters: half of one would turn what follows into another text."""
    content = b""
    for char in line:
        one = char.encode("gb18030", "replace")
        if len(content) + len(one) > bytes_max:
            break
        content += one
    return content
