// Charts: drawn with Observable Plot as SVG, so that they follow the colours and print sharply.
// Colours are never all that says something: what they tell stands beside them in words.

const colours = ["deny", "reject", "pend", "reduce", "warn", "monitor"];
const byDisposition = { domain: colours, range: colours.map((each) => `var(--${each})`) };
const drawn = [];

const PAPER = 680;

// What a plot's options become; a text stands where there is nothing to draw.
function drawing(options) {
  if (typeof options === "string") return make("p", { class: "nothing" }, options);
  const svg = Plot.plot({ style: { background: "none" }, ...options });
  svg.setAttribute("role", "img");
  return svg;
}

// Draws in the place of a chart, now and whenever its width changes; `draw` gets the width.
function chart(name, draw) {
  const place = document.querySelector(`#${name} .drawing`);
  const redraw = (width = Math.max(280, place.clientWidth)) => place.replaceChildren(drawing(draw(width)));
  drawn.push({ place, redraw, width: 0 });
  redraw();
  return () => redraw();
}

addEventListener("beforeprint", () => drawn.forEach((each) => each.redraw(PAPER)));
addEventListener("afterprint", () => drawn.forEach((each) => each.redraw()));

const resized = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    const one = drawn.find((each) => each.place === target);
    if (one.width && Math.abs(one.width - contentRect.width) > 1) one.redraw();
    one.width = contentRect.width;
  }
});
const followWidths = () => drawn.forEach((each) => resized.observe(each.place));

const short = (text, most = 30) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const marginFor = (texts) => 14 + 7.4 * Math.max(4, ...texts.map((each) => each.length));
const wholeTicks = (most, wanted) => d3.ticks(0, most, wanted).filter(Number.isInteger);
const axisNumber = (value) => Intl.NumberFormat("en-US", { notation: "compact" }).format(value);

// Bars with names: rows of { name, value, disposition, told }.
function namedBars(width, rows, { label, said, money = false }) {
  if (!rows.length) return "There is nothing to draw.";
  const names = rows.map((each) => `${short(each.name, width < 500 ? 14 : 30)} · ${each.disposition}`);
  const places = rows.map((each, at) => ({ ...each, at }));
  return {
    width,
    height: 50 + 24 * rows.length,
    marginLeft: marginFor(names),
    marginRight: 70,
    ariaLabel: said,
    x: { label, grid: true, ticks: wholeTicks(d3.max(rows, (each) => each.value), width < 500 ? 3 : 6), tickFormat: axisNumber, axis: "top" },
    y: { label: null, tickFormat: (at) => names[at], tickSize: 0 },
    color: byDisposition,
    marks: [
      Plot.barX(places, { x: "value", y: "at", fill: "disposition", insetTop: 2, insetBottom: 2,
        title: "told", tip: true }),
      Plot.text(places, { x: "value", y: "at", dx: 5, textAnchor: "start",
        text: (each) => (money ? dollars : count)(each.value) }),
      Plot.ruleX([0]),
    ],
  };
}

// A rule's own columns by month: rows of { month, findings, told }.
function fewColumns(rows, disposition, said) {
  const dated = rows.filter((each) => each.month).map((each) => ({ ...each, day: new Date(each.month) }));
  return {
    width: 440,
    height: 130,
    marginLeft: 45,
    ariaLabel: said,
    x: { type: "utc", label: null },
    y: { label: "Findings", grid: true, tickFormat: axisNumber,
      ticks: wholeTicks(d3.max(dated, (each) => each.findings), 3) },
    marks: [
      Plot.rectY(dated, { x: "day", interval: "month", y: "findings", fill: `var(--${disposition})`,
        insetLeft: 0.5, insetRight: 0.5, title: "told", tip: true }),
      Plot.ruleY([0]),
    ],
  };
}

