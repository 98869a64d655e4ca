// The one place that names the version, beside package.json (tests/docs/version.test.ts compares).
export const VERSION = '0.1.0';
