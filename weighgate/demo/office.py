"""The case office: what an authority does over central's API with an overload that the station sent.

The officers are roles, not people: their certificate numbers say that they are the demo's. What only a person can see
they confirm without having seen it, and the demo plays the party too, which expressly waives statement and hearing:
whoever does not has five working days, and no demo lasts so long.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from gateway.law.linkage import PARTIES

CASE_ID = "demo-case-0001"
OFFICERS = ("demo-certificate-1", "demo-certificate-2")
TOLD = {
    "facts": "车货总质量超过限值",
    "reasons": "可分载物品超限运输",
    "basis": "超限运输车辆行驶公路管理规定第四十三条",
    "rights": ("statement", "defence", "hearing"),
}
CONFIRMED_AS = {"range": "measurement", "illegal": "illegal", "plate": "plate", "clock": "clock"}
"""Items of the evidence that a person's word can complete, and what the word is given for."""

DERIVED_WITHIN_S = 10
LOOK_AGAIN_S = 0.25
PAGE = 500


@dataclass(frozen=True, slots=True)
class Casebook:
    """What the office saw and did. `leads` and `case` as central answered; `steps`: each move and what became of it.

    `overloads`: weighings of the station above the limit under every law that may apply; one of them makes a case.
    """

    overloads: int = 0
    leads: tuple[Mapping[str, Any], ...] = ()
    case: Mapping[str, Any] | None = None
    steps: tuple[tuple[str, str], ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def kinds(self) -> dict[tuple[str, str], int]:
        """How many leads, by kind and state."""
        return dict(sorted(Counter((lead["kind"], lead["state"]) for lead in self.leads).items()))

    @property
    def stands(self) -> str:
        """Where the case lawfully stands when the demo ends, and what it waits for."""
        if self.case is None:
            return "no case: nothing the station sent was filed"
        payment = self.case["payment"]
        if payment is None:
            return f"it stays {self.case['state']}: {self.steps[-1][1]}"
        fine = f"{payment['fine_yuan']} yuan, to be paid at a bank until {payment['due']} (cn-penalty-law-2021 art.67)"
        return f"decided and {self.case['state']}: {fine}, then closed and copied home; the demo ends before that"

    @property
    def parties(self) -> dict[str, Mapping[str, Any]]:
        return {} if self.case is None else {name: self.case["content"]["parties"][name] for name in PARTIES}

    def document(self) -> dict[str, Any]:
        """Its part of the report: counts first, then what they count."""
        return {
            "leads": len(self.leads),
            "cases": int(self.case is not None),
            "parties": len(self.parties),
            "parties_known": sum(known(party) for party in self.parties.values()),
            "leads_by_kind": [{"kind": kind, "state": state, "leads": n} for (kind, state), n in self.kinds.items()],
            "case_detail": self.case,
            "case_steps": [{"step": step, "answer": answer} for step, answer in self.steps],
            "case_stands": self.stands,
        }


def known(party: Mapping[str, Any]) -> bool:
    """Whether anything says who it is; of a natural person the name alone, for the value is kept apart."""
    return bool(party["identity"])


def fine_of(case: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The first fine that is decided here and that the law provides against the carrier, at the most it names."""
    for one in case["content"]["parties"]["enterprise"]["proposed"]:
        if one["kind"] == "fine" and one["decided_by"] == "local" and one["amount_max_yuan"]:
            named = {name: one[name] for name in ("party", "kind", "act", "clause")}
            return {**named, "amount_yuan": one["amount_max_yuan"], "payer": "organisation"}
    return None


@dataclass
class Office:
    """One authority at central, with a reader's token. `clock` says when a step was made, `patience_s` how long it
    waits for central to make a lead of what it has.
    """

    client: httpx.Client
    url: str
    token: str = field(repr=False)
    clock: Callable[[], datetime]
    patience_s: float = DERIVED_WITHIN_S
    steps: list[tuple[str, str]] = field(default_factory=list)

    def work(self, site: str) -> Casebook:
        """Read the leads, and take the first overload of `site` as far as the law lets it go today."""
        case, leads, overloads, faults = None, [], 0, []
        try:
            overloads = len(self._get("records", site=site, outcome="exceeded", limit=200)["records"])
            found = self._wait_for_leads(site, "open") if overloads else []
            if found:
                case = self._carry(self._provable(found)["entry"])
            if case is not None:
                self._wait_for_leads(site, "filed")
            leads = self._get("leads", limit=PAGE)["rows"]
        except httpx.HTTPStatusError as error:
            faults.append(f"central refused the case office with {error.response.status_code}: {error.response.text}")
        except httpx.HTTPError as error:
            faults.append(f"central did not answer the case office: {error}")
        if overloads and case is None and not faults:
            faults.append(f"{overloads} weighings at {site} were over the limit, and no case was filed")
        return Casebook(overloads, tuple(leads), case, tuple(self.steps), tuple(faults))

    def _wait_for_leads(self, site: str, state: str) -> Sequence[Mapping[str, Any]]:
        """Leads of a checkpoint in this state, oldest first; central derives them within seconds of what they follow
        from.
        """
        deadline = time.monotonic() + self.patience_s
        while time.monotonic() < deadline:
            found = self._get("leads", kind="checkpoint", site=site, state=state, limit=PAGE)["rows"]
            if found:
                return list(reversed(found))
            time.sleep(LOOK_AGAIN_S)
        return []

    def _provable(self, leads: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """The first whose evidence lacks nothing but a person's word, once its pictures have come; else the oldest."""
        deadline = time.monotonic() + self.patience_s
        while time.monotonic() < deadline:
            for lead in leads:
                if set(self._lacking(f"evidence-check/{lead['entry']}")) <= set(CONFIRMED_AS):
                    return lead
            time.sleep(LOOK_AGAIN_S)
        return leads[0]

    def _carry(self, entry: str) -> Mapping[str, Any] | None:
        """One officer may not file, two may; what the evidence lacks before the next step, central says."""
        self._say("cases", "file 立案, one officer", id=CASE_ID, entry=entry, officers=OFFICERS[:1])
        if not self._say("cases", "file 立案, two officers", id=CASE_ID, entry=entry, officers=OFFICERS):
            return None
        complete = {"officers": OFFICERS, "certificates_shown": True}
        if self._move("complete", "调查终结", **complete) or (
            self._confirm() and self._move("complete", "调查终结", **complete)
        ):
            self._decide(fine_of(self._case()))
        return self._case()

    def _confirm(self) -> bool:
        """Give a person's word for what only a person can see; False where that would not be enough."""
        lacking = self._lacking(f"cases/{CASE_ID}/evidence")
        if not set(lacking) <= set(CONFIRMED_AS):
            return False
        words = [CONFIRMED_AS[name] for name in lacking]
        step = f"evidence-confirmed 现场核对, played: {', '.join(words)}"
        return self._say(f"cases/{CASE_ID}/evidence-confirmed", step, id=f"{CASE_ID}-seen", confirms=words)

    def _lacking(self, address: str) -> list[str]:
        return [item["name"] for item in self._get(address)["items"] if not item["holds"]]

    def _decide(self, measure: Mapping[str, Any] | None) -> None:
        """Nobody is fined who was not told and heard, nor before a hearing could be asked for; then it is served."""
        if measure is None:
            return
        decision = {"measures": (measure,), "officers": OFFICERS}
        self._move("decide", "处罚决定, nobody told", **decision)
        self._move("tell", "处罚前告知", measures=(measure,), officers=OFFICERS, **TOLD)
        self._move("decide", "处罚决定, nobody heard", **decision)
        self._move("waive-statement", "放弃陈述申辩, played", expressly=True)
        if not self._move("decide", "处罚决定, the same day", **decision):
            self._move("waive-hearing", "放弃听证, played", expressly=True)
            self._move("decide", "处罚决定", **decision)
        self._move("serve", "送达", how="handed-over")

    def _move(self, move: str, title: str, **said: Any) -> bool:
        return self._say(f"cases/{CASE_ID}/moves/{move}", f"{move} {title}", id=f"{CASE_ID}-{len(self.steps)}", **said)

    def _case(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._get(f"cases/{CASE_ID}")
        return found

    def _say(self, address: str, step: str, **said: Any) -> bool:
        """Make a step, and keep its name with the answer. A refusal names its article."""
        body = {"at": self.clock().isoformat(timespec="milliseconds"), "why": "示例办案", **said}
        answer = self.client.post(f"{self.url}/api/v1/{address}", json=body, headers=self._headers())
        if answer.status_code == 409:
            refused = answer.json()
            self.steps.append((step, "; ".join(refused.get("missing") or [refused["error"]])))
            return False
        answer.raise_for_status()
        self.steps.append((step, answer.json()["state"]))
        return True

    def _get(self, address: str, **asked: Any) -> Any:
        answer = self.client.get(f"{self.url}/api/v1/{address}", params=asked, headers=self._headers())
        answer.raise_for_status()
        return answer.json()

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}
