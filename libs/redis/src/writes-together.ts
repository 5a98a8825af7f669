import { type Redis } from 'ioredis';

/** What a connection writes to; a socket, in all but the types of ioredis. */
interface Corkable {
  write: (...words: unknown[]) => boolean;
  cork(): void;
  uncork(): void;
}

/**
 * What is asked in one turn of the event loop goes out in one write. Each write of its own is a system call that wakes
 * Redis, which then takes the processor from who has more to do: a run asks a dozen things that nobody waits for.
 */
export function writeTogether(client: Redis): void {
  client.on('connect', () => gather(client.stream as unknown as Corkable));
}

function gather(stream: Corkable): void {
  const write = stream.write.bind(stream);
  let isHeld = false;
  stream.write = (...words) => {
    if (!isHeld) {
      isHeld = true;
      stream.cork();
      // Behind all that is to be done without waiting for anything.
      process.nextTick(() => {
        isHeld = false;
        stream.uncork();
      });
    }
    return write(...words);
  };
}
