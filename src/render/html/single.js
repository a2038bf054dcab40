// The report as one file: the pages are in it, compressed, and shown one at a time. The address after `#` names the page and the place in it:
// `#file=plan.py-0f3a&at=L12`, `#functions`, else what the overview shows.
"use strict";
{
  const { page } = window;
  let store;
  const read = (id) => store.querySelector(`#${id}`)?.textContent.trim() ?? "";
  const unpack = async (text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
  };

  document.addEventListener("DOMContentLoaded", () => {
    store = document.getElementById("data");
    store.remove();
    const files = JSON.parse(read("files-data"));
    const names = read("names").split("\n");
    const overview = document.body;
    const asWritten = overview.innerHTML;
    const { title } = document;
    let shown = "";
    const named = () => new URLSearchParams(location.hash.slice(1));
    const wear = (body) => {
      document.body.replaceWith(body);
      scrollTo(0, 0);
    };
    const parsed = (text) => document.adoptNode(new DOMParser().parseFromString(text, "text/html").body);

    const route = async () => {
      const file = named().get("file");
      const wanted = file ? `file ${file}` : named().has("functions") ? "functions" : "files";
      if (wanted === shown) return;
      shown = wanted;
      if (file) {
        const at = names.indexOf(file);
        const text = at < 0 ? "" : await unpack(read(`p${at}`));
        // Somebody may have gone on while it was unpacked.
        if (shown !== wanted) return;
        wear(parsed(text || `<body class="directory"><header class="top"><a href="index.html">Overview</a><div id="tools" class="tools"></div></header><main><h1>This report has no such file</h1></main></body>`));
        document.title = document.querySelector("h1").textContent;
        document.querySelectorAll("#code li").forEach((line, at) => { line.id = `L${at + 1}`; });
        if (text) page.file();
        else page.furnish();
      } else if (wanted === "functions") {
        const data = JSON.parse(await unpack(read("functions-data")));
        if (shown !== wanted) return;
        wear(parsed(await unpack(read("functions-page"))));
        document.title = "Coverage: functions and classes";
        page.named = { functions: "" };
        window.covmerge(data);
      } else {
        overview.innerHTML = asWritten;
        if (document.body !== overview) wear(overview);
        document.title = title;
        page.named = {};
        window.covmerge(files);
      }
    };

    /** The address after `#` for a link of the site. */
    const within = (href, link) => {
      const [path, place = ""] = href.split("#");
      if (!path) {
        if (!named().has("file")) return href;
        return `#${new URLSearchParams({ file: named().get("file"), ...(place ? { at: place } : {}) })}`;
      }
      if (path.endsWith("index.html")) return `#${place}`;
      if (path.endsWith("functions.html")) return "#functions";
      if (path.includes("dirs/")) {
        const above = [...link.parentElement.children];
        return `#${new URLSearchParams({ filter: `${above.slice(1, above.indexOf(link) + 1).map((one) => one.textContent).join("")}*` })}`;
      }
      return `#${new URLSearchParams({ file: path.split("/").pop().replace(/\.html$/, ""), ...(place ? { at: place } : {}) })}`;
    };
    page.open = (href) => { location.hash = within(href); };
    page.place = () => (named().get("at") ? `#${named().get("at")}` : "");
    page.setPlace = (place) => {
      try { history.replaceState(null, "", within(place || "#")); } catch { /* the address stays */ }
    };
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[href]");
      if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const href = link.getAttribute("href");
      // The overview's own addresses are as they should be.
      if (href.startsWith("#") && !/^#L\d/.test(href)) return;
      event.preventDefault();
      location.hash = within(href, link);
    });
    addEventListener("hashchange", route);
    route();
  });
}
