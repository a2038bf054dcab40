// What every page has: the theme, the keys and the dialog that lists them. Loaded in the head, so that the theme is there before the page is.
"use strict";
{
  const page = document.documentElement;
  page.classList.add("js");

  // Only taste is kept, nothing of a report; where storage is refused, nothing is.
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
  /** Binds keys to what they do; `names` are values of `KeyboardEvent.key`, or signs of keys that are listed and bound elsewhere. */
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

  /** Puts the tools into a page that was just made, and forgets the keys of the one before; the signal ends with the page. */
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
    // The address is not for skipping: what it says of the view stays.
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
    /** What the address names besides the view of a list: which page it is of, where one document has several. */
    named: {},
    /** What listeners of the page are bound with, so that they end with it. */
    get signal() { return scene.signal; },
    /** Goes to another page, or to a place in this one. */
    open: (address) => {
      if (address === location.hash) window.page.follow?.();
      else location.href = address;
    },
    /** Shows the place that the address names; for who asks for the same place again. Pages that have places set it. */
    follow: null,
    /** Whether the address is one of the page that is shown. */
    isHere: () => true,
    /** The place in the page that the address names, as `#L12`, and how to name another one. */
    place: () => location.hash,
    setPlace: (place) => { window.page.step(place || location.pathname + location.search, false); },
    /** Puts an address into the bar: as a step that Back undoes, or in place of the last. Some viewers refuse it; what is shown stays so. */
    step: (address, isNew) => {
      if (isNew) window.page.rest();
      try { history[isNew ? "pushState" : "replaceState"](isNew ? { top: scrollY } : history.state, "", address); } catch { /* the address stays */ }
    },
    /** What says where one is better than how far down it is, for a page whose parts are laid out as they come into view. */
    where: null,
    /** Keeps in the history where one is. */
    rest: () => {
      try { history.replaceState({ ...history.state, top: scrollY, ...window.page.where?.() }, ""); } catch { /* Back leads to the top */ }
    },
    /** What a link to a page has as its address. */
    href: (address) => address,
  };
  // Where one is, for who comes back: a list is not long enough yet when a browser would go there.
  let resting = 0;
  addEventListener("scroll", () => {
    clearTimeout(resting);
    resting = setTimeout(window.page.rest, 200);
  }, { passive: true });
  addEventListener("pagehide", () => window.page.rest());
  document.addEventListener("DOMContentLoaded", () => {
    // A list is begun by its data, and the report as one file begins with one.
    if (document.body.dataset.page) return;
    if (document.body.classList.contains("file")) window.page.file();
    else furnish();
  });
}
