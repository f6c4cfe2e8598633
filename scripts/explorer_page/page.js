/* The page: its state is the part of the address behind #, so that every view can be linked to. */

const data = JSON.parse(document.getElementById("data").textContent);
const ways = readWays(data);
const PAGE = 100;
const FILTERS = ["q", "region", "geography", "provider", "life"];
const NAMES = [...FILTERS, "sort", "model", "from", "by", "on"];
const COLUMNS = [
  ["model", "Model", (way) => way.model],
  ["region", "Called from", (way) => way.region],
  ["geography", "Geography", (way) => way.geography || "on demand"],
  ["reach", "Data may go to", reach],
  ["life", "Life cycle", (way) => stage(way.life, today()).words],
  ["input", "Input", (way) => standard(way, "input")],
  ["output", "Output", (way) => standard(way, "output")],
];
const byId = (id) => document.getElementById(id);
let limit = PAGE;

/** The state that the address names; a name that is not there is empty. */
function state() {
  const given = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(NAMES.map((name) => [name, given.get(name) || ""]));
}

/** The address of the present state with some of it changed. */
function hrefOf(changes) {
  const kept = Object.entries({ ...state(), ...changes }).filter(([, value]) => value);
  return `#${new URLSearchParams(kept).toString().replaceAll("%3A", ":")}`;
}

/** The day that life cycles are shown for: that of the address, else the reader's. */
function today() {
  const { on } = state();
  return /^\d{4}-\d\d-\d\d$/.test(on) ? on : new Date().toISOString().slice(0, 10);
}

/** Change the filters, and leave no step behind in the browser's history. */
function refine(changes) {
  limit = PAGE;
  history.replaceState(null, "", hrefOf(changes));
  showTable();
}

/** The ways of the filters in the order of a column; `-input` is from high to low, and what is not known comes last. */
function selected(now) {
  const on = today();
  const shown = ways.filter((way) => matches(way, now, on));
  const [, , value] = COLUMNS.find(([name]) => name === now.sort.replace(/^-/, "")) || [];
  if (!value) return shown;
  const sign = now.sort.startsWith("-") ? -1 : 1;
  const compare = (a, b) => (typeof a === "number" ? a - b : a < b ? -1 : a > b ? 1 : 0);
  const known = shown.filter((way) => value(way) !== undefined);
  const sorted = known.map((way) => [value(way), way]).sort(([a], [b]) => sign * compare(a, b)).map(([, way]) => way);
  return [...sorted, ...shown.filter((way) => value(way) === undefined)];
}

function heading([name, title], sort) {
  const order = { [name]: "ascending", [`-${name}`]: "descending" }[sort];
  const next = sort === name ? `-${name}` : sort === `-${name}` ? "" : name;
  const mark = { ascending: " ↑", descending: " ↓" }[order] || "";
  const button = element("button", { type: "button", id: `sort-${name}` }, title, element("span", { "aria-hidden": "true" }, mark));
  button.addEventListener("click", () => {
    refine({ sort: next });
    byId(`sort-${name}`).focus();
  });
  return element("th", { scope: "col", role: "columnheader", "aria-sort": order, class: name }, button);
}

function row(way, on) {
  const by = way.geography || "on-demand";
  const link = element("a", { href: hrefOf({ model: way.model, from: way.region, by }) }, way.model);
  const at = stage(way.life, on);
  const cell = (name, label, ...content) => element("td", { role: "cell", class: name, "data-label": label }, ...content);
  const destinations = way.regionless || way.destinations.length < 2 ? reach(way)
    : [`${way.destinations.length} Regions: `, element("span", { class: "list" }, reach(way))];
  return element("tr", { role: "row" },
    element("th", { role: "rowheader", scope: "row", class: "model" }, link),
    cell("region", "Called from", way.region),
    cell("geography", "Geography", way.geography || "on demand", way.automatic ? element("span", { class: "auto" }, " auto") : null),
    cell("reach", "Data may go to", destinations),
    cell("life", "Life cycle", element("span", { class: at.status }, at.words)),
    cell("input", "Input", dollars(standard(way, "input")) || "–"),
    cell("output", "Output", dollars(standard(way, "output")) || "–"));
}

