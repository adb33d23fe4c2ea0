// Sends a file without leaving the page, so that what is wrong with it is said here and not where it is sent to. Without this
// script the browser sends the same form by itself, and the answer leads on as it does here.
const form = document.querySelector("form[data-upload]");

function tell(sentence) {
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button");
  said.textContent = sentence;
  button.disabled = false;
  form.removeAttribute("aria-busy");
  form.elements.file.setAttribute("aria-invalid", "true");
  form.elements.file.focus();
}

const tooLarge = () => `The file is too large: it may have ${form.dataset.size}.`;

/** What an answer that is no success says: S3's is XML, the app's own is JSON. */
async function reasonOf(response) {
  const text = await response.text();
  if (response.status === 413 || text.includes("<Code>EntityTooLarge</Code>")) return tooLarge();
  if (text.includes("<Code>EntityTooSmall</Code>")) return "The file is empty: choose another one.";
  // The bucket forbids, the app knows of no such form.
  if ([403, 404].includes(response.status)) {
    return "This page is too old: load it again, then choose the file once more.";
  }
  if (response.status === 503) return "Too many files are sent at once: try again in a few seconds.";
  return "The file could not be sent: load this page again, then choose it once more.";
}

async function send(event) {
  event.preventDefault();
  const [file] = form.elements.file.files;
  if (file.size > Number(form.dataset.most)) return tell(tooLarge());
  if (file.size === 0) return tell("The file is empty: choose another one.");
  const body = new FormData(form);
  form.setAttribute("aria-busy", "true");
  form.querySelector("button").disabled = true;
  let response;
  try {
    response = await fetch(form.action, { method: "POST", body, redirect: "manual", credentials: "omit" });
  } catch {
    // A store that lets no scripts in, or none that answers: the browser finds out, and says so.
    return form.submit();
  }
  // The answer to a file that has arrived leads on; where to is not for scripts to see, but stands in the form.
  if (response.type === "opaqueredirect") return location.assign(form.elements.success_action_redirect.value);
  tell(await reasonOf(response));
}

form?.addEventListener("submit", send);
