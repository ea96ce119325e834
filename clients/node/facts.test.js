// Facts through the PDP: the client sends them to its PDP, which answers when its
// decisions see them.
const test = require('node:test');
const assert = require('node:assert/strict');
const { address, key, connect, fails } = require('./gatehouse');

const permit = connect(key, { proxyFactsViaPdp: true, factsSyncTimeout: 10, factsSyncTimeoutPolicy: 'fail' });

test('what is written through the PDP is decided by at once', async () => {
  for (let i = 0; i < 20; i++) {
    const user = `facts-${i}`;
    assert.equal((await permit.api.users.sync({ key: user })).created, true);
    await permit.api.users.assignRole({ user, role: 'viewer', tenant: 'default' });
    assert.equal(await permit.check(user, 'view', 'reports'), true, `${user} after the role was given`);
    await permit.api.users.unassignRole({ user, role: 'viewer', tenant: 'default' });
    assert.equal(await permit.check(user, 'view', 'reports'), false, `${user} after the role was taken`);
  }
});

test('a call may say itself how long it waits', async () => {
  const forever = await permit.api.users.waitForSync(null).create({ key: 'facts-forever' });
  assert.equal(forever.key, 'facts-forever');
  await permit.api.users.waitForSync(0, 'ignore').create({ key: 'facts-none' });
  await permit.api.users.waitForSync(0.5, 'fail').update('facts-none', { first_name: 'None' });
  assert.equal((await permit.api.users.get('facts-none')).first_name, 'None');
  await fails(400, permit.api.users.waitForSync(1, 'retry').create({ key: 'facts-never' }));
  await fails(404, permit.api.users.get('facts-never'));
});

test('tenants, role assignments, instances and tuples go the same way', async () => {
  await permit.api.tenants.create({ key: 'facts-acme', name: 'Acme' });
  await permit.api.users.create({ key: 'facts-ann' });
  const given = await permit.api.roleAssignments.assign({ user: 'facts-ann', role: 'viewer', tenant: 'facts-acme' });
  assert.equal(given.tenant, 'facts-acme');
  assert.equal(await permit.check('facts-ann', 'view', { type: 'reports', tenant: 'facts-acme' }), true);
  await permit.api.resourceInstances.create({ key: 'facts-q3', resource: 'reports', tenant: 'facts-acme' });
  const changed = await permit.api.resourceInstances.update('reports:facts-q3', { attributes: { year: 2026 } });
  assert.deepEqual(changed.attributes, { year: 2026 });
  await permit.api.roleAssignments.unassign({ user: 'facts-ann', role: 'viewer', tenant: 'facts-acme' });
  assert.equal(await permit.check('facts-ann', 'view', { type: 'reports', tenant: 'facts-acme' }), false);
});

test('each part of the facts may be told how long it waits', async () => {
  const { relationshipTuples, resourceInstances, roleAssignments, resources, tenants, users } = permit.api;
  await resources.create({ key: 'facts-doc', name: 'Doc', actions: {}, relations: { parent: 'facts-doc' } });
  await tenants.waitForSync(5, 'fail').create({ key: 'facts-lab', name: 'Lab' });
  await users.create({ key: 'facts-bob' });
  await roleAssignments.waitForSync(5, 'fail').assign({ user: 'facts-bob', role: 'viewer', tenant: 'facts-lab' });
  assert.equal(await permit.check('facts-bob', 'view', { type: 'reports', tenant: 'facts-lab' }), true);
  await resourceInstances.waitForSync(5, 'fail').create({ key: 'a', resource: 'facts-doc', tenant: 'facts-lab' });
  const tuple = { subject: 'facts-doc:a', relation: 'parent', object: 'facts-doc:b' };
  await relationshipTuples.waitForSync(5, 'fail').create(tuple);
  assert.equal((await relationshipTuples.list({ object: 'facts-doc:b' })).length, 1);
});

const [host, port] = process.env.GATEHOUSE_OPA.split(':');
const taken = port !== '8181' && process.env.CI !== 'true' && 'port 8181 of this machine belongs to another program: stop it to run this';

test('the policy can be asked directly', { skip: taken }, async () => {
  // The client asks the host of its PDP at port 8181, and so only in checks of one question.
  const direct = connect(key, { pdp: `http://${host}:${new URL(address).port}` });
  await permit.api.users.create({ key: 'facts-opa' });
  await permit.api.users.assignRole({ user: 'facts-opa', role: 'viewer', tenant: 'default' });
  const options = { useOpa: true, throwOnError: true };
  assert.equal(await direct.check('facts-opa', 'view', 'reports', {}, options), true);
  assert.equal(await direct.check('facts-opa', 'edit', 'reports', {}, options), false);
  const stranger = connect('wrong', { pdp: `http://${host}:${new URL(address).port}` });
  await assert.rejects(stranger.check('facts-opa', 'view', 'reports', {}, options));
});