function showTable() {
  const now = state();
  const shown = selected(now);
  const on = today();
  byId("head").replaceChildren(...COLUMNS.map((column) => heading(column, now.sort)));
  byId("rows").replaceChildren(...shown.slice(0, limit).map((way) => row(way, on)));
  const models = new Set(shown.map((way) => way.model)).size;
  const count = (number, one, more) => `${number.toLocaleString("en")} ${number === 1 ? one : more}`;
  const first = shown.length > limit ? `; the first ${limit} are shown` : "";
  byId("count").textContent = `${count(shown.length, "way", "ways")} to ${count(models, "model", "models")}${first}.`;
  showRetired(now.q);
  byId("more").hidden = shown.length <= limit;
}

/** Name the retired models that a search finds: they are in no row, and somebody may still look for one. */
function showRetired(query) {
  const found = query.trim() ? data.retired.filter(({ model }) => wordsIn(query, wordsOf(model))).slice(0, 5) : [];
  byId("retired").hidden = !found.length;
  byId("retired").replaceChildren(...found.map(({ model, words, instead }) => {
    const [name, suggestion] = instead || [];
    const link = name && element("a", { href: hrefOf({ model: name, from: "", by: "" }) }, name);
    const why = suggestion ? " The newest model of its family and size is " : " Its successor is ";
    return element("li", {}, `Retired: ${model}, ${words}.`, ...(link ? [why, link, "."] : []));
  }));
}

function showDetails(focus) {
  const { model, from, by } = state();
  const section = byId("details");
  section.hidden = !model;
  document.title = model ? `${model} – model explorer` : "Models of Amazon Bedrock, by Region and geography";
  if (!model) {
    section.replaceChildren();
    return;
  }
  const here = ways.filter((way) => way.model === model);
  const way = pick(here, model, from || (here[0] || {}).region, by);
  const select = (region, geography) => {
    location.hash = hrefOf({ model, from: region, by: geography });
    focusAfter = geography ? "by" : "from";
  };
  section.replaceChildren(...(way ? details(data, way, here, today(), hrefOf, select) : notOffered(model, from, here, hrefOf)));
  const target = byId(focus) || byId("details-title");
  target.focus();
  if (!focus) section.scrollIntoView();
}
let focusAfter = "";

function showFilters() {
  const now = state();
  for (const name of FILTERS) {
    if (byId(name).value !== now[name]) byId(name).value = now[name];
  }
}

function options(select, all, values) {
  byId(select).append(...[["", all], ...values].map(([value, text]) => element("option", { value }, text)));
}

function start() {
  const providers = [...new Set(data.models.map((model) => model.split(".")[0]))].sort();
  options("region", "every Region", data.regions.map((region) => [region, region]));
  options("geography", "every one", data.geographies.map((geography) => [geography || "on-demand", geography || "on demand"]));
  options("provider", "every one", providers.map((provider) => [provider, provider]));
  for (const name of FILTERS) {
    byId(name).addEventListener(name === "q" ? "input" : "change", () => refine({ [name]: byId(name).value }));
  }
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => refine(Object.fromEntries([...FILTERS, "sort"].map((name) => [name, ""]))));
  byId("more").addEventListener("click", () => {
    const before = limit;
    limit += PAGE;
    showTable();
    byId("rows").children[before].querySelector("a").focus();
  });
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("rows").focus();
  });
  byId("dates").textContent = `Catalog of ${data.catalog}, life cycles of ${data.life_cycles_as_of}, prices of ${data.prices_as_of}. Dates are compared with ${today()}.`;
  byId("sources").textContent = `Prices: ${data.prices_from}. A price that the list does not have is shown as –. AWS bills the price of the Region that the model is called from.`;
  addEventListener("hashchange", () => {
    showFilters();
    showTable();
    showDetails(focusAfter);
    focusAfter = "";
  });
  showFilters();
  showTable();
  showDetails("");
}

start();
