// Keeps what a learner answers and does while practising until it has reached us, each once and with the time it happened: in the
// browser's storage, or in this page where a frame is refused any. What is kept names nobody. Every page can be read and used
// without this, and no page knows a right answer before it was answered.
"use strict";
(() => {
  const { who, base, csrf, activities, ...say } = document.currentScript.dataset;
  const ALL = "dh.kept.", MINE = `${ALL}${who}.`; // on a shared computer everybody finds their own only
  const MONTH = 30 * 24 * 3600e3, PATIENCE = 20e3, SOONEST = 5e3, LATEST = 300e3, AT_ONCE = 50;
  const form = document.querySelector("form[data-fetch]");
  const here = form && { topic: form.dataset.topic, question: form.dataset.question };

  const memory = new Map();
  let storage = null;
  try { storage = localStorage; } catch { /* refused: this page remembers */ }

  const read = (key) => { try { return JSON.parse(storage.getItem(key)); } catch { return null; } };
  const stored = (prefix) => storage ? Object.keys(storage).filter((key) => key.startsWith(prefix)) : [];
  const keep = (name, entry) => {
    try { storage.setItem(MINE + name, JSON.stringify(entry)); } catch { memory.set(name, entry); }
  };
  const drop = (name) => { memory.delete(name); if (storage) storage.removeItem(MINE + name); };
  const kept = () => [...stored(MINE).map((key) => [key.slice(MINE.length), read(key)]), ...memory]
    .filter(([, entry]) => entry).sort(([, one], [, other]) => one.at - other.at);
  const answers = () => kept().filter(([, entry]) => entry.choice);
  const statements = () => kept().filter(([, entry]) => entry.verb);

  let last = 0; // two events of one page never have the same moment: it is what tells them apart
  const moment = () => (last = Math.max(last + 1, Date.now()));
  const written = (at) => new Date(at).toISOString();

  const ask = async (url, options) => {
    const control = new AbortController(), timer = setTimeout(() => control.abort(), PATIENCE);
    const always = { credentials: "same-origin", cache: "no-store", redirect: "error", signal: control.signal };
    try { return await fetch(url, { ...always, ...options }); } finally { clearTimeout(timer); }
  };
  const failed = (reply) => Object.assign(new Error(`answered ${reply.status}`), { over: reply.status === 403 });
  const parsed = (html) => new DOMParser().parseFromString(html, "text/html");

  // Answers: the attempt's number makes a repetition harmless, the reply is the page with its feedback.
  const sendAnswers = async () => {
    let failure = null; // of one answer, which must not hold up the others
    for (const [name, entry] of answers()) {
      const ago = Math.max(0, Date.now() - entry.at); // and not when: this clock may be wrong
      const body = new URLSearchParams({ csrf, attempt: name, choice: entry.choice, ago });
      const reply = await ask(`${base}/${entry.topic}/${entry.question}`, { method: "POST", body });
      const page = reply.ok && parsed(await reply.text());
      if (page && page.getElementById("feedback")) { drop(name); show(entry, name, page); } // it is our page, no portal's
      else if (reply.status === 404 || reply.status === 422) drop(name); // asked no more
      else failure = failed(reply);
    }
    if (failure) throw failure;
  };

  const waitsHere = (entry, name) => form && form.isConnected && entry.topic === here.topic
    && entry.question === here.question && (form.elements.attempt.value === name || !form.elements.choice.value);
  const show = (entry, name, page) => {
    if (!waitsHere(entry, name)) { if (!answers().length) tell(say.sent); return; }
    document.querySelector("main").replaceWith(page.querySelector("main"));
    const feedback = document.getElementById("feedback");
    feedback.tabIndex = -1;
    feedback.focus();
  };
  const tell = (text) => {
    const said = document.createElement("p");
    said.className = "banner";
    said.textContent = text;
    document.getElementById("kept").replaceChildren(said);
  };

  // Statements: under a token of the topic, fetched once with an address that a page of the topic holds.
  const tokens = new Map(), offers = new Map(form ? [[here.topic, form.dataset.fetch]] : []);

  const offer = async ({ topic, question }) => {
    const reply = await ask(`${base}/${topic}/${question}`);
    if (reply.status === 404) return null; // asked no more
    if (!reply.ok) throw failed(reply);
    return parsed(await reply.text()).querySelector("[data-fetch]").dataset.fetch;
  };
  const fetched = (address) => ask(address, {
    method: "POST", headers: { "X-CSRF-Token": csrf, Accept: "application/json" },
  });
  const token = async (about) => {
    const mine = offers.get(about.topic);
    offers.delete(about.topic);
    let reply = mine && await fetched(mine);
    if (!reply || reply.status === 403 || reply.status === 409) { // its hour is over, or it was taken up
      const another = await offer(about);
      if (!another) return null;
      reply = await fetched(another);
    }
    if (!reply.ok) throw failed(reply);
    return reply.json();
  };
  const statement = (said, { verb, topic, question, response, at }) => ({
    actor: said.actor,
    verb: { id: `http://adlnet.gov/expapi/verbs/${verb}` },
    object: { id: `${activities}/${topic}/${question}` },
    ...(response && { result: { response } }),
    context: { registration: said.registration },
    timestamp: written(at),
  });

  const sendStatements = async () => {
    for (let left = statements(), fresh = false; left.length; left = statements()) {
      const [name, about] = left[0];
      const batch = left.filter(([, entry]) => entry.topic === about.topic).slice(0, AT_ONCE);
      if (!tokens.get(about.topic)) { tokens.set(about.topic, await token(about)); fresh = true; }
      const said = tokens.get(about.topic);
      if (!said) { drop(name); continue; }
      const reply = await ask(`${new URL(said.endpoint).pathname}statements`, {
        method: "POST", credentials: "omit", // the token alone speaks, and its end must not make the browser ask for a password
        headers: {
          Authorization: `Basic ${said["auth-token"]}`, "X-Experience-API-Version": "1.0.3",
          "Content-Type": "application/json",
        },
        body: JSON.stringify(batch.map(([, entry]) => statement(said, entry))),
      });
      if (reply.ok) batch.forEach(([name]) => drop(name));
      else if (reply.status === 401 && !fresh) tokens.delete(about.topic); // it lives an hour
      else await refused(reply, batch);
    }
  };
  const refused = async (reply, batch) => {
    const { index } = reply.status < 500 ? await reply.json() : {};
    if (index === undefined) throw new Error(`answered ${reply.status}`);
    drop(batch[index][0]); // what no store takes must not hold up the others
  };

  let timer = 0, wait = SOONEST, over = false, given = null, work = Promise.resolve();
  const plan = (soon) => { clearTimeout(timer); if (!over) timer = setTimeout(flush, soon); };
  const done = async (send) => {
    try { await send(); return true; } catch (error) { over = over || Boolean(error.over); return false; } // the next launch sends it
  };
  const run = async () => {
    const all = [await done(sendAnswers), await done(sendStatements)].every(Boolean);
    wait = all ? SOONEST : Math.min(2 * wait, LATEST);
    // Our answer will not be taken here, or went from another tab: the page anew says what is to be done.
    if (given && form.isConnected && (over || !answers().some(([name]) => name === given))) location.reload();
    else if (kept().length) plan(wait);
  };
  const flush = () => (work = work.then(run));

  const note = (verb, response) => {
    keep(`${moment()}.${Math.random().toString(36).slice(2)}`, { ...here, verb, response, at: last });
    plan(memory.size ? 1000 : 3 * SOONEST); // some at once; what only this page remembers, soon
  };

  const answer = async (event) => {
    event.preventDefault();
    const button = form.querySelector("button"), name = form.elements.attempt.value;
    const waits = () => { button.parentElement.hidden = true; tell(memory.has(name) ? say.open : say.away); };
    keep(name, { ...here, choice: form.elements.choice.value, at: moment() });
    given = name;
    button.disabled = form.querySelector("fieldset").disabled = true;
    const late = setTimeout(waits, SOONEST); // a network that only hangs says nothing for longer
    await flush();
    clearTimeout(late);
    if (form.isConnected) waits();
  };

  for (const key of stored(ALL)) if (!(read(key)?.at > Date.now() - MONTH)) storage.removeItem(key);
  if (answers().length) flush(); else if (kept().length) plan(SOONEST);
  if (form) {
    form.addEventListener("submit", answer);
    form.addEventListener("change", () => note("interacted", form.elements.choice.value));
    note("experienced");
  }
  window.addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && kept().length) flush(); });
  window.addEventListener("beforeunload", (event) => { // an answer that only this page remembers
    if (!over && [...memory.values()].some((entry) => entry.choice)) event.preventDefault();
  });
})();
