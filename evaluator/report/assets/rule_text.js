// A rule's or an example's text with its words told apart, as an editor shows them.

const keywords = new Set(data.keywords);
const pieces = /("(?:[^"\\]|\\.)*")|(#.*)|([A-Za-z_][\w.-]*\*?)|(\d[\w.-]*\*?)|([^"#\w]+|.)/g;

function ruleText(text) {
  const shown = [...text.matchAll(pieces)].map(([whole, words, remarked, word, value]) => {
    const kind = words ? "words" : remarked ? "remarked" : value ? "value"
      : word && keywords.has(word.toLowerCase()) ? "keyword" : null;
    return kind ? make("span", { class: kind }, whole) : whole;
  });
  return make("pre", { tabindex: "0" }, make("code", {}, shown));
}
