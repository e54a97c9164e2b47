// The page of one item: its document's page with every word selectable, and keys for the buttons.
// Offsets are code points of the document text. Everything from the document is text, never markup.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const sheet = $("sheet"), form = $("decide");
  if (!sheet || !form) return;
  const marks = JSON.parse(sheet.dataset.marks), mayPick = sheet.dataset.may !== "";
  const nParts = Number(sheet.dataset.of), first = Number(sheet.dataset.first);
  const selection = $("selection"), startField = form.elements.start, endField = form.elements.end;
  const parts = new Map();           // number -> data of the part
  let part = null, mode = "picture"; // what is shown
  let wantsPicture = null;           // what the person chose; null: nothing yet
  let anchor = null, head = null;    // the first and the last word: {start, end}
  let cursor = -1;                   // the word at the keyboard, by its index on this part
  let drag = null, isSent = false;
  const alsoField = form.elements.also, alsoList = $("also"), keepButton = $("keep");
  let also = [];                     // further values: {start, end, words}
  const loadedAt = performance.now();

  // ---------------------------------------------------------------- parts

  async function load(number) {
    if (!parts.has(number)) {
      const asked = fetch(sheet.dataset.parts + number + location.search, { headers: { Accept: "application/json" } })
        .then((answer) => {
          if (answer.redirected || !answer.ok) throw new Error(String(answer.status));
          return answer.json();
        })
        .then((data) => ({ ...data, points: Array.from(data.text) }));
      parts.set(number, asked);
      asked.catch(() => parts.delete(number));
    }
    return parts.get(number);
  }

  async function show(number, toValue) {
    if (number < 1 || number > nParts) return;
    sheet.setAttribute("aria-busy", "true");
    let data;
    try {
      data = await load(number);
    } catch {
      trouble(sheet.dataset.failed);
      sheet.removeAttribute("aria-busy");
      return;
    }
    part = data; cursor = -1;
    trouble(data.reason);
    draw();
    $("where").textContent = sheet.dataset.where.replace("{n}", number).replace("{of}", nParts);
    turnTo("previous", number - 1); turnTo("next", number + 1);
    $("back").hidden = number === first;
    sheet.removeAttribute("aria-busy");
    if (toValue) scrollToValue(); else window.scrollTo({ top: Math.min(window.scrollY, sheet.getBoundingClientRect().top + window.scrollY - 60) });
    if (number < nParts) setTimeout(() => load(number + 1).catch(() => {}), 1500);
  }

  function turnTo(id, number) {
    const link = $(id);
    link.hidden = number < 1 || number > nParts;
    const address = new URL(location.href);
    address.searchParams.set("part", number);
    link.href = address.pathname + address.search;
    link.dataset.number = number;
  }

  function trouble(text) {
    $("trouble").textContent = text || "";
    $("trouble").hidden = !text;
  }

  // ---------------------------------------------------------------- drawing

  function draw() {
    // A picture on which no word has a place is for reading; words are selected in the text.
    if (part.picture && part.words.length && !part.boxes.length && wantsPicture === null) mode = "text";
    else if (wantsPicture === null) mode = "picture";
    sheet.classList.toggle("picture", Boolean(part.picture) && mode === "picture");
    $("mode").hidden = !part.picture;
    $("mode").textContent = mode === "picture" ? $("mode").dataset.text : $("mode").dataset.picture;
    sheet.replaceChildren();
    if (part.picture && mode === "picture") drawPicture(); else drawText();
    mark();
  }

  function drawPicture() {
    const image = document.createElement("img");
    image.alt = sheet.dataset.pictureOf + " " + part.number;
    image.width = part.width; image.height = part.height;
    image.draggable = false;
    image.src = part.picture + location.search;
    image.addEventListener("error", () => { mode = "text"; wantsPicture = false; draw(); });
    const boxes = document.createElement("div");
    boxes.className = "boxes"; boxes.id = "boxes";
    const zoom = document.createElement("div");
    zoom.className = "zoom"; zoom.id = "zoom";
    zoom.append(image, boxes);
    sheet.append(zoom);
    magnify();
  }

  // On a narrow screen the picture is larger than its frame, so that words can be read and pressed.
  const narrow = window.matchMedia("(max-width: 900px)");
  const WORD_PX = 18, LEAST = 1.5, MOST = 5;
  function magnify() {
    const zoom = $("zoom");
    if (!zoom) return;
    let factor = 1;
    if (narrow.matches) {
      const asked = part.boxes.filter(([i]) => within(part.words[i], marks.value) || within(part.words[i], marks.passage));
      const heights = (asked.length ? asked : part.boxes).map(([, , top, , bottom]) => bottom - top).sort((a, b) => a - b);
      const share = heights.length ? heights[Math.floor(heights.length / 2)] : 0;
      const now = share * sheet.clientWidth * part.height / part.width;
      factor = Math.min(MOST, Math.max(LEAST, now > 0 ? WORD_PX / now : LEAST));
    }
    zoom.style.width = 100 * factor + "%";
  }

  function drawText() {
    const text = document.createElement("div");
    text.className = mayPick ? "text live" : "text"; text.id = "text";
    let at = 0;
    const lines = part.lines.length ? part.lines : [[part.start, part.start + part.points.length, "body", 0]];
    for (const [start, end, tag, level] of lines) {
      const line = document.createElement("p");
      line.className = level ? tag + " h" : tag;
      line.dir = "auto";
      let from = start;
      while (at < part.words.length && part.words[at][0] < end) {
        const [wordStart, wordEnd] = part.words[at];
        if (wordStart >= start) {
          line.append(between(from, wordStart));
          const word = document.createElement("span");
          word.className = "w"; word.dataset.i = at; word.dataset.start = wordStart; word.dataset.end = wordEnd;
          word.textContent = between(wordStart, Math.min(wordEnd, end));
          line.append(word);
          from = Math.min(wordEnd, end);
        }
        at += 1;
      }
      line.append(between(from, end));
      text.append(line);
    }
    sheet.append(text);
  }

  const between = (start, end) => part.points.slice(start - part.start, end - part.start).join("");

  function mark() {
    const picked = range();
    const kinds = [
      ["note", (w) => within(w, marks.note)],
      ["cite", (w) => within(w, marks.cite)],
      ["passage", (w) => within(w, marks.passage)],
      ["other", (w) => within(w, marks.other)],
      ["value", (w) => within(w, marks.value)],
      ["also", (w) => also.some((one) => w[0] >= one.start && w[1] <= one.end)],
      ["pick", (w) => picked && w[0] >= picked[0] && w[1] <= picked[1]],
      ["here", (w, i) => i === cursor],
    ];
    if (sheet.classList.contains("picture")) {
      const layer = $("boxes");
      if (!layer) return;
      layer.replaceChildren();
      for (const [kind, holds] of kinds) {
        for (const box of joined(part.boxes.filter(([i]) => holds(part.words[i], i)))) {
          const div = document.createElement("div");
          div.className = "box " + kind;
          place(div, box);
          layer.append(div);
        }
      }
    } else {
      for (const word of sheet.querySelectorAll(".w")) {
        const i = Number(word.dataset.i);
        word.className = "w";
        for (const [kind, holds] of kinds) if (holds(part.words[i], i)) word.classList.add(kind);
      }
    }
  }

  const within = (word, spans) => spans.some(([start, end]) => word[0] < end && start < word[1]);

  // Boxes of neighbouring words of one line as one.
  function joined(boxes) {
    const found = [];
    for (const [i, left, top, right, bottom] of boxes) {
      const last = found[found.length - 1];
      const height = bottom - top;
      const sameLine = last && i - last.i <= 1 && Math.min(bottom, last.bottom) - Math.max(top, last.top) > 0.5 * Math.min(height, last.bottom - last.top);
      const near = last && Math.max(left - last.right, last.left - right) < 0.06;
      if (sameLine && near) {
        last.left = Math.min(last.left, left); last.right = Math.max(last.right, right);
        last.top = Math.min(last.top, top); last.bottom = Math.max(last.bottom, bottom); last.i = i;
      } else found.push({ i, left, top, right, bottom });
    }
    return found;
  }

  function place(div, box) {
    div.style.left = 100 * box.left + "%"; div.style.top = 100 * box.top + "%";
    div.style.width = 100 * (box.right - box.left) + "%"; div.style.height = 100 * (box.bottom - box.top) + "%";
  }

  function scrollToValue() {
    const shown = sheet.querySelector(".box.value, .box.passage, .w.value, .w.passage");
    const image = sheet.querySelector("img");
    const go = () => {
      const target = sheet.querySelector(".box.value, .box.passage, .w.value, .w.passage");
      if (!target) return;
      if (!narrow.matches) {
        window.scrollTo({ top: Math.max(0, window.scrollY + target.getBoundingClientRect().top - window.innerHeight / 3) });
        return;
      }
      centre(target);
      // Below each other, the question stays in sight as far as the words do, too.
      const at = target.getBoundingClientRect(), bar = form.querySelector(".bar");
      const low = window.innerHeight - (bar ? bar.offsetHeight : 0) - 12;
      const hidden = Math.min(at.bottom, at.top + 120) - low;
      if (hidden > 0) window.scrollBy({ top: hidden });
    };
    if (!shown) return;
    go();
    if (image && !image.complete) image.addEventListener("load", go, { once: true });
  }

  // The frame of an enlarged picture shows the words in its middle; of long ones, where they begin.
  function centre(target) {
    const at = target.getBoundingClientRect(), frame = sheet.getBoundingClientRect();
    const across = at.width < frame.width ? (at.left + at.right - frame.left - frame.right) / 2 : at.left - frame.left - 12;
    const down = at.height < frame.height ? (at.top + at.bottom - frame.top - frame.bottom) / 2 : at.top - frame.top - 12;
    sheet.scrollLeft += across; sheet.scrollTop += down;
  }

  narrow.addEventListener("change", () => { if (part) { magnify(); scrollToValue(); } });

  // ---------------------------------------------------------------- selecting

  const range = () => anchor && head ? [Math.min(anchor.start, head.start), Math.max(anchor.end, head.end)] : null;
  const wordAt = (i) => ({ start: part.words[i][0], end: part.words[i][1] });

  function pick(i, extend) {
    const word = wordAt(i);
    if (extend && anchor) head = word; else anchor = head = word;
    said();
  }

  function clear() { anchor = head = null; said(); }

  // What is selected becomes a further value, and the next words can be selected.
  async function keep() {
    const picked = range();
    if (!picked) { selection.classList.add("missing"); selection.querySelector("bdi").textContent = selection.dataset.first; return; }
    if (!also.some((one) => one.start === picked[0] && one.end === picked[1])) {
      also.push({ start: picked[0], end: picked[1], words: await words(picked) });
    }
    clear(); listed();
  }

  function listed() {
    alsoField.value = also.map((one) => one.start + "-" + one.end).join(" ");
    alsoList.hidden = !also.length;
    alsoList.querySelector("ul").replaceChildren(...also.map((one) => {
      const line = document.createElement("li"), quote = document.createElement("q"), button = document.createElement("button");
      quote.dir = "auto"; quote.textContent = one.words;
      button.type = "button"; button.className = "plain small"; button.textContent = alsoList.dataset.remove;
      button.addEventListener("click", () => { also = also.filter((other) => other !== one); listed(); });
      line.append(quote, " ", button);
      return line;
    }));
    if (part) mark();
  }

  async function said() {
    const picked = range();
    startField.value = picked ? picked[0] : "";
    endField.value = picked ? picked[1] : "";
    mark();
    if (!selection) return;
    selection.classList.toggle("has", Boolean(picked));
    selection.classList.remove("missing");
    selection.querySelector("bdi").textContent = picked ? await words(picked) : selection.dataset.none;
  }

  // What is selected, from the parts that were seen.
  async function words([start, end]) {
    let text = "";
    for (const asked of [...parts.entries()].sort(([a], [b]) => a - b).map(([, data]) => data)) {
      const data = await asked.catch(() => null);
      if (!data || data.start >= end || data.start + data.points.length <= start) continue;
      for (const [wordStart, wordEnd] of data.words) {
        if (wordStart < start || wordEnd > end) continue;
        const before = data.points.slice(Math.max(0, wordStart - data.start - 1), wordStart - data.start).join("");
        text += (text && (before === "" || /\s/.test(before)) ? " " : "") + data.points.slice(wordStart - data.start, wordEnd - data.start).join("");
      }
    }
    return text;
  }

  function wordUnder(event, near) {
    if (!sheet.classList.contains("picture")) {
      const target = document.elementFromPoint(event.clientX, event.clientY);
      const word = target && target.closest(".w");
      return word && sheet.contains(word) ? Number(word.dataset.i) : -1;
    }
    const image = sheet.querySelector("img");
    if (!image) return -1;
    const frame = image.getBoundingClientRect();
    const x = (event.clientX - frame.left) / frame.width, y = (event.clientY - frame.top) / frame.height;
    const ratio = frame.height / frame.width;
    let best = -1, least = near ? 1 : 0.012;
    for (const [i, left, top, right, bottom] of part.boxes) {
      const across = Math.max(left - x, 0, x - right), down = Math.max(top - y, 0, y - bottom) * ratio * 2;
      const far = Math.hypot(across, down);
      if (far < least) { least = far; best = i; }
    }
    return best;
  }

  sheet.addEventListener("pointerdown", (event) => {
    if (!mayPick || !part || event.button !== 0) return;
    if (event.pointerType === "touch") { tap = { x: event.clientX, y: event.clientY, pointer: event.pointerId }; return; }
    press(event);
  });

  // A finger that moves scrolls; one that is lifted where it came down presses a word.
  let tap = null;
  window.addEventListener("pointerup", (event) => {
    const began = tap;
    tap = null;
    if (began && began.pointer === event.pointerId && Math.hypot(event.clientX - began.x, event.clientY - began.y) < 10) press(event);
  });

  function press(event) {
    const i = wordUnder(event, false);
    if (i < 0) return;
    // A second press ends the selection that the first began; a third begins anew.
    const extends_ = event.shiftKey || (anchor && head && anchor.start === head.start && anchor.start !== part.words[i][0]);
    drag = { i, moved: false, extends: extends_, pointer: event.pointerId };
    pick(i, extends_);
    cursor = i;
  }
  sheet.addEventListener("pointermove", (event) => {
    if (!drag || drag.pointer !== event.pointerId || event.pointerType === "touch") return;
    const i = wordUnder(event, true);
    if (i < 0 || i === drag.last) return;
    if (!drag.moved && i === drag.i) return;
    if (!drag.moved && !event.shiftKey) { anchor = wordAt(drag.i); }
    drag.moved = true; drag.last = i;
    head = wordAt(i); said();
  });
  window.addEventListener("pointerup", () => { drag = null; });
  window.addEventListener("pointercancel", () => { drag = tap = null; });
  sheet.addEventListener("dragstart", (event) => event.preventDefault());

  function step(by, extend) {
    if (!mayPick || !part || !part.words.length) return;
    if (cursor < 0) {
      const at = part.words.findIndex((word) => within(word, marks.value) || within(word, marks.passage));
      cursor = at < 0 ? 0 : at;
    } else cursor = Math.min(part.words.length - 1, Math.max(0, cursor + by));
    pick(cursor, extend);
    const shown = sheet.querySelector(".here");
    if (shown) shown.scrollIntoView({ block: "nearest" });
  }

  // The word above or below, by the places of words; in a text, by a line's length of words.
  function stepLine(by, extend) {
    if (cursor < 0) { step(0, extend); return; }
    const rects = sheet.classList.contains("picture")
      ? part.boxes.map(([i, left, top, right, bottom]) => ({ i, x: (left + right) / 2, y: (top + bottom) / 2, h: bottom - top }))
      : [...sheet.querySelectorAll(".w")].map((word) => { const r = word.getBoundingClientRect(); return { i: Number(word.dataset.i), x: (r.left + r.right) / 2, y: (r.top + r.bottom) / 2, h: r.height }; });
    const now = rects.find((rect) => rect.i === cursor);
    if (!now) { step(by * 10, extend); return; }
    let best = null, least = Infinity;
    for (const rect of rects) {
      const down = (rect.y - now.y) * by;
      if (down < 0.6 * now.h) continue;
      const far = down * 3 + Math.abs(rect.x - now.x) * (sheet.classList.contains("picture") ? 1 : 1);
      if (far < least) { least = far; best = rect; }
    }
    if (best) step(best.i - cursor, extend);
  }

  // ---------------------------------------------------------------- keys and buttons

  sheet.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isRtl = getComputedStyle(sheet).direction === "rtl";
    const steps = { ArrowRight: isRtl ? -1 : 1, ArrowLeft: isRtl ? 1 : -1 };
    if (event.key in steps) step(steps[event.key], event.shiftKey);
    else if (event.key === "ArrowDown") stepLine(1, event.shiftKey);
    else if (event.key === "ArrowUp") stepLine(-1, event.shiftKey);
    else return;
    event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = event.target.closest("textarea, input, select");
    if (event.key === "Escape") { if (field) field.blur(); else clear(); return; }
    if (field) return;
    if (event.key === "[" && part) { show(part.number - 1); return; }
    if (event.key === "]" && part) { show(part.number + 1); return; }
    if (event.key === "v") { show(first, true); return; }
    if (event.key === "t") { toggle(); return; }
    if (event.repeat || performance.now() - loadedAt < 250) return; // a key that was meant for the item before
    if (event.key.toLowerCase() === "a" && keepButton) { event.preventDefault(); keep(); return; }
    const button = [...form.querySelectorAll("button[data-key]")].find((one) => one.dataset.key === event.key.toLowerCase());
    if (!button || button.disabled) return;
    event.preventDefault();
    form.requestSubmit(button);
  });

  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (isSent) { event.preventDefault(); return; }
    if (button && "needsWords" in button.dataset && !startField.value && !also.length) {
      event.preventDefault();
      selection.classList.add("missing");
      selection.querySelector("bdi").textContent = selection.dataset.first;
      sheet.focus({ preventScroll: true });
      return;
    }
    isSent = true;
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // what was decided meanwhile

  function toggle() {
    if (!part || !part.picture) return;
    mode = mode === "picture" ? "text" : "picture";
    wantsPicture = mode === "picture";
    draw();
  }
  $("mode").addEventListener("click", toggle);
  $("back").addEventListener("click", () => show(first, true));
  for (const id of ["previous", "next"]) {
    $(id).addEventListener("click", (event) => { event.preventDefault(); show(Number($(id).dataset.number)); });
  }

  // ---------------------------------------------------------------- the claim

  // As long as the question is in sight it stays this person's.
  const renewMs = Number(sheet.dataset.claimMinutes) * 60000 / 3;
  let renewedAt = Date.now(), isLost = false;
  async function renew() {
    if (!mayPick || isSent || isLost || document.hidden || Date.now() - renewedAt < renewMs - 1000) return;
    renewedAt = Date.now();
    const body = new URLSearchParams({ token: form.elements.token.value });
    const answer = await fetch(sheet.dataset.claim, { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (!answer || answer.ok || isSent) return;
    isLost = true;
    const said = await answer.json().catch(() => null); // who signed out meanwhile sees so with the next button
    if (said && said.reason) trouble(said.reason);
  }
  setInterval(renew, renewMs);
  document.addEventListener("visibilitychange", renew);

  // ---------------------------------------------------------------- begin

  if (startField.value !== "" && endField.value !== "") {
    anchor = { start: Number(startField.value), end: Number(startField.value) };
    head = { start: Number(endField.value), end: Number(endField.value) };
  }
  if (keepButton) {
    keepButton.addEventListener("click", keep);
    also = [...alsoList.querySelectorAll("li")].map((line) => ({ start: Number(line.dataset.start), end: Number(line.dataset.end), words: line.textContent }));
    listed();
  }
  show(Number(sheet.dataset.number), true).then(() => {
    if (anchor && selection) selection.classList.add("has");
  });
})();
