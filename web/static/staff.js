// What the console does by itself: a second form takes a field over from the first, a running build shows how far it is.

for (const form of document.querySelectorAll("form[data-takes]")) {
  const name = form.dataset.takes;
  const from = document.getElementById(name);
  form.addEventListener("submit", (event) => {
    form.elements[name].value = from.value;
    if (from.reportValidity()) return;
    event.preventDefault();
  });
}

for (const field of document.querySelectorAll("[data-sends]")) {
  field.addEventListener("change", () => field.form.requestSubmit());
  for (const button of field.form.querySelectorAll("[data-needless]")) button.hidden = true;
}

const running = document.querySelector("[data-progress]");
const part = (name) => running.querySelector(`[data-part="${name}"]`);

async function look() {
  let job;
  try {
    const response = await fetch(running.dataset.progress, { redirect: "error" });
    job = await response.json();
  } catch {
    setTimeout(look, 10000); // the line is down, or the site restarts
    return;
  }
  if (!job || String(job.id) !== running.dataset.job) {
    location.reload();
    return;
  }
  part("stage").textContent = job.stage;
  if (job.total) {
    const bar = running.querySelector("progress");
    bar.max = job.total;
    bar.value = job.done;
    part("count").textContent = `${job.done} of ${job.total} passages`;
  }
  setTimeout(look, 2000);
}

if (running) setTimeout(look, 1000);

document.querySelector(".nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
