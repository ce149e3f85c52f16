// Charts: drawn with Observable Plot as SVG, so that they follow the colours and print sharply.
// Colours are never all that says something: what they tell stands beside them in words.

// What rows are told apart by: [kind, colour] in the order in which they are drawn.
const dispositions = ["deny", "reject", "pend", "reduce", "warn", "monitor"].map((each) => [each, `var(--${each})`]);
const scaleOf = (kinds) => ({ domain: kinds.map(([kind]) => kind), range: kinds.map(([, colour]) => colour) });
const drawn = [];

const PAPER = 680;

// What a plot's options become; a text stands where there is nothing to draw.
function drawing(options) {
  if (typeof options === "string") return make("p", { class: "nothing" }, options);
  const svg = Plot.plot({ style: { background: "none" }, ...options });
  svg.setAttribute("role", "img");  // one picture, whose parts have no names of their own
  for (const part of svg.querySelectorAll("*")) {
    for (const name of part.getAttributeNames()) if (name.startsWith("aria-")) part.removeAttribute(name);
  }
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
const wholeTicks = (least, most, wanted) => d3.ticks(least, most, wanted).filter(Number.isInteger);
const inLines = (text) => text.replace(/ (?=\S+$)/, "\n");
const axisNumber = (value) => Intl.NumberFormat("en-US", { notation: "compact" }).format(value);

const shownKinds = (kinds, rows) =>
  kinds.map(([kind]) => kind).filter((kind) => rows.some((each) => each.kind === kind));

// Bars with names: rows of { name, value, kind, told }; a value may be below zero.
function namedBars(width, rows, { kinds, said, show = count }) {
  if (!rows.length) return "There is nothing to draw.";
  const names = rows.map((each) => `${short(each.name, width < 500 ? 14 : 30)} · ${each.kind}`);
  const [least, most] = d3.extent([0, ...rows.map((each) => each.value)]);
  const places = rows.map((each, at) => ({ ...each, at }));
  return {
    width,
    height: 40 + 24 * rows.length,
    marginBottom: 5,
    marginLeft: marginFor(names),
    marginRight: 70,
    ariaLabel: said,
    x: { label: null, grid: true, ticks: wholeTicks(least, most, width < 500 ? 3 : 6), tickFormat: axisNumber, axis: "top" },
    y: { label: null, tickFormat: (at) => names[at], tickSize: 0 },
    color: scaleOf(kinds),
    marks: [
      Plot.barX(places, { x: "value", y: "at", fill: "kind", insetTop: 2, insetBottom: 2,
        title: "told", tip: true }),
      Plot.text(places, { x: (each) => Math.max(0, each.value), y: "at", dx: 5, textAnchor: "start",
        text: (each) => show(each.value) }),
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
      ticks: wholeTicks(0, d3.max(dated, (each) => each.findings), 3) },
    marks: [
      Plot.rectY(dated, { x: "day", interval: "month", y: "findings", fill: `var(--${disposition})`,
        insetLeft: 0.5, insetRight: 0.5, title: "told", tip: true }),
      Plot.ruleY([0]),
    ],
  };
}

// Columns by month, one row of them for each kind: rows of { month, kind, lines, told }.
function monthColumns(width, rows, { kinds, said }) {
  const dated = rows.filter((each) => each.month).map((each) => ({ ...each, day: new Date(each.month) }));
  if (!dated.length) return "None of these lines has a date.";
  const shown = shownKinds(kinds, dated);
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
    y: { label: "Lines", grid: true, ticks: wholeTicks(0, d3.max(dated, (each) => each.lines), 3), tickFormat: axisNumber },
    fy: { domain: shown, label: null, padding: 0.15, tickFormat: inLines },
    color: scaleOf(kinds),
    marks: [
      Plot.rectY(dated, { x: "day", interval: "month", y: "lines", fy: "kind",
        fill: "kind", insetLeft: 1, insetRight: 1, title: "told", tip: true }),
      Plot.ruleY([0]),
    ],
  };
}

// Bars by value (a code, a provider), a column of them for each kind: rows of { value, kind, lines,
// told }.
function valueBars(width, rows, { kinds, said }) {
  if (!rows.length) return "There is no such line.";
  const shown = shownKinds(kinds, rows);
  const values = [...new Set(rows.map((each) => each.value))];
  return {
    width,
    height: 60 + 20 * values.length,
    marginLeft: marginFor(values.map((each) => short(each, 16))),
    marginRight: 30,
    ariaLabel: said,
    x: { label: null, grid: true, tickFormat: axisNumber,
      ticks: wholeTicks(0, d3.max(rows, (each) => each.lines), Math.max(2, width / shown.length / 90)) },
    y: { domain: values, label: null, tickSize: 0, tickFormat: (each) => short(each, 16) },
    fx: { domain: shown, label: null, padding: 0.15, tickFormat: inLines },
    color: scaleOf(kinds),
    marks: [
      Plot.barX(rows, { x: "lines", y: "value", fx: "kind", fill: "kind",
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
    kind: each.disposition,
    told: `${each.name}\n${inForce(each)}`,
  }));
  const names = rules.map((each) => `${short(each.name, width < 500 ? 14 : 30)} · ${each.disposition}`);
  const band = around.length ? [{ from: around[0], to: around[1] }] : [];
  return {
    width,
    height: 60 + 22 * rows.length,
    marginLeft: marginFor(names),
    marginRight: 24,
    ariaLabel: said,
    x: { type: "utc", domain: [start, end], label: null, grid: true, axis: "top" },
    y: { domain: rows.map((each) => each.at), label: null, tickSize: 0, tickFormat: (at) => names[at] },
    color: scaleOf(dispositions),
    marks: [
      Plot.rect(band, { x1: "from", x2: "to", fill: "var(--band)" }),
      Plot.barX(rows, { x1: "from", x2: "to", y: "at", fill: "kind", insetTop: 4,
        insetBottom: 4, rx: 3, title: "told", tip: true }),
      Plot.text(rows.filter((each) => each.open), { x: "to", y: "at", text: () => "→", dx: 10 }),
    ],
  };
}
