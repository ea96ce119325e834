// The dashboard in a browser, as a person uses it.
import assert from "node:assert/strict";
import { before } from "node:test";
import { admissible, hostile, seed } from "./seed.mjs";
import { api, at, base, expected, heading, key, open, page, session, settled, shown, signIn, test, viewer } from "./visit.mjs";

let users;
before(async () => {
  users = await seed(base, key);
});

test("who is not signed in is asked to", async () => {
  await at("/users");
  await heading("Sign in");
  await page.getByLabel("E-mail address").fill("admin@localhost");
  await page.locator("input[type=password]").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("The e-mail address or the password is not right.").waitFor();
  expected(401);
  await shown("sign-in");
});

test("the demo's link signs in, once", async () => {
  await signIn();
  assert.equal(new URL(page.url()).hash, "", "the link stays in the address");
  const cookies = await page.context().cookies();
  assert.deepEqual(cookies.map((c) => [c.httpOnly, c.sameSite]), [[true, "Strict"]]);
  assert.equal(await page.evaluate(() => document.cookie), "");
});

test("the overview says whether all is well", async () => {
  await page.getByText("Logto and Gatehouse are equal").waitFor();
  await page.getByText(/^2 users, /).waitFor();
  await page.getByRole("img", { name: /decisions allowed and/ }).waitFor();
  await page.getByRole("slider", { name: "Moment of the chart" }).focus();
  await page.keyboard.press("ArrowLeft");
  assert.match(await page.getByRole("slider").getAttribute("aria-valuetext"), /^\d+ (s|min.*) ago: \d+ allowed, \d+ denied$/);
  await page.getByText(/ ago: \d+ allowed, \d+ denied$/).waitFor();
  await page.getByRole("slider").blur();
  await page.getByText("Getting started").waitFor();
  await page.getByText("All 5 steps are done").waitFor();
  await shown("overview");
});

test("users are searched, filtered and opened by keyboard", async () => {
  await page.getByRole("link", { name: "Users", exact: true }).click();
  await heading("Users");
  await page.getByText(/^\d+ users$/).waitFor();
  await shown("users");
  const box = page.getByRole("textbox", { name: "Search users" });
  await box.pressSequentially("carv");
  await page.waitForURL(/search=carv/);
  await page.keyboard.type("alho"); // searching takes nobody's place at the keyboard
  await page.waitForURL(/search=carvalho/);
  assert.equal(await box.inputValue(), "carvalho");
  await page.waitForFunction(() => [...document.querySelectorAll("tbody tr")].every((r) => /carvalho/i.test(r.textContent)));
  await page.getByRole("textbox", { name: "Search users" }).fill("nobody of that name");
  await page.getByText("Nobody matches").waitFor();
  await shown("users-empty");
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await page.waitForFunction(() => document.querySelector("main input").value === "");
  await page.getByRole("combobox", { name: "Role" }).click();
  await page.getByRole("option", { name: "Billing" }).click();
  await page.waitForURL(/role=billing/);
  await page.waitForFunction(() => [...document.querySelectorAll("tbody tr")].every((r) => r.textContent.includes("billing")));
  await page.locator("tbody tr").first().getByRole("link").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/users\/u/);
});

test("a user's page says what is held and who gave it", async () => {
  await at(`/users/${users[4].key}`);
  await heading(`${users[4].first_name} ${users[4].last_name}`);
  await page.getByText("document:handbook-2024").first().waitFor();
  await page.getByText("document:publish").first().waitFor();
  await page.getByRole("cell", { name: "api" }).first().waitFor();
  await shown("user");
  await at("/users/nobody-of-this-key");
  await page.getByText('user "nobody-of-this-key" not found').waitFor();
  expected(404);
});

