// The evidence page: filters, search, keys, tools and print. It continues page.js.
// ------------------------------------------------------------ filters
const by = { field: $("#by-field"), page: $("#by-page"), round: $("#by-round"), note: $("#by-note") };
const chips = $$(".chips button");
const sections = $$(".field").map((el) => ({
  el, title: plain($("h2", el), $(".description", el)), cards: $$("details.value", el).map((card) => ({
    el: card, words: plain($("h2", el), $("summary", card), $("blockquote", card), $(".parts", card)),
    pages: card.dataset.pages.split(" "),
  })),
}));

function plain(...found) {
  return found.map((el) => el?.textContent ?? "").join(" ").replace(/\s+/g, " ").toLowerCase();
}

function filter() {
  const status = $(".chips [aria-pressed=true]").dataset.status;
  const query = search.value.trim().replace(/\s+/g, " ").toLowerCase();
  const ofValue = by.page.value || by.round.value || by.note.checked || !["", "absent"].includes(status);
  let n = 0;
  for (const { el, title, cards: own } of sections) {
    const chosen = !by.field.value || by.field.value === el.dataset.section;
    for (const card of own) {
      const fits = chosen && (!status || card.el.dataset.status === status) && (!query || card.words.includes(query))
        && (!by.page.value || card.pages.includes(by.page.value)) && (!by.round.value || card.el.dataset.round === by.round.value)
        && (!by.note.checked || "note" in card.el.dataset);
      card.el.hidden = !fits;
      n += fits;
    }
    const open = ["absent", "failed"].includes(el.dataset.state);
    const bare = chosen && !ofValue && (status ? open : own.length === 0) && (!query || title.includes(query));
    el.hidden = !bare && own.every((card) => card.el.hidden);
  }
  say($("#shown").firstElementChild, "ui.shown", { n, total: cards.length });
  $("#clear").hidden = !(ofValue || status || query || by.field.value);
  for (const page of pages) emphasise(page);
}

function clearFilters() {
  for (const control of [by.field, by.page, by.round, search]) control.value = "";
  by.note.checked = false;
  press(chips[0]);
  look();
}

function press(chip) {
  for (const other of chips) other.setAttribute("aria-pressed", other === chip);
  filter();
}

for (const chip of chips) chip.addEventListener("click", () => press(chip));
for (const control of Object.values(by)) control.addEventListener("change", filter);
$("#clear").addEventListener("click", () => { clearFilters(); search.focus(); });

// ------------------------------------------------------------ search in the text
let hits = [];
let nowAt = -1;
let turned = null;
let waiting = 0;

// Words may be parted by any space or line end; Chinese words may be parted by a line end anywhere.
function pattern(query) {
  const escaped = (letters) => letters.replace(/[.*+?^${}()|[\]\\\/-]/g, "\\$&");
  const han = (word) => word.replace(/(?<=[\u3000-\u9fff])(?=[\u3000-\u9fff])/g, "\u0000");
  const parts = query.split(/\s+/).map((word) => han(word).split("\u0000").map(escaped).join("\\s*"));
  return new RegExp(parts.join("\\s+"), "giu");
}

function look() {
  const query = search.value.trim();
  const before = pages.filter((page) => page.hits.length);
  hits = [];
  nowAt = -1;
  if (turned) turn(turned, false);
  turned = null;
  for (const page of pages) page.hits = [];
  if (query.length > 1) {
    for (const page of pages) {
      const whole = linesOf(page).map((line) => line[1]).join("\n");
      page.hits = [...whole.matchAll(pattern(query))].map((found) => ({ page, start: found.index, end: found.index + found[0].length }));
      hits.push(...page.hits);
    }
  }
  for (const page of pages) if (page.asText && (page.hits.length || before.includes(page))) redraw(page);
  $("#hits").hidden = query.length < 2;
  tellHits();
}

function tellHits() {
  say($("#hits [role=status]"), hits.length ? "ui.hits" : "ui.no_hits", { n: nowAt + 1, total: hits.length });
  for (const button of $$("#hits button")) button.disabled = !hits.length;
}

function goHit(by) {
  if (!hits.length) return;
  const last = hits[nowAt]?.page;
  nowAt = nowAt < 0 && by < 0 ? hits.length - 1 : (nowAt + by + hits.length) % hits.length;
  const { page } = hits[nowAt];
  showTab("document");
  if (turned && turned !== page) { turn(turned, false); turned = null; }
  if (!page.asText) { turned = page; turn(page, true); }
  if (last && last !== page) redraw(last);
  page.drawn = false;
  draw(page);
  scrollTo(($("mark.now", page.el) ?? page.el).getBoundingClientRect().top);
  tellHits();
}

