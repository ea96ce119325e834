// Fails if the client has a method that no test has called with success. It runs after
// the tests: see calls.js.
const fs = require('node:fs');
const { connect } = require('./gatehouse');
const { methods, parts } = require('./calls');

const exceptions = {
  'elements.loginAs': 'Permit Elements are not offered; errors.test.js holds that this is said',
  'permit.checkAllTenants': 'sends its headers as the question, which no PDP understands; lists.test.js holds that it fails',
};

const called = new Set(fs.readFileSync(process.env.GATEHOUSE_CALLS, 'utf8').split('\n'));
const missing = [];
for (const [part, object] of Object.entries(parts(connect()))) {
  for (const method of methods(object)) {
    const name = `${part}.${method}`;
    if (called.has(name) === name in exceptions) {
      missing.push(called.has(name) ? `${name} works and is an exception` : name);
    }
  }
}
if (missing.length > 0) {
  console.error(`no test has called these methods of the client with success:\n${missing.join('\n')}`);
  process.exit(1);
}
