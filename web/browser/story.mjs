// What visits tell alike: somebody signs up, and the dashboard changes what they may.
import assert from "node:assert/strict";
import { base } from "./visit.mjs";

const name = "Nora Lindqvist";
const patience = 60_000; // a webhook may be on its way

/** signUp fills in the form of the sign-in page. */
export async function signUp(on, look = async () => {}) {
  await on.getByLabel("Name optional").fill(name);
  await on.getByLabel("Username", { exact: true }).fill("nora");
  await look();
  await on.getByRole("button", { name: "Sign up", exact: true }).click();
}

/** says reloads a page of an application until it says something. */
export async function says(on, address, text) {
  for (const end = Date.now() + patience; Date.now() < end; ) {
    await on.goto(address);
    if (await on.getByText(text).count()) return;
  }
  assert.fail(`${address} does not say ${text}: ${await on.locator("main").innerText()}`);
}

/** profile finds in the dashboard who has signed up. */
export async function profile(dashboard) {
  await dashboard.goto(`${base}/dashboard/users?search=lindqvist`);
  await dashboard.getByRole("link", { name }).click();
  await dashboard.getByRole("heading", { level: 1, name }).waitFor();
}

const held = (dashboard, role) => dashboard.getByRole("button", { name: new RegExp(`^Take ${role} in`) });

/** give gives them a role there. */
export async function give(dashboard, role) {
  await dashboard.getByRole("button", { name: "Give a role" }).click();
  const dialog = dashboard.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Role" }).click();
  await dashboard.getByRole("option", { name: role }).click();
  await dialog.getByRole("button", { name: "Give it" }).click();
  await dialog.waitFor({ state: "detached" });
  await held(dashboard, role).waitFor();
}

/** take takes a role from them. */
export async function take(dashboard, role) {
  await held(dashboard, role).click();
  await dashboard.getByRole("button", { name: "Take it" }).click();
  await held(dashboard, role).waitFor({ state: "detached" });
}