test("tenants and instances are listed", async () => {
  await at("/tenants");
  await page.getByText("Northwind Tea").waitFor();
  await shown("tenants");
  await page.getByRole("button", { name: "Make a tenant" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Acme Bikes");
  await dialog.getByRole("textbox", { name: "Key" }).fill("acme");
  await dialog.getByRole("button", { name: "Make it" }).click();
  await dialog.getByRole("alert").waitFor();
  expected(409);
  await dialog.getByRole("textbox", { name: "Name" }).fill("Contoso Chairs");
  await dialog.getByRole("textbox", { name: "Key" }).fill("contoso");
  await shown("tenant-make");
  await dialog.getByRole("button", { name: "Make it" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("cell", { name: "Contoso Chairs", exact: true }).waitFor();
  await page.getByRole("link", { name: "Users of Acme Bikes" }).click();
  await page.waitForURL(/tenant=acme/);
  await at("/instances");
  await page.getByText("handbook-2024").waitFor();
  await shown("instances");
});

test("the playground answers, says why, and has a link to share", async () => {
  await at("/playground");
  await page.getByText("Nothing has been asked yet").waitFor();
  await page.getByRole("combobox", { name: "User" }).fill("esra");
  await page.getByRole("option", { name: users[4].key }).click();
  await page.getByRole("combobox", { name: "Resource" }).click();
  await page.getByRole("option", { name: "Invoices" }).click();
  await page.getByRole("combobox", { name: "Action" }).click();
  await page.getByRole("option", { name: "Pay" }).click();
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.locator("[data-answer=allow]").waitFor();
  await page.locator(".way").getByText("billing").waitFor();
  await shown("playground-allowed");
  const shared = page.url();
  const other = await open({ storageState: session });
  await other.goto(shared);
  await other.locator("[data-answer=allow]").waitFor();
  await other.context().close();
  await at(`/playground?user=${users[0].key}&action=void&resource=invoice&tenant=acme`);
  await page.locator("[data-answer=deny]").waitFor();
  await shown("playground-denied");
  await at(`/playground?user=${users[4].key}&action=publish&resource=document&instance=handbook-2024`);
  await page.locator(".way").getByText("document#owner").waitFor();
  await page.getByText("Who may?").click();
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.getByText(/may publish/).waitFor();
  await page.getByRole("cell", { name: `${users[4].first_name} ${users[4].last_name} ${users[4].key}` }).waitFor();
  await shown("playground-who");
  await page.getByText("What may they?").click();
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.getByText("document:publish").waitFor();
});

test("the policy is edited by keyboard and saved as one commit", async () => {
  await at("/policy");
  await page.getByRole("checkbox", { name: "Viewer may invoice:view", exact: true }).focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await page.getByText("2 changes are not saved").waitFor();
  await shown("policy");
  await page.getByRole("button", { name: "Review and save" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("invoice:view").waitFor();
  assert.equal(await dialog.getByText("gives").count(), 2);
  await shown("policy-save");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("Arrow keys move").waitFor();
  const answer = await fetch(`${base}/console/v1/projects/default/envs/dev/changes?kind=role&limit=2`, { headers: { Authorization: `Bearer ${key}` } });
  const { changes } = await answer.json();
  assert.equal(changes[0].revision, changes[1].revision, "it is not one commit");
  assert.equal(changes[0].actor.name, "admin@localhost");
});

test("decisions and changes are logged, with what led to them", async () => {
  await at("/decisions");
  await page.getByText(/^[\d,]+ decisions$/).waitFor();
  await page.getByText("Denied", { exact: true }).first().click();
  await page.waitForURL(/outcome=denied/);
  await settled();
  await page.waitForFunction(() => [...document.querySelectorAll("tbody tr")].every((r) => r.textContent.startsWith("Denied")));
  await shown("decisions");
  const who = page.getByRole("combobox", { name: "User" });
  for (const [text, by] of [[users[4].email, "address"], [`${users[4].first_name} ${users[4].last_name}`, "name"], [users[4].key, "key"]]) {
    await who.fill(text);
    await page.getByRole("option", { name: users[4].key }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(`user=${users[4].key}`));
    assert.equal(await who.inputValue(), `${users[4].first_name} ${users[4].last_name}`, `found by ${by}`);
    await settled();
    await who.fill("");
    await page.keyboard.press("Enter");
    await page.waitForURL((u) => !u.searchParams.has("user"));
  }
  await api("POST", "/allowed", { user: { key: "gone" }, action: "view", resource: { type: "reports" } });
  await who.fill("gone");
  await page.getByRole("option", { name: "gone Whoever had this key" }).click();
  await page.getByRole("cell", { name: "gone", exact: true }).first().waitFor();
  await who.fill("");
  await page.getByRole("textbox", { name: "Action" }).focus();
  await page.waitForURL((u) => !u.searchParams.has("user"));
  await page.locator("tbody").getByRole("link", { name: /^Why/ }).first().click();
  await page.locator("[data-answer]").waitFor();
  await at("/changes?kind=role");
  await page.getByText("by admin@localhost").first().waitFor();
  await page.locator("summary").first().click();
  await shown("changes");
});

test("dark, and at the width of a phone", async () => {
  const dark = await open({ storageState: session, colorScheme: "dark" });
  for (const [path, name] of [["/", "overview-dark"], [`/playground?user=${users[4].key}&action=pay&resource=invoice`, "playground-dark"], ["/users", "users-dark"]]) {
    await dark.goto(`${base}/dashboard${path}`);
    await dark.getByRole("heading", { level: 1 }).waitFor();
    await shown(name, dark);
  }
  await dark.context().close();
  const phone = await open({ storageState: session, viewport: { width: 375, height: 760 }, isMobile: true, hasTouch: true });
  for (const [path, name] of [["/", "overview-phone"], ["/users", "users-phone"], [`/playground?user=${users[4].key}&action=pay&resource=invoice`, "playground-phone"], ["/policy", "policy-phone"], ["/changes", "changes-phone"], ["/settings", "settings-phone"], [`/users/${users[4].key}`, "user-phone"]]) {
    await phone.goto(`${base}/dashboard${path}`);
    await phone.getByRole("heading", { level: 1 }).waitFor();
    await shown(name, phone);
  }
  await phone.getByRole("button", { name: "Open the menu" }).click();
  await phone.getByRole("link", { name: "Decisions" }).click();
  await phone.getByRole("heading", { level: 1, name: "Decisions" }).waitFor();
  await phone.context().close();
});

test("Logto shows how it is reached and whether it is equal", async () => {
  await at("/logto");
  await page.getByText("Signing keys accepted").waitFor();
  await page.getByRole("heading", { name: "Checkup" }).waitFor();
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByRole("img", { name: "Well" }).first().waitFor();
  await page.getByRole("button", { name: "Compare now" }).click();
  await page.getByText("equal", { exact: true }).waitFor();
  await shown("logto");
});

test("an environment is made", async () => {
  await at("/settings");
  await page.getByRole("button", { name: "Make an environment" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("Staging 2");
  assert.equal(await dialog.getByRole("textbox", { name: "Key" }).inputValue(), "staging-2");
  await dialog.getByRole("button", { name: "Make it" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Enter Staging 2" }).click();
  await heading("Overview");
  await at("/users");
  await page.getByText("Nobody has signed up yet").waitFor();
  await at("/settings");
  await page.getByRole("button", { name: "Enter Development" }).click();
  await heading("Overview");
});

test("an API key is made, shown once, and revoked", async () => {
  await at("/settings");
  await page.getByRole("button", { name: "Make a key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill("billing service");
  await dialog.getByRole("button", { name: "Make it" }).click();
  const secret = await dialog.locator("[data-secret]").textContent();
  assert.match(secret, /^permit_key_/);
  const asked = () => fetch(`${base}/v2/api-key/scope`, { headers: { Authorization: `Bearer ${secret}` } });
  assert.equal((await asked()).status, 200);
  await dialog.getByRole("button", { name: "I have kept it" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal(await page.getByText(secret).count(), 0);
  await page.getByText("billing service").waitFor();
  await shown("settings");
  await page.getByRole("button", { name: "Revoke billing service" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByText("billing service").waitFor({ state: "detached" });
  assert.equal((await asked()).status, 401);
});

test("a viewer comes by a link, chooses a password, and can change nothing", async () => {
  const vera = await viewer("vera@example.com", () => shown("member-link"));
  await vera.getByRole("button", { name: "Account of vera@example.com" }).click();
  await vera.getByText("Viewer in Development").waitFor();
  await vera.getByRole("menuitem", { name: "Change the password" }).click();
  await vera.locator("input[autocomplete=new-password]").fill("a password of vera");
  await vera.getByRole("button", { name: "Change", exact: true }).click();
  await vera.getByRole("dialog").waitFor({ state: "detached" });
  await vera.getByRole("link", { name: "Policy" }).click();
  await vera.getByText("You may look.").waitFor();
  assert.equal(await vera.getByRole("checkbox", { name: "Viewer may invoice:pay", exact: true }).isDisabled(), true);
  await vera.getByRole("link", { name: "Settings" }).click();
  await vera.getByText("Owners alone see keys and members").waitFor();
  await shown("settings-viewer", vera);
  const deed = (name) => vera.evaluate(async ([name, env]) => (await fetch("/v2/schema/default/dev/roles/viewer", { method: "PATCH", headers: { "Content-Type": "application/json", "X-Gatehouse-Dashboard": "1", "X-Gatehouse-Environment": env }, body: JSON.stringify({ name }) })).status, [name, scope.environment_id]);
  const scope = await (await fetch(`${base}/v2/api-key/scope`, { headers: { Authorization: `Bearer ${key}` } })).json();
  assert.equal(await deed("Looker"), 403, "a viewer renames a role by calling the API");
  expected(403);
  await becomes("Editor: all but keys and members");
  await page.getByRole("row", { name: /vera/ }).getByText("Editor").waitFor();
  assert.equal(await deed("Viewer"), 200, "an editor may not rename a role");
  await vera.goto(`${base}/dashboard/policy`);
  await vera.getByRole("checkbox", { name: "Viewer may invoice:pay", exact: true }).waitFor();
  assert.equal(await vera.getByRole("checkbox", { name: "Viewer may invoice:pay", exact: true }).isDisabled(), false);
  await becomes("Owner: everything");
  await vera.goto(`${base}/dashboard/settings`);
  await vera.getByRole("cell", { name: "admin@localhost", exact: true }).waitFor();
  await becomes("Viewer: sees everything");
  assert.equal(await deed("Looker"), 403, "who was an editor still renames a role");
  expected(403);
  await vera.context().close();
});

/** becomes gives vera another role, by keyboard alone but for the choice. */
async function becomes(role) {
  await page.getByRole("button", { name: "Change role of vera@example.com" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Role: Everywhere" }).click();
  await page.getByRole("option", { name: role }).click();
  if (role.startsWith("Editor")) await shown("member-role");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
}

test("a member is granted one environment, and another is taken", async () => {
  await page.getByRole("button", { name: "Change role of vera@example.com" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Add a place" }).click();
  await dialog.getByRole("combobox", { name: "Role: Development" }).click();
  await page.getByRole("option", { name: "Editor: all but keys and members" }).click();
  await dialog.getByRole("button", { name: "Take the role: Everywhere" }).click();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  const vera = page.getByRole("row", { name: /vera/ });
  await vera.getByText("in Development").waitFor();
  assert.equal(await vera.getByText("everywhere").count(), 0);
  const members = await page.evaluate(async () => (await fetch("/v2/members", { headers: { "X-Gatehouse-Dashboard": "1" } })).json());
  const { grants } = members.find((m) => m.email === "vera@example.com");
  assert.deepEqual(grants.map((g) => [g.object_type, g.environment_key, g.access_level]), [["env", "dev", "write"]]);
});

test("hostile texts are shown harmlessly", async () => {
  await page.addInitScript(() => { globalThis.pwned = () => { throw new Error("pwned"); }; });
  for (const u of hostile) {
    const answer = await fetch(`${base}/v2/facts/default/dev/users`, { method: "POST", headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }, body: JSON.stringify(u) });
    assert.equal(answer.status, u.key === "emoji" ? 200 : 422, `${u.key.slice(0, 60)}: ${await answer.text()}`);
  }
  for (const u of admissible) {
    await api("POST", "/v2/facts/default/dev/users", { ...u, role_assignments: [{ role: "viewer", tenant: "default" }] });
    await at(`/users?search=${encodeURIComponent(u.key)}`);
    await settled();
    await page.locator("tbody a").first().click();
    await page.getByRole("heading", { name: "Roles" }).waitFor();
    await shown("hostile");
    await at(`/playground?user=${encodeURIComponent(u.key)}&action=view&resource=reports`);
    await page.locator("[data-answer=allow]").waitFor();
    await shown("hostile-playground");
  }
  await at("/decisions");
  await settled();
  await shown("hostile-decisions");
  await at("/changes?kind=user");
  await settled();
  for (const s of await page.locator("summary").all()) await s.click();
  await shown("hostile-changes");
  const texts = hostile.flatMap((u) => [u.first_name, u.last_name, u.email]).filter(Boolean);
  await page.route("**/console/v1/**/names", (route) => route.fulfill({ json: { users: route.request().postDataJSON().users.map((k, i) => ({ key: k, email: "", first_name: texts[i % texts.length], last_name: "" })) } }));
  for (const path of ["/", "/decisions", "/playground?ask=who&action=view&resource=reports", "/instances/document/handbook-2024", `/decisions?user=${users[4].key}`]) {
    await at(path);
    await settled();
    await page.locator(`main bdi[title*="whose key is"], main [role=combobox], main svg a.node`).first().waitFor();
    await shown("hostile-names");
    const links = await page.locator("main a").evaluateAll((list) => list.map((a) => a.getAttribute("href")));
    assert.ok(links.every((href) => href.startsWith("/dashboard/")), String(links));
  }
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await at(`/playground?user=<img src=x onerror=pwned()>&action=%22%3E%3Cscript%3Epwned()%3C/script%3E&resource=reports`);
  await page.locator("[data-answer=deny]").waitFor();
});

test("who signs out is out", async () => {
  await at("/");
  await page.getByRole("button", { name: "Account of admin@localhost" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await heading("Sign in");
  await at("/users");
  await heading("Sign in");
  expected(401);
});
