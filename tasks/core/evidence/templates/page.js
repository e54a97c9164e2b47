// The evidence page: puts pages, boxes and words in place, and joins each value to its words. The
// writer puts it and controls.js into one function. They set texts as text only, and load nothing.
const $ = (selector, scope = document) => scope.querySelector(selector);
const $$ = (selector, scope = document) => [...scope.querySelectorAll(selector)];
const root = document.documentElement;
const view = $("#document");
const list = $("#values");
const search = $("#search");
const data = JSON.parse($("#data").textContent);
const pages = data.pages.map((page) => ({
  ...page, el: $(`#page-${page.n}`), boxes: [], ranges: [], hits: [], asText: !page.size, drawn: false,
}));
const pageOf = new Map(pages.map((page) => [page.n, page]));
const values = data.values.map((value) => ({ ...value, card: $(`#v${value.id}`) }));
const valueOf = new Map(values.map((value) => [String(value.id), value]));
const cards = $$("details.value");
let selected = null;

function element(name, className, parent) {
  const made = document.createElement(name);
  made.className = className;
  if (name === "button") made.type = "button";
  parent?.append(made);
  return made;
}

// ------------------------------------------------------------ words
let language = "en";

function text(key, filled = {}) {
  const one = String(filled.n) === "1" ? `${key}_one` : key;
  const { [language]: table, en } = data.words;
  const known = table[one] ?? table[key] ?? en[one] ?? en[key] ?? key.slice(key.indexOf(".") + 1).replaceAll("_", " ");
  return known.replace(/\{(\w+)\}/g, (blank, name) => filled[name] ?? blank);
}

function say(el, key, filled = {}) {
  el.dataset.w = key;
  el.dataset.wv = JSON.stringify(filled);
  el.textContent = text(key, filled);
  return el;
}

function speak(chosen) {
  language = chosen;
  root.lang = chosen;
  const filled = (el, name) => JSON.parse(el.dataset[name] || "{}");
  for (const el of $$("[data-w]")) el.textContent = text(el.dataset.w, filled(el, "wv"));
  for (const el of $$("[data-l]")) el.setAttribute("aria-label", text(el.dataset.l, filled(el, "lv")));
  for (const el of $$("[data-p]")) el.placeholder = text(el.dataset.p);
}

const kept = {
  // A browser may refuse storage to files.
  read(name) { try { return localStorage.getItem(`countersign.${name}`); } catch { return null; } },
  write(name, value) { try { localStorage.setItem(`countersign.${name}`, value); } catch { /* not kept */ } },
};

// ------------------------------------------------------------ pages
for (const value of values) {
  const standing = [[value.at, "value"], [value.parts, "part"], ...value.places.map((place) => [place, "place"])];
  for (const [at, kind] of standing) register(at, { kind, value });
}
data.notes.forEach((note, index) => {
  register(note.body, { kind: "note", note, index });
  register(note.cites, { kind: "cite", note, index });
});

function register(at, what) {
  for (const [n, ...box] of at.b) pageOf.get(n)?.boxes.push({ ...what, box });
  for (const [start, end, n] of at.r) pageOf.get(n)?.ranges.push({ ...what, start, end });
}

function reserve(page) {
  const sheet = $(".sheet", page.el);
  sheet.classList.toggle("text", page.asText);
  sheet.style.aspectRatio = page.asText ? "" : `${page.size[0]} / ${page.size[1]}`;
  sheet.style.minHeight = page.asText ? `${page.lines * 1.55}em` : "";
  return sheet;
}

function draw(page) {
  if (page.drawn) return;
  page.drawn = true;
  const sheet = reserve(page);
  sheet.replaceChildren();
  if (page.asText) drawText(page, sheet);
  else drawPicture(page, sheet);
  emphasise(page);
}

function redraw(page) {
  const was = page.drawn;
  page.drawn = false;
  if (was) draw(page);
  else reserve(page);
}

function turn(page, asText) {
  page.asText = asText || !page.size;
  const button = $(".as-text", page.el);
  if (button) {
    button.setAttribute("aria-pressed", page.asText);
    say(button.firstElementChild, page.asText ? "page.show_picture" : "page.show_text");
  }
  redraw(page);
}

