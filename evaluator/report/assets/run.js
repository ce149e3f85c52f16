// The report of a run.

const money = data.charged;

function findingsOf(rule) {
  if (!rule.findings) return make("p", {}, "The rule found nothing.");
  const heads = ["Findings", ...(money ? ["Charges"] : [])];
  const row = ([key, findings, charge]) => [key ?? "no date", count(findings), ...(money ? [dollars(charge)] : [])];
  const months = makeTable("By month of service", ["Month", ...heads], rule.months.map(row), [1, 2]);
  const codes = rule.differentCodes > rule.byCode.length
    ? `By procedure code (the first ${rule.byCode.length} of ${count(rule.differentCodes)})` : "By procedure code";
  return make("div", { class: "pair" },
    monthsOf(rule, months),
    makeTable(codes, ["Code", ...heads], rule.byCode.map(row), [1, 2]));
}

// Many months are drawn, with their table to be opened; few are read.
function monthsOf(rule, table) {
  if (rule.months.length < 4) return table;
  const rows = rule.months.map((each) => ({ month: each[0], findings: each[1],
    told: `${each[0]}\n${counted(each[1], "finding")}${money ? `, ${dollars(each[2])}` : ""}` }));
  const said = "Columns of findings by month of service; the same is in the table below.";
  return make("figure", { class: "chart" },
    make("figcaption", {}, "Findings by month of service"),
    make("div", { class: "drawing" }, drawing(fewColumns(rows, rule.disposition, said))),
    make("details", {}, make("summary", {}, "The same as a table"), table));
}

function linesOf(rule) {
  if (!rule.lines.length) return null;
  const columns = [
    ["Claim, line", (each) => `${each.claim}, ${each.number}`],
    ["Member", (each) => each.member],
    ["Code", (each) => each.code],
    ["Date", (each) => each.date],
    ["Place", (each) => each.place],
    ["Units", (each) => each.units && each.units + (each.allowed ? ` (${each.allowed} allowed)` : "")],
    ["Charge", (each) => each.charge != null ? cents(each.charge) : null],
    ["What was said", (each) => each.message],
    ["Row of its table", (each) => each.row && count(each.row)],
    ["Source", (each) => each.source],
    ["With", (each) => (each.partners ?? []).map(([claim, number]) =>
      claim === each.claim ? `line ${number}` : `${claim}, ${number}`).join("; ")],
  ].filter(([, say]) => rule.lines.some((each) => say(each)));
  const places = (wanted) => columns.flatMap(([head], at) => (wanted.includes(head) ? [at] : []));
  const caption = rule.lines.length < rule.findings
    ? `Lines that it caught: ${rule.lines.length} of ${count(rule.findings)}, the highest charges first`
    : "Lines that it caught";
  return make("div", { class: "lines" }, makeTable(caption, columns.map(([head]) => head),
    rule.lines.map((each) => columns.map(([, say]) => say(each))),
    places(["Charge", "Row of its table"]), places(["Claim, line", "Code", "Date"])));
}

const told = ([key, disposition, lines, charge]) =>
  `${key ?? "no date"}\n${disposition}: ${counted(lines, "line")}${money ? `, ${dollars(charge)}` : ""}`;

chart("by-month", (width) => monthColumns(width,
  data.months.map((each) => ({ month: each[0], kind: each[1], lines: each[2], told: told(each) })),
  { kinds: dispositions, said: "Columns of lines with findings by month of service; the same is in the table below." }));
chart("by-code", (width) => valueBars(width,
  data.codes.map((each) => ({ value: each[0], kind: each[1], lines: each[2], told: told(each) })),
  { kinds: dispositions, said: "Bars of lines with findings by procedure code; the same is in the table below." }));

const measure = document.getElementById("by-rule-measure");
if (!money) measure.querySelector("option:last-child").remove();
const keyOf = { findings: "findings", claims: "claims", charges: "charge" };

const drawRules = chart("by-rule", (width) => {
  const key = keyOf[measure.value];
  const most = listed.filter((each) => each[key]).sort((one, two) => two[key] - one[key]).slice(0, 15);
  const rows = most.map((each) => ({
    name: each.name, value: each[key], kind: each.disposition,
    told: `${each.name}\n${each.title}\n${counted(each.findings, "finding")}${money ? `, ${dollars(each.charge)}` : ""}`,
  }));
  return namedBars(width, rows, { kinds: dispositions, show: key === "charge" ? dollars : count,
    said: `Bars of the rules of the list with the most ${measure.value}; the list below has the figures.` });
});
measure.addEventListener("change", drawRules);

listRules(drawRules, {
  sortBy: ["findings", -1],
  cells: (rule) => [
    make("td", {}, make("span", { class: `disposition ${rule.disposition}` }, rule.disposition)),
    make("td", {}, rule.codes),
    numberCell("findings", rule.findings),
    numberCell("claims", rule.claims),
    numberCell("charges", rule.charge, money ? dollars(rule.charge) : "–"),
  ],
  details: (rule) => [...aboutRule(rule), findingsOf(rule), linesOf(rule), examplesOf(rule)],
  passes: (rule, { disposition, found }) =>
    (!disposition || rule.disposition === disposition)
    && (!found || (rule.findings > 0) === (found === "with findings")),
});
followWidths();
