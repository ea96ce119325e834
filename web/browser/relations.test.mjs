// What things are related to, drawn, and what follows from it in the playground.
import assert from "node:assert/strict";
import { before } from "node:test";
import { seed } from "./seed.mjs";
import { api, at, base, expected, heading, key, open, page, session, shown, signIn, test } from "./visit.mjs";

const facts = "/v2/facts/default/dev";
const schema = "/v2/schema/default/dev";
const tuple = (subject, relation, object) => api("POST", `${facts}/relationship_tuples`, { subject, relation, object, tenant: "default" });
let users;

before(async () => {
  users = await seed(base, key);
  await api("POST", `${schema}/resources`, { key: "folder", name: "Folders", actions: { open: { name: "Open" } }, relations: { parent: "folder" }, roles: { keeper: { name: "Keeper", permissions: ["open"] } } });
  await api("POST", `${schema}/resources/folder/roles/keeper/implicit_grants`, { role: "keeper", on_resource: "folder", linked_by_relation: "parent" });
  await api("POST", `${schema}/resources/document/relations`, { key: "parent", name: "Parent", subject_resource: "folder" });
  await api("POST", `${schema}/resources/document/roles/owner/implicit_grants`, { role: "keeper", on_resource: "folder", linked_by_relation: "parent" });
  await tuple("folder:company", "parent", "folder:people");
  for (const k of ["handbook-2024", "handbook-2025", "minutes-2024"]) {
    const { tenant } = await api("GET", `${facts}/resource_instances/document:${k}`);
    if (tenant === "default") await tuple("folder:people", "parent", `document:${k}`);
  }
  for (let i = 0; i < 40; i++) await tuple("folder:company", "parent", `folder:team-${String(i).padStart(2, "0")}`);
  await api("POST", `${facts}/role_assignments`, { user: users[8].key, role: "keeper", resource_instance: "folder:company", tenant: "default" });
  await api("POST", `${facts}/role_assignments`, { user: users[9].key, role: "keeper", resource_instance: "folder:people", tenant: "default" });
});

test("what a thing is related to is drawn, and gone through by keyboard", async () => {
  await signIn();
  await at("/instances?search=handbook-2024");
  await page.getByRole("link", { name: "handbook-2024", exact: true }).click();
  await heading("handbook-2024");
  await page.getByRole("link", { name: "folder:people, is its parent" }).waitFor();
  await shown("instance");
  const { first_name: first, last_name: last, key: owner } = users[4];
  await page.getByRole("link", { name: `user ${first} ${last} (${owner}), holds owner on it` }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await heading("people");
  await page.getByRole("link", { name: "document:handbook-2024, of which it is the parent" }).waitFor();
  await page.getByRole("link", { name: /^user .*, holds keeper on it$/ }).focus();
  await page.keyboard.press("ArrowRight");
  assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), /of which it is the parent$/);
  await page.keyboard.press("ArrowLeft");
  assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), /(holds keeper on it|is its parent)$/);
  await shown("instance-folder");
});

test("a drawing has an end, and more is shown where it is asked for", async () => {
  await at("/instances/folder/company");
  await page.getByText("17 of 42 are drawn").waitFor();
  await page.getByRole("button", { name: "Show more" }).click();
  await page.getByText("are drawn").waitFor({ state: "detached" });
  assert.equal(await page.locator("svg a.node").count(), 42);
});

test("a relationship is added and deleted", async () => {
  await at("/instances/folder/team-00");
  const form = page.getByRole("form", { name: "Add a relationship" });
  await form.getByRole("combobox", { name: "How they are related" }).click();
  await page.getByRole("option", { name: "it is the parent of a document" }).click();
  await form.getByRole("combobox", { name: "Key of the document" }).fill("team-plan");
  await form.getByText("folder:team-00 is the parent of document:team-plan").waitFor();
  await page.keyboard.press("Escape"); // what is suggested lies over the page
  await page.waitForFunction(() => ![...document.querySelectorAll("[role=listbox]")].some((l) => l.checkVisibility()));
  await shown("instance-relate");
  await form.getByRole("button", { name: "Add" }).click();
  await page.getByRole("link", { name: "document:team-plan, of which it is the parent" }).waitFor();
  await form.getByRole("combobox", { name: "Key of the document" }).fill("team-plan");
  await form.getByRole("button", { name: "Add" }).click();
  await form.getByRole("alert").waitFor();
  expected(409);
  await page.getByRole("row", { name: /team-plan/ }).getByRole("button", { name: "Delete the relationship parent" }).click();
  await page.getByRole("dialog").getByText("roles that are derived through it").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "document:team-plan, of which it is the parent" }).waitFor({ state: "detached" });
  await at("/instances/folder/nowhere");
  await page.getByRole("alert").waitFor();
  expected(404);
});

