// A directory such as a small company has, put through the documented API.
const first = ["Ada", "Bruno", "Chiara", "Dmitri", "Esra", "Femi", "Greta", "Hiro", "Ines", "Jamal", "Katya", "Liam", "Maren", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Sven", "Tomás", "Uma", "Viktor", "Wanda", "Ximena", "Yusuf", "Zoë"];
const last = ["Adler", "Bianchi", "Carvalho", "Duarte", "Eriksen", "Fischer", "Gallo", "Hansen", "Ivanova", "Jansen", "Kowalski", "Lindqvist", "Moreau"];

/** seed fills the environment, and returns who is in it. */
export async function seed(base, key, people = 60) {
  const api = async (method, path, body) => {
    const answer = await fetch(base + path, { method, headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
    if (!answer.ok && answer.status !== 409) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  const facts = "/v2/facts/default/dev";
  const schema = "/v2/schema/default/dev";
  await api("POST", `${schema}/resources`, {
    key: "invoice", name: "Invoices", actions: { view: { name: "View" }, pay: { name: "Pay" }, void: { name: "Void" } },
    attributes: { amount: { type: "number" } },
  });
  await api("POST", `${schema}/resources`, {
    key: "document", name: "Documents", actions: { read: { name: "Read" }, comment: { name: "Comment" }, publish: { name: "Publish" } },
    roles: { owner: { name: "Owner", permissions: ["read", "comment", "publish"] }, reader: { name: "Reader", permissions: ["read"] } },
  });
  await api("POST", `${schema}/roles`, { key: "billing", name: "Billing", permissions: ["invoice:view", "invoice:pay"], extends: ["viewer"] });
  await api("PATCH", `${schema}/roles/admin`, { permissions: ["reports:view", "reports:edit", "reports:delete", "invoice:view", "invoice:pay", "invoice:void", "document:read", "document:publish"] });
  for (const [k, name, description] of [["acme", "Acme Bikes", "Rents bicycles in four cities"], ["northwind", "Northwind Tea", "Imports and blends tea"], ["lumen", "Lumen Optics", null]]) {
    await api("POST", `${facts}/tenants`, { key: k, name, description });
  }
  const tenants = ["default", "acme", "northwind", "lumen"];
  const roles = ["viewer", "viewer", "viewer", "editor", "billing", "admin"];
  const users = [];
  for (let i = 0; i < people; i++) {
    const [f, l] = [first[i % first.length], last[(i * 7) % last.length]];
    users.push({
      key: `u${(100000 + i * 7919).toString(36)}`, first_name: f, last_name: l,
      email: `${f}.${l}`.toLowerCase().normalize("NFD").replace(/[^a-z.]/g, "") + "@example.com",
      attributes: { department: ["sales", "finance", "support"][i % 3], level: i % 5 },
      role_assignments: i % 17 === 16 ? [] : [{ role: roles[i % 6], tenant: tenants[i % 4] }, ...(i % 5 === 0 ? [{ role: "viewer", tenant: tenants[(i + 1) % 4] }] : [])],
    });
  }
  await api("PUT", `${facts}/bulk/users`, { operations: users });
  for (let i = 0; i < 12; i++) {
    await api("POST", `${facts}/resource_instances`, { key: ["handbook", "roadmap", "budget", "minutes"][i % 4] + `-${2024 + Math.floor(i / 4)}`, resource: "document", tenant: tenants[i % 4], attributes: { pages: 12 + i * 3 } });
  }
  await api("POST", `${facts}/role_assignments`, { user: users[4].key, role: "owner", resource_instance: "document:handbook-2024", tenant: "default" });
  for (let i = 0; i < 90; i++) {
    const u = users[(i * 13) % users.length];
    const [type, action] = [["reports", "view"], ["invoice", "view"], ["reports", "edit"], ["invoice", "pay"], ["document", "read"]][i % 5];
    await api("POST", "/allowed", { user: { key: u.key }, action, resource: { type, tenant: u.role_assignments[0]?.tenant ?? "default" } });
  }
  return users;
}

/** hostile are users whose texts mean harm. */
export const hostile = [
  { key: "<script>pwned()</script>", first_name: "<img src=x onerror=pwned()>", last_name: "</title><script>pwned()</script>", email: '"><svg/onload=pwned()>@example.com', attributes: { "<b>": "</pre><script>pwned()</script>", nothing: null } },
  { key: "rtl-\u202egnp.exe", first_name: "\u202eمرحبا بالعالم", last_name: "\u2067evil\u2069", attributes: { text: "\u202e\u202e\u202e" } },
  { key: "long", first_name: "x".repeat(10_000), last_name: "y".repeat(300), attributes: { long: "z".repeat(5000) } },
  { key: "emoji", first_name: "👩‍👩‍👧‍👦🏳️‍🌈", last_name: "Z̷̢̛͔a̸l̶g̵o̴" },
  { key: "javascript:pwned()", first_name: null, last_name: null, email: null, attributes: {} },
  { key: "../../../session?x=#&y", first_name: "{{constructor.constructor('pwned()')()}}", last_name: "${pwned()}" },
];

/** admissible are they as the API takes them: by a plain key, without an address, with a
 * name of 8 kB at most. As they are it refuses all but emoji. */
export const admissible = hostile.map((u, i) => ({ ...u, key: `hostile-${i}`, email: null, first_name: u.first_name?.slice(0, 8_000) ?? null }));
