// What a rule's row opens to: its text, where it comes from, its examples.

const rulesets = new Set(data.rules.map((each) => each.ruleset));
const namesakes = new Map();
for (const { name } of data.rules) namesakes.set(name, (namesakes.get(name) ?? 0) + 1);

// How the page's address calls a rule: by its name, with its ruleset where another is called so.
const addressOf = (rule) => (namesakes.get(rule.name) > 1 ? `${rule.ruleset}/${rule.name}` : rule.name);

// What stands under a rule's name: its title, and its ruleset where there are several.
const underName = (rule) => [rulesets.size > 1 ? rule.ruleset : "", rule.title].filter(Boolean).join(": ");

// `#rule=NAME` in the address opens a rule: such a link can be sent to somebody.
function followAddress(listing) {
  const follow = () => {
    const wanted = new URLSearchParams(location.hash.slice(1)).get("rule");
    const item = data.rules.find((each) => addressOf(each) === wanted);
    if (item) listing.reveal(item);
  };
  addEventListener("hashchange", follow);
  follow();
}

function aboutRule(rule) {
  return [
    make("h3", {}, rule.title || "The rule"),
    ruleText(rule.text),
    make("dl", { class: "facts" },
      term("Does", `${rule.disposition} ${rule.scope}${rule.codes ? ` as ${rule.codes}` : ""}`),
      term("Says", rule.message || "a plain sentence from the rule"),
      term("Source", rule.source),
      term("In force", inForce(rule)),
      term("Rule set", [rule.ruleset, rule.version].filter(Boolean).join(" ")),
      term("Table", rule.rows ? counted(rule.rows, "row") : ""),
      term("Written in", rule.place, make("a", { class: "to-rule", href: `#rule=${encodeURIComponent(addressOf(rule))}` },
        "Link to this rule"))),
  ];
}

function examplesOf(rule) {
  const shown = rule.examples.map((at) => data.examples[at]);
  if (!shown.length) return make("p", { class: "remark" }, "The rule has no example.");
  return make("details", {},
    make("summary", {}, counted(shown.length, "example")),
    shown.map((each) => [ruleText(each.text),
      each.holds === false ? make("p", {}, make("span", { class: "fails" }, "✗ does not hold"), ` ${each.place}`) : null]));
}
