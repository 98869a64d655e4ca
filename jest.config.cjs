// Tests run on the same Node that the emulator uses; sources are TypeScript modules, compiled one by one by swc.
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: [],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }] },
  testTimeout: 60_000,
  maxWorkers: 2,
  reporters: [['default', { summaryThreshold: 1 }], '<rootDir>/tests/support/reporter.cjs'],
};
