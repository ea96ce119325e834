const test = require('node:test');
const assert = require('node:assert/strict');
const { connect } = require('./gatehouse');

const permit = connect();

test.before(async () => {
  await permit.api.tenants.create({ key: 'lists-lab', name: 'Lab', attributes: { floor: 2 } });
  await permit.api.users.create({ key: 'lists-ann' });
  await permit.api.users.create({ key: 'lists-bob' });
  for (const tenant of ['default', 'lists-lab']) {
    await permit.api.users.assignRole({ user: 'lists-ann', role: 'viewer', tenant });
  }
});

test('bulkCheck answers in the order of the questions', async () => {
  const ask = (user, action, resource) => ({ user, action, resource });
  assert.deepEqual(
    await permit.bulkCheck([
      ask('lists-ann', 'edit', 'reports'),
      ask('lists-ann', 'view', 'reports'),
      ask('lists-bob', 'view', 'reports'),
      ask({ key: 'lists-ann', attributes: { level: 3 } }, 'view', { type: 'reports', key: 'q3', tenant: 'lists-lab' }),
      ask('lists-ann', 'view', { type: 'reports', tenant: 'lists-moon' }),
      ask('nobody', 'burn', 'secrets'),
    ]),
    [false, true, false, true, false, false],
  );
  assert.deepEqual(await permit.bulkCheck([]), []);
});

test('getUserPermissions lists what a user may in each tenant', async () => {
  const inDefault = await permit.getUserPermissions('lists-ann', ['default']);
  assert.deepEqual(Object.keys(inDefault), ['__tenant:default']);
  assert.deepEqual(inDefault['__tenant:default'].permissions, ['reports:view']);
  assert.deepEqual(inDefault['__tenant:default'].roles, ['viewer']);
  assert.equal(inDefault['__tenant:default'].tenant.key, 'default');

  const all = await permit.getUserPermissions({ key: 'lists-ann', email: 'ann@example.com' });
  assert.deepEqual(Object.keys(all).sort(), ['__tenant:default', '__tenant:lists-lab']);
  assert.deepEqual(all['__tenant:lists-lab'].tenant, { key: 'lists-lab', attributes: { floor: 2 } });

  assert.deepEqual(await permit.getUserPermissions('lists-ann', undefined, undefined, ['reports']), {}, 'no instances');
  assert.deepEqual(await permit.getUserPermissions('lists-bob'), {});
  assert.deepEqual(await permit.getUserPermissions('nobody'), {});
});

test('a wrong key is an error and no empty list', async () => {
  const stranger = connect('permit_key_' + 'x'.repeat(86));
  await assert.rejects(stranger.bulkCheck([{ user: 'lists-ann', action: 'view', resource: 'reports' }]), /403/);
  await assert.rejects(stranger.getUserPermissions('lists-ann'), /403/);
});

// The client sends the headers and the question as one object, in the question's place.
test('checkAllTenants does not ask what it is told to', async () => {
  await assert.rejects(permit.checkAllTenants('lists-ann', 'view', 'reports'));
});
