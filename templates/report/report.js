// SPDX-License-Identifier: GPL-2.0-only
"use strict";

const all = (selector) => [...document.querySelectorAll(selector)];
const one = (selector) => document.querySelector(selector);

// Light or dark: the system's choice until the reader makes one.
const root = document.documentElement;

function remembered() {
  try { return localStorage.getItem("afugen-theme"); } catch { return null; }
}

// The system's own choice is not remembered, but followed again.
function setTheme(theme) {
  const isSystems = (theme === "dark") === matchMedia("(prefers-color-scheme: dark)").matches;
  if (isSystems) delete root.dataset.theme; else root.dataset.theme = theme;
  try {
    if (isSystems) localStorage.removeItem("afugen-theme");
    else localStorage.setItem("afugen-theme", theme);
  } catch { /* a file may have no storage */ }
}

function isDark() {
  return root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
}

// Hunks, one after the other.
let current = -1;

function visibleHunks() {
  return all(".hunk").filter((hunk) => hunk.checkVisibility());
}

function goTo(hunk) {
  const hunks = visibleHunks();
  all(".hunk.current").forEach((other) => other.classList.remove("current"));
  hunk.classList.add("current");
  hunk.focus({ preventScroll: true });
  hunk.scrollIntoView({ block: "start" });
  current = hunks.indexOf(hunk);
  one("#where").textContent =
    `${hunk.getAttribute("aria-label")} (${current + 1} of ${hunks.length})`;
}

// Where the reader is: at the hunk last gone to, or, scrolled since, at the last one above.
function place(hunks) {
  const top = (hunk) => hunk.getBoundingClientRect().top;
  const line = innerHeight / 3;
  const at = hunks[current];
  if (at && top(at) < innerHeight && at.getBoundingClientRect().bottom > 0) return current;
  return hunks.findLastIndex((hunk) => top(hunk) < line);
}

function step(by) {
  const hunks = visibleHunks();
  if (!hunks.length) return;
  current = place(hunks);
  goTo(hunks[Math.min(Math.max(current + by, 0), hunks.length - 1)]);
}

// Filters hide; what is linked to is always shown. The browser unfolds details by itself.
function filter() {
  const wanted = one("#files-with").value.trim().toLowerCase();
  const commented = one("#commented-only").checked;
  for (const item of all("[data-path]")) {
    item.hidden = !item.dataset.path.toLowerCase().includes(wanted);
  }
  for (const file of all("article.file")) {
    for (const hunk of file.querySelectorAll(".hunk")) {
      hunk.hidden = commented && !hunk.classList.contains("commented");
    }
    if (commented && !file.querySelector(".hunk.commented")) file.hidden = true;
  }
  const changedOnly = one("#turned-only").checked;
  for (const row of all("tr.test-same")) row.hidden = changedOnly;
  for (const box of all("[data-section]")) {
    one(`#${box.dataset.section}`).hidden = !box.checked;
  }
  current = -1;
  one("#where").textContent = "";
}

function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  let wasHidden = false;
  for (let node = target; node; node = node.parentElement) {
    if (node.hidden) {
      node.hidden = false;
      wasHidden = true;
      const box = one(`[data-section="${CSS.escape(node.id)}"]`);
      if (box) box.checked = true;
    }
  }
  if (wasHidden) target.scrollIntoView();
  const hunk = target.closest(".hunk");
  if (hunk) current = visibleHunks().indexOf(hunk);
}

const keys = {
  n: () => step(1),
  j: () => step(1),
  p: () => step(-1),
  k: () => step(-1),
  s: () => { one("#summary").scrollIntoView(); current = -1; },
  f: () => one("#files-with").focus(),
  t: () => setTheme(isDark() ? "light" : "dark"),
  "?": () => one("#keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || one("#keys").open) return;
  if (event.target.matches("input[type=search]")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const action = keys[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
});

one("#next").addEventListener("click", keys.n);
one("#previous").addEventListener("click", keys.p);
one("#theme").addEventListener("click", keys.t);
one("#help").addEventListener("click", keys["?"]);
one("#filters").addEventListener("submit", (event) => event.preventDefault());
one("nav").addEventListener("input", filter);
addEventListener("hashchange", reveal);
// A link to where the address already points changes nothing, but may point into what is hidden.
addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link && link.hash === location.hash) reveal();
});
addEventListener("beforeprint", () => all("details").forEach((each) => { each.open = true; }));

// What sticks below the header, and what is linked to, stays clear of it.
function measure() {
  const header = one("header");
  const height = getComputedStyle(header).position === "sticky" ? header.offsetHeight : 0;
  root.style.setProperty("--top", `${height}px`);
}

addEventListener("resize", measure);
measure();
if (remembered()) root.dataset.theme = remembered();
filter();
reveal();