// Columns by month, one row of them for each disposition: rows of { month, disposition, lines }.
function monthColumns(width, rows, said) {
  const dated = rows.filter((each) => each.month).map((each) => ({ ...each, day: new Date(each.month) }));
  if (!dated.length) return "No line with a finding has a date.";
  const shown = colours.filter((name) => dated.some((each) => each.disposition === name));
  const [first, last] = d3.extent(dated, (each) => each.day);
  const end = d3.utcMonth.offset(d3.utcMonth.floor(last), 1);
  const start = d3.min([first, d3.utcMonth.offset(end, -6)]);
  return {
    width,
    height: 60 + 95 * shown.length,
    marginLeft: 50,
    marginRight: 70,
    ariaLabel: said,
    x: { type: "utc", domain: [start, end], label: null },
    y: { label: "Lines", grid: true, ticks: wholeTicks(d3.max(dated, (each) => each.lines), 3), tickFormat: axisNumber },
    fy: { domain: shown, label: null },
    color: byDisposition,
    marks: [
      Plot.rectY(dated, { x: "day", interval: "month", y: "lines", fy: "disposition",
        fill: "disposition", insetLeft: 1, insetRight: 1, title: "told", tip: true }),
      Plot.ruleY([0]),
    ],
  };
}

// Bars by code, a column of them for each disposition: rows of { code, disposition, lines }.
function codeBars(width, rows, said) {
  if (!rows.length) return "No line has a finding.";
  const shown = colours.filter((name) => rows.some((each) => each.disposition === name));
  const codes = [...new Set(rows.map((each) => each.code))];
  return {
    width,
    height: 60 + 20 * codes.length,
    marginLeft: marginFor(codes.map((each) => short(each, 14))),
    marginRight: 30,
    ariaLabel: said,
    x: { label: "Lines", grid: true, tickFormat: axisNumber,
      ticks: wholeTicks(d3.max(rows, (each) => each.lines), Math.max(2, width / shown.length / 90)) },
    y: { domain: codes, label: null, tickSize: 0, tickFormat: (each) => short(each, 14) },
    fx: { domain: shown, label: null, padding: 0.15 },
    color: byDisposition,
    marks: [
      Plot.barX(rows, { x: "lines", y: "code", fx: "disposition", fill: "disposition",
        insetTop: 1, insetBottom: 1, title: "told", tip: true }),
      Plot.ruleX([0]),
    ],
  };
}

// Bars from the first day in force to the last; `around` are the months that claims are of.
function datesInForce(width, rules, around, said) {
  if (!rules.length) return "None of these rules has dates.";
  const ends = rules.flatMap((each) => [each.from, each.to]).filter(Boolean).map((each) => new Date(each));
  const [first, last] = d3.extent([...ends, ...around]);
  const start = d3.utcMonth.offset(first, -3);
  const end = d3.utcMonth.offset(last, 6);
  const rows = rules.map((each, at) => ({
    at,
    from: each.from ? new Date(each.from) : start,
    to: each.to ? d3.utcDay.offset(new Date(each.to), 1) : end,
    open: !each.to,
    disposition: each.disposition,
    told: `${each.name}\n${inForce(each)}`,
  }));
  const names = rules.map((each) => short(each.name, width < 500 ? 18 : 30));
  const band = around.length ? [{ from: around[0], to: around[1] }] : [];
  return {
    width,
    height: 60 + 22 * rows.length,
    marginLeft: marginFor(names),
    marginRight: 24,
    ariaLabel: said,
    x: { type: "utc", domain: [start, end], label: null, grid: true, axis: "top" },
    y: { domain: rows.map((each) => each.at), label: null, tickSize: 0, tickFormat: (at) => names[at] },
    color: byDisposition,
    marks: [
      Plot.rect(band, { x1: "from", x2: "to", fill: "var(--band)" }),
      Plot.barX(rows, { x1: "from", x2: "to", y: "at", fill: "disposition", insetTop: 4,
        insetBottom: 4, rx: 3, title: "told", tip: true }),
      Plot.text(rows.filter((each) => each.open), { x: "to", y: "at", text: () => "→", dx: 10 }),
    ],
  };
}
