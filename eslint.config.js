import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';

const typed = { project: ['./tsconfig.json', './src-renderer/tsconfig.json'] };

export default defineConfig(
  { ignores: ['out/', 'dist/', 'reports/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.svelte'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: typed },
    rules: {
      // Figures are written into sentences all the time; everything else must be made text on purpose.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A leading underscore says that a value is taken only to be left out.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Kernels index typed arrays within bounds that no type can express.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Type checking finds these, with the types of Node and the browser at hand.
      'no-undef': 'off',
    },
  },
  {
    files: ['**/*.svelte'],
    extends: [svelte.configs.recommended],
    languageOptions: {
      parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.svelte'], ...typed },
    },
  },
);
