"""The case office: what an authority does over central's API with an overload that the station sent.

The officers are roles, not people: their certificate numbers say that they are the demo's.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from gateway.law.linkage import PARTIES

CASE_ID = "demo-case-0001"
OFFICERS = ("demo-certificate-1", "demo-certificate-2")
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
        }


def known(party: Mapping[str, Any]) -> bool:
    """Whether anything says who it is; of a natural person the name alone, for the value is kept apart."""
    return bool(party["identity"])


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
            lead = self._wait_for_lead(site, "open") if overloads else None
            if lead is not None:
                case = self._carry(lead["entry"])
            if case is not None:
                self._wait_for_lead(site, "filed")
            leads = self._get("leads", limit=PAGE)["rows"]
        except httpx.HTTPStatusError as error:
            faults.append(f"central refused the case office with {error.response.status_code}: {error.response.text}")
        except httpx.HTTPError as error:
            faults.append(f"central did not answer the case office: {error}")
        if overloads and case is None and not faults:
            faults.append(f"{overloads} weighings at {site} were over the limit, and no case was filed")
        return Casebook(overloads, tuple(leads), case, tuple(self.steps), tuple(faults))

    def _wait_for_lead(self, site: str, state: str) -> Mapping[str, Any] | None:
        """The oldest lead of a checkpoint in this state; central derives it within seconds of what it follows from."""
        deadline = time.monotonic() + self.patience_s
        while time.monotonic() < deadline:
            found = self._get("leads", kind="checkpoint", site=site, state=state, limit=PAGE)["rows"]
            if found:
                oldest: Mapping[str, Any] = found[-1]
                return oldest
            time.sleep(LOOK_AGAIN_S)
        return None

    def _carry(self, entry: str) -> Mapping[str, Any] | None:
        """One officer may not file, two may; what the evidence lacks before the next step, central says."""
        self._say("cases", "file 立案, one officer", id=CASE_ID, entry=entry, officers=OFFICERS[:1])
        if not self._say("cases", "file 立案, two officers", id=CASE_ID, entry=entry, officers=OFFICERS):
            return None
        shown = {"officers": OFFICERS, "certificates_shown": True}
        self._say(f"cases/{CASE_ID}/moves/complete", "complete 调查终结", id=f"{CASE_ID}-complete", **shown)
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
