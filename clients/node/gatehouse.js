// The Gatehouse under test. It is given by its address and a key, and met
// through the published client alone, pointed there by the client's own options.
const assert = require('node:assert/strict');
const { Permit } = require('permitio');
const { record } = require('./calls');

const address = setting('GATEHOUSE_URL');
const key = setting('GATEHOUSE_API_KEY');
const organizationKey = setting('GATEHOUSE_ORG_API_KEY');

function setting(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set; "go test ./clients" in the root of the repository starts a Gatehouse and sets it`);
  }
  return value;
}

/** connect returns a client of the Gatehouse under test, with another key or further options if given. */
function connect(token = key, options = {}) {
  return record(new Permit({ apiUrl: address, pdp: address, token, log: { level: 'silent' }, ...options }));
}

/** fails asserts that a call ends in an error with this HTTP status, and returns the error. */
async function fails(status, call) {
  let failure;
  try {
    await call;
  } catch (error) {
    failure = error;
  }
  assert.ok(failure, `the call must fail with status ${status}`);
  assert.equal(failure.response?.status, status, `${failure}`);
  return failure;
}

/** keysOf returns the keys of a list of things, sorted. */
function keysOf(list) {
  return list.map((thing) => thing.key).sort();
}

module.exports = { address, key, connect, fails, keysOf, organizationKey, setting };
