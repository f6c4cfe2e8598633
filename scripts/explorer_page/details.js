/* What is shown of one way: elements made from values, and nothing else. */

/** An element with attributes and children; a child that is null is left out. */
function element(name, attributes, ...children) {
  const result = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) result.setAttribute(key, value);
  }
  result.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return result;
}

/** A list of terms, each with its explanation; pairs without one are left out. */
function terms(pairs) {
  const shown = pairs.filter(([, value]) => value && value.length !== 0);
  return element("dl", {}, shown.map(([term, value]) => [element("dt", {}, term), element("dd", {}, value)]));
}

/** A text to copy, with its heading and its button. */
function code(title, name, text) {
  const block = element("pre", { tabindex: "0", role: "region", "aria-label": title, id: `${name}-text` }, element("code", {}, text));
  const button = element("button", { type: "button", id: `copy-${name}`, "aria-describedby": `${name}-title` }, "Copy");
  button.addEventListener("click", () => copy(block, button, text));
  const heading = element("h3", { id: `${name}-title` }, title);
  return element("div", { class: "code" }, element("div", { class: "head" }, heading, button), block);
}

/** Copy a text; if the browser does not let a page do that, select it, so that the keyboard can. */
async function copy(block, button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(block);
    button.textContent = "Selected: press Ctrl+C";
  }
  setTimeout(() => (button.textContent = "Copy"), 3000);
}

/** The prices of a way: a row for each tier. */
function priceTable(way) {
  const kinds = [["input", "input"], ["output", "output"], ["cache_read", "cached input"], ["cache_write", "cache write"]];
  const tiers = Object.entries(way.price.tiers);
  const columns = kinds.filter(([kind]) => tiers.some(([, costs]) => costs[kind] !== undefined));
  if (!columns.length) return null;
  const head = [element("th", { scope: "col" }, "tier"), columns.map(([, name]) => element("th", { scope: "col" }, name))];
  const body = tiers.map(([tier, costs]) =>
    element("tr", {}, element("th", { scope: "row" }, tier), columns.map(([kind]) => element("td", {}, dollars(costs[kind]) || "–"))),
  );
  return element("table", { class: "prices", "aria-label": "US dollars per million tokens" },
    element("thead", {}, element("tr", {}, head)), element("tbody", {}, body));
}

/** A select of one of the values, with its label. */
function choice(id, label, values, value, changed) {
  const options = values.map(([key, text]) => element("option", { value: key, selected: key === value && "" }, text));
  const select = element("select", { id }, options);
  select.addEventListener("change", () => changed(select.value));
  return element("div", {}, element("label", { for: id }, label), select);
}

/** What a way is called within a select: its geography. */
function wayName(way) {
  return (way.geography || "on demand") + (way.automatic ? " (auto)" : "");
}

/** Why a declaration does or does not select the geography. */
function selection(way) {
  if (!way.geography) return "with DeployCrossRegionProfile: false";
  return way.automatic ? "without a property: Geography is auto" : `with Geography: ${way.geography}`;
}

/** The model to take instead, as a link; null if none is known. */
function successorLink(way, hrefOf) {
  if (!way.successor) return null;
  const [model, geography, suggestion] = way.successor;
  const href = hrefOf({ model, from: way.region, by: geography || "on-demand" });
  const why = suggestion ? " (a suggestion: the newest model of its family and size there)" : "";
  return [element("a", { href }, model), why];
}

/** Everything about one way. `here` are all ways to its model; `select(region, by)` goes to another one. */
function details(data, way, here, on, hrefOf, select) {
  const at = stage(way.life, on);
  const regions = [...new Set(here.map((other) => other.region))].map((region) => [region, region]);
  const local = here.filter((other) => other.region === way.region);
  const geographies = local.map((other) => [other.geography || "on-demand", wayName(other)]);
  const provider = data.by_provider.includes(way.region)
    ? "by the macro's provider function: CloudFormation has no resource type for it in this Region, or had none when the catalog first listed it"
    : "by CloudFormation's own resource type";
  const source = way.life.source.startsWith("https://") ? element("a", { href: way.life.source }, "source") : way.life.source;
  const life = [at.words, way.life.source && (at.status !== "active" || way.life.end) ? [" (", source, ")"] : null];
  const requested = way.regionless ? [way.region, "unspecified"] : policyRegions(way);
  return [
    element("div", { class: "head" },
      element("h2", { id: "details-title", tabindex: "-1" }, way.model),
      element("a", { href: hrefOf({ model: "", from: "", by: "" }), id: "close" }, "Close")),
    element("div", { class: "choices" },
      choice("from", "Called from", regions, way.region, (region) => select(region, "")),
      choice("by", "Geography", geographies, way.geography || "on-demand", (by) => select(way.region, by))),
    element("div", { class: "columns" },
      element("div", {},
        terms([
          ["Inference profile to copy from", profileId(way) || "none: the model itself, on demand"],
          ["Data may go to", reach(way)],
          ["Selected", selection(way)],
          ["Life cycle", life],
          ["Instead", at.status === "active" && !way.life.end ? null : successorLink(way, hrefOf)],
          ["The application profile is made", provider],
          ["Values of aws:RequestedRegion that a service control policy must let through", requested.join(" ")],
        ]),
        element("h3", {}, "Price"),
        priceTable(way),
        way.price.notes.map((note) => element("p", { class: "note" }, `${note[0].toUpperCase()}${note.slice(1)}.`)),
        element("p", { class: "note" }, `US dollars per million tokens, as of ${data.prices_as_of}.`)),
      element("div", {},
        code("Declaration", "declaration", declaration(way)),
        code("Permissions of the function for Bedrock", "policy", pretty(policy(data, way))))),
  ];
}

/** What is said of a model that a Region does not have, or not in a geography. */
function notOffered(model, region, here, hrefOf) {
  const regions = [...new Set(here.map((way) => way.region))];
  const links = regions.map((other) => element("li", {}, element("a", { href: hrefOf({ model, from: other, by: "" }) }, other)));
  return [
    element("div", { class: "head" },
      element("h2", { id: "details-title", tabindex: "-1" }, model || "No model"),
      element("a", { href: hrefOf({ model: "", from: "", by: "" }), id: "close" }, "Close")),
    element("p", {}, regions.length
      ? `The catalog has no such way to this model from ${region || "a Region that is not named"}. It can be called from:`
      : "The catalog knows no model with this id."),
    element("ul", { class: "links" }, links),
  ];
}
