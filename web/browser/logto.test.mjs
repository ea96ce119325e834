// What the dashboard shows of Logto, as a person uses it.
import assert from "node:assert/strict";
import { hostile } from "./seed.mjs";
import { api, at, base, elsewhere, expected, heading, open, page, session, settled, shown, signIn, test } from "./visit.mjs";

const logto = process.env.GATEHOUSE_LOGTO;
const hooks = "/console/v1/projects/default/envs/dev/logto/deliveries";

/** signUp makes a person in Logto, who is told here. */
async function signUp(name) {
  const username = name.toLowerCase().replaceAll(/[^a-z]/g, "");
  const answer = await fetch(`${logto}/people`, { method: "POST", redirect: "manual", body: new URLSearchParams({ name, username, email: `${username}@reports.example` }) });
  assert.equal(answer.status, 303, await answer.text());
}

test("deliveries are listed, filtered and paged", async () => {
  for (const name of ["Ada Adler", "Bruno Bianchi", "Chiara Gallo", "Esra Carvalho", "Femi Duarte", "Hiro Hansen"]) await signUp(name);
  await signIn();
  await page.getByRole("link", { name: "Logto", exact: true }).click();
  await page.getByRole("navigation", { name: "Logto" }).getByRole("link", { name: "Deliveries" }).click();
  await heading("Logto");
  await page.getByRole("link", { name: "PostRegister" }).first().waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll("tbody tr")].every((r) => r.textContent.includes("Looked at")));
  await page.getByRole("cell", { name: "Hiro Hansen", exact: true }).first().waitFor();
  await shown("logto-deliveries");
  await page.getByRole("combobox", { name: "Event" }).fill("User.Created");
  await page.keyboard.press("Enter");
  await page.waitForURL(/event=User.Created/);
  await page.waitForFunction(() => [...document.querySelectorAll("tbody tr")].every((r) => r.textContent.includes("User.Created")));
  await page.getByRole("combobox", { name: "Outcome" }).click();
  await page.getByRole("option", { name: "Failing" }).click();
  await page.getByText("No delivery matches").waitFor();
  await shown("logto-deliveries-empty");
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await page.waitForFunction(() => !location.search);
  await at("/logto/deliveries?before=x");
  await page.getByText("before is not a cursor").waitFor();
  expected(400);
});

