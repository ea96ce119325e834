// Users, tenants and resource instances are made, edited and deleted, as an editor does.
import assert from "node:assert/strict";
import { before } from "node:test";
import { admissible, seed } from "./seed.mjs";
import { api, at, base, expected, heading, key, open, page, session, settled, shown, signIn, test, viewer } from "./visit.mjs";

const facts = "/v2/facts/default/dev";
const big = "9007199254740993"; // more than a number of JavaScript holds
let users;

before(async () => {
  users = await seed(base, key);
  await api("POST", "/v2/schema/default/dev/users/attributes", { key: "department", type: "string" });
  await api("POST", "/v2/schema/default/dev/users/attributes", { key: "employee", type: "number" });
});

/** written is what the API answers, letter by letter: numbers as they are written. */
async function written(path) {
  const answer = await fetch(base + facts + path, { headers: { Authorization: `Bearer ${key}` } });
  assert.equal(answer.status, 200, path);
  return answer.text();
}

/** there waits for the first of a list, which Logto tells of. */
async function there(list) {
  for (let i = 0; i < 600; i++) {
    const { data } = await api("GET", `${facts}/${list}`);
    if (data.length > 0) return data[0];
    await page.waitForTimeout(100);
  }
  throw new Error(`${list} is empty`);
}

