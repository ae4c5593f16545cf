(() => {
  "use strict";
  const root = document.documentElement;
  const languages = root.dataset.languages.split(" ");
  const KEY = "relops.language";
  root.classList.add("js");

  // a page opened from a file may be denied storage: then the address alone remembers the language
  const recall = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  const remember = (language) => { try { localStorage.setItem(KEY, language); } catch { /* address only */ } };

  // the address ends in #place&lang=xx; either part may be absent
  const address = () => {
    const parts = location.hash.slice(1).split("&");
    const wanted = parts.find((part) => part.startsWith("lang="));
    const place = parts.find((part) => part && !part.startsWith("lang="));
    return { language: wanted && wanted.slice(5), place: place && decodeURIComponent(place) };
  };
  const write = (place, language) => {
    const hash = `#${place ? `${encodeURIComponent(place)}&` : ""}lang=${language}`;
    if (location.hash !== hash) history.replaceState(null, "", hash);
  };

  const landmarks = [...document.querySelectorAll("main h1, main h2, main h3, main figure, main tr[id], main li")];
  const inView = () => landmarks.find((mark) => mark.offsetParent && mark.getBoundingClientRect().bottom > 56);

  function speak(language) {
    const mark = window.scrollY > 8 ? inView() : null;
    const before = mark && mark.getBoundingClientRect().top;
    root.dataset.language = language;
    root.lang = language === "zh" ? "zh-CN" : "en";
    document.title = root.dataset[`title${language === "zh" ? "Zh" : "En"}`];
    for (const button of document.querySelectorAll(".switch button")) {
      button.setAttribute("aria-pressed", String(button.value === language));
    }
    for (const link of document.querySelectorAll("a[data-page]")) {
      const [page, hash = ""] = link.getAttribute("href").split("#");
      const place = hash.split("&").find((part) => part && !part.startsWith("lang="));
      link.setAttribute("href", `${page}#${place ? `${place}&` : ""}lang=${language}`);
    }
    if (mark) window.scrollBy({ top: mark.getBoundingClientRect().top - before, behavior: "instant" });
  }

  const known = (language) => languages.includes(language);
  const start = [address().language, recall(), root.dataset.language].find(known);
  speak(start);
  for (const button of document.querySelectorAll(".switch button")) {
    button.addEventListener("click", () => {
      speak(button.value);
      remember(button.value);
      write(address().place, button.value);
    });
  }

  // one evidence card, filled from the row of the ledger that a number points to
  const dialog = document.querySelector("dialog");
  const headings = [...document.querySelectorAll(".ledger thead th")];
  const copy = (from, to) => to.replaceChildren(...[...from.childNodes].map((node) => node.cloneNode(true)));
  function openCard(row) {
    const cells = [...row.children];
    const name = cells[0].querySelector(".name");
    copy(name, dialog.querySelector("h2"));
    const value = dialog.querySelector(".value");
    copy(cells[1], value);
    value.classList.toggle("long", value.textContent.length > 60);
    const list = dialog.querySelector("dl");
    list.replaceChildren();
    const add = (label, cell) => {
      if (!cell || !cell.textContent.trim()) return;
      const term = document.createElement("dt");
      const text = document.createElement("dd");
      copy(label, term);
      copy(cell, text);
      list.append(term, text);
    };
    add(dialog.querySelector(".id-label"), cells[0].querySelector(".id"));
    headings.forEach((heading, index) => { if (index > 1) add(heading.querySelector(".label"), cells[index]); });
    const all = dialog.querySelector(".in-ledger");
    const page = all.getAttribute("href").split("#")[0];
    all.setAttribute("href", `${page}#${row.id}&lang=${root.dataset.language}`);
    dialog.showModal();
    dialog.scrollTop = 0;
  }
  function reveal(row) {
    row.closest("details").open = true;
    for (const other of document.querySelectorAll("tr.struck")) other.classList.remove("struck");
    row.classList.add("struck");
    row.hidden = false;
    row.scrollIntoView({ block: "center" });
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1).split("&")[0]));
    if (!target) return;
    const row = target.matches(".ledger tr") ? target : null;
    event.preventDefault();
    if (row && link.matches(".number, .proof")) { openCard(row); return; }
    if (dialog) dialog.close();
    closeContents();
    if (row) reveal(row); else target.scrollIntoView();
    if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
    target.focus({ preventScroll: true });
    write(target.id, root.dataset.language);
  });
  if (dialog) {
    dialog.querySelector(".close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }

  // tables: first click from the largest (text: from the first), second the other way, third as published
  const NATURAL = new Intl.Collator(undefined, { numeric: true });
  const read = (row, column, numeric) => {
    const value = row.children[column].dataset.value ?? row.children[column].innerText.trim();
    if (!value) return null;
    return numeric ? Number(value) : value;
  };
  function order(header) {
    const table = header.closest("table");
    const body = table.tBodies[0];
    const column = [...header.parentNode.children].indexOf(header);
    const numeric = header.dataset.kind === "number";
    const turns = numeric ? ["descending", "ascending", null] : ["ascending", "descending", null];
    const next = turns[(turns.indexOf(header.getAttribute("aria-sort")) + 1) % turns.length];
    for (const other of header.parentNode.children) other.removeAttribute("aria-sort");
    const rows = [...body.rows];
    rows.forEach((row, index) => { row.dataset.place ??= String(index); });
    const keys = new Map(rows.map((row) => [row, next ? read(row, column, numeric) : Number(row.dataset.place)]));
    const compare = (a, b) => (typeof a === "number" ? a - b : NATURAL.compare(a, b));
    rows.sort((a, b) => {
      const [first, second] = [keys.get(a), keys.get(b)];
      if (first === null || second === null) return (first === null) - (second === null);
      return (next === "descending" ? -1 : 1) * compare(first, second);
    });
    if (next) header.setAttribute("aria-sort", next);
    body.append(...rows);
  }
  for (const button of document.querySelectorAll("th .sort")) {
    button.addEventListener("click", () => order(button.closest("th")));
  }

  const search = document.querySelector(".filter input");
  if (search) {
    const rows = [...document.querySelectorAll(".ledger tbody tr")];
    search.addEventListener("input", () => {
      const wanted = search.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
  }

  // contents: folded on a phone, and marking where the reader is
  const contents = document.querySelector(".contents");
  const toggle = document.querySelector(".contents-toggle");
  function closeContents() {
    if (!contents) return;
    contents.classList.remove("open");
    toggle.setAttribute("aria-expanded", "false");
  }
  if (contents) {
    toggle.addEventListener("click", () => {
      toggle.setAttribute("aria-expanded", String(contents.classList.toggle("open")));
    });
    const links = new Map([...contents.querySelectorAll("ol a")].map((link) => [link.getAttribute("href").slice(1), link]));
    const places = [...links.keys()].map((id) => document.getElementById(decodeURIComponent(id))).filter(Boolean);
    const mark = () => {
      const here = places.filter((place) => place.offsetParent && place.getBoundingClientRect().top < 120).pop() || places[0];
      for (const [id, link] of links) {
        if (here && decodeURIComponent(id) === here.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    };
    document.addEventListener("scroll", mark, { passive: true });
    mark();
  }

  function arrive() {
    const { place } = address();
    const target = place && document.getElementById(place);
    if (!target) return;
    if (target.matches(".ledger tr")) reveal(target); else target.scrollIntoView({ behavior: "instant" });
  }
  window.addEventListener("hashchange", () => {
    const { language } = address();
    if (known(language)) speak(language);
    arrive();
  });
  arrive();
})();
