// Saves the till its page loads: forms are sent and their answer takes the till's place. Without this, each is a page of its own.
const till = () => document.querySelector("[data-till]");
const code = () => document.getElementById("code");

// On a slow line codes are scanned faster than answers come: each waits for its turn.
let turn = Promise.resolve();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!till()?.contains(form) || form.matches("[data-pay]") || form.method !== "post") return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  // Room for the next code.
  if (form.contains(code())) code().value = "";
  turn = turn.then(() => send(form.action, body));
});

async function send(action, body) {
  try {
    await show(await fetch(action, { method: "POST", body }));
  } catch {
    // Out of reach for a moment, or for good: the browser says which.
    submit(action, body);
  }
}

function submit(action, body) {
  const form = Object.assign(document.createElement("form"), { method: "post", action, hidden: true });
  for (const [name, value] of body) form.append(Object.assign(document.createElement("input"), { name, value }));
  document.body.append(form);
  form.submit();
}

async function show(response) {
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const next = page.querySelector("[data-till]");
  // Signed out, or an error page: that page it is, then.
  if (next === null) return location.assign(response.redirected ? response.url : location.href);
  for (const old of document.querySelectorAll("main > .problem, main > .notice")) old.remove();
  const said = page.querySelector("main > .problem");
  if (said !== null) till().before(said);
  const typed = code()?.value ?? "";
  till().replaceWith(next);
  code()?.focus();
  if (typed === "") code()?.select();
  else if (code() !== null) code().value = typed;
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
