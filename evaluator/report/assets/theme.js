// Light or dark: as the system has it, or as the reader chooses; remembered where that is allowed.

{
  const choice = document.getElementById("colours");
  const key = "editwright-colours";
  const show = (colours) => {
    if (colours === "system") delete document.documentElement.dataset.colours;
    else document.documentElement.dataset.colours = colours;
  };
  try {
    const kept = localStorage.getItem(key);
    if (["light", "dark"].includes(kept)) choice.value = kept;
  } catch { /* a page opened from a file may have no storage */ }
  show(choice.value);
  choice.addEventListener("change", () => {
    show(choice.value);
    try { localStorage.setItem(key, choice.value); } catch { /* see above */ }
  });
}
