// What a screen reader would find without a name, or twice.
() => {
  const text = (id) => document.getElementById(id)?.textContent.trim();
  const name = (each) => each.getAttribute("aria-label") || text(each.getAttribute("aria-labelledby"))
    || each.labels?.[0]?.textContent.trim() || each.textContent.trim();
  const named = [...document.querySelectorAll("button, a, input, select, summary, [role=img], [role=group], nav, section")];
  return [
    ...named.filter((each) => !name(each)).map((each) => each.outerHTML.slice(0, 80)),
    ...[...document.querySelectorAll("table")].filter((each) => !each.caption?.textContent)
      .map((each) => `table without a caption: ${each.textContent.slice(0, 40)}`),
    ...[...document.querySelectorAll("th")].filter((each) => !each.scope).map((each) => `th: ${each.textContent}`),
    ...[...document.querySelectorAll("[aria-controls][aria-expanded=true]")]
      .filter((each) => !document.getElementById(each.getAttribute("aria-controls"))).map((each) => each.id),
    ...[...document.querySelectorAll("[id]")].map((each) => each.id)
      .filter((id, at, all) => all.indexOf(id) !== at).map((id) => `twice: ${id}`),
    ...[...document.querySelectorAll("[role=img] [aria-label], [role=img] [tabindex]")]
      .map((each) => `inside a picture: ${each.outerHTML.slice(0, 60)}`),
    ...[...document.querySelectorAll("th")].filter((each) => !each.textContent.trim())
      .map((each) => `an empty heading: ${each.closest("table").caption.textContent}`),
    ...[...document.querySelectorAll("nav, section")].map(name)
      .filter((each, at, all) => all.indexOf(each) !== at).map((each) => `two places called ${each}`),
  ];
}
