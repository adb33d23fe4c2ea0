// Brings what has changed about a tournament while somebody looks at its page: polls the state, which costs the server one row,
// and loads the page's parts anew when it is another. Pauses while the page is not seen.
const page = document.querySelector("[data-state]");
const everyMs = 10_000;
let version = page?.dataset.version;

async function look() {
  if (document.hidden) return;
  // The browser asks with the tag it has: mostly the answer is 304.
  const response = await fetch(page.dataset.state);
  if (!response.ok) return;
  const state = await response.json();
  if (String(state.version) === version) return;
  const html = await (await fetch(location.href)).text();
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const newer = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    // What somebody is using stays under their hands.
    if (newer !== null && !part.contains(document.activeElement)) part.replaceChildren(...newer.childNodes);
  }
  version = String(state.version);
  document.querySelector("[data-told]").textContent = "This page has been brought up to date.";
}

if (page !== null) {
  setInterval(() => look().catch(() => undefined), everyMs);
  document.addEventListener("visibilitychange", () => look().catch(() => undefined));
}
