// In place of node:assert in the bundle: elfy loads it for the section names, which tsemu never asks for.
exports.equal = () => { throw new Error('elfy reads section names'); };
// yargs asserts that it is not used in wrong order.
module.exports.strictEqual = module.exports.notStrictEqual = () => {};