async function pick(label, option, within = page) {
  await within.getByRole("combobox", { name: label, exact: true }).click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

const attributes = () => page.getByRole("group", { name: "Attributes", exact: true });

/** attribute adds an attribute of a kind. */
async function attribute(name, kind, value) {
  await attributes().getByRole("button", { name: "Add an attribute" }).click();
  await attributes().getByRole("combobox", { name: "Attributes: name" }).last().fill(name);
  await page.keyboard.press("Escape"); // what is suggested lies over the page
  if (kind) await pick(`Attributes: type of ${name}`, kind, attributes());
  const said = attributes().getByLabel(`Attributes: value of ${name}`, { exact: true }).last();
  if (kind === "Yes or no") await pick(`Attributes: value of ${name}`, value, attributes());
  else for (const v of [value].flat()) {
    await said.fill(v);
    if (kind === "List") await page.keyboard.press("Enter");
  }
}

/** save saves what is edited; the lines of the summary hold these words. */
async function save(...words) {
  await page.getByRole("button", { name: "Review and save" }).click();
  const dialog = page.getByRole("dialog");
  for (const w of words) await dialog.getByText(w).first().waitFor();
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
}

test("a user is added with a first role and attributes, and what is not saved is asked about", async () => {
  await signIn();
  await page.getByRole("link", { name: "Users", exact: true }).click();
  await page.getByRole("link", { name: "Add a user" }).click();
  await heading("Add a user");
  await page.getByRole("textbox", { name: "Key", exact: true }).fill(users[0].key);
  await page.getByRole("link", { name: "Tenants", exact: true }).click();
  await page.getByRole("dialog", { name: "Leave without saving?" }).getByRole("button", { name: "Keep editing" }).click();
  await save("adds", users[0].key);
  await page.getByRole("dialog").getByRole("alert").getByText("already exists").waitFor();
  expected(409);
  await page.getByRole("button", { name: "Keep editing" }).click();
  await page.locator(".mantine-InputWrapper-error").getByText("already exists").waitFor();
  await page.getByRole("textbox", { name: "Key", exact: true }).fill("rosa.fischer");
  await page.getByRole("textbox", { name: "First name" }).fill("Rosa");
  await page.getByRole("textbox", { name: "Last name" }).fill("Fischer");
  await page.getByRole("textbox", { name: "E-mail address" }).fill("rosa.fischer@example.com");
  await pick("Role", "Billing");
  await pick("Tenant", "Acme Bikes");
  await attribute("department", "", "finance");
  await attribute("employee", "", big);
  assert.equal(await page.getByRole("combobox", { name: "Attributes: type of employee" }).inputValue(), "Number", "a declared attribute does not bring its type along");
  await page.evaluate(() => scrollTo(0, 0));
  await shown("user-add");
  await save("Rosa Fischer", "department", "Billing", "in acme");
  await heading("Rosa Fischer");
  await page.getByRole("cell", { name: "Acme Bikes", exact: true }).waitFor();
  await page.getByText(`"employee": ${big}`).waitFor();
  assert.match(await written("/users/rosa.fischer"), new RegExp(`"employee": ?${big}`));
  await page.getByRole("link", { name: "Users", exact: true }).first().click();
  await page.getByText(`${users.length + 3} users`).waitFor();
});

test("a user is edited: each value keeps its type, and what others change meanwhile stays", async () => {
  await at("/users/rosa.fischer");
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await heading("Edit Rosa Fischer");
  await page.getByText("Nothing has changed.").waitFor();
  await page.getByRole("textbox", { name: "Last name" }).fill("Fischer-Gallo");
  await attribute("score", "Number", "many");
  await attributes().getByText("This is no number").waitFor();
  assert.equal(await page.getByRole("button", { name: "Review and save" }).isDisabled(), true);
  await attributes().getByLabel("Attributes: value of score").fill("1.50");
  await attribute("external", "Yes or no", "No");
  await attribute("offices", "List", ["Lisbon", "Porto, Foz"]);
  await attribute("desk", "JSON", '{"floor": 3, "window": true}');
  await attribute("desk", "", "");
  await attributes().getByText("There are two of this key").first().waitFor();
  await attributes().getByRole("button", { name: "Remove desk" }).last().click();
  await shown("user-edit");
  await attributes().getByRole("button", { name: "As JSON" }).click();
  assert.match(await attributes().getByRole("textbox").inputValue(), new RegExp(`"employee": ${big}`));
  await shown("user-edit-json");
  await attributes().getByRole("button", { name: "As fields" }).click();
  await api("PATCH", `${facts}/users/rosa.fischer`, { attributes: { department: "support", employee: 7, badge: "blue" } });
  await api("PATCH", `${facts}/users/rosa.fischer`, { email: "rosa@example.com" });
  await save("Fischer-Gallo", "score", "offices");
  await heading("Rosa Fischer-Gallo");
  const is = await api("GET", `${facts}/users/rosa.fischer`);
  assert.deepEqual([is.last_name, is.email], ["Fischer-Gallo", "rosa@example.com"]);
  assert.deepEqual(is.attributes, { department: "support", employee: 7, badge: "blue", score: 1.5, external: false, offices: ["Lisbon", "Porto, Foz"], desk: { floor: 3, window: true } });
  assert.match(await written("/users/rosa.fischer"), /"score": ?1\.50/);
  await page.locator(".line").getByText(/^Changed by admin@localhost: .*attributes/).first().waitFor();
});

test("what is not edited is saved letter by letter as it was", async () => {
  const odd = String.raw`"12":"12","__proto__":[1,"x"],"blank":"","empty":[],"exact":{"id":${big},"share":0.10},"lines":"a\nb","list":"[\"x\"]","nothing":null,"one":1.0,"same":["a","a",""],"true":"true","zero":-0`;
  const answer = await fetch(`${base}${facts}/users`, { method: "POST", headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }, body: `{"key":"odd","attributes":{${odd}}}` });
  assert.equal(answer.status, 200, await answer.text());
  await at("/users/odd/edit");
  await page.getByText("Nothing has changed.").waitFor();
  for (const name of ["As JSON", "As fields"]) {
    await attributes().getByRole("button", { name }).click();
    await page.getByText("Nothing has changed.").waitFor();
  }
  await attribute("added", "Text", "yes");
  await save("added");
  await page.getByText('"added": "yes"').waitFor();
  const said = await written("/users/odd");
  assert.ok(said.includes(`{${odd.replace('"blank"', '"added":"yes","blank"')}}`), said);
});

