// The list of rules of a report, and the charts of what is seen of it.

let listed = data.rules;

// `drawRules` draws the report's chart of the rules that are listed; `own` is what its list has of its own.
function listRules(drawRules, own) {
  const drawDates = showDates();
  let waiting = 0;
  const rules = new Listing("rule-list", {
    items: data.rules,
    noun: "rule",
    under: underName,
    words: (rule) => [rule.name, rule.title, rule.text, rule.ruleset, rule.source],
    seen: (items) => {
      listed = items.slice();
      clearTimeout(waiting);
      waiting = setTimeout(() => { drawRules(); drawDates(listed); }, 120);
    },
    ...own,
  });
  followAddress(rules);
}
