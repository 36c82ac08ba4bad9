// Forms become JSON calls; afterwards the licences are fetched again, so that every state is what the server says.
const answer = document.getElementById("answer");

// A name with a dot is a field of an object; "holder" is a licence and a holder; "items" is a list.
function content(form, button) {
  const body = {};
  for (const [name, value] of new FormData(form, button)) {
    const [outer, inner] = name.split(".");
    if (name === "holder") [body.licence_id, body.holder_id] = value.split("/");
    else if (name === "items") (body.items ??= []).push(...value.split(/[,，、]/).map((one) => one.trim()).filter(Boolean));
    else if (inner) (body[outer] ??= {})[inner] = value;
    else body[name] = value;
  }
  return body;
}

function tell(text, good) {
  answer.hidden = false;
  answer.textContent = text;
  answer.className = good ? "good" : "bad";
}

function showErrors(form, errors) {
  for (const old of form.querySelectorAll(".error")) old.remove();
  const left = [];
  for (const { field, message } of errors) {
    const label = form.querySelector(`[name="${CSS.escape(field.replace(/^items\..*/, "items"))}"]`)?.closest("label");
    if (!label) left.push(message);
    else label.append(Object.assign(document.createElement("span"), { className: "error", textContent: message }));
  }
  return left;
}

async function refresh() {
  const reply = await fetch("/wallet", { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
  const open = [...document.querySelectorAll("#licences details[open]")].map((one) => one.id);
  const chosen = [...document.querySelectorAll("select[id]")].map((one) => [one.id, one.value]);
  for (const id of ["licences", "scan-holder"]) document.getElementById(id).replaceWith(fresh.getElementById(id));
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const [id, value] of chosen) {
    const select = document.getElementById(id);
    if (select && [...select.options].some((one) => one.value === value)) select.value = value;
  }
}

// What a call answered, in words. The scan passes on what the portal said: its status and its message.
function outcome(form, button, reply, body) {
  if (form.dataset.call !== "/wallet/scan") return reply.ok ? `${button.textContent}：已完成。` : body?.message ?? `未能完成（${reply.status}）`;
  if (reply.ok) return `${button.textContent}：平台已接受。请回到原来的网页，它会自动继续。`;
  if (!body?.status) return body?.message ?? `未能完成（${reply.status}）`;
  const hint = "请检查：二维码未过期、未用过；企业存续；办事人的授权已生效、未取消、包含领事服务。";
  return `${button.textContent}：平台拒绝（${body.status}）。${body.body?.message ?? ""}\n${hint}`;
}

async function send(form, button, body) {
  const method = form.dataset.method ?? "POST";
  const actor = form.closest("article")?.querySelector(".actor")?.value;
  const request = { method };
  let call = form.dataset.call;
  if (method === "DELETE") call += `?by=${encodeURIComponent(actor)}`;
  else {
    if (form.dataset.actor) body[form.dataset.actor] = actor;
    request.headers = { "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  const reply = await fetch(call, request);
  const answered = await reply.json().catch(() => null);
  const left = showErrors(form, reply.ok ? [] : answered?.errors ?? []);
  const said = outcome(form, button, reply, answered);
  tell([said, ...left.filter((one) => one !== said)].join("\n"), reply.ok);
  if (reply.ok && !("keep" in form.dataset)) form.reset();
  if (reply.ok || "keep" in form.dataset) await refresh();
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-call]");
  if (!form) return;
  event.preventDefault();
  if (form.dataset.ask && !confirm(form.dataset.ask)) return;
  const button = event.submitter;
  // Before the button is disabled: a disabled button's own name and value are not sent.
  const body = content(form, button);
  button.disabled = true;
  try {
    await send(form, button, body);
  } catch {
    tell("沙箱没有应答，请确认它仍在运行。", false);
  } finally {
    button.disabled = false;
  }
});

// 精准授权 asks for items, 全业务授权 does not.
document.addEventListener("change", (event) => {
  if (event.target.name !== "mode") return;
  event.target.form.querySelector("[data-mode]").hidden = event.target.value !== "precise";
});
