"use strict";

/* The catalog, without the page: ways, life cycle, policy and declaration. Values in, values out. */

/** Each row of numbers as a way: model, region, geography (null: on demand), destinations, life, price, successor. */
function readWays(data) {
  return data.ways.map(([model, region, geography, destinations, life, price, successor, automatic]) => ({
    model: data.models[model],
    region: data.regions[region],
    geography: data.geographies[geography],
    destinations: data.destinations[destinations].regions,
    regionless: data.destinations[destinations].regionless,
    life: data.lives[life],
    price: data.prices[price],
    successor: successor < 0 ? null : data.successors[successor],
    automatic: automatic === 1,
  }));
}

/** The id of the system-defined inference profile of a way, or null. */
function profileId(way) {
  return way.geography && `${way.geography}.${way.model}`;
}

/** Where the data of a call may go, in words. */
function reach(way) {
  return way.regionless ? "any commercial Region" : way.destinations.join(" ");
}

/** Where the model of a way is in its life cycle on a day such as 2026-11-26: a status and words. */
function stage(life, on) {
  const last = life.extended > life.end ? life.extended : life.end;
  if (life.end && on >= last) {
    return { status: "ended", words: `ended on ${life.end}` };
  }
  let status = life.listed || life.end ? "active" : "unknown";
  if (life.extended && on >= life.extended) {
    status = "extended";
  } else if ((life.legacy && on >= life.legacy) || (life.listed === "LEGACY" && !life.legacy)) {
    status = "legacy";
  }
  const first = {
    active: "ACTIVE",
    legacy: life.legacy ? `LEGACY since ${life.legacy}` : "LEGACY",
    extended: `LEGACY, in extended access at a higher price since ${life.extended}`,
    unknown: "its life cycle is not known",
  };
  const words = [first[status]];
  if (status === "active" && life.legacy) words.push(`LEGACY from ${life.legacy}`);
  if (life.extended > on) words.push(`extended access from ${life.extended}`);
  if (life.end) words.push(`ends on ${life.end}`);
  return { status, words: words.join(", ") };
}

/** `$3.30`, with as many digits as a small price needs; empty if it is not known. */
function dollars(value) {
  if (value === undefined || value === null) return "";
  const [whole, cents] = value.toFixed(6).replace(/0+$/, "").split(".");
  return `$${whole}.${cents.padEnd(2, "0")}`;
}

/** The price of a kind of token in the standard tier, or undefined. */
function standard(way, token) {
  return (way.price.tiers.standard || {})[token];
}

/** Every Region whose model the policy names, sorted; the last is empty for a profile that names none. */
function policyRegions(way) {
  const regions = [...new Set([way.region, ...way.destinations])].sort();
  return way.regionless ? [...regions, ""] : regions;
}

/** The two Bedrock statements that the expansion gives the role of a function. */
function policy(data, way) {
  const form = way.geography ? data.statements.profile : data.statements.on_demand;
  const arns = policyRegions(way).map((region) => ({
    "Fn::Sub": form.arn.replace("{region}", region).replace("{model}", way.model),
  }));
  const text = JSON.stringify(form.statements).replaceAll("{profile}", profileId(way) || "");
  return JSON.parse(text, (name, value) => (value === "{models}" ? arns : value));
}

/** JSON to read: each call of an intrinsic function, and each list of texts, on one line. */
function pretty(value, indent = "") {
  const flat = typeof value !== "object" || /^(Fn::|Ref$)/.test(Object.keys(value)[0]);
  const texts = Array.isArray(value) && value.every((item) => typeof item === "string");
  if (flat || texts) return JSON.stringify(value, null, 1).replace(/\n\s*/g, " ").replace(/([[{]) | ([\]}])/g, "$1$2");
  const inner = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((item) => inner + pretty(item, inner))
    : Object.entries(value).map(([name, item]) => `${inner}${JSON.stringify(name)}: ${pretty(item, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}

/** A template with the declaration that takes this way, in YAML. */
function declaration(way) {
  const selected = way.geography
    ? way.automatic ? [] : [`      Geography: ${way.geography}`]
    : ["      DeployCrossRegionProfile: false"];
  return [
    "Transform: LambdaBedrockProfile",
    "Resources:",
    "  Assistant:",
    "    Type: Custom::LambdaBedrockProfile",
    "    Properties:",
    `      BedrockModelId: ${way.model}`,
    ...selected,
    "      LambdaFunctionProps:",
    "        Runtime: python3.13",
    "        Handler: index.handler",
    "        Code:",
    "          ZipFile: |",
    "            def handler(event, context): ...",
    "      InferenceProfileProps:",
    "        Tags:",
    "          - Key: app",
    "            Value: assistant",
    "",
  ].join("\n");
}

/** The words of a text, in small letters, with punctuation as in ids taken for spaces. */
function wordsOf(text) {
  return ` ${text.toLowerCase().replace(/[^a-z0-9]+/g, " ").trim()}`;
}

/** Whether a way is one that the filters ask for; `haiku 4.5` is in the id `claude-haiku-4-5`. */
function matches(way, filters, on) {
  const status = stage(way.life, on).status;
  const shown = { "": status !== "ended", active: status === "active", all: true }[filters.life];
  const by = way.geography || "on-demand";
  const text = `${wordsOf(`${by} ${way.model}`)}${wordsOf(way.region)}${wordsOf(reach(way))}`;
  return (
    shown &&
    (!filters.region || way.region === filters.region) &&
    (!filters.geography || by === filters.geography) &&
    (!filters.provider || way.model.split(".")[0] === filters.provider) &&
    wordsIn(filters.q, text)
  );
}

/** Whether each part of a query, its words one after the other, begins at a word of the text. */
function wordsIn(query, text) {
  return query.split(",").every((part) => part.split(/\s+/).every((word) => text.includes(wordsOf(word))));
}

/** The way to a model from a Region: that of a geography, else what auto takes, else the narrowest; or undefined. */
function pick(ways, model, region, by) {
  const here = ways.filter((way) => way.model === model && way.region === region);
  const named = here.find((way) => (way.geography || "on-demand") === by);
  return by ? named : here.find((way) => way.automatic) || here[0];
}
