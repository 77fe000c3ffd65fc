/* The live room's few lines: lost line, stale states, dialogs, clocks. Without them the page works by reloading. */
(() => {
  const one = id => document.getElementById(id);
  let lost, offset = 0, told = Date.now();

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
  document.addEventListener("htmx:after:swap", () => { told = Date.now(); setClock(); });

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

  // Clocks: the server's time, counted down here; what can no longer be undone goes.
  function setClock() {
    const state = document.querySelector("[data-now]");
    if (state) offset = Date.parse(state.dataset.now) - Date.now();
  }
  function tick() {
    const now = Date.now() + offset;
    for (const clock of document.querySelectorAll("[data-ends]")) {
      const left = Math.max(0, Math.round((Date.parse(clock.dataset.ends) - now) / 1000));
      if (!left && "refresh" in clock.dataset) {
        clock.removeAttribute("data-refresh");
        htmx.ajax("GET", location.pathname, {source: "#act", swap: "none"});  // time alone made an act possible
      }
      clock.textContent = Math.floor(left / 60) + " min " + String(left % 60).padStart(2, "0") + " s";
    }
    if (one("act") && !document.hidden && Date.now() - told > 8000) {  // nothing heard for a while: ask, pushes may be lost
      told = Date.now();
      htmx.ajax("GET", location.pathname, {source: "#act", swap: "none"});
    }
    for (const thing of document.querySelectorAll("[data-until]")) thing.hidden = Date.parse(thing.dataset.until) < now;
  }
  setClock();
  setInterval(tick, 1000);
})();