test("a user is deleted, and it is said what goes along", async () => {
  await api("DELETE", `${facts}/users/odd`);
  await at("/users/rosa.fischer");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("the role the user holds").waitFor();
  await shown("user-delete");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await heading("Users");
  await page.getByText(`${users.length + 2} users`).waitFor();
  assert.equal((await fetch(`${base}${facts}/users/rosa.fischer`, { headers: { Authorization: `Bearer ${key}` } })).status, 404);
});

test("of a user of Logto, what Logto says is not edited here", async () => {
  const person = { name: "Ines Duarte", username: "inesduarte", email: "ines@reports.example" };
  await fetch(`${process.env.GATEHOUSE_LOGTO}/people`, { method: "POST", redirect: "manual", body: new URLSearchParams(person) });
  const ines = await there("users?search=ines@reports.example");
  await at(`/users/${ines.key}`);
  await page.getByText("Change, suspend or delete the user there: it follows here.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Delete", exact: true }).count(), 0, "a user that comes back is deleted");
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await heading("Edit Ines Duarte");
  await page.getByText("Logto keeps the name and the address of this user").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "E-mail address" }).count(), 0);
  await attribute("custom_data", "JSON", "{}");
  await attributes().getByText("Logto says this one, and would overwrite it").waitFor();
  await attributes().getByRole("combobox", { name: "Attributes: name" }).fill("locker");
  await page.keyboard.press("Escape");
  await pick("Attributes: type of locker", "Text", attributes());
  await attributes().getByLabel("Attributes: value of locker").fill("B12");
  await shown("user-edit-logto");
  await save("locker");
  await heading("Ines Duarte");
  await page.getByText('"locker": "B12"').waitFor();
  await page.getByText('"username": "inesduarte"').waitFor();
});

