// The report on examples.

for (const rule of data.rules) {
  rule.count = rule.examples.length;
  rule.unseen = rule.all - rule.seen;
}

const mark = (good, yes, no) => make("span", { class: good ? "holds" : "fails" }, good ? `✓ ${yes}` : `✗ ${no}`);

function pointsOf(rule) {
  if (!rule.points.length) return null;
  const rows = rule.points.map(([clause, what, seen, said]) =>
    [make("code", {}, clause), what, mark(seen, "shown", "not shown"), said]);
  return makeTable(`What examples show: ${rule.seen} of ${counted(rule.all, "point")}`,
    ["Clause", "What", "Shown", "Example, or what it would have to show"], rows);
}

function changesOf(rule) {
  if (!data.surveyed) return null;
  if (!rule.changes.length) {
    return make("p", {}, rule.noticed ? "Some example notices every change that was tried." : "No change was tried.");
  }
  return [make("h3", {}, "Changes that no example notices"), rule.changes.map(([told, before, after, example]) => [
    make("p", {}, told),
    make("pre", { tabindex: "0" }, make("code", {},
      make("span", { class: "line gone" }, `− ${before}`), make("span", { class: "line new" }, `+ ${after}`))),
    example ? [make("p", { class: "remark" }, "An example that would notice it:"), ruleText(example)] : null,
  ])];
}

function resultOf(example) {
  const said = [...example.missing.map((each) => `expected, but not found: ${each}`),
    ...example.unexpected.map((each) => `found, but not expected: ${each}`)];
  return [make("p", {}, mark(example.holds, "holds", "fails")),
    said.length ? make("ul", {}, said.map((each) => make("li", {}, each))) : null,
    ruleText(example.text),
    make("dl", { class: "facts" }, term("Of", example.rules.join(", ")), term("Written in", example.place))];
}

const shown = (percent) => (percent == null ? "–" : `${percent.toFixed(percent % 1 ? 1 : 0)} %`);

const drawRules = chart("by-rule", (width) => {
  const least = listed.filter((each) => each.unseen)
    .sort((one, two) => one.percent - two.percent || two.unseen - one.unseen).slice(0, 15);
  if (!least.length) return listed.length ? "Examples show every point of these rules." : "There is nothing to draw.";
  const rows = least.map((each) => ({ name: each.name, value: each.percent,
    kind: `${each.seen} of ${each.all}`, told: `${each.name}\n${each.title}\n${each.seen} of ${counted(each.all, "point")} shown` }));
  return { ...namedBars(width, rows, { kinds: rows.map((each) => [each.kind, "var(--accent)"]),
    show: shown, said: "Bars of the rules of the list of which examples show least, in percent; the list below has the figures." }),
  };
});

listRules(drawRules, {
  sortBy: ["unseen", -1],
  cells: (rule) => [
    make("td", {}, make("span", { class: `disposition ${rule.disposition}` }, rule.disposition)),
    numberCell("examples", rule.count),
    numberCell("points not shown", rule.unseen),
    make("td", { class: "number", "data-label": "shown" }, shown(rule.percent)),
    data.surveyed ? numberCell("slips unnoticed", rule.survived) : null,
  ],
  details: (rule) => [aboutRule(rule), pointsOf(rule), changesOf(rule), examplesOf(rule)],
  passes: (rule, choices) => !choices.shown || choices.shown === (!rule.count ? "none at all"
    : rule.unseen ? "leave something out" : "show all of it"),
});

new Listing("example-list", {
  items: data.examples,
  noun: "example",
  sortBy: ["result", 1],
  under: (example) => example.rules.join(", "),
  cells: (example) => [
    make("td", {}, mark(example.holds, "holds", "fails")),
    make("td", {}, example.place),
  ],
  details: resultOf,
  words: (example) => [example.title, example.text, ...example.rules],
  passes: (example, { result }) => !result || example.result === result,
});
followWidths();
