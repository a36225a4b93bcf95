// Asks now and then whether something changed (a topic done, the certificate ready, an answer) and shows the page
// anew. Everything can be read and done without it.
"use strict";
(() => {
  const page = document.querySelector("[data-state-url]");
  if (!page || !window.fetch) return;
  const busy = page.dataset.awaiting === "yes";
  const first = 4000, calm = busy ? 8000 : 30000;
  let wait = first, timer = 0, dirty = false;

  document.addEventListener("input", () => { dirty = true; });

  const plan = () => {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(look, wait);
    wait = Math.min(wait * 1.25, calm);
  };

  const show = () => {
    // Never take away what somebody is typing: say that there is news and let them choose.
    if (!dirty) { location.reload(); return; }
    const news = document.getElementById("news");
    if (news) news.hidden = false;
  };

  const look = async () => {
    try {
      const answer = await fetch(page.dataset.stateUrl, { cache: "no-cache", credentials: "same-origin" });
      if (answer.status === 403) return;
      if (answer.ok && (await answer.json()).version !== page.dataset.version) { show(); return; }
    } catch { wait = calm; }
    plan();
  };

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) { wait = first; look(); }
  });
  plan();
})();
