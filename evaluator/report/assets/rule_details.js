// What a rule's row opens to: its text, where it comes from, its examples.

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
      term("Written in", rule.place, make("a", { class: "to-rule", href: `#rule=${encodeURIComponent(rule.name)}` },
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
