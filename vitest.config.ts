import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Large files come first, as they take longest, where nothing is known of the last time; these are small and take longest. */
class LongestFirst extends BaseSequencer {
  override async sort(given: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = super.sort.bind(this);
    const files = await usual(given);
    const isLong = ({ moduleId }: TestSpecification): boolean => moduleId.includes('/test/errors/');
    return [...files.filter(isLong), ...files.filter((file) => !isLong(file))];
  }
}

/** One for each processor; three of them make two processors so busy that what is bounded by time breaks. */
const maxWorkers = availableParallelism() < 4 ? 2 : 4;

const shared = {
  resolve: { tsconfigPaths: true },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
};

/** Against real servers. What is polled for comes with a heartbeat or a retry at the latest; one second is too short. */
const endToEnd = {
  maxWorkers,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 15_000 } },
  globalSetup: ['test/support/redis.global-setup.ts'],
};

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          isolate: false,
          maxWorkers,
          include: ['{apps,libs,scripts,test}/**/*.spec.ts'],
          exclude: ['**/*.room-spec.ts'],
        },
      },
      {
        ...shared,
        test: {
          name: 'room',
          maxWorkers,
          include: ['{apps,libs,test}/**/*.room-spec.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          globalSetup: ['test/support/redis.global-setup.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...shared,
        test: {
          ...endToEnd,
          name: 'e2e',
          include: ['test/**/*.e2e-spec.ts'],
          sequence: { groupOrder: 2 },
        },
      },
      {
        ...shared,
        // Many kills, many runs, long waits: `./scripts/test` leaves them out where there are fewer than four processors.
        test: {
          ...endToEnd,
          name: 'long',
          include: ['test/**/*.long-spec.ts'],
          sequence: { groupOrder: 3 },
        },
      },
      {
        ...shared,
        test: { name: 'deaths', include: ['test/deaths/*.deaths-spec.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
    ],
  },
});
