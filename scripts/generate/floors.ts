/**
 * The floors of libs/claude, bottom to top; rooms of one floor stand in one row. A room imports lower floors only,
 * through their index.js only, and never the facade. `npm run generate` turns this list into lint rules.
 */
export const FLOORS: readonly (readonly string[])[] = [
  ['config', 'error'],
  ['metrics', 'cache', 'files'],
  ['pressure'],
  ['stream', 'breaker'],
  ['command'],
  ['model'],
  ['wrapper'],
  ['workspace'],
  ['session'],
  ['approval'],
  ['queue'],
];

/** Packages that belong to one place, and where that is. */
const OWNED: readonly { readonly module: string; readonly rooms: readonly string[]; readonly why: string }[] = [
  ...['socket.io', 'express', '@nestjs/platform-express', '@nestjs/platform-socket.io', '@nestjs/websockets'].map(
    (module) => ({
      module,
      rooms: [],
      why: 'the library knows no HTTP and no socket',
    }),
  ),
  {
    module: 'node:child_process',
    rooms: ['wrapper', 'workspace'],
    why: 'only the rooms wrapper and workspace and the owners of embedded servers start processes',
  },
  { module: '@anthropic-ai/sdk', rooms: ['wrapper'], why: 'only the wrapper room asks the Messages API by itself' },
  { module: 'cockatiel', rooms: ['breaker'], why: 'only the breaker room knows cockatiel' },
  { module: 'prom-client', rooms: ['metrics'], why: 'only the metrics room knows prom-client' },
  { module: '@willsoto/nestjs-prometheus', rooms: ['metrics'], why: 'only the metrics room knows prom-client' },
  { module: 'bullmq', rooms: ['queue'], why: 'only the queue room knows BullMQ' },
  { module: '@nestjs/bullmq', rooms: ['queue'], why: 'only the queue room knows BullMQ' },
  { module: '@bull-board/api', rooms: ['queue'], why: 'only the queue room knows BullMQ' },
];

const ROOMS = FLOORS.flat();

/** The override of one room: what it may not import, and why. */
function roomOverride(room: string): object {
  const floor = FLOORS.findIndex((rooms) => rooms.includes(room));
  const closed = FLOORS.slice(floor)
    .flat()
    .filter((other) => other !== room);
  const owned = OWNED.filter(({ rooms }) => !rooms.includes(room));
  return {
    files: [`libs/claude/src/${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: owned.map(({ module, why }) => ({ name: module, message: `${why}.` })),
          patterns: [
            ...(closed.length > 0
              ? [
                  {
                    regex: `^\\.{1,2}/(.*/)?(${closed.join('|')})/`,
                    message: `The room ${room} may import lower floors only.`,
                  },
                ]
              : []),
            { group: ['../*/*.js', '!../*/index.js'], message: 'Enter a room through its index.js.' },
            { regex: '(^|/)apps/', message: 'The library knows nothing of what stands on it.' },
            { regex: '^(\\.\\./)+[^/]+\\.js$', message: 'A room never imports the facade.' },
            {
              group: ['@steward/claude', '@steward/claude/*'],
              message: 'A room never imports its own library from outside.',
            },
          ],
        },
      ],
    },
  };
}

/**
 * Vitest's `expect.poll` throws when another test that runs at the same time has just ended: it knows one current test,
 * and then there is none. So tests run side by side in files that are named here, and these do not use it, nor does
 * what they share.
 */
const SIDE_BY_SIDE = [
  {
    files: ['test/**/*.ts', '**/*.spec.ts', '**/*.room-spec.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          property: 'concurrent',
          message: 'Name the file in SIDE_BY_SIDE: expect.poll is not for tests side by side.',
        },
      ],
    },
  },
  {
    files: [
      'test/support/**/*.ts',
      'test/errors/**/*.ts',
      'test/model-failures.e2e-spec.ts',
      'test/wedged.long-spec.ts',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'expect', property: 'poll', message: 'Tests run side by side here: use vi.waitFor.' },
      ],
    },
  },
];

/** The whole configuration of oxlint. */
export function lintConfig(): object {
  return {
    $schema: './node_modules/oxlint/configuration_schema.json',
    plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node'],
    categories: { correctness: 'error', suspicious: 'error', perf: 'off' },
    ignorePatterns: ['dist', 'node_modules', '.cache', '.data', 'coverage'],
    rules: {
      'import/no-cycle': 'error',
      'import/no-default-export': 'error',
      'typescript/no-floating-promises': 'error',
      'typescript/no-explicit-any': 'error',
      'typescript/consistent-type-imports': 'off',
      'typescript/no-extraneous-class': 'off',
      // The compiler checks it, and knows exhaustive switches.
      'typescript/consistent-return': 'off',
      // Data from outside is asserted where it was checked by hand; the parsers have tests of their own.
      'typescript/no-unsafe-type-assertion': 'off',
      'node/no-process-env': 'error',
      'max-lines': ['error', { max: 300 }],
      eqeqeq: ['error', 'smart'],
      // Messages of one process, frames of one reader, rounds of one loop: order is the point of awaiting in turn.
      'no-await-in-loop': 'off',
      'import/no-unassigned-import': 'off',
      'no-underscore-dangle': 'off',
      'unicorn/consistent-function-scoping': 'off',
    },
    overrides: [
      ...ROOMS.map(roomOverride),
      {
        files: ['libs/claude/src/config/**/*.ts', 'test/**/*.ts', '**/*.spec.ts', '**/*.room-spec.ts'],
        rules: { 'node/no-process-env': 'off', 'promise/no-callback-in-promise': 'off' },
      },
      // Bodies of the scripted API and of its clients are read as they come: a test says what it expects of them.
      { files: ['test/messages-api/testing/*.ts'], rules: { 'typescript/no-explicit-any': 'off' } },
      { files: ['vitest.config.ts'], rules: { 'import/no-default-export': 'off' } },
      { files: ['test/support/*.global-setup.ts'], rules: { 'import/no-default-export': 'off' } },
      ...SIDE_BY_SIDE,
      {
        files: ['libs/{redis,host,identity,client}/src/**/*.ts'],
        rules: {
          'no-restricted-imports': [
            'error',
            {
              patterns: [
                {
                  group: ['@steward/claude', '**/apps/**', '**/claude/src/**'],
                  message: 'A library below knows nothing of what stands on it.',
                },
              ],
            },
          ],
        },
      },
      {
        files: ['apps/server/src/**/*.ts'],
        rules: {
          'no-restricted-imports': [
            'error',
            {
              paths: [
                { name: 'bullmq', message: 'The app speaks to the facade.' },
                { name: 'node:child_process', message: 'The app starts no processes.' },
              ],
              patterns: [{ group: ['**/libs/**'], message: 'Enter a library by its name.' }],
            },
          ],
        },
      },
    ],
  };
}
