// The report of a comparison of two sets of rules.

const money = data.charged;
const kindColours = ["var(--deny)", "var(--good)", "var(--pend)", "var(--reduce)", "var(--monitor)"];
const kinds = data.kinds.map((kind, at) => [kind, kindColours[at]]);
const signed = (number) => (number ? (number > 0 ? "+" : "−") + dollars(Math.abs(number)) : "$0");

for (const [name, groups] of Object.entries(data.breakdowns)) {
  const id = name.replaceAll("_", "-");
  if (!document.getElementById(id)) continue;
  const rows = groups.map(([value, kind, lines, charge, denied]) => ({
    value: value ?? "not stated", month: value, kind, lines,
    told: `${value ?? "not stated"}\n${kind}: ${counted(lines, "line")}\ncharged ${dollars(charge)}, denied ${signed(denied)}`,
  }));
  const said = "Lines that change, by kind of change; the same is in the table below.";
  chart(id, (width) => (name === "month" ? monthColumns : valueBars)(width, rows, { kinds, said }));
}

// The old text and the new one, line by line; the marks say what the colours say.
function differenceOf(rule) {
  if (!rule.difference) return null;
  const words = { "-": ["gone", "− "], "+": ["new", "+ "], " ": ["", "  "] };
  return [make("h3", {}, "What changed in its text"),
    make("pre", { tabindex: "0" }, make("code", {}, rule.difference.map(([mark, text]) =>
      make("span", { class: `line ${words[mark][0]}` }, words[mark][1] + text))))];
}

function changesOf(rule) {
  if (!rule.changed) return make("p", {}, "No line changes because of this rule.");
  const heads = ["Change", "Lines", "Claims", "Members", "Charges", "Change in denied charges"];
  return makeTable("Lines that change because of this rule", heads,
    rule.byChange.map(([kind, lines, claims, members, charge, denied]) =>
      [kind, count(lines), count(claims), count(members), dollars(charge), signed(denied)]), [1, 2, 3, 4, 5]);
}

const measure = document.getElementById("by-rule-measure");

const drawRules = chart("by-rule", (width) => {
  const inMoney = measure.value !== "lines that change";
  const key = inMoney ? "denied" : "changed";
  const most = listed.filter((each) => each[key])
    .sort((one, two) => Math.abs(two[key]) - Math.abs(one[key])).slice(0, 15);
  const rows = most.map((each) => ({
    name: each.name, value: each[key],
    kind: inMoney ? (each.denied > 0 ? "more denied" : "less denied") : each.change,
    told: `${each.name}\n${each.title}\n${counted(each.changed, "line")} changed, denied ${signed(each.denied)}`,
  }));
  return namedBars(width, rows, {
    kinds: inMoney ? [["more denied", "var(--deny)"], ["less denied", "var(--good)"]]
      : ["added", "removed", "changed", "same"].map((each) => [each, "var(--accent)"]),
    show: inMoney ? signed : count,
    said: `Bars of the rules of the list with the most ${measure.value}; the list below has the figures.` });
});
measure.addEventListener("change", drawRules);

listRules(drawRules, {
  sortBy: ["changed", -1],
  cells: (rule) => [
    make("td", {}, rule.change),
    numberCell("findings old", rule.oldFindings, rule.oldFindings == null ? "–" : undefined),
    numberCell("findings new", rule.newFindings, rule.newFindings == null ? "–" : undefined),
    numberCell("newly denied", rule.newly),
    numberCell("no longer denied", rule.noLonger),
    numberCell("other changes", rule.other),
    numberCell("denied charges", rule.denied, money ? signed(rule.denied) : "–"),
  ],
  details: (rule) => [differenceOf(rule), changesOf(rule), ...aboutRule(rule), examplesOf(rule)],
  passes: (rule, { change, lines }) =>
    (!change || rule.change === change) && (!lines || (rule.changed > 0) === (lines === "that change")),
});
followWidths();
