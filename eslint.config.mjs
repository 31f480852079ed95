// Two things that the compiler cannot see: a lost promise is a lost event, and who may import whom.
import nx from '@nx/eslint-plugin'
import tseslint from 'typescript-eslint'

const may = (sourceTag, ...onlyDependOnLibsWithTags) => ({ sourceTag, onlyDependOnLibsWithTags })

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', 'data/**'] },
  {
    files: ['**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { project: './tsconfig.base.json', tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@typescript-eslint': tseslint.plugin, '@nx': nx },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      'no-control-regex': 'error',
      'no-debugger': 'error',
      'no-fallthrough': 'error',
      'no-constant-binary-expression': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 400 }],
    },
  },
  {
    files: ['{libs,apps}/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/testing/**'],
    rules: {
      // app → feature → adapter → port → domain; the domain imports nothing but itself, nobody imports an app.
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          depConstraints: [
            may('type:domain', 'type:domain'),
            may('type:port', 'type:port', 'type:domain'),
            may('type:runtime', 'type:runtime', 'type:domain'),
            may('type:adapter', 'type:adapter', 'type:port', 'type:runtime', 'type:domain'),
            may('type:feature', 'type:feature', 'type:adapter', 'type:port', 'type:runtime', 'type:domain'),
            may('type:app', 'type:feature', 'type:adapter', 'type:port', 'type:runtime', 'type:domain'),
          ],
        },
      ],
    },
  },
)
