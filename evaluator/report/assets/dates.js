// The time line: when the dated rules of a list are in force, as a chart and as a table.

const MOST_DATED = 40;

function showDates() {
  let dated = [];
  const months = (data.months ?? []).map(([month]) => month).filter(Boolean).map((each) => new Date(each));
  const around = months.length ? [d3.min(months), d3.utcMonth.offset(d3.max(months), 1)] : [];
  const redraw = chart("in-force", (width) => datesInForce(width, dated, around,
    "Bars from the first day in force to the last, rule by rule; the same is in the table below."));
  return (rules) => {
    const all = rules.filter((each) => each.from || each.to);
    dated = all.slice(0, MOST_DATED).sort((one, two) => compare(one.from, two.from) || compare(one.to, two.to));
    const more = all.length > dated.length ? `; shown are the first ${dated.length} in the order of the list` : "";
    document.getElementById("in-force-status").textContent =
      `With dates of their own: ${count(all.length)} of ${counted(rules.length, "rule")}${more}.`
      + (around.length && dated.length ? " The shaded stretch holds the lines with findings." : "");
    document.querySelector("#in-force tbody").replaceChildren(...dated.map((each) =>
      make("tr", {}, make("th", { scope: "row" }, each.name), make("td", {}, each.disposition), make("td", {}, each.from ?? "always"),
        make("td", {}, each.to ?? "no end"))));
    redraw();
  };
}
