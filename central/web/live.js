"use strict";
// Text reaches the page only through textContent, so nothing a site sends is ever markup.
const POLL_MS = 2000;
const WORDS = {
  zh: { online: "在线", offline: "离线", within: "未超限", exceeded: "超限", undetermined: "无法判定", hold: "拦停", release: "放行",
        admit: "准入", "admit-within-tolerance": "容差内准入", refuse: "劝返",
        weighing: "称重", refusal: "劝返", correction: "更正", evidence: "证据", evasion: "逃避", device: "设备", audit: "审计",
        checkpoint: "现场查获", "joint-station": "联合执法站", overloaded: "超载（未超限）", unattended: "非现场记录", "refused-entry": "入口劝返",
        "source-release": "源头放行", "forced-release": "强行放行", unweighed: "未称重出场",
        "false-record": "源头记录存疑", "topped-up": "出场后加装",
        vehicle: "车辆", source: "源头单位", operator: "经营管理单位",
        open: "待处理", reviewed: "已审核", dismissed: "已排除", filed: "已立案", investigated: "调查终结", told: "已告知",
        hearing: "听证中", decided: "已决定", served: "已送达", paid: "已缴款", closed: "已结案", dropped: "不予处罚",
        transferred: "已移送", annulled: "已撤销",
        denied: "令牌不正确，请重新输入", unreachable: "中心无应答，正在重试" },
  en: { denied: "The token is not right; enter it again", unreachable: "Central does not answer; trying again" },
};
const byId = (id) => document.getElementById(id);
let language = sessionStorage.getItem("language") || "zh";
let timer = 0;

const word = (text) => (text === null || text === undefined ? "" : WORDS[language][text] || String(text));

function show(rows, target) {
  target.replaceChildren(...rows.map((cells) => {
    const row = document.createElement("tr");
    for (const [text, mark] of cells) {
      const cell = document.createElement("td");
      cell.textContent = text;
      if (mark) cell.className = mark;
      row.append(cell);
    }
    return row;
  }));
}

function translate() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const part of document.querySelectorAll("[data-zh]")) part.textContent = part.dataset[language];
  byId("language").textContent = language === "zh" ? "English" : "中文";
}

const local = (text) => (text ? new Date(text).toLocaleString(language === "zh" ? "zh-CN" : "en-GB") : "");

async function ask(path) {
  const answer = await fetch(path, { headers: { Authorization: `Bearer ${sessionStorage.getItem("token")}` } });
  if (answer.status === 401) throw new Error("denied");
  if (!answer.ok) throw new Error("unreachable");
  return answer.json();
}

function login(message) {
  byId("message").textContent = message ? word(message) : "";
  byId("content").hidden = true;
  byId("login").hidden = false;
}

async function refresh() {
  clearTimeout(timer);
  if (!sessionStorage.getItem("token")) return login("");
  try {
    const [sites, records, leads, cases] = await Promise.all([
      ask("/api/v1/sites"), ask("/api/v1/records?limit=50"), ask("/api/v1/leads?limit=50"), ask("/api/v1/cases?limit=50"),
    ]);
    show(sites.sites.map((site) => {
      const state = site.online ? "online" : "offline";
      const sum = (key) => site.journals.reduce((total, journal) => total + journal[key].length, 0);
      return [[site.id], [word(state), state], [local(site.last_seen)], [site.records], [sum("gaps")], [sum("conflicts")],
              [site.quarantined]];
    }), byId("sites"));
    show(records.records.map((record) => [
      [local(record.at)], [record.site], [record.lane ?? ""], [word(record.type)], [record.plate ?? ""], [record.gross_kg ?? ""],
      [word(record.outcome), ["within", "exceeded", "undetermined"].includes(record.outcome) ? record.outcome : ""],
      [record.excess_kg ?? ""], [word(record.action)], [record.id],
    ]), byId("records"));
    show(leads.rows.map((lead) => [
      [local(lead.at)], [word(lead.kind)], [word(lead.state)], [lead.site], [lead.plate ?? ""],
      [`${word(lead.party)} ${lead.party_key ?? ""}`], [lead.entry],
    ]), byId("leads"));
    show(cases.rows.map((one) => [
      [local(one.filed_at)], [one.id], [word(one.state)], [one.authority], [`${one.plate ?? ""} ${one.colour ?? ""}`],
      [one.driver ?? ""], [one.enterprise ?? ""], [one.source ?? ""], [one.review ?? ""],
    ]), byId("cases"));
    byId("message").textContent = "";
    byId("login").hidden = true;
    byId("content").hidden = false;
  } catch (error) {
    if (error.message === "denied") {
      sessionStorage.removeItem("token");
      return login("denied");
    }
    byId("message").textContent = word("unreachable");
  }
  timer = setTimeout(refresh, POLL_MS);
}

const handed = /^#token=(.+)$/.exec(location.hash);
if (handed) {
  sessionStorage.setItem("token", decodeURIComponent(handed[1]));
  history.replaceState(null, "", location.pathname); // the token stays out of the address bar and the history
}
byId("login").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", byId("token").value);
  byId("token").value = "";
  refresh();
});
byId("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  sessionStorage.setItem("language", language);
  translate();
  refresh();
});
translate();
refresh();