function drawPicture(page, sheet) {
  const picture = element("img", "", sheet);
  picture.alt = text("page.picture", { n: page.n });
  // There at once, as a Blob would not be: a browser that prints waits for no picture.
  picture.src = `data:${page.size[2]};base64,${$(`#picture-${page.n}`).textContent}`;
  const named = new Set();
  for (const { kind, value, note, index, box } of page.boxes) {
    if (kind === "value") valueBox(sheet, value, box, named);
    if (kind === "note") put(element("span", "box note", sheet), box);
    if (kind === "cite") {
      const el = put(element("button", "box cite", sheet), box);
      el.dataset.jump = `body ${index}`;
      el.setAttribute("aria-label", text("page.note_on", { marker: note.marker, n: note.page }));
    }
    if (note && !named.has(`${kind} ${index}`)) {
      named.add(`${kind} ${index}`);
      const label = put(jump(kind, note, index, page), [0, box[1], 0, 0]);
      sheet.append(label);
    }
  }
  spread($$(".jump", sheet));
}

// Labels of one line stand below each other.
function spread(labels) {
  let end = 0;
  for (const label of labels.sort((one, other) => one.offsetTop - other.offsetTop)) {
    if (label.offsetTop < end) label.style.marginTop = `${end - label.offsetTop}px`;
    end = label.hidden ? end : label.offsetTop + label.offsetHeight + 2;
  }
}

function valueBox(sheet, value, box, named) {
  const first = !named.has(value);
  named.add(value);
  const el = put(element(first ? "button" : "span", `box ${value.card.dataset.status}`, sheet), box);
  el.dataset.v = value.id;
  el.style.zIndex = 1 + Math.round(100 * (1 - (box[2] - box[0]) * (box[3] - box[1])));
  if (first) el.setAttribute("aria-label", name(value));
}

function name(value) {
  const title = $("h2 bdi", value.card.closest(".field")).textContent;
  return `${title}: ${$(".said", value.card).textContent} (${$(".status [data-w]", value.card).textContent})`;
}

function put(el, [left, top, right, bottom]) {
  const share = (part) => `${(100 * part).toFixed(3)}%`;
  el.style.top = share(top);
  if (right > left) Object.assign(el.style, { left: share(left), width: share(right - left), height: share(bottom - top) });
  return el;
}

function jump(kind, note, index, page) {
  const label = element("button", "jump");
  const others = (kind === "cite" ? note.body : note.cites).r.map((range) => range[2]);
  const [marker, n] = [note.marker, others[0]];
  const near = n === page.n;
  label.dataset.jump = `${kind === "cite" ? "body" : "cites"} ${index}`;
  if (kind === "cite") return say(label, near ? "page.note_below" : "page.note_on", { marker, n });
  label.hidden = !others.length;
  return say(label, near ? "page.cited_above" : "page.cited_on", { marker, n: [...new Set(others)].join(", ") });
}

// ------------------------------------------------------------ text
const linesOf = (page) => (page.read ??= JSON.parse($(`#lines-${page.n}`)?.textContent ?? "[]"));
const isWide = (line) => /[\ud800-\udfff]/.test(line);
// Offsets are code points; a script counts UTF-16 units.
const units = (line, n) => (isWide(line) ? [...line].slice(0, Math.max(0, n)).join("").length : Math.max(0, Math.min(n, line.length)));

function drawText(page, sheet) {
  page.spots = new Map();
  if (!linesOf(page).length) say(element("p", "quiet", sheet), "page.no_text");
  let begins = 0;
  for (const [start, line, tag, level] of linesOf(page)) {
    const el = element("p", `line ${["body", "margin", "running"][tag]}`, sheet);
    el.dir = "auto";
    if (level) {
      el.classList.add("heading", `level-${Math.min(level, 4)}`);
      el.setAttribute("role", "heading");
      el.setAttribute("aria-level", Math.min(level, 4) + 2);
    }
    const end = start + (isWide(line) ? [...line].length : line.length);
    const over = page.ranges.filter((range) => range.start < end && range.end > start)
      .map((range) => ({ range, from: units(line, range.start - start), to: units(line, range.end - start) }));
    for (const [from, to, kind] of page.marks) {
      if (from < end && to > start) over.push({ seen: kind, from: units(line, from - start), to: units(line, to - start) });
    }
    for (const hit of page.hits) {
      if (hit.start < begins + line.length && hit.end > begins)
        over.push({ hit, from: Math.max(0, hit.start - begins), to: Math.min(line.length, hit.end - begins) });
    }
    fillLine(el, line, over, page);
    begins += line.length + 1;
  }
}