test("the playground draws the way through relationships", async () => {
  await at(`/playground?user=${users[8].key}&action=publish&resource=document&instance=handbook-2024`);
  await page.locator("[data-answer=allow]").waitFor();
  const way = page.locator(".way").first();
  for (const stop of ["folder:company", "folder:people", "document:handbook-2024"]) await way.getByText(stop).first().waitFor();
  await shown("playground-relationships");
});

test("context and attributes go along with a question, and stand in its link", async () => {
  await api("POST", `${schema}/users/attributes`, { key: "department", type: "string" });
  await api("POST", `${schema}/condition_sets`, { key: "at-home", name: "At home", type: "userset", conditions: { allOf: [{ "context.country": { equals: "PT" } }, { "user.department": { equals: "law" } }] } });
  await api("POST", `${facts}/set_rules`, { user_set: "at-home", permission: "invoice:void", resource_set: "invoice", is_resource: true });
  await at(`/playground?user=${users[0].key}&action=void&resource=invoice`);
  await page.locator("[data-answer=deny]").waitFor();
  await page.getByRole("button", { name: "Instance, attributes and context" }).click();
  const context = page.getByRole("group", { name: "Context" });
  await context.getByRole("button", { name: "Add" }).click();
  await context.getByRole("textbox", { name: "Context: name" }).fill("country");
  await context.getByRole("textbox", { name: "Context: value of country" }).fill("PT");
  const attributes = page.getByRole("group", { name: "Attributes of the user" });
  await attributes.getByRole("button", { name: "As JSON" }).click();
  await attributes.getByRole("textbox").fill('{"department": "law"}');
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.locator("[data-answer=allow]").waitFor();
  await page.locator(".way").getByText("at-home").waitFor();
  await shown("playground-context");
  const other = await open({ storageState: session });
  await other.goto(page.url());
  await other.locator("[data-answer=allow]").waitFor();
  assert.equal(await other.getByRole("textbox", { name: "Context: value of country" }).inputValue(), "PT");
  await other.context().close();
});

test("drawings in the dark, at the width of a phone, and of hostile names", async () => {
  for (const [i, name] of ["<script>pwned()</script>", "\u202emoc.elpmaxe", "x".repeat(500), "👩‍👩‍👧‍👦🏳️‍🌈", "a:b/c?d#e"].entries()) {
    await fetch(`${base}${facts}/relationship_tuples`, { method: "POST", headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }, body: JSON.stringify({ subject: `folder:${name}`, relation: "parent", object: "folder:odd", tenant: "default" }) });
    await tuple("folder:odd", "parent", `document:plain-${i}`);
  }
  for (const [options, name] of [[{ colorScheme: "dark" }, "dark"], [{ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }, "phone"]]) {
    const other = await open({ storageState: session, ...options });
    for (const [path, part] of [["/instances/folder/people", `instance-${name}`], ["/instances/folder/odd", `hostile-instance-${name}`], [`/playground?user=${users[8].key}&action=publish&resource=document&instance=handbook-2024&context=%7B%22a%22:1%7D`, `hostile-playground-${name}`]]) {
      await other.goto(`${base}/dashboard${path}`);
      await other.getByRole("heading", { level: 1 }).waitFor();
      await shown(part, other);
    }
    await other.goto(`${base}/dashboard/instances/folder/odd`);
    const links = await other.locator("svg a.node").evaluateAll((list) => list.map((a) => a.getAttribute("href")));
    assert.ok(links.every((href) => href.startsWith("/dashboard/instances/")));
    await other.context().close();
  }
});
