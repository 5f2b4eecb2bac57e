export default {
  input: '../../openapi/hestami.yaml',
  // The application's compiler options, as in a reader's: by those of this folder, imports would end in `.js`.
  output: { path: 'guide/lib/hestami', tsConfigPath: './next/tsconfig.json' },
  logs: { level: 'silent' },
};