test("a tenant has a page, where it is edited and deleted", async () => {
  await at("/tenants");
  await page.getByRole("link", { name: "Acme Bikes", exact: true }).click();
  await heading("Acme Bikes");
  await page.getByRole("link", { name: /^\d+ users$/ }).waitFor();
  await page.getByRole("link", { name: "3 resource instances" }).waitFor();
  await page.getByRole("textbox", { name: "Description" }).fill("Rents bicycles in five cities");
  await attribute("plan", "Text", "gold");
  await attribute("account", "Number", big);
  await shown("tenant");
  await save("Rents bicycles in five cities", "plan");
  await page.getByText("Nothing has changed.").waitFor();
  assert.match(await written("/tenants/acme"), new RegExp(`"account": ?${big}`));
  await page.getByRole("textbox", { name: "Description" }).fill("");
  await attributes().getByRole("button", { name: "Remove plan" }).click();
  await save("the description to", "removes");
  await page.getByText("Nothing has changed.").waitFor();
  const { description, attributes: is } = await api("GET", `${facts}/tenants/acme`);
  assert.deepEqual([description, Object.keys(is)], [null, ["account"]]);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("");
  await page.getByText("The tenant needs a name.").waitFor();
  await page.getByRole("button", { name: "Discard" }).click();
  assert.equal(await page.getByRole("textbox", { name: "Name", exact: true }).inputValue(), "Acme Bikes");
  await at("/tenants/default");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("dialog").getByText("where questions go that name no tenant").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Keep it" }).click();
  await at("/tenants/lumen");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("dialog").getByText("3 resource instances, with the roles").waitFor();
  await shown("tenant-delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await heading("Tenants");
  await page.getByRole("link", { name: "Lumen Optics", exact: true }).waitFor({ state: "detached" });
  await at("/tenants/lumen");
  await page.getByRole("alert").getByText("not found").waitFor();
  expected(404);
});

test("a tenant of Logto is edited there", async () => {
  const { key: harbour } = await there("tenants?search=Harbour&include_total_count=true");
  await at(`/tenants/${harbour}`);
  await heading("Harbour Coffee");
  await page.getByText("Logto keeps the name and the description").waitFor();
  await page.getByText('"seats": 12').waitFor();
  assert.equal(await page.getByRole("button", { name: "Delete", exact: true }).count(), 0, "a tenant that comes back is deleted");
  assert.equal(await page.getByRole("textbox", { name: "Name", exact: true }).count(), 0);
  await attribute("region", "Text", "north");
  await shown("tenant-logto");
  await save("region");
  await page.getByText("Nothing has changed.").waitFor();
  assert.deepEqual((await api("GET", `${facts}/tenants/${harbour}`)).attributes, { custom_data: { seats: 12 }, region: "north" });
});

test("an instance is made by keyboard, edited and deleted", async () => {
  await at("/instances");
  await page.getByRole("link", { name: "Make an instance" }).focus();
  await page.keyboard.press("Enter");
  await heading("Make an instance");
  await page.getByRole("combobox", { name: "Resource" }).focus();
  await page.keyboard.type("Docu");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type("charter");
  await page.getByRole("button", { name: "Review and save" }).focus();
  await shown("instance-make");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByText("document:charter").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Save", exact: true }).focus();
  await page.keyboard.press("Enter");
  await heading("charter");
  await page.getByRole("region", { name: "Attributes" }).getByText("None.").waitFor();
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await heading("Edit charter");
  await attribute("pages", "Number", "12");
  await attribute("classified", "Yes or no", "Yes");
  await shown("instance-edit");
  await save("pages", "classified");
  await heading("charter");
  await page.getByText('"classified": true').waitFor();
  await api("POST", `${facts}/role_assignments`, { user: users[1].key, role: "owner", resource_instance: "document:charter", tenant: "default" });
  await at("/instances/document/charter");
  await page.getByRole("region", { name: "Who holds a role on it" }).getByRole("link").waitFor();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("dialog").getByText("the role that is held on it").waitFor();
  await shown("instance-delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await heading("Resource instances");
  assert.equal((await fetch(`${base}${facts}/resource_instances/document:charter`, { headers: { Authorization: `Bearer ${key}` } })).status, 404);
});

test("hostile texts are edited harmlessly", async () => {
  await page.addInitScript(() => { globalThis.pwned = () => { throw new Error("pwned"); }; });
  for (const u of admissible) {
    await api("POST", `${facts}/users`, u);
    await at(`/users/${encodeURIComponent(u.key)}/edit`);
    await page.getByRole("button", { name: "Add an attribute" }).waitFor();
    await shown("hostile-user-edit");
    await page.getByRole("button", { name: "As JSON" }).click();
    await page.getByText("Nothing has changed.").waitFor();
    await shown("hostile-user-json");
  }
});

test("a viewer looks at all of it and edits nothing", async () => {
  const vera = await viewer("vera@example.com");
  for (const path of ["/users", `/users/${users[1].key}`, `/users/${users[1].key}/edit`, "/users/new/user", "/tenants/acme", "/instances", "/instances/document/handbook-2024", "/instances/document/handbook-2024/edit"]) {
    await vera.goto(`${base}/dashboard${path}`);
    await vera.getByRole("heading", { level: 1 }).waitFor();
    await settled(vera);
    for (const name of ["Add a user", "Make an instance", "Edit", "Delete", "Review and save", "Add an attribute"]) {
      for (const role of ["button", "link"]) assert.equal(await vera.getByRole(role, { name, exact: true }).filter({ visible: true }).count(), 0, `${path} offers ${name} to a viewer`);
    }
  }
  await vera.context().close();
});

test("in the dark, and at the width of a phone", async () => {
  for (const [options, name] of [[{ colorScheme: "dark" }, "dark"], [{ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }, "phone"]]) {
    const other = await open({ storageState: session, ...options });
    for (const [path, part] of [[`/users/${users[4].key}/edit`, `user-edit-${name}`], ["/tenants/acme", `tenant-${name}`], ["/instances/new", `instance-make-${name}`]]) {
      await other.goto(`${base}/dashboard${path}`);
      await other.getByRole("heading", { level: 1 }).waitFor();
      await shown(part, other);
    }
    await other.context().close();
  }
});
