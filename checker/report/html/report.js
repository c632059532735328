"use strict";
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const table = document.getElementById("rows");
  if (!table) return;
  const words = read("words");
  const data = read("data");
  const n = data.n;
  const SLICE = 12; // milliseconds of work before the page may answer
  const SIZES = [50, 100, 200];

  // --- columns -------------------------------------------------------------------------------------------------------
  const column = (codes) => (Array.isArray(codes) ? Int32Array.from(codes) : new Int32Array(n).fill(codes.all));
  const number = {};
  for (const name of Object.keys(data.numbers)) number[name] = wide(data.numbers[name], name);
  const text = {};
  for (const name of Object.keys(data.texts)) text[name] = { words: data.texts[name].words, codes: column(data.texts[name].codes) };
  function wide(codes, name) {
    if (name !== "occurred" && name !== "due") return column(codes);
    return Array.isArray(codes) ? Float64Array.from(codes) : new Float64Array(n).fill(codes.all);
  }
  const argumentCodes = Array.isArray(data.args.codes) ? data.args.codes : null;
  const argument = (place) => data.args.words[argumentCodes ? argumentCodes[place] : data.args.codes.all];
  const argumentStart = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) argumentStart[i + 1] = argumentStart[i] + data.templates[number.template[i]].names.length;
  const pieces = data.templates.map((one) => one.text.split(/(\{[^{}]*\})/));

  const word = (name, i) => (text[name].codes[i] < 0 ? null : text[name].words[text[name].codes[i]]);
  const rule = (i) => data.rules[number.rule[i]];
  const id = (i) => "F-" + data.id.substr(i * 12, 12);
  function fact(i) {
    const at = number.template[i];
    const names = data.templates[at].names;
    return pieces[at].map((piece) => {
      const k = piece[0] === "{" ? names.indexOf(piece.slice(1, -1)) : -1;
      return k < 0 ? piece : argument(argumentStart[i] + k);
    }).join("");
  }
  const two = (value) => String(value).padStart(2, "0");
  function moment(seconds) {
    if (seconds < 0) return "—";
    const d = new Date(Math.floor(seconds) * 1000);
    const day = `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
    if (seconds % 1) return `${day} 24:00`;
    const minute = `${day} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
    return d.getUTCSeconds() ? `${minute}:${two(d.getUTCSeconds())}` : minute;
  }
  const points = (i) => (number.points[i] < 0 ? "—" : String(number.points[i] / 100));
  const repeated = (i) => words.repeated.replace("{n}", number.repeat[i]).replace("{p}", number.weighed[i] / 100);
  const share = (value) => value.toLocaleString("en");
  function evidence(i) {
    const file = word("file", i);
    if (file === null) return word("evidence", i) || "—";
    const sheet = word("sheet", i);
    return file + (sheet ? `[${sheet}]` : "") + (number.row[i] < 0 ? "" : `:${number.row[i]}`);
  }

  // --- what is shown -------------------------------------------------------------------------------------------------
  const want = { text: "", severity: -1, area: "", rule: -1, site: -1, team: -2, who: -2, state: -1 };
  let order = { by: "number", down: false };
  let shown = Int32Array.from({ length: n }, (_, i) => i);
  let page = 0;
  let size = SIZES[0];
  let asked = 0;

  const rows = number.row.reduce((most, value) => Math.max(most, value), 0) + 2;
  const KEYS = { // whole numbers from -1, small enough that a key times n is exact
    number: (i) => i, requirement: (i) => number.rule[i], time: (i) => Math.floor(number.occurred[i]),
    level: (i) => data.rules[number.rule[i]].severity * 1000000 + 999999 - Math.min(Math.max(number.points[i], 0), 999999),
    accountable: (i) => text.accountable.codes[i], evidence: (i) => text.file.codes[i] < 0 ? -1 : text.file.codes[i] * rows + number.row[i] + 1,
  };

  function plain(i) {
    const one = rule(i);
    return (one.severity === want.severity || want.severity < 0) && (want.area === "" || one.area === want.area) && (want.rule < 0 || number.rule[i] === want.rule)
      && (want.site < 0 || text.site.codes[i] === want.site) && (want.team < -1 || text.team.codes[i] === want.team)
      && (want.who < -1 || text.accountable.codes[i] === want.who) && (want.state < 0 || number.state[i] === want.state);
  }
  function said(i, needle) {
    return (fact(i) + " " + id(i) + " " + (word("subject", i) || "") + " " + (word("accountable", i) || "") + " " + rule(i).title).toLowerCase().includes(needle);
  }

  /* Filter in slices, so that no task is long; a newer question ends an older one. */
  function filter() {
    const mine = ++asked;
    const needle = want.text.trim().toLowerCase();
    const found = new Int32Array(n);
    let count = 0;
    let i = 0;
    status.textContent = words.working + " …";
    const step = () => {
      if (mine !== asked) return;
      const until = performance.now() + SLICE;
      do {
        for (const end = Math.min(i + 64, n); i < end; i++) if (plain(i) && (!needle || said(i, needle))) found[count++] = i;
      } while (i < n && performance.now() < until);
      if (i < n) setTimeout(step); else { shown = found.slice(0, count); sort(); }
    };
    step();
  }

  /* Sort numbers only: a key and a place packed in one double, so that equal keys keep the order of the list. */
  function sort() {
    const key = KEYS[order.by];
    const packed = new Float64Array(shown.length);
    for (let k = 0; k < shown.length; k++) packed[k] = (key(shown[k]) + 1) * n + shown[k];
    packed.sort();
    for (let k = 0; k < shown.length; k++) shown[k] = packed[k] % n;
    if (order.down) shown.reverse();
    page = 0;
    draw();
  }

  // --- drawing: every text goes in as text ---------------------------------------------------------------------------
  function make(tag, attributes, ...inner) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== false && value !== null) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...inner);
    return made;
  }
  const small = (value) => make("small", {}, value);
  const clip = (value) => make("div", { class: "clip" }, value);
  const broken = () => make("br");

  const HEADS = [["number", "c1"], ["requirement", "c2"], ["fact", "c3"], ["time", "c4"], ["level", "c5"], ["accountable", "c6"], ["evidence", "c7"], ["state", "c8"]];
  const body = make("tbody");
  function heads() {
    return make("thead", {}, make("tr", {}, ...HEADS.map(([name, css]) => {
      const sorted = order.by === name ? (order.down ? "descending" : "ascending") : false;
      const mark = sorted ? (order.down ? " ▼" : " ▲") : "";
      if (!KEYS[name]) return make("th", { class: css }, words[name]);
      const press = () => { order = { by: name, down: order.by === name && !order.down }; sort(); };
      return make("th", { class: css, "aria-sort": sorted }, make("button", { type: "button", title: words.sort, onclick: press }, words[name] + mark));
    })));
  }
  function row(i) {
    const one = rule(i);
    const made = make("tr", { class: "row", tabindex: "0" },
      make("td", {}, String(i + 1), broken(), small(id(i))),
      make("td", {}, one.title, broken(), small(one.clause)),
      make("td", {}, clip(fact(i))),
      make("td", {}, moment(number.occurred[i])),
      make("td", {}, make("span", { class: `severity ${["critical", "major", "minor", "advisory"][one.severity] || ""}` }, one.word), broken(), points(i), ...(number.repeat[i] > 1 ? [broken(), small(repeated(i))] : [])),
      make("td", {}, word("team", i) || "—", broken(), word("accountable", i) || "—"),
      make("td", {}, ...(word("subject", i) ? [clip(word("subject", i))] : []), ...(text.site.words.length > 1 ? [small(word("site", i)), broken()] : []), small(evidence(i)), number.more[i] > 0 ? small(` +${number.more[i]}`) : ""),
      make("td", {}, words.states[number.state[i]]));
    const open = () => {
      const next = made.nextSibling;
      if (next && next.classList.contains("more")) next.remove(); else made.after(more(i));
    };
    made.addEventListener("click", open);
    made.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); } });
    return made;
  }
  function more(i) {
    const list = make("dl");
    const add = (name, value) => { if (value !== null && value !== "" && value !== "—") list.append(make("dt", {}, words[name]), make("dd", {}, value)); };
    add("rule", rule(i).policy);
    add("subject", [word("subject", i), word("ordinal", i)].filter(Boolean).join(" · "));
    add("site", word("site", i));
    add("due", moment(number.due[i]));
    add("measured", word("measured", i));
    add("limit", word("limit", i));
    add("value", word("value", i));
    add("note", word("note", i));
    add("repeatOf", number.repeat[i] > 1 ? String(number.repeat[i]) : "");
    add("more", number.more[i] > 0 ? String(number.more[i]) : "");
    add("waived", word("waived_by", i));
    add("reason", word("reason", i));
    if (number.disputed[i]) add("note", words.disputed);
    return make("tr", { class: "more" }, make("td", { colspan: HEADS.length }, list));
  }
  function draw() {
    const pages = Math.max(1, Math.ceil(shown.length / size));
    page = Math.min(Math.max(page, 0), pages - 1);
    const part = Array.from(shown.subarray(page * size, (page + 1) * size));
    body.replaceChildren(...part.map(row));
    if (!part.length) body.append(make("tr", {}, make("td", { colspan: HEADS.length }, words.none)));
    table.replaceChildren(heads(), body);
    status.textContent = `${words.found} ${share(shown.length)} / ${share(n)}`;
    back.disabled = page === 0;
    forth.disabled = page >= pages - 1;
    where.textContent = `${page + 1} / ${pages} ${words.page}`;
  }

  // --- tools ---------------------------------------------------------------------------------------------------------
  const status = make("output", { "aria-live": "polite" });
  const search = make("input", { type: "search", placeholder: words.search, "aria-label": words.search });
  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => { want.text = search.value; filter(); }, 150); });
  const pickers = {};
  function picker(name, label, options, set) {
    const made = make("select", {}, make("option", { value: "" }, words.all), ...options.map(([value, shownAs]) => make("option", { value }, shownAs)));
    made.addEventListener("change", () => { set(made.value); filter(); });
    pickers[name] = made;
    return options.length > 1 ? [make("label", {}, label, made)] : [];
  }
  const listed = (name) => text[name].words.map((value, code) => [String(code), value]);
  const used = [...new Set(number.rule)].sort((a, b) => a - b);
  const tool = document.getElementById("tool");
  tool.append(
    make("label", {}, words.search, search),
    ...picker("severity", words.severity, words.severities.map((value, code) => [String(code), value]), (value) => { want.severity = value === "" ? -1 : Number(value); }),
    ...picker("area", words.area, [...new Set(used.map((at) => data.rules[at].area))].map((value) => [value, value]), (value) => { want.area = value; }),
    ...picker("rule", words.rule, used.map((at) => [String(at), data.rules[at].title]), (value) => { want.rule = value === "" ? -1 : Number(value); }),
    ...picker("site", words.site, listed("site"), (value) => { want.site = value === "" ? -1 : Number(value); }),
    ...picker("team", words.team, listed("team"), (value) => { want.team = value === "" ? -2 : Number(value); }),
    ...picker("who", words.who, text.accountable.words.length <= 2000 ? listed("accountable") : [], (value) => { want.who = value === "" ? -2 : Number(value); }),
    ...picker("state", words.state, [...new Set(number.state)].sort().map((code) => [String(code), words.states[code]]), (value) => { want.state = value === "" ? -1 : Number(value); }),
    make("button", { type: "button", onclick: clear }, words.clear), status);
  function clear() {
    Object.assign(want, { text: "", severity: -1, area: "", rule: -1, site: -1, team: -2, who: -2, state: -1 });
    search.value = "";
    for (const made of Object.values(pickers)) made.value = "";
    order = { by: "number", down: false };
    filter();
  }
  const back = make("button", { type: "button", onclick: () => { page--; draw(); } }, words.previous);
  const forth = make("button", { type: "button", onclick: () => { page++; draw(); } }, words.next);
  const where = make("span");
  const sizes = make("select", { "aria-label": words.perPage }, ...SIZES.map((value) => make("option", { value: String(value) }, `${words.perPage} ${value}`)));
  sizes.addEventListener("change", () => { size = Number(sizes.value); page = 0; draw(); });
  document.getElementById("pager").append(back, where, forth, sizes);
  for (const link of document.querySelectorAll("a[data-rule]")) {
    link.addEventListener("click", () => {
      const at = data.rules.findIndex((one) => one.policy === link.dataset.rule);
      want.rule = at;
      pickers.rule.value = String(at);
      filter();
    });
  }
  for (const one of [tool, table, document.getElementById("pager")]) one.hidden = false;
  document.documentElement.classList.add("live");
  draw();
})();
