// The parts of every page: the theme, the keys and the dialog that lists them. Loaded in the head, so that the theme applies before the page shows.
"use strict";
{
  const page = document.documentElement;
  page.classList.add("js");

  // Only preferences are stored, nothing of a report; if the browser refuses storage, nothing is.
  const taste = {
    get(name) {
      try { return localStorage.getItem(`covmerge.${name}`); } catch { return null; }
    },
    set(name, value) {
      try { localStorage.setItem(`covmerge.${name}`, value); } catch { /* it holds for this page */ }
    },
  };

  const THEMES = ["light", "system", "dark"];
  const theme = THEMES.includes(taste.get("theme")) ? taste.get("theme") : "system";
  const wear = (name) => { page.dataset.theme = name; };
  wear(theme);

  /** An element with attributes (`text` is its text, `on…` a listener) and children. */
  const el = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (key === "text") element.textContent = value;
      else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  };

  const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

  const keys = [];
  /** Binds keys to actions; `names` are values of `KeyboardEvent.key`, or signs of keys that are listed here and bound elsewhere. */
  const bind = (names, text, run) => { keys.push({ names: [names].flat(), text, run }); };

  const dialog = el("dialog", { "aria-labelledby": "keys" });
  const help = () => {
    const list = el("dl");
    for (const { names, text } of keys) {
      list.append(el("dt", {}, ...names.flatMap((name) => [el("kbd", { text: name }), " "])), el("dd", { text }));
    }
    dialog.replaceChildren(
      el("h2", { id: "keys", text: "Keys" }), list,
      el("button", { type: "button", text: "Close", onclick: () => dialog.close() }),
    );
    dialog.showModal();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || dialog.open) return;
    const field = event.target.closest?.("input:not([type=radio], [type=checkbox]), select, textarea");
    if (field) {
      if (event.key === "Escape") field.blur();
      return;
    }
    const bound = keys.find(({ names }) => names.includes(event.key));
    if (bound && bound.run(event) !== false) event.preventDefault();
  });

  /** Puts the tools into a page that was just made, and forgets the keys of the previous one; the signal ends with the page. */
  let scene = new AbortController();
  const furnish = () => {
    scene.abort();
    window.page.follow = window.page.where = null;
    if (dialog.open) dialog.close();
    scene = new AbortController();
    keys.length = 0;
    const tools = document.getElementById("tools");
    const signs = { light: "☀", system: "◐", dark: "☾" };
    const choices = THEMES.map((name) => el("label", { title: `${name} theme` }, el("span", { "aria-hidden": "true", text: signs[name] }),
      el("input", { type: "radio", name: "theme", value: name, checked: name === page.dataset.theme, onchange: () => { wear(name); taste.set("theme", name); } }),
      el("span", { class: "hidden", text: name })));
    tools.replaceChildren(
      el("button", { type: "button", "aria-label": "Keys", title: "Keys", "aria-haspopup": "dialog", text: "?", onclick: help }),
      el("fieldset", { class: "theme" }, el("legend", { class: "hidden", text: "Theme" }), ...choices),
    );
    document.body.append(dialog);
    bind("?", "this list", help);
    // Skipping does not change the address: it still names the view.
    const skip = document.querySelector(".skip");
    skip?.addEventListener("click", (event) => {
      const to = document.querySelector(skip.hash);
      if (to.tabIndex < 0) to.tabIndex = -1;
      to.focus();
      event.preventDefault();
    });
  };

  window.page = {
    el, bind, grouped, taste, furnish,
    /** The part of the address that is not the view of a list: the page, if one document has several. */
    named: {},
    /** The options of the page's listeners, by which they end with the page. */
    get signal() { return scene.signal; },
    /** Goes to another page, or to a place in this page. */
    open: (address) => {
      if (address === location.hash) window.page.follow?.();
      else location.href = address;
    },
    /** Shows the place that the address names, also if it is asked for again. Pages with places set it. */
    follow: null,
    /** Whether the address belongs to the page that is shown. */
    isHere: () => true,
    /** The place in the page that the address names, such as `#L12`, and the address of another place. */
    place: () => location.hash,
    setPlace: (place) => { window.page.step(place || location.pathname + location.search, false); },
    /** Puts an address into the bar: as a step that Back undoes, or in place of the last one. Some viewers refuse it; the page stays as it is. */
    step: (address, isNew) => {
      if (isNew) window.page.rest();
      try { history[isNew ? "pushState" : "replaceState"](isNew ? { top: scrollY } : history.state, "", address); } catch { /* the address stays */ }
    },
    /** The reader's place, in a form better than a scroll position: for a page whose parts are laid out as they come into view. */
    where: null,
    /** Stores the reader's place in the history. */
    rest: () => {
      try { history.replaceState({ ...history.state, top: scrollY, ...window.page.where?.() }, ""); } catch { /* Back leads to the top */ }
    },
    /** The address for a link to a page. */
    href: (address) => address,
  };
  // The reader's place is stored for coming back, since a list is not long enough yet when a browser would scroll.
  let resting = 0;
  addEventListener("scroll", () => {
    clearTimeout(resting);
    resting = setTimeout(window.page.rest, 200);
  }, { passive: true });
  addEventListener("pagehide", () => window.page.rest());
  document.addEventListener("DOMContentLoaded", () => {
    // A list is started by its data, and the one-file report starts with a list.
    if (document.body.dataset.page) return;
    if (document.body.classList.contains("file")) window.page.file();
    else furnish();
  });
}