function fillLine(el, line, over, page) {
  const edges = [...new Set([0, line.length, ...over.flatMap((cut) => [cut.from, cut.to])])].sort((a, b) => a - b);
  for (let i = 0; i + 1 < edges.length; i += 1) {
    const piece = line.slice(edges[i], edges[i + 1]);
    const here = over.filter((cut) => cut.from <= edges[i] && cut.to >= edges[i + 1]);
    const into = seenPiece(el, here);
    if (here.some((cut) => !cut.seen)) markedPiece(into, piece, here, page);
    else into.append(piece);
  }
  if (!line) el.append("\u00a0");
}

// What the page does to the words, such as a line through them: told in words as well, by a title.
function seenPiece(el, here) {
  const kinds = [...new Set(here.filter((cut) => cut.seen).map((cut) => cut.seen))];
  if (!kinds.length) return el;
  const gone = kinds.some((kind) => data.not_live.includes(kind));
  const made = element(gone ? "del" : kinds.includes("inserted") ? "ins" : "span", `seen ${kinds.join(" ")}`, el);
  made.title = kinds.map((kind) => text(`mark.${kind}`)).join(", ");
  return made;
}

function markedPiece(el, piece, here, page) {
  const ranges = here.filter((cut) => cut.range).map((cut) => cut.range).sort((a, b) => a.end - a.start - (b.end - b.start));
  const own = ranges.filter((range) => range.kind === "value");
  const ids = (kinds) => [...new Set(ranges.filter((range) => kinds.includes(range.kind)).map((range) => range.value.id))].join(" ");
  const kinds = new Set(ranges.map((range) => range.kind));
  const hit = here.find((cut) => cut.hit)?.hit;
  const el2 = document.createElement("mark");
  el2.className = [...kinds, own[0]?.value.card.dataset.status ?? "", hit ? "hit" : "", hit && hit === hits[nowAt] ? "now" : ""].join(" ");
  el2.textContent = piece;
  if (own.length) el2.dataset.v = ids(["value"]);
  if (kinds.has("place") || kinds.has("part")) el2.dataset.also = ids(["place", "part"]);
  for (const range of ranges) {
    if (page.spots.has(range.start + range.kind)) continue;
    page.spots.set(range.start + range.kind, el2);
    if (range.kind === "value") {
      Object.assign(el2, { tabIndex: 0, role: "button" });
      el2.setAttribute("aria-label", name(range.value));
    }
    if (range.kind === "note") el.append(jump("note", range.note, range.index, page));
  }
  el.append(el2);
  for (const range of ranges) if (range.kind === "cite") el.append(jump("cite", range.note, range.index, page));
}

// ------------------------------------------------------------ selection
function emphasise(page) {
  if (!page.drawn) return;
  for (const el of $$("[data-v], [data-also]", page.el)) {
    const ids = `${el.dataset.v ?? ""} ${el.dataset.also ?? ""}`.trim().split(" ");
    el.classList.toggle("on", selected !== null && ids.includes(String(selected.id)));
    if (el.dataset.v) el.classList.toggle("off", el.dataset.v.split(" ").every((id) => valueOf.get(id).card.hidden));
  }
  for (const el of $$(".extra", page.el)) el.remove();
  if (!page.asText) layBoxes($$(".box[data-v]:not(.off)", page.el));
  if (!selected || page.asText) return;
  const sheet = $(".sheet", page.el);
  for (const { kind, value, box } of page.boxes) {
    if (value === selected && kind !== "value") put(element("span", `box extra ${kind}`, sheet), box);
  }
  joinNote(page, sheet);
}

// Of boxes around the same words one is coloured, or ten on one note would hide it: the chosen one, else the surest.
function layBoxes(boxes) {
  const rank = (el) => ["on", "verified", "unsettled", "rejected"].findIndex((name) => el.classList.contains(name));
  const taken = new Set();
  for (const el of boxes.sort((one, other) => rank(one) - rank(other))) {
    const { top, left, width } = el.style;
    const place = [top, left, width].map((side) => Math.round(parseFloat(side))).join(" ");
    el.classList.toggle("under", taken.has(place));
    taken.add(place);
  }
}

function joinNote(page, sheet) {
  const note = data.notes[selected.note];
  const cite = note?.cites.b.find((box) => box[0] === page.n);
  const body = note?.body.b.find((box) => box[0] === page.n);
  if (!cite || !body) return;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const [edge, under, middle] = [97.5, 100 * cite[4], 50 * (body[2] + body[4])];
  path.setAttribute("d", `M ${100 * cite[3]} ${under} H ${edge} V ${middle} H ${100 * body[3] + 0.5}`);
  svg.setAttribute("viewBox", "0 0 100 100");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "extra");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  sheet.append(svg);
}

