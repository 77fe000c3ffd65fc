/* The live room's few lines: lost line, stale states, dialogs, clocks. Without them the page works by reloading. */
(() => {
  const one = id => document.getElementById(id);
  let lost, offset = 0, heard = Date.now(), asked = heard;

  document.addEventListener("htmx:ws:close", () => {
    clearTimeout(lost);
    lost = setTimeout(() => { one("lost").hidden = false; }, 300);
  });
  document.addEventListener("htmx:ws:after:connection", () => {
    clearTimeout(lost);
    one("lost").hidden = true;
  });

  // A state older than the one on the page is dropped: answers and pushes may overtake each other.
  document.addEventListener("htmx:before:swap", event => {
    const tasks = event.detail.tasks;
    for (let i = tasks.length; i--;) {
      const fresh = tasks[i].fragment?.firstElementChild?.dataset.seq, old = tasks[i].target?.dataset?.seq;
      if (fresh && old && +fresh < +old) tasks.splice(i, 1);
    }
  });
  document.addEventListener("htmx:after:swap", () => { heard = asked = Date.now(); setClock(); });

  // Acts with a form of their own open it in a dialog; the link leads to the same form as a page.
  const dialog = one("dialog");
  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-dialog]");
    if (!link || !dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    htmx.ajax("GET", link.href, {target: "#dialog-body", swap: "innerHTML"}).then(() => dialog.open || dialog.showModal());
  });
  dialog?.addEventListener("click", event => { if (event.target.closest("[data-close]")) { event.preventDefault(); dialog.close(); } });
  dialog?.addEventListener("htmx:after:request", event => {
    const ctx = event.detail.ctx;
    if (ctx.request.method === "POST" && ctx.response.status === 200) dialog.close();
  });

  // What is pressed before the answer to another button has come waits for it, and takes the key that it brings: it is
  // another act. One button pressed twice before its answer keeps its key: it is one.
  let last = {};
  one("act")?.addEventListener("htmx:before:request", event => {
    const body = event.detail.ctx.request.body, act = body.get("act"), pageKey = body.get("key");
    const again = act === last.act && pageKey === last.pageKey;
    last = {act, pageKey, key: again ? last.key : one("key-act").value};
    body.set("key", last.key);
  });

  // Clocks: the server's time, counted down here; what can no longer be undone goes.
  function setClock() {
    const state = document.querySelector("[data-now]");
    if (state) offset = Date.parse(state.dataset.now) - Date.now();
  }
  function ask() {
    asked = Date.now();
    htmx.ajax("GET", location.pathname, {source: "#lost", swap: "none"});  // never in the queue of the form's own acts
  }
  function tick() {
    const now = Date.now() + offset;
    for (const clock of document.querySelectorAll("[data-ends]")) {
      const left = Math.max(0, Math.round((Date.parse(clock.dataset.ends) - now) / 1000));
      if (!left && "refresh" in clock.dataset) {
        clock.removeAttribute("data-refresh");
        ask();  // time alone made an act possible
      }
      clock.textContent = Math.floor(left / 60) + " min " + String(left % 60).padStart(2, "0") + " s";
    }
    const stage = document.querySelector("[data-closes]"), left = stage ? Date.parse(stage.dataset.closes) - now : 0;
    const said = left > 0 && left <= 60000 ? stage.dataset.says : "", region = one("closing");
    if (region && region.textContent !== said) region.textContent = said;  // once: what is written again is read again
    if (!document.hidden && Date.now() - asked > 8000) ask();  // nothing heard for a while: pushes may be lost
    if (one("stale")) one("stale").hidden = Date.now() - heard < 10000;
    for (const thing of document.querySelectorAll("[data-until]")) {
      const left = Math.ceil((Date.parse(thing.dataset.until) - now) / 1000), count = thing.querySelector(".left");
      thing.hidden = left <= 0;
      if (count) count.textContent = left > 0 ? `(${left} s)` : "";
    }
  }
  setClock();
  setInterval(tick, 1000);
})();
