// Saves the till its page loads: forms are sent and their answer takes the till's place. Without this, each is a page of its own.
const till = () => document.querySelector("[data-till]");
const code = () => document.getElementById("code");

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!till()?.contains(form) || form.matches("[data-pay]") || form.method !== "post") return;
  event.preventDefault();
  const { submitter } = event;
  try {
    show(await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, submitter)) }));
  } catch {
    // Out of reach for a moment, or for good: the browser says which.
    form.submit();
  }
});

async function show(response) {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const next = page.querySelector("[data-till]");
  // Signed out, or an error page: that page it is, then.
  if (next === null) return location.assign(response.redirected ? response.url : location.href);
  for (const old of document.querySelectorAll("main > .problem, main > .notice")) old.remove();
  const said = page.querySelector("main > .problem");
  if (said !== null) till().before(said);
  till().replaceWith(next);
  code()?.focus();
  code()?.select();
}

// A quantity counts as soon as it is changed.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-quantity]")) event.target.form.requestSubmit();
});

let waiting;
document.addEventListener("input", (event) => {
  if (event.target.id === "cash") tellChange(event.target);
  if (event.target.id !== "code") return;
  clearTimeout(waiting);
  // A scanner types a whole code and Enter in less time than this.
  waiting = setTimeout(() => suggest(event.target.value.trim()), 250);
});

async function suggest(typed) {
  if (typed.length < 2 || code()?.value.trim() !== typed) return;
  const response = await fetch(`/shop/sell/?${new URLSearchParams({ q: typed })}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const found = page.getElementById("found");
  if (found !== null && code()?.value.trim() === typed) document.getElementById("found")?.replaceWith(found);
}

function tellChange(input) {
  const digits = Number(till().dataset.digits);
  const total = Number(document.querySelector("[data-total]").dataset.total);
  const given = Math.round(Number(input.value.trim().replace(",", ".")) * 10 ** digits);
  const back = given - total;
  const amount = (Math.abs(back) / 10 ** digits).toFixed(digits);
  const isNothing = input.value.trim() === "" || Number.isNaN(back);
  document.querySelector("[data-change]").textContent = isNothing
    ? ""
    : back < 0
      ? `${amount} missing`
      : `Change ${amount}`;
}

for (const print of document.querySelectorAll("[data-print]")) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