function select(value, { open = true, jump = true, focus = false } = {}) {
  const { card } = value;
  const summary = $("summary", card);
  if (card.hidden) clearFilters();
  const before = summary.getBoundingClientRect().top;
  if (selected && selected !== value) {
    selected.card.open = false;
    selected.card.removeAttribute("aria-current");
  }
  selected = value;
  card.setAttribute("aria-current", "true");
  if (open) card.open = true;
  for (const page of pages) emphasise(page);
  list.scrollTop += summary.getBoundingClientRect().top - before;
  if (focus) summary.focus({ preventScroll: true });
  summary.scrollIntoView({ block: "nearest" });
  if (jump) reveal(value.at);
  history.replaceState(null, "", `#v${value.id}`);
}

function leave() {
  selected?.card.removeAttribute("aria-current");
  if (selected) selected.card.open = false;
  selected = null;
  for (const page of pages) emphasise(page);
  history.replaceState(null, "", location.pathname + location.search);
}

function reveal(at, kind = "value") {
  const n = at.r[0]?.[2] ?? at.b[0]?.[0];
  const page = pageOf.get(n);
  if (!page) return;
  const box = at.b.find((one) => one[0] === n);
  if (!page.asText && !box && page.lines) turn(page, true);
  draw(page);
  const sheet = $(".sheet", page.el).getBoundingClientRect();
  const spot = page.asText ? page.spots.get(at.r[0]?.[0] + kind)?.getBoundingClientRect() : null;
  scrollTo(spot?.top ?? sheet.top + (page.asText || !box ? 0 : box[2] * sheet.height));
}

function scrollTo(top) {
  const { top: begins, height } = view.getBoundingClientRect();
  const share = (top - begins) / (height || 1);
  if (share < 0.08 || share > 0.75) view.scrollTop += top - begins - 0.3 * height;
}

function step(by) {
  const seen = cards.filter((card) => !card.hidden);
  const at = selected ? seen.indexOf(selected.card) : -1;
  const next = seen[at < 0 && by < 0 ? seen.length - 1 : Math.max(0, Math.min(at + by, seen.length - 1))];
  if (next) select(valueOf.get(next.id.slice(1)), { open: false, focus: true });
}

function showTab(tab) {
  $(".columns").dataset.tab = tab;
  for (const button of $$(".tabs button")) button.setAttribute("aria-pressed", button.dataset.tab === tab);
}

list.addEventListener("click", (event) => {
  const card = event.target.closest("details.value");
  if (!card) return;
  const value = valueOf.get(card.id.slice(1));
  const show = event.target.closest("[data-show]")?.dataset;
  if (show) {
    showTab("document");
    if (selected !== value) select(value, { jump: false });
    const note = data.notes[value.note];
    if (show.show === "value") reveal(value.at);
    if (show.show === "place") reveal(value.places[show.place], "place");
    if (show.show === "note") reveal(note.body, "note");
    if (show.show === "cites") reveal(note.cites, "cite");
  } else if (event.target.closest("summary") && (!card.open || selected !== value)) {
    event.preventDefault();
    select(value);
  }
});

view.addEventListener("click", (event) => {
  const target = event.target.closest("[data-jump], [data-v], .as-text");
  if (!target) return;
  if (target.matches(".as-text")) {
    const page = pageOf.get(Number(target.closest(".page").id.slice(5)));
    turn(page, !page.asText);
  } else if (target.dataset.jump) {
    const [side, index] = target.dataset.jump.split(" ");
    reveal(data.notes[index][side], side === "body" ? "note" : "cite");
  } else pick(target, event);
});

// Where boxes lie on each other, another click takes the next one.
function pick(target, event) {
  const stack = event.detail ? document.elementsFromPoint(event.clientX, event.clientY) : [target];
  const ids = [...new Set(stack.flatMap((el) => el.dataset?.v?.split(" ") ?? []))].filter((id) => !valueOf.get(id).card.hidden);
  const at = selected ? ids.indexOf(String(selected.id)) : -1;
  const value = valueOf.get(ids[(at + 1) % ids.length]);
  if (!value) return;
  select(value, { jump: false, focus: !event.detail });
  showTab("values");
}
