// A list that is searched, narrowed, sorted and leafed through; its rows open to details.

const PAGE = 25;
const MOST_PRINTED = 2000;

class Listing {
  // `cells(item)` gives the cells behind the first; `details(item)` what a row opens to; `words`
  // what is searched; `passes(item, choices)` what is chosen; `seen(items)` hears of every change.
  constructor(name, { items, noun, sortBy, under, cells, details, words, passes, seen = () => {} }) {
    Object.assign(this, { items, noun, under, cells, details, passes, seen });
    this.root = document.getElementById(name);
    this.name = name;
    this.body = this.root.querySelector(":scope > .wide tbody");
    this.status = this.root.querySelector(".status");
    this.search = this.root.querySelector("input");
    this.choices = [...this.root.querySelectorAll(".controls select")];
    this.haystacks = new Map(items.map((each) => [each, words(each).join("\n").toLowerCase()]));
    this.sort = sortBy;
    this.page = 0;
    this.size = PAGE;
    this.opened = new Set();
    this.listen();
    this.narrow();
  }

  listen() {
    this.root.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
    this.search.addEventListener("input", () => this.narrow());
    this.choices.forEach((each) => each.addEventListener("change", () => this.narrow()));
    this.heads = [...this.root.querySelectorAll(":scope > .wide thead button")];
    for (const button of this.heads) {
      button.addEventListener("click", () => {
        const { key } = button.dataset;
        const first = button.parentElement.classList.contains("number") ? -1 : 1;
        this.sort = [key, this.sort[0] === key ? -this.sort[1] : first];
        this.show(0);
      });
    }
    this.leaf = this.root.querySelector(".pages");
    const [previous, next] = this.leaf.children;
    Object.assign(this, { previous, next });
    previous.addEventListener("click", () => this.show(this.page - 1));
    next.addEventListener("click", () => this.show(this.page + 1));
    addEventListener("beforeprint", () => this.resize(MOST_PRINTED));
    addEventListener("afterprint", () => this.resize(PAGE));
  }

  resize(size) {
    this.page = Math.floor((this.page * this.size) / size);
    this.size = size;
    this.show(this.page);
  }

  narrow() {
    const wanted = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = Object.fromEntries(
      this.choices.map((each) => [each.id.slice(this.name.length + 1), each.value]));
    this.found = this.items.filter((item) =>
      this.passes(item, chosen) && wanted.every((each) => this.haystacks.get(item).includes(each)));
    this.show(0);
  }

  show(page) {
    const [key, direction] = this.sort;
    this.found.sort((one, two) => direction * compare(one[key], two[key]) || compare(one.name, two.name));
    const pages = Math.max(1, Math.ceil(this.found.length / this.size));
    this.page = Math.min(Math.max(0, page), pages - 1);
    const start = this.page * this.size;
    const shown = this.found.slice(start, start + this.size);
    this.body.replaceChildren(...shown.flatMap((item) => this.rows(item)));
    this.leaf.hidden = pages === 1;
    this.previous.disabled = this.page === 0;
    this.next.disabled = this.page === pages - 1;
    this.status.textContent = this.said(start, shown.length);
    for (const button of this.heads) {
      const by = button.dataset.key === key ? (direction > 0 ? "ascending" : "descending") : null;
      if (by) button.parentElement.setAttribute("aria-sort", by);
      else button.parentElement.removeAttribute("aria-sort");
    }
    this.seen(this.found);
  }

  said(start, length) {
    const { noun } = this;
    if (!this.found.length) return `None of ${counted(this.items.length, noun)} is like this.`;
    const of = this.found.length < this.items.length
      ? `${count(this.found.length)} of ${counted(this.items.length, noun)}`
      : counted(this.items.length, noun);
    return this.found.length > length ? `${of}; shown are ${count(start + 1)} to ${count(start + length)}` : of;
  }

  rows(item) {
    const open = this.opened.has(item);
    const at = this.items.indexOf(item);
    const opener = make("button", {
      type: "button", class: "opener", id: `${this.name}-open-${at}`,
      "aria-expanded": String(open), "aria-controls": `${this.name}-${at}`,
      onclick: () => this.toggle(item),
    }, item.name);
    const row = make("tr", { class: open ? "opened" : null },
      make("th", { scope: "row" }, opener, make("span", { class: "under" }, this.under(item))),
      this.cells(item));
    if (!open) return [row];
    const panel = make("div", { class: "panel" }, this.details(item));
    return [row, make("tr", { class: "details", id: `${this.name}-${at}` },
      make("td", { colspan: String(this.heads.length) }, panel))];
  }

  toggle(item) {
    if (this.opened.has(item)) this.opened.delete(item);
    else this.opened.add(item);
    this.show(this.page);
    document.getElementById(`${this.name}-open-${this.items.indexOf(item)}`).focus();
  }

  // Opens an item wherever it is, and goes there.
  reveal(item) {
    if (!this.found.includes(item)) {
      this.search.value = "";
      this.choices.forEach((each) => { each.value = ""; });
      this.narrow();
    }
    this.opened.add(item);
    this.show(Math.floor(this.found.indexOf(item) / this.size));
    const opener = document.getElementById(`${this.name}-open-${this.items.indexOf(item)}`);
    opener.scrollIntoView({ block: "start" });
    opener.focus({ preventScroll: true });
  }
}

function compare(one, two) {
  if (typeof one === "number") return one - two;
  return (one ?? "") < (two ?? "") ? -1 : (one ?? "") > (two ?? "") ? 1 : 0;
}
