// Elements made from texts: nothing here ever becomes HTML by being read as such.

const data = JSON.parse(document.getElementById("report-data").textContent);

function make(name, attributes = {}, ...children) {
  const found = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) found.addEventListener(key.slice(2), value);
    else if (value === true) found.setAttribute(key, "");
    else if (value !== false && value != null) found.setAttribute(key, value);
  }
  found.append(...children.flat(Infinity).filter((each) => each != null));
  return found;
}

// A table with a caption; the first cell of each row is its heading. `numbers` stand to the right,
// what is `tight` on one line.
function makeTable(caption, heads, rows, numbers = [], tight = []) {
  const kind = (at) => (numbers.includes(at) ? "number" : tight.includes(at) ? "tight" : null);
  const table = make("table", {},
    make("caption", {}, caption),
    make("thead", {}, make("tr", {},
      heads.map((each, at) => make("th", { scope: "col", class: kind(at) }, each)))),
    make("tbody", {}, rows.map((row) => make("tr", {}, row.map((each, at) =>
      at ? make("td", { class: kind(at) }, each ?? "") : make("th", { scope: "row", class: kind(at) }, each ?? ""))))));
  return make("div", { class: "wide", role: "group", "aria-label": caption, tabindex: "0" }, table);
}

// A cell with a number; a zero stands back.
function numberCell(label, number, text = count(number)) {
  return make("td", { class: number ? "number" : "number nil", "data-label": label }, text);
}

function term(name, ...values) {
  const said = values.filter((each) => each != null && each !== "");
  return said.length ? [make("dt", {}, name), ...said.map((each) => make("dd", {}, each))] : [];
}
