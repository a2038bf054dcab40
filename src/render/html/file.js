// The page of a file: jumps between gaps, shows and hides states, links lines, and shows the contexts that ran them.
"use strict";
window.page.file = () => {
  const { el, bind, grouped, furnish, open: goTo, place, setPlace } = window.page;
  furnish();
  const { signal } = window.page;
  const code = document.getElementById("code");
  const head = document.querySelector(".top");
  // A separate list: a live collection would be walked again for each number.
  const lines = [...code.getElementsByTagName("li")];
  const isComplete = !code.querySelector(".m, .p");
  const numberOf = (line) => Number(line.id.slice(1));
  /** The place of a line among those of the page; of one that is not there, that of the nearest before it, or else the first. */
  const placeOf = (number) => {
    if (lines[number - 1]?.id === `L${number}`) return number - 1;
    let [from, to] = [0, lines.length - 1];
    while (from < to) {
      const middle = (from + to + 1) >> 1;
      if (numberOf(lines[middle]) <= number) from = middle;
      else to = middle - 1;
    }
    return from;
  };
  const lineOf = (number) => lines[placeOf(number)];
  const linesOf = (first, last) => lines.slice(placeOf(first), placeOf(last) + 1);
  /** The number of that line of the page; of one before its first line or after its last, the number of that one. */
  const numberAt = (at) => numberOf(lines[Math.min(Math.max(0, at), lines.length - 1)]);
  // The first class of a line is the writer's: a single letter.
  const stateOf = (line) => { const [name] = line.className.split(" ", 1); return name.length === 1 ? name : ""; };

  // --- hidden states, and stretches to jump to ----------------------------------------------------------------------------------------

  const NAMES = { r: "executed", m: "missing", p: "partial", x: "excluded" };
  const hidden = new Set();
  let selected = null;
  /** The ends of the selection: the line that stays with Shift, and the line that moves. */
  let ends = [0, 0];
  let stretches = [];
  /** Runs of lines that are missing or partial: the first line of each and its last. */
  const gather = () => {
    stretches = [];
    let last = "";
    // With a context chosen, the stretches are the lines that it ran.
    if (code.classList.contains("of-context")) {
      for (const line of code.querySelectorAll("li.in-context")) {
        const number = numberOf(line);
        const open = stretches.at(-1);
        if (open && onlyBlank(open.last, number)) open.last = number;
        else stretches.push({ first: number, last: number });
      }
      count();
      return;
    }
    for (const line of lines) {
      const state = stateOf(line);
      if (!state) continue;
      const kind = state.toLowerCase();
      const number = numberOf(line);
      if (!"mp".includes(kind) || hidden.has(kind)) { last = ""; continue; }
      const open = stretches.at(-1);
      const together = open && last === kind && (state !== "p") && (state === state.toUpperCase() || onlyBlank(open.last, number));
      if (together) open.last = number;
      else if (state === kind) stretches.push({ first: number, last: number, kind });
      last = kind;
    }
    count();
  };
  /** Whether there is no statement between two lines. */
  const onlyBlank = (from, to) => {
    for (let at = placeOf(from) + 1; at < placeOf(to); at += 1) if (stateOf(lines[at])) return false;
    return true;
  };

  // --- moving ------------------------------------------------------------------------------------------------------------------------

  const counter = el("span", { class: "count", role: "status" });
  const lists = [...code.getElementsByTagName("ol")];
  const inView = (number) => {
    const box = lineOf(number).getBoundingClientRect();
    return box.bottom > Math.max(0, head.getBoundingClientRect().bottom) && box.top < innerHeight;
  };
  /** The first of some elements, one below the other, that is in view. */
  const firstInView = (elements) => {
    const edge = Math.max(0, head.getBoundingClientRect().bottom);
    let [from, to] = [0, elements.length - 1];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (elements[middle].getBoundingClientRect().bottom <= edge) from = middle + 1;
      else to = middle;
    }
    return elements[from];
  };
  // Lists that are not laid out do not make room for their lines, so the width of the longest line is set.
  if (code.dataset.columns) {
    const widest = el("span", { class: "widest" });
    widest.style.inlineSize = `calc(${code.dataset.columns}ch + 9ch + 1.5rem)`;
    code.prepend(widest);
  }
  const topLine = () => numberOf(firstInView([...firstInView(lists).children]));
  /** The stretches before and after the reader's place: the selected line if it is in view, otherwise the upper edge. */
  const around = () => {
    if (!lines.length) return [-1, -1];
    if (selected && inView(selected[0])) {
      const [line] = selected;
      return [stretches.findLastIndex((stretch) => stretch.first < line), stretches.findIndex((stretch) => stretch.first > line)];
    }
    const line = topLine();
    return [stretches.findLastIndex((stretch) => stretch.first < line), stretches.findIndex((stretch) => stretch.first >= line)];
  };
  const leadsOn = (after) => after < 0 && Boolean(document.body.dataset.lacking) && !code.classList.contains("of-context");
  const count = () => {
    const [before, after] = around();
    const current = stretches.findIndex((stretch) => stretch.first === selected?.[0]);
    const at = current >= 0 && inView(selected[0]) ? grouped(current + 1) : "–";
    const text = stretches.length ? `${at} of ${grouped(stretches.length)}` : isComplete ? "nothing missing" : "all hidden";
    // An unchanged text must not be read out again.
    if (counter.textContent !== text) counter.textContent = text;
    following.textContent = leadsOn(after) ? "Next file" : "Next";
    // Not disabled, so that the focused button keeps the focus.
    following.setAttribute("aria-disabled", String(after < 0 && !leadsOn(after)));
    previous.setAttribute("aria-disabled", String(before < 0));
  };
  /** Scrolls until the panel does not cover an element. */
  const clear = (element) => {
    const over = element.getBoundingClientRect().bottom + 8 - panel.getBoundingClientRect().top;
    if (!panel.hidden && over > 0) scrollBy(0, over);
  };
  /** Scrolls until a line is at the height where people read. */
  const bring = (number) => scrollBy({ top: lineOf(number).getBoundingClientRect().top - innerHeight * 0.3 });
  const jump = (which) => {
    const stretch = stretches[which];
    if (!stretch) return;
    select(stretch.first, stretch.last);
    bring(stretch.first);
    count();
  };
  const next = () => {
    const [, after] = around();
    if (leadsOn(after)) goTo(document.body.dataset.lacking);
    else jump(after);
  };
  const back = () => jump(around()[0]);
  const previous = el("button", { type: "button", text: "Previous", onclick: back });
  const following = el("button", { type: "button", text: "Next", onclick: next });

  // --- the selected lines --------------------------------------------------------------------------------------------------------------

  const panel = el("section", { id: "line", "aria-label": "Selected lines", hidden: true });
  const anchor = ([first, last]) => (first === last ? `#L${first}` : `#L${first}-L${last}`);
  /** The source is one stop of Tab; the links of a line are further stops while it is selected. */
  const mark = (line, on) => {
    line.classList.toggle("selected", on);
    for (const link of line.querySelectorAll(".why a")) link.tabIndex = on ? 0 : -1;
  };
  for (const link of code.querySelectorAll("a")) link.tabIndex = -1;
  const select = (first, last) => {
    for (const line of code.querySelectorAll(".selected")) mark(line, false);
    selected = first ? [Math.min(first, last), Math.max(first, last)] : null;
    ends = [first, last];
    panel.hidden = !selected;
    count();
    if (!selected) {
      if (place()) setPlace("");
      return;
    }
    for (const line of linesOf(...selected)) mark(line, true);
    if (place() !== anchor(selected)) setPlace(anchor(selected));
    describe();
  };
  const copy = async (button) => {
    const link = location.href;
    let done = false;
    try { await navigator.clipboard.writeText(link); done = true; } catch { /* refused, or not a secure page */ }
    if (!done) {
      const field = el("textarea", { class: "hidden", readonly: true });
      field.value = link;
      document.body.append(field);
      field.select();
      try { done = document.execCommand("copy"); } catch { /* refused, too */ }
      field.remove();
    }
    button.textContent = done ? "Copied" : link;
  };
  const describe = () => {
    const [first, last] = selected;
    const states = new Set(linesOf(first, last).map((line) => NAMES[stateOf(line).toLowerCase()] || "no statement"));
    const where = first === last ? `Line ${first}` : `Lines ${first} to ${last}`;
    panel.replaceChildren(
      el("strong", { text: where }), el("span", { text: [...states].filter((state) => states.size === 1 || state !== "no statement").join(", ") }),
      el("button", { type: "button", text: "Copy link", onclick: (event) => copy(event.currentTarget) }),
      el("button", { type: "button", text: "Close", onclick: () => { select(0); code.focus({ preventScroll: true }); } }),
      ...ran(first, last),
    );
  };
  /** Whether the step was taken before: then the reader's place at that time counts, not the one that the address names. */
  const comesBack = () => history.state?.top !== undefined;
  /** Selects the lines that the address names, and brings them into view if the step is new. */
  const follow = (isNew = !comesBack()) => {
    // The one-file report is about to show another page.
    if (!window.page.isHere()) return;
    const range = /^#L(\d+)(?:-L?(\d+))?$/.exec(place());
    if (!range) {
      // Back to the time before anything was selected.
      if (selected) select(0);
      return;
    }
    if (!lines.length) return;
    select(...[range[1], range[2] || range[1]].map((number) => numberOf(lineOf(Number(number)))));
    if (!isNew) return;
    // The browser has scrolled there itself, except for a range and in the one-file report.
    const box = lineOf(selected[0]).getBoundingClientRect();
    if (box.top < head.getBoundingClientRect().bottom || box.bottom > panel.getBoundingClientRect().top) bring(selected[0]);
  };

  // --- contexts -----------------------------------------------------------------------------------------------------------------------------

  const data = document.getElementById("contexts");
  let known = null;
  const contexts = () => {
    if (!data) return null;
    if (!known) {
      known = JSON.parse(data.textContent);
      known.of = new Map();
      for (const [first, length, set] of known.lines) for (let at = 0; at < length; at += 1) known.of.set(first + at, known.sets[set]);
    }
    return known;
  };
  /** The contexts that ran one of the lines, as buttons. */
  const ran = (first, last) => {
    if (!data) return [];
    const { names, of } = contexts();
    const who = new Set();
    for (let at = placeOf(first); at <= placeOf(last); at += 1) {
      // The further lines of a statement go with its first.
      let begin = at;
      while (begin > 0 && "RMPX".includes(stateOf(lines[begin]) || " ")) begin -= 1;
      for (const name of of.get(numberOf(lines[begin])) || []) who.add(name);
    }
    if (!who.size) return [el("span", { text: "not run in any context" })];
    return [el("span", { text: who.size === 1 ? "ran in 1 context" : `ran in ${grouped(who.size)} contexts` }),
      el("ul", {}, ...[...who].slice(0, 200).map((name) => el("li", {}, el("button", { type: "button", title: names[name], text: names[name], onclick: () => choose(name) }))), ...(who.size > 200 ? [el("li", { text: `and ${who.size - 200} more` })] : []))];
  };
  /** Shows only the lines that a context ran; all lines if no context is given. */
  const choose = (name) => {
    const { names, of } = contexts();
    code.classList.toggle("of-context", name !== null);
    let inside = false;
    for (const line of lines) {
      const state = stateOf(line);
      // The further lines of a statement go with its first.
      if (state !== state.toUpperCase()) inside = name !== null && (of.get(numberOf(line)) || []).includes(name);
      line.classList.toggle("in-context", inside && state !== "");
    }
    picker.value = name === null ? "" : names[name];
    gather();
    sketch(name !== null);
  };
  /** Shows in the minimap the lines that the context ran, in place of the gaps. */
  const sketch = (chosen) => {
    map?.querySelector(".r")?.remove();
    if (!map || !chosen) return;
    const path = document.createElementNS(map.namespaceURI, "path");
    path.setAttribute("class", "r");
    path.setAttribute("d", stretches.map(({ first, last }) => `M0 ${placeOf(first)}h12v${placeOf(last) - placeOf(first) + 1}h-12z`).join(""));
    map.append(path);
  };
  const picker = el("input", { type: "search", list: "context-names", placeholder: "all contexts", "aria-label": "Show only lines that ran in this context", autocomplete: "off" });

  // --- putting it together -----------------------------------------------------------------------------------------------------------------

  const setHidden = (state, hide) => {
    if (hide) hidden.add(state); else hidden.delete(state);
    code.classList.toggle(`hide-${state}`, hide);
    document.querySelector(`#sums [data-key="${state}"] button`)?.setAttribute("aria-pressed", String(!hide));
    gather();
  };
  const flip = (state) => setHidden(state, !hidden.has(state));

  const tools = document.getElementById("tools");
  const lineField = el("input", { type: "text", inputmode: "numeric", size: 4, placeholder: "line", "aria-label": "Go to line", autocomplete: "off",
    onkeydown: (event) => {
      if (event.key !== "Enter") return;
      // `1,234` is one number, as the page writes it.
      const number = lineField.value.replace(/(\d)[,.' ](?=\d{3})/g, "$1").match(/\d+/)?.[0];
      if (!number || !lines.length) return;
      goTo(`#${lineOf(Number(number)).id}`);
      lineField.value = "";
      code.focus({ preventScroll: true });
    } });

  // One stop of Tab, with arrows inside.
  const sums = document.getElementById("sums");
  sums.setAttribute("role", "toolbar");
  sums.setAttribute("aria-label", "Marked lines");
  const toggles = [...sums.children].map((sum, at) => {
    const state = sum.dataset.key;
    const button = el("button", { type: "button", "aria-pressed": "true", tabindex: at ? -1 : 0, title: `show or hide (${state})`, text: sum.textContent.trim(), onclick: () => flip(state) });
    sum.setAttribute("role", "none");
    sum.replaceChildren(button);
    return button;
  });
  sums.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    toggles.at((toggles.indexOf(event.target) + by) % toggles.length).focus();
    event.preventDefault();
  });
  sums.addEventListener("focusin", (event) => { for (const one of toggles) one.tabIndex = one === event.target ? 0 : -1; });
  if (data) {
    const list = el("datalist", { id: "context-names" });
    // The names are read when a reader wants to choose one.
    picker.addEventListener("focus", () => { if (!list.firstChild) list.append(...contexts().names.map((name) => el("option", { value: name }))); });
    picker.addEventListener("change", () => {
      const at = contexts().names.indexOf(picker.value);
      choose(at < 0 ? null : at);
    });
    tools.append(picker, list);
  }
  tools.append(previous, counter, following, lineField);
  // Placed before the source, so that it is one stop of Tab away from it.
  document.querySelector(".columns").before(panel);
  // Before any scrolling, the map begins below the parts above the source, and must still end on the screen.
  const map = document.getElementById("map");
  let lower = 0;
  const fit = () => {
    const now = map && Math.max(0, map.getBoundingClientRect().top - parseFloat(getComputedStyle(map).top));
    if (now !== lower) map?.style.setProperty("--lower", `${lower = now}px`);
  };
  // On a phone the tools are at the bottom, in as many rows as they need, and the panel is above them.
  const sizes = new ResizeObserver(() => {
    const heights = { head: head.offsetHeight, foot: tools.offsetHeight, below: panel.offsetHeight };
    // Only on these elements: every line inherits a property of the root, and would be styled again.
    for (const one of [panel, map, document.querySelector("aside")]) {
      for (const [name, height] of Object.entries(heights)) one?.style.setProperty(`--${name}`, `${height}px`);
    }
    fit();
  });
  for (const one of [head, tools, panel, document.querySelector("body > section")]) sizes.observe(one);
  signal.addEventListener("abort", () => sizes.disconnect());

  const pick = (number, more) => {
    if (more && selected) select(ends[0], number);
    else if (selected && selected[0] === number && selected[1] === number) select(0);
    else select(number, number);
    clear(lineOf(number));
  };
  // The number of a line is a link only under the pointer: a link for each line would add a third more elements.
  const own = el("a", { class: "own", tabindex: -1, draggable: "false", onclick: (event) => {
    if (event.ctrlKey || event.metaKey) return;
    pick(numberOf(own.parentNode), event.shiftKey);
    code.focus({ preventScroll: true });
    event.preventDefault();
  } });
  code.addEventListener("pointerover", (event) => {
    const line = event.target.closest("li");
    if (!line || line === own.parentNode) return;
    own.href = window.page.href(`#${line.id}`);
    own.ariaLabel = `Line ${numberOf(line)}`;
    line.prepend(own);
  });
  // One listener for the page: a touch beside the number of a line selects the line, a click in the minimap goes there.
  document.addEventListener("click", (event) => {
    const line = event.target.closest?.("#code li");
    if (line && event.target === line && event.clientX < line.getBoundingClientRect().left + 10 * parseFloat(getComputedStyle(line).fontSize) * 0.6 + 8) {
      pick(numberOf(line), event.shiftKey);
      return;
    }
    if (event.target.closest?.("#map")) {
      const box = map.getBoundingClientRect();
      bring(numberAt(Math.ceil(((event.clientY - box.top) / box.height) * lines.length) - 1));
    }
  }, { signal });
  code.addEventListener("keydown", (event) => {
    if (event.target !== code || !lines.length || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (selected ? !by : event.key !== "Enter") return;
    const from = event.shiftKey ? ends[1] : selected?.[by > 0 ? 1 : 0];
    const to = by ? numberAt(placeOf(from) + by) : topLine();
    select(event.shiftKey && by ? ends[0] : to, to);
    lineOf(to).scrollIntoView({ block: "nearest" });
    clear(lineOf(to));
    event.preventDefault();
  });
  document.addEventListener("focusin", (event) => {
    // The browser scrolls afterwards.
    if (event.target.closest("#code a, aside")) requestAnimationFrame(() => clear(event.target));
  }, { signal });

  const file = (way) => { document.querySelector(`nav a[rel=${way}]`)?.click(); };
  // `p` is coverage.py's key, except while the reader steps with `n`: then it goes back.
  let walking = false;
  document.addEventListener("keydown", (event) => { if (!["n", "N", "p", "Shift"].includes(event.key)) walking = false; }, { signal });
  bind(["n", "j"], "next missing or partial range; after the last one, the next file that has one", (event) => { walking = event.key === "n"; next(); });
  bind(["N", "k"], "previous range", (event) => { walking = event.key === "N"; back(); });
  bind("r", "show or hide executed lines", () => flip("r"));
  bind("m", "show or hide missing lines", () => flip("m"));
  bind("x", "show or hide excluded lines", () => flip("x"));
  const partial = sums.querySelector("[data-key=p]") ? "show or hide partial lines; " : "";
  bind("p", `${partial}right after n: previous range`, () => { if (walking) back(); else flip("p"); });
  bind("1", "first range", () => jump(0));
  bind("0", "top of the file", () => { select(0); scrollTo(0, 0); });
  bind(["↑", "↓"], "in the source: select the line above or below, with Shift a range of lines; Enter starts");
  bind("g", "go to line", () => { lineField.focus({ preventScroll: true }); lineField.select(); });
  bind("/", "go to the filter of the overview", () => { goTo("../index.html#filter="); });
  bind("[", "previous file", () => file("prev"));
  bind("]", "next file", () => file("next"));
  bind("u", "overview", () => { goTo("../index.html"); });
  bind("c", "copy a link to the selected lines", () => { if (selected) copy(panel.querySelector("button")); });
  bind("Escape", "clear the selection, show all contexts", () => { if (selected) select(0); if (data) choose(null); });

  // A line and its offset, since parts that are not laid out yet may be higher than estimated.
  window.page.where = () => {
    const line = lines.length ? topLine() : 0;
    return line ? { line, at: lineOf(line).getBoundingClientRect().top } : {};
  };
  window.page.come = ({ top, line, at }) => {
    if (line && lines.length) scrollBy(0, lineOf(line).getBoundingClientRect().top - at);
    else scrollTo(0, top);
  };
  const come = () => { if (comesBack()) window.page.come(history.state); };
  addEventListener("hashchange", () => {
    follow();
    // The browser has scrolled to the line.
    come();
  }, { signal });
  window.page.follow = () => follow(true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a");
    if (link?.hash && link.href === location.href && !event.ctrlKey && !event.metaKey && !event.shiftKey) follow(true);
  }, { signal });
  addEventListener("scroll", () => requestAnimationFrame(() => { count(); fit(); }), { passive: true, signal });
  gather();
  follow();
  // A browser would scroll by its estimates of the heights.
  try { history.scrollRestoration = "manual"; } catch { /* as it will */ }
  come();
  addEventListener("load", () => requestAnimationFrame(come), { signal });
};
