// Two weights of tests: `unit` (no process, no server) and `integration` (real servers, child processes).
const common = {
  transform: { '^.+\\.ts$': ['@swc/jest'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@trunkline/ports/contract$': '<rootDir>/libs/ports/src/contract/index.ts',
    '^@trunkline/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
  },
  modulePathIgnorePatterns: ['/dist/'],
  testEnvironment: 'node',
}
export default {
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/{libs,apps,test}/**/*.unit.spec.ts'] },
    { ...common, displayName: 'integration', testMatch: ['<rootDir>/{libs,apps,test}/**/*.{int,e2e}.spec.ts'] },
  ],
  testTimeout: 300_000,
}
