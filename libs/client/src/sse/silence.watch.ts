import { ConnectionLost } from '../http/connection-lost.error.js';

/** Waits for something, but not longer than a connection may be silent. @throws ConnectionLost */
export async function notSilent<T>(waited: Promise<T>, silenceMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silent = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new ConnectionLost(`the server was silent for ${silenceMs} milliseconds`)),
      silenceMs,
    );
  });
  try {
    return await Promise.race([waited, silent]);
  } finally {
    clearTimeout(timer);
  }
}
