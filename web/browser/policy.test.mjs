// The policy editor, the graph of relationships and the playground in a browser.
import assert from "node:assert/strict";
import { before } from "node:test";
import { admissible, hostile, seed } from "./seed.mjs";
import { api, at, base, expected, heading, key, open, page, session, settled, shown, signIn, test, viewer } from "./visit.mjs";

const facts = "/v2/facts/default/dev";
const schema = "/v2/schema/default/dev";
let users;

before(async () => {
  users = await seed(base, key);
});

/** saved is that a page's changes are reviewed and saved, as one commit. */
async function saved(...lines) {
  await page.getByRole("button", { name: "Review and save" }).click();
  const dialog = page.getByRole("dialog");
  for (const line of lines) await dialog.getByText(line).first().waitFor();
  return async () => {
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
  };
}

const last = async (kind) => (await api("GET", `/console/v1/projects/default/envs/dev/changes?kind=${kind}&limit=1`)).changes[0];

async function pick(label, option, within = page) {
  await within.getByRole("combobox", { name: label }).last().click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

test("users' attributes are declared", async () => {
  await signIn();
  await at("/policy/user-attributes");
  await heading("Policy");
  for (const [k, type] of [["department", "Text"], ["level", "Number"]]) {
    await page.getByRole("button", { name: "Add an attribute" }).click();
    await page.getByRole("textbox", { name: "Key of the attribute" }).last().fill(k);
    await pick(`Type of ${k}`, type);
  }
  await shown("policy-user-attributes");
  await (await saved("department", "level"))();
  await page.getByText("Nothing has changed.").waitFor();
  assert.equal((await api("GET", `${schema}/users/attributes/level`)).type, "number");
});

test("a resource is made with all that is in it, in one commit", async () => {
  await at("/policy/resources");
  await page.getByRole("link", { name: "Documents" }).waitFor();
  await shown("policy-resources");
  await page.getByRole("link", { name: "New resource" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Folders");
  assert.equal(await page.getByRole("textbox", { name: "Key", exact: true }).inputValue(), "folders");
  await page.getByRole("textbox", { name: "Key", exact: true }).fill("folder");
  await page.getByRole("button", { name: "Add an attribute" }).click();
  await page.getByRole("textbox", { name: "Key of the attribute" }).fill("shared");
  await pick("Type of shared", "Yes or no");
  await page.getByRole("button", { name: "Add a relation" }).click();
  await page.getByRole("textbox", { name: "Key of the relation" }).fill("parent");
  await pick("Resource of the relation parent", "itself");
  await page.getByRole("button", { name: "Add a role" }).click();
  const role = page.getByRole("region", { name: "Role" });
  await role.getByRole("textbox", { name: "Key" }).fill("keeper");
  await role.getByRole("textbox", { name: "Name" }).fill("Keeper");
  await role.getByRole("checkbox", { name: "Read" }).check();
  await role.getByRole("button", { name: "Derive it" }).click();
  await pick("Role on the related thing", "Keeper", role);
  const save = await saved("Folders", "shared", "parent", "keeper");
  await shown("policy-resource-save");
  await save();
  await heading("Folders");
  const change = await last("resource");
  assert.equal(change.key, "folder");
  assert.equal(change.actor.name, "admin@localhost");
});

test("a role of a resource is derived from a role on a related thing", async () => {
  await at("/policy/resources/document");
  await heading("Documents");
  await page.getByRole("button", { name: "Add a relation" }).click();
  await page.getByRole("textbox", { name: "Key of the relation" }).fill("parent");
  await pick("Resource of the relation parent", "Folders");
  await page.getByRole("button", { name: "Add an attribute" }).click();
  await page.getByRole("textbox", { name: "Key of the attribute" }).fill("classified");
  await pick("Type of classified", "Yes or no");
  const owner = page.getByRole("region", { name: "Role owner" });
  await owner.getByRole("button", { name: "Derive it" }).click();
  await pick("Role on the related thing", "Keeper", owner);
  await shown("policy-resource");
  await (await saved("parent", "classified", "owner"))();
  await page.getByText("Nothing has changed.").waitFor();
  const { roles } = await api("GET", `${schema}/resources/document`);
  assert.deepEqual(roles.owner.granted_to.users_with_role.map((d) => [d.role, d.on_resource, d.linked_by_relation]), [["keeper", "folder", "parent"]]);
  assert.deepEqual(roles.reader.permissions, ["read"]);
});

test("what the server refuses stands at its field, and deleting says what goes along", async () => {
  await at("/policy/new/resource");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Documents again");
  await page.getByRole("textbox", { name: "Key", exact: true }).fill("not a key!");
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").waitFor();
  expected(422);
  await page.getByRole("button", { name: "Keep editing" }).click();
  await page.locator(".mantine-InputWrapper-error").first().waitFor();
  await at("/policy/resources/document");
  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("12 instances").waitFor();
  await dialog.getByText("what Admin may do with it").waitFor();
  await shown("policy-delete");
  await dialog.getByRole("button", { name: "Keep it" }).click();
});

test("a role is made that extends another", async () => {
  await at("/policy/roles");
  await page.getByRole("link", { name: "New role" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Auditor");
  await page.getByRole("combobox", { name: "Extends" }).click();
  await page.getByRole("option", { name: "Billing" }).click();
  await page.keyboard.press("Escape");
  await (await saved("Auditor", "billing may"))();
  await heading("Auditor");
  await page.getByText("invoice:pay").waitFor();
  await shown("policy-role");
  assert.deepEqual((await api("GET", `${schema}/roles/auditor`)).extends, ["billing"]);
  await at("/policy/roles");
  await page.getByText("0 own, 3 inherited").waitFor();
  await shown("policy-roles");
});

test("a user set is built by its conditions", async () => {
  await at("/policy/sets");
  await page.getByText("There is no user set").waitFor();
  await page.getByRole("link", { name: "New user set" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Senior sales");
  await page.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("combobox", { name: "Attribute", exact: true }).last().fill("user.department");
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: "What user.department is compared with" }).fill("sales");
  await page.getByRole("button", { name: "Add a group" }).click();
  const any = page.getByRole("group", { name: "Any of these conditions" });
  await any.getByRole("combobox", { name: "Attribute", exact: true }).last().fill("user.level");
  await page.keyboard.press("Escape");
  await pick("How user.level compares", "is at least", any);
  await any.getByRole("textbox", { name: "What user.level is compared with" }).fill("3");
  await any.getByRole("button", { name: "Add a condition" }).click();
  await any.getByRole("combobox", { name: "Attribute", exact: true }).last().fill("user.roles");
  await page.keyboard.press("Escape");
  await pick("How user.roles compares", "includes", any);
  await any.getByRole("textbox", { name: "What user.roles is compared with" }).fill("admin");
  await page.getByText("It selects where user.department is sales and (user.level is at least 3 or user.roles includes admin).").waitFor();
  await shown("policy-set");
  await (await saved("Senior sales"))();
  await heading("Senior sales");
  const { conditions } = await api("GET", `${schema}/condition_sets/senior-sales`);
  assert.deepEqual(conditions, { allOf: [{ "user.department": { equals: "sales" } }, { anyOf: [{ "user.level": { "greater-than-equals": 3 } }, { "user.roles": { array_contains: "admin" } }] }] });
});

test("a resource set is written as JSON, compared with another attribute", async () => {
  await at("/policy/new/set?of=resources");
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Open documents");
  await pick("Resource", "Documents");
  await page.getByRole("button", { name: "Edit as JSON" }).click();
  await page.getByRole("textbox", { name: "Conditions as JSON" }).fill('{"allOf": [{"resource.classified": {"not-equals": true}}, {"resource.pages": {"less-than": {"ref": "user.nothing"}}}]}');
  await page.getByRole("button", { name: "Edit by form" }).click();
  await page.getByRole("combobox", { name: "Attribute that resource.pages is compared with" }).waitFor();
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").getByText('no attribute "nothing"').waitFor();
  expected(400);
  await page.getByRole("button", { name: "Keep editing" }).click();
  await page.getByRole("button", { name: "Remove the condition on resource.pages" }).click();
  await (await saved("Open documents"))();
  await heading("Open documents");
  await at("/policy/sets");
  await page.getByText("resource.classified is not true").waitFor();
  await shown("policy-sets");
});

test("rules between sets are ticked in the matrix", async () => {
  await at("/policy");
  await page.getByRole("checkbox", { name: "the set Senior sales may document:read in Open documents", exact: true }).check();
  await page.getByRole("checkbox", { name: "Viewer may document:read in Open documents", exact: true }).check();
  await page.getByRole("checkbox", { name: "the set Senior sales may invoice:view", exact: true }).check();
  await page.getByText("3 changes are not saved").waitFor();
  await shown("policy-matrix");
  await (await saved("only where Open documents selects"))();
  await page.getByText("Arrow keys move").waitFor();
  await page.getByRole("checkbox", { name: "the set Senior sales may invoice:view", exact: true }).uncheck();
  await page.getByRole("button", { name: "Review and save" }).click();
  await page.getByRole("dialog").getByText("takes").waitFor();
  await page.getByRole("button", { name: "Keep editing" }).click();
  await page.getByRole("button", { name: "Discard" }).click();
  assert.deepEqual((await api("GET", `${facts}/set_rules`)).map((r) => r.key).sort(), ["__autogen_viewer_document:read_open-documents", "senior-sales_document:read_open-documents", "senior-sales_invoice:view___autogen_invoice"]);
});

test("URLs are mapped to permissions", async () => {
  await at("/policy/urls");
  await page.getByText("No URL is mapped yet").waitFor();
  await page.getByRole("link", { name: "New mapping" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Billing API");
  await page.locator("input[type=password]").fill("a secret of the proxy");
  for (const url of ["https://api.example.com/invoices/{id}", "^https://api\\.example\\.com/v[0-9]+/invoices"]) {
    await page.getByRole("button", { name: "Add a rule" }).click();
    await page.getByRole("textbox", { name: "URL" }).last().fill(url);
    await pick("Resource", "Invoices");
    await page.getByRole("combobox", { name: "Action" }).last().fill("view");
    await page.keyboard.press("Escape");
  }
  await page.getByRole("checkbox", { name: "regular expression" }).last().check();
  await shown("policy-url");
  await (await saved("Billing API", "needs invoice:view"))();
  await heading("Billing API");
  await page.getByRole("button", { name: "Remove the rule GET https" }).click();
  await (await saved("removes"))();
  await page.getByText("Nothing has changed.").waitFor();
  const { mapping_rules: rules } = await api("GET", `${facts}/proxy_configs/billing-api`);
  assert.deepEqual(rules.map((r) => r.url_type), ["regex"]);
  await at("/policy/urls");
  await page.getByRole("link", { name: "Billing API" }).waitFor();
  await shown("policy-urls");
});

/** asked is that a page with edits that are not saved asks before it is left, and that
 * staying keeps them. */
async function asked(...edits) {
  const dialog = page.getByRole("dialog", { name: "Leave without saving?" });
  await page.getByRole("link", { name: "Users", exact: true }).click();
  await dialog.waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  for (const edit of edits) await edit();
  await page.goBack();
  await dialog.waitFor();
  await dialog.getByRole("button", { name: "Keep editing" }).click();
  await dialog.waitFor({ state: "detached" });
  for (const edit of edits) await edit();
  await page.getByRole("link", { name: "Users", exact: true }).click();
  await dialog.getByRole("button", { name: "Leave" }).click();
  await heading("Users");
}

test("who leaves edits that are not saved is asked", async () => {
  const kept = () => page.getByText(/not saved/).waitFor();
  await at("/policy/roles");
  await page.getByRole("navigation", { name: "Parts of the policy" }).getByRole("link", { name: "Matrix" }).click();
  await page.getByRole("checkbox", { name: "Viewer may invoice:pay", exact: true }).check();
  await asked(kept, () => page.getByRole("checkbox", { name: "Viewer may invoice:pay", exact: true, checked: true }).waitFor());
  await at("/policy/roles");
  await page.getByRole("link", { name: "Auditor" }).click();
  await page.getByRole("textbox", { name: "Description" }).fill("Reads the books");
  await asked(kept, () => page.getByText("Reads the books").waitFor());
  await at("/policy/sets");
  await page.getByRole("link", { name: "Senior sales" }).click();
  await page.getByRole("textbox", { name: "What user.department is compared with" }).fill("law");
  await asked(kept);
  await at("/policy/resources");
  await page.getByRole("link", { name: "Documents" }).click();
  await page.getByRole("button", { name: "Add an action" }).click();
  await page.getByRole("textbox", { name: "Key of the action" }).last().fill("print");
  await asked(kept);
  await at("/policy/urls");
  await page.getByRole("link", { name: "Billing API" }).click();
  await page.getByRole("button", { name: "Add a rule" }).click();
  await page.getByRole("textbox", { name: "URL" }).last().fill("https://api.example.com/lost");
  await asked(kept, async () => assert.equal(await page.getByRole("textbox", { name: "URL" }).last().inputValue(), "https://api.example.com/lost"));
  let dialogs = 0;
  page.once("dialog", () => dialogs++);
  await at("/policy/roles/auditor");
  await page.getByRole("textbox", { name: "Description" }).fill("Lost on purpose");
  await page.reload(); // the browser asks, too
  assert.equal(dialogs, 1);
  await page.getByText("Nothing has changed.").waitFor();
  await page.getByRole("link", { name: "Users", exact: true }).click(); // nothing is lost, and nobody asks
  await heading("Users");
  assert.equal((await api("GET", `${schema}/roles/auditor`)).description ?? "", "");
});

const editors = [["/policy", "matrix"], ["/policy/roles", "roles"], ["/policy/roles/auditor", "role"], ["/policy/resources", "resources"], ["/policy/resources/document", "resource"], ["/policy/user-attributes", "user-attributes"], ["/policy/sets", "sets"], ["/policy/sets/senior-sales", "set"], ["/policy/urls/billing-api", "url"]];

test("the editor in the dark, and at the width of a phone", async () => {
  const phone = await open({ storageState: session, colorScheme: "dark", viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  for (const [path, part] of editors) {
    await phone.goto(`${base}/dashboard${path}`);
    await phone.getByRole("heading", { level: 1 }).waitFor();
    await shown(["resource", "set", "url"].includes(part) ? `policy-${part}-phone` : `hostile-${part}-phone`, phone);
  }
  await phone.context().close();
  const dark = await open({ storageState: session, colorScheme: "dark" });
  await dark.goto(`${base}/dashboard/policy/sets/senior-sales`);
  await dark.getByRole("heading", { level: 1, name: "Senior sales" }).waitFor();
  await shown("policy-set-dark", dark);
  await dark.context().close();
});

test("a viewer sees all of it and can change nothing", async () => {
  const vic = await viewer("vic@example.com");
  for (const [path, part] of editors) {
    await vic.goto(`${base}/dashboard${path}`);
    await vic.getByText("You may look.").waitFor();
    await settled(vic);
    assert.equal(await vic.getByRole("button", { name: /Save|Delete$|Review/ }).count(), 0, `${part} can be saved`);
    const open = await vic.locator("main fieldset").locator("input:enabled, textarea:enabled, button:enabled").count();
    assert.equal(open, 0, `${part} can be edited`);
  }
  await vic.goto(`${base}/dashboard/policy/resources/document`);
  await vic.getByText("You may look.").waitFor();
  await shown("policy-viewer", vic);
  await vic.context().close();
});

test("hostile names in the policy are shown harmlessly", async () => {
  await page.addInitScript(() => { globalThis.pwned = () => { throw new Error("pwned"); }; });
  for (const [i, u] of admissible.entries()) {
    const name = u.first_name ?? hostile[i].key;
    await api("POST", `${schema}/roles`, { key: u.key, name, description: name });
    await api("POST", `${schema}/resources`, { key: u.key, name, actions: { [`act-${i}`]: { name } }, attributes: { text: { type: "string", description: name } } });
    await api("POST", `${schema}/condition_sets`, { key: u.key, name: `${name} ${i}`, type: "userset", conditions: { "user.department": { equals: name } } });
  }
  for (const path of ["", "/roles", "/resources", "/sets", "/roles/hostile-0", "/resources/hostile-2", "/sets/hostile-1", "/roles/%3Cscript%3Epwned()%3C%2Fscript%3E"]) {
    await at(`/policy${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await shown(`hostile-policy${path}`);
  }
});
