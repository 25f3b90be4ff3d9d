"""What a judged line says, as a paragraph for a person, in Chinese or English. Every sentence carries its clause."""

from collections.abc import Callable, Mapping
from typing import Any

from weighgate.explained_reasons import candidate, reason
from weighgate.explained_words import (
    ACTIONS,
    BASES,
    CONSEQUENCES,
    KINDS,
    LIABLE,
    MARKS,
    NAMES,
    PROOFS,
    SAID,
    UNITS,
    Language,
)


def explain(said: Mapping[str, Any], language: Language) -> str:
    """The paragraph of one answer of `judge`, an error's included."""
    error = said.get("error")
    if error is not None:
        if language == "zh":
            return f"本行无法判定：{error['field']} {error['reason']}。"
        return f"This line cannot be judged: {error['field']} {error['reason']}."
    sentences = [_basis(said, name, language) for name in said["verdicts"]]
    sentences += [_law(said, language), _apart(said, language), _notes(said, language)]
    sentences += [_penalty(one, language) for one in said["penalties"]]
    action, consequence = ACTIONS[language][said["action"]], CONSEQUENCES[language][said["consequence"]]
    last = f"车道：{action}；{consequence}。" if language == "zh" else f"The lane {action}; {consequence}."
    return ("" if language == "zh" else " ").join(one for one in (*sentences, last) if one)


def _basis(said: Mapping[str, Any], name: str, language: Language) -> str:
    verdict = said["verdicts"][name]
    basis, outcome = BASES[language][name], verdict["outcome"]
    if outcome == "undetermined":
        if name != "road_limit":
            return ""
        colon = "：" if language == "zh" else ": "
        limits = [f"{candidate(one['what'], language)}{colon}{one['limit_kg']} kg" for one in verdict["candidates"]]
        if language == "zh":
            could = f"，可能的限值：{'；'.join(limits)}" if limits else ""
            return f"{basis}：无法判定{_reasons(verdict, language)}{could}。"
        could = f" [{'; '.join(limits)}]" if limits else ""
        return f"Against {basis}: undetermined{_reasons(verdict, language)}{could}."
    how, proof = f"{_compared(verdict, language)}{_reasons(verdict, language)}", _proof(verdict, language)
    return f"{basis}：{how}；{proof}。" if language == "zh" else f"Against {basis}: {how}; {proof}."


def _compared(verdict: Mapping[str, Any], language: Language) -> str:
    """The mass against its limit; what is exceeded beside the mass is named by the reasons that follow."""
    limit_kg, excess_kg, ratio = verdict["limit_kg"], verdict["excess_kg"], verdict["excess_ratio"]
    limit, chinese = "?" if limit_kg is None else f"{limit_kg} kg", language == "zh"
    if verdict["outcome"] == "within":
        return f"未超过{limit}" if chinese else f"within {limit}"
    if not excess_kg:
        return f"总质量未超过{limit}，其他项目超出" if chinese else f"within {limit} by mass, over otherwise"
    if chinese:
        return f"超过{limit}，超出{excess_kg} kg，超限率{ratio}"
    return f"over {limit} by {excess_kg} kg, a ratio of {ratio}"


def _reasons(verdict: Mapping[str, Any], language: Language) -> str:
    why = [reason(one, language) for one in verdict["reasons"]]
    if not why:
        return ""
    return f"（{'、'.join(why)}）" if language == "zh" else f" ({', '.join(why)})"


def _proof(verdict: Mapping[str, Any], language: Language) -> str:
    by = verdict["proof_by"]
    word = PROOFS[language][verdict["proof"]]
    why = "" if by["reason"] is None else reason(by["reason"], language)
    if why:
        word += f"（{why}）" if language == "zh" else f" ({why})"
    if by["band_kg"] is None:
        return word
    mark = "" if by["verified"] else MARKS[language]
    if language == "zh":
        return f"{word}，保护带{by['band_kg']} kg，{by['clause']}{mark}"
    return f"{word}, band {by['band_kg']} kg, {by['clause']}{mark}"


def _law(said: Mapping[str, Any], language: Language) -> str:
    comma, applied = ("，", "；") if language == "zh" else (", ", "; ")
    units = UNITS[language]
    shown = [
        f"{_name(one['rule'], language)} {one['measured']} / {one['limit']} {units.get(one['unit'], one['unit'])}"
        f"{comma}{one['clause']}{'' if one['verified'] else MARKS[language]}"
        for one in said["findings"]
        if one["limit"] is not None and one["measured"] is not None
    ]
    if not shown:
        return ""
    return f"依据：{applied.join(shown)}。" if language == "zh" else f"By: {applied.join(shown)}."


def _apart(said: Mapping[str, Any], language: Language) -> str:
    """Permits and families, in words."""
    words, comma = SAID[language], "，" if language == "zh" else ", "
    told = [
        f"{words[one['rule']]}{comma}{one['clause']}" + ("" if one["verified"] else MARKS[language])
        for one in said["findings"]
        if (one["limit"] is None or one["measured"] is None) and one["rule"] in words
    ]
    if not told:
        return ""
    return f"另：{'；'.join(told)}。" if language == "zh" else f"Besides: {'; '.join(told)}."


def _notes(said: Mapping[str, Any], language: Language) -> str:
    chinese = language == "zh"
    notes = []
    if said["presumed"]:
        names = ("、" if chinese else ", ").join(_name(one, language) for one in said["presumed"])
        notes.append(f"推定：{names}。" if chinese else f"Presumed: {names}.")
    if said["hundred_tonne"]:
        notes.append("百吨王。" if chinese else "A truck of a hundred tonnes or more.")
    if said["illegal_over_limit"]:
        notes.append("属违法超限运输。" if chinese else "Illegal over-limit transport.")
    if said["suspicions"]:
        names = ("、" if chinese else ", ").join(_name(one, language) for one in said["suspicions"])
        notes.append(f"疑点：{names}。" if chinese else f"Suspected: {names}.")
    return ("" if chinese else " ").join(notes)


def _name(code: str, language: Language) -> str:
    what, colon, which = code.partition(":")
    if language == "zh":
        colon = "：" if colon else ""
    return f"{NAMES[language].get(what, what)}{colon}{which}"


def _penalty(one: Mapping[str, Any], language: Language) -> str:
    liable, kind = LIABLE[language][one["party"]], KINDS[language].get(one["kind"], one["kind"])
    mark = "" if one["verified"] else MARKS[language]
    yuan, points = one["amount_yuan"], one["points"]
    amount = "" if yuan is None else _range(yuan["min"], yuan["max"])
    if language == "zh":
        amount += "" if yuan is None else "元"
        amount += "" if points is None else f"{points}分"
        return f"可对{liable}{kind}{amount}，{one['clause']}，{one['authority']}{mark}。"
    amount = f" of {amount} yuan" if amount else ""
    amount += "" if points is None else f" {points}"
    return f"Possible for {liable}: {kind}{amount}, {one['clause']}, {one['authority']}{mark}."


def _range(least: int, most: int) -> str:
    return str(most) if least == most else f"{least}-{most}"


def explainer(language: Language) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Adds the paragraph to an answer, under `explanation`."""
    return lambda said: {**said, "explanation": explain(said, language)}
