// What the dashboard shows of Logto, as a person uses it.
import assert from "node:assert/strict";
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
  await page.getByRole("button", { name: /^Show deliveries about anything/ }).waitFor();
});

test("a user has a timeline, and what Logto says", async () => {
  const { deliveries } = await api("GET", `${hooks}?event=PostRegister&limit=1`);
  const user = deliveries[0].subject.id;
  await api("POST", "/allowed", { user: { key: user }, action: "view", resource: { type: "reports", tenant: "default" } });
  await at(`/users/${user}`);
  await page.getByRole("heading", { name: "Timeline" }).waitFor();
  await page.getByText("Made here").waitFor();
  await page.locator(".line").getByText("Given").waitFor();
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
  await shown("logto-mapping-dry-run");
  await dialog.getByRole("button", { name: "Save the mapping" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Not saved").waitFor({ state: "detached" });
  assert.equal((await api("GET", "/console/v1/projects/default/envs/dev/logto/mapping")).rules[0].name, "reporters");
});

test("differences are shown with what a repair does", async () => {
  await page.route("**/console/v1/status", async (route) => {
    const answer = await route.fetch();
    const status = await answer.json();
    Object.assign(status.sources[0].proof, {
      verdict: "different", differences_total: 3,
      differences: [
        { kind: "user", id: "k2m3x7", cause: "missing_here", fields: [] },
        { kind: "user", id: "p9q8w1", cause: "differs", fields: ["email", "role admin in acme"] },
        { kind: "organization", id: "<b>o7</b>", cause: "not_in_source", fields: [] },
      ],
    });
    await route.fulfill({ response: answer, json: status });
  });
  await at("/logto");
  await page.getByText("3 differences").waitFor();
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
