// Logto's published client for Node, unchanged, against the stand-in for Logto:
// sign-in by its pages, the tokens, and sign-out.
const test = require('node:test');
const assert = require('node:assert/strict');
const { setting } = require('./gatehouse');

const endpoint = setting('LOGTO_URL');
const ann = 'ann000000000';
const organization = 'theirs000000';

/** A browser keeps cookies and goes where it is led, until that is the application. */
class Browser {
  cookies = new Map();

  async open(address, form) {
    let method = form ? 'POST' : 'GET';
    let body = form ? new URLSearchParams(form) : undefined;
    for (let url = new URL(address); url.host !== 'app.example'; ) {
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(url, { method, body, redirect: 'manual', headers: cookie ? { cookie } : {} });
      for (const set of answer.headers.getSetCookie()) {
        const [name, value] = set.split(';')[0].split('=');
        this.cookies.set(name, value);
      }
      const to = answer.headers.get('location');
      if (!to) {
        return { url, page: await answer.text() };
      }
      [url, method, body] = [new URL(to, url), 'GET', undefined];
      if (url.host === 'app.example') {
        return { url };
      }
    }
    return { url: new URL(address) };
  }
}

/** connect returns a client of the stand-in and where it last wanted the browser to go. */
async function connect(scopes = []) {
  const { default: LogtoClient } = await import('@logto/node');
  const kept = new Map();
  const storage = {
    getItem: async (key) => kept.get(key) ?? null,
    setItem: async (key, value) => void kept.set(key, value),
    removeItem: async (key) => void kept.delete(key),
  };
  const app = { to: '' };
  const config = { endpoint, appId: setting('LOGTO_APP_ID'), appSecret: setting('LOGTO_APP_SECRET'), scopes };
  app.client = new LogtoClient(config, { navigate: (url) => void (app.to = url), storage });
  return app;
}

async function signIn(app, browser) {
  await app.client.signIn('http://app.example/callback');
  const { url, page } = await browser.open(app.to);
  const interaction = /name="interaction" value="([^"]+)"/.exec(page)?.[1];
  assert.ok(interaction, `no sign-in page at ${url}`);
  const back = await browser.open(`${endpoint}/people/${ann}/sign-in`, { interaction });
  await app.client.handleSignInCallback(back.url.href);
}

test('a person signs in by the pages and out again', async () => {
  const [app, browser] = [await connect(['email', 'roles']), new Browser()];
  assert.equal(await app.client.isAuthenticated(), false);
  await signIn(app, browser);
  assert.equal(await app.client.isAuthenticated(), true);
  const claims = await app.client.getIdTokenClaims(); // of a token that the client has verified
  assert.equal(claims.sub, ann);
  assert.equal(claims.iss, `${endpoint}/oidc`);
  assert.equal(claims.email, 'ann@example.com');
  assert.deepEqual(claims.roles, ['viewer']);
  const info = await app.client.fetchUserInfo();
  assert.equal(info.name, 'Ann Example');

  await app.client.signOut('http://app.example/');
  const left = await browser.open(app.to);
  assert.equal(left.url.href, 'http://app.example/');
  assert.equal(await app.client.isAuthenticated(), false);
  await app.client.signIn('http://app.example/callback');
  const { page } = await browser.open(app.to);
  assert.match(page, /name="interaction"/, 'the session has ended');
});

test('a member gets a token of the organization, and of no other', async () => {
  const app = await connect(['urn:logto:scope:organizations', 'urn:logto:scope:organization_roles']);
  await signIn(app, new Browser());
  const { organizations, organization_roles: roles } = await app.client.getIdTokenClaims();
  assert.deepEqual(organizations, [organization]);
  assert.deepEqual(roles, [`${organization}:member`]);
  const claims = await app.client.getOrganizationTokenClaims(organization);
  assert.equal(claims.aud, `urn:logto:organization:${organization}`);
  assert.equal(claims.sub, ann);
  await assert.rejects(app.client.getOrganizationToken('another00000'), { code: 'oidc.access_denied' });
});

test('a callback with another state is refused', async () => {
  const app = await connect();
  await app.client.signIn('http://app.example/callback');
  await assert.rejects(app.client.handleSignInCallback('http://app.example/callback?code=x&state=another'));
  assert.equal(await app.client.isAuthenticated(), false);
});