search.addEventListener("input", () => {
  filter();
  clearTimeout(waiting);
  waiting = setTimeout(look, 150);
});
search.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  clearTimeout(waiting);
  if (!hits.length) look();
  goHit(event.shiftKey ? -1 : 1);
});
for (const button of $$("[data-hit]")) button.addEventListener("click", () => goHit(Number(button.dataset.hit)));

// ------------------------------------------------------------ keys, tools, print
const help = $("#help");
const isTyping = (el) => el.matches("input:not([type=checkbox]), select, textarea");

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "p") { event.preventDefault(); print(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open) return;
  if (event.key === "Escape") escape();
  else if (isTyping(event.target)) return;
  else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
  else if (event.key.startsWith("Arrow") && list.contains(event.target) && /Down|Up/.test(event.key)) step(event.key === "ArrowDown" ? 1 : -1);
  else if (event.key === "/") { search.focus(); search.select(); }
  else if (event.key === "Enter" && event.target.matches("mark")) event.target.click();
  else if (event.key === "?") help.showModal();
  else if (event.key === "Enter" && selected && event.target === document.body) selected.card.open = !selected.card.open;
  else return;
  event.preventDefault();
});

function escape() {
  if (search.value) clearFilters();
  else if (document.activeElement === search) search.blur();
  else leave();
}

$("#help-open").addEventListener("click", () => help.showModal());
for (const button of $$(".tabs button")) {
  button.addEventListener("click", () => {
    showTab(button.dataset.tab);
    if (button.dataset.tab === "document" && selected) reveal(selected.at);
  });
}
$("#language").addEventListener("click", () => {
  speak(language === "en" ? "zh" : "en");
  kept.write("language", language);
});

function paint(theme) {
  root.dataset.theme = theme;
  say($("#theme").firstElementChild, theme === "dark" ? "ui.light" : "ui.dark");
}
$("#theme").addEventListener("click", () => {
  paint(root.dataset.theme === "dark" ? "light" : "dark");
  kept.write("theme", root.dataset.theme);
});

const number = $("#go input");
function goPage() {
  const page = pages[Math.max(1, Math.min(pages.length, number.value || 1)) - 1];
  draw(page);
  view.scrollTop += page.el.getBoundingClientRect().top - view.getBoundingClientRect().top;
}
$("#go").addEventListener("submit", (event) => { event.preventDefault(); goPage(); });
number.addEventListener("change", goPage);

function prepare() {
  for (const page of pages) {
    const shown = page.ranges.some((range) => range.kind === "value" && !range.value.card.hidden);
    page.el.classList.toggle("printed", shown);
    if (shown) draw(page);
  }
  const left = pages.filter((page) => !page.el.classList.contains("printed")).map((page) => page.n);
  const told = $("#left-out");
  told.hidden = !left.length;
  if (left.length) say(told, "page.left_out", { n: runs(left) });
}
// 1, 2, 3, 7 as "1–3, 7".
function runs(numbers) {
  const groups = [];
  for (const n of numbers) {
    const last = groups.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else groups.push([n, n]);
  }
  return groups.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(", ");
}
async function print() {
  prepare();
  await Promise.all($$(".printed img").map((picture) => picture.decode().catch(() => null)));
  window.print();
}
addEventListener("beforeprint", prepare);
$("#print").addEventListener("click", print);

// ------------------------------------------------------------ begin
function openLinked() {
  const value = valueOf.get(location.hash.replace(/^#v/, ""));
  if (value) select(value);
}

root.classList.replace("no-js", "js");
paint(kept.read("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
const chosen = kept.read("language") ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
if (chosen !== "en") speak(chosen);
view.classList.toggle("has-notes", data.notes.length > 0);
for (const page of pages) {
  page.n_values = new Set(page.ranges.filter((range) => range.kind === "value").map((range) => range.value)).size;
  if (page.n_values) say($(".count", page.el), "page.values", { n: page.n_values });
  reserve(page);
}

// Pictures and lines come after this script in the file.
document.addEventListener("DOMContentLoaded", () => {
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) draw(pageOf.get(Number(entry.target.id.slice(5))));
  }, { root: view, rootMargin: "100% 0px" });
  const current = new IntersectionObserver((entries) => {
    const at = entries.find((entry) => entry.isIntersecting);
    if (at && document.activeElement !== number) number.value = 1 + pages.findIndex((page) => page.el === at.target);
  }, { root: view, rootMargin: "-30% 0px -69% 0px" });
  for (const page of pages) { near.observe(page.el); current.observe(page.el); }
  openLinked();
  addEventListener("hashchange", openLinked);
});
