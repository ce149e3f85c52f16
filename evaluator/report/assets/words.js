// Numbers and dates as people read them.

const inWords = new Intl.NumberFormat("en-US");
const count = (number) => inWords.format(number);
const counted = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
const dollars = (number) => number.toLocaleString("en-US", {
  style: "currency", currency: "USD",
  minimumFractionDigits: Math.abs(number) < 100 && number % 1 ? 2 : 0,
  maximumFractionDigits: Math.abs(number) < 100 && number % 1 ? 2 : 0,
});
const cents = (number) => number.toLocaleString("en-US", { style: "currency", currency: "USD" });

function inForce(rule) {
  const own = rule.from && rule.to ? `${rule.from} to ${rule.to}`
    : rule.from ? `from ${rule.from}` : rule.to ? `to ${rule.to}` : "";
  const rows = rule.datedByRow ? "each row on its own dates" : "";
  return [own, rows].filter(Boolean).join("; ") || "always";
}
