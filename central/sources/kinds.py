"""The four enterprise kinds and four yard kinds that load trucks.

    enterprises   mine 矿山 · steelworks 钢铁 · cement-works 水泥 · sand-and-gravel 砂石
    yards         port 港口 · railway-yard 铁路货场 · logistics-park 大型物流园区 · bulk-hub 大宗物品集散地

From the national three-year action plan on road-transport safety (2020–2022), section on over-limit governance;
statutes name shorter lists (Regulation 593 art. 41; Order 62 art. 28). Which units are key ones government publishes
(Order 62 art. 31).
"""

from typing import Literal

SourceKind = Literal[
    "mine", "steelworks", "cement-works", "sand-and-gravel", "port", "railway-yard", "logistics-park", "bulk-hub"
]
