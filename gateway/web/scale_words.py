"""Why a scale is not live, in Chinese: the drivers say it in English, in the log too, and the page in both."""

import re

REASONS: tuple[tuple[str, str], ...] = (
    (
        r"no frame for (\d+) ms: the indicator is silent",
        "{0} 毫秒没有数据：仪表没有发送；请检查连续发送设置、接线，是否超载",
    ),
    (
        r"no answer for (\d+) ms: check .* answer (\S+)",
        "{0} 毫秒没有应答：请检查仪表地址、双向接线，以及仪表是否设为应答 {1}",
    ),
    (
        r"bytes arrive but no frame of (\S+): .*looks like (\S+)\)",
        "有字节，但没有 {0} 的帧：线路像是 {1}，请写进站点文件的 url",
    ),
    (
        r"bytes arrive but no frame of (\S+): .*above 7F that are no parity.*",
        "有字节，但没有 {0} 的帧：许多字节大于 7F 又不是校验位，波特率不对，或是打印机的字符",
    ),
    (
        r"bytes arrive but no frame of (\S+): .*",
        "有字节，但没有 {0} 的帧：请用 weighgate sniff 核对协议和波特率；只有半帧时查接线松动，或两台仪表同时发送",
    ),
    (
        r"the wire's last digit, in (\S+), is a thousandth of the scale's interval of (\d+) kg: .*",
        "线路上的末位（{0}）是分度值 {1} kg 的千分之一：仪表显示的单位与站点文件不同？",
    ),
    (
        r"the wire's last digit, in (\S+), is coarser than the scale's interval of (\d+) kg: .*",
        "线路上的末位（{0}）比分度值 {1} kg 还粗：仪表显示的单位与站点文件不同？",
    ),
    (r"the load jumps to and fro .*", "重量逐帧来回跳动：同一条线上有两台仪表？请只接一台"),
    (
        r"frozen: the same (\S+) kg for (\d+) s; .*",
        "冻结：{1} 秒里一直是 {0} kg；请看仪表显示，断电重启",
    ),
    (
        r'([^:]+): not proven: it has not said "stable" yet; .*',
        "{0}：寄存器表尚未核实：仪表还没有报过“稳定”；若一直如此，地址差一，或高低字顺序颠倒？",
    ),
    (
        r"([^:]+): not proven: it has not shown different loads yet; .*",
        "{0}：寄存器表尚未核实：请让一辆车上秤一次，或用已知重量核对后设 options.addresses_proven",
    ),
    (r"([^:]+): its heartbeat has not been seen to advance yet; .*", "{0}：寄存器表尚未核实：还没有看到心跳计数前进"),
    (r"([^:]+): its heartbeat stands still: .*", "{0}：心跳计数不动：仪表死机，或寄存器表不符"),
    (r"([^:]+): its heartbeat leapt by (\d+): .*", "{0}：心跳计数跳了 {1}：仪表刚重启，或寄存器表不符"),
    (
        r"([^:]+): .*the map does not fit: is an address one off.*",
        "{0}：寄存器表不符；地址差一，或高低字顺序颠倒？",
    ),
    (
        r".*: unit (\d+) .* \(function (\d+), exception (\d+)\)",
        "{0} 号设备拒绝了请求（功能码 {1}，异常码 {2}）：请对照寄存器表和仪表说明书",
    ),
    (
        r"unit (\d+) on (\S+) (?:did not answer|is silent).*",
        "{1} 上的 {0} 号设备没有应答：请检查电源、接线、设备号和波特率",
    ),
    (r"cannot open (\S+): it is not there.*", "打不开 {0}：串口不存在，转换器插好了吗？见 /dev/serial/by-id"),
    (r"cannot open (\S+): there is no device behind it.*", "打不开 {0}：后面没有设备，转换器插好了吗？"),
    (r"cannot open (\S+): it is not a serial port", "打不开 {0}：它不是串口"),
    (r"cannot open (\S+): permission denied.*", "打不开 {0}：没有权限；请把用户加入 dialout 组后重新登录"),
    (r"cannot open (\S+): it is busy.*", "打不开 {0}：被另一个程序占用；请先停掉它"),
    (r"(?:\S+: )?(\S+) did not answer in \S+ s: .*", "{0} 没有应答：请检查网线、地址和端口"),
    (r"(?:\S+: )?cannot connect to (\S+): .*", "连接不上 {0}：请检查地址、端口，设备是否开机"),
    (r"(?:connection to )?(\S+) (?:hung up|broke).*", "{0} 断开了"),
)
"""A reason as the drivers write it, whole, and the same with its numbers and names in Chinese. The first one counts."""
KNOWN = tuple((re.compile(reason, re.DOTALL), words) for reason, words in REASONS)


def in_chinese(reason: str) -> str:
    """What is not known here stays as it is: better read in English than lost."""
    for pattern, words in KNOWN:
        if found := pattern.fullmatch(reason):
            return words.format(*found.groups())
    return reason
