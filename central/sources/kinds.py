"""The four enterprise kinds and four yard kinds that load trucks.

From the national three-year action plan on road-transport safety (2020–2022), section on over-limit governance;
statutes name shorter lists (Regulation 593 art. 41; Order 62 art. 28). Which units are key ones government publishes
(Order 62 art. 31).
"""

from collections.abc import Mapping
from typing import Literal

SourceKind = Literal[
    "mine", "steelworks", "cement-works", "sand-and-gravel", "port", "railway-yard", "logistics-park", "bulk-hub"
]

KIND_WORDS: Mapping[SourceKind, tuple[str, str]] = {
    "mine": ("矿山", "enterprise"),
    "steelworks": ("钢铁", "enterprise"),
    "cement-works": ("水泥", "enterprise"),
    "sand-and-gravel": ("砂石", "enterprise"),
    "port": ("港口", "yard"),
    "railway-yard": ("铁路货场", "yard"),
    "logistics-park": ("大型物流园区", "yard"),
    "bulk-hub": ("大宗物品集散地", "yard"),
}
"""The Chinese word, and of which four it is one."""
