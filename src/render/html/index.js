// The tables of files, functions and classes: the page contains only the rows in view. The address after `#` names the view.
"use strict";
window.covmerge = (data) => {
  const { el, bind, grouped, furnish, open: goTo, href: linked } = window.page;
  furnish();
  const { signal } = window.page;
  const ofFiles = document.body.dataset.page === "files";
  const SVG = "http://www.w3.org/2000/svg";

  // --- the data -------------------------------------------------------------------------------------------------------------------

  const SUMS = ["statements", "missing", "excluded", "branches", "missingBranches", "partial", "share"];
  const withSums = (item, row, from) => {
    SUMS.forEach((name, at) => { item[name] = row[from + at]; });
    const of = item.statements + item.branches;
    item.lacking = item.missing + item.missingBranches;
    item.percent = of ? (of - item.lacking) / of : NaN;
    return item;
  };
  // As `names.rs` makes it.
  const pageOf = (name, digest) => {
    if (digest.includes("-")) return `files/${digest}.html`;
    const last = name.replace(/[/\\]+$/, "").split(/[/\\]/).pop();
    const stem = [...last].slice(0, 60).join("").replace(/[^A-Za-z0-9.-]/gu, "_");
    return `files/${stem.startsWith(".") ? "_" : ""}${stem}-${digest}.html`;
  };

  const folders = [];
  const items = [];
  if (ofFiles) {
    data.dirs.forEach((row, at) => {
      const parent = at ? folders[row[1]] : null;
      const folder = withSums({ at, name: row[0], parent, above: parent ? parent.above + row[0] : "", folders: [], files: [], depth: parent ? parent.depth + 1 : -1 }, row, 2);
      folders.push(folder);
      parent?.folders.push(folder);
    });
    const [names, pages, shares, parents, firsts, ...sums] = data.files;
    names.forEach((name, at) => {
      const parent = folders[parents[at]];
      const row = [...sums.map((column) => column[at]), shares[at]];
      const item = withSums({ at, name, parent, above: parent.above, first: firsts[at], page: pageOf(parent.above + name, pages[at]) }, row, 0);
      item.full = item.above + item.name;
      items.push(item);
      parent.files.push(item);
    });
  } else {
    for (const [name, digest, regions] of data.files) {
      const href = pageOf(name, digest);
      for (const row of regions) {
        items.push(withSums({ at: items.length, name: row[0], full: row[0], kind: row[1] ? "class" : "function", file: name, page: `${href}#L${row[2]}` }, row, 3));
      }
    }
    items.sort((a, b) => b.lacking - a.lacking || (a.name < b.name ? -1 : 1));
    items.forEach((item, at) => { item.at = at; });
  }

  // --- the view, as the address names it -----------------------------------------------------------------------------------------------

  const STATES = { uncovered: (item) => item.missing > 0, partial: (item) => item.partial > 0, complete: (item) => item.lacking === 0 && item.statements > 0, excluded: (item) => item.excluded > 0 };
  const COLUMNS = ["name", "statements", "missing", "excluded", ...(data.branches ? ["branches", "partial"] : []), "coverage"];
  const view = {};
  const read = () => {
    const named = new URLSearchParams(location.hash.slice(1));
    view.as = ["tree", "map"].includes(named.get("view")) && ofFiles ? named.get("view") : "list";
    const sort = /^(-?)(\w+)$/.exec(named.get("sort") || "");
    view.by = sort && COLUMNS.includes(sort[2]) ? sort[2] : "worst";
    view.down = Boolean(sort?.[1]);
    view.filter = named.get("filter") || "";
    view.show = new Set((named.get("show") || "").split(",").filter((state) => Object.hasOwn(STATES, state) && (data.branches || state !== "partial")));
    view.kind = ["function", "class"].includes(named.get("kind")) ? named.get("kind") : "";
    for (const name of ["open", "shut"]) view[name] = new Set(named.getAll(name));
    view.zoom = named.get("zoom") || "";
    return named;
  };
  const address = (shown = view) => {
    const named = new URLSearchParams(window.page.named);
    if (shown.as !== "list") named.set("view", shown.as);
    if (shown.by !== "worst") named.set("sort", (shown.down ? "-" : "") + shown.by);
    if (shown.filter) named.set("filter", shown.filter);
    if (shown.show.size) named.set("show", [...shown.show].join(","));
    if (shown.kind) named.set("kind", shown.kind);
    if (shown.as === "tree") for (const name of ["open", "shut"]) for (const folder of shown[name]) named.append(name, folder);
    if (shown.zoom && shown.as === "map") named.set("zoom", shown.zoom);
    return `#${named}`;
  };
  /** Shows the view, and puts it into the address: as a step that Back undoes, or in place of the last one. */
  const go = (change, step = true) => {
    // The one-file report is about to show another page.
    if (!window.page.isHere()) return;
    Object.assign(view, change);
    const now = address();
    if (now !== (location.hash || "#")) window.page.step(now, step);
    typing = false;
    show();
  };
  // Text that is typed without a pause is one step.
  let typing = false;

  const asked = read();

  // --- filtering and sorting ---------------------------------------------------------------------------------------------------------

  /** Whether a pattern matches the whole of a name from a place on. It is not a regular expression, which many `*` would keep busy for ever. */
  const isAll = (pattern, name, from) => {
    let [at, here, star, mark] = [0, from, -1, 0];
    while (here < name.length) {
      if (pattern[at] === "*") {
        star = at;
        mark = here;
        at += 1;
      } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === name[here])) {
        at += 1;
        here += 1;
      } else if (star >= 0) {
        mark += 1;
        [at, here] = [star + 1, mark];
      } else {
        return false;
      }
    }
    while (pattern[at] === "*") at += 1;
    return at === pattern.length;
  };
  // The words must all be found, each in one of the names. A word with `*` or `?` matches a whole name, as in a shell, or its last parts if it does
  // not begin with a slash.
  const matcher = (text) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean).map((word) => {
      if (!/[*?]/.test(word)) return (name) => name.includes(word);
      return (name, at) => {
        if (word[0] === "/") return isAll(word, name, 0) || isAll(word.slice(1), name, 0);
        const parting = ofFiles || at ? "/" : ".";
        for (let from = 0; from >= 0; from = name.indexOf(parting, from) + 1 || -1) if (isAll(word, name, from)) return true;
        return false;
      };
    });
    return (item) => {
      lower(item);
      return words.every((word) => word(item.lower, 0) || (item.file && word(item.lowerFile, 1)));
    };
  };
  const lower = (item) => {
    item.lower ??= item.full.toLowerCase();
    if (item.file) item.lowerFile ??= item.file.toLowerCase();
  };
  // Prepared before the reader types, if there is time.
  window.requestIdleCallback?.(() => items.forEach(lower));
  const wanted = () => {
    const matches = matcher(view.filter);
    const states = [...view.show].map((state) => STATES[state]);
    return (item) => (!view.kind || item.kind === view.kind) && (!states.length || states.some((state) => state(item))) && (!view.filter || matches(item));
  };
  const order = () => {
    const turn = view.down ? -1 : 1;
    const value = { coverage: "percent", name: "full" }[view.by] || view.by;
    if (view.by === "worst") return (a, b) => a.at - b.at;
    if (view.by === "name") return (a, b) => turn * ((a.full ?? a.name) < (b.full ?? b.name) ? -1 : (a.full ?? a.name) > (b.full ?? b.name) ? 1 : 0) || a.at - b.at;
    // Rows with nothing to measure come last in either direction.
    return (a, b) => (Number.isNaN(a[value]) - Number.isNaN(b[value])) || turn * (a[value] - b[value]) || a.at - b.at;
  };

  // --- the table ---------------------------------------------------------------------------------------------------------------------

  const table = document.getElementById("rows");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const space = () => el("tr", { class: "space", "aria-hidden": "true" }, el("td", { colspan: COLUMNS.length }));
  const above = space();
  const below = space();
  let rows = [];
  let height = 32;
  let drawn = [0, 0];

  const bar = (item) => {
    const of = item.statements + item.branches;
    if (!of) return [el("span", { class: "nothing", text: "nothing to measure" })];
    const covered = of - item.lacking;
    const part = covered === 0 || covered === of ? Math.floor(covered * 20 / of) : Math.min(19, Math.max(1, Math.floor(covered * 20 / of)));
    return [el("span", { class: `bar b${part}`, "aria-hidden": "true" }), el("span", { class: "number", text: `${item.share}%` })];
  };
  const filtered = () => Boolean(view.filter || view.show.size);
  // Folders are open while a filter is set, and a lone folder in the root is open, unless the reader closes it; all others are closed until opened.
  const listOf = (folder) => (filtered() || folder === alone ? "shut" : "open");
  const isOpen = (folder) => view[listOf(folder)].has(folder.above) === (listOf(folder) === "open");
  const toggle = (folder) => {
    const name = listOf(folder);
    const folded = new Set(view[name]);
    if (!folded.delete(folder.above)) folded.add(folder.above);
    go({ [name]: folded });
    body.querySelector(`[data-folder="${CSS.escape(folder.above)}"]`)?.focus();
  };
  // In a separate element, since a browser cuts off the beginning of a text only if the text runs in the other direction.
  const directory = (name, text) => el("span", { class: name }, el("bdi", { text }));
  const nameCell = ({ item, depth, open }) => {
    const cell = el("th", { scope: "row" });
    if (view.as === "tree") {
      cell.className = item.folders ? "name-cell" : "name-cell leaf";
      cell.style.setProperty("--depth", depth);
    }
    if (item.folders) {
      cell.append(el("button", { type: "button", class: "twist", "aria-expanded": String(open), title: item.above, "data-folder": item.above, text: item.name, onclick: () => toggle(item) }));
    } else if (ofFiles) {
      const name = el("a", { href: linked(item.page), title: item.full });
      if (view.as !== "tree") name.append(directory("above", item.above));
      name.append(item.name);
      cell.append(name);
    } else {
      cell.append(el("a", { href: linked(item.page), title: `${item.name} in ${item.file}` }, item.name, " ", directory("above of", item.file)));
    }
    return cell;
  };
  const line = (row, at) => {
    const { item } = row;
    const missing = item.missing && item.page
      ? el("a", { href: linked(item.first ? `${item.page}#L${item.first}` : item.page), "aria-label": `${grouped(item.missing)} missing in ${item.name}: go to the first`, text: grouped(item.missing) })
      : grouped(item.missing);
    const number = (value) => el("td", { class: value === "0" ? "nothing" : null }, value);
    return el("tr", { "aria-rowindex": at + 2, class: item.folders ? "folder" : null }, nameCell(row), number(grouped(item.statements)), number(missing), number(grouped(item.excluded)),
      ...(data.branches ? [number(grouped(item.branches)), number(item.partial && item.first && !item.missing ? el("a", { href: linked(`${item.page}#L${item.first}`), "aria-label": `${item.partial} partial in ${item.name}: go to the first`, text: grouped(item.partial) }) : grouped(item.partial))] : []), el("td", { class: "share" }, ...bar(item)));
  };
  const draw = (force) => {
    if (view.as === "map") return;
    const top = body.getBoundingClientRect().top;
    const from = Math.max(0, Math.floor(-top / height) - 6);
    const to = Math.min(rows.length, Math.ceil((innerHeight - top) / height) + 6);
    if (!force && from >= drawn[0] && to <= drawn[1] && drawn[1] - drawn[0] < 2 * (to - from) + 50) return;
    drawn = [Math.max(0, from - 6), Math.min(rows.length, Math.max(to, from) + 6)];
    above.firstChild.style.height = `${drawn[0] * height}px`;
    below.firstChild.style.height = `${(rows.length - drawn[1]) * height}px`;
    body.replaceChildren(...(drawn[0] ? [above] : []), ...rows.slice(...drawn).map((row, at) => line(row, drawn[0] + at)), ...(drawn[1] < rows.length ? [below] : []));
  };
  /** The height of a row depends on the screen; it is measured when rows are about to be laid out anyway. */
  const drawAnew = () => {
    draw(true);
    requestAnimationFrame(() => {
      const now = body.querySelector("tr:not(.space)")?.getBoundingClientRect().height;
      if (!now || now === height) return;
      height = now;
      draw(true);
    });
  };
  const alone = ofFiles && folders[0].folders.length === 1 && !folders[0].files.length ? folders[0].folders[0] : null;
  const holds = (folder, fits) => folder.files.some(fits) || folder.folders.some((one) => holds(one, fits));
  /** The rows of a folder, including those of open folders in it. */
  const unfold = (folder, fits, compare, into) => {
    for (const child of [...folder.folders].sort(compare)) {
      if (!child.files.length && !child.folders.length) continue;
      const open = isOpen(child);
      if (filtered() && !holds(child, fits)) continue;
      into.push({ item: child, depth: child.depth, open });
      if (open) unfold(child, fits, compare, into);
    }
    for (const file of folder.files.filter(fits).sort(compare)) into.push({ item: file, depth: folder.depth + 1 });
    return into;
  };

  // --- the treemap -------------------------------------------------------------------------------------------------------------------

  const map = document.getElementById("map");
  // The drawn areas, and their folder.
  let areas = { cells: [], folder: null };
  /** Squarified: rectangles of the given sizes within the given one, as near to squares as possible. */
  const squarify = (nodes, x, y, width, tall) => {
    const placed = [];
    let rest = nodes.filter((node) => node.weight > 0).sort((a, b) => b.weight - a.weight);
    let left = rest.reduce((sum, node) => sum + node.weight, 0);
    while (rest.length && width > 0 && tall > 0) {
      const side = Math.min(width, tall);
      const scale = (width * tall) / left;
      let count = 0;
      let sum = 0;
      let worst = Infinity;
      while (count < rest.length) {
        const next = sum + rest[count].weight * scale;
        const ratio = Math.max((side * side * rest[0].weight * scale) / (next * next), (next * next) / (side * side * rest[count].weight * scale));
        if (ratio > worst) break;
        worst = ratio;
        sum = next;
        count += 1;
      }
      const thick = sum / side;
      let along = 0;
      for (const node of rest.slice(0, count)) {
        const length = (node.weight * scale) / thick;
        placed.push(width >= tall ? { node, x, y: y + along, width: thick, height: length } : { node, x: x + along, y, width: length, height: thick });
        along += length;
        left -= node.weight;
      }
      if (width >= tall) { x += thick; width -= thick; } else { y += thick; tall -= thick; }
      rest = rest.slice(count);
    }
    return placed;
  };
  const shape = (name, attributes) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  // Ten bounds between eleven shades; the last shade is for complete files.
  const SHADES = [0.25, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1];
  const root = alone || folders[0];
  const zoomed = (folder) => address({ ...view, as: "map", zoom: folder === root ? "" : folder.above });
  const drawMap = () => {
    const folder = (view.zoom && folders.find((one) => one.above === view.zoom)) || root;
    const fits = wanted();
    const [width, tall] = [map.clientWidth || 1000, Math.min(576, innerHeight * 0.75)];
    const svg = shape("svg", { class: "treemap", viewBox: `0 0 ${width} ${tall}`, role: "group", "aria-label": `Files of ${folder.above || "the report"} by statements; colour is coverage` });
    const sum = (one) => [...one.folders.map(sum), ...one.files.filter(fits)].reduce((all, part) => {
      for (const name of ["statements", "branches", "lacking"]) all[name] += part[name];
      return all;
    }, { statements: 0, branches: 0, lacking: 0 });
    const node = (item, { statements, branches, lacking }) => ({ item, weight: statements, percent: 1 - lacking / (statements + branches) });
    const nodes = (one) => [...one.folders.map((item) => node(item, sum(item))), ...one.files.filter(fits).map((item) => node(item, item))];
    const cell = ({ node: { item, weight, percent }, ...box }) => {
      // The share of a folder covers all files in it, including those that the filter hides. The text of the area comes first.
      const text = item.folders && filtered() ? item.name : `${item.name} ${item.share}%`;
      const words = `${text} of ${grouped(weight)} statement${weight === 1 ? "" : "s"}`;
      const link = shape("a", { href: item.folders ? zoomed(item) : linked(item.page), "aria-label": words, tabindex: -1, class: item.folders ? "folder" : "file" });
      link.append(shape("rect", { x: box.x, y: box.y, width: box.width, height: box.height, class: `c${SHADES.filter((bound) => percent >= bound).length}` }));
      if (box.width > 48 && box.height > 16) {
        // A frame cuts off text that does not fit.
        const frame = shape("svg", { x: box.x + 4, y: box.y, width: box.width - 6, height: box.height });
        frame.append(shape("text", { y: 13 }));
        frame.firstChild.textContent = text;
        link.append(frame);
      }
      return link;
    };
    const place = (inside, x, y, across, down) => {
      for (const box of squarify(nodes(inside), x, y, across, down)) {
        // An area too small to be seen is too small to be chosen; its folder opens instead.
        if (box.width < 3 || box.height < 3) continue;
        const { item } = box.node;
        svg.append(cell(box));
        // The contents of a folder are below its name, if there is room.
        if (item.folders && box.width > 60 && box.height > 50) place(item, box.x + 2, box.y + 18, box.width - 4, box.height - 20);
      }
    };
    place(folder, 0, 0, width, tall);
    const cells = [...svg.querySelectorAll("a")];
    cells[0]?.setAttribute("tabindex", 0);
    areas = { cells, folder };
    const focused = map.contains(document.activeElement);
    const way = [];
    for (let one = folder; one !== root; one = one.parent) way.unshift(one);
    way.unshift(root);
    map.replaceChildren(
      el("p", { class: "crumbs" }, pointed, ...way.map((one) => el("a", { href: zoomed(one), "aria-current": one === folder ? "true" : null, text: one === root ? "all files" : one.name }))),
      svg,
      el("p", { class: "legend", text: "Area shows the number of statements, colour shows coverage: red where none ran, green where all ran. Click a folder to open it, a file to see its source." }),
    );
    svg.toggleAttribute("hidden", !cells.length);
    pointed.textContent = "";
    if (focused) cells[0]?.focus();
    return cells.length;
  };
  // The description of the area under the pointer, since most are too small for text.
  const pointed = el("span", { class: "pointed", "aria-hidden": "true" });
  const point = (event) => { pointed.textContent = event.target.closest?.("svg.treemap a")?.getAttribute("aria-label") ?? ""; };
  for (const name of ["pointerover", "focusin"]) map?.addEventListener(name, point);
  // The picture itself has no listener: that would make it a stop of Tab.
  map?.addEventListener("focusin", (event) => {
    if (!areas.cells.includes(event.target)) return;
    for (const one of areas.cells) one.setAttribute("tabindex", one === event.target ? 0 : -1);
  });
  map?.addEventListener("keydown", (event) => {
    if (!areas.cells.includes(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (to) nearest(areas.cells, event.target, to)?.focus();
    else if (event.key === "Backspace" && areas.folder !== root) go({ zoom: areas.folder.parent === root ? "" : areas.folder.parent.above });
    else return;
    event.preventDefault();
  });
  /** The next area in a direction: the one with the shortest distance, in which the sideways part counts twice. */
  const nearest = (cells, from, [right, down]) => {
    const middle = (one) => {
      const box = one.querySelector("rect");
      const [x, y, width, tall] = ["x", "y", "width", "height"].map((name) => Number(box.getAttribute(name)));
      // The place of a folder is that of its name.
      return [x + width / 2, one.classList.contains("folder") ? y + 9 : y + tall / 2];
    };
    const [x, y] = middle(from);
    let best = [null, Infinity];
    for (const one of cells) {
      const [alongX, alongY] = middle(one).map((at, axis) => at - [x, y][axis]);
      const along = alongX * right + alongY * down;
      const off = along + 2 * Math.abs(alongX * down + alongY * right);
      if (one !== from && along > 1 && off < best[1]) best = [one, off];
    }
    return best[0];
  };

  // --- the controls ------------------------------------------------------------------------------------------------------------------

  const filter = el("input", { type: "search", id: "filter", placeholder: ofFiles ? "name, *_test.py, src/*" : "name, Class.*, file", "aria-label": "Filter by name; * and ? stand for anything", autocomplete: "off", spellcheck: "false", oninput: () => {
    // A single space is not a step, and does not end one.
    const isTyping = typing || filter.value.trim() !== view.filter;
    go({ filter: filter.value.trim(), shut: new Set() }, !typing);
    typing = isTyping;
  }, onblur: () => { typing = false; } });
  const choice = (name, text, on, run) => el("button", { type: "button", "data-choice": name, "aria-pressed": String(on()), text, onclick: run });
  const VIEWS = [["list", "List"], ["tree", "Tree"], ["map", "Treemap"]];
  const stateButtons = Object.keys(STATES).filter((state) => data.branches || state !== "partial").map((state) => choice(state, state, () => view.show.has(state), () => {
    const shown = new Set(view.show);
    if (!shown.delete(state)) shown.add(state);
    go({ show: shown, shut: new Set() });
  }));
  const viewButtons = ofFiles ? VIEWS.map(([name, text]) => choice(name, text, () => view.as === name, () => go({ as: name }))) : [["function", "Functions"], ["class", "Classes"]].map(([name, text]) => choice(name, text, () => view.kind === name, () => go({ kind: view.kind === name ? "" : name })));
  const worst = choice("worst", "Worst first", () => view.by === "worst", () => go({ by: "worst", down: false }));
  const openAll = el("button", { type: "button", text: "Open all", onclick: () => fold(true) });
  const closeAll = el("button", { type: "button", text: "Close all", onclick: () => fold(false) });
  const fold = (open) => {
    const folded = { shut: new Set(), ...(filtered() ? {} : { open: new Set() }) };
    const fits = wanted();
    for (const folder of folders.slice(1)) if (open === (listOf(folder) === "open") && holds(folder, fits)) folded[listOf(folder)].add(folder.above);
    go(folded);
  };
  const found = el("span", { id: "found", role: "status" });
  const none = el("p", { class: "none", hidden: true, text: "Nothing here matches this name and state." });
  document.getElementById("table").after(none);

  /** Sorts by a column; the second time in the other direction. Names begin with the first, numbers with the largest, shares with the smallest. */
  const sortBy = (by) => {
    if (!COLUMNS.includes(by)) return false;
    const first = !["name", "coverage"].includes(by);
    go({ by, down: view.by === by ? !view.down : first });
    return true;
  };
  heads.forEach((head, at) => {
    head.replaceChildren(el("button", { type: "button", text: head.textContent, onclick: () => sortBy(COLUMNS[at]) }));
  });

  const show = () => {
    const fits = wanted();
    const compare = order();
    const chosen = items.filter(fits);
    if (view.as === "tree") rows = unfold(folders[0], fits, compare, []);
    else rows = (view.by === "worst" ? chosen : chosen.sort(compare)).map((item) => ({ item }));
    heads.forEach((head, at) => {
      if (COLUMNS[at] === view.by) head.setAttribute("aria-sort", view.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    for (const button of [...stateButtons, ...viewButtons, worst]) {
      const name = button.dataset.choice;
      button.setAttribute("aria-pressed", String(name === "worst" ? view.by === "worst" : name in STATES ? view.show.has(name) : ofFiles ? view.as === name : view.kind === name));
    }
    openAll.hidden = closeAll.hidden = view.as !== "tree";
    worst.hidden = view.as === "map";
    if (document.activeElement !== filter) filter.value = view.filter;
    const all = items.length;
    found.textContent = chosen.length === all ? "" : `${grouped(chosen.length)} of ${grouped(all)}`;
    table.setAttribute("aria-rowcount", rows.length + 1);
    document.getElementById("table").hidden = view.as === "map";
    if (map) map.hidden = view.as !== "map";
    const shown = view.as === "map" ? drawMap() : rows.length;
    if (view.as !== "map") drawAnew();
    none.hidden = shown > 0 || !all;
    none.textContent = chosen.length ? "Nothing here has statements." : "Nothing here matches this name and state.";
  };

  document.getElementById("controls").append(
    el("span", { class: "group", role: "group", "aria-label": ofFiles ? "Shown as" : "Kind" }, ...viewButtons),
    filter,
    el("span", { class: "group", role: "group", "aria-label": "Only with this state" }, ...stateButtons),
    worst, openAll, closeAll, found,
  );

  for (const [name, key] of [["name", ofFiles ? "f" : "n"], ["statements", "s"], ["missing", "m"], ["excluded", "x"], ["branches", "b"], ["partial", "p"], ["coverage", "c"]]) {
    if (COLUMNS.includes(name)) bind(name === "name" ? ["f", "n"] : key, `sort by ${name}; again to reverse the order`, () => sortBy(name));
  }
  bind("w", "worst first", () => go({ by: "worst", down: false }));
  bind("[", "open the last entry", () => { const last = listed().at(-1); if (last) goTo(last.page); });
  bind("]", "open the first entry", () => { const [first] = listed(); if (first) goTo(first.page); });
  bind("/", "filter by name", () => { filter.focus(); filter.select(); });
  if (ofFiles) {
    bind("t", "switch between list, tree and treemap", () => go({ as: { list: "tree", tree: "map", map: "list" }[view.as] }));
    bind(["←", "↑", "→", "↓"], "in the treemap: move to the neighbouring area; Enter opens it, Backspace leaves a folder");
  }
  /** The listed rows, in order; the contents of closed folders, if there are no others. */
  const listed = () => {
    const shown = rows.filter((row) => row.item.page).map((row) => row.item);
    return shown.length ? shown : items.filter(wanted()).sort(order());
  };
  bind("g", "go to the first entry with something missing", () => {
    const target = listed().find((item) => item.lacking) ?? items.filter(wanted()).sort(order()).find((item) => item.lacking);
    if (target) goTo(target.first ? `${target.page}#L${target.first}` : target.page);
  });

  addEventListener("popstate", () => {
    if (!window.page.isHere()) return;
    read();
    filter.value = view.filter;
    typing = false;
    show();
    come();
  }, { signal });
  addEventListener("scroll", () => requestAnimationFrame(() => draw(false)), { passive: true, signal });
  addEventListener("resize", () => { if (view.as === "map") drawMap(); else drawAnew(); }, { signal });
  // Paper has no scroll bar.
  addEventListener("beforeprint", () => {
    document.getElementById("table").hidden = false;
    body.replaceChildren(...rows.map(line));
  }, { signal });
  addEventListener("afterprint", () => show(), { signal });

  show();
  // A browser remembers the reader's place as a row number, which is now another row.
  try { history.scrollRestoration = "manual"; } catch { /* as it will */ }
  const come = () => scrollTo(0, history.state?.top ?? 0);
  come();
  // `filter=` without a value: the reader wants to type.
  if (asked.get("filter") === "") filter.focus();
};
