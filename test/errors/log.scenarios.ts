import { delta, ENDED, StreamFixture } from '../../libs/claude/src/stream/stream.fixture.js';
import { inside } from './met.js';
import { group, type Met, type Scenario } from './scenario.types.js';

interface World extends AsyncDisposable {
  readonly fixture: StreamFixture;
}

async function start(): Promise<World> {
  const fixture = await StreamFixture.open();
  return { fixture, [Symbol.asyncDispose]: () => fixture.close() };
}

const meeting =
  (work: (fixture: StreamFixture, runId: string) => Promise<void>): Scenario<World> =>
  async ({ fixture }): Promise<Met> => {
    try {
      await work(fixture, await fixture.run());
    } catch (error) {
      return inside(error);
    }
    throw new Error('nothing was refused');
  };

/** What a log refuses its writers: workers meet it, and nobody else. */
export const LOG_GROUP = group('the log of a run', start, {
  'stream.stale_writer': meeting(async ({ stream }, runId) => {
    const first = await stream.takeOver(runId);
    await stream.takeOver(runId);
    first!.writer.push('text.delta', delta('late'));
    await first!.writer.settle();
  }),
  'stream.ended': meeting(async ({ stream }, runId) => {
    const { writer } = (await stream.takeOver(runId))!;
    await writer.end('run.completed', ENDED, { state: 'completed' });
    writer.push('text.delta', delta('more'));
  }),
});
