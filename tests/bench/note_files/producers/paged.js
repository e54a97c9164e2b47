// Lays the blocks of #flow out in pages with the notes of #notes at their feet. Written for old engines too (no ES6).
function layOut(height, columnWidth, columns, ruleCss) {
  var flow = document.getElementById("flow"), out = document.getElementById("pages"), told = {}, page, body, foot, column, left = [];
  function openColumn() {
    column = document.createElement("div");
    column.className = "column";
    column.style.width = columnWidth + "px";
    column.style.height = height + "px";
    body = document.createElement("div");
    foot = document.createElement("div");
    foot.className = "foot";
    column.appendChild(body);
    column.appendChild(foot);
    page.appendChild(column);
    var waiting = left;
    left = [];
    for (var i = 0; i < waiting.length; i++) { addNote(waiting[i]); }
  }
  function next() {
    if (page && page.childNodes.length - 1 < columns) { return openColumn(); }
    page = document.createElement("div");
    page.className = "page";
    var head = document.createElement("div");
    head.className = "edge";
    page.appendChild(head);
    out.appendChild(page);
    openColumn();
  }
  function full() { return body.offsetHeight + foot.offsetHeight > height - 4; }
  function addNote(node) {
    if (left.length) { left.push(node); return; }
    foot.style.cssText = ruleCss;
    foot.appendChild(node);
    if (!full()) { return; }
    var rest = node.cloneNode(false), sentences = node.getElementsByTagName("span");
    while (full() && sentences.length > 1) {
      var last = sentences[sentences.length - 1];
      last.parentNode.removeChild(last);
      rest.insertBefore(last, rest.firstChild);
    }
    if (full()) {  // not even its first sentence fits: it goes over as a whole
      while (node.firstChild) { rest.insertBefore(node.lastChild, rest.firstChild); }
      foot.removeChild(node);
    }
    if (rest.firstChild) { left.push(rest); }
  }
  function notesOf(node) {
    var found = [], marks = node.getElementsByTagName("a");
    for (var i = 0; i < marks.length; i++) {
      var id = marks[i].getAttribute("data-note");
      if (id && !told[id]) { found.push(id); }
    }
    return found;
  }
  function takeNotes(ids) {
    for (var i = 0; i < ids.length; i++) {
      told[ids[i]] = true;
      addNote(document.getElementById("note" + ids[i]).cloneNode(true));
    }
  }
  function room(ids) {  // whether a line of each of these notes fits
    var probe = document.createElement("div");
    probe.innerHTML = new Array(ids.length + 1).join("<p>x</p>");
    foot.appendChild(probe);
    var fits = !full();
    foot.removeChild(probe);
    return fits;
  }
  function place(block) {
    if (block.className.indexOf("break") >= 0 && body.childNodes.length) { page = null; next(); }
    var whole = block.cloneNode(true);
    body.appendChild(whole);
    if (!full() && room(notesOf(whole)) && left.length === 0) { return takeNotes(notesOf(whole)); }
    body.removeChild(whole);
    var sentences = block.className.indexOf("split") >= 0 ? block.getElementsByTagName("q") : [];
    if (!sentences.length) { next(); body.appendChild(whole); return takeNotes(notesOf(whole)); }
    var part = block.cloneNode(false);
    body.appendChild(part);
    for (var i = 0; i < sentences.length; i++) {
      var one = sentences[i].cloneNode(true);
      part.appendChild(one);
      if ((full() || left.length || !room(notesOf(one))) && (part.childNodes.length > 1 || body.childNodes.length > 1)) {
        part.removeChild(one);
        if (!part.firstChild) { body.removeChild(part); }
        next();
        part = block.cloneNode(false);
        part.appendChild(one);
        body.appendChild(part);
      }
      takeNotes(notesOf(one));
    }
  }
  next();
  for (var i = 0; i < flow.children.length; i++) { place(flow.children[i]); }
  while (left.length) { next(); }
  flow.parentNode.removeChild(flow);
  var notes = document.getElementById("notes");
  notes.parentNode.removeChild(notes);
  var pages = document.querySelectorAll(".page");
  for (var p = 0; p < pages.length; p++) {
    var edge = document.createElement("div");
    edge.className = "number";
    edge.innerHTML = numberShown.replace("N", p + 1).replace("T", pages.length);
    pages[p].appendChild(edge);
    pages[p].firstChild.innerHTML = headerShown;
  }
}