test("a delivery is read and played again by keyboard", async () => {
  await at("/logto/deliveries");
  await page.getByRole("link", { name: "PostRegister" }).first().focus();
  await page.keyboard.press("Enter");
  await heading("PostRegister");
  await page.getByText('"event": "PostRegister"').waitFor();
  await page.getByRole("button", { name: "Replay" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText(/looked at again, by what Logto says/).waitFor();
  await page.getByText("Looked at", { exact: true }).waitFor();
  await shown("logto-delivery");
  await page.getByRole("link", { name: "Everything that was told of it" }).click();
  await page.waitForURL(/subject=user/);
  await page.getByRole("button", { name: "Show deliveries about anything, not only Hiro Hansen" }).waitFor();
});

test("a user has a timeline, and what Logto says", async () => {
  const { deliveries } = await api("GET", `${hooks}?event=PostRegister&limit=1`);
  const user = deliveries[0].subject.id;
  await api("POST", "/allowed", { user: { key: user }, action: "view", resource: { type: "reports", tenant: "default" } });
  await at(`/users/${user}`);
  await page.getByRole("heading", { name: "Timeline" }).waitFor();
  const line = page.locator(".line");
  await line.getByText("Signed up: Logto told PostRegister").waitFor();
  await line.getByText("Made here by logto").waitFor();
  await line.getByText("Given Viewer in Default Tenant by logto").waitFor();
  await line.getByText("Allowed reports:view").waitFor();
  await page.getByRole("button", { name: "Give a role" }).click();
  await page.getByRole("dialog").getByRole("combobox", { name: "Role" }).click();
  await page.getByRole("option", { name: "Editor" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Give it" }).click();
  await line.getByText("Given Editor in Default Tenant by admin@localhost").waitFor();
  await page.getByRole("button", { name: "Take Editor in Default Tenant" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take it" }).click();
  await line.getByText("Taken Editor in Default Tenant by admin@localhost").waitFor();
  const told = await line.locator("li").allTextContents();
  assert.ok(told.findIndex((t) => t.startsWith("Taken")) < told.findIndex((t) => t.startsWith("Given Editor")), "what came last does not stand first");
  assert.match(told.at(-1), /Signed up|Logto told|Made here/);
  await line.scrollIntoViewIfNeeded();
  await shown("user-timeline");
  await page.getByRole("button", { name: "Ask Logto" }).click();
  await page.getByText(`"id": "${user}"`).waitFor();
  assert.equal(await page.getByText(/password/i).count(), await page.getByText(/hasPassword/).count(), "a password is shown");
  await shown("user-logto");
});

test("the mapping is edited, tried and saved", async () => {
  await at("/logto/mapping");
  await page.getByRole("button", { name: "Add a rule" }).focus();
  await page.keyboard.press("Enter");
  const rule = page.getByRole("group", { name: "Rule rule-1" });
  await rule.getByLabel("Condition").fill("user.primaryEmail.nothing(");
  await rule.getByRole("combobox", { name: "Gives" }).click();
  await page.getByRole("option", { name: "Editor" }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Dry run" }).click();
  await page.getByRole("dialog").getByRole("alert").waitFor();
  expected(400);
  await page.getByRole("button", { name: "Keep editing" }).click();
  await rule.getByLabel("Condition").fill("user.primaryEmail.endsWith('@reports.example')");
  await rule.getByLabel("Name").fill("reporters");
  await page.getByRole("button", { name: "Add: of users" }).click();
  await page.getByRole("textbox", { name: "Of users: key of attribute 1" }).fill("plan");
  await page.getByRole("textbox", { name: "Of users: path of attribute 1" }).fill("customData.plan");
  await page.getByRole("button", { name: "Add: held everywhere" }).click();
  await page.getByRole("textbox", { name: "Held everywhere: role 1 of Logto" }).fill("staff");
  await page.evaluate(() => scrollTo(0, 0));
  await shown("logto-mapping");
  await page.getByRole("group", { name: "Rule reporters" }).scrollIntoViewIfNeeded();
  await shown("logto-mapping-rules");
  await page.getByRole("button", { name: "Dry run" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("+ editor in default").first().waitFor();
  await dialog.getByText("Esra Carvalho").waitFor();
  await shown("logto-mapping-dry-run");
  await dialog.getByRole("button", { name: "Save the mapping" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Not saved").waitFor({ state: "detached" });
  assert.equal((await api("GET", "/console/v1/projects/default/envs/dev/logto/mapping")).rules[0].name, "reporters");
});

test("a long timeline is read to its beginning", async () => {
  const { deliveries } = await api("GET", `${hooks}?event=PostRegister&limit=1`);
  const user = deliveries[0].subject.id;
  for (let i = 0; i < 15; i++) {
    for (const method of ["POST", "DELETE"]) await api(method, "/v2/facts/default/dev/role_assignments", { user, role: "admin", tenant: "default" });
  }
  await at(`/users/${user}`);
  const line = page.locator(".line");
  await line.getByText(/^Taken Admin/).first().waitFor();
  assert.equal(await line.getByText("Made here").count(), 0, "all of it is read at once");
  for (const more = page.getByRole("button", { name: "Show what was before" }); await more.count(); await settled()) await more.click();
  await line.getByText("Made here").waitFor();
  assert.deepEqual([await line.getByText(/^Given Admin/).count(), await line.getByText(/^Taken Admin/).count()], [15, 15]);
});

test("who leaves a mapping that is not saved is asked", async () => {
  await at("/logto/mapping");
  await page.getByRole("button", { name: "Add a rule" }).click();
  await page.getByRole("link", { name: "Users", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Leave without saving?" });
  await dialog.waitFor();
  await shown("hostile-leave");
  await dialog.getByRole("button", { name: "Keep editing" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Not saved").waitFor();
  await page.getByRole("link", { name: "Users", exact: true }).click();
  await dialog.getByRole("button", { name: "Leave" }).click();
  await heading("Users");
  assert.equal((await api("GET", "/console/v1/projects/default/envs/dev/logto/mapping")).rules.length, 1);
});

test("differences are shown with what a repair does", async () => {
  const { deliveries } = await api("GET", `${hooks}?event=PostRegister&limit=1`);
  await page.route("**/console/v1/status", async (route) => {
    const answer = await route.fetch();
    const status = await answer.json();
    Object.assign(status.sources[0].proof, {
      verdict: "different", differences_total: 3,
      differences: [
        { kind: "user", id: "k2m3x7", cause: "missing_here", fields: [] },
        { kind: "user", id: deliveries[0].subject.id, cause: "differs", fields: ["email", "role admin in acme"] },
        { kind: "organization", id: "<b>o7</b>", cause: "not_in_source", fields: [] },
      ],
    });
    await route.fulfill({ response: answer, json: status });
  });
  await at("/logto");
  await page.getByText("3 differences").waitFor();
  await page.getByRole("link", { name: "Hiro Hansen" }).waitFor();
  await page.getByRole("button", { name: "Repair" }).click();
  await page.getByRole("dialog").getByText("is made as Logto has it").waitFor();
  await shown("logto-repair");
  await page.getByRole("dialog").getByRole("button", { name: "Repair" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("Logto is connected, step by step", async () => {
  await at("/logto");
  await page.getByRole("button", { name: "Connect again" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("The server's settings name").waitFor();
  await dialog.getByRole("button", { name: "Connect", exact: true }).click();
  await dialog.getByRole("img", { name: "Done" }).first().waitFor();
  await shown("logto-connect");
  await dialog.getByRole("button", { name: "Done" }).click();
});

test("Logto's pages are dark, and fit a phone", async () => {
  const { deliveries } = await api("GET", `${hooks}?event=PostRegister&limit=1`);
  const pages = [["/logto", "logto"], ["/logto/deliveries", "logto-deliveries"], [`/logto/deliveries/${deliveries[0].id}`, "logto-delivery"], ["/logto/mapping", "logto-mapping"]];
  for (const [kind, options] of [["dark", { colorScheme: "dark" }], ["phone", { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }]]) {
    const other = await open({ storageState: session, ...options });
    for (const [path, name] of pages) {
      await other.goto(`${base}/dashboard${path}`);
      await other.getByRole("heading", { level: 1 }).waitFor();
      await settled(other);
      await shown(`${name}-${kind}`, other);
    }
    await other.context().close();
  }
});

/** evil are texts that mean harm, such as Logto may tell them. */
const evil = [...hostile.flatMap((u) => [u.key, u.first_name, u.last_name, u.email]), JSON.stringify(hostile[0].attributes), "\u0000", " ", "null"].filter(Boolean);

/** told lets an answer say something else. */
const told = (path, change) => page.route(path, async (route) => {
  const answer = await route.fetch();
  const body = await answer.json();
  await route.fulfill({ response: answer, json: change(body) ?? body });
});

test("hostile texts of Logto are shown harmlessly", async () => {
  await page.addInitScript(() => { globalThis.pwned = () => { throw new Error("pwned"); }; });
  for (const u of hostile) {
    const answer = await fetch(`${logto}/people`, { method: "POST", redirect: "manual", body: new URLSearchParams({ name: `${u.first_name} ${u.last_name}`.slice(0, 400), username: `hostile${hostile.indexOf(u)}`, email: `hostile${hostile.indexOf(u)}@reports.example` }) });
    assert.ok(answer.status < 500, await answer.text());
  }
  const { deliveries } = await api("GET", `${hooks}?event=PostRegister&limit=8`);
  for (const d of deliveries.slice(0, 4)) {
    await at(`/logto/deliveries/${d.id}`);
    await page.getByText('"event": "PostRegister"').waitFor();
    await shown("hostile-payload");
    await at(`/users/${d.subject.id}`);
    await page.getByRole("button", { name: "Ask Logto" }).click();
    await page.getByText(`"id": "${d.subject.id}"`).waitFor();
    await shown("hostile-in-logto");
  }
  await told("**/console/v1/**/logto/deliveries?**", (list) => ({ ...list, deliveries: evil.map((text, i) => ({ ...list.deliveries[0], id: `${i}`, event: text, error: text, outcome: "failing", subject: { kind: i % 2 ? "user" : "organization-role", id: text } })) }));
  for (const [i, text] of evil.entries()) await page.route(`**/console/v1/**/logto/deliveries/${i}`, (route) => route.fulfill({ json: { ...deliveries[0], id: `${i}`, copies: 2, event: text, error: text, outcome: "failing", attempts: 3, due_at: new Date().toISOString(), subject: { kind: "user", id: text }, payload: i % 2 ? text : JSON.stringify({ [text]: [text, null] }) } }));
  await at("/logto/deliveries");
  await page.getByRole("region", { name: "Deliveries" }).waitFor();
  await shown("hostile-deliveries");
  const links = await page.locator("tbody a").evaluateAll((list) => list.map((a) => a.getAttribute("href")));
  assert.ok(links.every((href) => href.startsWith("/dashboard/")), String(links));
  for (const i of [0, 5, 9, 12]) {
    await at(`/logto/deliveries/${i}`);
    await page.getByText("The last look at its subject failed").waitFor();
    await shown("hostile-delivery");
  }
});

test("hostile differences, sweeps and mappings are shown harmlessly", async () => {
  const list = evil.map((text, i) => ({ kind: i % 2 ? "user" : "organization", id: text, cause: ["missing_here", "not_in_source", "differs", "unreadable"][i % 4], fields: [text, `role ${text} in ${text}`] }));
  await told("**/console/v1/status", (status) => {
    const [source] = status.sources;
    Object.assign(source.proof, { verdict: "different", why: evil[2], differences_total: list.length, differences: list, waiting_total: 1, waiting: [{ user: evil[0], role: evil[3], tenant: evil[1], given_by: [evil[2]], since: new Date().toISOString() }] });
    Object.assign(source.proof.delivery_log ?? {}, { error: evil[6] });
    Object.assign(source.sweep, { error: evil.join(" ").slice(0, 12_000) });
    status.work.worst = evil.map((text, i) => ({ kind: "subject", key: `e/logto/user/${text}${i}`, attempts: 3, error: text, due_at: new Date().toISOString() }));
  });
  await told("**/console/v1/**/logto/connection", (c) => ({ ...c, endpoint: evil[1], app_id: evil[2], webhook: evil[6] }));
  await told("**/console/v1/**/logto/checkup", () => ({ ok: false, findings: evil.map((text, i) => ({ check: text, ok: i % 2 === 0, detail: text })) }));
  await at("/logto");
  await page.getByText(`${list.length} differences`).waitFor();
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await page.getByRole("img", { name: "Wrong" }).first().waitFor();
  await shown("hostile-logto");
  await page.getByRole("button", { name: "Repair" }).click();
  await page.getByRole("dialog").getByText("is asked for again").first().waitFor();
  await shown("hostile-repair");
  await at("/");
  await page.getByText(`${list.length} differences between`).waitFor();
  await shown("hostile-overview");
  const named = evil.map((text) => ({ name: text, role: text }));
  await told("**/console/v1/**/logto/mapping", (m) => ({
    ...m, only_organizations: [...new Set(evil)], tenants: evil.map((text) => ({ organization: text, key: text })), organization_roles: named, global_roles: named, global_tenant: evil[2],
    rules: evil.map((text, i) => ({ name: text, condition: text, roles: [text], ...(i % 2 ? { tenants: [text] } : { tenants: [], tenants_from: text }) })),
    attributes: evil.map((text) => ({ key: text, path: text })), tenant_attributes: evil.map((text) => ({ key: text, expression: text })),
  }));
  await page.route("**/console/v1/**/logto/mapping/preview", (route) => route.fulfill({ json: {
    from: "source", whole: false, why: evil[2], users: 3, users_changed: 3, given: 2, taken: 2, attributes_changed: 1, changes: evil, next: "x", tenants_made: evil, tenants_made_total: 99, tenants_let_go: evil, tenants_let_go_total: 99,
    list: evil.map((text) => ({ user: text, given: [{ role: text, tenant: text, by: text }], taken: [{ role: text, tenant: text, by: text }], attributes: [text], failing: [{ expression: text, why: text }] })),
  } }));
  await at("/logto/mapping");
  await page.getByRole("button", { name: "Add a rule" }).waitFor();
  await shown("hostile-mapping");
  await page.getByRole("button", { name: "Add a rule" }).click();
  await page.getByRole("button", { name: "Dry run" }).click();
  await page.getByRole("dialog").getByText("For whom").waitFor();
  await shown("hostile-dry-run");
  await page.getByRole("button", { name: "Keep editing" }).click();
  await page.getByRole("button", { name: "Discard" }).click();
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("members sign in with Logto, and nobody else does", async () => {
  const arrive = async (name) => {
    const there = await open();
    await there.goto(`${base}/dashboard/sign-in`);
    await there.getByRole("link", { name: "Sign in with Logto" }).waitFor();
    if (name === "Jonas Lind") await shown("sign-in-logto", there);
    await there.getByRole("link", { name: "Sign in with Logto" }).click();
    await there.waitForURL((u) => u.origin === logto);
    await there.getByRole("button", { name: `Sign in as ${name}` }).click();
    await there.waitForURL((u) => u.origin === base);
    elsewhere(logto);
    return there;
  };
  const jonas = await arrive("Jonas Lind");
  await jonas.getByText("Nobody here has your e-mail address.").waitFor();
  await shown("sign-in-refused", jonas);
  await jonas.context().close();
  const mira = await arrive("Mira Okafor");
  await mira.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await mira.getByRole("button", { name: "Account of mira@reports.example" }).click();
  await mira.getByText("Editor in Development").waitFor();
  const cookies = (await mira.context().cookies(base)).filter((c) => c.name.startsWith("gatehouse"));
  assert.deepEqual(cookies.map((c) => [c.name, c.httpOnly, c.sameSite]), [["gatehouse", true, "Strict"]]);
  await mira.goto(`${base}/console/v1/sign-in/logto/callback?code=x&state=y`);
  await mira.getByText("This sign-in was not begun in this browser").waitFor();
  await mira.context().close();
  expected(401);
});
