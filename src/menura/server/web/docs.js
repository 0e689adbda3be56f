// The API's own description, as a page.

const { paths, components } = await (await fetch("/openapi.json")).json();
const main = document.getElementById("operations");
const groups = new Map();
for (const [path, methods] of Object.entries(paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const tag = operation.tags?.[0] ?? "server";
    if (!groups.has(tag)) groups.set(tag, []);
    groups.get(tag).push({ path, method: method.toUpperCase(), operation });
  }
}
for (const tag of [...groups.keys()].sort((a, b) => (b === "menura") - (a === "menura"))) {
  const section = add(main, "section");
  add(section, "h2", tag);
  for (const each of groups.get(tag)) describe(section, each);
}

function describe(section, { path, method, operation }) {
  const details = add(section, "details");
  const summary = add(details, "summary");
  add(summary, "code", `${method} ${path}`);
  add(details, "p", operation.description ?? operation.summary ?? "");
  const list = add(details, "dl");
  for (const parameter of operation.parameters ?? []) {
    field(list, parameter.name, parameter.schema, parameter.required, parameter.description);
  }
  for (const [mime, { schema }] of Object.entries(operation.requestBody?.content ?? {})) {
    add(details, "p", mime);
    const whole = resolved(schema);
    const body = add(details, "dl");
    for (const [name, each] of Object.entries(whole.properties ?? {})) {
      field(body, name, each, whole.required?.includes(name));
    }
    const sample = example(whole);
    if (sample !== undefined) add(details, "pre", JSON.stringify(sample, null, 2));
  }
}

function field(list, name, schema, required, text) {
  const whole = resolved(schema ?? {});
  const types = (whole.anyOf ?? whole.oneOf ?? [whole]).map((each) => resolved(each));
  const kinds = types.map((each) => each.enum?.join(" | ") ?? each.const ?? each.title ?? each.type);
  add(list, "dt", `${name}${required ? " *" : ""}`);
  add(list, "dd", [kinds.filter(Boolean).join(" | "), text ?? whole.description].filter(Boolean).join(": "));
}

function example(schema) {
  const whole = resolved(schema);
  if (whole.examples?.length) return whole.examples[0];
  if (whole.default !== undefined) return whole.default;
  if (!whole.properties || !whole.required) return undefined;
  return Object.fromEntries(whole.required.map((name) => [name, example(whole.properties[name])]));
}

function resolved(schema) {
  if (!schema.$ref) return schema;
  return components.schemas[schema.$ref.split("/").pop()];
}

function add(parent, name, text = "") {
  const child = document.createElement(name);
  child.textContent = text;
  parent.append(child);
  return child;
}
