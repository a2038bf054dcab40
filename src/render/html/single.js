// The one-file report: it contains the pages, compressed, and shows one at a time. The address after `#` names the page and the place in it:
// `#file=plan.py-0f3a&at=L12`, `#functions`, otherwise the view of the overview. Links are translated to such addresses when a page is shown.
"use strict";
{
  const { page } = window;
  let store;
  const read = (id) => store.querySelector(`#${id}`)?.textContent.trim() ?? "";
  const unpack = async (text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
  };
  const named = () => new URLSearchParams(location.hash.slice(1));

  // --- links ---------------------------------------------------------------------------------------------------------------------------

  /** The address after `#` for a link of the site. */
  page.href = (href) => {
    const [path, place = ""] = href.split("#");
    const file = path ? path.split("/").pop().replace(/\.html$/, "") : named().get("file");
    if (path.endsWith("index.html") || !file) return `#${place}`;
    if (path.endsWith("functions.html")) return "#functions";
    return `#${new URLSearchParams({ file, ...(place ? { at: place } : {}) })}`;
  };
  const translate = (within) => {
    for (const link of within.querySelectorAll("a[href]:not(.skip)")) {
      const href = link.getAttribute("href");
      if (href.startsWith("#") && !/^#L\d/.test(href)) continue;
      if (href.includes("dirs/")) {
        // A directory is shown as the list of its files. A space would separate two words.
        const above = [...link.parentElement.children];
        const path = above.slice(1, above.indexOf(link) + 1).map((one) => one.textContent).join("");
        link.setAttribute("href", `#${new URLSearchParams({ filter: `/${path.replace(/\s/g, "?")}*` })}`);
      } else {
        link.setAttribute("href", page.href(href));
      }
    }
  };
  const go = (address) => {
    if (address === location.hash) {
      page.follow?.();
      return;
    }
    const before = location.href;
    location.hash = address;
    if (location.href !== before) return;
    // Some frames refuse this.
    page.step(address, true);
    for (const event of ["popstate", "hashchange"]) dispatchEvent(new Event(event));
  };
  page.open = (href) => go(page.href(href));
  // Not by the browser: in a frame without its own address a link would lead to the page around it.
  document.addEventListener("click", (event) => {
    const address = event.target.closest?.("a")?.getAttribute("href");
    if (!address?.startsWith("#") || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(address);
  });
  page.place = () => (named().get("at") ? `#${named().get("at")}` : "");
  page.setPlace = (place) => { if (page.isHere()) page.step(page.href(place || "#"), false); };

  // --- the reader's place on each page, for Back -------------------------------------------------------------------------------------------

  const scrolled = [];
  let step = history.state?.step ?? 0;
  const mark = (address, isNew) => {
    // After a reload only the history knows.
    const top = scrolled[step] ?? history.state?.top;
    const where = !isNew && page.isHere() ? page.where?.() : null;
    try { history[isNew ? "pushState" : "replaceState"]({ step, top, ...where }, "", address); } catch { /* the address stays */ }
  };
  page.step = (address, isNew) => {
    if (isNew) {
      page.rest();
      step = Math.max(step, scrolled.length - 1) + 1;
      scrolled[step] = scrollY;
    }
    mark(address, isNew);
  };
  addEventListener("scroll", () => { if (page.isHere()) scrolled[step] = scrollY; }, { passive: true });
  // For a reload, which forgets everything else.
  page.rest = () => { if (page.isHere()) mark(location.hash || "#", false); };

  // --- pages -----------------------------------------------------------------------------------------------------------------------------

  document.addEventListener("DOMContentLoaded", () => {
    store = document.getElementById("data");
    store.remove();
    const files = JSON.parse(read("files-data"));
    const names = read("names").split("\n");
    const overview = document.body;
    translate(overview);
    const asWritten = overview.innerHTML;
    const { title } = document;
    // The requested page, and the page that is shown until it is unpacked.
    let wanted = "";
    let worn = "";
    const wear = (body) => {
      if (document.body !== body) document.body.replaceWith(body);
      scrollTo(0, 0);
      worn = wanted;
    };
    const parsed = (text) => {
      const { body } = new DOMParser().parseFromString(text, "text/html");
      translate(body);
      return document.adoptNode(body);
    };

    const asked = () => (named().get("file") ? `file ${named().get("file")}` : named().has("functions") ? "functions" : "files");
    page.isHere = () => asked() === worn;
    const route = async () => {
      const file = named().get("file");
      if (wanted === asked()) return;
      wanted = asked();
      const target = wanted;
      if (file) {
        const at = names.indexOf(file);
        const text = at < 0 ? "" : await unpack(read(`p${at}`));
        // The reader may have gone on while it was unpacked.
        if (target !== wanted) return;
        wear(parsed(text || `<body class="directory"><header class="top"><a href="index.html">Overview</a><div id="tools" class="tools"></div></header><main><h1>This report has no such file</h1></main></body>`));
        if (!text) document.querySelector("main").prepend(...[...overview.querySelectorAll(".banner")].map((banner) => banner.cloneNode(true)));
        document.title = [...document.querySelector("h1").childNodes].map((node) => node.textContent.trim()).filter(Boolean).join(": ");
        // A line has a value where lines before it are left out.
        let number = 0;
        for (const line of document.querySelectorAll("#code li")) line.id = `L${number = line.value || number + 1}`;
        if (text) page.file();
        else page.furnish();
      } else if (wanted === "functions") {
        const [data, list] = await Promise.all([read("functions-data"), read("functions-page")].map(unpack));
        if (target !== wanted) return;
        wear(parsed(list));
        document.title = "Coverage: functions and classes";
        page.named = { functions: "" };
        window.covmerge(JSON.parse(data));
      } else {
        overview.innerHTML = asWritten;
        wear(overview);
        document.title = title;
        page.named = {};
        window.covmerge(files);
      }
    };
    /** The number of this step; a new one if the history does not know it. */
    const count = () => {
      const known = history.state?.step;
      step = known ?? Math.max(step, scrolled.length - 1) + 1;
      if (known === undefined) mark(location.hash || "#", false);
    };
    /** After a step in the address: scrolls to the reader's place, if the step was taken before. */
    const arrive = async () => {
      if (history.state?.step === undefined) count();
      const here = step;
      const place = scrolled[step] ?? history.state?.top;
      await route();
      const state = history.state ?? {};
      const back = () => {
        if (here !== step || place === undefined) return;
        if (state.line && state.top === place) page.come(state);
        else scrollTo(0, place);
      };
      back();
      // Parts that come into view may be higher than estimated.
      requestAnimationFrame(() => requestAnimationFrame(back));
    };
    addEventListener("popstate", count);
    addEventListener("hashchange", arrive);
    arrive();
  });
}
